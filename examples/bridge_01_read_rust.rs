//! bridge_01: 두 아이가 점수를 나누어 더합니다.
//! 파이썬을 아는 독자가 처음 읽는 Rust 프로그램입니다.
//! 같은 일을 하는 파이썬 프로그램은 examples/python/bridge_01_read_rust.py 입니다.

use noriteo::{Result, cli::Cli, thread};

/// 점수를 차례로 더합니다. `&[u64]`는 목록을 빌려서 읽기만 한다는 뜻입니다.
fn add(scores: &[u64]) -> u64 {
    let mut total = 0;
    for score in scores {
        total += score;
    }
    total
}

fn main() -> Result<()> {
    Cli::new("bridge_01_read_rust", "두 아이가 점수를 나누어 더합니다").parse();

    let scores: Vec<u64> = (1..11).collect();
    let half = scores.len() / 2;
    let front = scores[..half].to_vec();
    let back = scores[half..].to_vec();

    let first = thread::spawn(move || add(&front))?;
    let second = thread::spawn(move || add(&back))?;
    let totals = [first.join()?, second.join()?];

    println!("점수: {scores:?}");
    println!("두 아이의 합: {totals:?}");
    println!("모두의 합: {}", totals.iter().sum::<u64>());
    Ok(())
}
