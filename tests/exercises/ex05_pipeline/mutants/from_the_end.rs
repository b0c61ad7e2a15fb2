//! 틀린 답: 뒤에서부터 기다린 차례로 답한다.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut children = start(commands)?;
    let writer = feed(&mut children[0], input);
    let last = children.len() - 1;
    let output = read(&mut children[last])?;
    let _ = writer.join();
    let mut statuses = Vec::new();
    while let Some(mut child) = children.pop() {
        statuses.push(child.wait()?);
    }
    Ok((output, statuses))
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

/// 다른 스레드에서 쓰고 닫습니다.
fn feed(child: &mut Child, input: Vec<u8>) -> thread::JoinHandle<io::Result<()>> {
    let stdin = child.stdin.take();
    thread::spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&input)))
}

fn read(child: &mut Child) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut output)?;
    }
    Ok(output)
}
