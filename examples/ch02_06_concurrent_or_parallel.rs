//! ch02_06: 동시성과 병렬성은 다릅니다. 둘을 따로 확인합니다.
//! 동시성은 서로 만날 수 있는가로, 병렬성은 CPU 시간이 벽시계를 앞지르는가로 봅니다.

use std::{
    sync::{Arc, Barrier},
    thread::available_parallelism,
    time::{Duration, Instant},
};

use noriteo::{
    Result,
    cli::Cli,
    measure::{format_duration, once},
    thread,
    work::sum,
};

/// 다시 해 볼 때 아이마다 더하는 수의 개수입니다.
/// 짧을수록 남이 끼어들 틈이 적고, 길수록 운영체제가 둘을 다른 코어로 떼어 놓을 틈이 많습니다.
const SHORT: u64 = 1_000_000;
const LONG: u64 = 400_000_000;

fn main() -> Result<()> {
    let args = Cli::new(
        "ch02_06_concurrent_or_parallel",
        "동시성과 병렬성을 따로 확인합니다",
    )
    .size(10_000_000)
    .number("rounds", 1000, 1..=1_000_000, "두 아이가 만나는 횟수")
    .number("seconds", 60, 1..=60, "병렬을 찾아볼 시간(초)")
    .parse();
    let cores = available_parallelism().map_or(1, usize::from);
    println!("코어: {cores}개");

    let (rounds, meeting) = (args.number("rounds"), Barrier::new(2));
    // 한 아이가 끝난 뒤에야 다른 아이가 시작한다면, 둘이 와야 열리는 이 문은 열리지 않습니다.
    let met = both(move || {
        let mut met = 0;
        for _ in 0..rounds {
            meeting.wait();
            met += 1;
        }
        met
    })?;
    println!("동시성: 두 아이가 만난 횟수 {met:?}");

    let deadline = Instant::now() + Duration::from_secs(args.number("seconds"));
    let mut size = args.size();
    // 다른 프로그램이 코어를 쓰고 있을 수 있으므로, 일의 길이를 바꾸어 가며 보일 때까지 해 봅니다.
    while cores > 1 && Instant::now() < deadline {
        let (done, sample) = once(|| both(move || sum(0..size)));
        done?;
        let Some(cpu) = sample.cpu() else { break };
        // 새로운 것: 늘 한 아이만 일했다면 CPU 시간의 합은 벽시계를 넘을 수 없습니다.
        if cpu > sample.wall + sample.wall / 10 {
            let (wall, cpu) = (format_duration(sample.wall), format_duration(cpu));
            println!("병렬성: 벽시계로 {wall} 동안 CPU 시간을 {cpu} 썼습니다.");
            return Ok(());
        }
        size = if size < LONG { size * 2 } else { SHORT };
    }
    println!("병렬성: 이번에는 보지 못했습니다. 코어가 하나뿐이거나 다른 일로 바쁩니다.");
    Ok(())
}

/// 같은 일을 두 아이가 함께 하고, 두 답을 돌려줍니다.
fn both<T: Send + 'static>(work: impl Fn() -> T + Send + Sync + 'static) -> Result<[T; 2]> {
    let mine = Arc::new(work);
    let yours = Arc::clone(&mine);
    let (first, second) = (
        thread::spawn(move || mine())?,
        thread::spawn(move || yours())?,
    );
    Ok([first.join()?, second.join()?])
}
