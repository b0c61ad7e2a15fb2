//! 제출물 하나를 검사하여 성적을 냅니다.

use std::{fs::File, io::Read, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    cage::{self, End, Job, Limits},
    compile::{self, Built, Compiled},
    exercise::{Check, Exercise, Need},
    fault::{Fault, Result},
    kit::Kits,
};

/// 제출물 하나의 성적입니다.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// 문제의 이름입니다.
    pub exercise: String,
    /// 받은 점수입니다.
    pub points: u32,
    /// 만점입니다.
    pub full: u32,
    /// 내지 않았거나, 받을 수 없거나, 컴파일되지 않았으면 그 까닭입니다.
    pub refused: Option<String>,
    /// 검사마다의 결과입니다.
    pub checks: Vec<Judged>,
}

/// 검사 하나의 결과입니다.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// 검사의 이름입니다.
    pub check: String,
    /// 무엇을 보는지입니다.
    pub title: String,
    /// 받은 점수입니다.
    pub points: u32,
    /// 만점입니다.
    pub full: u32,
    /// 공개된 검사인지입니다.
    pub visible: bool,
    /// 결과입니다.
    pub result: Mark,
    /// 틀렸을 때 해 볼 것입니다.
    pub says: Option<String>,
    /// 본 것입니다. 공개된 검사에만 있습니다.
    pub detail: Option<String>,
    /// 학생의 코드가 패닉했으면 그 자리와 말입니다. 공개된 검사에만 있습니다.
    #[serde(default)]
    pub panicked: Option<String>,
    /// 채점기가 문제를 만드는 이에게 남긴 말입니다. `verify`만 보고, 성적에는 적지 않습니다.
    #[serde(skip)]
    pub remarks: Vec<String>,
}

/// 결과입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// 통과했습니다.
    Passed,
    /// 답이나 한 일이 틀렸습니다.
    Wrong,
    /// 패닉이나 시그널로 끝났습니다.
    Crash,
    /// 기다려도 오지 않았거나 한계를 넘었습니다.
    Hang,
    /// 판정을 적지 않고 끝났습니다.
    Silent,
    /// 앞의 문(gate)을 지나지 못해 보지 않았습니다.
    Skipped,
}

/// 채점기의 마지막 기록입니다(`witness`가 적습니다).
#[derive(Deserialize)]
struct Record {
    nonce: String,
    check: String,
    passed: bool,
    how: Option<Mark>,
    detail: Option<String>,
    #[serde(default)]
    remarks: Vec<String>,
}

/// 어떻게 채점할지입니다.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// 학생마다 다른 씨앗입니다.
    pub seed: u64,
    /// 이 검사만 봅니다.
    pub only: Option<&'a str>,
    /// 공개된 검사만 봅니다.
    pub visible_only: bool,
}

/// 컴파일하고 모든 검사를 봅니다.
///
/// # Errors
/// 채점하는 쪽의 잘못입니다. 학생의 점수가 아닙니다.
pub fn check(
    kits: &Kits,
    exercise: &Exercise,
    source: &str,
    options: Options<'_>,
) -> Result<Report> {
    match compile::compile(kits, exercise, source)? {
        Compiled::Refused(said) => Ok(refused(exercise, said, options)),
        Compiled::Done(built) => run(exercise, &built, options),
    }
}

/// 이미 컴파일한 것의 검사를 봅니다.
///
/// # Errors
/// 채점하는 쪽의 잘못입니다.
pub fn run(exercise: &Exercise, built: &Built, options: Options<'_>) -> Result<Report> {
    let mut judged = Vec::new();
    let mut shut = false;
    for check in &exercise.meta.checks {
        let asked = options.only.is_none_or(|only| only == check.id);
        if !asked || (options.visible_only && !check.visible) {
            continue;
        }
        if shut {
            judged.push(mark(check, Mark::Skipped, None));
            continue;
        }
        let seen = one(exercise, built, check, options.seed)?;
        shut = check.gate && seen.result != Mark::Passed;
        let mut judgement = mark(check, seen.result, seen.detail);
        judgement.panicked = seen.panicked.filter(|_| check.visible);
        judgement.remarks = seen.remarks;
        judged.push(judgement);
    }
    if shut {
        for one in &mut judged {
            one.points = 0;
        }
    }
    Ok(Report {
        exercise: exercise.meta.id.clone(),
        points: judged.iter().map(|one| one.points).sum(),
        full: judged.iter().map(|one| one.full).sum(),
        refused: None,
        checks: judged,
    })
}

/// 검사를 하나도 보지 못한 성적입니다.
pub fn refused(exercise: &Exercise, said: String, options: Options<'_>) -> Report {
    let checks: Vec<Judged> = exercise
        .meta
        .checks
        .iter()
        .filter(|check| check.visible || !options.visible_only)
        .map(|check| mark(check, Mark::Skipped, None))
        .collect();
    Report {
        exercise: exercise.meta.id.clone(),
        points: 0,
        full: checks.iter().map(|check| check.full).sum(),
        refused: Some(said),
        checks,
    }
}

