//! ex14: 여러 놀이터가 나누어 바꾸기. `process_map`을 채우세요.
//!
//! 실행: `cargo run --example ex14_process_map`
//! 검사: `cargo course check ex14`

use noriteo::Result;

/// `items`의 하나하나에 `f`를 불러, 같은 차례의 답을 줍니다. `f`는 자식 프로세스에서 부릅니다.
///
/// * `f`를 부르는 프로세스는 모두 합하여 `workers`개까지입니다. `workers`는 1 이상입니다.
///   `process_map`을 부른 프로세스는 `f`를 부르지 않습니다.
/// * 할 것이 `workers`개이면 `workers`개의 프로세스가 함께 `f` 안에 있을 수 있어야 합니다.
/// * `f`는 하나에 꼭 한 번 부릅니다.
/// * `f`가 패닉하면 `process_map`은 기다리다 멈추거나 패닉하지 않고 `Err`를 돌려줍니다.
/// * 돌아온 뒤에는 `Ok`이든 `Err`이든 자식도, 좀비도, 새로 연 파일 디스크립터도 남지 않습니다.
pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let _ = (items, workers, f);
    todo!("noriteo::process::fork로 나누어 맡기세요")
}

fn main() -> Result<()> {
    fn paint(toy: u64) -> u64 {
        println!("PID {}: {toy}번 장난감", std::process::id());
        toy * 10
    }
    println!("부모의 PID {}", std::process::id());
    let answers = process_map((1..=8).collect(), 2, paint)?;
    println!("{answers:?}");
    Ok(())
}
