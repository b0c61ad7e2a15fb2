//! GIL의 모형과 진짜 CPython에게 같은 모양의 일을 시키고 나란히 놓습니다.
//!
//! 일의 모양([`Shape`])은 셋으로 정해집니다: 쉬지 않고 더하는 스레드의 수, 곁에서 묻는 스레드가 있는지,
//! 전환 간격. 두 쪽은 같은 차례를 밟습니다. 스레드가 모두 모이면 함께 시작하고, 정한 시간이 다할 때까지
//! 더하거나 묻습니다. 일의 양이 아니라 시간을 같게 두므로, 덧셈 한 번의 빠르기가 달라도 견줄 수 있습니다.
//!
//! 재는 방법도 두 쪽이 같습니다.
//! - 덧셈: 끝까지 더한 횟수를 걸린 시간으로 나눕니다.
//! - 전환: 스레드마다 덧셈 한 덩어리를 마칠 때 모두가 보는 칸에 제 이름을 적습니다.
//!   남의 이름이 적혀 있었으면 그사이 락의 주인이 바뀐 것입니다. CPython은 이 횟수를 알려 주지 않기 때문입니다.
//! - 왕복: 묻기 바로 앞부터 대답을 받고 다시 락을 쥘 때까지입니다. CPython의 `send`와 `recv`는 저마다
//!   락을 놓았다가 다시 쥐므로, 모형도 보낼 때와 받을 때 한 번씩 놓습니다.
//! - 빼앗김: 묻는 스레드는 보내기 앞에 그 칸에 제 이름을 적습니다. 보내고 나서 남의 이름이 있으면,
//!   보내느라 놓은 사이에 남이 락을 쥔 것입니다.
//!
//! 모형 쪽의 일은 이 파일에, CPython 쪽의 일은 [`SCRIPT`]에 있습니다. 한 번 한 번이 새 프로세스이고,
//! 두 쪽을 번갈아 재며, 한꺼번에 달리지 않습니다.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::{
        Arc, Barrier, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    Spread, json as read,
    python::{Python, Watch},
};
use crate::{
    Error, Result,
    gil::{self, Gil},
    process,
    work::{BLOCK, Responder, sum},
};

/// CPython 쪽의 프로그램입니다. 저장소의 맨 위에서 센 경로입니다.
pub const SCRIPT: &str = "examples/python/measure_gil.py";

/// 묻는 스레드가 대답을 기다리는 시간입니다. 두 쪽이 같은 상대([`Responder`])에게 묻습니다.
pub const DELAY: Duration = Duration::from_millis(1);

/// 덧셈의 빠르기를 적는 단위입니다.
pub const SPEED: &str = "백만 번/초";

/// 일의 모양 하나입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// 쉬지 않고 더하는 스레드의 수입니다.
    pub busy: usize,
    /// 묻는 스레드가 하나 있으면 참입니다.
    pub asks: bool,
    /// 전환 간격입니다.
    pub interval: Duration,
}

impl Shape {
    const fn new(busy: usize, asks: bool, interval_ms: u64) -> Shape {
        Shape {
            busy,
            asks,
            interval: Duration::from_millis(interval_ms),
        }
    }
}

/// 재는 모양들입니다.
pub const SHAPES: [Shape; 12] = [
    Shape::new(1, false, 5),
    Shape::new(2, false, 5),
    Shape::new(3, false, 5),
    Shape::new(4, false, 5),
    Shape::new(2, false, 1),
    Shape::new(2, false, 20),
    Shape::new(0, true, 5),
    Shape::new(1, true, 5),
    Shape::new(2, true, 5),
    Shape::new(3, true, 5),
    Shape::new(1, true, 1),
    Shape::new(1, true, 20),
];

/// 모양 하나를 한 번 달려 본 것입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// 함께 시작한 때부터 마지막 스레드가 끝날 때까지입니다.
    pub wall: Duration,
    /// 모두가 더한 횟수입니다.
    pub additions: u64,
    /// 더하는 스레드가 남의 이름을 본 횟수입니다. 맨 처음은 세지 않습니다.
    pub switches: u64,
    /// 묻는 스레드의 왕복 하나하나입니다. 묻는 스레드가 있으면 적어도 하나 있습니다.
    pub trips: Vec<Duration>,
    /// 물음을 보내느라 놓은 사이에 남이 락을 쥔 왕복의 수입니다.
    pub robbed: u64,
    /// 모형의 락이 스스로 센 전환의 횟수([`gil::Stats::switches`])입니다. CPython은 알려 주지 않습니다.
    pub lock_switches: Option<u64>,
}

