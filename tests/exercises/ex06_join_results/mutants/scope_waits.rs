//! 틀린 답: scope가 대신 기다려 주면 패닉도 감추어 주리라 믿는다.

use std::{sync::Mutex, thread};

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let results: Mutex<Vec<Result<T, String>>> = Mutex::new(
        jobs.iter()
            .map(|_| Err("패닉했습니다".to_owned()))
            .collect(),
    );
    let slots = &results;
    thread::scope(|scope| {
        for (turn, job) in jobs.into_iter().enumerate() {
            scope.spawn(move || {
                let answer = job();
                slots.lock().unwrap()[turn] = Ok(answer);
            });
        }
    });
    results.into_inner().unwrap()
}
