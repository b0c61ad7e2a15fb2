//! 잰 값과, 그것을 담는 JSON입니다.

use std::{collections::BTreeMap, fs, path::Path, str::FromStr, time::Duration};

use noriteo::{
    measure::{Machine, Report, Spread, Value as Measurable, side_by_side::Line},
    trace::Trace,
};
use serde_json::{Value, json};

use crate::{
    fault::{Fault, Result},
    noise::{Noise, Reading, Try},
    share,
};

/// JSON 꼴의 번호입니다. 꼴이 바뀌면 하나 올립니다. 꼴은 `book/text/measured/schema-1.json`에 있고 책과 함께 내놓습니다.
pub const SCHEMA: u64 = 1;

/// 책에 넣을 값 한 벌입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// 잰 책의 판입니다. 옛 데이터에는 없습니다.
    pub book: Option<String>,
    /// 잰 컴퓨터입니다.
    pub machine: Machine,
    /// 재기 시작한 때입니다. UTC, RFC 3339 꼴입니다.
    pub date: String,
    /// 재는 동안 다른 일이 쓴 평균 코어 수입니다. Linux가 아니면 모릅니다.
    pub others: Option<f64>,
    /// 재는 동안의 형편입니다. 옛 데이터에는 없습니다.
    pub noise: Option<Noise>,
    /// 방식마다 잰 횟수입니다.
    pub runs: usize,
    /// 모든 방식으로 한 CPU 일과 기다리는 일입니다.
    pub variants: Report,
    /// 일꾼 하나를 만들고 거두는 시간입니다.
    pub creation: Vec<Cost<Duration>>,
    /// 쉬는 일꾼 하나의 메모리(바이트)입니다. Linux가 아니면 비어 있습니다.
    pub memory: Vec<Cost<u64>>,
    /// 파이썬으로 잰 값입니다.
    pub python: PythonData,
    /// GIL의 모형을 진짜 CPython과 나란히 잰 것입니다. 옛 데이터에는 없습니다.
    pub side_by_side: Option<SideBySideData>,
    /// 타임라인의 이름과 기록입니다. 기록하지 못한 그림은 빠져 있습니다.
    pub traces: BTreeMap<String, Trace>,
    /// 조각 하나만 잰 것이면 어느 조각인지입니다. 나머지 칸은 비어 있습니다.
    pub only: Option<Only>,
    /// 나중에 따로 다시 잰 조각입니다. 표 하나는 늘 한 벌의 값에서만 나오도록, 섞지 않고 통째로 둡니다.
    pub again: BTreeMap<Piece, Data>,
}

/// 따로 잴 수 있는 조각입니다. 이름은 조각의 파일 이름에서 `.md`를 뺀 것입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// 기사의 합입니다.
    Sum,
    /// 기다리는 일입니다.
    Io,
    /// 모든 방식과 두 가지 일입니다.
    All,
    /// 파이썬으로 한 합입니다.
    Python,
    /// GIL의 모형과 진짜 CPython입니다.
    SideBySide,
    /// 일꾼을 만들고 거두는 시간입니다.
    Creation,
    /// 쉬는 일꾼의 메모리입니다.
    Memory,
}

impl Piece {
    /// 모든 조각입니다.
    pub const ALL: [Piece; 7] = [
        Piece::Sum,
        Piece::Io,
        Piece::All,
        Piece::Python,
        Piece::SideBySide,
        Piece::Creation,
        Piece::Memory,
    ];

    /// 명령줄과 데이터와 쪽에서 쓰는 이름입니다.
    pub fn name(self) -> &'static str {
        match self {
            Piece::Sum => "sum",
            Piece::Io => "io",
            Piece::All => "all",
            Piece::Python => "python",
            Piece::SideBySide => "side-by-side",
            Piece::Creation => "creation",
            Piece::Memory => "memory",
        }
    }

    /// 범위의 끝을 고를 수 있는 조각인지입니다.
    pub fn has_size(self) -> bool {
        matches!(self, Piece::Sum | Piece::All)
    }

    /// 일꾼의 수를 고를 수 있는 조각인지입니다.
    pub fn has_workers(self) -> bool {
        matches!(self, Piece::Sum | Piece::Io | Piece::All)
    }
}

