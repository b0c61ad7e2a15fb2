//! 틀린 답: 답을 담을 목록의 락을 쥔 채로 일한다.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    thread,
};

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let results: Arc<Mutex<Vec<Option<Result<T, String>>>>> =
        Arc::new(Mutex::new(jobs.iter().map(|_| None).collect()));
    let mut children = Vec::new();
    for (turn, job) in jobs.into_iter().enumerate() {
        let results = Arc::clone(&results);
        children.push(thread::spawn(move || {
            let mut results = results.lock().unwrap();
            let done = catch_unwind(AssertUnwindSafe(job));
            results[turn] = Some(done.map_err(|panic| words(panic.as_ref())));
        }));
    }
    for child in children {
        let _ = child.join();
    }
    let mut results = results.lock().unwrap();
    results.drain(..).flatten().collect()
}

fn words(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        String::new()
    }
}
