//! 다른 옳은 답: 쓰는 스레드를 기다리지 않고, 맨 뒤 명령은 wait_with_output으로 받는다.

use std::{
    io::{self, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut children = start(commands)?;
    if let Some(mut stdin) = children[0].stdin.take() {
        thread::spawn(move || stdin.write_all(&input));
    }
    let last = children.pop().expect("명령이 하나 이상입니다");
    let done = last.wait_with_output()?;
    let mut statuses = Vec::new();
    for mut child in children {
        statuses.push(child.wait()?);
    }
    statuses.push(done.status);
    Ok((done.stdout, statuses))
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
