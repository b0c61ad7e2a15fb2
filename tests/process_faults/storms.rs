//! 시그널이 쉬지 않고 올 때: 커널이 기다림을 끊어도(`EINTR`) 값은 온전하고 아무도 오류를 받지 않습니다.
//!
//! 프로세스마다 100 µs에 한 번씩 시그널을 받습니다. 처리기에 `SA_RESTART`가 없으므로 막혀 있던 시스템 호출은
//! 모두 `EINTR`로 돌아옵니다. 타이머는 fork로도 spawn으로도 물려받지 않아 저마다 겁니다.

use std::{
    env, mem, process as std_process, ptr,
    sync::atomic::{AtomicPtr, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use libtest_mimic::Trial;
use nix::{
    libc,
    sys::{
        signal::{
            SaFlags, SigAction, SigEvent, SigHandler, SigSet, SigevNotify, Signal, sigaction,
        },
        timer::{Expiration, Timer, TimerSetTimeFlags},
    },
    time::ClockId,
};
use noriteo::process::{self, Sender, fork, pipe, queue};

use crate::{
    memory::text,
    support::Outcome,
    world::{faults, in_a_host, shared, shared_list, wait_for_state, wait_until},
};

/// 이 환경 변수가 있으면 spawn된 자식이 인자를 읽기도 전에 폭풍에 듭니다.
const STORM: &str = "NORITEO_TEST_STORM";

pub fn storm_if_told() {
    if env::var_os(STORM).is_some() {
        storm(shared());
    }
}

pub fn entries() {
    process::entry(reversed);
    process::entry(answer);
}

pub fn tests() -> Vec<Trial> {
    faults![
        a_storm_over_forks_and_joins,
        a_storm_over_spawns_and_joins,
        a_storm_over_a_queue,
        a_storm_over_a_crowded_queue,
        a_storm_over_a_pipe,
        a_storm_over_waiting_for_a_slow_child,
    ]
}

/// 이 프로세스가 시그널을 받은 수를 적는 곳입니다.
static HITS: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

/// 이 프로세스의 폭풍을 일으킵니다. 받은 시그널은 `hits`에 셉니다. 프로세스가 끝날 때까지 잦아들지 않습니다.
fn storm(hits: &'static AtomicU64) {
    extern "C" fn count(_: libc::c_int) {
        // SAFETY: 처리기를 걸기 앞에 돌려주지 않는 메모리의 주소를 넣었습니다.
        unsafe { &*HITS.load(Ordering::SeqCst) }.fetch_add(1, Ordering::SeqCst);
    }
    HITS.store(ptr::from_ref(hits).cast_mut(), Ordering::SeqCst);
    let handler = SigHandler::Handler(count);
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: 처리기는 원자적 값 하나를 고칠 뿐입니다.
    unsafe { sigaction(Signal::SIGUSR2, &action) }.expect("처리기");
    let notify = SigevNotify::SigevSignal {
        signal: Signal::SIGUSR2,
        si_value: 0,
    };
    let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, SigEvent::new(notify)).expect("타이머");
    let every = Expiration::Interval(Duration::from_micros(100).into());
    timer
        .set(every, TimerSetTimeFlags::empty())
        .expect("타이머");
    // 버리면 타이머가 꺼집니다.
    mem::forget(timer);
}

/// 폭풍을 일으키고 센 것을 돌려줍니다.
fn stormy() -> &'static AtomicU64 {
    let hits = shared();
    storm(hits);
    hits
}

/// `pid`가 막혀 잠든 뒤로 시그널을 50번 더 받을 때까지 기다립니다. 그동안 깨워 줄 이가 없다면 50번 모두 그 기다림을 끊은 것입니다.
fn struck_while_blocked(pid: u32, hits: &AtomicU64) -> Outcome {
    wait_for_state(pid, 'S')?;
    wait_until(hits, hits.load(Ordering::SeqCst) + 50);
    Ok(())
}

/// 어느 바이트가 바뀌거나 사라지거나 자리를 옮겨도 알아봅니다.
fn pattern(seed: u64, length: usize) -> Vec<u8> {
    let byte = |n: u64| (seed + n * n / 7 + n / 251) as u8;
    (0..length as u64).map(byte).collect()
}

fn is_pattern(seed: u64, length: usize, bytes: &[u8]) -> bool {
    bytes == pattern(seed, length)
}

const LARGE: usize = 4 << 20;

