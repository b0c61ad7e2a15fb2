//! 틀린 답: 코드를 볼 때와 시그널을 볼 때 한 번씩 실행한다.

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
    let Ok(code) = command.status().map(|status| status.code()) else {
        return Cause::NotStarted;
    };
    let signal = command.status().ok().and_then(|status| status.signal());
    named(code, signal)
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
