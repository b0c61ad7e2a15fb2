//! 물리적인 바닥입니다: 이보다 빠를 수 없거나, 이것을 한 번도 하지 않고는 할 수 없는 일들의 값입니다.

use std::{
    hint::black_box,
    io::pipe,
    os::fd::AsRawFd,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use nix::libc;
use noriteo::Result;

use crate::{
    contest::{check, failed},
    queue::{MIB, read_u64, write_u64},
};

/// 커널에 한 번 다녀오는 값입니다. 가장 짧은 시스템 호출 가운데 하나인 getppid를 부릅니다.
pub fn system_call(count: u64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..count {
        // SAFETY: getppid는 인자가 없고 실패하지 않습니다.
        black_box(unsafe { libc::getppid() });
    }
    Ok(start.elapsed())
}

/// 한 스레드가 제 파이프에 8바이트를 쓰고 읽는 값입니다. 기다림도 문맥 전환도 없습니다.
pub fn lone_pipe(count: u64) -> Result<Duration> {
    let (rx, tx) = pipe().map_err(failed)?;
    let start = Instant::now();
    for i in 0..count {
        write_u64(tx.as_raw_fd(), i)?;
        check(read_u64(rx.as_raw_fd())?, i)?;
    }
    Ok(start.elapsed())
}

/// 두 스레드가 서로 깨우고 기다리며 주고받는 값입니다. Linux에서는 futex 하나에서 자고 깹니다.
pub fn wake_and_wait(count: u64) -> Result<Duration> {
    let turn = Arc::new(AtomicU64::new(0));
    let me = thread::current();
    let other = {
        let turn = Arc::clone(&turn);
        thread::spawn(move || {
            for i in 0..count {
                wait_for(&turn, 2 * i + 1);
                turn.store(2 * i + 2, Ordering::Release);
                me.unpark();
            }
        })
    };
    let start = Instant::now();
    for i in 0..count {
        turn.store(2 * i + 1, Ordering::Release);
        other.thread().unpark();
        wait_for(&turn, 2 * i + 2);
    }
    let took = start.elapsed();
    other
        .join()
        .map_err(|_| failed("깨우던 스레드가 패닉했습니다"))?;
    Ok(took)
}

fn wait_for(turn: &AtomicU64, wanted: u64) {
    while turn.load(Ordering::Acquire) != wanted {
        thread::park();
    }
}

/// 1 MiB를 한 번 베끼는 값입니다. 사본이 캐시에 남지 않도록 여러 자리를 돌아가며 베낍니다.
pub fn copy(count: u64) -> Result<Duration> {
    let from: Vec<Vec<u8>> = (0..32).map(|i| vec![i; MIB]).collect();
    let mut to = vec![0_u8; MIB];
    let start = Instant::now();
    for source in from.iter().cycle().take(count as usize) {
        to.copy_from_slice(source);
        black_box(&mut to);
    }
    Ok(start.elapsed())
}