impl FromStr for Piece {
    type Err = String;

    fn from_str(text: &str) -> Result<Piece, String> {
        Piece::ALL
            .into_iter()
            .find(|piece| piece.name() == text)
            .ok_or_else(|| {
                format!(
                    "`{text}`이라는 조각은 없습니다. 다음 가운데 하나를 적어 주세요: {}.",
                    Piece::ALL.map(Piece::name).join(", ")
                )
            })
    }
}

/// 조각 하나만 쟀다는 표입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only {
    /// 잰 조각입니다.
    pub piece: Piece,
    /// 표의 「일꾼 2」 대신 잰 일꾼의 수입니다.
    pub workers: Option<usize>,
}

impl Only {
    fn to_json(self) -> Value {
        json!({ "part": self.piece.name(), "workers": self.workers })
    }

    fn from_json(value: &Value) -> Result<Only, String> {
        Ok(Only {
            piece: text(value, "part")?.parse()?,
            workers: optional(value, "workers", size)?,
        })
    }
}

/// 일꾼 하나에 드는 값입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost<T> {
    /// 일꾼의 종류입니다. 예: `thread`, `fork`.
    pub kind: String,
    /// 표에 적을 이름입니다.
    pub label: String,
    /// 값 하나하나를 얻은 횟수입니다.
    pub count: usize,
    /// 잰 값의 최소, 중앙값, 최대입니다.
    pub spread: Spread<T>,
}

/// 파이썬으로 잰 값입니다. 파이썬이 없으면 `rows`가 비어 있습니다.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PythonData {
    /// 더한 범위의 끝입니다(이 수는 더하지 않음).
    pub end: u64,
    /// 파이썬과 방법마다 한 줄입니다.
    pub rows: Vec<PythonRow>,
    /// 이름은 파이썬이지만 값을 얻지 못한 것들입니다.
    pub odd: Vec<Unused>,
}

/// GIL의 모형을 진짜 CPython과 나란히 잰 것입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct SideBySideData {
    /// 견준 CPython의 이름입니다. GIL이 켜진 것을 찾지 못했으면 `None`입니다.
    pub label: Option<String>,
    /// 한 번 잰 시간입니다.
    pub window: Duration,
    /// 저마다 잰 횟수입니다.
    pub runs: usize,
    /// 표의 줄들입니다.
    pub lines: Vec<Line>,
}

impl SideBySideData {
    fn to_json(&self) -> Value {
        let lines = self.lines.iter().map(|line| {
            json!({
                "group": line.group,
                "what": line.what,
                "unit": line.unit,
                "python": line.python,
                "model": line.model,
            })
        });
        json!({
            "label": self.label,
            "window_ns": self.window.to_number(),
            "runs": self.runs,
            "lines": lines.collect::<Vec<_>>(),
        })
    }

    fn from_json(value: &Value) -> Result<SideBySideData, String> {
        Ok(SideBySideData {
            label: optional(value, "label", text)?,
            window: Duration::from_nanos(number(value, "window_ns")?),
            runs: size(value, "runs")?,
            lines: each(value, "lines", |line| {
                Ok(Line {
                    group: text(line, "group")?,
                    what: text(line, "what")?,
                    unit: text(line, "unit")?,
                    python: floats(line, "python")?,
                    model: floats(line, "model")?,
                })
            })?,
        })
    }
}

/// 이름은 파이썬이지만 값을 얻지 못한 것입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Unused {
    /// 파일 이름입니다. 읽는 이의 폴더 이름은 담지 않습니다.
    pub name: String,
    /// 값을 얻지 못한 까닭입니다.
    pub why: String,
}

impl Noise {
    fn to_json(&self) -> Value {
        let tries = self.tries.iter().map(|one| {
            let mut value = one.reading.to_json();
            value["spread"] = json!(one.spread);
            value
        });
        json!({
            "whole": self.whole.to_json(),
            "tries": tries.collect::<Vec<_>>(),
            "kept": self.kept,
        })
    }

