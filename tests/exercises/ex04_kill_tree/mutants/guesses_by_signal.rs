//! 틀린 답: SIGKILL에 끝났으면 우리가 끝낸 것이라고 한다.

use std::{
    io,
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Command, ExitStatus},
    sync::mpsc::Receiver,
    thread,
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
    let group = Pid::from_raw(child.id() as i32);
    thread::spawn(move || {
        if stop.recv().is_ok() {
            let _ = killpg(group, Signal::SIGKILL);
        }
    });
    let status = child.wait()?;
    match status.signal() {
        Some(9) => Ok(Ended::Stopped),
        _ => Ok(Ended::Itself(status)),
    }
}
