//! 틀린 답: 만들자마자 기다린다. 반복자가 게을러서 그렇게 되기도 한다.

use std::{any::Any, thread};

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    jobs.into_iter()
        .map(thread::spawn)
        .map(|child| child.join().map_err(|panic| words(panic.as_ref())))
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
