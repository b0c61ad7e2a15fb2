//! ch05_01: 모든 방식을 두 가지 일로 재어 한자리에 놓습니다.
//! CPU를 쓰는 일과 기다리는 일을, 새 프로세스에서 번갈아 잽니다.

use std::time::Duration;

use noriteo::{
    Result,
    cli::Cli,
    measure::{self, Job, Load, interleaved},
    variant::Variant,
};

fn main() -> Result<()> {
    measure::entry();
    let args = Cli::new("ch05_01_all_variants", "모든 방식을 두 가지 일로 잽니다")
        .size(100_000_000)
        .workers(2)
        .number("questions", 40, 1..=10_000, "기다리는 일에서 묻는 횟수")
        .number("runs", 5, 1..=100, "저마다 재는 횟수")
        .parse();
    let cpu = (Load::Cpu, 0..args.size());
    // 물음마다 대답이 2 ms 늦습니다. 그동안 묻는 쪽은 기다리기만 합니다.
    let delay = Duration::from_millis(2);
    let io = (Load::Io { delay }, 0..args.number("questions"));
    for (workload, range) in [cpu, io] {
        // 새로운 것: 이름만 바꾸어 같은 일을 모든 방식으로 합니다.
        let jobs: Vec<_> = Variant::ALL
            .into_iter()
            .filter(|variant| variant.is_supported())
            .map(|variant| Job {
                variant,
                workload,
                range: range.clone(),
                workers: match variant {
                    Variant::Sequential => 1,
                    _ => args.workers(),
                },
            })
            .collect();
        let report = interleaved(&jobs, args.number("runs") as usize, |_, _| {})?;
        println!("{}", report.table());
    }
    Ok(())
}
