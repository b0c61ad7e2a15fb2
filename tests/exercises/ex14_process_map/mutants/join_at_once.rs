//! 틀린 답: 자식을 만들자마자 기다린다.

use noriteo::{Result, process::fork};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let share = items.len().div_ceil(workers).max(1);
    let mut answers = Vec::new();
    for share in items.chunks(share) {
        let share = share.to_vec();
        let child = fork(move || share.into_iter().map(f).collect::<Vec<u64>>())?;
        answers.extend(child.join()?);
    }
    Ok(answers)
}
