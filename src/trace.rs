//! 누가 언제 달렸는가: 일꾼마다 언제 무엇을 했는지 남기고, 글로 된 그림으로 보여 줍니다.
//!
//! 길이 둘입니다.
//! - [`record`]: 프로그램을 고치지 않고, 락과 큐와 입출력을 지나는 곳마다 상태([`State`])가 저절로 적힙니다.
//!   스레드와 fork한 프로세스가 모두 적습니다. 책의 타임라인은 모두 이것입니다.
//! - [`Recorder`]: 프로그램이 스스로 이름 붙인 구간을 적습니다.
//!
//! ```
//! use noriteo::{thread, trace::{Recorder, timeline}, work};
//!
//! let recorder = Recorder::new();
//! let handles: Vec<_> = work::split(0..1_000_000, 2)
//!     .enumerate()
//!     .map(|(i, range)| {
//!         let mut lane = recorder.lane(i);
//!         thread::spawn(move || lane.span("더하기", || work::sum(range)))
//!     })
//!     .collect::<noriteo::Result<_>>()?;
//! for handle in handles {
//!     handle.join()?;
//! }
//! println!("{}", timeline(&recorder.spans(), 40));
//! # assert_eq!(recorder.spans().len(), 2);
//! # Ok::<(), noriteo::Error>(())
//! ```

mod kernel;
mod picture;
mod record;
mod shared;
mod state;
mod track;

use std::{
    borrow::Cow,
    io::{self, Read, Write},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use borsh::{BorshDeserialize, BorshSerialize};
use serde_json::{Value, json};

pub use kernel::Kernel;
pub use picture::{MAX_WIDTH, MIN_WIDTH, timeline, timeline_named};
pub use record::{LEAST_CORE_WAIT, during, record, set_name};
pub(crate) use record::{Seat, enter, look, seat};
pub use state::State;
pub use track::{SCHEMA, StateSpan, Trace, Track};

use crate::{
    Error, Result,
    measure::{Spread, json as read},
};

/// 한 일꾼이 한 가지 일을 한 동안입니다.
///
/// borsh 값이므로 자식 프로세스가 남긴 것을 [`crate::process::queue`]로 받을 수 있습니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// 몇째 줄에 그릴지입니다. 대개 일꾼 번호입니다.
    pub lane: usize,
    /// 무엇을 했는지입니다.
    pub label: Cow<'static, str>,
    /// 시작한 때입니다. [`Recorder::new`]부터 잽니다.
    pub start: Duration,
    /// 끝난 때입니다. `start`보다 앞서면 길이가 0인 것으로 봅니다.
    pub end: Duration,
}

impl Span {
    /// 구간 하나를 적습니다.
    pub fn new(
        lane: usize,
        label: impl Into<Cow<'static, str>>,
        start: Duration,
        end: Duration,
    ) -> Span {
        Span {
            lane,
            label: label.into(),
            start,
            end,
        }
    }
}

/// 여러 일꾼의 구간을 모읍니다. 복제한 것들은 한곳에 모읍니다.
///
/// 모든 구간은 같은 시작(`new`를 부른 때)부터 잽니다. 일꾼은 저마다 [`Recorder::lane`]에 적고,
/// 그것을 버릴 때 한 번만 락을 쥐고 모읍니다. 그래서 달리는 동안에는 서로 기다리지 않습니다.
///
/// 구간 하나를 남기는 데는 시계를 두 번 읽고 목록에 하나를 더하는 시간이 듭니다.
/// 2026년 11월, 논리 코어 2개인 AMD EPYC 가상 머신(Linux)에서 약 60 ns였습니다.
/// 이 컴퓨터에서 얼마인지는 [`overhead`]가 재고, 시험이 증거 `trace-overhead`로 남깁니다.
/// 한 구간이 그 시간의 백 배쯤은 되게 나누면 재는 일이 1% 넘게 끼어들지 않습니다.
///
/// fork한 자식의 `Recorder`도 시작이 같습니다. 다만 자식이 모은 것은 부모에게 보이지 않으므로
/// [`Recorder::spans`]를 보내고 부모가 [`Recorder::extend`]로 받습니다.
#[derive(Clone, Debug)]
pub struct Recorder {
    start: Instant,
    gathered: Arc<Mutex<Vec<Span>>>,
}

impl Recorder {
    /// 지금을 시작으로 삼습니다.
    pub fn new() -> Recorder {
        Recorder {
            start: Instant::now(),
            gathered: Arc::default(),
        }
    }

