//! ex03: 모두 함께 시작하기. `run_all`을 채우세요.
//!
//! 실행: `cargo run --example ex03_run_all`
//! 검사: `cargo course check ex03`

use std::{
    io,
    process::{Command, ExitStatus},
};

/// 명령을 모두 함께 시작하고, 모두 끝나기를 기다려, 준 차례대로 어떻게 끝났는지 돌려줍니다.
///
/// * 명령 하나가 끝나기를 기다린 다음에 다음 것을 시작하지 않습니다. 명령들은 서로 만날 때까지
///   끝나지 않을 수도 있습니다.
/// * 명령마다 꼭 한 번 시작합니다. 어느 것이 먼저 끝나든 답의 차례는 `commands`의 차례입니다.
/// * 하나라도 시작하지 못하면, 벌써 시작한 것들을 끝내고 거둔 다음 그 오류를 돌려줍니다.
///   시작한 것들은 저절로 끝나지 않을 수도 있습니다.
/// * 어느 때에도 산 프로세스나 좀비를 남기지 않습니다.
pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let _ = commands;
    todo!("먼저 모두 시작하고, 그다음에 기다리세요")
}

fn main() -> io::Result<()> {
    let child = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    };
    let lines = [
        "echo 첫째 $$; exit 1",
        "echo 둘째 $$; exit 2",
        "echo 셋째 $$; kill -TERM $$",
    ];
    for status in run_all(lines.map(child).into())? {
        println!("{status}");
    }
    let last = run_all(vec![child("read forever"), Command::new("no-such-toy")]);
    println!("{last:?}");
    Ok(())
}
