//! 틀린 답: 쪽지가 꼭 아이의 수만큼 온다고 믿는다.

use noriteo::{
    Result,
    process::{fork, queue},
};

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
    let (notes, arrived) = queue()?;
    let mut children = Vec::new();
    for child in 0..workers {
        let notes = notes.clone();
        children.push(fork(move || notes.send(look(child)).is_ok())?);
    }
    let mut total = 0;
    for _ in 0..workers {
        total += arrived.recv()?;
    }
    for child in children {
        child.join()?;
    }
    Ok(total)
}