impl Shape {
    /// 모형으로, 새 프로세스에서 달립니다. `window`는 재는 시간, `addr`은 대답할 상대입니다.
    ///
    /// # Errors
    /// - [`Error::NotRegistered`]: `main` 맨 위에서 [`super::entry`]를 부르지 않았습니다.
    /// - [`Error::WorkerFailed`]: 달리지 못했습니다.
    pub fn on_model(&self, window: Duration, addr: SocketAddr) -> Result<Seen> {
        let failed = |message: String| Error::WorkerFailed { message };
        let [interval, window] = [self.interval, window].map(read::nanos);
        let order = (
            self.busy as u64,
            self.asks,
            interval,
            window,
            addr.to_string(),
        );
        let (wall, additions, switches, lock_switches, robbed, trips) =
            process::spawn(run_model, order)?
                .join()
                .map_err(|error| failed(error.to_string()))?
                .map_err(failed)?;
        Ok(Seen {
            wall: Duration::from_nanos(wall),
            additions,
            switches,
            trips: trips.into_iter().map(Duration::from_nanos).collect(),
            robbed,
            lock_switches: Some(lock_switches),
        })
    }

    /// 진짜 파이썬으로 달립니다. `script`는 [`SCRIPT`]의 경로입니다.
    ///
    /// # Errors
    /// 돌리지 못했거나 알아들을 수 없는 대답이면 우리말 까닭입니다.
    pub fn on_python(
        &self,
        python: &Python,
        script: &Path,
        window: Duration,
        addr: SocketAddr,
        watch: &dyn Watch,
    ) -> Result<Seen, String> {
        let args = [
            self.busy as u64,
            u64::from(self.asks),
            read::nanos(self.interval),
            read::nanos(window),
            u64::from(addr.port()),
        ]
        .map(|number| number.to_string());
        let seen = Seen::from_answer(&python.run(script, &args, watch)?)?;
        if seen.trips.is_empty() == self.asks || (seen.additions == 0) == (self.busy > 0) {
            return Err("시킨 일과 다른 일을 했습니다".to_owned());
        }
        Ok(seen)
    }
}

impl Seen {
    fn from_answer(answer: &Value) -> Result<Seen, String> {
        let number = |value: &Value| value.as_u64().ok_or("대답에 수가 아닌 것이 있습니다");
        let trips = answer["trips"].as_array().ok_or("대답에 왕복이 없습니다")?;
        Ok(Seen {
            wall: Duration::from_nanos(number(&answer["wall"])?),
            additions: number(&answer["additions"])?,
            switches: number(&answer["switches"])?,
            trips: trips
                .iter()
                .map(|trip| Ok(Duration::from_nanos(number(trip)?)))
                .collect::<Result<_, String>>()?,
            robbed: number(&answer["robbed"])?,
            lock_switches: None,
        })
    }

    fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.wall.as_secs_f64()
    }

    fn trip_ms(&self, pick: fn(Spread) -> Duration) -> Option<f64> {
        let spread = Spread::of(self.trips.iter().copied())?;
        Some(pick(spread).as_secs_f64() * 1e3)
    }
}

/// 프로세스를 건너가는 부탁과 대답입니다. 시간은 나노초입니다.
type Order = (u64, bool, u64, u64, String);
type Answer = (u64, u64, u64, u64, u64, Vec<u64>);

/// 새 프로세스가 하는 일입니다. [`super::entry`]가 등록합니다.
pub(super) fn run_model(order: Order) -> Result<Answer, String> {
    model_here(order).map_err(|error| error.to_string())
}

