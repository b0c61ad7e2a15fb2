//! 틀린 답: 나누어떨어지지 않으면 남는 것을 버린다.

use noriteo::{Result, process::fork};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let share = items.len() / workers;
    let mut children = Vec::new();
    for child in 0..workers {
        let share = items[child * share..(child + 1) * share].to_vec();
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
