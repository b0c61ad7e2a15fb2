//! 틀린 답: &str만 꺼내고 String은 잊는다.

use std::thread;

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let children: Vec<_> = jobs.into_iter().map(thread::spawn).collect();
    children
        .into_iter()
        .map(|child| {
            child
                .join()
                .map_err(|panic| match panic.downcast_ref::<&str>() {
                    Some(text) => (*text).to_owned(),
                    None => "알 수 없는 패닉".to_owned(),
                })
        })
        .collect()
}
