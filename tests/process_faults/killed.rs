//! 자식이 제 명대로 끝나지 못할 때: 시그널, 종료 코드, 패닉, 멈춤, 버려진 손잡이.

use std::{
    fs::{self, File},
    io, mem,
    os::fd::AsRawFd,
    panic::{self, AssertUnwindSafe},
    process as std_process,
    sync::atomic::{AtomicU64, Ordering},
    thread as std_thread,
};

use borsh::{BorshDeserialize, BorshSerialize};
use libtest_mimic::Trial;
use nix::{
    libc,
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, raise, sigaction},
    unistd::Pid,
};
use noriteo::{
    Error,
    process::{self, JoinHandle, fork},
};

use crate::{
    support::Outcome,
    world::{
        self, assert_gone, assert_killed_by, faults, shared, state, wait_for_state, wait_until,
        wait_until_blocked,
    },
};

pub fn entries() {
    process::entry(die_by);
    process::entry(exit_with);
    process::entry(panic_with);
    process::entry(panic_without_text);
}

pub fn tests() -> Vec<Trial> {
    faults![
        a_signal_is_named,
        an_exit_without_a_result_is_told,
        a_panic_brings_its_message,
        a_panic_never_leaves_the_child,
        killed_halfway_through_its_result,
        ended_by_itself_halfway_through_its_result,
        a_stopped_child_is_waited_for,
        a_dropped_handle_ends_the_child,
        a_forgotten_handle_lets_the_child_run_until_the_parent_ends,
    ]
}

const SIGNALS: [Signal; 4] = [
    Signal::SIGKILL,
    Signal::SIGSEGV,
    Signal::SIGABRT,
    Signal::SIGTERM,
];

/// 정말로 그 까닭으로 죽습니다.
fn die_by(signal: i32) -> u8 {
    match Signal::try_from(signal) {
        Ok(Signal::SIGABRT) => std_process::abort(),
        // SAFETY: 일부러 이 자식을 죽이려고 쓰지 못하는 주소에 씁니다.
        Ok(Signal::SIGSEGV) => unsafe {
            std::ptr::with_exposed_provenance_mut::<u8>(1 << 12).write_volatile(1);
        },
        Ok(signal) => raise(signal).expect("시그널"),
        Err(errno) => panic!("{errno}"),
    }
    1
}

/// 밖에서 시그널을 보내 끝냅니다.
///
/// Rust는 밖에서 온 `SIGSEGV`를 한 번은 넘깁니다. 처음대로 되돌려 놓을 뿐이므로 다시 오면 죽습니다.
fn end_by(pid: u32, signal: Signal) -> Outcome {
    while state(pid)? != 'Z' {
        kill(Pid::from_raw(pid.cast_signed()), signal)?;
        std_thread::yield_now();
    }
    Ok(())
}

fn exit_with(code: i32) -> u8 {
    std_process::exit(code)
}

fn panic_with(text: String) -> u8 {
    panic!("{text}")
}

fn panic_without_text(number: u32) -> u8 {
    panic::panic_any(number)
}

fn a_signal_is_named() -> Outcome {
    for signal in SIGNALS {
        let number = signal as i32;
        assert_killed_by(fork(move || die_by(number))?.join(), signal);
        assert_killed_by(process::spawn(die_by, number)?.join(), signal);
        // 밖에서 온 시그널도 같습니다.
        let child = sleeper(shared())?;
        end_by(child.pid(), signal)?;
        assert_killed_by(child.join(), signal);
    }
    Ok(())
}

fn an_exit_without_a_result_is_told() -> Outcome {
    for code in [0, 3] {
        for child in [
            fork(move || exit_with(code))?,
            process::spawn(exit_with, code)?,
        ] {
            let pid = child.pid();
            match child.join() {
                Err(Error::NoResult { pid: told }) if code == 0 => assert_eq!(told, pid),
                Err(Error::Exited {
                    pid: told,
                    code: told_code,
                }) if code != 0 => assert_eq!((told, told_code), (pid, code)),
                other => return Err(format!("코드 {code}: {other:?}").into()),
            }
        }
    }
    Ok(())
}

