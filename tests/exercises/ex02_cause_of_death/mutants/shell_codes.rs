//! 틀린 답: 128보다 큰 종료 코드를 시그널로 읽는다.

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
    // 셸의 `$?`는 시그널 11에 끝난 것을 139로 적습니다.
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    match code {
        0 => Cause::Well,
        101 => Cause::Panicked,
        139 => Cause::Strayed,
        134 => Cause::Aborted,
        137 => Cause::Killed,
        code if code > 128 => Cause::Signal(code - 128),
        code => Cause::Code(code),
    }
}
