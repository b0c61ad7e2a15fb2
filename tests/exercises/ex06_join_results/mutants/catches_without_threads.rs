//! 틀린 답: 스레드 없이 catch_unwind로 차례로 부른다.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    jobs.into_iter()
        .map(|job| catch_unwind(AssertUnwindSafe(job)).map_err(|panic| words(panic.as_ref())))
        .collect()
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
