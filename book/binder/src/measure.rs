//! 책에 넣을 값을 이 컴퓨터에서 잽니다.
//!
//! 한 번 한 번은 새 프로세스에서, 방식을 번갈아 잽니다(`noriteo::measure`).
//! 그 사이사이가 Ctrl-C를 살피는 마디입니다.

use std::{
    collections::BTreeMap,
    env,
    path::Path,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use noriteo::{
    measure::{
        Creation, Job, Load, Machine, Report, Row, Sample, Spread, creation_cost, fresh, now_utc,
        python::{self, Python},
        side_by_side::{self, SHAPES, SideBySide},
    },
    variant::Variant,
    work,
};
use serde_json::Value;

use crate::{
    data::{Cost, Data, Only, Piece, PythonData, PythonRow, SideBySideData, Unused},
    examples,
    fault::{Fault, Result},
    memory,
    noise::{self, Noise, Try, Why},
    parts,
    stop::{self, Stop},
};

/// 기사와 같은 범위의 끝입니다.
const SIZE: u64 = 100_000_000;

/// 범위의 끝을 줄이는 환경 변수입니다.
const SIZE_ENV: &str = "NORITEO_SIZE";

/// 기다리는 일이 묻는 횟수와, 대답이 늦는 시간입니다.
const QUESTIONS: u64 = 50;
const DELAY: Duration = Duration::from_millis(2);

/// 일꾼의 수를 바꾸어 가며 잽니다.
const WORKERS: [usize; 3] = [1, PAIR, 4];

/// 기사처럼 둘이 나누어 합니다. `--workers`는 이것을 바꿉니다.
pub const PAIR: usize = 2;

/// 스레드와 프로세스를 만들고 거두어 볼 횟수입니다.
const THREADS_MADE: usize = 200;
const PROCESSES_MADE: usize = 50;

/// 방식마다 재는 횟수를 스스로 정할 때: 많아야 [`RUNS`]번, 시간이 다하면 적어도 [`LEAST_RUNS`]번입니다.
const RUNS: usize = 7;
const LEAST_RUNS: usize = 3;

/// 횟수를 스스로 정할 때 방식들을 재는 데 주는 시간과, 파이썬까지 모두 재는 데 주는 시간입니다.
/// 바쁜 컴퓨터에서도 모두 합쳐 1분 안에 끝나게 합니다.
const VARIANTS_BUDGET: Duration = Duration::from_secs(25);
const WHOLE_BUDGET: Duration = Duration::from_secs(42);

/// 파이썬은 느리므로 범위를 줄이고, 세 번만 잽니다. 파이썬이 여럿이면 더 줄입니다.
const PYTHON_RUNS: usize = 3;
const PYTHON_SIZE: u64 = 20_000_000;
const PYTHON_LEAST: u64 = 5_000_000;

/// 파이썬으로 재는 방법과 일꾼의 수입니다.
const PYTHON_MODES: [(&str, usize); 3] = [("thread", 1), ("thread", 2), ("process", 2)];

/// 모형과 진짜를 나란히 잴 때, 한 번 재는 시간과 많아야 몇 번 재는지입니다.
/// 범위의 끝을 줄였으면 시간도 줄입니다.
const SHAPE_WINDOW: Duration = Duration::from_millis(250);
const SHAPE_WINDOW_SMALL: Duration = Duration::from_millis(20);
const SHAPE_RUNS: usize = 3;

/// 책을 위한 파이썬 프로그램입니다.
const SCRIPT: &str = "examples/python/measure_sum.py";

/// 무엇을 얼마나 잴지입니다.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// 방식마다 재는 횟수입니다. 없으면 1분을 넘지 않게 스스로 정합니다.
    pub runs: Option<usize>,
    /// 이 조각만 잽니다. 없으면 모두 재고 타임라인도 기록합니다.
    pub only: Option<Only>,
    /// 더하는 범위의 끝입니다. 없으면 환경 변수나 기사의 것입니다.
    pub size: Option<u64>,
}

