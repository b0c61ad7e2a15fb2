//! ch03_03: 락에 묶인 아이들이 기다리는 일을 합니다.
//! 기다리는 동안에는 모자를 내려놓으므로, 기다림이 겹칩니다.

use std::{ops::Range, time::Duration};

use noriteo::{
    Result,
    cli::Cli,
    gil::Gil,
    measure::{Spread, format_duration, once},
    work::{Responder, io_sum, split},
};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch03_03_io_under_lock",
        "락에 묶인 아이들이 함께 기다립니다",
    )
    .number("questions", 24, 1..=10_000, "묻는 횟수")
    .number(
        "delay-ms",
        5,
        0..=1_000,
        "물음마다 대답이 늦는 시간, 밀리초",
    )
    .workers(4)
    .timeline()
    .parse();
    let delay = Duration::from_millis(args.number("delay-ms"));
    let questions = 0..args.number("questions");
    // 먼저 한 번 해 봅니다. --timeline이면 이것을 그립니다.
    args.record(|| ask_all(questions.clone(), delay, args.workers()))?;
    let mut workers = 1;
    while workers <= args.workers() {
        let mut walls = Vec::new();
        let (mut together, mut inside) = (0, 0);
        for _ in 0..3 {
            let (done, sample) = once(|| ask_all(questions.clone(), delay, workers));
            let (waiting, held) = done?;
            walls.push(sample.wall);
            together = together.max(waiting);
            inside = inside.max(held);
        }
        if let Some(wall) = Spread::of(walls) {
            println!(
                "아이 {workers}명: {}, 함께 기다린 물음 {together}개, 락 안에 함께 있던 아이 {inside}명",
                format_duration(wall.median)
            );
        }
        workers *= 2;
    }
    Ok(())
}

/// 아이들이 나누어 묻습니다. 함께 기다린 물음과 락 안에 함께 있던 아이의 수를 돌려줍니다.
fn ask_all(questions: Range<u64>, delay: Duration, workers: usize) -> Result<(usize, usize)> {
    let responder = Responder::start(delay)?;
    let addr = responder.addr();
    let gil = Gil::default();
    let children = split(questions, workers)
        // 새로운 것: io_sum은 대답을 기다리는 동안 gil::allow_threads로 락을 놓습니다.
        .map(|part| gil.spawn(move || io_sum(part, addr)))
        .collect::<Result<Vec<_>>>()?;
    for child in children {
        child.join()??;
    }
    Ok((responder.max_in_flight(), gil.stats().max_in_flight))
}
