//! 프로세스를 만들고 결과를 받는 값입니다.

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use nix::libc;
use noriteo::{Error, Result, process};

use crate::{
    contest::{Bound, Contest, Entrant, Row, check, failed},
    floor, python,
};

/// 재기 앞에 몸을 푸는 횟수입니다.
const WARM: u64 = 5;

/// 「아무 일도 하지 않고 끝내라」는 첫 인자입니다.
const NOTHING: &str = "--nothing";

/// 아무 일도 하지 않는 프로그램으로 불렸으면 곧바로 끝냅니다. `main`의 첫 줄에서 부릅니다.
pub fn leave_if_told() {
    if env::args_os().nth(1).is_some_and(|arg| arg == NOTHING) {
        std::process::exit(0);
    }
}

/// `main` 맨 위에서 부릅니다.
pub fn entries() {
    process::entry(nothing);
}

fn nothing((): ()) {}

/// fork해서 빈 일을 시키고 결과를 받습니다.
pub fn fork_and_join() -> Contest {
    Contest {
        name: "fork",
        title: "자식을 fork해 결과를 받기",
        rounds: 31,
        noisy: 0.1,
        entrants: vec![
            Entrant::fresh("ours", "process::fork + join 한 번", 100, forked),
            Entrant::fresh("raw", "날 fork + _exit + waitpid 한 번", 100, raw_fork),
            python::entrant(
                "python",
                "파이썬 Process start + join 한 번",
                20,
                |count| python::run("process", count),
            ),
            Entrant::fresh("syscall", "시스템 호출 한 번", 200_000, floor::system_call),
        ],
        rows: vec![
            Row::ratio(
                "over-raw",
                "process::fork + join은 날 fork + _exit + waitpid의 몇 배 걸리는가",
                "ours",
                "raw",
            )
            .bound(Bound::AtMost(1.15)),
            Row::ratio(
                "python-over",
                "파이썬 Process start + join은 process::fork + join의 몇 배 걸리는가",
                "python",
                "ours",
            )
            .bound(Bound::AtLeast(15.0)),
            Row::ratio(
                "over-syscall",
                "process::fork + join은 시스템 호출 몇 번의 시간인가",
                "ours",
                "syscall",
            ),
        ],
    }
}

/// 이 프로그램을 새로 시작해 첫 결과를 받습니다.
pub fn first_result() -> Contest {
    Contest {
        name: "spawn",
        title: "새 프로세스에서 첫 결과를 받기",
        rounds: 31,
        noisy: 0.1,
        entrants: vec![
            Entrant::fresh("ours", "process::spawn + join 한 번", 20, spawned),
            Entrant::fresh(
                "raw",
                "아무 일도 하지 않는 같은 프로그램의 Command::status 한 번",
                20,
                command,
            ),
            Entrant::fresh("fork", "날 fork + _exit + waitpid 한 번", 100, raw_fork),
        ],
        rows: vec![
            Row::ratio(
                "over-raw",
                "process::spawn + join은 Command::status의 몇 배 걸리는가",
                "ours",
                "raw",
            )
            .bound(Bound::AtMost(1.2)),
            Row::ratio(
                "over-fork",
                "process::spawn + join은 날 fork의 몇 배 걸리는가",
                "ours",
                "fork",
            ),
        ],
    }
}

fn timed(count: u64, mut once: impl FnMut(u64) -> Result<()>) -> Result<Duration> {
    (0..WARM).try_for_each(&mut once)?;
    let start = Instant::now();
    (0..count).try_for_each(&mut once)?;
    Ok(start.elapsed())
}

fn forked(count: u64) -> Result<Duration> {
    timed(count, |i| {
        let answer = process::fork(move || i + 1)?.join()?;
        check(answer, i + 1)
    })
}

fn raw_fork(count: u64) -> Result<Duration> {
    let refused = |what: &str| Error::os(what.to_owned(), std::io::Error::last_os_error());
    timed(count, |_| {
        // SAFETY: 이 프로세스의 스레드는 하나뿐이고, 자식은 곧바로 _exit합니다.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: _exit는 언제 불러도 됩니다.
            unsafe { libc::_exit(0) }
        }
        if pid < 0 {
            return Err(refused("프로세스를 만들지 못했습니다"));
        }
        let mut status = 0;
        // SAFETY: status는 이 함수의 변수이고, pid는 방금 낳은 자식입니다.
        if unsafe { libc::waitpid(pid, &raw mut status, 0) } != pid {
            return Err(refused("자식을 거두지 못했습니다"));
        }
        check(u64::from(status.unsigned_abs()), 0)
    })
}

fn spawned(count: u64) -> Result<Duration> {
    timed(count, |_| process::spawn(nothing, ())?.join())
}

fn command(count: u64) -> Result<Duration> {
    // process::spawn이 띄우는 것과 같은 이름으로 띄웁니다.
    let program = if cfg!(target_os = "linux") {
        "/proc/self/exe".into()
    } else {
        env::current_exe().map_err(failed)?
    };
    timed(count, |_| {
        let status = Command::new(&program)
            .arg(NOTHING)
            .status()
            .map_err(failed)?;
        status.success().then_some(()).ok_or_else(|| {
            failed(format!(
                "아무 일도 하지 않는 프로그램이 {status}로 끝났습니다"
            ))
        })
    })
}
