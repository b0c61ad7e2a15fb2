//! 틀린 답: 나누어떨어지지 않으면 남는 것을 버린다.

use std::thread;

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let mut items = items.into_iter();
    let share = items.len() / workers;
    let shares: Vec<Vec<T>> = (0..workers).map(|_| items.by_ref().take(share).collect()).collect();
    let f = &f;
    thread::scope(|scope| {
        let children: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || share.into_iter().map(f).collect::<Vec<U>>()))
            .collect();
        children.into_iter().flat_map(|child| child.join().unwrap()).collect()
    })
}
