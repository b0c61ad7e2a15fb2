//! ex06: 모두 기다려 답을 모으기. 예시 답입니다.

use std::{any::Any, thread};

/// 먼저 모두 부르고, 부른 차례대로 기다립니다.
pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    // 여기서 모으지 않으면(collect) 반복자가 게을러서, 하나를 기다린 뒤에야 다음을 부릅니다.
    let children: Vec<_> = jobs.into_iter().map(thread::spawn).collect();
    children
        .into_iter()
        .map(|child| child.join().map_err(|panic| words(panic.as_ref())))
        .collect()
}

/// 패닉이 남긴 값에서 말을 꺼냅니다.
fn words(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "(글이 아닌 값으로 패닉했습니다)".to_owned()
    }
}

fn main() {
    let jobs: Vec<fn() -> u32> = vec![
        || 10,
        || panic!("장난감이 없습니다"),
        || panic!("{}번 그네가 고장 났습니다", 3),
        || 40,
    ];
    for (turn, result) in (1..).zip(join_results(jobs)) {
        match result {
            Ok(toys) => println!("{turn}번 아이: 장난감 {toys}개"),
            Err(words) => println!("{turn}번 아이가 울며 한 말: {words}"),
        }
    }
}
