//! 다른 옳은 답: 명령마다 스레드를 하나씩 두어 기다린다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
    thread,
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    // 스레드마다 시작만 하고 Child를 돌려줍니다. 그래야 하나가 실패해도 나머지를 끝낼 수 있습니다.
    let starting: Vec<_> = commands
        .into_iter()
        .map(|mut command| thread::spawn(move || command.spawn()))
        .collect();
    let started: Vec<io::Result<Child>> = starting
        .into_iter()
        .map(|one| one.join().expect("패닉하지 않습니다"))
        .collect();
    if started.iter().any(Result::is_err) {
        let mut first = None;
        for one in started {
            match one {
                Ok(mut child) => {
                    let _ = child.kill();
                    let _ = child.wait();
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        return Err(first.expect("하나는 있습니다"));
    }
    let waiting: Vec<_> = started
        .into_iter()
        .flatten()
        .map(|mut child| thread::spawn(move || child.wait()))
        .collect();
    waiting
        .into_iter()
        .map(|one| one.join().expect("패닉하지 않습니다"))
        .collect()
}
