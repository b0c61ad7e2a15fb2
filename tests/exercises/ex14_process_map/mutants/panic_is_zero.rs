//! 틀린 답: 쓰러진 자식의 몫을 조용히 빠뜨린다.

use noriteo::{Result, process::fork};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let share = items.len().div_ceil(workers).max(1);
    let mut children = Vec::new();
    for share in items.chunks(share) {
        let share = share.to_vec();
        children.push(fork(move || {
            share.into_iter().map(f).collect::<Vec<u64>>()
        })?);
    }
    Ok(children
        .into_iter()
        .flat_map(|child| child.join().unwrap_or_default())
        .collect())
}