fn mark(check: &Check, result: Mark, detail: Option<String>) -> Judged {
    let passed = result == Mark::Passed;
    Judged {
        check: check.id.clone(),
        title: check.title.clone(),
        points: if passed { check.points } else { 0 },
        full: check.points,
        visible: check.visible,
        result,
        says: (!passed && result != Mark::Skipped).then(|| check.says.clone()),
        detail: detail.filter(|_| check.visible),
        panicked: None,
        remarks: Vec::new(),
    }
}

/// 검사 하나에서 본 것입니다.
struct Seen {
    result: Mark,
    detail: Option<String>,
    panicked: Option<String>,
    remarks: Vec<String>,
}

fn one(exercise: &Exercise, built: &Built, check: &Check, seed: u64) -> Result<Seen> {
    let nonce = nonce()?;
    let brief = serde_json::json!({
        "nonce": nonce,
        "seed": seed,
        "submission": built.program,
        "patience_ms": exercise.meta.patience * 1_000,
    });
    let dir = built.folder.path().join("run");
    fresh(&dir)?;
    let grader = match (&built.added, check.added) {
        (Some(grader), true) => grader,
        _ => &built.grader,
    };
    let mut readable = compile::system();
    readable.extend(built.program.clone());
    let mut job = Job {
        program: grader.clone(),
        args: vec!["--check".into(), check.id.clone().into()],
        env: compile::environment(&dir),
        dir,
        // 피고도 같은 파일을 실행하지만, 읽어서 숨긴 검사를 알아낼 수는 없습니다.
        runnable: vec![grader.clone()],
        readable,
        proc: exercise.meta.needs.contains(&Need::Proc),
        stdin: format!("{brief}\n").into_bytes(),
        limits: Limits {
            wall: exercise.wall(),
            cpu: Duration::MAX,
            memory: 1 << 30,
            output: 1 << 20,
            file: 64 << 20,
            processes: 48,
        },
    };
    let mut outcome = cage::run(&job)?;
    if outcome.end == End::Wall && outcome.record.is_empty() {
        // 재판관은 스스로 기다림을 끝내므로 여기까지 오는 일은 드뭅니다. 컴퓨터가 바빴을 수 있으니 넉넉히 한 번 더 봅니다.
        fresh(&job.dir)?;
        job.limits.wall *= 5;
        outcome = cage::run(&job)?;
    }
    let record = serde_json::from_slice::<Record>(&outcome.record)
        .ok()
        .filter(|record| record.nonce == nonce && record.check == check.id);
    let remarks = record
        .as_ref()
        .map_or_else(Vec::new, |record| record.remarks.clone());
    let (result, detail) = match record {
        Some(record) if record.passed => (Mark::Passed, None),
        Some(record) => (record.how.unwrap_or(Mark::Wrong), record.detail),
        None => match outcome.end {
            End::Wall => (
                Mark::Hang,
                Some(format!("{}초 안에 끝나지 않았습니다.", exercise.meta.wall)),
            ),
            // 검사에는 CPU의 한계가 없습니다.
            End::Cpu => (Mark::Hang, None),
            End::Memory => (Mark::Crash, Some("메모리 1 GiB를 넘었습니다.".to_owned())),
            End::Output => (
                Mark::Crash,
                Some("출력이 1 MiB를 넘었거나, 쓴 파일이 너무 크거나 많습니다.".to_owned()),
            ),
            // 재판관은 스스로 시그널에 끝나지 않습니다. 학생의 코드가 끝낸 것입니다.
            End::Signaled(number) => (
                Mark::Crash,
                Some(format!("채점기가 시그널 {number}에 끝났습니다.")),
            ),
            // 재판관은 학생의 코드를 부르지 않습니다. 판정 없이 스스로 끝난 것은 채점하는 쪽의 잘못입니다.
            End::Exited(_) => {
                let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
                return Err(Fault(format!(
                    "{}의 검사 `{}`가 판정을 적지 않고 끝났습니다({:?}).\n{said}",
                    exercise.meta.id, check.id, outcome.end
                )));
            }
        },
    };
    Ok(Seen {
        result,
        detail,
        panicked: panicked(exercise, &String::from_utf8_lossy(&outcome.stderr)),
        remarks,
    })
}

/// 학생의 코드가 처음 패닉한 자리와 말입니다.
///
/// `thread 'main' (7) panicked at examples/ex07.rs:23:5:`의 다음 줄이 말입니다.
fn panicked(exercise: &Exercise, said: &str) -> Option<String> {
    let file = format!("panicked at examples/{}:", exercise.file_name());
    let mut lines = said.lines().skip_while(|line| !line.contains(&file));
    let place = lines.next()?.split("panicked at ").nth(1)?;
    let words = lines.next().unwrap_or_default();
    Some(format!("{} {words}", place.trim_end_matches(':')))
}

/// 빈 폴더를 새로 만듭니다. 앞의 검사가 남긴 것을 다음 검사가 보지 못하게 합니다.
fn fresh(dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)
            .map_err(|error| Fault::file("지우지 못했습니다", dir, &error))?;
    }
    std::fs::create_dir(dir).map_err(|error| Fault::file("만들지 못했습니다", dir, &error))
}

fn nonce() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| Fault(format!("/dev/urandom을 읽지 못했습니다: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