impl Ask {
    /// 이 조각들 가운데 하나라도 재는지입니다.
    fn wants(&self, pieces: &[Piece]) -> bool {
        self.only.is_none_or(|only| pieces.contains(&only.piece))
    }
}

/// 잽니다. `root`는 책이 있는 폴더입니다.
pub fn measure(root: &Path, ask: &Ask) -> Result<Data> {
    let (data, whole) = noise::watch(|| measure_asked(root, ask));
    let mut data = data?;
    data.others = whole.others;
    if let Some(noise) = &mut data.noise {
        noise.whole = whole;
    }
    Ok(data)
}

fn measure_asked(root: &Path, ask: &Ask) -> Result<Data> {
    let start = Instant::now();
    let clock = Clock(ask.runs.is_none().then_some(start));
    let runs = ask.runs.unwrap_or(RUNS);
    let size = ask.size.map_or_else(size, Ok)?;
    let (machine, date) = (Machine::detect(), now_utc());
    let (pythons, odd) = if ask.wants(&[Piece::Python, Piece::Creation, Piece::SideBySide]) {
        find_pythons(root)?
    } else {
        (Vec::new(), Vec::new())
    };
    let jobs = jobs(size, ask.only);
    let kinds: Vec<Creation> = Creation::ALL
        .into_iter()
        .filter(|kind| ask.wants(&[Piece::Creation]) && kind.variant().is_supported())
        .collect();
    let memory_kinds: &[Creation] = if ask.wants(&[Piece::Memory]) {
        &memory::KINDS
    } else {
        &[]
    };
    let sums: &[Python] = if ask.wants(&[Piece::Python]) {
        &pythons
    } else {
        &[]
    };
    let makers: &[Python] = if ask.wants(&[Piece::Creation]) {
        &pythons
    } else {
        &[]
    };
    let shape_runs = if ask.wants(&[Piece::SideBySide]) {
        runs.min(SHAPE_RUNS)
    } else {
        0
    };
    let python_runs = runs.min(PYTHON_RUNS);
    let progress = Progress::new(
        jobs.len() * runs
            + kinds.len()
            + memory_kinds.len()
            + sums.len() * PYTHON_MODES.len() * python_runs
            + makers.len() * 2
            + SHAPES.len() * shape_runs,
        ask.only.is_some(),
    );
    let (variants, noise) = variants(&jobs, runs, machine.cores, &clock, &progress)?;
    let runs = variants.first().map_or(runs, |row| row.samples.len());
    let mut creation = Vec::new();
    for kind in kinds {
        let variant = kind.variant();
        progress.step(&format!("만들고 거두기: {}", kind.label()))?;
        let count = match variant {
            Variant::Thread | Variant::LockedThread => THREADS_MADE,
            _ => PROCESSES_MADE,
        };
        creation.push(Cost {
            kind: variant.name().to_owned(),
            label: kind.label().to_owned(),
            count,
            spread: stopped_first(creation_cost(kind, count))?,
        });
    }
    let mut memory = Vec::new();
    for &kind in memory_kinds {
        progress.step(&format!("메모리: {}", kind.label()))?;
        memory.extend(stopped_first(memory::measure(kind, runs))?);
    }
    let script = root.join(SCRIPT);
    let mut python = PythonData {
        end: python_size(size, sums.len()),
        odd,
        ..PythonData::default()
    };
    python_sums(sums, &script, python_runs, &mut python, &clock, &progress)?;
    creation.extend(python_creation(
        makers,
        &script,
        &mut python.odd,
        &progress,
    )?);
    let window = if size < SIZE {
        SHAPE_WINDOW_SMALL
    } else {
        SHAPE_WINDOW
    };
    let both = if shape_runs > 0 {
        let told = (&mut python.odd, &clock, &progress);
        Some(side_by_side(root, &pythons, shape_runs, window, told)?)
    } else {
        None
    };
    drop(progress);
    let traces = match ask.only {
        None => examples::record(root)?,
        Some(_) => BTreeMap::new(),
    };
    eprintln!("재는 데 {}초 걸렸습니다.", start.elapsed().as_secs());
    Ok(Data {
        book: Some(env!("CARGO_PKG_VERSION").to_owned()),
        variants: Report {
            machine: machine.clone(),
            date: date.clone(),
            runs,
            rows: variants,
        },
        machine,
        date,
        others: None,
        noise: Some(noise),
        runs,
        creation,
        memory,
        python,
        side_by_side: both,
        traces,
        only: ask.only,
        again: BTreeMap::new(),
    })
}

