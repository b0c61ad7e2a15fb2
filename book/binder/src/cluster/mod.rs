//! 6장의 값입니다: 같은 일을 스레드로, 프로세스로, 호스트로 재고, 더 늘려도 소용없는 곳을 내다봅니다.
//!
//! timely를 짓는 데 오래 걸리므로 그냥 `cargo run`은 재지 않습니다. `cargo run -- cluster`로 따로 잽니다.
//! 잰 것은 `target/cluster.json`에 남고, 다음에 묶는 책이 그것을 씁니다.

mod model;
mod net;
mod parts;
mod run;

use std::{fs, io, path::Path, time::Duration};

use noriteo::measure::{Machine, Spread};
use serde_json::{Value, json};

pub use parts::{FILE, part, table};
pub use run::{RUNS, measure};

use crate::{
    bind::MEASURED,
    fault::{Fault, Result},
    parts::{Part, Whose},
};

/// 잰 값을 남기는 자리입니다.
pub const LATEST: &str = "target/cluster.json";

/// 저장소에 두는 펴낸 이의 값입니다.
pub const PUBLISHER: &str = "cluster.json";

/// 하는 일입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// 아무것도 하지 않습니다. 띄우고 만나고 끝냅니다.
    Idle,
    /// 기사의 합입니다(1억까지).
    Small,
    /// 열 배 큰 합입니다.
    Sum,
    /// 낱말을 셉니다.
    Words,
    /// 낱말을 저마다 먼저 세고 보냅니다.
    Combined,
}

/// 도는 자리입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// 엔진 없이 한 스레드입니다.
    Alone,
    /// 한 프로세스의 스레드들입니다.
    Threads,
    /// 한 컴퓨터의 프로세스들입니다.
    Processes,
    /// 네트워크가 따로인 호스트들입니다.
    Hosts,
}

impl Job {
    const ALL: [Job; 5] = [Job::Idle, Job::Small, Job::Sum, Job::Words, Job::Combined];

    fn name(self) -> &'static str {
        match self {
            Job::Idle => "idle",
            Job::Small => "small",
            Job::Sum => "sum",
            Job::Words => "words",
            Job::Combined => "combined",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Job::Idle => "빈 일",
            Job::Small => "기사의 합(1억)",
            Job::Sum => "합(10억)",
            Job::Words => "낱말 세기",
            Job::Combined => "모아서 낱말 세기",
        }
    }
}

impl Way {
    const ALL: [Way; 4] = [Way::Alone, Way::Threads, Way::Processes, Way::Hosts];

    fn name(self) -> &'static str {
        match self {
            Way::Alone => "alone",
            Way::Threads => "threads",
            Way::Processes => "processes",
            Way::Hosts => "hosts",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Way::Alone => "엔진 없이 한 스레드",
            Way::Threads => "스레드",
            Way::Processes => "프로세스",
            Way::Hosts => "호스트",
        }
    }
}

/// 한 번 잰 것입니다.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// 띄운 때부터 끝난 때까지입니다.
    pub wall: Duration,
    /// 만나는 데 든 시간입니다.
    pub met: Duration,
    /// 만난 뒤 모두 다 하기까지입니다.
    pub worked: Duration,
    /// 프로세스 사이로 오간 바이트입니다.
    pub sent: u64,
    /// 모든 프로세스가 쓴 CPU 시간입니다.
    pub cpu: Duration,
}

/// 잰 줄 하나입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub job: Job,
    pub way: Way,
    /// 일꾼의 수입니다.
    pub count: usize,
    pub samples: Vec<Sample>,
}

impl Row {
    fn spread(&self, of: fn(&Sample) -> Duration) -> Option<Spread> {
        Spread::of(self.samples.iter().map(of))
    }

    fn sent(&self) -> u64 {
        Spread::of(self.samples.iter().map(|sample| sample.sent)).map_or(0, |sent| sent.median)
    }
}

/// 잰 값 모두입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub machine: Machine,
    pub date: String,
    /// 재는 동안 다른 일이 쓴 평균 코어 수입니다.
    pub others: Option<f64>,
    /// 센 낱말의 수입니다.
    pub words: u64,
    /// 더한 범위의 끝입니다.
    pub size: u64,
    pub rows: Vec<Row>,
}

impl Data {
    fn find(&self, job: Job, way: Way, count: usize) -> Option<&Row> {
        let same = |row: &&Row| (row.job, row.way, row.count) == (job, way, count);
        self.rows.iter().find(same)
    }

    /// JSON으로 적습니다. 시간은 나노초입니다.
    pub fn to_json(&self) -> Value {
        let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let rows = self.rows.iter().map(|row| {
            let samples = row.samples.iter().map(|sample| {
                json!({
                    "wall_ns": ns(sample.wall),
                    "met_ns": ns(sample.met),
                    "worked_ns": ns(sample.worked),
                    "sent": sample.sent,
                    "cpu_ns": ns(sample.cpu),
                })
            });
            json!({
                "job": row.job.name(),
                "way": row.way.name(),
                "count": row.count,
                "samples": samples.collect::<Vec<_>>(),
            })
        });
        json!({
            "what": "noriteo-cluster-1",
            "machine": self.machine.to_json(),
            "date": self.date,
            "others": self.others,
            "words": self.words,
            "size": self.size,
            "rows": rows.collect::<Vec<_>>(),
        })
    }

