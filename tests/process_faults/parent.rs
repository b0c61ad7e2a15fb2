//! 부모가 먼저 죽을 때: 어떻게 죽든 자식과 손자까지 끝납니다.

use std::{
    io::{Read, Write},
    mem,
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{self as std_process, Child, Command, Stdio},
    thread as std_thread,
};

use libtest_mimic::Trial;
use nix::{
    sys::{
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, killpg, sigaction},
        wait::waitpid,
    },
    unistd::Pid,
};
use noriteo::process::{self, JoinHandle, Sender, fork, queue};

use crate::{
    support::Outcome,
    world::{assert_gone, faults, orphans_end, state, wait_for_state},
};

/// 이 환경 변수가 있으면 시험 대신, 그 값이 말하는 부모가 됩니다(「어떤 자식들 어떻게 끝나기」).
const ROLE: &str = "NORITEO_TEST_PARENT";

pub fn entries() {
    process::entry(live);
    process::entry(nest);
    if let Ok(role) = std::env::var(ROLE) {
        be_parent(&role);
    }
}

pub fn tests() -> Vec<Trial> {
    faults![
        children_end_when_the_parent_is_killed,
        children_end_when_the_parent_is_terminated,
        children_end_when_the_group_is_interrupted,
        children_end_when_the_parent_panics,
        children_end_when_the_parent_leaves,
        children_end_even_if_the_parent_had_blocked_every_signal,
        a_stopped_child_ends_when_it_is_continued,
    ]
}

/// 태어났다고 알리고, 죽임을 당할 때까지 삽니다. Ctrl-C는 못 들은 체합니다.
fn live(ready: Sender<u32>) -> u8 {
    let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    // SAFETY: 무시할 뿐이므로 처리기가 없습니다.
    unsafe { sigaction(Signal::SIGINT, &ignore) }.expect("무시");
    ready.send(std_process::id()).expect("알림");
    loop {
        std_thread::park();
    }
}

/// 아래로 `depth`켜의 자손을 더 낳습니다. fork와 spawn을 번갈아 씁니다.
fn nest((depth, ready): (u32, Sender<u32>)) -> u8 {
    let below = (depth.wrapping_sub(1), ready.clone());
    let _child = match depth {
        0 => None,
        even if even % 2 == 0 => Some(process::spawn(nest, below).expect("자손")),
        _ => Some(fork(move || nest(below)).expect("자손")),
    };
    live(ready)
}

/// 자식들을 낳아 PID를 적고, 하라는 대로 끝납니다.
fn be_parent(role: &str) -> ! {
    let (kind, how) = role.split_once(' ').expect("할 일");
    // 셸이 뒤에서(&) 돌리는 프로그램은 SIGINT를 무시하는 것을 물려받습니다. 이 부모는 Ctrl-C에 끝나야 합니다.
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: 처음대로 돌릴 뿐이므로 처리기가 없습니다.
    unsafe { sigaction(Signal::SIGINT, &default) }.expect("되돌림");
    let (ready, born) = queue::<u32>().expect("큐");
    if kind == "blocked" {
        SigSet::all().thread_block().expect("막음");
    }
    let bear = |by_fork: bool| {
        let ready = ready.clone();
        if by_fork {
            fork(move || live(ready)).expect("자식")
        } else {
            process::spawn(live, ready).expect("자식")
        }
    };
    let children: Vec<JoinHandle<u8>> = match kind {
        "fork" => vec![bear(true), bear(true)],
        "spawn" => vec![bear(false), bear(false)],
        "blocked" => vec![bear(true), bear(false)],
        _ => {
            let ready = ready.clone();
            vec![fork(move || nest((3, ready))).expect("자손")]
        }
    };
    let count = if kind == "nested" { 4 } else { 2 };
    let pids: Vec<String> = (0..count)
        .map(|_| born.recv().expect("알림").to_string())
        .collect();
    println!("{}", pids.join(" "));
    std::io::stdout().flush().expect("출력");
    match how {
        "panic" => panic!("부모가 넘어졌습니다"),
        "exit" => std_process::exit(7),
        "abort" => std_process::abort(),
        "return" => {
            mem::forget(children);
            std_process::exit(0)
        }
        _ => loop {
            std_thread::park();
        },
    }
}

