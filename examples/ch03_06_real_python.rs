//! ch03_06: 이 컴퓨터의 진짜 파이썬에게 같은 덧셈을 시키고, 우리 것과 나란히 놓습니다.

use std::{path::Path, time::Duration};

use noriteo::{
    Error, Result,
    cli::Cli,
    measure::{
        self, Job, Load, Spread, format_duration, fresh, pad,
        python::{self, Python},
    },
    variant::Variant,
};

fn main() -> Result<()> {
    measure::entry();
    let args = Cli::new(
        "ch03_06_real_python",
        "진짜 파이썬을 우리 것과 나란히 잽니다",
    )
    .number(
        "python-size",
        3_000_000,
        1..=100_000_000,
        "파이썬이 더할 범위의 끝",
    )
    .number("runs", 3, 1..=50, "저마다 재는 횟수")
    .size(100_000_000)
    .parse();
    let runs = args.number("runs");
    println!(
        "{} {} {} 프로세스 2",
        pad("누가", 30),
        pad("스레드 1", 10),
        pad("스레드 2", 16)
    );
    // 새로운 것: 이름이 아니라 대답으로 파이썬을 알아봅니다. 없어도 됩니다.
    let (pythons, _) = python::find(&());
    for python in &pythons {
        let size = args.number("python-size");
        // 파이썬 하나가 말썽이어도 나머지는 잽니다.
        if let Err(error) = row(&python.label(), runs, |way| ask(python, way, size)) {
            println!("{} {error}", pad(&python.label(), 30));
        }
    }
    if pythons.is_empty() {
        println!("이 컴퓨터에서 돌아가는 파이썬 3을 찾지 못해 우리 것만 잽니다.");
    }
    let ours = |variant, workers| {
        fresh(&Job {
            variant,
            workload: Load::Cpu,
            range: 0..args.size(),
            workers,
        })
        .map(|sample| sample.wall)
    };
    let process = if cfg!(unix) {
        Variant::Fork
    } else {
        Variant::Spawn
    };
    for (name, thread) in [
        ("noriteo, 락에 묶인 스레드", Variant::LockedThread),
        ("noriteo, 락이 없는 스레드", Variant::Thread),
    ] {
        row(name, runs, |way| match way {
            0 => ours(thread, 1),
            1 => ours(thread, 2),
            _ => ours(process, 2),
        })?;
    }
    Ok(())
}

/// 세 길을 번갈아 재고, 스레드 하나의 중앙값에 견줍니다.
fn row(name: &str, runs: u64, mut measure: impl FnMut(usize) -> Result<Duration>) -> Result<()> {
    let mut walls = [const { Vec::new() }; 3];
    for _ in 0..runs {
        for (way, walls) in walls.iter_mut().enumerate() {
            walls.push(measure(way)?);
        }
    }
    let [Some(one), Some(two), Some(processes)] = walls.map(Spread::of) else {
        return Ok(());
    };
    let beside = |spread: Spread| {
        let ratio = spread.median.as_secs_f64() / one.median.as_secs_f64();
        format!("{} ({ratio:.2}배)", format_duration(spread.median))
    };
    println!(
        "{} {} {} {}",
        pad(name, 30),
        pad(&format_duration(one.median), 10),
        pad(&beside(two), 16),
        beside(processes)
    );
    Ok(())
}

/// 파이썬 프로그램 하나로 세 길을 모두 돕니다. 걸린 시간은 파이썬이 스스로 잽니다.
fn ask(python: &Python, way: usize, size: u64) -> Result<Duration> {
    let (mode, workers) = [("thread", 1), ("thread", 2), ("process", 2)][way];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/python/measure_sum.py");
    let args = [mode.to_owned(), size.to_string(), workers.to_string()];
    let failed = |message| Error::WorkerFailed { message };
    let answer = python.run(&script, &args, &()).map_err(failed)?;
    answer["wall"]
        .as_f64()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| failed("파이썬이 걸린 시간을 알리지 않았습니다".to_owned()))
}
