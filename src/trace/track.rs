//! 기록한 것: 프로그램 한 번의 달림입니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::atomic::Ordering,
    time::Duration,
};

use serde_json::{Value, json};

use super::{Kernel, Span, State, picture, shared::Shared};
use crate::{
    Error, Result,
    measure::{Machine, json as read, now_utc},
};

/// 기록을 담는 JSON 꼴의 번호입니다. 꼴이 바뀌면 하나 올립니다.
pub const SCHEMA: u64 = 1;

/// 프로그램을 한 번 달리며 모든 일꾼이 언제 무엇을 했는지 적은 것입니다.
///
/// 시각은 모두 기록을 시작한 때부터 잽니다. 시계는 [`std::time::Instant`](Linux에서 `CLOCK_MONOTONIC`)이고,
/// 여러 프로세스가 같은 시계를 봅니다.
///
/// # JSON
/// [`Trace::to_json`]의 꼴은 다음과 같습니다. 시각과 시간은 나노초입니다.
///
/// | 칸 | 담는 것 |
/// |---|---|
/// | `schema` | 꼴의 번호([`SCHEMA`]) |
/// | `program` | 프로그램의 이름과 인자 |
/// | `machine`, `date` | 기록한 컴퓨터([`Machine`])와 때(UTC, RFC 3339) |
/// | `length_ns` | 기록의 길이 |
/// | `dropped` | 자리가 없어 적지 못한 것의 수 |
/// | `tracks[]` | 일꾼 하나가 한 줄: `name`, `pid`, `tid`, `killed`, `kernel`, `spans` |
/// | `tracks[].kernel` | 커널이 적은 수, 모르면 null: `run_ns`, `wait_ns`, `slices`, `voluntary_switches`, `involuntary_switches` |
/// | `tracks[].spans[]` | `[상태, 시작, 끝, 코어, 락]`. 상태는 [`State::name`]의 이름, 코어와 락은 모르거나 없으면 null |
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// 프로그램의 이름과 인자입니다.
    pub program: String,
    /// 기록한 컴퓨터입니다.
    pub machine: Machine,
    /// 기록한 때입니다. UTC, RFC 3339 꼴입니다.
    pub date: String,
    /// 기록의 길이입니다.
    pub length: Duration,
    /// 자리가 없어 적지 못한 것의 수입니다. 0이 아니면 그림에 빈 곳이 있습니다.
    pub dropped: u64,
    /// 일꾼마다 한 줄입니다. 만든 차례입니다.
    pub tracks: Vec<Track>,
}

/// 일꾼 하나의 줄입니다. 스레드 하나, 또는 프로세스의 본 스레드입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// 그림에 적을 이름입니다.
    pub name: String,
    /// 프로세스의 번호입니다.
    pub pid: u32,
    /// 운영체제가 스레드를 부르는 번호입니다([`crate::thread::id`]).
    pub tid: u64,
    /// 제 줄을 끝맺지 못하고 밖에서 끝내졌습니다.
    pub killed: bool,
    /// 커널이 적은 수입니다. Linux가 아니거나, 도중에 죽었거나, 끝나지 않았으면 `None`입니다.
    pub kernel: Option<Kernel>,
    /// 상태의 구간들입니다. 시간 차례이고 겹치지 않습니다.
    pub spans: Vec<StateSpan>,
}

/// 한 일꾼이 한 상태로 있은 동안입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateSpan {
    /// 무슨 상태였는지입니다.
    pub state: State,
    /// 시작한 때입니다.
    pub start: Duration,
    /// 끝난 때입니다. `start` 이상입니다.
    pub end: Duration,
    /// 시작할 때 앉은 코어의 번호입니다. 모르면 `None`입니다.
    pub core: Option<u16>,
    /// 락의 번호(0부터)입니다. 락과 상관없으면 `None`입니다.
    pub lock: Option<usize>,
}

impl StateSpan {
    /// 걸린 시간입니다.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

impl Track {
    /// 이 상태로 있은 시간을 더한 것입니다.
    pub fn total(&self, state: State) -> Duration {
        let same = self.spans.iter().filter(|span| span.state == state);
        same.map(StateSpan::length).sum()
    }

