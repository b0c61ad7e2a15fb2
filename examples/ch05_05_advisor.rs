//! ch05_05: 여러분의 일을 세 방식으로 직접 해 보고 무엇이 나은지 알려 줍니다.
//! 짐작하지 않습니다. 적어 준 일을 이 컴퓨터에서 재고, 이긴 까닭을 말합니다.

use std::time::Duration;

use noriteo::{
    Result,
    cli::Cli,
    measure::{self, Job, Load, advise, interleaved},
    variant::Variant,
};

fn main() -> Result<()> {
    measure::entry();
    let args = Cli::new(
        "ch05_05_advisor",
        "적어 준 일에는 무엇이 나은지 재어 알려 줍니다",
    )
    .size(200_000_000)
    .workers(2)
    .number(
        "questions",
        0,
        0..=10_000,
        "기다리는 물음의 수(0이면 CPU를 쓰는 일)",
    )
    .number(
        "delay-us",
        2_000,
        0..=1_000_000,
        "물음마다 대답이 늦는 시간, 마이크로초",
    )
    .flag(
        "gil",
        "GIL이 있는 언어라고 칩니다. 스레드가 락 하나에 묶입니다",
    )
    .number("runs", 5, 1..=100, "저마다 재는 횟수")
    .parse();
    let (workload, range) = match args.number("questions") {
        0 => (Load::Cpu, 0..args.size()),
        questions => {
            let delay = Duration::from_micros(args.number("delay-us"));
            (Load::Io { delay }, 0..questions)
        }
    };
    let thread = match args.flag("gil") {
        true => Variant::LockedThread,
        false => Variant::Thread,
    };
    let process = match Variant::Fork.is_supported() {
        true => Variant::Fork,
        false => Variant::Spawn,
    };
    let jobs = [
        (Variant::Sequential, 1),
        (thread, args.workers()),
        (process, args.workers()),
    ]
    .map(|(variant, workers)| Job {
        variant,
        workload,
        range: range.clone(),
        workers,
    });
    let report = interleaved(&jobs, args.number("runs") as usize, |_, _| {})?;
    println!("{}", report.table());
    // 새로운 것: 잰 것을 보고 고릅니다. 비겼으면 가벼운 쪽입니다.
    if let Some(advice) = advise(&report) {
        println!("고른 방식: {}", advice.choice.label());
        println!("까닭:");
        for sentence in advice.reason.split_inclusive(". ") {
            println!("  {}", sentence.trim_end());
        }
    }
    Ok(())
}