fn a_storm_over_forks_and_joins() -> Outcome {
    in_a_host(|| {
        let hits = stormy();
        for n in 0..300u64 {
            let size = if n % 30 == 0 { LARGE } else { 100_000 };
            let child = fork(move || {
                let hits = stormy();
                // 저마다 적어도 세 번은 맞습니다.
                wait_until(hits, 3);
                (hits.load(Ordering::SeqCst), pattern(n, size))
            })?;
            let (struck, bytes) = child.join()?;
            assert!(struck >= 3);
            assert!(is_pattern(n, size, &bytes), "{n}");
        }
        assert!(hits.load(Ordering::SeqCst) >= 300);
        Ok(())
    })
}

/// 받은 것을 뒤집어, 그때까지 받은 시그널의 수와 함께 돌려줍니다.
fn reversed(mut bytes: Vec<u8>) -> (u64, Vec<u8>) {
    bytes.reverse();
    // SAFETY: `storm_if_told`가 돌려주지 않는 메모리의 주소를 넣었습니다.
    let hits = unsafe { &*HITS.load(Ordering::SeqCst) };
    wait_until(hits, 3);
    (hits.load(Ordering::SeqCst), bytes)
}

fn a_storm_over_spawns_and_joins() -> Outcome {
    in_a_host(|| {
        // SAFETY: 이 프로세스의 스레드는 하나뿐입니다.
        unsafe { env::set_var(STORM, "1") };
        let hits = stormy();
        for n in 0..40u64 {
            let size = if n % 10 == 0 { LARGE } else { 1_000 };
            let mut expected = pattern(n, size);
            let child = process::spawn(reversed, expected.clone())?;
            let (struck, bytes) = child.join()?;
            expected.reverse();
            assert!(struck >= 3);
            assert!(bytes == expected, "{n}");
        }
        assert!(hits.load(Ordering::SeqCst) >= 40);
        // 자식도 제 끝으로 답을 보냅니다.
        let (tx, rx) = queue()?;
        let child = process::spawn(answer, (LARGE as u64, tx))?;
        assert!(is_pattern(1, LARGE, &rx.recv()?));
        assert!(child.join()?);
        Ok(())
    })
}

fn answer((size, tx): (u64, Sender<Vec<u8>>)) -> bool {
    tx.send(pattern(1, size as usize)).is_ok()
}

fn a_storm_over_a_queue() -> Outcome {
    in_a_host(|| {
        const SMALL: u64 = 20_000;
        let mine = stormy();
        let theirs = shared();
        let me = std_process::id();
        let (tx, rx) = queue::<Vec<u8>>()?;
        let producer = fork(move || -> Result<(), String> {
            storm(theirs);
            let send = |bytes| tx.send(bytes).map_err(|error| error.to_string());
            // 받는 이가 빈 큐에서 막힌 채 폭풍을 맞은 뒤에 보냅니다.
            struck_while_blocked(me, mine).map_err(text)?;
            send(pattern(0, LARGE))?;
            for n in 0..SMALL {
                send(pattern(n, (n % 50) as usize))?;
            }
            send(pattern(1, LARGE))
        })?;
        assert!(is_pattern(0, LARGE, &rx.recv()?));
        // 이번에는 보내는 이가 꽉 찬 큐에서 막힌 채 맞습니다.
        struck_while_blocked(producer.pid(), theirs)?;
        for n in 0..SMALL {
            assert!(is_pattern(n, (n % 50) as usize, &rx.recv()?), "{n}");
        }
        struck_while_blocked(producer.pid(), theirs)?;
        assert!(is_pattern(1, LARGE, &rx.recv()?));
        producer.join()??;
        assert!(matches!(rx.recv(), Err(noriteo::Error::Disconnected)));
        Ok(())
    })
}