fn model_here((busy, asks, interval, window, addr): Order) -> Result<Answer> {
    let addr: SocketAddr = addr
        .parse()
        .map_err(|_| read::wrong("addr", "대답할 상대의 주소"))?;
    let gil = Gil::new(Duration::from_nanos(interval));
    let field = Arc::new(Field {
        gate: Barrier::new(busy as usize + usize::from(asks)),
        began: OnceLock::new(),
        window: Duration::from_nanos(window),
        asking: AtomicBool::new(asks),
        last: AtomicUsize::new(NOBODY),
    });
    let failed = |source| Error::os(format!("{addr}에 묻지 못했습니다"), source);
    // 스레드들이 문에서 기다리기 앞에 잇습니다. 잇지 못하면 아무도 시작하지 않습니다.
    let stream = match asks {
        true => Some(connect(addr).map_err(failed)?),
        false => None,
    };
    let mut children = Vec::new();
    for me in 0..busy as usize {
        let field = Arc::clone(&field);
        children.push(gil.spawn(move || Ok(field.add(me)))?);
    }
    if let Some(stream) = stream {
        let field = Arc::clone(&field);
        children.push(gil.spawn(move || field.ask(stream))?);
    }
    let mut wall = Duration::ZERO;
    let (mut additions, mut switches, mut robbed, mut trips) = (0, 0, 0, Vec::new());
    for child in children {
        let seen = child.join()?.map_err(failed)?;
        wall = wall.max(seen.wall);
        additions += seen.additions;
        switches += seen.switches;
        robbed += seen.robbed;
        trips.extend(seen.trips.into_iter().map(read::nanos));
    }
    let wall = read::nanos(wall);
    let lock_switches = gil.stats().switches;
    Ok((wall, additions, switches, lock_switches, robbed, trips))
}

fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// 아직 아무도 더하지 않았습니다.
const NOBODY: usize = usize::MAX;

/// 묻는 스레드의 이름입니다. 더하는 스레드의 이름은 0부터입니다.
const ASKER: usize = usize::MAX - 1;

/// 스레드들이 함께 보는 것입니다.
struct Field {
    gate: Barrier,
    began: OnceLock<Instant>,
    window: Duration,
    /// 묻는 스레드가 아직 묻고 있습니다. 더하는 스레드는 그 곁을 끝까지 지킵니다.
    asking: AtomicBool,
    /// 마지막으로 제 이름을 적은 스레드입니다. 락을 쥔 채로만 보고 고칩니다.
    last: AtomicUsize,
}

impl Field {
    /// 모두 모이면 시작하고, 시작한 때를 돌려줍니다. 처음 나온 스레드의 시각이 모두의 시작입니다.
    fn begin(&self) -> Instant {
        gil::allow_threads(|| self.gate.wait());
        *self.began.get_or_init(Instant::now)
    }

    /// 시간이 다하고 묻는 스레드도 끝날 때까지 더합니다.
    fn add(&self, me: usize) -> Seen {
        let began = self.begin();
        let (mut blocks, mut switches) = (0, 0);
        let wall = loop {
            sum(0..BLOCK);
            blocks += 1;
            let before = self.last.load(Relaxed);
            if before != me {
                switches += u64::from(before != NOBODY);
                self.last.store(me, Relaxed);
            }
            let ran = began.elapsed();
            if ran >= self.window && !self.asking.load(Relaxed) {
                break ran;
            }
        };
        Seen {
            wall,
            additions: blocks * BLOCK,
            switches,
            trips: Vec::new(),
            robbed: 0,
            lock_switches: None,
        }
    }

    /// 시간이 다할 때까지 묻습니다. 적어도 한 번은 묻습니다.
    fn ask(&self, mut stream: TcpStream) -> io::Result<Seen> {
        let began = self.begin();
        let _done = Done(&self.asking);
        let (mut trips, mut robbed) = (Vec::new(), 0);
        let wall = loop {
            self.last.store(ASKER, Relaxed);
            let asked = Instant::now();
            gil::allow_threads(|| stream.write_all(&[0; 8]))?;
            robbed += u64::from(self.last.load(Relaxed) != ASKER);
            gil::allow_threads(|| stream.read_exact(&mut [0; 8]))?;
            trips.push(asked.elapsed());
            let ran = began.elapsed();
            if ran >= self.window {
                break ran;
            }
        };
        Ok(Seen {
            wall,
            additions: 0,
            switches: 0,
            trips,
            robbed,
            lock_switches: None,
        })
    }
}

