//! 틀린 답: 신호가 오기를 기다린 다음에야 명령을 본다.

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
    if stop.recv().is_err() {
        return Ok(Ended::Itself(child.wait()?));
    }
    if let Some(status) = child.try_wait()? {
        return Ok(Ended::Itself(status));
    }
    killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL)?;
    child.wait()?;
    Ok(Ended::Stopped)
}
