//! ex03: 모두 함께 시작하기. 예시 답입니다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

/// 버리면 끝내고 거둡니다. 그래서 어디에서 `?`로 돌아가도 남는 것이 없습니다.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // 벌써 끝나 거둔 것이면 아무 일도 없습니다.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// 먼저 모두 시작하고, 그다음에 차례로 기다립니다. 뒤의 것이 먼저 끝나도 좀비로 잠깐 기다릴 뿐입니다.
pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut running = Vec::new();
    for mut command in commands {
        running.push(Running(command.spawn()?));
    }
    running.iter_mut().map(|one| one.0.wait()).collect()
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
