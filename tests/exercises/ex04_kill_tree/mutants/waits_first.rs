//! 틀린 답: 명령이 끝나기를 기다린 다음에야 신호를 본다.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Command, ExitStatus},
    sync::mpsc::Receiver,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Itself(ExitStatus),
    Stopped,
}

pub fn run_until(command: &mut Command, stop: Receiver<()>) -> io::Result<Ended> {
    let mut child = command.process_group(0).spawn()?;
    let status = child.wait()?;
    if stop.try_recv().is_ok() {
        killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL)?;
        return Ok(Ended::Stopped);
    }
    Ok(Ended::Itself(status))
}
