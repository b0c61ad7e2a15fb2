//! 틀린 답: 쪽지가 온 차례로 답을 모은다.

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
            for item in items.into_iter().skip(child).step_by(workers) {
                let _ = notes.send(f(item));
            }
        })?);
    }
    drop(notes);
    let answers = arrived.iter().collect();
    for child in children {
        child.join()?;
    }
    Ok(answers)
}
