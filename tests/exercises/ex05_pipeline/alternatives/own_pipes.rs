//! 다른 옳은 답: 파이프를 손수 만들어 뒤에서부터 시작한다.

use std::{
    io::{self, PipeReader, PipeWriter, Read, Write, pipe},
    process::{Child, Command, ExitStatus},
    thread,
};

pub fn pipeline(commands: Vec<Command>, input: Vec<u8>) -> io::Result<(Vec<u8>, Vec<ExitStatus>)> {
    let mut children = Vec::new();
    match start(commands, &mut children) {
        Ok((mut first, mut last)) => {
            // 읽는 일을 스레드에 맡기고 여기서 씁니다.
            let reading = thread::spawn(move || {
                let mut output = Vec::new();
                last.read_to_end(&mut output).map(|_| output)
            });
            for piece in input.chunks(10_000) {
                if first.write_all(piece).is_err() {
                    break;
                }
            }
            drop(first);
            let mut statuses: Vec<ExitStatus> = Vec::new();
            for child in &mut children {
                statuses.push(child.wait()?);
            }
            statuses.reverse();
            let output = reading.join().expect("패닉하지 않습니다")?;
            Ok((output, statuses))
        }
        Err(error) => {
            for child in &mut children {
                child.kill()?;
                child.wait()?;
            }
            Err(error)
        }
    }
}

/// 뒤의 명령부터 시작합니다. 맨 앞에 쓸 끝과 맨 뒤에서 읽을 끝을 돌려줍니다.
fn start(
    commands: Vec<Command>,
    children: &mut Vec<Child>,
) -> io::Result<(PipeWriter, PipeReader)> {
    let (last, mut next) = pipe()?;
    for mut command in commands.into_iter().rev() {
        let (reader, writer) = pipe()?;
        children.push(command.stdin(reader).stdout(next).spawn()?);
        next = writer;
    }
    Ok((next, last))
}
