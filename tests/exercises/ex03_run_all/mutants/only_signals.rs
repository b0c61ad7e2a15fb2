//! 틀린 답: 시그널에 끝난 것을 오류로 여겨 뺀다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let ended = run(commands)?;
    Ok(ended
        .into_iter()
        .filter(|status| status.code().is_some())
        .collect())
}

fn run(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut running: Vec<Child> = Vec::new();
    for mut command in commands {
        match command.spawn() {
            Ok(child) => running.push(child),
            Err(error) => {
                for child in &mut running {
                    let _ = child.kill();
                    let _ = child.wait();
                }
                return Err(error);
            }
        }
    }
    running.iter_mut().map(Child::wait).collect()
}
