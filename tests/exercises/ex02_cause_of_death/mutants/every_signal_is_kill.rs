//! 틀린 답: 시그널이면 모두 강제로 끝난 것이라고 한다.

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
        Ok(status) => match status.code() {
            Some(0) => Cause::Well,
            Some(101) => Cause::Panicked,
            Some(code) => Cause::Code(code),
            None => Cause::Killed,
        },
        Err(_) => Cause::NotStarted,
    }
}
