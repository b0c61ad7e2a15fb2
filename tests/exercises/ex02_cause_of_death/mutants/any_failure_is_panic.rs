//! 틀린 답: 0이 아니면 모두 패닉이라고 한다.

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
        Ok(status) if status.success() => Cause::Well,
        Ok(_) => Cause::Panicked,
        Err(_) => Cause::NotStarted,
    }
}
