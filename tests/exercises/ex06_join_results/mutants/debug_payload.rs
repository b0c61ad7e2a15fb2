//! 틀린 답: 패닉이 남긴 값을 {:?}로 적는다.

use std::thread;

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let children: Vec<_> = jobs.into_iter().map(thread::spawn).collect();
    children
        .into_iter()
        .map(|child| child.join().map_err(|panic| format!("{panic:?}")))
        .collect()
}
