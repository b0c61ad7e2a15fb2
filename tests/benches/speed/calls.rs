//! 값 하나를 보내거나 프로세스 하나를 만드는 데 시스템 호출, 문맥 전환, 페이지 부재가 몇 번 드는지 셉니다.
//! 시간이 어디에 드는지 알리는, 한계가 없는 보고입니다.
//!
//! 커널의 계수기를 `perf stat`으로 읽습니다. 계수기는 선수를 거의 늦추지 않습니다. `perf`를 쓸 수 없으면
//! `strace`로 시스템 호출만 셉니다. `strace`는 선수를 크게 늦추므로, 기다리는 횟수가 달라질 수 있습니다.
//! 둘 다 없으면 거릅니다.
//!
//! 준비와 몸풀기를 빼려고 N번과 3N번을 돌려 그 차이를 2N으로 나눕니다.

use std::{
    env,
    path::Path,
    process::{Command, Stdio, exit},
    time::Duration,
};

use noriteo::{
    Result,
    measure::evidence::{self, Evidence},
};

use crate::{
    contest::{Contest, Line, Outcome, failed, find},
    options::Options,
    support,
};

/// 이 인자로 불리면 선수 하나만 달리고 끝납니다.
const SOLO: &str = "--solo";

/// 세는 선수와, 값 하나를 무엇이라 부르는지입니다.
const COUNTED: [(&str, &str, &str); 8] = [
    ("queue-ping", "ours", "process::queue 왕복 한 번"),
    ("queue-ping", "raw", "날 파이프 왕복 한 번"),
    ("queue-ping", "ipc", "ipc-channel 왕복 한 번"),
    (
        "queue-stream",
        "ours",
        "process::queue로 흘려보내는 u64 하나",
    ),
    ("queue-stream", "raw", "날 파이프로 흘려보내는 u64 하나"),
    ("queue-stream", "ipc", "ipc-channel로 흘려보내는 u64 하나"),
    ("fork", "ours", "process::fork + join 한 번"),
    ("fork", "raw", "날 fork + _exit + waitpid 한 번"),
];

/// 값 하나에 든 것들입니다. 셀 수 없는 것은 `None`입니다.
#[derive(Clone, Copy)]
struct Counts<N> {
    calls: Option<N>,
    switches: Option<N>,
    faults: Option<N>,
}

const LIMIT: Duration = Duration::from_secs(120);

/// 세어지는 선수로 불렸으면 달리고 끝냅니다.
pub fn run_if_told() {
    let args: Vec<String> = env::args_os()
        .skip(1)
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let [mark, contest, name, count] = &args[..] else {
        return;
    };
    if mark != SOLO {
        return;
    }
    let done = count
        .parse()
        .map_err(failed)
        .and_then(|count| find(contest, name, |entrant| (entrant.run)(count))?);
    match done {
        Ok(_) => exit(0),
        Err(error) => {
            eprintln!("{error}");
            exit(1);
        }
    }
}

/// 센 것들을 줄로 돌려줍니다. 모두 세었으면 증거도 남깁니다.
pub fn count(contests: &[Contest], options: &Options) -> Vec<Line> {
    let wanted: Vec<_> = COUNTED
        .into_iter()
        .filter(|(contest, name, _)| options.wants(&id(contest, name)))
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    println!("== 하나에 드는 시스템 호출, 문맥 전환, 페이지 부재 (calls)");
    let mut lines = Vec::new();
    for (contest, name, label) in &wanted {
        let size = contests
            .iter()
            .filter(|known| known.name == *contest)
            .flat_map(|known| &known.entrants)
            .find(|entrant| entrant.name == *name)
            .map_or(0, |entrant| entrant.count / 4);
        let each = |what: &str, id: String, figure: Option<f64>| Line {
            what: format!("{label}에 드는 {what}"),
            outcome: match figure {
                Some(figure) => Outcome::exact(&id, format!("{label}에 드는 {what}"), figure, "번"),
                None => Outcome::NotCounted("perf도 strace도 쓸 수 없습니다".to_owned()),
            },
            id,
        };
        let counts = match per_value(contest, name, size) {
            Ok(counted) => counted,
            Err(error) => {
                let outcome = Outcome::Failed(error.to_string());
                let (id, what) = (id(contest, name), (*label).to_owned());
                lines.push(Line { id, what, outcome });
                continue;
            }
        };
        let id = id(contest, name);
        lines.push(each("시스템 호출", id.clone(), counts.calls));
        let by_perf = [
            ("문맥 전환", "switches", counts.switches),
            ("페이지 부재", "faults", counts.faults),
        ];
        for (what, suffix, figure) in by_perf {
            if counts.calls.is_none() || figure.is_some() {
                lines.push(each(what, format!("{id}-{suffix}"), figure));
            }
        }
    }
    if wanted.len() == COUNTED.len() && !options.quick {
        for (name, is_here) in [("speed-calls-fork", true), ("speed-calls-queue", false)] {
            let chosen = lines
                .iter()
                .filter(|line| line.id.starts_with("calls-fork") == is_here);
            let rows: Vec<Evidence> = chosen.filter_map(Line::evidence).collect();
            if let (false, Err(error)) = (rows.is_empty(), evidence::write(name, &rows)) {
                lines.push(Line {
                    id: "calls-evidence".to_owned(),
                    what: "증거를 남기기".to_owned(),
                    outcome: Outcome::Failed(error.to_string()),
                });
            }
        }
    }
    lines
}

