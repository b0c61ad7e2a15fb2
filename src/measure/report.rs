//! 여러 방식을 잰 보고서입니다.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use super::{Job, Load, Machine, Sample, Spread, format_duration, json as read};
use crate::{Result, variant::Variant};

/// JSON 꼴의 번호입니다. 꼴이 바뀌면 하나 올립니다.
const SCHEMA: u64 = 1;

/// 여러 방식을 번갈아 잰 결과입니다. [`super::interleaved`]가 만듭니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// 잰 컴퓨터입니다.
    pub machine: Machine,
    /// 재기 시작한 때입니다. UTC, RFC 3339 꼴입니다.
    pub date: String,
    /// 방식마다 잰 횟수입니다(1 이상).
    pub runs: usize,
    /// 방식마다 한 줄입니다. 순서는 넘겨받은 순서입니다.
    pub rows: Vec<Row>,
}

/// 한 방식을 여러 번 잰 결과입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// 무엇을 재었는지입니다.
    pub job: Job,
    /// 그 일이 낸 답입니다. 공식으로 구한 답과 같음을 확인한 것입니다.
    pub total: u64,
    /// 잰 값들입니다. 잰 순서대로이며 [`Report::runs`]개입니다.
    pub samples: Vec<Sample>,
}

impl Row {
    /// 벽시계 시간의 최소, 중앙값, 최대입니다. 잰 값이 없으면 `None`입니다.
    pub fn wall(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.wall))
    }

    /// CPU 시간의 최소, 중앙값, 최대입니다. 잰 값이 없거나 CPU 시간을 모르면 `None`입니다.
    pub fn cpu(&self) -> Option<Spread> {
        let times: Option<Vec<Duration>> = self.samples.iter().map(Sample::cpu).collect();
        Spread::of(times?)
    }

    /// 메모리 최고 기록(바이트)의 최소, 중앙값, 최대입니다. 뜻은 [`Sample::peak_rss_bytes`]와 같습니다.
    pub fn peak_rss_bytes(&self) -> Option<Spread<u64>> {
        let sizes: Option<Vec<u64>> = self.samples.iter().map(|s| s.peak_rss_bytes).collect();
        Spread::of(sizes?)
    }
}

impl Report {
    /// `row`와 견줄 기준 줄입니다.
    ///
    /// 같은 일, 같은 범위에서 하나씩 차례로 한 줄([`Variant::Sequential`])이고, 없으면 그 무리의 첫 줄입니다.
    pub fn baseline(&self, row: &Row) -> Option<&Row> {
        let mut group = self.rows.iter().filter(|other| same_task(other, row));
        let first = group.clone().next();
        group
            .find(|other| other.job.variant == Variant::Sequential)
            .or(first)
    }

    /// 벽시계 중앙값이 [`Report::baseline`]의 몇 배인지입니다. 1보다 작으면 더 빨리 끝난 것입니다.
    ///
    /// 기준의 시간이 0이거나 잰 값이 없으면 `None`입니다.
    pub fn ratio(&self, row: &Row) -> Option<f64> {
        let base = self.baseline(row)?.wall()?.median.as_secs_f64();
        (base > 0.0).then_some(row.wall()?.median.as_secs_f64() / base)
    }

    /// 사람이 읽을 표입니다. 한글의 너비를 셈하여 줄을 맞추며, 그대로 마크다운 표이기도 합니다.
    ///
    /// 일이나 범위가 다른 것은 표를 나누고, 표가 둘 이상이면 앞에 제목을 붙입니다.
    /// 마지막 줄바꿈은 없습니다.
    pub fn table(&self) -> String {
        let mut groups: Vec<Vec<&Row>> = Vec::new();
        for row in &self.rows {
            match groups.iter_mut().find(|group| same_task(group[0], row)) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        let titled = groups.len() > 1;
        let parts: Vec<String> = groups
            .iter()
            .map(|group| {
                let table = self.group_table(group);
                if titled {
                    format!("{}\n\n{table}", group[0].job.task())
                } else {
                    table
                }
            })
            .collect();
        parts.join("\n\n")
    }

    fn group_table(&self, rows: &[&Row]) -> String {
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN).set_header([
            "방식",
            "일꾼 수",
            "벽시계(중앙값)",
            "최소–최대",
            "CPU 시간",
            "기준 대비",
        ]);
        let unknown = || "–".to_owned();
        for row in rows {
            let wall = row.wall();
            table.add_row([
                row.job.variant.label().to_owned(),
                row.job.workers.to_string(),
                wall.map_or_else(unknown, |wall| format_duration(wall.median)),
                wall.map_or_else(unknown, |wall| {
                    format!(
                        "{}–{}",
                        format_duration(wall.min),
                        format_duration(wall.max)
                    )
                }),
                row.cpu()
                    .map_or_else(unknown, |cpu| format_duration(cpu.median)),
                self.ratio(row)
                    .map_or_else(unknown, |ratio| format!("{ratio:.2}배")),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }

    /// JSON으로 적습니다. 시간은 나노초, 크기는 바이트입니다. 칸 `schema`는 꼴의 번호입니다.
    pub fn to_json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let samples: Vec<Value> = row.samples.iter().map(Sample::to_json).collect();
                json!({ "job": row.job.to_json(), "total": row.total, "samples": samples })
            })
            .collect();
        json!({
            "schema": SCHEMA,
            "machine": self.machine.to_json(),
            "date": self.date,
            "runs": self.runs,
            "rows": rows,
        })
    }