    /// 프로그램이 「달렸다」고 적은 시간입니다: [`State::Running`]과 [`State::Held`]의 합입니다.
    pub fn active(&self) -> Duration {
        let active = self.spans.iter().filter(|span| span.state.is_active());
        active.map(StateSpan::length).sum()
    }
}

/// 모아 둔 기록을 일꾼의 줄들로 바꿉니다.
pub(super) fn gather(shared: &Shared, length: Duration) -> Vec<Track> {
    let mut locks: BTreeMap<u64, usize> = BTreeMap::new();
    let records = shared.records();
    let end_of_all = length.as_nanos() as u64;
    let mut tracks = Vec::new();
    for (track, records) in shared.tracks().zip(records) {
        let Some(last) = records.last() else { continue };
        let slot = shared.slot(track);
        let gone = slot.gone_at.load(Ordering::Relaxed);
        let killed = last.code != 0 && gone > 0;
        // 끝맺지 못한 줄은 부모가 죽음을 안 때, 아니면 기록이 끝난 때까지입니다.
        let open_end = if killed { gone } else { end_of_all }.max(last.at);
        let ends = records.iter().skip(1).map(|next| next.at).chain([open_end]);
        let mut spans: Vec<StateSpan> = Vec::new();
        for (record, end) in records.iter().zip(ends) {
            let Some(state) = State::from_code(record.code) else {
                continue;
            };
            let next = locks.len();
            let lock = (record.lock != 0).then(|| *locks.entry(record.lock).or_insert(next));
            let [start, end] = [record.at, end].map(|at| Duration::from_nanos(at.min(end_of_all)));
            if start == end {
                continue;
            }
            match spans.last_mut() {
                // 기다리는 동안에는 어느 코어에 앉아 있었는지가 뜻이 없습니다.
                Some(last)
                    if (last.state, last.lock, last.end) == (state, lock, start)
                        && (last.core == record.core || !state.is_active()) =>
                {
                    last.end = end;
                }
                _ => spans.push(StateSpan {
                    state,
                    start,
                    end,
                    core: record.core,
                    lock,
                }),
            }
        }
        tracks.push(Track {
            name: slot.name(),
            pid: slot.pid.load(Ordering::Relaxed),
            tid: slot.tid.load(Ordering::Relaxed),
            killed,
            kernel: slot.kernel(),
            spans,
        });
    }
    give_names(&mut tracks);
    tracks
}

/// 이름을 적지 않은 줄에 만든 차례로 이름을 붙입니다.
fn give_names(tracks: &mut [Track]) {
    let pids: BTreeSet<u32> = tracks.iter().map(|track| track.pid).collect();
    let Some(main) = tracks.first().map(|track| track.pid) else {
        return;
    };
    let (mut threads, mut processes) = (0, 0);
    let mut known = BTreeSet::new();
    for (at, track) in tracks.iter_mut().enumerate() {
        let first = known.insert(track.pid);
        let name = if at == 0 {
            if pids.len() > 1 {
                "부모"
            } else {
                "본 스레드"
            }
            .to_owned()
        } else if track.pid == main || !first {
            threads += 1;
            format!("스레드 {threads}")
        } else {
            processes += 1;
            format!("프로세스 {processes}")
        };
        if track.name.is_empty() {
            track.name = name;
        }
    }
}

impl Trace {
    pub(super) fn of(program: &str, tracks: Vec<Track>, length: Duration, dropped: u64) -> Trace {
        Trace {
            program: program.to_owned(),
            machine: Machine::detect(),
            date: now_utc(),
            length,
            dropped,
            tracks,
        }
    }

    /// 두 줄이 같은 락을 한때 함께 쥔 적이 있는지 알려 줍니다. 락이 옳다면 언제나 거짓입니다.
    pub fn overlaps_held(&self) -> bool {
        let mut held: Vec<(Option<usize>, Duration, Duration)> = self
            .tracks
            .iter()
            .flat_map(|track| &track.spans)
            .filter(|span| span.state == State::Held)
            .map(|span| (span.lock, span.start, span.end))
            .collect();
        held.sort();
        held.windows(2)
            .any(|two| two[0].0 == two[1].0 && two[0].2 > two[1].1)
    }

    /// 이 상태로 있은 시간을 모든 줄에 걸쳐 더한 것입니다.
    pub fn total(&self, state: State) -> Duration {
        self.tracks.iter().map(|track| track.total(state)).sum()
    }

    /// 둘 이상이 함께 달린(`is_active`) 시간입니다.
    pub fn together(&self) -> Duration {
        let mut edges: Vec<(Duration, i32)> = Vec::new();
        for span in self.tracks.iter().flat_map(|track| &track.spans) {
            if span.state.is_active() {
                edges.extend([(span.start, 1), (span.end, -1)]);
            }
        }
        // 같은 때이면 끝나는 것이 먼저입니다.
        edges.sort();
        let (mut running, mut since, mut total) = (0, Duration::ZERO, Duration::ZERO);
        for (at, step) in edges {
            if running >= 2 {
                total += at - since;
            }
            (running, since) = (running + step, at);
        }
        total
    }

