//! 틀린 답: 할 것마다 스레드를 만든다.

use std::thread;

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let _ = workers;
    let f = &f;
    thread::scope(|scope| {
        let children: Vec<_> =
            items.into_iter().map(|item| scope.spawn(move || f(item))).collect();
        children.into_iter().map(|child| child.join().unwrap()).collect()
    })
}
