//! 틀린 답: 시작한 것들이 끝나기를 기다린 다음에 오류를 알린다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let started: Vec<io::Result<Child>> = commands
        .into_iter()
        .map(|mut command| command.spawn())
        .collect();
    let ended: Vec<io::Result<ExitStatus>> = started
        .into_iter()
        .map(|child| child.and_then(|mut child| child.wait()))
        .collect();
    ended.into_iter().collect()
}