    /// 그림에 그릴 줄들입니다. 다른 스레드가 끝나기를 기다리기만 한 본 스레드는 그리지 않습니다.
    pub fn shown(&self) -> &[Track] {
        let Some((main, others)) = self.tracks.split_first() else {
            return &[];
        };
        let only_waits = main
            .spans
            .iter()
            .all(|span| matches!(span.state, State::Running | State::Join))
            && main.total(State::Running) * 10 < main.total(State::Join);
        if only_waits && !others.is_empty() && others.iter().all(|track| track.pid == main.pid) {
            others
        } else {
            &self.tracks
        }
    }

    /// 한 일꾼이 한 줄인 글로 된 그림입니다. `width`는 그림의 칸 수입니다([`super::timeline`]).
    ///
    /// [`Trace::shown`]의 줄들을 그립니다. 이름 뒤의 `†`는 밖에서 끝내진 일꾼입니다.
    pub fn picture(&self, width: usize) -> String {
        let tracks = self.shown();
        let spans: Vec<Span> = tracks
            .iter()
            .enumerate()
            .flat_map(|(lane, track)| {
                let one = move |span: &StateSpan| {
                    Span::new(lane, span.state.label(), span.start, span.end)
                };
                track.spans.iter().map(one)
            })
            .collect();
        let marks = State::ALL.map(|state| (state.label(), state.mark()));
        let name = |lane: usize| {
            tracks.get(lane).map_or(String::new(), |track| {
                let mark = if track.killed { " †" } else { "" };
                format!("{}{mark}", track.name)
            })
        };
        picture::with_marks(&spans, width, name, &marks)
    }

    /// JSON으로 적습니다. 꼴은 [`Trace`]에 있습니다.
    pub fn to_json(&self) -> Value {
        let span = |span: &StateSpan| {
            let [start, end] = [span.start, span.end].map(read::nanos);
            json!([span.state.name(), start, end, span.core, span.lock])
        };
        let kernel = |kernel: Kernel| {
            json!({
                "run_ns": read::nanos(kernel.run),
                "wait_ns": read::nanos(kernel.wait),
                "slices": kernel.slices,
                "voluntary_switches": kernel.voluntary_switches,
                "involuntary_switches": kernel.involuntary_switches,
            })
        };
        let track = |track: &Track| {
            json!({
                "name": track.name,
                "pid": track.pid,
                "tid": track.tid,
                "killed": track.killed,
                "kernel": track.kernel.map(kernel),
                "spans": track.spans.iter().map(span).collect::<Vec<_>>(),
            })
        };
        json!({
            "schema": SCHEMA,
            "program": self.program,
            "machine": self.machine.to_json(),
            "date": self.date,
            "length_ns": read::nanos(self.length),
            "dropped": self.dropped,
            "tracks": self.tracks.iter().map(track).collect::<Vec<_>>(),
        })
    }

    /// [`Trace::to_json`]이 적은 것을 읽습니다. 어떤 값을 넘겨도 패닉하지 않습니다.
    ///
    /// # Errors
    /// 빠지거나 어긋난 칸이 있거나, 구간이 거꾸로이거나 겹치거나 기록의 길이를 넘으면 [`Error::Decode`]입니다.
    pub fn from_json(value: &Value) -> Result<Trace> {
        let schema = read::integer(value, "schema")?;
        if schema != SCHEMA {
            return Err(decode(format!(
                "꼴의 번호가 {SCHEMA}이어야 하는데 {schema}입니다"
            )));
        }
        let length = read::duration(value, "length_ns")?;
        let track = |value: &Value| -> Result<Track> {
            let name = read::text(value, "name")?;
            let mut spans = Vec::new();
            let mut after = Duration::ZERO;
            for (at, span) in read::list(value, "spans")?.iter().enumerate() {
                let span = span_from_json(span).ok_or_else(|| {
                    decode(format!(
                        "「{name}」의 {at}번째 구간이 [상태, 시작, 끝, 코어, 락]이 아닙니다"
                    ))
                })?;
                if span.start < after || span.end < span.start || span.end > length {
                    return Err(decode(format!(
                        "「{name}」의 {at}번째 구간이 앞 구간과 겹치거나 거꾸로이거나 기록의 길이를 넘습니다"
                    )));
                }
                after = span.end;
                spans.push(span);
            }
            Ok(Track {
                pid: u32::try_from(read::integer(value, "pid")?)
                    .map_err(|_| read::wrong("pid", "프로세스 번호"))?,
                tid: read::integer(value, "tid")?,
                killed: read::boolean(value, "killed")?,
                kernel: read::optional(value, "kernel", |value, name| {
                    kernel_from_json(read::field(value, name)?)
                })?,
                name,
                spans,
            })
        };
        let tracks: Vec<Track> = read::list(value, "tracks")?
            .iter()
            .map(track)
            .collect::<Result<_>>()?;
        if tracks.is_empty() || length.is_zero() {
            return Err(decode("줄이 하나도 없거나 길이가 0입니다".to_owned()));
        }
        Ok(Trace {
            program: read::text(value, "program")?,
            machine: Machine::from_json(read::field(value, "machine")?)?,
            date: read::text(value, "date")?,
            length,
            dropped: read::integer(value, "dropped")?,
            tracks,
        })
    }