    fn from_json(value: &Value) -> Result<Noise, String> {
        let tries = each(value, "tries", |one| {
            Ok(Try {
                reading: Reading::from_json(one)?,
                spread: optional(one, "spread", float)?,
            })
        })?;
        let kept = size(value, "kept")?;
        if kept >= tries.len().max(1) {
            return Err("`kept` 칸이 가리키는 때가 없습니다".into());
        }
        Ok(Noise {
            whole: Reading::from_json(field(value, "whole")?)?,
            tries,
            kept,
        })
    }
}

impl Reading {
    fn to_json(self) -> Value {
        json!({
            "wall_ns": self.wall.to_number(),
            "others_cores": self.others,
            "steal_cores": self.steal,
            "throttled_periods": self.throttled_periods,
            "throttled_ns": self.throttled.map(Number::to_number),
            "heat_throttles": self.heat,
        })
    }

    fn from_json(value: &Value) -> Result<Reading, String> {
        Ok(Reading {
            wall: Duration::from_nanos(number(value, "wall_ns")?),
            others: optional(value, "others_cores", float)?,
            steal: optional(value, "steal_cores", float)?,
            throttled_periods: optional(value, "throttled_periods", number)?,
            throttled: optional(value, "throttled_ns", number)?.map(Duration::from_nanos),
            heat: optional(value, "heat_throttles", number)?,
        })
    }
}

/// 파이썬 하나를 한 방법으로 잰 것입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct PythonRow {
    /// 어느 파이썬인지입니다. 예: `CPython 3.13.0 (GIL 켜짐)`.
    pub label: String,
    /// `thread`나 `process`입니다.
    pub mode: String,
    /// 일꾼의 수입니다.
    pub workers: usize,
    /// 프로세스를 만드는 방법입니다. 예: `fork`.
    pub start_method: String,
    /// 벽시계 시간들입니다.
    pub wall: Vec<Duration>,
    /// CPU 시간들입니다. 알 수 없으면 비어 있습니다.
    pub cpu: Vec<Duration>,
}

impl PythonRow {
    /// 어떻게 나누어 했는지입니다. 예: `프로세스 2개(fork)`.
    pub fn how(&self) -> String {
        match (self.mode.as_str(), self.workers) {
            ("thread", 1) => "스레드 하나".to_owned(),
            ("thread", n) => format!("스레드 {n}개"),
            (_, n) => format!("프로세스 {n}개({})", self.start_method),
        }
    }

    /// 벽시계 시간의 최소, 중앙값, 최대입니다.
    pub fn wall(&self) -> Option<Spread> {
        Spread::of(self.wall.iter().copied())
    }

    /// CPU 시간의 최소, 중앙값, 최대입니다.
    pub fn cpu(&self) -> Option<Spread> {
        Spread::of(self.cpu.iter().copied())
    }
}

impl PythonData {
    /// 같은 파이썬의 스레드 하나로 한 것의 몇 배인지입니다.
    pub fn ratio(&self, row: &PythonRow) -> Option<f64> {
        let one = self.rows.iter().find(|other| {
            other.label == row.label && other.mode == "thread" && other.workers == 1
        })?;
        let base = one.wall()?.median.as_secs_f64();
        (base > 0.0).then_some(row.wall()?.median.as_secs_f64() / base)
    }
}

/// 값 하나를 JSON의 수로 적고 읽습니다. 시간은 나노초, 크기는 바이트입니다.
pub trait Number: Measurable {
    /// 단위를 담은 칸 이름의 끝입니다.
    const UNIT: &'static str;
    /// 수로 적습니다.
    fn to_number(self) -> u64;
    /// 수에서 읽습니다.
    fn from_number(number: u64) -> Self;
}

impl Number for Duration {
    const UNIT: &'static str = "ns";

    fn to_number(self) -> u64 {
        u64::try_from(self.as_nanos()).unwrap_or(u64::MAX)
    }

    fn from_number(number: u64) -> Self {
        Duration::from_nanos(number)
    }
}

impl Number for u64 {
    const UNIT: &'static str = "bytes";

    fn to_number(self) -> u64 {
        self
    }

    fn from_number(number: u64) -> Self {
        number
    }
}

