//! 틀린 답: kill만 하고 거두지 않는다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut running: Vec<Child> = Vec::new();
    for mut command in commands {
        match command.spawn() {
            Ok(child) => running.push(child),
            Err(error) => {
                for child in &mut running {
                    child.kill()?;
                }
                return Err(error);
            }
        }
    }
    running.iter_mut().map(Child::wait).collect()
}
