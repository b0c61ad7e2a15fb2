//! 6장의 프로그램을 지어 여러 가지로 돌려 봅니다.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use noriteo::{
    measure::{Job as Alone, Load, Machine, fresh, now_utc},
    story::{self, Texts},
    variant::Variant,
};
use serde_json::Value;

use super::{Data, Job, Row, Sample, Way, net};
use crate::{
    examples,
    fault::{Fault, Result},
    noise, stop,
};

/// 일꾼의 수들입니다.
pub const COUNTS: [usize; 5] = [1, 2, 4, 8, 16];

/// 재는 횟수의 기본값입니다.
pub const RUNS: usize = 5;

/// 세는 글의 크기입니다.
const FILES: u64 = 16;
const LINES: u64 = 10_000;
const SEED: u64 = 6;

/// 더하는 범위의 끝입니다. 작은 것은 기사와 같습니다.
const SMALL: u64 = 100_000_000;
const SIZE: u64 = 1_000_000_000;

/// 한 번의 실행이 쓸 수 있는 가장 긴 시간입니다.
const LIMIT: Duration = Duration::from_secs(120);

/// 보고를 받을 자리를 알리는 환경 변수입니다(`noriteo::cluster`).
const REPORT_ENV: &str = "NORITEO_CLUSTER_REPORT";

/// 낱말의 수입니다.
pub const WORDS: u64 = FILES * LINES * story::WORDS_A_LINE;

/// 재는 프로그램들입니다.
const PROGRAMS: [&str; 2] = ["ch06_01_sum", "ch06_02_word_count"];

/// 지어서 잽니다. 짓지 못하면 까닭을 돌려줍니다.
pub fn measure(root: &Path, runs: usize) -> Result<Data> {
    let start = Instant::now();
    let (machine, date) = (Machine::detect(), now_utc());
    let built = build(root).map_err(Fault::Failed)?;
    let pair = net::Pair::new();
    if pair.is_none() {
        eprintln!(
            "네트워크를 가를 수 없어(root가 아니거나 `ip`가 없음) 호스트 둘은 재지 않습니다."
        );
    }
    let mut rows: Vec<Row> = plan(pair.is_some())
        .into_iter()
        .map(|(job, way, count)| Row {
            job,
            way,
            count,
            samples: Vec::new(),
        })
        .collect();
    // 번갈아 잽니다. 컴퓨터가 차츰 바빠지더라도 모두가 똑같이 겪습니다.
    let (done, reading) = noise::watch(|| -> Result<()> {
        for run in 0..runs {
            eprintln!("여러 컴퓨터로 돌려 봅니다: {} / {runs}", run + 1);
            for row in &mut rows {
                stop::check()?;
                let sample = once(&built, pair.as_ref(), row.job, row.way, row.count)?;
                row.samples.push(sample);
            }
        }
        Ok(())
    });
    done?;
    eprintln!("재는 데 {}초 걸렸습니다.", start.elapsed().as_secs());
    Ok(Data {
        others: reading.others,
        machine,
        date,
        words: WORDS,
        size: SIZE,
        rows,
    })
}

/// 잴 것들입니다.
fn plan(hosts: bool) -> Vec<(Job, Way, usize)> {
    let alone = [Job::Small, Job::Sum, Job::Words];
    let mut all: Vec<_> = alone.into_iter().map(|job| (job, Way::Alone, 1)).collect();
    for count in [1, 2] {
        all.push((Job::Small, Way::Threads, count));
        all.push((Job::Small, Way::Processes, count));
    }
    for count in COUNTS {
        all.push((Job::Idle, Way::Processes, count));
        for job in [Job::Sum, Job::Words] {
            all.push((job, Way::Threads, count));
            all.push((job, Way::Processes, count));
        }
        all.push((Job::Combined, Way::Processes, count));
    }
    if hosts {
        for job in [Job::Small, Job::Sum, Job::Words, Job::Combined] {
            all.push((job, Way::Hosts, 2));
        }
    }
    all
}

/// 기능을 켜서, 보통의 빌드와 다른 폴더에 짓습니다.
fn build(root: &Path) -> std::result::Result<HashMap<String, PathBuf>, String> {
    eprintln!("6장의 프로그램을 짓습니다. 처음이면 timely까지 짓느라 오래 걸립니다.");
    let mut command = examples::building(root, &PROGRAMS);
    command
        .args(["--package", "noriteo", "--features", "cluster"])
        .arg("--target-dir")
        .arg(root.join("target/cluster"));
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo를 부르지 못했습니다({error})."))?;
    let built: HashMap<String, PathBuf> = examples::built(&output.stdout).into_iter().collect();
    if PROGRAMS.iter().all(|name| built.contains_key(*name)) {
        Ok(built)
    } else {
        Err("6장의 프로그램을 짓지 못했습니다.".to_owned())
    }
}

