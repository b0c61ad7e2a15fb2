//! 틀린 답: 자식 하나를 만들고 그 안에서 스레드에 나눈다.

use noriteo::{Result, process::fork};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    fork(move || {
        let share = items.len().div_ceil(workers).max(1);
        std::thread::scope(|scope| {
            let children: Vec<_> = items
                .chunks(share)
                .map(|share| {
                    scope.spawn(move || share.iter().copied().map(f).collect::<Vec<u64>>())
                })
                .collect();
            children
                .into_iter()
                .flat_map(|child| child.join().unwrap())
                .collect()
        })
    })?
    .join()
}
