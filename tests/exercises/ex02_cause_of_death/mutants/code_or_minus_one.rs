//! 틀린 답: 시그널에 끝난 것을 코드 -1로 읽는다.

use std::process::Command;

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
        Ok(status) => match status.code().unwrap_or(-1) {
            0 => Cause::Well,
            101 => Cause::Panicked,
            code => Cause::Code(code),
        },
        Err(_) => Cause::NotStarted,
    }
}