/// 오류로 끝나도 더하는 스레드들이 끝날 수 있게 합니다.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

/// 견준 표의 한 줄입니다. 한 번 잴 때마다 값이 하나씩 있습니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// 무엇을 잰 것인지입니다. 이어진 줄들이 함께 씁니다.
    pub group: String,
    /// 어느 모양에서 잰 것인지입니다.
    pub what: String,
    /// 단위입니다.
    pub unit: String,
    /// CPython의 값들입니다. 재지 못했으면 비어 있습니다.
    pub python: Vec<f64>,
    /// 모형의 값들입니다.
    pub model: Vec<f64>,
}

impl Line {
    /// 모형의 중앙값이 CPython의 중앙값의 몇 배인지입니다. 값이 없거나 CPython이 0이면 `None`입니다.
    pub fn ratio(&self) -> Option<f64> {
        let python = Spread::of(self.python.iter().copied())?.median;
        let model = Spread::of(self.model.iter().copied())?.median;
        (python > 0.0).then_some(model / python)
    }

    /// 값들의 중앙값을 단위와 함께 적습니다. 값이 없으면 `–`입니다.
    pub fn cell(&self, values: &[f64]) -> String {
        let Some(Spread { median, .. }) = Spread::of(values.iter().copied()) else {
            return "–".to_owned();
        };
        let digits = match median {
            // 셋째 자리까지만 뜻이 있습니다.
            median if median < 9.995 => 2,
            median if median < 99.95 => 1,
            _ => 0,
        };
        format!("{median:.digits$} {}", self.unit)
    }
}

/// 두 쪽을 번갈아 재며 모읍니다.
pub struct SideBySide<'a> {
    python: Option<&'a Python>,
    script: &'a Path,
    window: Duration,
    responder: Responder,
    theirs: Vec<Vec<Seen>>,
    ours: Vec<Vec<Seen>>,
    trouble: Option<String>,
}