fn panic_message<T: std::fmt::Debug>(joined: noriteo::Result<T>) -> String {
    match joined {
        Err(Error::Panicked { message }) => message,
        other => format!("패닉이 아닙니다: {other:?}"),
    }
}

fn a_panic_brings_its_message() -> Outcome {
    let text = || "넘어졌습니다".to_owned();
    assert_eq!(
        panic_message(fork(move || panic_with(text()))?.join()),
        text()
    );
    assert_eq!(
        panic_message(process::spawn(panic_with, text())?.join()),
        text()
    );
    let literal = fork(|| -> u8 { panic!("글 그대로") })?;
    assert_eq!(panic_message(literal.join()), "글 그대로");
    for child in [
        fork(|| panic_without_text(3))?,
        process::spawn(panic_without_text, 3)?,
    ] {
        assert!(panic_message(child.join()).contains("글이 아닌"));
    }
    // 파이프보다 긴 말도 다 옵니다.
    let long = fork(|| -> u8 {
        panic::set_hook(Box::new(|_| ()));
        panic!("{}", "가".repeat(1 << 20))
    })?;
    assert_eq!(panic_message(long.join()).chars().count(), 1 << 20);
    Ok(())
}

/// 버려질 때 패닉합니다.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std_thread::panicking() {
            panic!("버리다가 넘어졌습니다");
        }
    }
}

/// 바이트로 바뀌거나 버려질 때 패닉하는 결과입니다.
#[derive(Debug)]
struct Trap {
    when_serialized: bool,
    when_dropped: bool,
}

impl BorshSerialize for Trap {
    fn serialize<W: io::Write>(&self, _: &mut W) -> io::Result<()> {
        assert!(!self.when_serialized, "바꾸다가 넘어졌습니다");
        Ok(())
    }
}

impl BorshDeserialize for Trap {
    fn deserialize_reader<R: io::Read>(_: &mut R) -> io::Result<Self> {
        Ok(Trap {
            when_serialized: false,
            when_dropped: false,
        })
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        if self.when_dropped {
            drop(Bomb);
        }
    }
}

/// 바이트로 바꿀 수 없는 결과입니다.
struct Unspeakable;

impl BorshSerialize for Unspeakable {
    fn serialize<W: io::Write>(&self, _: &mut W) -> io::Result<()> {
        Err(io::Error::other("바꿀 수 없습니다"))
    }
}

impl BorshDeserialize for Unspeakable {
    fn deserialize_reader<R: io::Read>(_: &mut R) -> io::Result<Self> {
        Ok(Unspeakable)
    }
}

/// fork한 자식의 패닉이 fork를 부른 곳까지 풀려 올라오면, 부모의 코드를 둘이서 돌게 됩니다.
fn a_panic_never_leaves_the_child() -> Outcome {
    let this = std_process::id();
    let caught = panic::catch_unwind(AssertUnwindSafe(|| -> Outcome {
        let payload = fork(|| -> u8 { panic::panic_any(Bomb) })?;
        assert!(panic_message(payload.join()).contains("글이 아닌"));
        let serialized = fork(|| Trap {
            when_serialized: true,
            when_dropped: false,
        })?;
        assert_eq!(panic_message(serialized.join()), "바꾸다가 넘어졌습니다");
        let dropped = fork(|| Trap {
            when_serialized: false,
            when_dropped: true,
        })?;
        assert_eq!(panic_message(dropped.join()), "버리다가 넘어졌습니다");
        // 결과를 보내지 못했다고 알리는 말조차 적지 못하면, 그 말이 패닉합니다.
        let mute = fork(|| {
            let full = File::options()
                .write(true)
                .open("/dev/full")
                .expect("/dev/full");
            // SAFETY: 열려 있는 두 번호이고, 이 자식의 표준 오류만 바뀝니다.
            unsafe { libc::dup2(full.as_raw_fd(), 2) };
            Unspeakable
        })?;
        assert!(matches!(mute.join(), Err(Error::Exited { code: 101, .. })));
        Ok(())
    }));
    if std_process::id() != this {
        // SAFETY: _exit는 언제 불러도 됩니다. 자식이 새어 나왔으므로 나머지 시험을 돌지 않습니다.
        unsafe { libc::_exit(99) }
    }
    caught.map_err(|payload| format!("{:?}", payload.downcast_ref::<String>()))?
}

