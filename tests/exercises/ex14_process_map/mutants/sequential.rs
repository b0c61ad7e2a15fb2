//! 틀린 답: 부모가 차례로 부른다.

use noriteo::Result;

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let _ = workers;
    Ok(items.into_iter().map(f).collect())
}
