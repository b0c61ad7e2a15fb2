//! 틀린 답: 차례 번호를 u8로 바꾸어 정렬한다.

use std::{sync::Mutex, thread};

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let rest = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let take = || rest.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((index, item)) = take() {
                    let answer = f(item);
                    done.lock().unwrap().push((index as u8, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}
