//! 틀린 답: 프로세스가 아니라 스레드에 나눈다.

use noriteo::{Result, thread::spawn};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let share = items.len().div_ceil(workers).max(1);
    let mut children = Vec::new();
    for share in items.chunks(share) {
        let share = share.to_vec();
        children.push(spawn(move || {
            share.into_iter().map(f).collect::<Vec<u64>>()
        })?);
    }
    let mut answers = Vec::new();
    for child in children {
        answers.extend(child.join()?);
    }
    Ok(answers)
}
