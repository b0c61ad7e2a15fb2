//! 틀린 답: 맨 앞 명령의 표준 입력을 닫지 않고 읽는다.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut children = start(commands)?;
    let last = children.len() - 1;
    let stdout = children[last].stdout.take();
    let reader = thread::spawn(move || {
        let mut output = Vec::new();
        stdout
            .map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut output))
            .map(|_| output)
    });
    if let Some(stdin) = children[0].stdin.as_mut() {
        let _ = stdin.write_all(&input);
    }
    let output = reader.join().expect("패닉하지 않습니다")?;
    let statuses: io::Result<_> = children.iter_mut().map(Child::wait).collect();
    Ok((output, statuses?))
}

/// 모두 이어 시작합니다. 시작하지 못하면 시작한 것을 끝내고 거둡니다.
fn start(commands: Vec<Command>) -> io::Result<Vec<Child>> {
    let mut children: Vec<Child> = Vec::new();
    for mut command in commands {
        let before = children.last_mut().and_then(|child| child.stdout.take());
        let stdin = before.map_or_else(Stdio::piped, Stdio::from);
        match command.stdin(stdin).stdout(Stdio::piped()).spawn() {
            Ok(child) => children.push(child),
            Err(error) => {
                for child in &mut children {
                    let _ = child.kill();
                    let _ = child.wait();
                }
                return Err(error);
            }
        }
    }
    Ok(children)
}
