//! 틀린 답: 다 쓴 다음에 읽는다.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
};

pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut children = start(commands)?;
    if let Some(mut stdin) = children[0].stdin.take() {
        let _ = stdin.write_all(&input);
    }
    let last = children.len() - 1;
    let output = read(&mut children[last])?;
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

fn read(child: &mut Child) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut output)?;
    }
    Ok(output)
}
