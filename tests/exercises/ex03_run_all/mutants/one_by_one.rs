//! 틀린 답: 하나가 끝나야 다음 것을 시작한다.

use std::{
    io,
    process::{Command, ExitStatus},
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    commands
        .into_iter()
        .map(|mut command| command.status())
        .collect()
}
