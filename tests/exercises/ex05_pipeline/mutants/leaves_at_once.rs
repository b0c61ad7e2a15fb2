//! 틀린 답: 시작한 것들을 두고 ?로 돌아간다.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut children: Vec<Child> = Vec::new();
    for mut command in commands {
        let before = children.last_mut().and_then(|child| child.stdout.take());
        let stdin = before.map_or_else(Stdio::piped, Stdio::from);
        children.push(command.stdin(stdin).stdout(Stdio::piped()).spawn()?);
    }
    let writer = feed(&mut children[0], input);
    let last = children.len() - 1;
    let output = read(&mut children[last])?;
    let _ = writer.join();
    let statuses: io::Result<_> = children.iter_mut().map(Child::wait).collect();
    Ok((output, statuses?))
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