/// 고를 수 있는 줄의 이름입니다.
pub fn ids() -> Vec<String> {
    COUNTED
        .iter()
        .map(|(contest, name, _)| id(contest, name))
        .collect()
}

fn id(contest: &str, name: &str) -> String {
    format!("calls-{contest}-{name}")
}

/// 값 하나에 드는 것들입니다.
fn per_value(contest: &str, name: &str, size: u64) -> Result<Counts<f64>> {
    let (small, large) = (
        counted(contest, name, size)?,
        counted(contest, name, 3 * size)?,
    );
    let slope = |small: Option<u64>, large: Option<u64>| {
        let each = (large? as f64 - small? as f64) / (2 * size) as f64;
        // 두 번 돌려 뺀 값이라 끝자리는 뜻이 없습니다. 0을 더해 -0을 0으로 적습니다.
        Some((each * 100.0).round() / 100.0 + 0.0)
    };
    Ok(Counts {
        calls: slope(small.calls, large.calls),
        switches: slope(small.switches, large.switches),
        faults: slope(small.faults, large.faults),
    })
}

/// 선수를 한 번 달리게 하고, 모든 자손까지 합한 수를 돌려줍니다.
fn counted(contest: &str, name: &str, count: u64) -> Result<Counts<u64>> {
    let report = tempfile::NamedTempFile::new().map_err(failed)?;
    let path = report.path();
    let solo = [SOLO, contest, name, &count.to_string()].map(str::to_owned);
    let mut counts = Counts {
        calls: None,
        switches: None,
        faults: None,
    };
    if works("perf", &PERF) {
        let text = watched("perf", &PERF, path, &solo)?;
        let of = |event: &str| {
            let line = text.lines().find(|line| line.contains(event))?;
            line.split(',').next()?.parse().ok()
        };
        counts.calls = of("sys_enter");
        counts.switches = of("context-switches");
        counts.faults = of("page-faults");
    } else if works("strace", &STRACE) {
        let text = watched("strace", &STRACE, path, &solo)?;
        let total = text.lines().find(|line| line.ends_with("total"));
        counts.calls = total.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    }
    Ok(counts)
}

/// 마지막 인자 뒤에 결과를 적을 파일이 옵니다.
const PERF: [&str; 5] = [
    "stat",
    "-x,",
    "-e",
    "raw_syscalls:sys_enter,context-switches,page-faults",
    "-o",
];
const STRACE: [&str; 4] = ["-f", "-qq", "-c", "-o"];

fn works(tool: &str, args: &[&str]) -> bool {
    let mut command = Command::new(tool);
    command.args(args).args(["/dev/null", "true"]);
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn watched(tool: &str, args: &[&str], report: &Path, solo: &[String]) -> Result<String> {
    let mut command = Command::new(tool);
    command
        .args(args)
        .arg(report)
        .arg(env::current_exe().map_err(failed)?)
        .args(solo);
    let told = |error: libtest_mimic::Failed| failed(error.message().unwrap_or("까닭을 모릅니다"));
    let output = support::run(command, LIMIT).map_err(told)?;
    if !output.status.success() {
        return Err(failed(format!(
            "{tool}: {}\n{}",
            output.status, output.stderr
        )));
    }
    std::fs::read_to_string(report).map_err(failed)
}
