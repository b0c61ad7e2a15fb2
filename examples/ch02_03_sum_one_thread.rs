//! ch02_03: 한 아이가 처음부터 끝까지 차례대로 더합니다.
//! 기사의 계산입니다. 따로 부탁하지 않으면 프로그램은 한 스레드에서 차례대로 갑니다.

use std::process;

use noriteo::{
    Result,
    cli::Cli,
    measure::{Machine, Sample, Spread, format_duration, once},
    thread,
    work::{expected, split, sum},
};

/// 한 번 잰 시간은 믿기 어렵습니다. 여러 번 재어 중앙값과 최소–최대를 봅니다.
const RUNS: usize = 5;

fn main() -> Result<()> {
    let args = Cli::new(
        "ch02_03_sum_one_thread",
        "한 아이가 처음부터 끝까지 차례대로 더합니다",
    )
    .size(100_000_000)
    .parse();
    let range = 0..args.size();

    let mut total = 0;
    // 새로운 것: 일을 네 토막으로 나누지만 아무도 부르지 않습니다. 누가 하는지 봅니다.
    for part in split(range.clone(), 4) {
        total += sum(part.clone());
        let (pid, thread) = (process::id(), thread::id());
        println!("{part:?}: PID {pid}, 스레드 번호 {thread}");
    }
    println!("합: {total}");
    println!("공식으로 구한 합: {}", expected(range.clone())?);

    let samples: Vec<_> = (0..RUNS).map(|_| once(|| sum(range.clone())).1).collect();
    report("혼자", &samples);
    println!("이 컴퓨터: {}", Machine::detect());
    Ok(())
}

fn report(who: &str, samples: &[Sample]) {
    if let Some(wall) = Spread::of(samples.iter().map(|s| s.wall)) {
        let [min, median, max] = [wall.min, wall.median, wall.max].map(format_duration);
        println!("{who}, 벽시계: {median} (최소 {min}, 최대 {max})");
    }
    // CPU 시간을 세어 주지 않는 운영체제에서는 이 줄이 없습니다.
    if let Some(cpu) = Spread::of(samples.iter().filter_map(Sample::cpu)) {
        let [min, median, max] = [cpu.min, cpu.median, cpu.max].map(format_duration);
        println!("{who}, CPU 시간: {median} (최소 {min}, 최대 {max})");
    }
}
