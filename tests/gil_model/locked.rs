//! 락이 있을 때: `src/gil/lock.rs`를 가짜 시계 위에서 그대로 돌립니다.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use noriteo::{
    gil::{MAX_SLICES, Slice, Stats, WorkerStats},
    trace::State,
};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner, thread};

use crate::{
    job::{Run, STEP, Settings, Track},
    sync::{self, Entry},
};

#[path = "../../src/gil/lock.rs"]
#[allow(
    dead_code,
    reason = "간격을 바꾸는 것처럼 모형이 쓰지 않는 일도 그 파일에 있습니다"
)]
mod lock;

/// `settings`대로 돌리고, `window`까지 있었던 일을 돌려줍니다.
pub fn run(settings: Settings) -> Run {
    let told = Arc::new(Mutex::new(None));
    let tell = Arc::clone(&told);
    let mut config = Config::new();
    config.stack_size = 1 << 17;
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::None;
    config.silence_warnings = true;
    Runner::new(sync::InTurn::default(), config).run(move || {
        let found = play(settings);
        *tell.lock().expect("한 스레드만 적습니다") = Some(found);
    });
    let found = told.lock().expect("한 스레드만 적었습니다").take();
    let (stats, log) = found.expect("한 번은 돌았습니다");
    to_run(settings, &stats, &log)
}

fn play(settings: Settings) -> (Stats, Vec<Entry>) {
    sync::reset(settings.wake);
    // 끝을 먼저 적으므로, 같은 시각의 다른 일보다 먼저 봅니다.
    sync::plan(0, settings.window);
    let shared = Arc::new(lock::Shared::new(Duration::from_micros(settings.interval)));
    let children: Vec<_> = (0..settings.threads)
        .map(|id| {
            let seat = lock::Seat::new(&shared);
            let child = thread::spawn(move || {
                work(settings, id, seat);
                sync::choose();
            });
            sync::plan(usize::from(child.thread().id()), 0);
            child
        })
        .collect();
    sync::hand_over();
    assert_eq!(sync::now(), settings.window);
    let found = (shared.stats(), sync::log());
    // 끝을 넘긴 스레드는 다음 마디에서 그만둡니다. 모두 끝나야 이 실행도 끝납니다.
    sync::choose();
    for child in children {
        child.join().expect("스레드가 끝까지 달립니다");
    }
    found
}

/// 스레드 하나의 일입니다. 책의 프로그램처럼 락을 쥐고 시작해, 마디마다 요청을 보고, 입출력 앞에서 놓습니다.
fn work(settings: Settings, id: usize, seat: lock::Seat) {
    let _inside = lock::Inside::enter(seat, lock::Leave::ForGood);
    let mut pieces = settings.pieces(id);
    while sync::now() < settings.window {
        let piece = pieces.draw();
        let mut left = piece.compute;
        while left > 0 && sync::now() < settings.window {
            let step = left.min(STEP);
            sync::pass(step);
            left -= step;
            // 마지막 마디에서는 바로 입출력으로 갑니다. 그래서 요청이 걸린 채 스스로 놓는 일도 생깁니다.
            if left > 0 {
                lock::checkpoint();
            }
        }
        if piece.io > 0 && sync::now() < settings.window {
            lock::allow_threads(|| {
                sync::trace::enter(State::Io, 0);
                sync::pass(piece.io);
                sync::trace::enter(State::Running, 0);
            });
        }
    }
}

fn to_run(settings: Settings, stats: &Stats, log: &[Entry]) -> Run {
    assert!(stats.max_in_flight <= 1, "둘이 함께 쥐었습니다");
    let tracks = (0..settings.threads)
        .map(|id| {
            // 주 스레드가 0번이라 하나씩 밀립니다.
            let mine = log.iter().filter(|entry| entry.thread == id + 1);
            Track {
                forced_drops: stats.workers[id].forced_drops,
                ..to_track(settings.window, mine)
            }
        })
        .collect();
    Run {
        tracks,
        acquisitions: stats.acquisitions,
        switches: stats.switches,
        drop_requests: stats.drop_requests,
        forced_drops: stats.forced_drops,
    }
}

fn to_track<'a>(window: u64, entries: impl Iterator<Item = &'a Entry>) -> Track {
    let mut track = Track::default();
    let mut now: Option<(State, u64)> = None;
    for entry in entries {
        let Some((state, since)) = now else {
            now = Some((entry.state, entry.at));
            continue;
        };
        if state == entry.state {
            continue;
        }
        track.push(state, since, entry.at);
        if entry.state == State::Held {
            assert_eq!(state, State::LockWait);
            track.waits.push(entry.at - since);
        }
        now = Some((entry.state, entry.at));
    }
    if let Some((state, since)) = now {
        track.push(state, since, window);
    }
    track
}
