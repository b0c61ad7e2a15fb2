//! 틀린 답: 시작하지 못한 것을 빼고 답한다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
};

pub fn run_all(commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut running: Vec<Child> = commands
        .into_iter()
        .filter_map(|mut command| command.spawn().ok())
        .collect();
    let short = running.iter_mut().map(|child| {
        // 끝나지 않는 것이 있으면 곤란하니 못 본 체합니다.
        child
            .try_wait()
            .ok()
            .flatten()
            .map_or_else(|| child.wait(), Ok)
    });
    short.collect()
}
