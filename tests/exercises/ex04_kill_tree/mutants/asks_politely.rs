//! 틀린 답: SIGTERM이면 반드시 끝나는 줄 안다.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus},
    sync::mpsc::Receiver,
    time::Duration,
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
    if let Some(status) = either(&mut child, &stop)? {
        return Ok(Ended::Itself(status));
    }
    killpg(group(&child), Signal::SIGTERM)?;
    // 끝나지 않을 때를 위해 하나는 확실히 끝냅니다.
    child.kill()?;
    child.wait()?;
    Ok(Ended::Stopped)
}

/// 신호가 오면 `None`, 스스로 끝나면 어떻게 끝났는지입니다.
fn either(child: &mut Child, stop: &Receiver<()>) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if stop.recv_timeout(Duration::from_millis(5)).is_ok() {
            return Ok(None);
        }
    }
}

fn group(child: &Child) -> Pid {
    Pid::from_raw(child.id() as i32)
}
