//! ex02: 왜 끝났을까요. 예시 답입니다.

use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
};

/// 명령이 끝난 까닭입니다.
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

/// 출력은 받지 않고 그대로 흘려보냅니다. 받으면 누가 그 파이프를 쥐고 있는 동안 기다려야 합니다.
pub fn cause(command: &mut Command) -> Cause {
    match command.status() {
        Ok(status) => named(status),
        Err(_) => Cause::NotStarted,
    }
}

/// 코드와 시그널 가운데 하나만 있습니다. 시그널에 끝났으면 코드는 `None`입니다.
fn named(status: ExitStatus) -> Cause {
    match (status.code(), status.signal()) {
        (Some(0), _) => Cause::Well,
        (Some(101), _) => Cause::Panicked,
        (Some(code), _) => Cause::Code(code),
        (None, Some(11)) => Cause::Strayed,
        (None, Some(6)) => Cause::Aborted,
        (None, Some(9)) => Cause::Killed,
        (None, signal) => Cause::Signal(signal.unwrap_or_default()),
    }
}

fn main() {
    let show = |line: &str| {
        let told = cause(Command::new("sh").args(["-c", line]));
        println!("{line:<16} {told:?}");
    };
    show("exit 0");
    show("exit 3");
    show("exit 139");
    show("kill -SEGV $$");
    show("kill -KILL $$");
    println!(
        "{:<16} {:?}",
        "no-such-toy",
        cause(&mut Command::new("no-such-toy"))
    );
}
