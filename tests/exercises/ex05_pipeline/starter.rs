//! ex05: 파이프로 잇기. `pipeline`을 채우세요.
//!
//! 실행: `cargo run --example ex05_pipeline`
//! 검사: `cargo course check ex05`

use std::{
    io,
    process::{Command, ExitStatus},
};

/// 셸의 `a | b | c`처럼 명령들을 파이프로 잇습니다. `input`을 맨 앞 명령의 표준 입력에 주고,
/// 맨 뒤 명령의 표준 출력을 모두 받아, 명령들이 어떻게 끝났는지와 함께 돌려줍니다.
///
/// * `commands`에는 명령이 하나 이상 있습니다. `ExitStatus`의 차례는 `commands`의 차례입니다.
/// * 모두 함께 살아 있습니다. 앞의 명령이 끝나기를 기다린 다음에 뒤의 것을 시작하지 않습니다.
/// * 주고받는 것이 파이프에 담기는 양(64 KiB쯤)보다 훨씬 많아도 막히지 않습니다.
/// * 맨 앞 명령은 `input`을 다 읽은 다음 입력의 끝을 봅니다.
/// * 한 명령이 다 읽지 않고 먼저 끝나도 잘못이 아닙니다. 그 앞의 명령은 쓰려다가 받는 이가 없다는 것
///   (`EPIPE`)을 알게 되고, `pipeline`은 `Ok`입니다.
/// * 하나라도 시작하지 못하면, 벌써 시작한 것들을 끝내고 거둔 다음 그 오류를 돌려줍니다.
///   시작한 것들은 저절로 끝나지 않을 수도 있습니다.
/// * 어느 때에도 산 프로세스나 좀비나 열린 디스크립터를 남기지 않습니다.
pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let _ = (commands, input);
    todo!("앞 명령의 표준 출력을 뒤 명령의 표준 입력으로 주세요")
}

fn main() -> io::Result<()> {
    let child = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    };
    let lines = ["tr a-z A-Z", "sort", "head -n 2; exit 3"];
    let toys = "swing\nslide\nseesaw\nsand\n";
    let (output, statuses) = pipeline(lines.map(child).into(), toys.into())?;
    print!("{}", String::from_utf8_lossy(&output));
    for status in statuses {
        println!("{status}");
    }
    Ok(())
}
