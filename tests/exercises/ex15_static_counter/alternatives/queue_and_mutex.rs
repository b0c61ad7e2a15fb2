//! 다른 옳은 답: 스레드는 락으로, 프로세스는 쪽지를 하나에 한 장씩 보내 센다.

use std::{
    sync::{Arc, Mutex},
    thread,
};

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
    let counter = Arc::new(Mutex::new(0));
    let children: Vec<_> = (0..workers)
        .map(|child| {
            let counter = Arc::clone(&counter);
            thread::spawn(move || {
                let toys = look(child);
                *counter.lock().unwrap() += toys;
            })
        })
        .collect();
    for child in children {
        child.join().unwrap();
    }
    let total = *counter.lock().unwrap();
    total
}

pub fn count_with_processes(workers: usize, look: fn(usize) -> u64) -> Result<u64> {
    let (notes, arrived) = queue()?;
    let mut children = Vec::new();
    for child in 0..workers {
        let notes = notes.clone();
        // 한 장에 천 개까지 적는다. 쪽지가 여러 장이어도 부모가 먼저 비우므로 막히지 않는다.
        children.push(fork(move || {
            let mut rest = look(child);
            while rest > 0 {
                let some = rest.min(1_000);
                rest -= some;
                notes.send(some).unwrap();
            }
        })?);
    }
    drop(notes);
    let total = arrived.iter().sum();
    for child in children {
        child.join()?;
    }
    Ok(total)
}