/// 부모를 시작해, 자손이 모두 태어난 뒤에 돌려줍니다. 부모는 제 프로세스 무리를 이끕니다.
fn parent(kind: &str, how: &str) -> Result<(Child, Vec<u32>), Box<dyn std::error::Error>> {
    let mut parent = Command::new(std::env::current_exe()?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env(ROLE, format!("{kind} {how}"))
        .process_group(0)
        .spawn()?;
    let mut line = Vec::new();
    let mut stdout = parent.stdout.take().ok_or("표준 출력이 없습니다")?;
    while !line.ends_with(b"\n") {
        let mut byte = [0];
        stdout.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    let pids = String::from_utf8(line)?
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok((parent, pids))
}

/// `act`로 부모를 끝내고, 부모가 `ended`대로 끝났는지와 자손이 모두 사라졌는지 봅니다.
fn family_ends(
    kind: &str,
    how: &str,
    act: impl Fn(Pid) -> nix::Result<()>,
    ended: (Option<i32>, Option<Signal>),
) -> Outcome {
    let (mut parent, pids) = parent(kind, how).map_err(|error| format!("{kind} {how}: {error}"))?;
    assert_eq!(pids.len(), if kind == "nested" { 4 } else { 2 });
    act(Pid::from_raw(parent.id().cast_signed()))?;
    let status = parent.wait()?;
    let signal = ended.1.map(|signal| signal as i32);
    assert_eq!((status.code(), status.signal()), (ended.0, signal));
    // 부모가 거두지 못하고 간 자손은 우리에게 옵니다. 저마다 스스로 끝나야 합니다.
    let orphans = orphans_end()?;
    assert!(orphans.iter().all(|pid| pids.contains(pid)), "{orphans:?}");
    pids.into_iter().for_each(assert_gone);
    Ok(())
}

const KINDS: [&str; 3] = ["fork", "spawn", "nested"];

fn children_end_when_the_parent_is_killed() -> Outcome {
    let kill = |pid| kill(pid, Signal::SIGKILL);
    KINDS
        .iter()
        .try_for_each(|kind| family_ends(kind, "wait", kill, (None, Some(Signal::SIGKILL))))
}

fn children_end_when_the_parent_is_terminated() -> Outcome {
    let kill = |pid| kill(pid, Signal::SIGTERM);
    KINDS
        .iter()
        .try_for_each(|kind| family_ends(kind, "wait", kill, (None, Some(Signal::SIGTERM))))
}

/// Ctrl-C는 무리 모두에게 갑니다. 자식들이 못 들은 체해도 부모를 따라 끝납니다.
fn children_end_when_the_group_is_interrupted() -> Outcome {
    let interrupt = |pid| killpg(pid, Signal::SIGINT);
    KINDS
        .iter()
        .try_for_each(|kind| family_ends(kind, "wait", interrupt, (None, Some(Signal::SIGINT))))
}

fn children_end_when_the_parent_panics() -> Outcome {
    KINDS
        .iter()
        .try_for_each(|kind| family_ends(kind, "panic", |_| Ok(()), (Some(101), None)))
}

/// `exit`와 `abort`는 소멸자를 부르지 않고, 잊은 손잡이도 마찬가지입니다.
fn children_end_when_the_parent_leaves() -> Outcome {
    let leave = |kind: &str, how, ended| family_ends(kind, how, |_| Ok(()), ended);
    KINDS.iter().try_for_each(|kind| {
        leave(kind, "exit", (Some(7), None))?;
        leave(kind, "return", (Some(0), None))?;
        leave(kind, "abort", (None, Some(Signal::SIGABRT)))
    })
}

/// 막아 둔 시그널은 fork한 자식에게 물려집니다. 부모의 끝을 알리는 시그널까지 막혀 있어서는 안 됩니다.
fn children_end_even_if_the_parent_had_blocked_every_signal() -> Outcome {
    let kill = |pid| kill(pid, Signal::SIGKILL);
    family_ends("blocked", "wait", kill, (None, Some(Signal::SIGKILL)))
}

fn a_stopped_child_ends_when_it_is_continued() -> Outcome {
    let (mut parent, pids) = parent("fork", "wait").map_err(|error| error.to_string())?;
    let [stopped, other] = pids[..] else {
        return Err("자식이 둘이 아닙니다".into());
    };
    let pid = Pid::from_raw(stopped.cast_signed());
    kill(pid, Signal::SIGSTOP)?;
    wait_for_state(stopped, 'T')?;
    parent.kill()?;
    parent.wait()?;
    // 달리던 자식은 끝났지만, 멈춘 자식은 아무 시그널도 다루지 못합니다(SIGKILL만 빼고).
    waitpid(Pid::from_raw(other.cast_signed()), None)?;
    assert_eq!(state(stopped)?, 'T');
    kill(pid, Signal::SIGCONT)?;
    assert_eq!(orphans_end()?, [stopped]);
    Ok(())
}
