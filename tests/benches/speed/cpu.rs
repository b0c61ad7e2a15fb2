//! CPU를 쓰는 일을 둘이 나누어 합니다.

use std::{
    thread,
    time::{Duration, Instant},
};

use noriteo::{
    Result,
    variant::{self, Variant, Workload},
    work::{expected, split, sum},
};

use crate::contest::{Bound, Contest, Entrant, Row, check, failed};

/// 더하는 횟수입니다.
const ADDITIONS: u64 = 1_000_000_000;

/// 덧셈 하나의 시간을 견줍니다. 한 라운드에 모두 10억 번 더합니다.
pub fn two_workers() -> Contest {
    let entrant = |name, label, run| Entrant::fresh(name, label, ADDITIONS, run);
    let ideal = |id, what, by| {
        let mut row = Row::ratio(id, what, "one", by);
        row.scale = 0.5;
        row
    };
    Contest {
        name: "cpu",
        title: "10억 번의 덧셈을 둘이 나누어 하기",
        rounds: 21,
        noisy: 0.03,
        entrants: vec![
            entrant("raw", "날 std::thread 둘, 덧셈 하나", raw),
            entrant("thread", "스레드 둘(목록), 덧셈 하나", |n| {
                timed(Variant::Thread, n, 2)
            }),
            entrant("rayon", "rayon의 스레드 둘, 덧셈 하나", |n| {
                timed(Variant::Rayon, n, 2)
            }),
            entrant("fork", "fork한 프로세스 둘, 덧셈 하나", |n| {
                timed(Variant::Fork, n, 2)
            }),
            entrant("one", "한 스레드, 덧셈 하나", |n| {
                timed(Variant::Sequential, n, 1)
            }),
            entrant(
                "locked-one",
                "락에 묶인 스레드 하나, 덧셈 하나",
                |n| timed(Variant::LockedThread, n, 1),
            ),
            entrant(
                "locked-two",
                "락에 묶인 스레드 둘, 덧셈 하나",
                |n| timed(Variant::LockedThread, n, 2),
            ),
        ],
        rows: vec![
            Row::ratio(
                "raw-over-thread",
                "스레드 둘의 빠르기는 날 std::thread 둘의 몇 배인가",
                "raw",
                "thread",
            )
            .bound(Bound::AtLeast(0.98)),
            Row::ratio(
                "raw-over-rayon",
                "rayon의 스레드 둘의 빠르기는 날 std::thread 둘의 몇 배인가",
                "raw",
                "rayon",
            )
            .bound(Bound::AtLeast(0.98)),
            Row::ratio(
                "raw-over-fork",
                "fork한 프로세스 둘의 빠르기는 날 std::thread 둘의 몇 배인가",
                "raw",
                "fork",
            )
            .bound(Bound::AtLeast(0.97)),
            Row::ratio(
                "locked-two-over-one",
                "락에 묶인 두 스레드는 락에 묶인 한 스레드의 몇 배 걸리는가",
                "locked-two",
                "locked-one",
            )
            .bound(Bound::Within(0.98, 1.05)),
            Row::ratio(
                "locked-over-free",
                "락을 쥔 한 스레드는 락이 없는 한 스레드의 몇 배 걸리는가",
                "locked-one",
                "one",
            )
            .bound(Bound::AtMost(1.1)),
            ideal(
                "ideal-raw",
                "이상(한 스레드의 절반)의 몇 배 빠르기인가: 날 std::thread 둘",
                "raw",
            ),
            ideal(
                "ideal-thread",
                "이상(한 스레드의 절반)의 몇 배 빠르기인가: 스레드 둘",
                "thread",
            ),
            ideal(
                "ideal-rayon",
                "이상(한 스레드의 절반)의 몇 배 빠르기인가: rayon의 스레드 둘",
                "rayon",
            ),
            ideal(
                "ideal-fork",
                "이상(한 스레드의 절반)의 몇 배 빠르기인가: fork한 프로세스 둘",
                "fork",
            ),
        ],
    }
}

fn timed(variant: Variant, count: u64, workers: usize) -> Result<Duration> {
    let wanted = expected(0..count)?;
    let start = Instant::now();
    let total = variant::run(variant, Workload::Cpu, 0..count, workers)?;
    let took = start.elapsed();
    check(total, wanted)?;
    Ok(took)
}

/// 크레이트의 도움 없이 표준 라이브러리의 스레드 둘에 반씩 맡깁니다.
fn raw(count: u64) -> Result<Duration> {
    let wanted = expected(0..count)?;
    let start = Instant::now();
    let handles: Vec<_> = split(0..count, 2)
        .map(|half| thread::spawn(move || sum(half)))
        .collect();
    let mut total = 0;
    for handle in handles {
        total += handle
            .join()
            .map_err(|_| failed("더하던 스레드가 패닉했습니다"))?;
    }
    let took = start.elapsed();
    check(total, wanted)?;
    Ok(took)
}
