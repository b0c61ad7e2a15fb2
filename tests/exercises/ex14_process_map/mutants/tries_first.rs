//! 틀린 답: 부모가 첫째를 미리 해 본다.

use noriteo::{Result, process::fork};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    if let Some(first) = items.first() {
        let _ = f(*first);
    }
    let share = items.len().div_ceil(workers).max(1);
    let mut children = Vec::new();
    for share in items.chunks(share) {
        let share = share.to_vec();
        children.push(fork(move || {
            share.into_iter().map(f).collect::<Vec<u64>>()
        })?);
    }
    let mut answers = Vec::new();
    for child in children {
        answers.extend(child.join()?);
    }
    Ok(answers)
}
