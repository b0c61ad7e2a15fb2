//! 틀린 답: 읽고 나서 쓰는 사이에 다른 아이가 센 것을 덮는다.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use noriteo::{Result, process::fork};

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
    let counter = AtomicU64::new(0);
    thread::scope(|scope| {
        for child in 0..workers {
            let counter = &counter;
            scope.spawn(move || {
                let total = counter.load(Ordering::SeqCst) + look(child);
                counter.store(total, Ordering::SeqCst);
            });
        }
    });
    counter.into_inner()
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
