//! 틀린 답: output으로 출력의 끝까지 기다린다.

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
    match command.output() {
        Ok(done) => named(done.status.code(), done.status.signal()),
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
