//! 틀린 답: 둘씩만 함께 시작한다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

pub fn run_all(mut commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut statuses = Vec::new();
    for pair in commands.chunks_mut(2) {
        let children: Vec<Child> = pair
            .iter_mut()
            .map(Command::spawn)
            .collect::<io::Result<_>>()?;
        for mut child in children {
            statuses.push(child.wait()?);
        }
    }
    Ok(statuses)
}