impl<T: Number> Cost<T> {
    fn to_json(&self) -> Value {
        let unit = T::UNIT;
        json!({
            "kind": self.kind,
            "label": self.label,
            "count": self.count,
            format!("min_{unit}"): self.spread.min.to_number(),
            format!("median_{unit}"): self.spread.median.to_number(),
            format!("max_{unit}"): self.spread.max.to_number(),
        })
    }

    fn from_json(value: &Value) -> Result<Cost<T>, String> {
        let read = |name: &str| number(value, &format!("{name}_{}", T::UNIT)).map(T::from_number);
        Ok(Cost {
            kind: text(value, "kind")?,
            label: text(value, "label")?,
            count: size(value, "count")?,
            spread: Spread {
                min: read("min")?,
                median: read("median")?,
                max: read("max")?,
            },
        })
    }
}

impl Data {
    /// 새로 잰 값을 더합니다. 조각 하나만 잰 것이면 그 조각만 바뀌고, 모두 잰 것이면 통째로 바뀝니다.
    ///
    /// 조각의 컴퓨터, 때, 범위, 횟수는 앞의 것과 달라도 됩니다. 그 조각의 표와 그 아래 줄은 새 값만 씁니다.
    pub fn merge(&mut self, newer: Data) {
        match newer.only {
            Some(only) => {
                self.again.insert(only.piece, newer);
            }
            None => *self = newer,
        }
    }

    /// 조각이 쓸 값입니다. 따로 다시 쟀으면 그것, 아니면 처음 것입니다.
    pub fn of(&self, piece: Piece) -> &Data {
        self.again.get(&piece).unwrap_or(self)
    }

    /// JSON으로 적습니다. 시간은 나노초, 크기는 바이트입니다.
    pub fn to_json(&self) -> Value {
        let times = |times: &[Duration]| -> Vec<u64> {
            times.iter().map(|time| time.to_number()).collect()
        };
        let python: Vec<Value> = self
            .python
            .rows
            .iter()
            .map(|row| {
                json!({
                    "label": row.label,
                    "mode": row.mode,
                    "workers": row.workers,
                    "start_method": row.start_method,
                    "wall_ns": times(&row.wall),
                    "cpu_ns": times(&row.cpu),
                })
            })
            .collect();
        let odd: Vec<Value> = self
            .python
            .odd
            .iter()
            .map(|odd| json!({ "name": odd.name, "why": odd.why }))
            .collect();
        let mut value = json!({
            "$schema": format!("schema-{SCHEMA}.json"),
            "schema": SCHEMA,
            "book": self.book,
            "machine": self.machine.to_json(),
            "date": self.date,
            "others_cores": self.others,
            "runs": self.runs,
            "variants": self.variants.to_json(),
            "creation": self.creation.iter().map(Cost::to_json).collect::<Vec<_>>(),
            "memory": self.memory.iter().map(Cost::to_json).collect::<Vec<_>>(),
            "python": { "end": self.python.end, "rows": python, "odd": odd },
        });
        if let Some(noise) = &self.noise {
            value["noise"] = noise.to_json();
        }
        if let Some(both) = &self.side_by_side {
            value["side_by_side"] = both.to_json();
        }
        if !self.traces.is_empty() {
            let traces = self.traces.iter();
            value["traces"] = traces
                .map(|(name, trace)| (name.clone(), trace.to_json()))
                .collect();
        }
        if let Some(only) = self.only {
            value["only"] = only.to_json();
        }
        if !self.again.is_empty() {
            let again = self.again.iter();
            value["again"] = again
                .map(|(piece, data)| (piece.name().to_owned(), data.to_json()))
                .collect();
        }
        value
    }

    /// 파일에서 읽습니다.
    pub fn read(path: &Path) -> Result<Data> {
        let bad = |why: String| {
            Fault::BadInput(format!(
                "{}에서 잰 값을 읽지 못했습니다: {why}. `cargo run -- measure`로 다시 재세요.",
                path.display()
            ))
        };
        let bytes = fs::read(path).map_err(|error| bad(error.to_string()))?;
        // 한 파일로 나눈 것(`--share`)이면 그 안의 JSON을 읽습니다.
        let shared = str::from_utf8(&bytes).ok().and_then(share::json);
        let value = serde_json::from_slice(shared.map_or(&bytes[..], str::as_bytes))
            .map_err(|error| bad(format!("JSON이 아닙니다({error})")))?;
        Data::from_json(&value).map_err(bad)
    }