/// 환경 변수로 줄인 범위의 끝입니다.
fn size() -> Result<u64> {
    let Some(text) = env::var_os(SIZE_ENV) else {
        return Ok(SIZE);
    };
    text.to_str()
        .and_then(|text| text.parse().ok())
        .filter(|size| (1..=SIZE).contains(size))
        .ok_or_else(|| {
            Fault::BadInput(format!(
                "환경 변수 {SIZE_ENV}의 값 `{}`은(는) 쓸 수 없습니다. 1 이상 {SIZE} 이하의 정수를 적어 주세요.",
                text.to_string_lossy()
            ))
        })
}

fn python_size(size: u64, pythons: usize) -> u64 {
    let share = 2 * PYTHON_SIZE / pythons.max(1) as u64;
    size.min(share.clamp(PYTHON_LEAST, PYTHON_SIZE))
}

/// 그 방식을 재는 일꾼의 수들입니다.
pub fn worker_counts(variant: Variant) -> &'static [usize] {
    match variant {
        Variant::Sequential => &[1],
        _ => &WORKERS,
    }
}

/// 「기사의 합」 표의 줄들입니다. `workers`는 여럿이 나누어 더하는 줄의 일꾼 수입니다.
pub fn sum_rows(workers: usize) -> Vec<(Variant, usize)> {
    let mut rows = vec![
        (Variant::Sequential, 1),
        (Variant::Thread, workers),
        (Variant::ThreadQueue, workers),
        (Variant::Rayon, workers),
        (Variant::LockedThread, 1),
        (Variant::LockedThread, workers),
        (Variant::Fork, workers),
        (Variant::Spawn, workers),
    ];
    rows.dedup();
    rows
}

/// 잴 일들입니다. 일마다 「차례로」가 먼저이고, 그다음에 방식과 일꾼의 수를 바꿉니다.
fn jobs(size: u64, only: Option<Only>) -> Vec<Job> {
    let workers = only.and_then(|only| only.workers).unwrap_or(PAIR);
    let mut counts: Vec<usize> = WORKERS
        .iter()
        .map(|&count| if count == PAIR { workers } else { count })
        .collect();
    counts.sort_unstable();
    counts.dedup();
    let every: Vec<(Variant, usize)> = Variant::ALL
        .into_iter()
        .flat_map(|variant| match variant {
            Variant::Sequential => vec![(variant, 1)],
            _ => counts.iter().map(|&count| (variant, count)).collect(),
        })
        .collect();
    let (cpu, io) = match only.map(|only| only.piece) {
        None | Some(Piece::All) => (every.clone(), every),
        Some(Piece::Sum) => (sum_rows(workers), Vec::new()),
        Some(Piece::Io) => (Vec::new(), every),
        Some(_) => (Vec::new(), Vec::new()),
    };
    let job = |workload, end| {
        move |(variant, workers): (Variant, usize)| Job {
            variant,
            workload,
            range: 0..end,
            workers,
        }
    };
    let questions = size.min(QUESTIONS);
    let cpu = cpu.into_iter().map(job(Load::Cpu, size));
    let io = io
        .into_iter()
        .map(job(Load::Io { delay: DELAY }, questions));
    let supported = |job: &Job| job.variant.is_supported();
    cpu.chain(io).filter(supported).collect()
}

