//! ex04: 손자까지 멈추기. 예시 답입니다.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Command, ExitStatus},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

/// 명령이 어떻게 끝났는지입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Itself(ExitStatus),
    Stopped,
}

/// 신호를 기다리다가 이만큼마다 명령이 끝났는지 봅니다.
const GLANCE: Duration = Duration::from_millis(5);

/// 새 무리를 만들어 명령을 그 우두머리로 둡니다. 자손은 같은 무리에서 태어나므로 무리째 끝낼 수 있습니다.
pub fn run_until(command: &mut Command, stop: Receiver<()>) -> io::Result<Ended> {
    let mut child = command.process_group(0).spawn()?;
    loop {
        // 거두기 전에는 번호가 다시 쓰이지 않습니다. 그래서 무리의 번호도 아직 이 무리의 것입니다.
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::Itself(status));
        }
        match stop.recv_timeout(GLANCE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let group = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    killpg(group, Signal::SIGKILL)?;
    child.wait()?;
    Ok(Ended::Stopped)
}

fn main() -> io::Result<()> {
    use std::{sync::mpsc, thread};

    let (send, stop) = mpsc::channel();
    let line = "sleep 60 & echo \"셸 $$, 그 자식 $!. 엔터를 누르면 멈춥니다\"; wait";
    thread::spawn(move || {
        let _ = io::stdin().read_line(&mut String::new());
        let _ = send.send(());
        thread::park();
    });
    let ended = run_until(Command::new("sh").args(["-c", line]), stop)?;
    println!("{ended:?}");
    Ok(())
}