    fn from_json(value: &Value) -> Result<Data, String> {
        let schema = number(value, "schema")?;
        if schema != SCHEMA {
            return Err(format!("꼴의 번호가 {SCHEMA}이어야 하는데 {schema}입니다"));
        }
        let noriteo = |error: noriteo::Error| error.to_string();
        let python = field(value, "python")?;
        Ok(Data {
            book: match value.get("book") {
                None => None,
                Some(_) => optional(value, "book", text)?,
            },
            machine: Machine::from_json(field(value, "machine")?).map_err(noriteo)?,
            date: text(value, "date")?,
            others: optional(value, "others_cores", float)?,
            noise: value.get("noise").map(Noise::from_json).transpose()?,
            runs: size(value, "runs")?,
            variants: Report::from_json(field(value, "variants")?).map_err(noriteo)?,
            side_by_side: value
                .get("side_by_side")
                .map(SideBySideData::from_json)
                .transpose()?,
            traces: match value.get("traces") {
                None => BTreeMap::new(),
                Some(traces) => traces
                    .as_object()
                    .ok_or("`traces` 칸이 이름과 기록의 짝이 아닙니다")?
                    .iter()
                    .map(|(name, trace)| Ok((name.clone(), Trace::from_json(trace)?)))
                    .collect::<noriteo::Result<_>>()
                    .map_err(noriteo)?,
            },
            only: value.get("only").map(Only::from_json).transpose()?,
            again: match value.get("again") {
                None => BTreeMap::new(),
                Some(again) => again
                    .as_object()
                    .ok_or("`again` 칸이 조각과 값의 짝이 아닙니다")?
                    .iter()
                    .map(|(piece, data)| read_again(piece.parse()?, data))
                    .collect::<Result<_, String>>()?,
            },
            creation: each(value, "creation", Cost::from_json)?,
            memory: each(value, "memory", Cost::from_json)?,
            python: PythonData {
                end: number(python, "end")?,
                rows: each(python, "rows", |row| {
                    Ok(PythonRow {
                        label: text(row, "label")?,
                        mode: text(row, "mode")?,
                        workers: size(row, "workers")?,
                        start_method: text(row, "start_method")?,
                        wall: durations(row, "wall_ns")?,
                        cpu: durations(row, "cpu_ns")?,
                    })
                })?,
                odd: each(python, "odd", |odd| {
                    Ok(Unused {
                        name: text(odd, "name")?,
                        why: text(odd, "why")?,
                    })
                })?,
            },
        })
    }
}

/// 다시 잰 조각 하나입니다. 이름과 내용이 같은 조각이고, 그 안에 또 다시 잰 것은 없습니다.
fn read_again(piece: Piece, value: &Value) -> Result<(Piece, Data), String> {
    if value.get("again").is_some() {
        return Err("`again` 칸 안에 또 `again` 칸이 있습니다".into());
    }
    let data = Data::from_json(value)?;
    if data.only.map(|only| only.piece) != Some(piece) {
        return Err(format!(
            "`again` 칸의 `{}`이(가) 그 조각을 잰 것이 아닙니다",
            piece.name()
        ));
    }
    Ok((piece, data))
}

fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value, String> {
    value
        .get(name)
        .ok_or_else(|| format!("`{name}` 칸이 없습니다"))
}

fn number(value: &Value, name: &str) -> Result<u64, String> {
    field(value, name)?
        .as_u64()
        .ok_or_else(|| format!("`{name}` 칸이 0 이상의 정수가 아닙니다"))
}

fn size(value: &Value, name: &str) -> Result<usize, String> {
    usize::try_from(number(value, name)?).map_err(|_| format!("`{name}` 칸이 너무 큽니다"))
}

