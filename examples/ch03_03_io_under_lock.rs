//! ch03_03: 락에 묶인 아이들이 기다리는 일을 합니다.
//! 기다리는 동안에는 모자를 내려놓으므로, 기다림이 겹칩니다.

use std::time::Duration;

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
    .parse();
    let delay = Duration::from_millis(args.number("delay-ms"));
    let questions = 0..args.number("questions");
    let mut workers = 1;
    while workers <= args.workers() {
        let mut walls = Vec::new();
        let (mut together, mut inside) = (0, 0);
        for _ in 0..3 {
            let responder = Responder::start(delay)?;
            let addr = responder.addr();
            let gil = Gil::default();
            let (done, sample) = once(|| -> Result<u64> {
                let children = split(questions.clone(), workers)
                    // 새로운 것: io_sum은 대답을 기다리는 동안 gil::allow_threads로 락을 놓습니다.
                    .map(|part| gil.spawn(move || io_sum(part, addr)))
                    .collect::<Result<Vec<_>>>()?;
                children.into_iter().map(|child| child.join()?).sum()
            });
            done?;
            walls.push(sample.wall);
            together = together.max(responder.max_in_flight());
            inside = inside.max(gil.stats().max_in_flight);
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
