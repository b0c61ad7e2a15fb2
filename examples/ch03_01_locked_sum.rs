//! ch03_01: 락 하나에 묶인 두 아이가 반씩 나누어 더합니다.
//! 2장의 ch02_04와 같은 일입니다. 모자(락)가 하나뿐이라는 것만 다릅니다.

use std::ops::Range;

use noriteo::{
    Result,
    cli::Cli,
    gil::{Gil, Stats},
    measure::{Machine, Sample, Spread, format_duration, once},
    work::{split, sum},
};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch03_01_locked_sum",
        "락에 묶인 두 아이가 반씩 나누어 더합니다",
    )
    .size(100_000_000)
    .workers(2)
    .timeline()
    .parse();
    let (range, workers) = (0..args.size(), args.workers());
    let (total, stats) = args.record(|| together(range.clone(), workers))?;
    println!("합: {total}");
    println!(
        "한때 락 안에 함께 있던 아이: 많아야 {}명",
        stats.max_in_flight
    );
    for worker in &stats.workers {
        let (id, forced) = (worker.ordinal + 1, worker.forced_drops);
        println!(
            "{id}번 아이: 락을 {}회 쥐고, {forced}회 떠밀려 놓음",
            worker.acquisitions
        );
    }

    let (mut one, mut many) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        for (workers, samples) in [(1, &mut one), (workers, &mut many)] {
            let (done, sample) = once(|| together(range.clone(), workers));
            done?;
            samples.push(sample);
        }
    }
    report("혼자", &one);
    report("나누어", &many);
    println!("이 컴퓨터: {}", Machine::detect());
    Ok(())
}

fn together(range: Range<u64>, workers: usize) -> Result<(u64, Stats)> {
    // 새로운 것: 아이를 Gil로 부릅니다. 모자는 하나뿐이고, 쓴 아이만 더합니다.
    let gil = Gil::default();
    let children = split(range, workers)
        .map(|part| gil.spawn(move || sum(part)))
        .collect::<Result<Vec<_>>>()?;
    let mut total = 0;
    for child in children {
        total += child.join()?;
    }
    Ok((total, gil.stats()))
}

fn report(who: &str, samples: &[Sample]) {
    if let Some(wall) = Spread::of(samples.iter().map(|sample| sample.wall)) {
        let [min, median, max] = [wall.min, wall.median, wall.max].map(format_duration);
        println!("{who}, 벽시계: {median} (최소 {min}, 최대 {max})");
    }
}