    /// 파일에서 읽습니다.
    ///
    /// # Errors
    /// 파일이 없거나 [`Trace::to_json`]의 꼴이 아니면 [`Error::BadInput`]입니다.
    pub fn read(path: &Path) -> Result<Trace> {
        let bad = |why: String| Error::BadInput {
            message: format!(
                "{}에서 타임라인을 읽지 못했습니다: {why}. `cargo run -- measure`로 다시 기록하세요",
                path.display()
            ),
        };
        let bytes = fs::read(path).map_err(|error| bad(error.to_string()))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| bad(format!("JSON이 아닙니다({error})")))?;
        Trace::from_json(&value).map_err(|error| match error {
            Error::Decode { reason } => bad(reason),
            other => bad(other.to_string()),
        })
    }

    /// 파일에 적습니다. 구간 하나가 한 줄입니다.
    ///
    /// # Errors
    /// 적지 못하면 [`Error::Os`]입니다.
    pub fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, self.to_text()).map_err(|source| {
            Error::os(
                format!("{}에 타임라인을 적지 못했습니다", path.display()),
                source,
            )
        })
    }

    /// 파일에 적을 글입니다. 구간 하나가 한 줄이어서 고친 곳을 견주기 쉽습니다.
    pub fn to_text(&self) -> String {
        // 구간은 수와 이름뿐이라, 글 속에 괄호가 나올 수 없습니다.
        let mut value = self.to_json();
        let mut lists = Vec::new();
        for (track, mark) in self.tracks.iter().zip(0..) {
            let spans = value["tracks"][mark]["spans"].take();
            let lines: Vec<String> = spans
                .as_array()
                .map(|spans| spans.iter().map(|span| format!("        {span}")).collect())
                .unwrap_or_default();
            lists.push(if track.spans.is_empty() {
                "[]".to_owned()
            } else {
                format!("[\n{}\n      ]", lines.join(",\n"))
            });
        }
        let text = format!("{value:#}\n");
        let mut pieces = text.split("\"spans\": null");
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for (list, rest) in lists.iter().zip(pieces) {
            whole.push_str("\"spans\": ");
            whole.push_str(list);
            whole.push_str(rest);
        }
        whole
    }
}

fn decode(reason: String) -> Error {
    Error::Decode { reason }
}

fn span_from_json(value: &Value) -> Option<StateSpan> {
    let [state, start, end, core, lock] = value.as_array()?.as_slice() else {
        return None;
    };
    let nanos = |value: &Value| value.as_u64().map(Duration::from_nanos);
    Some(StateSpan {
        state: State::from_name(state.as_str()?)?,
        start: nanos(start)?,
        end: nanos(end)?,
        core: match core {
            Value::Null => None,
            core => Some(u16::try_from(core.as_u64()?).ok()?),
        },
        lock: match lock {
            Value::Null => None,
            lock => Some(usize::try_from(lock.as_u64()?).ok()?),
        },
    })
}

fn kernel_from_json(value: &Value) -> Result<Kernel> {
    Ok(Kernel {
        run: read::duration(value, "run_ns")?,
        wait: read::duration(value, "wait_ns")?,
        slices: read::integer(value, "slices")?,
        voluntary_switches: read::integer(value, "voluntary_switches")?,
        involuntary_switches: read::integer(value, "involuntary_switches")?,
    })
}
