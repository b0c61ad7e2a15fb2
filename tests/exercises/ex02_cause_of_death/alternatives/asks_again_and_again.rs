//! 다른 옳은 답: try_wait로 되풀이하여 물어본다.

use std::{os::unix::process::ExitStatusExt, process::Command, thread, time::Duration};

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
    let Ok(mut child) = command.spawn() else {
        return Cause::NotStarted;
    };
    // 물어보는 일만 다른 스레드에 맡겨 봅니다.
    let asking = thread::spawn(move || {
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                Err(_) => return None,
            }
        }
    });
    let Ok(Some(status)) = asking.join() else {
        return Cause::NotStarted;
    };
    if status.success() {
        return Cause::Well;
    }
    if let Some(code) = status.code() {
        return if code == 101 {
            Cause::Panicked
        } else {
            Cause::Code(code)
        };
    }
    match status.signal() {
        Some(11) => Cause::Strayed,
        Some(6) => Cause::Aborted,
        Some(9) => Cause::Killed,
        other => Cause::Signal(other.unwrap_or_default()),
    }
}
