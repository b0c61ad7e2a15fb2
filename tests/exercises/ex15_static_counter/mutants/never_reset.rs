//! 틀린 답: static 계수기를 되돌리지 않는다.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use noriteo::{Result, process::fork};

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
    thread::scope(|scope| {
        for child in 0..workers {
            scope.spawn(move || COUNTER.fetch_add(look(child), Ordering::SeqCst));
        }
    });
    COUNTER.load(Ordering::SeqCst)
}

pub fn count_with_processes(workers: usize, look: fn(usize) -> u64) -> Result<u64> {
    let mut children = Vec::new();
    for child in 0..workers {
        children.push(fork(move || look(child))?);
    }
    let mut total = 0;
    for child in children {
        total += child.join()?;
    }
    Ok(total)
}
