//! 다른 옳은 답: 스레드는 되돌린 static으로, 프로세스는 파이프로 센다. 쓰러진 아이가 있어도 끝까지 거둔다.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use noriteo::{
    Result,
    process::{fork, pipe},
};

static COUNTER: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    pub threads_main: u64,
    pub fork_main: u64,
    pub fork_child: u64,
    pub spawn_child: u64,
}

pub fn predict(start: u64, children: u64, each: u64) -> Prediction {
    Prediction {
        threads_main: start + children * each,
        fork_main: start,
        fork_child: start + each,
        spawn_child: 1 + each,
    }
}

pub fn count_with_threads(workers: usize, look: fn(usize) -> u64) -> u64 {
    COUNTER.store(0, Ordering::SeqCst);
    thread::scope(|scope| {
        for child in 0..workers {
            scope.spawn(move || {
                for _ in 0..look(child) {
                    COUNTER.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    COUNTER.swap(0, Ordering::SeqCst)
}

pub fn count_with_processes(workers: usize, look: fn(usize) -> u64) -> Result<u64> {
    let mut children = Vec::new();
    for child in 0..workers {
        let (ours, mut theirs) = pipe()?;
        children.push((ours, fork(move || theirs.send(look(child)).is_ok())?));
    }
    let mut total = Ok(0);
    for (mut ours, child) in children {
        let toys: Result<u64> = ours.recv();
        let ended = child.join();
        total = total.and_then(|sum: u64| Ok(sum + ended.and(toys)?));
    }
    total
}
