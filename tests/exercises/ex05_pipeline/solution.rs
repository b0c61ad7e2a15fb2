//! ex05: 파이프로 잇기. 예시 답입니다.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
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

/// 쓰는 일은 다른 스레드에 맡기고 여기서는 읽습니다. 한 스레드가 다 쓴 다음 읽으면, 파이프들이 찼을 때
/// 모두가 서로를 기다립니다.
pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut running: Vec<Running> = Vec::new();
    for mut command in commands {
        let before = running.last_mut().and_then(|one| one.0.stdout.take());
        let stdin = before.map_or_else(Stdio::piped, Stdio::from);
        running.push(Running(
            command.stdin(stdin).stdout(Stdio::piped()).spawn()?,
        ));
        // 여기서 command가 버려집니다. 붙들고 있으면 그 안의 파이프 끝도 열려 있어, 뒤의 명령이 먼저 끝나도
        // 앞의 명령이 알지 못합니다.
    }
    let stdin = running.first_mut().and_then(|one| one.0.stdin.take());
    let mut stdout = running.last_mut().and_then(|one| one.0.stdout.take());
    let mut output = Vec::new();
    thread::scope(|scope| {
        let writer = scope.spawn(move || match stdin {
            // 다 쓰면 stdin이 버려지고, 맨 앞 명령은 입력의 끝을 봅니다.
            Some(mut stdin) => stdin.write_all(&input),
            None => Ok(()),
        });
        if let Some(stdout) = &mut stdout {
            stdout.read_to_end(&mut output)?;
        }
        match writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        {
            // 다 읽지 않고 먼저 끝난 것은 그 명령의 마음입니다.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    })?;
    let statuses: io::Result<_> = running.iter_mut().map(|one| one.0.wait()).collect();
    Ok((output, statuses?))
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
