//! 다른 옳은 답: scope 안에서 패닉을 받아 제자리에 적는다.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread,
};

pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let slots: Vec<Mutex<Option<Result<T, String>>>> =
        jobs.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for (job, slot) in jobs.into_iter().zip(&slots) {
            scope.spawn(move || {
                let done = catch_unwind(AssertUnwindSafe(job));
                *slot.lock().unwrap() = Some(done.map_err(|panic| words(panic.as_ref())));
            });
        }
    });
    slots
        .into_iter()
        .map(|slot| slot.into_inner().unwrap().unwrap())
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
