//! 틀린 답: 할 것마다 자식을 하나씩 만든다.

use noriteo::{Result, process::fork};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let _ = workers;
    let mut answers = Vec::new();
    for share in items.chunks(16) {
        let mut children = Vec::new();
        for item in share.to_vec() {
            children.push(fork(move || f(item))?);
        }
        for child in children {
            answers.push(child.join()?);
        }
    }
    Ok(answers)
}
