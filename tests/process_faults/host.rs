//! 크레이트를 부르는 프로그램이 제 방식을 고집할 때: 스레드, `SIGPIPE`, `SIGCHLD`, 남의 자식까지 거두는 `waitpid`.

use std::{
    env, fs, process as std_process, sync::atomic::Ordering, sync::mpsc, thread as std_thread,
};

use libtest_mimic::{Completion, Failed, Trial};
use nix::{
    errno::Errno,
    sys::{
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, raise, sigaction},
        wait::{WaitStatus, waitpid},
    },
    unistd::Pid,
};
use noriteo::{
    Error,
    gil::Gil,
    process::{self, JoinHandle, fork},
};

use crate::{
    support::{self, MaybeLeftOut, Outcome},
    torn,
    world::{faults, in_a_host, shared, state, wait_for_state, wait_until, watched},
};

/// 이 환경 변수가 있으면 spawn된 자식이 인자를 읽기도 전에 끝납니다.
const DIE_EARLY: &str = "NORITEO_TEST_DIE_EARLY";

pub fn die_early_if_told() {
    if env::var_os(DIE_EARLY).is_some() {
        std_process::exit(5);
    }
}

pub fn tests() -> Vec<Trial> {
    let mut tests = faults![
        fork_is_refused_while_any_thread_lives,
        a_child_that_dies_before_it_reads_its_argument,
        sigpipe_restored_to_its_default,
        sigchld_ignored,
        children_reaped_by_the_host,
    ];
    tests.push(Trial::ignorable_test(
        "a_stranger_with_the_same_pid_is_left_alone",
        a_stranger_with_the_same_pid_is_left_alone,
    ));
    tests
}

fn refused(count: usize) -> bool {
    matches!(fork(|| 1u8).err(), Some(Error::ThreadsAlive { count: told }) if told == count)
}

fn fork_is_refused_while_any_thread_lives() -> Outcome {
    // 표준 라이브러리의 스레드
    let (stop, wait) = mpsc::channel::<()>();
    let other = std_thread::spawn(move || wait.recv().is_err());
    assert!(refused(2));
    drop(stop);
    assert!(other.join().is_ok_and(|ended| ended));
    assert_eq!(fork(|| 1u8)?.join()?, 1);
    // GIL에 묶인 스레드
    let (stop, wait) = mpsc::channel::<()>();
    let other =
        Gil::default().spawn(move || noriteo::gil::allow_threads(|| wait.recv().is_err()))?;
    assert!(refused(2));
    drop(stop);
    assert!(other.join()?);
    assert_eq!(fork(|| 1u8)?.join()?, 1);
    // rayon의 스레드 무리
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    assert_eq!(pool.install(|| 1 + 1), 2);
    assert!(refused(3));
    drop(pool);
    // 무리를 버려도 스레드들이 사라지기까지는 잠깐이 걸립니다. fork는 그것을 기다려 봅니다.
    assert_eq!(fork(|| 1u8)?.join()?, 1);
    Ok(())
}

fn handle(signal: Signal, handler: SigHandler) -> Outcome {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: 처음대로 돌리거나 무시할 뿐이므로 처리기가 없습니다.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}