impl<'a> SideBySide<'a> {
    /// 준비합니다. 파이썬이 없으면 모형만 잽니다.
    ///
    /// # Errors
    /// 대답할 상대를 세우지 못하면 [`Error::Os`]입니다.
    pub fn new(
        python: Option<&'a Python>,
        script: &'a Path,
        window: Duration,
    ) -> Result<SideBySide<'a>> {
        Ok(SideBySide {
            python,
            script,
            window,
            responder: Responder::start(DELAY)?,
            theirs: vec![Vec::new(); SHAPES.len()],
            ours: vec![Vec::new(); SHAPES.len()],
            trouble: None,
        })
    }

    /// 모든 모양을 두 쪽에서 한 번씩 잽니다. `step`은 모양 하나를 재기 앞에 불립니다.
    ///
    /// 파이썬이 한 번이라도 제대로 하지 못하면 그 뒤로는 모형만 잽니다([`SideBySide::trouble`]).
    ///
    /// # Errors
    /// `step`의 오류와 [`Shape::on_model`]의 오류입니다.
    pub fn round<E: From<Error>>(
        &mut self,
        watch: &dyn Watch,
        mut step: impl FnMut(&Shape) -> Result<(), E>,
    ) -> Result<(), E> {
        let (window, addr) = (self.window, self.responder.addr());
        for (at, shape) in SHAPES.iter().enumerate() {
            step(shape)?;
            if let Some(python) = self.python {
                match shape.on_python(python, self.script, window, addr, watch) {
                    Ok(seen) => self.theirs[at].push(seen),
                    Err(why) => {
                        self.python = None;
                        self.theirs.iter_mut().for_each(Vec::clear);
                        self.trouble = Some(why);
                    }
                }
            }
            self.ours[at].push(shape.on_model(window, addr)?);
        }
        Ok(())
    }

    /// 파이썬이 제대로 하지 못한 까닭입니다. 없으면 탈이 없었습니다.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// 지금까지 잰 것을 표의 줄로 바꿉니다.
    pub fn lines(&self) -> Vec<Line> {
        let line =
            |group: &str, what: String, unit: &str, figure: &dyn Fn(Side<'_>) -> Vec<f64>| Line {
                group: group.to_owned(),
                what,
                unit: unit.to_owned(),
                python: figure(Side(&self.theirs)),
                model: figure(Side(&self.ours)),
            };
        let mut lines = vec![line(
            "덧셈의 빠르기",
            "더하는 스레드 1".to_owned(),
            SPEED,
            &|side| {
                side.of(1, false, 5, |seen| {
                    Some(seen.per_second(seen.additions) / 1e6)
                })
            },
        )];
        for (busy, asks) in [(2, false), (3, false), (4, false), (1, true)] {
            let group = "덧셈의 빠르기, 더하는 스레드 1에 견주어";
            lines.push(line(group, people(busy, asks), "배", &|side| {
                side.beside_one(busy, asks)
            }));
        }
        for (busy, interval) in [(2, 1), (2, 5), (2, 20), (3, 5), (4, 5)] {
            let what = format!("{}, 간격 {interval}밀리초", people(busy, false));
            lines.push(line(
                "락의 주인이 바뀐 횟수",
                what,
                "번/초",
                &|side| {
                    side.of(busy, false, interval, |seen| {
                        Some(seen.per_second(seen.switches))
                    })
                },
            ));
        }
        let mut group = |group: &str, unit: &str, shapes: &[(usize, u64)], figure: Figure| {
            for &(busy, interval) in shapes {
                let what = format!("{}, 간격 {interval}밀리초", people(busy, true));
                lines.push(line(group, what, unit, &|side| {
                    side.of(busy, true, interval, figure)
                }));
            }
        };
        let all = [(0, 5), (1, 1), (1, 5), (1, 20), (2, 5), (3, 5)];
        let same = [(0, 5), (1, 5), (2, 5), (3, 5)];
        group("왕복의 중앙값", "ms", &all, |seen| {
            seen.trip_ms(|trips| trips.median)
        });
        group("가장 긴 왕복", "ms", &same, |seen| {
            seen.trip_ms(|trips| trips.max)
        });
        group("왕복의 수", "번/초", &same, |seen| {
            Some(seen.per_second(seen.trips.len() as u64))
        });
        group(
            "보내는 사이에 락을 빼앗긴 왕복",
            "%",
            &all[1..],
            |seen| Some(100.0 * seen.robbed as f64 / seen.trips.len() as f64),
        );
        lines
    }
}

/// 한 번 달려 본 것에서 뽑는 값입니다.
type Figure = fn(&Seen) -> Option<f64>;

fn people(busy: usize, asks: bool) -> String {
    match (busy, asks) {
        (0, _) => "묻는 스레드만".to_owned(),
        (busy, true) => format!("묻는 스레드 곁에 더하는 스레드 {busy}"),
        (busy, false) => format!("더하는 스레드 {busy}"),
    }
}

/// 한쪽이 모은 것입니다. [`SHAPES`]의 차례입니다.
#[derive(Clone, Copy)]
struct Side<'a>(&'a [Vec<Seen>]);

impl<'a> Side<'a> {
    fn seen(self, busy: usize, asks: bool, interval_ms: u64) -> &'a [Seen] {
        let wanted = Shape::new(busy, asks, interval_ms);
        let found = SHAPES.iter().position(|shape| *shape == wanted);
        found
            .and_then(|at| self.0.get(at))
            .map_or(&[], Vec::as_slice)
    }

    fn of(self, busy: usize, asks: bool, interval_ms: u64, figure: Figure) -> Vec<f64> {
        let seen = self.seen(busy, asks, interval_ms).iter();
        seen.filter_map(figure).collect()
    }

    /// 더하는 스레드 하나만 있을 때와 견준 덧셈의 빠르기입니다. 같은 바퀴에 잰 것끼리 견줍니다.
    fn beside_one(self, busy: usize, asks: bool) -> Vec<f64> {
        let speed = |seen: &Seen| seen.per_second(seen.additions);
        let seen = self.seen(busy, asks, 5).iter();
        let pairs = seen.zip(self.seen(1, false, 5));
        pairs.map(|(seen, one)| speed(seen) / speed(one)).collect()
    }
}
