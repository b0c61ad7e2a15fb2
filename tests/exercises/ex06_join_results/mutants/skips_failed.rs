//! 틀린 답: 패닉한 자리를 건너뛰어 뒤의 답이 앞으로 온다.

use std::thread;

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let children: Vec<_> = jobs.into_iter().map(thread::spawn).collect();
    children
        .into_iter()
        .filter_map(|child| child.join().ok())
        .map(Ok)
        .collect()
}
