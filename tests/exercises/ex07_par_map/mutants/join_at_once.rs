//! 틀린 답: 만들자마자 기다린다.

use std::thread;

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let _ = workers;
    let f = &f;
    items
        .into_iter()
        .map(|item| thread::scope(|scope| scope.spawn(move || f(item)).join().unwrap()))
        .collect()
}
