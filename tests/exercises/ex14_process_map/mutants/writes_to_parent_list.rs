//! 틀린 답: 자식이 부모의 목록을 고칠 수 있다고 믿는다.

use std::sync::{Arc, Mutex};

use noriteo::{Result, process::fork};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let answers = Arc::new(Mutex::new(vec![0; items.len()]));
    let mut children = Vec::new();
    for child in 0..workers {
        let (answers, items) = (Arc::clone(&answers), items.clone());
        children.push(fork(move || {
            for turn in (child..items.len()).step_by(workers) {
                answers.lock().unwrap()[turn] = f(items[turn]);
            }
        })?);
    }
    for child in children {
        child.join()?;
    }
    let answers = answers.lock().unwrap().clone();
    Ok(answers)
}
