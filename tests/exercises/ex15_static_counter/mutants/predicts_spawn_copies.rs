//! 틀린 답: spawn한 자식도 그 순간의 값을 물려받는다고 믿는다.

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
        spawn_child: start + each,
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
