//! 틀린 답: 쪽지를 꼭 할 것의 수만큼 기다린다.

use noriteo::{
    Result,
    process::{fork, queue},
};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let (notes, arrived) = queue()?;
    let mut children = Vec::new();
    for child in 0..workers {
        let (notes, items) = (notes.clone(), items.clone());
        children.push(fork(move || {
            for (turn, item) in items.into_iter().enumerate().skip(child).step_by(workers) {
                let _ = notes.send((turn, f(item)));
            }
        })?);
    }
    let mut answers = vec![0; items.len()];
    for _ in 0..items.len() {
        let (turn, answer): (usize, u64) = arrived.recv()?;
        answers[turn] = answer;
    }
    for child in children {
        child.join()?;
    }
    Ok(answers)
}