/// 방식들을 번갈아 잽니다. 너무 시끄러우면 CPU를 쓰는 일들만(없으면 모두) 다시 재어, 가장 조용한 때의 것을 씁니다.
fn variants(
    jobs: &[Job],
    runs: usize,
    cores: usize,
    clock: &Clock,
    progress: &Progress,
) -> Result<(Vec<Row>, Noise)> {
    if jobs.is_empty() {
        let noise = Noise {
            whole: noise::Reading::default(),
            tries: Vec::new(),
            kept: 0,
        };
        return Ok((Vec::new(), noise));
    }
    let any_cpu = jobs.iter().any(|job| parts::is_cpu(&job.workload));
    let judged = |job: &Job| !any_cpu || parts::is_cpu(&job.workload);
    let loud: Vec<Job> = jobs.iter().filter(|job| judged(job)).cloned().collect();
    let mut calm_rows = Vec::new();
    let mut runs = runs;
    let measure = |at: usize| {
        // 처음에는 모두를 번갈아 잽니다. 다시 잴 때는 횟수를 줄이지 않습니다.
        let this: &[Job] = if at == 0 { jobs } else { &loud };
        let clock = (at == 0).then_some(clock);
        let (rows, reading) = noise::watch(|| rounds(this, runs, clock, progress));
        let rows = rows?;
        runs = rows.first().map_or(runs, |row| row.samples.len());
        let (rows, calm): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| judged(&row.job));
        if at == 0 {
            calm_rows = calm;
        }
        let spread = noise::typical_spread(rows.iter());
        Ok((rows, Try { reading, spread }))
    };
    let share = loud.len() as f64 / jobs.len() as f64;
    let mut tries = 1;
    let again = |last: &Try, why: &[Why]| {
        // 첫 번의 시간에는 기다리는 일도 들어 있습니다.
        let needed = match tries {
            1 => last.reading.wall.mul_f64(share),
            _ => last.reading.wall,
        };
        let has_time = clock.has(needed, VARIANTS_BUDGET);
        let then = if has_time {
            "다시 잽니다"
        } else {
            "다시 잴 시간이 없습니다"
        };
        progress.tell(&format!(
            "재는 동안 시끄러웠습니다({tries}번째): {}. {then}.",
            noise::told(why)
        ));
        if has_time {
            tries += 1;
            progress.more(loud.len());
        }
        has_time
    };
    let (loud_rows, tries, kept) = noise::quietest(cores, measure, again)?;
    let (mut loud_rows, mut calm_rows) = (loud_rows.into_iter(), calm_rows.into_iter());
    let rows = jobs.iter().filter_map(|job| match judged(job) {
        true => loud_rows.next(),
        false => calm_rows.next(),
    });
    let rows = rows.collect();
    let noise = Noise {
        whole: noise::Reading::default(),
        tries,
        kept,
    };
    Ok((rows, noise))
}

/// 일들을 번갈아 `runs`바퀴 잽니다. `clock`이 있으면 시간이 다할 때 멈춥니다.
fn rounds(
    jobs: &[Job],
    runs: usize,
    clock: Option<&Clock>,
    progress: &Progress,
) -> Result<Vec<Row>> {
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); jobs.len()];
    for run in 0..runs {
        if run >= LEAST_RUNS && clock.is_some_and(|clock| clock.is_over(VARIANTS_BUDGET)) {
            break;
        }
        for (job, samples) in jobs.iter().zip(&mut samples) {
            progress.step(&format!("{} ×{}", job.variant.label(), job.workers))?;
            samples.push(stopped_first(fresh(job))?);
        }
    }
    let rows = jobs.iter().zip(samples).map(|(job, samples)| {
        Ok(Row {
            job: job.clone(),
            // fresh는 답이 이것과 같은지 확인합니다.
            total: work::expected(job.range.clone())?,
            samples,
        })
    });
    rows.collect()
}

