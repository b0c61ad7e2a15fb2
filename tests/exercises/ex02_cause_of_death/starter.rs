//! ex02: 왜 끝났을까요. `cause`를 채우세요.
//!
//! 실행: `cargo run --example ex02_cause_of_death`
//! 검사: `cargo course check ex02`

use std::process::Command;

/// 명령이 끝난 까닭입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// 잘 끝났습니다: 종료 코드 0.
    Well,
    /// 패닉했습니다: 종료 코드 101. Rust 프로그램이 패닉으로 끝날 때 내는 코드입니다.
    Panicked,
    /// 그 밖의 종료 코드를 내고 스스로 끝났습니다. 128보다 큰 코드도 여기입니다.
    Code(i32),
    /// 제 놀이터가 아닌 곳을 만져 끝났습니다: `SIGSEGV`(11).
    Strayed,
    /// 스스로 멈추었습니다: `SIGABRT`(6). 스택이 넘친 Rust 프로그램도 이렇게 끝납니다.
    Aborted,
    /// 강제로 끝났습니다: `SIGKILL`(9).
    Killed,
    /// 그 밖의 시그널에 끝났습니다.
    Signal(i32),
    /// 시작하지도 못했습니다. 그런 프로그램이 없거나 실행할 수 없습니다.
    NotStarted,
}

/// `command`를 한 번 실행하고, 끝나기를 기다려, 왜 끝났는지 답합니다.
///
/// * 꼭 한 번만 실행합니다.
/// * 명령이 끝나면 곧 답합니다. 명령이 남기고 간 다른 프로세스는 기다리지 않습니다.
/// * 명령이 글을 아무리 많이 써도 막히지 않습니다.
/// * 좀비를 남기지 않습니다.
/// * `std`만 씁니다(Unix).
pub fn cause(command: &mut Command) -> Cause {
    let _ = command;
    todo!("실행하고 ExitStatus를 들여다보세요")
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
