//! 끝난 프로세스가 남긴 자손입니다.
//!
//! 재판관은 subreaper이므로(`PR_SET_CHILD_SUBREAPER`), 부모가 끝난 자손은 그 부모가 끝났다고 알려지기 전에
//! 재판관의 자식이 됩니다. 그래서 `waitid` 하나로 빠짐없이 봅니다.

use std::{fs, thread, time::Duration};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill, killpg},
        wait::{Id, WaitPidFlag, WaitStatus, waitid},
    },
    unistd::{Pid, gettid},
};

/// 끝낸 자손이 사라지기를 이만큼까지 기다려 봅니다. 판정은 이 값에 달려 있지 않습니다.
const GLANCES: u32 = 1_000;

/// 끝난 프로세스가 남긴 것입니다.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// 살아 있는 자손이 있었습니다.
    pub alive: bool,
    /// 거두지 않은 좀비의 수입니다.
    pub zombies: usize,
    /// 여기서 거둔 자손 모두의 PID입니다.
    pub reaped: Vec<i32>,
}

/// 무엇이 남았는지 봅니다. 살아 있던 것은 끝내고 거둡니다.
///
/// 무리를 옮긴 자손이 있고 `/proc`을 읽을 수 없으면 끝내지 못합니다. 그때에는 우리(cage)가 끝냅니다.
pub(crate) fn behind(group: i32) -> Left {
    let mut left = Left::default();
    let mut glances = 0;
    loop {
        match waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG) {
            Err(Errno::ECHILD) => return left,
            Err(Errno::EINTR) => {}
            Err(errno) => panic!("남은 자손을 보지 못했습니다: {errno}"),
            Ok(WaitStatus::StillAlive) => {
                left.alive = true;
                let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
                kill_children();
                glances += 1;
                if glances > GLANCES {
                    return left;
                }
                thread::sleep(Duration::from_millis(1));
            }
            Ok(status) => {
                left.reaped.extend(status.pid().map(Pid::as_raw));
                // 앞에서 살아 있는 것을 보았으면, 지금 거둔 것은 방금 끝낸 것일 수 있어 좀비로 세지 않습니다.
                left.zombies += usize::from(!left.alive);
            }
        }
    }
}

fn kill_children() {
    let list = fs::read_to_string(format!("/proc/self/task/{}/children", gettid()));
    for pid in list
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
    {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}