    /// [`Report::to_json`]이 적은 것을 읽습니다. 어떤 값을 넘겨도 패닉하지 않습니다.
    ///
    /// # Errors
    /// 꼴의 번호가 다르거나, 빠지거나 어긋난 칸이 있거나, 잰 횟수가 맞지 않으면
    /// [`crate::Error::Decode`]가 그 칸의 이름을 알립니다.
    pub fn from_json(value: &Value) -> Result<Report> {
        if read::integer(value, "schema")? != SCHEMA {
            return Err(read::wrong("schema", &format!("꼴의 번호 {SCHEMA}")));
        }
        let runs = read::size(value, "runs")?;
        if runs == 0 {
            return Err(read::wrong("runs", "1 이상의 정수"));
        }
        let rows = read::list(value, "rows")?
            .iter()
            .map(|row| {
                let samples = read::list(row, "samples")?;
                if samples.len() != runs {
                    return Err(read::wrong("samples", &format!("잰 값 {runs}개")));
                }
                Ok(Row {
                    job: Job::from_json(read::field(row, "job")?)?,
                    total: read::integer(row, "total")?,
                    samples: samples
                        .iter()
                        .map(Sample::from_json)
                        .collect::<Result<_>>()?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Report {
            machine: Machine::from_json(read::field(value, "machine")?)?,
            date: read::text(value, "date")?,
            runs,
            rows,
        })
    }
}

fn same_task(one: &Row, other: &Row) -> bool {
    (one.job.workload, &one.job.range) == (other.job.workload, &other.job.range)
}

impl Sample {
    /// JSON으로 적습니다. 시간은 나노초, 크기는 바이트이고 모르는 값은 null입니다.
    pub fn to_json(&self) -> Value {
        json!({
            "wall_ns": read::nanos(self.wall),
            "user_ns": self.user.map(read::nanos),
            "system_ns": self.system.map(read::nanos),
            "peak_rss_bytes": self.peak_rss_bytes,
            "voluntary_switches": self.voluntary_switches,
            "involuntary_switches": self.involuntary_switches,
        })
    }

    /// [`Sample::to_json`]이 적은 것을 읽습니다.
    ///
    /// # Errors
    /// 빠지거나 어긋난 칸이 있으면 [`crate::Error::Decode`]입니다.
    pub fn from_json(value: &Value) -> Result<Sample> {
        Ok(Sample {
            wall: read::duration(value, "wall_ns")?,
            user: read::optional(value, "user_ns", read::duration)?,
            system: read::optional(value, "system_ns", read::duration)?,
            peak_rss_bytes: read::optional(value, "peak_rss_bytes", read::integer)?,
            voluntary_switches: read::optional(value, "voluntary_switches", read::integer)?,
            involuntary_switches: read::optional(value, "involuntary_switches", read::integer)?,
        })
    }
}

impl Job {
    /// JSON으로 적습니다. I/O 일의 늦은 시간은 나노초입니다.
    pub fn to_json(&self) -> Value {
        let (workload, delay) = match self.workload {
            Load::Cpu => ("cpu", None),
            Load::Io { delay } => ("io", Some(read::nanos(delay))),
        };
        json!({
            "variant": self.variant.name(),
            "workload": workload,
            "delay_ns": delay,
            "start": self.range.start,
            "end": self.range.end,
            "workers": self.workers,
        })
    }

    /// [`Job::to_json`]이 적은 것을 읽습니다.
    ///
    /// # Errors
    /// 빠지거나 어긋난 칸, 모르는 방식, 거꾸로 된 범위, 일꾼 0명은 [`crate::Error::Decode`]입니다.
    pub fn from_json(value: &Value) -> Result<Job> {
        let workload = match read::text(value, "workload")?.as_str() {
            "cpu" => Load::Cpu,
            "io" => Load::Io {
                delay: read::duration(value, "delay_ns")?,
            },
            _ => return Err(read::wrong("workload", "\"cpu\"나 \"io\"")),
        };
        let (start, end) = (read::integer(value, "start")?, read::integer(value, "end")?);
        if start > end {
            return Err(read::wrong("end", "start보다 작지 않은 정수"));
        }
        let workers = read::size(value, "workers")?;
        if workers == 0 {
            return Err(read::wrong("workers", "1 이상의 정수"));
        }
        Ok(Job {
            variant: read::text(value, "variant")?
                .parse()
                .map_err(|_| read::wrong("variant", "아는 방식의 이름"))?,
            workload,
            range: start..end,
            workers,
        })
    }
}
