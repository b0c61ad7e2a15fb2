//! 아직 가두지 않고 돌립니다. 한계는 벽시계뿐입니다.

use std::{
    io::{Read, Write},
    os::{
        fd::{AsFd, AsRawFd},
        unix::process::{CommandExt, ExitStatusExt},
    },
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use nix::sys::{
    signal::{Signal, killpg},
    socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, socketpair},
};

use super::{End, Job, Outcome, RECORD_FD};
use crate::fault::{Fault, Result};

/// 돌리고 본 것을 줍니다.
pub fn run(job: &Job) -> Result<Outcome> {
    let fault = |error: std::io::Error| Fault(format!("실행하지 못했습니다: {error}"));
    let (ours, theirs) = socketpair(
        AddressFamily::Unix,
        SockType::Stream,
        None,
        SockFlag::SOCK_CLOEXEC,
    )
    .map_err(|errno| fault(errno.into()))?;
    let mut command = Command::new(&job.program);
    command
        .args(&job.args)
        .env_clear()
        .envs(job.env.iter().cloned())
        .current_dir(&job.dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let number = theirs.as_fd().as_raw_fd();
    // SAFETY: dup2만 부릅니다.
    unsafe {
        command.pre_exec(move || {
            if nix::libc::dup2(number, RECORD_FD) < 0 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let start = Instant::now();
    let mut child = command.spawn().map_err(fault)?;
    drop(theirs);
    let mut stdin = child.stdin.take().ok_or_else(|| Fault::new("입력"))?;
    let _ = stdin.write_all(&job.stdin);
    drop(stdin);
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr, status, wall) = thread::scope(|scope| {
        let read = |pipe: Option<&mut dyn Read>| {
            let mut bytes = Vec::new();
            if let Some(pipe) = pipe {
                let _ = pipe.read_to_end(&mut bytes);
            }
            bytes
        };
        let stdout = scope.spawn(move || read(out.as_mut().map(|pipe| pipe as &mut dyn Read)));
        let stderr = scope.spawn(move || {
            let mut bytes = Vec::new();
            if let Some(pipe) = err.as_mut() {
                let _ = pipe.read_to_end(&mut bytes);
            }
            bytes
        });
        let mut wall = false;
        let status = loop {
            match child.try_wait() {
                Ok(None) if start.elapsed() < job.limits.wall => {
                    thread::sleep(std::time::Duration::from_millis(5));
                }
                Ok(None) => {
                    wall = true;
                    let _ = killpg(
                        nix::unistd::Pid::from_raw(child.id() as i32),
                        Signal::SIGKILL,
                    );
                    break child.wait();
                }
                Ok(Some(status)) => break Ok(status),
                Err(error) => break Err(error),
            }
        };
        (
            stdout.join().unwrap_or_default(),
            stderr.join().unwrap_or_default(),
            status,
            wall,
        )
    });
    let status = status.map_err(fault)?;
    let mut record = vec![0; 64 << 10];
    let length = recv(ours.as_raw_fd(), &mut record, MsgFlags::MSG_DONTWAIT).unwrap_or(0);
    record.truncate(length);
    let end = match status.signal() {
        _ if wall => End::Wall,
        Some(signal) => End::Signaled(signal),
        None => End::Exited(status.code().unwrap_or(-1)),
    };
    Ok(Outcome {
        end,
        stdout,
        stderr,
        record,
        left: 0,
        wall: start.elapsed(),
        cpu: std::time::Duration::ZERO,
    })
}
