//! 틀린 답: 자식이 더한 static을 부모가 읽는다.

use std::sync::atomic::{AtomicU64, Ordering};

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
    let children: Vec<_> = (0..workers)
        .map(|child| std::thread::spawn(move || look(child)))
        .collect();
    children
        .into_iter()
        .map(|child| child.join().unwrap())
        .sum()
}

pub fn count_with_processes(workers: usize, look: fn(usize) -> u64) -> Result<u64> {
    COUNTER.store(0, Ordering::SeqCst);
    let mut children = Vec::new();
    for child in 0..workers {
        children.push(fork(move || {
            COUNTER.fetch_add(look(child), Ordering::SeqCst);
        })?);
    }
    for child in children {
        child.join()?;
    }
    Ok(COUNTER.load(Ordering::SeqCst))
}