/// 재기 시작한 뒤로 흐른 시간입니다. 사람이 횟수를 정했으면 시간은 따지지 않습니다.
struct Clock(Option<Instant>);

impl Clock {
    fn is_over(&self, budget: Duration) -> bool {
        self.0.is_some_and(|start| start.elapsed() >= budget)
    }

    /// `needed`만큼 더 써도 되는지입니다.
    fn has(&self, needed: Duration, budget: Duration) -> bool {
        self.0
            .is_none_or(|start| start.elapsed().saturating_add(needed) <= budget)
    }
}

/// 터미널의 Ctrl-C는 재던 자식도 끝내므로, 자식의 죽음이 먼저 보일 수 있습니다.
fn stopped_first<T, E: Into<Fault>>(result: Result<T, E>) -> Result<T> {
    result.map_err(|error| {
        if stop::settled().is_err() {
            Fault::Stopped
        } else {
            error.into()
        }
    })
}

/// 쓸 수 있는 파이썬을 모두 찾고, 찾은 것과 이상한 것을 알립니다.
fn find_pythons(root: &Path) -> Result<(Vec<Python>, Vec<Unused>)> {
    let (mut pythons, odd) = python::find(&Stop);
    stop::check()?;
    for python in &pythons {
        eprintln!("파이썬: {} — {}", python.label(), python.command.display());
    }
    for (at, first) in odd.iter().enumerate() {
        // 까닭이 같은 것은 첫 것 하나만 자세히 알립니다.
        if odd[..at].iter().any(|before| before.why == first.why) {
            continue;
        }
        let more = odd[at + 1..]
            .iter()
            .filter(|odd| odd.why == first.why)
            .count();
        eprintln!(
            "파이썬이 아님: {}{} — {}{}",
            first.command.display(),
            if more > 0 {
                format!(" 등 {}개", more + 1)
            } else {
                String::new()
            },
            first.why,
            first
                .said
                .as_ref()
                .map_or(String::new(), |said| format!(" ({said})"))
        );
    }
    if !pythons.is_empty() && !root.join(SCRIPT).is_file() {
        eprintln!("{SCRIPT}이 없어 파이썬은 재지 않습니다.");
        pythons.clear();
    }
    if pythons.is_empty() {
        eprintln!("쓸 수 있는 파이썬이 없습니다. 파이썬의 값은 비워 두고 계속합니다.");
    }
    let odd = odd.into_iter().map(|odd| unused(&odd.command, odd.why));
    Ok((pythons, odd.collect()))
}

/// 데이터에는 읽는 이의 폴더 이름을 남기지 않습니다.
fn unused(command: &Path, why: String) -> Unused {
    let name = command.file_name().unwrap_or_default();
    Unused {
        name: name.to_string_lossy().into_owned(),
        why,
    }
}

fn python_sums(
    pythons: &[Python],
    script: &Path,
    runs: usize,
    data: &mut PythonData,
    clock: &Clock,
    progress: &Progress,
) -> Result<()> {
    let mut rows: Vec<PythonRow> = Vec::new();
    for python in pythons {
        for (mode, workers) in PYTHON_MODES {
            rows.push(PythonRow {
                label: python.label(),
                mode: mode.to_owned(),
                workers,
                start_method: String::new(),
                wall: Vec::new(),
                cpu: Vec::new(),
            });
        }
    }
    let total = work::expected(0..data.end)?;
    for run in 0..runs {
        if run > 0 && clock.is_over(WHOLE_BUDGET) {
            break;
        }
        for (at, row) in rows.iter_mut().enumerate() {
            let python = &pythons[at / PYTHON_MODES.len()];
            progress.step(&format!("{}: {} ×{}", row.label, row.mode, row.workers))?;
            let args = [
                row.mode.clone(),
                data.end.to_string(),
                row.workers.to_string(),
            ];
            let answer = python.run(script, &args, &Stop);
            stop::check()?;
            match answer.and_then(|answer| read_sum(&answer, total)) {
                Ok((wall, cpu, start_method)) => {
                    row.wall.push(wall);
                    row.cpu.extend(cpu);
                    row.start_method = start_method;
                }
                Err(why) => data.odd.push(unused(&python.command, why)),
            }
        }
    }
    rows.retain(|row| !row.wall.is_empty());
    data.odd.dedup();
    data.rows = rows;
    Ok(())
}

