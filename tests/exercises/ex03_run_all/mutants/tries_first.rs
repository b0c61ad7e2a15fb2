//! 틀린 답: 시작할 수 있는지 미리 한 번씩 실행해 본다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

pub fn run_all(mut commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    for command in &mut commands {
        let mut child = command.spawn()?;
        // 시작은 되는군요. 진짜는 아래에서 실행합니다.
        child.wait()?;
    }
    run(commands)
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