/// 락을 쥔 이도, 락을 기다리는 이도 폭풍을 맞습니다.
fn a_storm_over_a_crowded_queue() -> Outcome {
    in_a_host(|| {
        const EACH: u64 = 1_500;
        stormy();
        let hits = shared_list(4);
        let (tx, rx) = queue::<(u64, u64, Vec<u8>)>()?;
        let (seen, all) = queue()?;
        let size = |n: u64| (n % 97 * 90) as usize;
        let producers: Vec<_> = (0..2u64)
            .map(|id| {
                let tx = tx.clone();
                fork(move || -> Result<(), String> {
                    storm(&hits[id as usize]);
                    for n in 0..EACH {
                        let sent = tx.send((id, n, pattern(n, size(n))));
                        sent.map_err(|error| error.to_string())?;
                    }
                    Ok(())
                })
            })
            .collect::<Result<_, _>>()?;
        let at = &hits[2..];
        let consumers: Vec<_> = (0..2usize)
            .map(|id| {
                let (rx, seen) = (rx.clone(), seen.clone());
                fork(move || -> Result<(), String> {
                    storm(&at[id]);
                    loop {
                        match rx.recv() {
                            Ok((id, n, bytes)) => {
                                let whole = is_pattern(n, size(n), &bytes);
                                seen.send((id, n, whole)).map_err(|e| e.to_string())?;
                            }
                            Err(noriteo::Error::Disconnected) => return Ok(()),
                            Err(error) => return Err(error.to_string()),
                        }
                    }
                })
            })
            .collect::<Result<_, _>>()?;
        drop((rx, seen));
        let mut times = vec![0u32; (2 * EACH) as usize];
        for _ in 0..2 * EACH {
            let (id, n, whole) = all.recv()?;
            assert!(whole, "{id} {n}");
            times[(id * EACH + n) as usize] += 1;
        }
        assert!(times.iter().all(|times| *times == 1));
        // 다 꺼낸 둘 가운데 하나는 빈 큐에서, 하나는 락에서 막혀 있습니다.
        for (id, consumer) in consumers.iter().enumerate() {
            struck_while_blocked(consumer.pid(), &at[id])?;
        }
        drop(tx);
        for child in producers.into_iter().chain(consumers) {
            child.join()??;
        }
        assert!(hits.iter().all(|hits| hits.load(Ordering::SeqCst) > 0));
        Ok(())
    })
}

fn a_storm_over_a_pipe() -> Outcome {
    in_a_host(|| {
        let mine = stormy();
        let theirs = shared();
        let me = std_process::id();
        let (mut here, mut there) = pipe::<Vec<u8>>()?;
        let child = fork(move || -> Result<(), String> {
            storm(theirs);
            struck_while_blocked(me, mine).map_err(text)?;
            there.send(pattern(0, LARGE)).map_err(|e| e.to_string())?;
            loop {
                let bytes = match there.recv() {
                    Ok(bytes) => bytes,
                    Err(noriteo::Error::Disconnected) => return Ok(()),
                    Err(error) => return Err(error.to_string()),
                };
                there.send(bytes).map_err(|e| e.to_string())?;
            }
        })?;
        assert!(is_pattern(0, LARGE, &here.recv()?));
        for n in 0..3_000u64 {
            let size = if n % 1_000 == 0 { LARGE } else { 40 };
            here.send(pattern(n, size))?;
            if size == LARGE {
                // 되돌려 보내다 막힌 자식이 맞습니다.
                struck_while_blocked(child.pid(), theirs)?;
            }
            assert!(is_pattern(n, size, &here.recv()?), "{n}");
        }
        drop(here);
        child.join()??;
        // 보내는 쪽이 막혀 있을 때에도 맞게 합니다.
        let (mut here, mut there) = pipe::<Vec<u8>>()?;
        let child = fork(move || -> Result<bool, String> {
            stormy();
            struck_while_blocked(me, mine).map_err(text)?;
            let bytes = there.recv().map_err(|error| error.to_string())?;
            Ok(is_pattern(7, LARGE, &bytes))
        })?;
        here.send(pattern(7, LARGE))?;
        assert!(child.join()??);
        Ok(())
    })
}

fn a_storm_over_waiting_for_a_slow_child() -> Outcome {
    in_a_host(|| {
        let hits = stormy();
        let me = std_process::id();
        // 부모가 이 자식을 기다리며 맞기 전에는 끝나지 않습니다.
        let slow = move || {
            fork(move || {
                stormy();
                struck_while_blocked(me, hits).map_err(text)
            })
        };
        slow()?.join()??;
        let child = slow()?;
        assert!(child.wait_timeout(Duration::MAX)?);
        child.join()??;
        // 기다리다 말아야 할 때에는 폭풍 속에서도 제때까지 기다립니다.
        let (stop, wait) = queue::<u8>()?;
        let child = fork(move || wait.recv().is_err())?;
        let (start, before) = (Instant::now(), hits.load(Ordering::SeqCst));
        assert!(!child.wait_timeout(Duration::from_millis(30))?);
        assert!(start.elapsed() >= Duration::from_millis(30));
        assert!(hits.load(Ordering::SeqCst) > before);
        assert!(!child.is_finished());
        drop(stop);
        assert!(child.join()?);
        Ok(())
    })
}