/// 결과를 쓰는 가운데에서 막힌 자식입니다. 아무도 읽지 않으므로 반드시 막힙니다.
fn writer_of(bytes: usize) -> Result<JoinHandle<Vec<u8>>, Box<dyn std::error::Error>> {
    let at = shared();
    let child = fork(move || {
        let result = vec![7; bytes];
        at.store(1, Ordering::SeqCst);
        result
    })?;
    // 스레드가 하나뿐이고 락도 큐도 쓰지 않으므로, 이제 자는 곳은 결과를 쓰는 곳뿐입니다.
    wait_until_blocked(child.pid(), at, 1).map_err(|failed| format!("{failed:?}"))?;
    Ok(child)
}

fn killed_halfway_through_its_result() -> Outcome {
    let mut random = world::Random::new(0x5eed_0001);
    for _ in 0..8 {
        for signal in SIGNALS {
            let child = writer_of((1 << 20) + random.below(8 << 20) as usize)?;
            assert!(child.is_finished());
            end_by(child.pid(), signal)?;
            assert_killed_by(child.join().map(|bytes| bytes.len()), signal);
        }
    }
    // 손잡이를 버려도 쓰던 자식은 끝납니다.
    let child = writer_of(4 << 20)?;
    let pid = child.pid();
    drop(child);
    assert_gone(pid);
    Ok(())
}

/// 결과를 다 쓰지 않고 스스로 끝나는 자식도 있습니다(다른 스레드나 시그널 처리기가 끝내면 그렇습니다).
fn ended_by_itself_halfway_through_its_result() -> Outcome {
    static CODE: AtomicU64 = AtomicU64::new(0);
    extern "C" fn leave(_: libc::c_int) {
        // SAFETY: _exit는 시그널 처리기에서 불러도 됩니다.
        unsafe { libc::_exit(CODE.load(Ordering::SeqCst) as i32) }
    }
    for code in [0, 3] {
        let at = shared();
        let child = fork(move || {
            CODE.store(code, Ordering::SeqCst);
            let leave = SigAction::new(
                SigHandler::Handler(leave),
                SaFlags::empty(),
                SigSet::empty(),
            );
            // SAFETY: 처리기는 _exit만 부릅니다.
            unsafe { sigaction(Signal::SIGUSR1, &leave) }.expect("처리기");
            at.store(1, Ordering::SeqCst);
            vec![1u8; 4 << 20]
        })?;
        wait_until_blocked(child.pid(), at, 1)?;
        kill(Pid::from_raw(child.pid().cast_signed()), Signal::SIGUSR1)?;
        match child.join() {
            Err(Error::Decode { reason }) if code == 0 => assert!(reason.contains("잘렸")),
            Err(Error::Exited { code: told, .. }) if code != 0 => assert_eq!(told, 3),
            other => return Err(format!("코드 {code}: {:?}", other.map(|v| v.len())).into()),
        }
    }
    Ok(())
}

/// 시그널이 올 때까지 자는 자식입니다.
fn sleeper(at: &'static AtomicU64) -> noriteo::Result<JoinHandle<u8>> {
    let child = fork(move || {
        at.store(1, Ordering::SeqCst);
        loop {
            std_thread::park();
        }
    })?;
    wait_until(at, 1);
    Ok(child)
}

