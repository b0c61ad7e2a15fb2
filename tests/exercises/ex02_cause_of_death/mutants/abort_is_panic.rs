//! 틀린 답: abort와 패닉을 같은 것으로 안다.

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
    let Ok(status) = command.status() else {
        return Cause::NotStarted;
    };
    match (status.code(), status.signal()) {
        (Some(0), _) => Cause::Well,
        (Some(101), _) | (_, Some(6)) => Cause::Panicked,
        (Some(code), _) => Cause::Code(code),
        (_, Some(11)) => Cause::Strayed,
        (_, Some(9)) => Cause::Killed,
        (_, signal) => Cause::Signal(signal.unwrap_or(0)),
    }
}
