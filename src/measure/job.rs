//! 새 프로세스에서 재기, 번갈아 재기입니다.

use std::{
    fmt,
    net::SocketAddr,
    ops::Range,
    process::id as this_pid,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    Machine, Report, Row, Sample, Spread, format_count, format_duration, json as read, now_utc,
    once, side_by_side,
};
use crate::{
    Error, Result, gil, process, thread,
    variant::{self, Variant, Workload},
    work::{self, Responder},
};

/// 무엇을 하는 일인지입니다.
///
/// [`Workload`]와 달리 대답할 상대의 주소가 없습니다. 상대는 재는 동안에만 서 있고,
/// 보고서에 남길 것은 상대가 얼마나 늦게 대답하는가이기 때문입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// CPU를 쓰는 일([`work::sum`])입니다.
    Cpu,
    /// 기다리는 일([`work::io_sum`])입니다. 물음마다 `delay` 뒤에 대답이 옵니다.
    Io {
        /// 물음을 받고 대답하기까지의 시간입니다.
        delay: Duration,
    },
}

/// 잴 일 하나입니다: 어떤 방식으로, 무엇을, 어디까지, 몇이서.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// 방식입니다.
    pub variant: Variant,
    /// 무엇을 하는 일인지입니다.
    pub workload: Load,
    /// 더할 범위입니다. 끝의 수는 더하지 않습니다.
    pub range: Range<u64>,
    /// 일꾼(스레드나 프로세스)의 수입니다(1 이상).
    pub workers: usize,
}

impl Job {
    /// 방식을 뺀, 무엇을 어디까지 하는 일인지입니다.
    pub(super) fn task(&self) -> String {
        let what = match self.workload {
            Load::Cpu => "CPU를 쓰는 일".to_owned(),
            Load::Io { delay } => format!("기다리는 일(대답까지 {})", format_duration(delay)),
        };
        let (start, end) = (format_count(self.range.start), format_count(self.range.end));
        format!("{what}: {start}부터 {end} 앞까지")
    }

    /// 이 일을 잴 수 없었다고 알립니다.
    fn failed(&self, reason: impl fmt::Display) -> Error {
        Error::WorkerFailed {
            message: format!("{self}: {reason}"),
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, workers) = (self.variant.name(), self.workers);
        write!(f, "{name}(일꾼 {workers}), {}", self.task())
    }
}

/// 재는 함수들을 등록합니다. 재는 프로그램의 `main` 맨 위에서 부릅니다([`process::entry`]).
///
/// [`variant::entry`]도 함께 부릅니다.
pub fn entry() {
    // run_one은 variant의 자식을 다시 띄우므로 그것들을 먼저 등록해야 합니다.
    variant::entry();
    process::entry(nothing);
    process::entry(run_one);
    process::entry(create_many);
    process::entry(side_by_side::run_model);
}

/// 한 번 잰 뒤의 소식입니다.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// 지금까지 잰 횟수입니다(1부터).
    pub done: usize,
    /// 모두 잴 횟수입니다.
    pub total: usize,
    /// 방금 잰 일입니다.
    pub job: &'a Job,
    /// 그 일을 몇 번째로 잰 것인지입니다(0부터).
    pub run: usize,
    /// 방금 잰 프로세스의 PID입니다. 잴 때마다 새 프로세스입니다.
    pub pid: u32,
    /// 재기 바로 앞에 그 프로세스에 있던 스레드의 수입니다. 셀 수 없는 운영체제에서는 `None`입니다.
    pub threads: Option<usize>,
}

