//! 틀린 답: 자식을 하나씩 만들고 기다린다.

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
    let mut total = 0;
    for child in 0..workers {
        total += fork(move || look(child))?.join()?;
    }
    Ok(total)
}
