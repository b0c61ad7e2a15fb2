//! ch02_11: 나누기를 rayon에 맡깁니다.
//! 크기가 고르지 않은 조각을 늘어놓으면, 먼저 끝난 아이가 남의 조각을 가져다 합니다.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use noriteo::{
    Error, Result,
    cli::Cli,
    work::{expected, sum},
};
use rayon::{
    ThreadPoolBuilder, current_thread_index,
    iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator},
};

const PIECES: u64 = 64;

fn main() -> Result<()> {
    let args = Cli::new("ch02_11_rayon", "나누기를 rayon에 맡깁니다")
        .size(100_000_000)
        .workers(2)
        .parse();
    let (size, workers) = (args.size(), args.workers());
    // k번 조각은 앞의 것보다 깁니다. 그래도 모두 이으면 0..size입니다.
    let edge = |k: u64| size * k * k / (PIECES * PIECES);
    let pieces: Vec<_> = (0..PIECES).map(|k| edge(k)..edge(k + 1)).collect();
    println!("조각 {PIECES}개를 앞뒤 절반으로 나누면");
    let percent = |count: u64| (100.0 * count as f64 / size as f64).round();
    println!("  앞 절반: 수의 {}%", percent(edge(PIECES / 2)));
    println!("  뒤 절반: 수의 {}%", percent(size - edge(PIECES / 2)));

    let pool = ThreadPoolBuilder::new()
        .num_threads(workers)
        .build()
        .map_err(|error| Error::os("아이들을 모으지 못했습니다", io::Error::other(error)))?;
    let counted: Vec<_> = (0..workers).map(|_| AtomicU64::new(0)).collect();
    // 새로운 것: spawn도 join도 없습니다. 누가 어느 조각을 할지는 rayon이 정합니다.
    let total: u64 = pool.install(|| {
        pieces
            .into_par_iter()
            .with_max_len(1)
            .map(|piece| {
                let who = current_thread_index().unwrap_or(0);
                counted[who].fetch_add(piece.end - piece.start, Relaxed);
                sum(piece)
            })
            .sum()
    });
    println!("rayon에 맡기면");
    for (who, count) in counted.iter().enumerate() {
        println!("  {who}번 아이: 수의 {}%", percent(count.load(Relaxed)));
    }
    println!("합: {total}");
    println!("공식으로 구한 합: {}", expected(0..size)?);
    Ok(())
}
