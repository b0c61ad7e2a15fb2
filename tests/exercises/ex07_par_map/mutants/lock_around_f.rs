//! 틀린 답: 락을 쥔 채로 f를 부른다.

use std::{sync::Mutex, thread};

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let count = items.len();
    let state = Mutex::new((items.into_iter().enumerate(), Vec::new()));
    thread::scope(|scope| {
        for _ in 0..workers.min(count) {
            scope.spawn(|| {
                loop {
                    let mut state = state.lock().unwrap();
                    let Some((index, item)) = state.0.next() else { break };
                    let answer = f(item);
                    state.1.push((index, answer));
                }
            });
        }
    });
    let mut done = state.into_inner().unwrap().1;
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}