fn float(value: &Value, name: &str) -> Result<f64, String> {
    field(value, name)?
        .as_f64()
        .ok_or_else(|| format!("`{name}` 칸이 수가 아닙니다"))
}

/// 칸이 null이면 `None`입니다. 칸이 없으면 오류입니다.
fn optional<T>(
    value: &Value,
    name: &str,
    read: impl FnOnce(&Value, &str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    match field(value, name)? {
        Value::Null => Ok(None),
        _ => read(value, name).map(Some),
    }
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    field(value, name)?
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("`{name}` 칸이 글이 아닙니다"))
}

fn each<T>(
    value: &Value,
    name: &str,
    read: impl Fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    field(value, name)?
        .as_array()
        .ok_or_else(|| format!("`{name}` 칸이 목록이 아닙니다"))?
        .iter()
        .map(read)
        .collect()
}

fn durations(value: &Value, name: &str) -> Result<Vec<Duration>, String> {
    each(value, name, |time| {
        time.as_u64()
            .map(Duration::from_nanos)
            .ok_or_else(|| format!("`{name}` 칸에 0 이상의 정수가 아닌 것이 있습니다"))
    })
}

fn floats(value: &Value, name: &str) -> Result<Vec<f64>, String> {
    each(value, name, |one| {
        one.as_f64()
            .ok_or_else(|| format!("`{name}` 칸에 수가 아닌 것이 있습니다"))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use noriteo::{
        measure::{Job, Load, Row, Sample},
        variant::Variant,
    };

    use super::*;

    /// 모든 칸이 찬 값입니다.
    pub(crate) fn sample() -> Data {
        let ms = Duration::from_millis;
        let machine = Machine::detect();
        Data {
            book: Some("0.1.0".into()),
            variants: Report {
                machine: machine.clone(),
                date: "2025-01-31T09:00:00Z".into(),
                runs: 1,
                rows: vec![Row {
                    job: Job {
                        variant: Variant::Fork,
                        workload: Load::Io { delay: ms(2) },
                        range: 0..10,
                        workers: 2,
                    },
                    total: 45,
                    samples: vec![Sample {
                        wall: ms(1),
                        user: Some(ms(2)),
                        system: None,
                        peak_rss_bytes: Some(3),
                        voluntary_switches: Some(4),
                        involuntary_switches: Some(5),
                    }],
                }],
            },
            machine,
            date: "2025-01-31T09:00:00Z".into(),
            others: Some(0.25),
            noise: None,
            runs: 1,
            creation: vec![Cost {
                kind: "thread".into(),
                label: "스레드".into(),
                count: 7,
                spread: Spread {
                    min: ms(1),
                    median: ms(2),
                    max: ms(3),
                },
            }],
            memory: vec![Cost {
                kind: "fork".into(),
                label: "프로세스(fork)".into(),
                count: 8,
                spread: Spread {
                    min: 1,
                    median: 2,
                    max: 3,
                },
            }],
            python: PythonData {
                end: 100,
                rows: vec![PythonRow {
                    label: "CPython 3.14.0 (GIL 꺼짐)".into(),
                    mode: "process".into(),
                    workers: 2,
                    start_method: "forkserver".into(),
                    wall: vec![ms(4), ms(5)],
                    cpu: vec![ms(6), ms(7)],
                }],
                odd: vec![Unused {
                    name: "python3".into(),
                    why: "까닭".into(),
                }],
            },
            side_by_side: None,
            traces: BTreeMap::new(),
            only: None,
            again: BTreeMap::new(),
        }
    }

    /// 조각 하나만 잰 것입니다.
    pub(crate) fn only(piece: Piece, workers: Option<usize>) -> Data {
        Data {
            only: Some(Only { piece, workers }),
            date: "2026-02-03T04:05:06Z".into(),
            ..sample()
        }
    }

    /// 견준 것입니다. 첫 줄에는 파이썬의 값이 있고, 둘째 줄에는 없습니다.
    pub(crate) fn both() -> SideBySideData {
        let line = |what: &str, python: &[f64]| Line {
            group: "왕복".into(),
            what: what.into(),
            unit: "ms".into(),
            python: python.to_vec(),
            model: vec![3.0, 1.0, 2.0],
        };
        SideBySideData {
            label: Some("CPython 3.13.0 (GIL 켜짐)".into()),
            window: Duration::from_millis(250),
            runs: 3,
            lines: vec![line("하나", &[4.0]), line("둘", &[])],
        }
    }

    #[test]
    fn json_holds_every_value() {
        let data = sample();
        assert_eq!(Data::from_json(&data.to_json()), Ok(data));
        let with_both = Data {
            side_by_side: Some(both()),
            ..sample()
        };
        let json = with_both.to_json();
        assert_eq!(Data::from_json(&json), Ok(with_both));
        for name in ["label", "window_ns", "runs", "lines"] {
            let mut broken = json.clone();
            let both = broken["side_by_side"].as_object_mut();
            both.and_then(|both| both.remove(name)).unwrap();
            let why = Data::from_json(&broken).unwrap_err();
            assert!(why.contains(name), "{name}: {why}");
        }
    }

    /// 두 번 재어 둘째를 고른 형편입니다.
    pub(crate) fn noisy_then_quiet() -> Noise {
        let reading = |others| Reading {
            wall: Duration::from_secs(2),
            others: Some(others),
            steal: Some(0.01),
            throttled_periods: Some(3),
            throttled: Some(Duration::from_millis(4)),
            heat: None,
        };
        let one = |others, spread| Try {
            reading: reading(others),
            spread: Some(spread),
        };
        Noise {
            whole: reading(0.05),
            tries: vec![one(9.5, 0.75), one(0.0, 0.125)],
            kept: 1,
        }
    }

    #[test]
    fn the_noise_is_kept_whole() {
        let data = Data {
            noise: Some(noisy_then_quiet()),
            ..sample()
        };
        let json = data.to_json();
        assert_eq!(Data::from_json(&json), Ok(data));
        for name in ["whole", "tries", "kept"] {
            let mut broken = json.clone();
            broken["noise"].as_object_mut().unwrap().remove(name);
            assert!(Data::from_json(&broken).unwrap_err().contains(name));
        }
        let mut beyond = json;
        beyond["noise"]["kept"] = json!(2);
        assert!(Data::from_json(&beyond).unwrap_err().contains("`kept`"));
    }

    #[test]
    fn a_piece_measured_again_stands_beside_the_rest() {
        let mut data = sample();
        data.merge(only(Piece::Sum, Some(4)));
        assert_eq!(data.of(Piece::Sum), &only(Piece::Sum, Some(4)));
        assert_eq!(data.of(Piece::All).date, sample().date);
        let json = data.to_json();
        assert_eq!(Data::from_json(&json), Ok(data.clone()));
        // 같은 조각을 또 재면 나중 것이 남고, 모두 재면 통째로 바뀝니다.
        data.merge(only(Piece::Sum, None));
        assert_eq!(data.of(Piece::Sum).only.unwrap().workers, None);
        data.merge(sample());
        assert_eq!(data, sample());

        let mut wrong = json.clone();
        let sum = wrong["again"]["sum"].take();
        wrong["again"] = json!({ "io": sum });
        assert!(Data::from_json(&wrong).unwrap_err().contains("`io`"));
        let mut deep = json.clone();
        deep["again"]["sum"]["again"] = json["again"].clone();
        assert!(Data::from_json(&deep).unwrap_err().contains("또 `again`"));
        let mut odd = json;
        odd["again"]["sum"]["only"]["part"] = json!("machine");
        assert!(Data::from_json(&odd).unwrap_err().contains("side-by-side"));
    }

    #[test]
    fn every_missing_field_is_named() {
        let whole = sample().to_json();
        // 꼴을 가리키는 것과 책의 판은 옛 데이터에 없습니다.
        let old = ["$schema", "book"];
        let names = whole.as_object().unwrap().keys();
        for name in names.filter(|name| !old.contains(&name.as_str())) {
            let mut broken = whole.clone();
            broken.as_object_mut().unwrap().remove(name);
            let why = Data::from_json(&broken).unwrap_err();
            assert!(why.contains(name), "{name}: {why}");
        }
    }
}