fn read_sum(answer: &Value, total: u64) -> Result<(Duration, Option<Duration>, String), String> {
    if answer.get("total").and_then(Value::as_u64) != Some(total) {
        return Err(format!("답이 {total}이어야 하는데 다른 답을 냈습니다"));
    }
    let seconds = |name: &str| seconds(answer.get(name)?);
    Ok((
        seconds("wall").ok_or("걸린 시간을 알리지 않았습니다")?,
        seconds("cpu"),
        answer
            .get("start_method")
            .and_then(Value::as_str)
            .unwrap_or("?")
            .to_owned(),
    ))
}

fn seconds(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}

/// 파이썬마다 스레드와 프로세스를 만들고 거두는 시간을 잽니다.
fn python_creation(
    pythons: &[Python],
    script: &Path,
    odd: &mut Vec<Unused>,
    progress: &Progress,
) -> Result<Vec<Cost<Duration>>> {
    let mut costs = Vec::new();
    for python in pythons {
        for (mode, what, count) in [
            ("thread-cost", "Thread", THREADS_MADE),
            ("process-cost", "Process", PROCESSES_MADE),
        ] {
            progress.step(&format!("만들고 거두기: {} {what}", python.label()))?;
            let args = [mode.to_owned(), count.to_string(), "1".to_owned()];
            let answer = python.run(script, &args, &Stop);
            stop::check()?;
            let each = answer.and_then(|answer| {
                let times: Option<Vec<Duration>> = answer
                    .get("each")
                    .and_then(Value::as_array)
                    .and_then(|each| each.iter().map(seconds).collect());
                let method = answer.get("start_method").and_then(Value::as_str);
                let label = match (what, method) {
                    ("Process", Some(method)) => format!("{}의 {what}({method})", python.label()),
                    _ => format!("{}의 {what}", python.label()),
                };
                Spread::of(times.unwrap_or_default())
                    .map(|spread| (label, spread))
                    .ok_or_else(|| "걸린 시간을 알리지 않았습니다".to_owned())
            });
            match each {
                Ok((label, spread)) => costs.push(Cost {
                    kind: format!("python-{}", what.to_lowercase()),
                    label,
                    count,
                    spread,
                }),
                Err(why) => odd.push(unused(&python.command, why)),
            }
        }
    }
    Ok(costs)
}

/// GIL의 모형을, GIL이 켜진 가장 새로운 CPython과 나란히 잽니다.
fn side_by_side(
    root: &Path,
    pythons: &[Python],
    runs: usize,
    window: Duration,
    (odd, clock, progress): (&mut Vec<Unused>, &Clock, &Progress),
) -> Result<SideBySideData> {
    let script = root.join(side_by_side::SCRIPT);
    let python = Python::newest_with_gil(pythons).filter(|_| script.is_file());
    let mut both = SideBySide::new(python, &script, window)?;
    let mut done = 0;
    while done < runs && (done == 0 || !clock.is_over(WHOLE_BUDGET)) {
        let round = both.round(&Stop, |shape| {
            progress.step(&format!("나란히: 더하는 스레드 {}", shape.busy))
        });
        stopped_first::<_, Fault>(round)?;
        done += 1;
    }
    stop::check()?;
    if let (Some(python), Some(why)) = (python, both.trouble()) {
        odd.push(unused(&python.command, why.to_owned()));
    }
    Ok(SideBySideData {
        label: python
            .filter(|_| both.trouble().is_none())
            .map(Python::label),
        window,
        runs: done,
        lines: both.lines(),
    })
}

