//! ch04_01: 두 놀이터가 반씩 더해 쪽지로 알립니다.

use std::{ops::Range, process};

use noriteo::{
    Result,
    cli::Cli,
    process::{Sender, fork as spawn, queue},
    work::{split, sum},
};

fn main() -> Result<()> {
    let args = Cli::new("ch04_01_process_sum", "두 놀이터가 반씩 더해 알립니다")
        .size(100_000_000)
        .workers(2)
        .timeline()
        .parse();
    args.record(|| share(args.size(), args.workers()))
}

fn share(size: u64, workers: usize) -> Result<()> {
    // 새로운 것: spawn이 프로세스를 만듭니다. 바뀐 코드는 위의 use 한 줄입니다.
    let (result, arrived) = queue()?;
    let mut children = Vec::new();
    for (id, range) in (1..).zip(split(0..size, workers)) {
        let result = result.clone();
        children.push(spawn(move || work(id, range, result))?);
    }
    // 보내는 끝이 모두 사라져야 아래 반복문이 끝납니다.
    drop(result);
    let mut total = 0;
    for (id, pid, part) in &arrived {
        println!("{id}번 아이의 쪽지: {part} (PID {pid})");
        total += part;
    }
    for child in children {
        child.join()?;
    }
    println!("합: {total} (PID {})", process::id());
    Ok(())
}

fn work(id: u32, range: Range<u64>, result: Sender<(u32, u32, u64)>) {
    if let Err(error) = result.send((id, process::id(), sum(range))) {
        eprintln!("{id}번 아이가 쪽지를 보내지 못했습니다: {error}");
    }
}
