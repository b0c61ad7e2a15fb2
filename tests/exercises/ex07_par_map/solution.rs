//! ex07: 여럿이 나누어 바꾸기. 예시 답입니다.

use std::{sync::Mutex, thread};

/// 스레드마다 다음 것을 하나씩 꺼내 갑니다. 오래 걸리는 것이 있어도 나머지가 놀지 않습니다.
pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let count = items.len();
    let rest = Mutex::new(items.into_iter().enumerate());
    let take = || rest.lock().ok()?.next();
    let mut done: Vec<(usize, U)> = thread::scope(|scope| {
        let work = || {
            let mut mine = Vec::new();
            while let Some((index, item)) = take() {
                mine.push((index, f(item)));
            }
            mine
        };
        let children: Vec<_> = (0..workers.min(count)).map(|_| scope.spawn(work)).collect();
        let ended: Vec<_> = children.into_iter().map(|child| child.join()).collect();
        ended
            .into_iter()
            .flat_map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}

fn main() {
    let toys: Vec<u64> = (1..=8).collect();
    let answers = par_map(toys, 2, |toy| {
        println!("{:?}: {toy}번 장난감", thread::current().id());
        toy * 10
    });
    println!("{answers:?}");
}