    /// 한 일꾼이 구간을 적을 곳입니다. 일꾼의 스레드로 옮겨 씁니다.
    ///
    /// 같은 번호로 여럿을 만들어도 됩니다. 같은 줄에 모입니다.
    pub fn lane(&self, lane: usize) -> Lane {
        Lane {
            lane,
            spans: Vec::with_capacity(LANE_CAPACITY),
            recorder: self.clone(),
        }
    }

    /// 밖에서 얻은 구간을 더합니다. 자식 프로세스가 보낸 것이나 [`crate::gil::Slice`]를 옮긴 것입니다.
    pub fn extend(&self, spans: impl IntoIterator<Item = Span>) {
        self.gathered().extend(spans);
    }

    /// 지금까지 모은 구간입니다. 줄 번호, 시작한 때의 차례로 늘어놓습니다.
    ///
    /// 아직 버리지 않은 [`Lane`]의 것은 들어 있지 않습니다. 일꾼을 `join`한 뒤에 부르세요.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = self.gathered().clone();
        spans.sort_by_key(|span| (span.lane, span.start, span.end));
        spans
    }

    fn gathered(&self) -> MutexGuard<'_, Vec<Span>> {
        // 목록에 더하다가 패닉하는 일은 없으므로, 오염되었다는 표시는 무시해도 됩니다.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder::new()
    }
}

/// 구간을 이만큼 남길 때까지는 메모리를 더 얻지 않습니다.
const LANE_CAPACITY: usize = 1024;

/// 한 일꾼이 구간을 적는 곳입니다. 버리면 [`Recorder`]에 모입니다.
#[derive(Debug)]
pub struct Lane {
    lane: usize,
    spans: Vec<Span>,
    recorder: Recorder,
}

impl Lane {
    /// `work`를 부르고, 그동안을 `label`이라는 구간으로 남깁니다. 패닉하면 남기지 않습니다.
    pub fn span<T>(&mut self, label: impl Into<Cow<'static, str>>, work: impl FnOnce() -> T) -> T {
        let start = self.recorder.start.elapsed();
        let value = work();
        let end = self.recorder.start.elapsed();
        self.spans.push(Span::new(self.lane, label, start, end));
        value
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.recorder.extend(mem::take(&mut self.spans));
    }
}

/// 빈 구간 하나를 남기는 시간을 이 컴퓨터에서 잽니다. 천 개씩 열한 번 남겨, 하나의 값으로 나눕니다.
pub fn overhead() -> Spread {
    const BATCH: u32 = 1000;
    let times = [(); 11].map(|()| {
        let mut lane = Recorder::new().lane(0);
        let start = Instant::now();
        for _ in 0..BATCH {
            lane.span("빈 구간", || ());
        }
        start.elapsed() / BATCH
    });
    Spread::of(times).unwrap_or(Spread {
        min: Duration::ZERO,
        median: Duration::ZERO,
        max: Duration::ZERO,
    })
}

/// 구간들을 JSON으로 적습니다. 시각은 나노초입니다. 그림을 그리는 쪽이 읽습니다.
pub fn to_json(spans: &[Span]) -> Value {
    let one = |span: &Span| {
        json!({
            "lane": span.lane,
            "label": span.label,
            "start_ns": read::nanos(span.start),
            "end_ns": read::nanos(span.end),
        })
    };
    spans.iter().map(one).collect()
}

/// [`to_json`]이 적은 것을 읽습니다. 어떤 값을 넘겨도 패닉하지 않습니다.
///
/// # Errors
/// 목록이 아니거나 빠지거나 어긋난 칸이 있으면 [`Error::Decode`]입니다.
pub fn from_json(value: &Value) -> Result<Vec<Span>> {
    let list = value.as_array().ok_or_else(|| Error::Decode {
        reason: "구간의 목록이 아닙니다".to_owned(),
    })?;
    let one = |value: &Value| {
        Ok(Span::new(
            read::size(value, "lane")?,
            read::text(value, "label")?,
            read::duration(value, "start_ns")?,
            read::duration(value, "end_ns")?,
        ))
    };
    list.iter().map(one).collect()
}

impl BorshSerialize for Span {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        let times = (read::nanos(self.start), read::nanos(self.end));
        (self.lane as u64, &*self.label, times).serialize(writer)
    }
}

impl BorshDeserialize for Span {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Span> {
        let (lane, label, (start, end)): (u64, String, (u64, u64)) =
            BorshDeserialize::deserialize_reader(reader)?;
        let lane = usize::try_from(lane).map_err(io::Error::other)?;
        let (start, end) = (Duration::from_nanos(start), Duration::from_nanos(end));
        Ok(Span::new(lane, label, start, end))
    }
}
