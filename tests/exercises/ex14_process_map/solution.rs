//! ex14: 여러 놀이터가 나누어 바꾸기. 예시 답입니다.

use noriteo::{Result, process::fork};

/// 이어진 몫으로 나누어 맡기고, 맡긴 차례대로 기다려 이어 붙입니다.
///
/// 도중에 `?`로 돌아가도 남은 손잡이가 버려지면서 자식을 끝내고 거둡니다.
pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let share = items.len().div_ceil(workers).max(1);
    let mut children = Vec::new();
    for share in items.chunks(share) {
        let share = share.to_vec();
        children.push(fork(move || {
            share.into_iter().map(f).collect::<Vec<u64>>()
        })?);
    }
    let mut answers = Vec::new();
    for child in children {
        answers.extend(child.join()?);
    }
    Ok(answers)
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
