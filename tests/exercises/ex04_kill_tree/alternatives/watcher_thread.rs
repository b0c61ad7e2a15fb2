//! 다른 옳은 답: 신호를 기다리는 스레드가 죽이고, 그 사실을 적어 둔다.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Command, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Itself(ExitStatus),
    Stopped,
}

pub fn run_until(command: &mut Command, stop: Receiver<()>) -> io::Result<Ended> {
    let mut child = command.process_group(0).spawn()?;
    // 음수는 그 번호의 무리를 뜻합니다(kill(2)).
    let group = Pid::from_raw(-(child.id() as i32));
    let stopped = Arc::new(AtomicBool::new(false));
    let told = stopped.clone();
    thread::spawn(move || {
        if stop.recv().is_ok() {
            told.store(true, Ordering::SeqCst);
            let _ = kill(group, Signal::SIGKILL);
        }
    });
    let status = child.wait()?;
    if stopped.load(Ordering::SeqCst) {
        return Ok(Ended::Stopped);
    }
    Ok(Ended::Itself(status))
}
