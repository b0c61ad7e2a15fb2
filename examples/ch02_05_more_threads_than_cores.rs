//! ch02_05: 아이가 코어보다 많습니다.
//! 아이마다 제 몫을 잘게 나누어 하며 언제 일했는지 적고, 그것을 그림으로 봅니다.

use std::{
    sync::{Arc, Barrier},
    thread::available_parallelism,
    time::Duration,
};

use noriteo::{
    Result,
    cli::Cli,
    measure::{Spread, once},
    thread,
    trace::{Recorder, Span, timeline},
    work::{split, sum},
};

/// 아이 하나가 제 몫을 나누는 조각의 수입니다.
const CHUNKS: usize = 1000;

fn main() -> Result<()> {
    let cores = available_parallelism().map_or(1, usize::from);
    let args = Cli::new(
        "ch02_05_more_threads_than_cores",
        "코어보다 많은 아이가 함께 더합니다",
    )
    .size(400_000_000)
    .workers((cores as u64 * 2).min(256))
    .timeline()
    .parse();
    println!("코어 {cores}개, 스레드 {}개", args.workers());
    let recorder = Recorder::new();
    let (done, sample) =
        args.record(|| Ok(once(|| run_all(&recorder, args.size(), args.workers()))))?;
    done?;

    let mut spans = recorder.spans();
    let ends = |id| spans.iter().filter(move |s| s.lane == id).map(|s| s.end);
    if let Some(first) = (0..args.workers()).filter_map(|id| ends(id).max()).min() {
        println!("가장 빠른 아이가 다 했을 때의 진도");
        for id in 0..args.workers() {
            let done = ends(id).filter(|&end| end <= first).count();
            println!("  {id}번 아이: {}%", done * 100 / CHUNKS);
        }
    }
    let took = |span: &Span| span.end.saturating_sub(span.start);
    let usual = Spread::of(spans.iter().map(took)).map_or(Duration::ZERO, |s| s.median);
    // 여느 조각의 열 배 넘게 걸린 조각은 하던 중에 코어를 빼앗긴 조각이므로 그리지 않습니다.
    spans.retain(|span| took(span) <= usual * 10);
    if !args.flag("timeline") {
        print!("{}", timeline(&spans, 60));
    }
    if let Some(switches) = sample.involuntary_switches {
        let rate = switches as f64 / sample.wall.as_secs_f64();
        println!("비자발적 문맥 전환: {switches}회, 1초에 {rate:.0}회꼴");
    }
    Ok(())
}

fn run_all(recorder: &Recorder, size: u64, workers: usize) -> Result<()> {
    let gate = Arc::new(Barrier::new(workers));
    let mut children = Vec::new();
    for (id, part) in split(0..size, workers).enumerate() {
        let (mut lane, gate) = (recorder.lane(id), Arc::clone(&gate));
        children.push(thread::spawn(move || {
            // 새로운 것: 모두 모인 뒤에 한꺼번에 시작합니다. 앉을 코어가 모자랄 수밖에 없습니다.
            gate.wait();
            for chunk in split(part, CHUNKS) {
                lane.span("더하기", || sum(chunk));
            }
        })?);
    }
    children.into_iter().try_for_each(|child| child.join())
}