/// 한 번 잽니다.
fn once(
    built: &HashMap<String, PathBuf>,
    pair: Option<&net::Pair>,
    job: Job,
    way: Way,
    count: usize,
) -> Result<Sample> {
    let failed = |what: &str| Fault::Failed(format!("{} {}: {what}", job.label(), way.label()));
    if way == Way::Alone {
        return alone(job);
    }
    let (program, rest) = match job {
        Job::Idle => (PROGRAMS[0], vec!["--size".to_owned(), "1".to_owned()]),
        Job::Small => (PROGRAMS[0], vec!["--size".to_owned(), SMALL.to_string()]),
        Job::Sum => (PROGRAMS[0], vec!["--size".to_owned(), SIZE.to_string()]),
        Job::Words => (PROGRAMS[1], words(false)),
        Job::Combined => (PROGRAMS[1], words(true)),
    };
    let program = built
        .get(program)
        .ok_or_else(|| failed("프로그램이 없습니다."))?;
    let folder = tempfile::tempdir().map_err(|error| failed(&error.to_string()))?;
    let _listed = stop::list(folder.path());
    let report = folder.path().join("report.json");
    let hosts = folder.path().join("hosts.txt");
    fs::write(&hosts, net::ADDRESSES.join("\n")).map_err(|error| failed(&error.to_string()))?;
    let mut commands = match (way, pair) {
        (Way::Hosts, Some(pair)) => (0..2)
            .map(|host| {
                let mut command = pair.inside(host, program);
                command
                    .arg("-h")
                    .arg(&hosts)
                    .args(["-p", &host.to_string()]);
                command
            })
            .collect(),
        (Way::Hosts, None) => return Err(failed("네트워크가 없습니다.")),
        (Way::Threads, _) => {
            let mut command = Command::new(program);
            command.args(["-w", &count.to_string()]);
            vec![command]
        }
        _ => {
            let mut command = Command::new(program);
            command.args(["--local", &count.to_string()]);
            vec![command]
        }
    };
    let start = Instant::now();
    let mut children = Vec::new();
    for command in &mut commands {
        command
            .args(&rest)
            .env(REPORT_ENV, &report)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        children.push(Ending(
            command
                .spawn()
                .map_err(|error| failed(&error.to_string()))?,
        ));
    }
    for child in &mut children {
        child
            .wait(start + LIMIT)?
            .ok_or_else(|| failed("잘 끝나지 않았습니다."))?;
    }
    let wall = start.elapsed();
    let told = fs::read(&report).map_err(|error| failed(&error.to_string()))?;
    let told: Value = serde_json::from_slice(&told).map_err(|error| failed(&error.to_string()))?;
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    let hosts = told.get("hosts").and_then(Value::as_array);
    let sum = |key| {
        hosts
            .into_iter()
            .flatten()
            .map(|host| number(host, key))
            .sum()
    };
    Ok(Sample {
        wall,
        met: Duration::from_nanos(number(&told, "met_ns")),
        worked: Duration::from_nanos(number(&told, "worked_ns")),
        sent: sum("sent"),
        cpu: Duration::from_nanos(sum("cpu_ns")),
    })
}

fn words(combine: bool) -> Vec<String> {
    let mut words = Vec::new();
    for (name, value) in [("files", FILES), ("lines", LINES), ("seed", SEED)] {
        words.extend([format!("--{name}"), value.to_string()]);
    }
    words.extend(combine.then(|| "--combine".to_owned()));
    words
}

/// 엔진 없이, 한 스레드로 잘 쓴 프로그램입니다.
fn alone(job: Job) -> Result<Sample> {
    let wall = match job {
        Job::Small | Job::Sum => {
            let job = Alone {
                variant: Variant::Sequential,
                workload: Load::Cpu,
                range: 0..if job == Job::Small { SMALL } else { SIZE },
                workers: 1,
            };
            let sample = fresh(&job).map_err(|error| Fault::Failed(error.to_string()))?;
            sample.wall
        }
        _ => {
            let start = Instant::now();
            let total = count_alone().map_err(|error| Fault::Failed(error.to_string()))?;
            if total != WORDS {
                return Err(Fault::Failed(format!(
                    "홀로 센 낱말이 {WORDS}개가 아니라 {total}개입니다."
                )));
            }
            start.elapsed()
        }
    };
    Ok(Sample {
        wall,
        worked: wall,
        ..Sample::default()
    })
}

/// 낱말마다 글자를 베끼지 않고, 처음 나온 것만 베껴 셉니다.
fn count_alone() -> noriteo::Result<u64> {
    let texts = Texts::Seeded {
        seed: SEED,
        files: FILES,
        lines: LINES,
    };
    let mut counts: HashMap<String, u64> = HashMap::new();
    for text in 0..texts.count() {
        for word in texts.read(text)?.split_whitespace() {
            match counts.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(word.to_owned(), 1);
                }
            }
        }
    }
    Ok(counts.values().sum())
}

/// 버리면 끝내고 거두는 자식입니다.
struct Ending(Child);

impl Ending {
    /// 잘 끝났으면 `Some`, 그렇지 않거나 시간을 넘기면 `None`입니다.
    fn wait(&mut self, until: Instant) -> Result<Option<()>> {
        loop {
            stop::check()?;
            let status = self
                .0
                .try_wait()
                .map_err(|error| Fault::Failed(format!("기다리지 못했습니다({error}).")))?;
            match status {
                Some(status) => return Ok(status.success().then_some(())),
                None if Instant::now() > until => return Ok(None),
                // 다시 묻기까지의 쉼입니다. 재는 값의 눈금보다 짧습니다.
                None => thread::sleep(Duration::from_micros(200)),
            }
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
