//! 틀린 답: 답은 쪽지로 받고 손잡이는 잊어버린다.

use noriteo::{
    Result,
    process::{fork, queue},
};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let (notes, arrived) = queue()?;
    for child in 0..workers {
        let (notes, items) = (notes.clone(), items.clone());
        let child = fork(move || {
            for (turn, item) in items.into_iter().enumerate().skip(child).step_by(workers) {
                let _ = notes.send((turn, f(item)));
            }
        })?;
        // 버리면 자식이 끝나므로 잊는다.
        std::mem::forget(child);
    }
    drop(notes);
    let mut answers: Vec<(usize, u64)> = arrived.iter().collect();
    answers.sort_unstable();
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}