    fn from_json(value: &Value) -> Option<Data> {
        let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64);
        let time = |value: &Value, key: &str| number(value, key).map(Duration::from_nanos);
        if value.get("what")? != "noriteo-cluster-1" {
            return None;
        }
        let rows = value.get("rows")?.as_array()?.iter().map(|row| {
            let samples = row.get("samples")?.as_array()?.iter().map(|sample| {
                Some(Sample {
                    wall: time(sample, "wall_ns")?,
                    met: time(sample, "met_ns")?,
                    worked: time(sample, "worked_ns")?,
                    sent: number(sample, "sent")?,
                    cpu: time(sample, "cpu_ns")?,
                })
            });
            let (job, way) = (row.get("job")?, row.get("way")?);
            Some(Row {
                job: Job::ALL.into_iter().find(|known| job == known.name())?,
                way: Way::ALL.into_iter().find(|known| way == known.name())?,
                count: usize::try_from(number(row, "count")?).ok()?,
                samples: samples.collect::<Option<_>>()?,
            })
        });
        Some(Data {
            machine: Machine::from_json(value.get("machine")?).ok()?,
            date: value.get("date")?.as_str()?.to_owned(),
            others: value.get("others").and_then(Value::as_f64),
            words: number(value, "words")?,
            size: number(value, "size")?,
            rows: rows.collect::<Option<_>>()?,
        })
    }

    /// 파일에서 읽습니다. 파일이 없으면 `None`입니다.
    pub fn read(path: &Path) -> Result<Option<Data>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Fault::file("읽지 못했습니다", path, &error)),
        };
        let value = serde_json::from_slice(&bytes).ok();
        value.as_ref().and_then(Data::from_json).map(Some).ok_or_else(|| {
            Fault::BadInput(format!(
                "{}은(는) 6장의 값이 아닙니다. 지우고 `cargo run -- cluster`로 다시 재어 주세요.",
                path.display()
            ))
        })
    }
}

/// 이 컴퓨터에서 재어 둔 것이 있으면 그 조각입니다. 없으면 저장소의 조각이 그대로 남습니다.
pub fn kept(root: &Path) -> Result<Option<Part>> {
    let data = Data::read(&root.join(LATEST))?;
    Ok(data.map(|data| part(&data, Whose::Earlier)))
}

/// 저장소에 둘 파일들입니다. `fresh`가 없으면 앞서 펴낸 값으로 조각만 다시 만듭니다.
pub fn published(root: &Path, fresh: Option<Data>) -> Result<Vec<(std::path::PathBuf, String)>> {
    let folder = root.join(MEASURED);
    let data = match fresh {
        Some(data) => Some(data),
        None => Data::read(&folder.join(PUBLISHER))?,
    };
    let Some(data) = data else {
        return Ok(Vec::new());
    };
    let text = part(&data, Whose::Publisher).text;
    Ok(vec![
        (folder.join(PUBLISHER), format!("{:#}\n", data.to_json())),
        (folder.join(FILE), text),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn sample_data() -> Data {
        let sample = |ms: u64, sent| Sample {
            wall: Duration::from_millis(ms),
            met: Duration::from_millis(2),
            worked: Duration::from_millis(ms - 2),
            sent,
            cpu: Duration::from_millis(ms),
        };
        let mut rows = vec![
            Row {
                job: Job::Sum,
                way: Way::Alone,
                count: 1,
                samples: vec![sample(40, 0)],
            },
            Row {
                job: Job::Words,
                way: Way::Alone,
                count: 1,
                samples: vec![sample(90, 0)],
            },
        ];
        for count in run::COUNTS {
            for (job, way, base) in [
                (Job::Idle, Way::Processes, 0),
                (Job::Sum, Way::Threads, 50),
                (Job::Sum, Way::Processes, 50),
                (Job::Words, Way::Threads, 300),
                (Job::Words, Way::Processes, 300),
                (Job::Combined, Way::Processes, 300),
            ] {
                let ms = 5 + base / count.min(2) as u64 + 2 * count as u64;
                let sent = if way == Way::Processes {
                    1000 * (count as u64 - 1)
                } else {
                    0
                };
                rows.push(Row {
                    job,
                    way,
                    count,
                    samples: vec![sample(ms, sent); 3],
                });
            }
        }
        Data {
            machine: Machine::detect(),
            date: "2026-11-24T00:00:00Z".to_owned(),
            others: Some(0.5),
            words: 1_280_000,
            size: 100_000_000,
            rows,
        }
    }

    #[test]
    fn data_come_back_from_json() {
        let data = sample_data();
        assert_eq!(Data::from_json(&data.to_json()), Some(data.clone()));
        for key in ["what", "machine", "date", "words", "size", "rows"] {
            let mut broken = data.to_json();
            broken.as_object_mut().unwrap().remove(key);
            assert_eq!(Data::from_json(&broken), None, "{key}");
        }
    }
}