fn stop(pid: u32) -> Outcome {
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGSTOP)?;
    wait_for_state(pid, 'T')
}

fn a_stopped_child_is_waited_for() -> Outcome {
    let child = fork(|| {
        raise(Signal::SIGSTOP).expect("멈춤");
        "이어 달렸습니다".to_owned()
    })?;
    let pid = child.pid();
    wait_for_state(pid, 'T')?;
    // 멈춘 것은 끝난 것이 아닙니다.
    assert!(!child.is_finished());
    // 우리가 join에서 잠든 것을 보고 나서 깨워 줄 이입니다.
    let (waiter, at) = (std_process::id(), shared());
    let waker = fork(move || {
        wait_until(at, 1);
        wait_for_state(waiter, 'S').map_err(|failed| format!("{failed:?}"))?;
        let awake = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGCONT);
        awake.map_err(|errno| errno.to_string())
    })?;
    at.store(1, Ordering::SeqCst);
    assert_eq!(child.join()?, "이어 달렸습니다");
    waker.join()??;
    // 기다리던 결과가 반쯤 왔을 때 멈추어도 마찬가지입니다.
    let child = writer_of(4 << 20)?;
    let pid = child.pid();
    stop(pid)?;
    let at = shared();
    let waker = fork(move || {
        wait_until(at, 1);
        wait_for_state(waiter, 'S').map_err(|failed| format!("{failed:?}"))?;
        let awake = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGCONT);
        awake.map_err(|errno| errno.to_string())
    })?;
    at.store(1, Ordering::SeqCst);
    assert_eq!(child.join()?.len(), 4 << 20);
    waker.join()??;
    Ok(())
}

fn a_dropped_handle_ends_the_child() -> Outcome {
    // 달리는 자식, 멈춘 자식, 부드러운 시그널을 못 들은 체하는 자식, 벌써 끝난 자식.
    let running = sleeper(shared())?;
    let stopped = sleeper(shared())?;
    stop(stopped.pid())?;
    let at = shared();
    let deaf = fork(move || {
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
            // SAFETY: 무시할 뿐이므로 처리기가 없습니다.
            unsafe { sigaction(signal, &ignore) }.expect("무시");
        }
        at.store(1, Ordering::SeqCst);
        loop {
            std_thread::park();
        }
        #[expect(unreachable_code, reason = "결과의 타입을 정합니다")]
        0u8
    })?;
    wait_until(at, 1);
    let ended = fork(|| 1u8)?;
    wait_for_state(ended.pid(), 'Z')?;
    for child in [running, stopped, deaf, ended] {
        let pid = child.pid();
        drop(child);
        assert_gone(pid);
    }
    Ok(())
}

fn a_forgotten_handle_lets_the_child_run_until_the_parent_ends() -> Outcome {
    let told = fork(|| -> Result<Vec<u32>, String> {
        let running = sleeper(shared()).map_err(|error| error.to_string())?;
        let ended = fork(|| 1u8).map_err(|error| error.to_string())?;
        let pids = vec![running.pid(), ended.pid()];
        mem::forget(running);
        wait_for_state(ended.pid(), 'Z').map_err(|failed| format!("{failed:?}"))?;
        mem::forget(ended);
        // 잊은 자식은 그대로 달립니다. 끝난 자식은 부모가 끝날 때까지 좀비입니다.
        let states: Vec<_> = pids.iter().map(|pid| state(*pid).ok()).collect();
        if !matches!(states[..], [Some('S' | 'R'), Some('Z')]) {
            return Err(format!("{states:?}"));
        }
        Ok(pids)
    })?;
    let mut pids = told.join()??;
    pids.sort_unstable();
    assert_eq!(world::orphans_end()?, pids);
    assert!(
        pids.iter()
            .all(|pid| fs::metadata(format!("/proc/{pid}")).is_err())
    );
    Ok(())
}
