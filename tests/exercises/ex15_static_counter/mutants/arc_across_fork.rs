//! 틀린 답: Arc로 싸면 프로세스 사이에서도 함께 쓴다고 믿는다.

use std::sync::{Arc, Mutex};

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
    let children: Vec<_> = (0..workers)
        .map(|child| std::thread::spawn(move || look(child)))
        .collect();
    children
        .into_iter()
        .map(|child| child.join().unwrap())
        .sum()
}

pub fn count_with_processes(workers: usize, look: fn(usize) -> u64) -> Result<u64> {
    let counter = Arc::new(Mutex::new(0));
    let mut children = Vec::new();
    for child in 0..workers {
        let counter = Arc::clone(&counter);
        children.push(fork(move || {
            let toys = look(child);
            *counter.lock().unwrap() += toys;
        })?);
    }
    for child in children {
        child.join()?;
    }
    let total = *counter.lock().unwrap();
    Ok(total)
}
