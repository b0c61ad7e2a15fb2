//! 틀린 답: 시작한 것들을 두고 ?로 돌아간다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut running: Vec<Child> = Vec::new();
    for mut command in commands {
        // Child를 버리면 프로세스도 끝날 줄 알았습니다.
        running.push(command.spawn()?);
    }
    running.iter_mut().map(Child::wait).collect()
}
