//! 틀린 답: 하나가 끝나야 그 출력으로 다음 것을 시작한다.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut bytes = input;
    let mut statuses = Vec::new();
    for mut command in commands {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take();
        let writer =
            thread::spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&bytes)));
        let mut output = Vec::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout.read_to_end(&mut output)?;
        }
        let _ = writer.join();
        statuses.push(child.wait()?);
        bytes = output;
    }
    Ok((bytes, statuses))
}
