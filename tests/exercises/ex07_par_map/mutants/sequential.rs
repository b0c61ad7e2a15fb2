//! 틀린 답: 스레드 없이 차례로 부른다.

pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let _ = workers;
    items.into_iter().map(f).collect()
}
