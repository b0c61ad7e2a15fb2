//! ch02_04: 두 아이가 반씩 나누어 더합니다.
//! 기사의 둘째 프로그램입니다. 파이썬과 달리 두 아이를 묶는 락이 없습니다.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use noriteo::{
    Result,
    cli::Cli,
    measure::{Machine, Sample, Spread, format_duration, once},
    thread,
    work::{split, sum},
};

fn main() -> Result<()> {
    let args = Cli::new("ch02_04_sum_two_threads", "두 아이가 반씩 나누어 더합니다")
        .size(100_000_000)
        .workers(2)
        .timeline()
        .parse();
    let (range, workers) = (0..args.size(), args.workers());
    let mut result = args.record(|| together(range.clone(), workers))?;
    result.sort();
    for (id, thread, part) in &result {
        println!("{id}번 아이, 스레드 번호 {thread}: {part}");
    }
    println!("합: {}", result.iter().map(|entry| entry.2).sum::<u64>());

    let (mut alone, mut shared) = (Vec::new(), Vec::new());
    // 번갈아 잽니다. 컴퓨터가 차츰 바빠지더라도 두 방식이 똑같이 겪습니다.
    for _ in 0..5 {
        alone.push(once(|| sum(range.clone())).1);
        let (done, sample) = once(|| together(range.clone(), workers));
        done?;
        shared.push(sample);
    }
    report("혼자", &alone);
    report("나누어", &shared);
    println!("이 컴퓨터: {}", Machine::detect());
    Ok(())
}

fn together(range: Range<u64>, workers: usize) -> Result<Vec<(usize, u64, u64)>> {
    let result = Arc::new(Mutex::new(Vec::new()));
    let mut children = Vec::new();
    // 새로운 것: 토막마다 아이를 하나씩 부릅니다. 답은 함께 쓰는 목록에 넣습니다.
    for (id, part) in (1..).zip(split(range, workers)) {
        let result = Arc::clone(&result);
        children.push(thread::spawn(move || {
            let total = sum(part);
            let mut list = result.lock().unwrap_or_else(PoisonError::into_inner);
            list.push((id, thread::id(), total));
        })?);
    }
    children.into_iter().try_for_each(|child| child.join())?;
    let mut list = result.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(list.drain(..).collect())
}

fn report(who: &str, samples: &[Sample]) {
    if let Some(wall) = Spread::of(samples.iter().map(|s| s.wall)) {
        let [min, median, max] = [wall.min, wall.median, wall.max].map(format_duration);
        println!("{who}, 벽시계: {median} (최소 {min}, 최대 {max})");
    }
    if let Some(cpu) = Spread::of(samples.iter().filter_map(Sample::cpu)) {
        let [min, median, max] = [cpu.min, cpu.median, cpu.max].map(format_duration);
        println!("{who}, CPU 시간: {median} (최소 {min}, 최대 {max})");
    }
}
