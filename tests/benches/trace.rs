//! 기록하는 것이 합을 얼마나 늦추는지, 기록할 때와 하지 않을 때를 번갈아 재어 증거 `trace`로 남깁니다.
//!
//! `cargo bench -p noriteo-tests --bench trace`

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use noriteo::{
    Result,
    measure::{
        Spread,
        evidence::{self, Evidence},
    },
    trace, work,
};

/// 번갈아 재는 횟수입니다. 한 번이 5 ms쯤입니다.
const PAIRS: usize = 301;
const SIZE: u64 = 20_000_000;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("오류: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let mut rows = Vec::new();
    // 너무 시끄러우면 많아야 세 번 다시 잽니다.
    for attempt in 1..=3 {
        let share = share()?;
        println!("{attempt}번째: 기록하면 합이 {:+.2}% 늦어집니다", share);
        rows = vec![
            Evidence::new(
                "trace-sum",
                "기록하며 더하면 몇 % 더 걸리는가(번갈아 잰 쌍의 중앙값)",
                share,
                "%",
            )
            .at_most(2.0),
            Evidence::new(
                "trace-span",
                "빈 구간 하나를 스스로 남기는 시간(Recorder)",
                trace::overhead().median.as_nanos() as f64,
                "ns",
            ),
        ];
        if rows.iter().all(Evidence::holds) {
            break;
        }
    }
    evidence::write("trace", &rows)
}

/// 쌍마다 (기록함 − 하지 않음) ÷ 하지 않음을 구해, 그 중앙값을 %로 돌려줍니다.
fn share() -> Result<f64> {
    let mut plain = Vec::new();
    let mut differences = Vec::new();
    for pair in 0..PAIRS {
        let mut times = [Duration::ZERO; 2];
        for turn in 0..2 {
            let traced = (pair + turn) % 2 == 1;
            times[usize::from(traced)] = if traced {
                trace::record("재기", || Ok(timed()))?.0
            } else {
                timed()
            };
        }
        plain.push(times[0]);
        differences.push(times[1].as_secs_f64() - times[0].as_secs_f64());
    }
    differences.sort_by(f64::total_cmp);
    let base = Spread::of(plain).map_or(f64::NAN, |spread| spread.median.as_secs_f64());
    Ok(100.0 * differences[PAIRS / 2] / base)
}

fn timed() -> Duration {
    let start = Instant::now();
    std::hint::black_box(work::sum(0..SIZE));
    start.elapsed()
}