/// 일들을 번갈아 `runs`번씩 잽니다. 한 번 한 번이 새 프로세스입니다.
///
/// 순서는 첫 일, 둘째 일, …, 마지막 일을 한 바퀴로 하여 `runs`바퀴입니다.
/// 프로세스를 띄우고 거두는 시간은 재지 않습니다. 재는 것은 띄운 프로세스 안의 [`variant::run`]입니다.
/// 그래서 그 프로세스가 처음 쓰는 코드와 메모리를 올리는 시간은 들어갑니다.
/// 기다리는 일에 대답하는 [`Responder`]는 부른 프로세스의 스레드입니다.
///
/// `progress(지금까지 잰 횟수, 모두 잴 횟수)`는 한 번 잴 때마다 불립니다.
///
/// # Errors
/// - [`Error::BadInput`]: 일이 없거나 `runs`가 0이거나 합이 `u64`를 넘는 범위입니다.
/// - [`Error::NotRegistered`]: `main` 맨 위에서 [`entry`]를 부르지 않았습니다.
/// - [`Error::WorkerFailed`]: 재는 도중에 프로세스가 죽거나 오류를 냈거나 답이 틀렸습니다. 어느 일인지 알립니다.
pub fn interleaved(
    jobs: &[Job],
    runs: usize,
    mut progress: impl FnMut(usize, usize),
) -> Result<Report> {
    interleaved_steps(jobs, runs, |step| progress(step.done, step.total))
}

/// [`interleaved`]와 같되, 무엇을 어느 프로세스에서 재었는지까지 알려 줍니다.
///
/// # Errors
/// [`interleaved`]와 같습니다.
pub fn interleaved_steps(
    jobs: &[Job],
    runs: usize,
    mut progress: impl FnMut(Step<'_>),
) -> Result<Report> {
    let (machine, date) = (Machine::detect(), now_utc());
    let total = jobs.len().saturating_mul(runs);
    if total == 0 {
        return Err(Error::BadInput {
            message: "잴 것이 없습니다. 일과 횟수를 하나 이상 적어 주세요".to_owned(),
        });
    }
    let answers = jobs
        .iter()
        .map(|job| work::expected(job.range.clone()))
        .collect::<Result<Vec<u64>>>()?;
    let responders = Responders::start(jobs)?;
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); jobs.len()];
    let mut done = 0;
    for run in 0..runs {
        for ((job, answer), samples) in jobs.iter().zip(&answers).zip(&mut samples) {
            let measured = measure(job, *answer, &responders)?;
            samples.push(measured.sample);
            done += 1;
            progress(Step {
                done,
                total,
                job,
                run,
                pid: measured.pid,
                threads: measured.threads,
            });
        }
    }
    let rows = jobs.iter().zip(answers).zip(samples);
    Ok(Report {
        machine,
        date,
        runs,
        rows: rows
            .map(|((job, total), samples)| Row {
                job: job.clone(),
                total,
                samples,
            })
            .collect(),
    })
}

/// 일 하나를 새 프로세스에서 한 번 잽니다.
///
/// # Errors
/// [`interleaved`]와 같습니다.
pub fn fresh(job: &Job) -> Result<Sample> {
    let answer = work::expected(job.range.clone())?;
    let responders = Responders::start([job])?;
    Ok(measure(job, answer, &responders)?.sample)
}

/// 늦는 시간마다 하나씩 세운 상대입니다.
struct Responders(Vec<(Duration, Responder)>);

impl Responders {
    fn start<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Result<Responders> {
        let mut started = Responders(Vec::new());
        for job in jobs {
            if let (Load::Io { delay }, None) = (job.workload, started.addr(job)) {
                started.0.push((delay, Responder::start(delay)?));
            }
        }
        Ok(started)
    }

    /// `job`에 대답할 상대의 주소입니다. CPU를 쓰는 일이면 `None`입니다.
    fn addr(&self, job: &Job) -> Option<SocketAddr> {
        let Load::Io { delay } = job.workload else {
            return None;
        };
        let found = self.0.iter().find(|(known, _)| *known == delay);
        found.map(|(_, responder)| responder.addr())
    }
}

/// 새 프로세스가 알려 온 것입니다.
struct Measured {
    sample: Sample,
    pid: u32,
    threads: Option<usize>,
}

fn measure(job: &Job, answer: u64, responders: &Responders) -> Result<Measured> {
    let addr = responders.addr(job).map(|addr| addr.to_string());
    let told = process::spawn(run_one, (job.to_json().to_string(), addr))
        .map_err(|error| match error {
            error @ Error::NotRegistered { .. } => error,
            error => job.failed(error),
        })?
        .join()
        .map_err(|error| job.failed(error))?
        .map_err(|reason| job.failed(reason))?;
    accept(job, answer, &told)
}

