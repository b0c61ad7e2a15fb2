//! 틀린 답: join의 Err를 버린다.

use std::{sync::Mutex, thread};

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let count = items.len();
    let rest = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let children: Vec<_> = (0..workers.min(count))
            .map(|_| {
                scope.spawn(|| {
                    while let Some((index, item)) = { rest.lock().unwrap().next() } {
                        let answer = f(item);
                        done.lock().unwrap().push((index, answer));
                    }
                })
            })
            .collect();
        for child in children {
            let _ = child.join();
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}
