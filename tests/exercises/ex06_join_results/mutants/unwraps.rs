//! 틀린 답: join의 Err를 unwrap한다.

use std::thread;

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let children: Vec<_> = jobs.into_iter().map(thread::spawn).collect();
    children
        .into_iter()
        .map(|child| Ok(child.join().unwrap()))
        .collect()
}