fn dies_before_it_reads() -> Outcome {
    fn length(bytes: Vec<u8>) -> usize {
        bytes.len()
    }
    process::entry(length);
    // SAFETY: 이 프로세스의 스레드는 하나뿐입니다.
    unsafe { env::set_var(DIE_EARLY, "1") };
    let child = process::spawn(length, vec![0; 64 << 20])?;
    match child.join() {
        Err(Error::Exited { code: 5, .. }) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn a_child_that_dies_before_it_reads_its_argument() -> Outcome {
    in_a_host(dies_before_it_reads)
}

/// C로 짠 프로그램처럼 `SIGPIPE`를 처음대로 되돌려도, 보내는 이는 죽지 않고 오류를 받습니다.
fn sigpipe_restored_to_its_default() -> Outcome {
    in_a_host(|| {
        handle(Signal::SIGPIPE, SigHandler::SigDfl)?;
        torn::receiver_gone_is_told()?;
        dies_before_it_reads()?;
        // 되돌려 놓은 것은 그대로입니다. 다른 곳에서 난 SIGPIPE에는 여전히 죽습니다.
        let child = fork(|| raise(Signal::SIGPIPE).is_ok())?;
        crate::world::assert_killed_by(child.join(), Signal::SIGPIPE);
        Ok(())
    })
}

/// 어떻게 끝났는지 커널이 알려 주지 않을 때 `join`이 하는 말입니다.
fn unknown_end<T: std::fmt::Debug>(joined: noriteo::Result<T>) -> Outcome {
    match joined {
        Err(Error::Os { what, source })
            if source.raw_os_error() == Some(Errno::ECHILD as i32) && what.contains("SIGCHLD") =>
        {
            Ok(())
        }
        other => Err(format!("{other:?}").into()),
    }
}

fn told(joined: noriteo::Result<u8>) -> String {
    joined.map_or_else(|error| error.to_string(), |value| value.to_string())
}

/// `SIGCHLD`를 무시하면 커널이 자식을 바로 거둡니다. 온 결과는 받고, 오지 않았으면 까닭을 말합니다.
fn sigchld_ignored() -> Outcome {
    in_a_host(|| {
        handle(Signal::SIGCHLD, SigHandler::SigIgn)?;
        assert_eq!(fork(|| vec![7u8; 4 << 20])?.join()?.len(), 4 << 20);
        assert!(told(fork(|| -> u8 { panic!("넘어졌습니다") })?.join()).contains("넘어졌습니다"));
        unknown_end(fork(|| raise(Signal::SIGKILL).is_ok())?.join())?;
        unknown_end(fork(|| -> u8 { std_process::exit(3) })?.join())?;
        // 손잡이를 버려도 자식은 끝나고, 버리는 이는 그때까지 기다립니다.
        let child = fork(|| -> u8 {
            loop {
                std_thread::park();
            }
        })?;
        let pid = child.pid();
        drop(child);
        crate::world::assert_gone(pid);
        Ok(())
    })
}

/// 프로그램이 `waitpid(-1)`로 우리 자식까지 거두었을 때입니다.
fn children_reaped_by_the_host() -> Outcome {
    fn reaped<T>(child: JoinHandle<T>) -> Result<JoinHandle<T>, Failed> {
        let status = waitpid(None, None)?;
        assert!(matches!(
            status,
            WaitStatus::Exited(..) | WaitStatus::Signaled(..)
        ));
        assert_eq!(status.pid(), Some(Pid::from_raw(child.pid().cast_signed())));
        Ok(child)
    }
    assert_eq!(reaped(fork(|| 7u8)?)?.join()?, 7);
    assert!(
        told(reaped(fork(|| -> u8 { panic!("넘어졌습니다") })?)?.join()).contains("넘어졌습니다")
    );
    unknown_end(reaped(fork(|| raise(Signal::SIGKILL).is_ok())?)?.join())?;
    // 벌써 없는 자식에게는 아무 일도 하지 않습니다.
    let gone = reaped(fork(|| 1u8)?)?;
    gone.kill()?;
    drop(gone);
    Ok(())
}

/// 남이 거둔 자식의 PID를 다른 프로세스가 물려받았을 때, 손잡이는 그 프로세스를 건드리지 않습니다.
fn a_stranger_with_the_same_pid_is_left_alone() -> MaybeLeftOut {
    const LAST_PID: &str = "/proc/sys/kernel/ns_last_pid";
    // 열리기만 하고 쓰지는 못하게 하는 커널도 있어, 적힌 것을 그대로 다시 써 봅니다.
    if fs::read(LAST_PID)
        .and_then(|last| fs::write(LAST_PID, last))
        .is_err()
    {
        return support::left_out(
            "다음 PID를 정할 수 없습니다(root와 CONFIG_CHECKPOINT_RESTORE가 있어야 합니다)",
        );
    }
    watched(|| {
        let child = fork(|| 1u8)?;
        let pid = child.pid();
        waitpid(Pid::from_raw(pid.cast_signed()), None)?;
        // 우리 자식이 아니라 다른 프로세스(자식의 자식)가 그 번호를 받게 합니다.
        let (found, done) = (shared(), shared());
        let middle = fork(move || -> Result<bool, String> {
            for _ in 0..1_000 {
                fs::write(LAST_PID, (pid - 1).to_string()).map_err(|error| error.to_string())?;
                let stranger = fork(|| -> u8 {
                    loop {
                        std_thread::park();
                    }
                })
                .map_err(|error| error.to_string())?;
                if stranger.pid() == pid {
                    wait_for_state(pid, 'S').map_err(|failed| format!("{failed:?}"))?;
                    found.store(1, Ordering::SeqCst);
                    wait_until(done, 1);
                    return Ok(matches!(state(pid), Ok('S')));
                }
            }
            found.store(2, Ordering::SeqCst);
            Ok(false)
        })?;
        wait_until(found, 1);
        if found.load(Ordering::SeqCst) == 1 {
            assert_eq!(kill(Pid::from_raw(pid.cast_signed()), None), Ok(()));
            child.kill()?;
            drop(child);
        }
        done.store(1, Ordering::SeqCst);
        assert!(
            middle.join()??,
            "그 번호를 얻지 못했거나 낯선 이가 죽었습니다"
        );
        Ok(())
    })?;
    Ok(Completion::Completed)
}
