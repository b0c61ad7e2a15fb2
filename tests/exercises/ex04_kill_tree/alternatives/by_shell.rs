//! 다른 옳은 답: nix 없이, 셸의 kill로 무리를 끝낸다.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Command, ExitStatus},
    sync::mpsc::{self, Receiver},
    thread,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Itself(ExitStatus),
    Stopped,
}

enum Event {
    Stop,
    End(io::Result<ExitStatus>),
}

pub fn run_until(command: &mut Command, stop: Receiver<()>) -> io::Result<Ended> {
    let mut child = command.process_group(0).spawn()?;
    let group = child.id();
    // 두 일을 한 통로로 모읍니다.
    let (send, events) = mpsc::channel();
    let ends = send.clone();
    thread::spawn(move || ends.send(Event::End(child.wait())));
    thread::spawn(move || {
        if stop.recv().is_ok() {
            let _ = send.send(Event::Stop);
        }
    });
    match events.recv().map_err(io::Error::other)? {
        Event::End(status) => Ok(Ended::Itself(status?)),
        Event::Stop => {
            // 부탁부터 하고, 곧바로 강제로 끝냅니다.
            let line = format!("kill -TERM -{group}; kill -KILL -{group}");
            Command::new("sh").args(["-c", &line]).status()?;
            // 거두는 것은 앞의 스레드입니다. 다 거두었다고 알릴 때까지 기다립니다.
            while !matches!(events.recv().map_err(io::Error::other)?, Event::End(_)) {}
            Ok(Ended::Stopped)
        }
    }
}
