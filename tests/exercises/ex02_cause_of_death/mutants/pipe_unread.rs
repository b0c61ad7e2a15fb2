//! 틀린 답: 출력을 파이프로 받아 놓고 읽지 않는다.

use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Well,
    Panicked,
    Code(i32),
    Strayed,
    Aborted,
    Killed,
    Signal(i32),
    NotStarted,
}

pub fn cause(command: &mut Command) -> Cause {
    let started = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        return Cause::NotStarted;
    };
    match child.wait() {
        Ok(status) => named(status.code(), status.signal()),
        Err(_) => Cause::NotStarted,
    }
}

fn named(code: Option<i32>, signal: Option<i32>) -> Cause {
    match (code, signal) {
        (Some(0), _) => Cause::Well,
        (Some(101), _) => Cause::Panicked,
        (Some(code), _) => Cause::Code(code),
        (_, Some(11)) => Cause::Strayed,
        (_, Some(6)) => Cause::Aborted,
        (_, Some(9)) => Cause::Killed,
        (_, signal) => Cause::Signal(signal.unwrap_or(0)),
    }
}
