//! 틀린 답: 끝난 차례로 답을 모은다.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
};

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (send, arrived) = mpsc::channel();
    for job in jobs {
        let send = send.clone();
        thread::spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(job));
            let _ = send.send(done.map_err(|panic| words(panic.as_ref())));
        });
    }
    drop(send);
    arrived.iter().collect()
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
