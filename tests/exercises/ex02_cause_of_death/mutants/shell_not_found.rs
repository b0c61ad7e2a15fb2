//! 틀린 답: 시작하지 못하면 셸처럼 코드 127이라고 한다.

use std::{os::unix::process::ExitStatusExt, process::Command};

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
    match command.status() {
        Ok(status) => named(status.code(), status.signal()),
        Err(_) => Cause::Code(127),
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
