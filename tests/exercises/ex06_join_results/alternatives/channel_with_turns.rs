//! 다른 옳은 답: 번호를 붙여 채널로 모은 뒤 제자리에 놓는다. join은 한 번도 부르지 않는다.

use std::{
    any::Any,
    collections::BTreeMap,
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
    for (turn, job) in jobs.into_iter().enumerate() {
        let send = send.clone();
        thread::Builder::new()
            .name(format!("아이 {turn}"))
            .spawn(move || {
                let done = catch_unwind(AssertUnwindSafe(job));
                let _ = send.send((turn, done.map_err(|panic| words(panic.as_ref()))));
            })
            .unwrap();
    }
    drop(send);
    arrived
        .iter()
        .collect::<BTreeMap<_, _>>()
        .into_values()
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
