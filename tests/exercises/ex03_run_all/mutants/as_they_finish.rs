//! 틀린 답: 끝난 차례로 답을 모은다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
    thread,
    time::Duration,
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut running = Vec::new();
    for mut command in commands {
        match command.spawn() {
            Ok(child) => running.push(child),
            Err(error) => {
                stop(&mut running);
                return Err(error);
            }
        }
    }
    let mut statuses = Vec::new();
    while !running.is_empty() {
        running.retain_mut(|child| match child.try_wait() {
            Ok(Some(status)) => {
                statuses.push(status);
                false
            }
            _ => true,
        });
        thread::sleep(Duration::from_millis(1));
    }
    Ok(statuses)
}

fn stop(children: &mut [Child]) {
    for child in children {
        let _ = child.kill();
        let _ = child.wait();
    }
}