/// 얼마나 재었는지 보여 주는 막대입니다. 터미널이 아니면 막대 대신 첫 줄만 남깁니다.
/// 조각 하나만 잴 때는 다른 프로그램이 따라 읽을 수 있도록 한 걸음을 한 줄로 알립니다.
struct Progress {
    bar: ProgressBar,
    lines: bool,
}

impl Progress {
    fn new(steps: usize, only: bool) -> Progress {
        let bar = ProgressBar::new(steps as u64);
        if let Ok(style) = ProgressStyle::with_template("재는 중 [{bar:30}] {pos}/{len} {wide_msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        if bar.is_hidden() {
            eprintln!("재는 중: 모두 {steps}번 잽니다.");
        }
        Progress {
            lines: only && bar.is_hidden(),
            bar,
        }
    }

    /// 이제 잴 것을 알리고, 멈추라는 신호가 왔는지 봅니다.
    fn step(&self, what: &str) -> Result<()> {
        stop::check()?;
        self.bar.set_message(what.to_owned());
        self.bar.inc(1);
        if self.lines {
            let (at, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
            eprintln!("재는 중: {at}/{all} {what}");
        }
        Ok(())
    }
}

impl Progress {
    /// 막대를 잠시 지우고 한 줄 알립니다.
    fn tell(&self, what: &str) {
        self.bar.suspend(|| eprintln!("{what}"));
    }

    /// 잴 것이 늘었습니다.
    fn more(&self, steps: usize) {
        self.bar.inc_length(steps as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_variant_does_both_kinds_of_work() {
        let jobs = jobs(1000, None);
        for variant in Variant::ALL.into_iter().filter(|v| v.is_supported()) {
            for cpu in [true, false] {
                let found = jobs
                    .iter()
                    .filter(|job| job.variant == variant && (job.workload == Load::Cpu) == cpu)
                    .count();
                let wanted = if variant == Variant::Sequential { 1 } else { 3 };
                assert_eq!(found, wanted, "{variant} {cpu}");
            }
        }
    }

    #[test]
    fn one_piece_needs_only_its_own_rows() {
        let only = |piece, workers| {
            jobs(1000, Some(Only { piece, workers }))
                .into_iter()
                .map(|job| (job.workload == Load::Cpu, job.variant, job.workers))
                .collect::<Vec<_>>()
        };
        let supported = |&(v, _): &(Variant, usize)| v.is_supported();
        let sum = only(Piece::Sum, Some(5));
        let wanted: Vec<_> = sum_rows(5).into_iter().filter(supported).collect();
        assert_eq!(sum.len(), wanted.len());
        for (job, (variant, workers)) in sum.iter().zip(wanted) {
            assert_eq!(*job, (true, variant, workers));
        }
        assert!(sum.contains(&(true, Variant::Thread, 5)));
        assert!(!sum.iter().any(|job| job.2 == PAIR));
        // 일꾼이 하나면 같은 줄이 두 번 나오지 않습니다.
        let one = only(Piece::Sum, Some(1));
        let locked = one.iter().filter(|job| job.1 == Variant::LockedThread);
        assert_eq!(locked.count(), 1);
        assert!(only(Piece::Io, None).iter().all(|job| !job.0));
        assert!(only(Piece::Io, Some(3)).contains(&(false, Variant::Rayon, 3)));
        assert_eq!(only(Piece::All, None).len(), jobs(1000, None).len());
        assert_eq!(only(Piece::Memory, None), []);
    }

    #[test]
    fn many_pythons_share_the_time() {
        assert_eq!(python_size(SIZE, 1), 20_000_000);
        assert_eq!(python_size(SIZE, 4), 10_000_000);
        assert_eq!(python_size(SIZE, 20), 5_000_000);
        assert_eq!(python_size(1000, 0), 1000);
    }
}
