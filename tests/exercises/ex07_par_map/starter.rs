//! ex07: 여럿이 나누어 바꾸기. `par_map`을 채우세요.
//!
//! 실행: `cargo run --example ex07_par_map`
//! 검사: `cargo course check ex07`

use std::thread;

/// `items`의 하나하나에 `f`를 불러, 같은 차례의 답을 줍니다.
///
/// * 스레드는 `workers`개까지만 씁니다. `workers`는 1 이상입니다.
/// * 할 것이 `workers`개 이상이면 `workers`개가 함께 `f` 안에 있을 수 있어야 합니다.
/// * `f`가 패닉하면 `par_map`도 패닉합니다. 그 전에 모든 스레드를 기다립니다.
pub fn par_map<T, U, F>(items: Vec<T>, workers: usize, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let _ = (items, workers, f);
    todo!("thread::scope로 나누어 맡기세요")
}

fn main() {
    let toys: Vec<u64> = (1..=8).collect();
    let answers = par_map(toys, 2, |toy| {
        println!("{:?}: {toy}번 장난감", thread::current().id());
        toy * 10
    });
    println!("{answers:?}");
}