/// 새 프로세스가 알려 온 것을 읽습니다. 답이 틀린 방식의 시간은 뜻이 없으므로 받지 않습니다.
fn accept(job: &Job, answer: u64, told: &str) -> Result<Measured> {
    let told = parse(told)?;
    let total = read::integer(&told, "total")?;
    if total != answer {
        return Err(job.failed(format!(
            "답이 {answer}이어야 하는데 {total}이(가) 나왔습니다. \
             이 방식에 잘못이 있으니 시간을 믿지 마세요"
        )));
    }
    Ok(Measured {
        sample: Sample::from_json(read::field(&told, "sample")?)?,
        pid: u32::try_from(read::integer(&told, "pid")?).map_err(|_| read::wrong("pid", "PID"))?,
        threads: read::optional(&told, "threads", read::size)?,
    })
}

fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|source| Error::Decode {
        reason: format!("JSON이 아닙니다({source})"),
    })
}

/// 새 프로세스가 하는 일: 한 번 재어 JSON으로 알립니다. 오류는 글로 알립니다.
fn run_one((job, addr): (String, Option<String>)) -> Result<String, String> {
    measure_here(&job, addr.as_deref()).map_err(|error| error.to_string())
}

fn measure_here(job: &str, addr: Option<&str>) -> Result<String> {
    let Job {
        variant,
        workload,
        range,
        workers,
    } = Job::from_json(&parse(job)?)?;
    let workload = match (workload, addr) {
        (Load::Cpu, _) => Workload::Cpu,
        (Load::Io { .. }, addr) => Workload::Io {
            addr: addr
                .and_then(|addr| addr.parse().ok())
                .ok_or_else(|| read::wrong("addr", "대답할 상대의 주소"))?,
        },
    };
    let threads = thread::count().ok();
    let (total, sample) = once(|| variant::run(variant, workload, range, workers));
    Ok(json!({
        "total": total?,
        "sample": sample.to_json(),
        "pid": this_pid(),
        "threads": threads,
    })
    .to_string())
}

/// [`creation_cost`]가 만들어 볼 것입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// 스레드([`thread::spawn`])입니다.
    Thread,
    /// 락에 묶인 스레드([`gil::spawn`])입니다.
    LockedThread,
    /// 베낀 프로세스(`process::fork`)입니다. Unix에만 있습니다.
    Fork,
    /// 새로 시작한 프로세스([`process::spawn`])입니다.
    Spawn,
}

impl Creation {
    /// 모든 것을 가벼운 것부터 늘어놓았습니다.
    pub const ALL: [Creation; 4] = [
        Creation::Thread,
        Creation::LockedThread,
        Creation::Fork,
        Creation::Spawn,
    ];

    /// 표에 쓰는 우리말 이름입니다.
    pub fn label(self) -> &'static str {
        match self {
            // 만들고 거두기만 하므로 답을 목록에 넣는지 큐로 보내는지는 상관이 없습니다.
            Creation::Thread => "스레드",
            other => other.variant().label(),
        }
    }

    /// 같은 이름의 방식입니다. 이름과 우리말 이름, 이 운영체제에서 되는지는 방식에 물어보세요.
    pub fn variant(self) -> Variant {
        match self {
            Creation::Thread => Variant::Thread,
            Creation::LockedThread => Variant::LockedThread,
            Creation::Fork => Variant::Fork,
            Creation::Spawn => Variant::Spawn,
        }
    }
}

