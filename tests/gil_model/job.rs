//! 모형의 설정과, 설정에서 나오는 일과, 달린 결과입니다. 두 언어의 모형이 같은 것을 씁니다.

use noriteo::trace::State;
use serde_json::{Value, json};

/// 계산하는 스레드가 요청을 보는 사이입니다(µs).
pub const STEP: u64 = 10;
/// 계산 한 조각과 입출력 한 조각을 더한 길이의 평균입니다(µs).
pub const CYCLE: u64 = 2000;
/// 락이 없을 때, 기다리는 스레드가 있으면 코어를 내주는 사이입니다(µs).
pub const SLICE: u64 = 3000;

/// 모형의 설정입니다. 시간은 µs입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub threads: usize,
    /// 입출력의 몫입니다(퍼센트).
    pub io: u64,
    /// 입출력을 하는 스레드의 수입니다. 앞에서부터 셉니다.
    pub askers: usize,
    pub interval: u64,
    pub lock: bool,
    pub cores: usize,
    pub wake: u64,
    pub window: u64,
    pub seed: u32,
}

impl Settings {
    /// 페이지의 처음 값입니다.
    pub const FIRST: Settings = Settings {
        threads: 2,
        io: 0,
        askers: 8,
        interval: 5000,
        lock: true,
        cores: 2,
        wake: 50,
        window: 30_000,
        seed: 1,
    };

    pub fn to_json(self) -> Value {
        json!({
            "threads": self.threads, "io": self.io, "askers": self.askers,
            "interval": self.interval, "lock": u8::from(self.lock), "cores": self.cores,
            "wake": self.wake, "window": self.window, "seed": self.seed,
        })
    }

    /// `id`번 스레드가 할 조각들입니다.
    pub fn pieces(self, id: usize) -> Pieces {
        let io = if id < self.askers {
            CYCLE * self.io / 100
        } else {
            0
        };
        let number = u32::try_from(id + 1).expect("스레드는 여덟까지입니다");
        Pieces {
            random: Random(self.seed ^ number.wrapping_mul(0x9e37_79b9)),
            io,
            window: self.window,
        }
    }
}

/// 씨앗 하나에서 늘 같은 32비트 정수들을 냅니다(mulberry32).
pub struct Random(pub u32);

impl Random {
    pub fn draw(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let a = self.0;
        let mut t = (a ^ (a >> 15)).wrapping_mul(1 | a);
        t = t.wrapping_add((t ^ (t >> 7)).wrapping_mul(61 | t)) ^ t;
        t ^ (t >> 14)
    }

    /// 0부터 `end`의 앞까지입니다.
    pub fn below(&mut self, end: u64) -> u64 {
        u64::from(self.draw()) % end
    }
}

/// 스레드 하나가 할 조각들의 길이입니다. 끝이 없습니다.
pub struct Pieces {
    random: Random,
    io: u64,
    window: u64,
}

/// 계산하고 나서 입출력을 기다립니다.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub compute: u64,
    /// 0이면 입출력이 없습니다.
    pub io: u64,
}

impl Pieces {
    /// 다음 조각입니다.
    pub fn draw(&mut self) -> Piece {
        if self.io == 0 {
            return Piece {
                compute: self.window,
                io: 0,
            };
        }
        let mut around = |mean: u64| mean / 2 + self.random.below(mean + 1);
        let compute = around(CYCLE - self.io);
        Piece {
            compute,
            io: around(self.io),
        }
    }
}

/// 한 상태로 있던 구간입니다.
pub type Span = (State, u64, u64);

/// 스레드 하나가 달린 것입니다.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// 길이가 0인 것은 없고, 이웃한 둘은 상태가 다릅니다.
    pub spans: Vec<Span>,
    /// 락을 쥘 때마다, 그 앞에서 기다린 시간입니다.
    pub waits: Vec<u64>,
    pub forced_drops: u64,
}

impl Track {
    /// 끝나는 구간을 적습니다.
    pub fn push(&mut self, state: State, start: u64, end: u64) {
        if start == end {
            return;
        }
        match self.spans.last_mut() {
            Some((last, _, until)) if *last == state && *until == start => *until = end,
            _ => self.spans.push((state, start, end)),
        }
    }

    pub fn total(&self, states: &[State]) -> u64 {
        let spans = self.spans.iter();
        spans
            .filter(|(state, ..)| states.contains(state))
            .map(|(_, start, end)| end - start)
            .sum()
    }

    pub fn work(&self) -> u64 {
        self.total(&[State::Running, State::Held])
    }
}

/// 모형이 달린 것입니다.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub tracks: Vec<Track>,
    pub acquisitions: u64,
    pub switches: u64,
    pub drop_requests: u64,
    pub forced_drops: u64,
}

impl Run {
    pub fn work(&self) -> u64 {
        self.tracks.iter().map(Track::work).sum()
    }

    /// 자바스크립트 모형이 돌려주는 것과 같은 꼴입니다.
    pub fn to_json(&self) -> Value {
        let track = |track: &Track| {
            let spans = track.spans.iter();
            json!({
                "spans": spans.map(|&(state, start, end)| json!([state.name(), start, end])).collect::<Vec<_>>(),
                "forcedDrops": track.forced_drops,
                "work": track.work(),
                "lockWait": track.total(&[State::LockWait]),
                "coreWait": track.total(&[State::CoreWait]),
                "io": track.total(&[State::Io]),
                "medianWait": median(track.waits.clone()),
            })
        };
        let all = self.tracks.iter().flat_map(|track| track.waits.clone());
        json!({
            "tracks": self.tracks.iter().map(track).collect::<Vec<_>>(),
            "work": self.work(),
            "stats": {
                "acquisitions": self.acquisitions, "switches": self.switches,
                "dropRequests": self.drop_requests, "forcedDrops": self.forced_drops,
            },
            "medianWait": median(all.collect()),
        })
    }
}

/// 가운데 값입니다. 둘이면 그 평균의 소수점 아래를 버립니다.
fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let &upper = values.get(middle)?;
    Some(if values.len() % 2 == 1 {
        upper
    } else {
        u64::midpoint(values[middle - 1], upper)
    })
}
