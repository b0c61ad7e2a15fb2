//! 틀린 답: 미리 한 번 불러 보고 다시 부른다.

use std::{sync::Mutex, thread};

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send + Clone,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    if let Some(first) = items.first() {
        let _ = f(first.clone());
    }
    let count = items.len();
    let rest = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers.min(count) {
            scope.spawn(|| {
                while let Some((index, item)) = { rest.lock().unwrap().next() } {
                    let answer = f(item);
                    done.lock().unwrap().push((index, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}