/// 아무 일도 하지 않는 일꾼을 만들고 기다려 거두기까지의 시간입니다. `count`번 재어 묶습니다.
///
/// 새 프로세스 하나를 띄워 그 안에서 하나씩 `count`번 만들고 거둡니다. 맨 첫 번의 준비도 들어갑니다.
/// 프로세스의 시간에는 이 크레이트가 하는 일(다른 스레드가 있는지 살피기, 결과를 주고받을 길 열기)도 들어갑니다.
/// `fork`의 시간은 부모의 메모리가 클수록 길어집니다. 여기서 부모는 갓 띄운 작은 프로세스입니다.
///
/// # Errors
/// - [`Error::BadInput`]: `count`가 0입니다.
/// - [`Error::NotRegistered`]: `main` 맨 위에서 [`entry`]를 부르지 않았습니다.
/// - [`Error::Unsupported`]: 이 운영체제에 `fork`가 없습니다.
/// - [`Error::WorkerFailed`]: 만들거나 거두지 못했습니다.
pub fn creation_cost(kind: Creation, count: usize) -> Result<Spread> {
    if count == 0 {
        return Err(Error::BadInput {
            message: "만들어 볼 횟수는 1 이상이어야 합니다".to_owned(),
        });
    }
    if !kind.variant().is_supported() {
        return Err(Error::Unsupported {
            what: format!("{} 만들기", kind.label()),
        });
    }
    let failed = |reason: String| Error::WorkerFailed {
        message: format!("{} {count}번 만들고 거두기: {reason}", kind.label()),
    };
    let nanos = process::spawn(
        create_many,
        (kind.variant().name().to_owned(), count as u64),
    )?
    .join()
    .map_err(|error| failed(error.to_string()))?
    .map_err(failed)?;
    Spread::of(nanos.into_iter().map(Duration::from_nanos))
        .ok_or_else(|| failed("잰 값이 없습니다".to_owned()))
}

/// 새 프로세스가 하는 일: 이름이 `name`인 것을 만들고 거두기를 `count`번 하고, 걸린 시간(ns)들을 알립니다.
fn create_many((name, count): (String, u64)) -> Result<Vec<u64>, String> {
    let kind = Creation::ALL
        .into_iter()
        .find(|kind| kind.variant().name() == name)
        .ok_or_else(|| format!("{name}은(는) 만들 수 있는 것이 아닙니다"))?;
    (0..count)
        .map(|_| {
            let start = Instant::now();
            create_one(kind).map_err(|error| error.to_string())?;
            Ok(read::nanos(start.elapsed()))
        })
        .collect()
}

fn create_one(kind: Creation) -> Result<()> {
    match kind {
        Creation::Thread => thread::spawn(|| ())?.join(),
        Creation::LockedThread => gil::spawn(|| ())?.join(),
        #[cfg(unix)]
        Creation::Fork => process::fork(|| ())?.join(),
        #[cfg(not(unix))]
        Creation::Fork => Err(Error::Unsupported {
            what: "fork".to_owned(),
        }),
        Creation::Spawn => process::spawn(nothing, ())?.join(),
    }
}

fn nothing((): ()) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(workload: Load) -> Job {
        Job {
            variant: Variant::Thread,
            workload,
            range: 0..10,
            workers: 1,
        }
    }

    #[test]
    fn a_wrong_total_is_an_error() {
        let told = |total: u64| {
            json!({ "total": total, "pid": 1, "sample": once(|| ()).1.to_json() }).to_string()
        };
        let job = job(Load::Cpu);
        assert!(accept(&job, 45, &told(45)).is_ok_and(|measured| measured.pid == 1));
        let error = accept(&job, 45, &told(44)).err().map(|e| e.to_string());
        let error = error.unwrap_or_default();
        for part in ["thread(일꾼 1)", "답이 45", "44이(가)"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(matches!(accept(&job, 45, "45"), Err(Error::Decode { .. })));
    }

    #[test]
    fn one_responder_serves_all_jobs_with_the_same_delay() -> Result<()> {
        let (short, long) = (Duration::ZERO, Duration::from_millis(1));
        let jobs = [
            job(Load::Io { delay: short }),
            job(Load::Cpu),
            job(Load::Io { delay: long }),
            job(Load::Io { delay: short }),
        ];
        let responders = Responders::start(&jobs)?;
        assert_eq!(responders.0.len(), 2);
        assert_eq!(responders.addr(&jobs[0]), responders.addr(&jobs[3]));
        assert_ne!(responders.addr(&jobs[0]), responders.addr(&jobs[2]));
        assert_eq!(responders.addr(&jobs[1]), None);
        Ok(())
    }
}
