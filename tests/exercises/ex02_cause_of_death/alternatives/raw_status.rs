//! 다른 옳은 답: wait의 날것(raw) 상태를 비트로 풀어 읽는다.

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
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut child) = quiet.spawn() else {
        return Cause::NotStarted;
    };
    let Ok(status) = child.wait() else {
        return Cause::NotStarted;
    };
    let raw = status.into_raw();
    // 아래 일곱 비트가 시그널 번호이고, 0이면 그 위의 여덟 비트가 종료 코드입니다(wait(2)).
    match (raw & 0x7f, (raw >> 8) & 0xff) {
        (0, 0) => Cause::Well,
        (0, 101) => Cause::Panicked,
        (0, code) => Cause::Code(code),
        (11, _) => Cause::Strayed,
        (6, _) => Cause::Aborted,
        (9, _) => Cause::Killed,
        (signal, _) => Cause::Signal(signal),
    }
}
