//! 예제를 짓고, 기록하며 돌립니다.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use noriteo::{cli::TRACE_ENV, measure::once, trace::Trace, work::sum};
use serde_json::Value;

use crate::{
    fault::{Fault, Result},
    stop,
    timeline::{FIGURES, Figure},
};

/// 예제 하나가 쓸 수 있는 가장 긴 시간입니다.
const LIMIT: Duration = Duration::from_secs(20);

/// 타임라인으로 그릴 예제들을 돌려 기록합니다. 그림의 이름과 기록의 짝입니다.
///
/// 보기 좋은 것을 고르지 않습니다. 한 번 돌린 그대로이고, 다른 일이 끼어들었는지는 그림 아래 커널의 값이 알립니다.
///
/// 지을 수 없거나(cargo가 없음) 돌릴 수 없으면 까닭을 알리고 그 그림을 뺍니다. 빠진 그림은 펴낸 이의 것이 남습니다.
pub fn record(root: &Path) -> Result<BTreeMap<String, Trace>> {
    let figures: Vec<&Figure> = FIGURES
        .iter()
        .filter(|figure| cfg!(unix) || !figure.needs_fork)
        .collect();
    let names: Vec<&str> = figures.iter().map(|figure| figure.example).collect();
    let mut traces = BTreeMap::new();
    let built = match build(root, &names) {
        Ok(built) => built,
        Err(why) => {
            stop::check()?;
            eprintln!("타임라인은 새로 기록하지 않습니다: {why}");
            return Ok(traces);
        }
    };
    for figure in figures {
        stop::check()?;
        let done = match built.get(figure.example) {
            Some(program) => run(program, &args(figure)),
            None => Err("예제를 짓지 못했습니다".to_owned()),
        };
        stop::check()?;
        match done {
            Ok(trace) => {
                traces.insert(figure.name.to_owned(), trace);
            }
            Err(why) => eprintln!("{}의 타임라인을 기록하지 못했습니다: {why}", figure.example),
        }
    }
    Ok(traces)
}

/// 예제에 줄 인자입니다.
fn args(figure: &Figure) -> Vec<String> {
    let mut args: Vec<String> = figure.args.iter().map(|&arg| arg.to_owned()).collect();
    if let Some(alone) = figure.alone {
        args.extend(["--size".to_owned(), size_taking(alone).to_string()]);
    }
    args
}

/// 한 스레드가 `alone` 동안 더할 수 있는 개수입니다(한 자리까지만 씁니다).
fn size_taking(alone: Duration) -> u64 {
    const SAMPLE: u64 = 4_000_000;
    let fastest = (0..3).map(|_| once(|| sum(0..SAMPLE)).1.wall).min();
    let taken = fastest.unwrap_or(alone).max(Duration::from_micros(1));
    let size = (SAMPLE as f64 * alone.as_secs_f64() / taken.as_secs_f64()) as u64;
    let unit = 10_u64.pow(size.max(1).ilog10());
    size / unit * unit
}

/// 예제들을 짓고 실행 파일의 자리를 돌려줍니다.
fn build(root: &Path, names: &[&str]) -> Result<BTreeMap<String, PathBuf>, String> {
    eprintln!("타임라인을 그릴 예제를 짓고 돌립니다.");
    let output = building(root, names)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo를 부르지 못했습니다({error})"))?;
    let built = built(&output.stdout);
    if built.is_empty() {
        return Err("예제를 하나도 짓지 못했습니다".to_owned());
    }
    Ok(built)
}

/// 예제들을 짓는 명령입니다. `names`가 비었으면 모두 짓습니다. 컴파일러의 말은 표준 오류로 나옵니다.
///
/// 독자가 `cargo run --example`로 짓는 것과 같은 것을 지으므로, 한쪽이 지은 것을 다른 쪽이 다시 짓지 않습니다.
pub fn building(root: &Path, names: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args([
        "build",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ]);
    if names.is_empty() {
        command.arg("--examples");
    }
    for name in names {
        command.args(["--example", name]);
    }
    command
}

/// [`building`]의 표준 출력에서 예제와 실행 파일의 짝을 읽습니다.
pub fn built(stdout: &[u8]) -> BTreeMap<String, PathBuf> {
    String::from_utf8_lossy(stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| {
            message
                .pointer("/target/kind/0")
                .is_some_and(|kind| kind == "example")
        })
        .filter_map(|message| {
            let name = message.pointer("/target/name")?.as_str()?.to_owned();
            let program = message.get("executable")?.as_str()?.into();
            Some((name, program))
        })
        .collect()
}

/// 예제를 돌려 남긴 기록을 읽습니다.
fn run(program: &Path, args: &[String]) -> Result<Trace, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let _listed = stop::list(folder.path());
    let file = folder.path().join("trace.json");
    let mut child = Command::new(program)
        .args(args)
        .env(TRACE_ENV, &file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if Instant::now() > deadline || stop::check().is_err() => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{}초 안에 끝나지 않았습니다", LIMIT.as_secs()));
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    if !status.success() {
        return Err(format!("잘 끝나지 않았습니다({status})"));
    }
    Trace::read(&file).map_err(|error| error.to_string())
}

/// 펴낸 이의 기록입니다. 없으면 비어 있습니다.
pub fn tracked(folder: &Path) -> Result<BTreeMap<String, Trace>> {
    let mut traces = BTreeMap::new();
    for figure in &FIGURES {
        let file = folder.join(format!("{}.json", figure.name));
        if file.is_file() {
            let trace = Trace::read(&file).map_err(|error| Fault::BadInput(error.to_string()))?;
            traces.insert(figure.name.to_owned(), trace);
        }
    }
    Ok(traces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_asks_for_a_size_that_fits_this_machine() {
        let figure = FIGURES.iter().find(|figure| figure.alone.is_some());
        let figure = figure.expect("개수를 정하는 그림이 있습니다");
        let args = args(figure);
        let [plain @ .., name, size] = &args[..] else {
            panic!("인자가 모자랍니다: {args:?}");
        };
        assert_eq!(plain, figure.args);
        assert_eq!(name, "--size");
        assert!(size.parse::<u64>().is_ok_and(|size| size > 0), "{size}");
        // 시간이 백 배이면 개수도 그쯤입니다. 이 컴퓨터가 바쁘면 두 값이 흔들리므로 열 배까지만 봅니다.
        let (short, long) = (Duration::from_millis(10), Duration::from_secs(1));
        assert!(size_taking(long) > size_taking(short) * 10);
    }
}
