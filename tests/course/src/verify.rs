//! 문제를 검사합니다: 출발 파일은 틀리고, 예시 답은 맞고, 틀린 답은 적힌 검사에서 틀려야 합니다.

use std::{
    collections::{BTreeSet, VecDeque},
    fs, hint,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use noriteo::measure::evidence::{self, Evidence};
use serde::Serialize;

use crate::{
    check::{self, Mark, Options, Report},
    compile::{self, Compiled},
    exercise::{Exercise, Mutant},
    fault::{Fault, Result},
    kit::Kits,
};

/// 판정 한 줄입니다.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// 문제의 이름입니다.
    pub exercise: String,
    /// 어떤 답인지입니다.
    pub kind: Kind,
    /// 답의 이름입니다. 틀린 답과 다른 옳은 답은 파일의 이름입니다.
    pub answer: String,
    /// 돌려 본 횟수입니다.
    pub runs: u32,
    /// 판정이 옳았던 횟수입니다.
    pub right: u32,
    /// 처음으로 어긋난 판정입니다.
    pub trouble: Option<String>,
    /// 채점기가 남긴 말입니다(`Case::remark`). 판정과는 상관이 없습니다.
    pub remarks: BTreeSet<String>,
}

/// 답의 갈래입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 출발 파일입니다. 0점이어야 합니다.
    Starter,
    /// 예시 답입니다. 만점이어야 합니다.
    Solution,
    /// 다른 옳은 답입니다. 만점이어야 합니다.
    Alternative,
    /// 틀린 답입니다. 적힌 검사에서 틀려야 합니다.
    Mutant,
}

/// 검사할 답 하나입니다.
struct Answer<'a> {
    exercise: &'a Exercise,
    kind: Kind,
    name: String,
    path: PathBuf,
    mutant: Option<&'a Mutant>,
}

/// 한 문제의 답들입니다.
fn answers(exercise: &Exercise) -> Result<Vec<Answer<'_>>> {
    let plain = |kind: Kind, name: &str, path: PathBuf| Answer {
        exercise,
        kind,
        name: name.to_owned(),
        path,
        mutant: None,
    };
    let mut all = vec![
        plain(Kind::Starter, "starter", exercise.starter.clone()),
        plain(Kind::Solution, "solution", exercise.solution()),
    ];
    for path in exercise.alternatives()? {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        all.push(plain(Kind::Alternative, &name, path));
    }
    all.extend(exercise.meta.mutants.iter().map(|mutant| Answer {
        mutant: Some(mutant),
        ..plain(Kind::Mutant, &mutant.file, exercise.mutant(mutant))
    }));
    Ok(all)
}

/// `exercises`를 모두 검사합니다. 답 하나를 `runs`번씩 채점합니다. `jobs`개를 함께 돌립니다.
///
/// # Errors
/// 채점하는 쪽의 잘못입니다(채점기가 컴파일되지 않는 등).
pub fn verify(
    kits: &Kits,
    exercises: &[Exercise],
    runs: u32,
    jobs: usize,
    mut told: impl FnMut(&Row),
) -> Result<Vec<Row>> {
    well_formed(exercises)?;
    let mut queue = VecDeque::new();
    for exercise in exercises {
        queue.extend(answers(exercise)?);
    }
    let queue = Mutex::new(queue);
    let (send, rows) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            let (queue, send) = (&queue, send.clone());
            scope.spawn(move || {
                loop {
                    let next = queue.lock().ok().and_then(|mut queue| queue.pop_front());
                    let Some(answer) = next else { break };
                    // 채점하는 쪽의 잘못도 한 줄로 적습니다. 하나 때문에 나머지를 보지 못하지 않게 합니다.
                    let row = judge(kits, &answer, runs).unwrap_or_else(|fault| Row {
                        trouble: Some(fault.to_string()),
                        ..blank(&answer, runs)
                    });
                    if send.send(row).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut all = Vec::new();
        for row in rows {
            told(&row);
            all.push(row);
        }
        all.sort_by(|a, b| (&a.exercise, a.kind, &a.answer).cmp(&(&b.exercise, b.kind, &b.answer)));
        Ok(all)
    })
}

/// 답의 수입니다.
///
/// # Errors
/// 폴더를 읽지 못했습니다.
pub fn count(exercises: &[Exercise]) -> Result<usize> {
    let mut count = 0;
    for exercise in exercises {
        count += answers(exercise)?.len();
    }
    Ok(count)
}

/// 모든 코어를 바쁘게 한 채로 일합니다. 바쁜 컴퓨터에서도 판정이 같아야 합니다.
pub fn while_busy<T>(work: impl FnOnce() -> T) -> T {
    static DONE: AtomicBool = AtomicBool::new(false);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !DONE.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        let done = work();
        DONE.store(true, Ordering::Relaxed);
        done
    })
}

/// 판정표를 `target/evidence`에 남깁니다. 문제마다, 답의 갈래마다 한 줄입니다.
///
/// # Errors
/// 적을 수 없습니다.
pub fn evidence(rows: &[Row], busy: bool) -> Result<()> {
    let kinds = [
        (Kind::Starter, "starter", "출발 파일이 0점인 판정"),
        (Kind::Solution, "solution", "예시 답이 만점인 판정"),
        (
            Kind::Alternative,
            "alternatives",
            "다른 옳은 답이 만점인 판정",
        ),
        (Kind::Mutant, "mutants", "틀린 답을 가려낸 판정"),
    ];
    let mut ids: Vec<&str> = rows.iter().map(|row| row.exercise.as_str()).collect();
    ids.dedup();
    let mut all = Vec::new();
    for id in ids {
        for (kind, short, what) in kinds {
            let mine = || {
                rows.iter()
                    .filter(|row| row.exercise == id && row.kind == kind)
            };
            let runs: u32 = mine().map(|row| row.runs).sum();
            let right: u32 = mine().map(|row| row.right).sum();
            if runs > 0 {
                let what = format!("{id}: {what}, {runs}번 가운데");
                let row = Evidence::new(format!("{id}-{short}"), what, f64::from(right), "번");
                all.push(row.equals(f64::from(runs)));
            }
        }
    }
    let name = if busy {
        "course-verify-busy"
    } else {
        "course-verify"
    };
    evidence::write(name, &all)
        .map(|_| ())
        .map_err(|error| Fault(format!("판정표를 적지 못했습니다: {error}")))
}

/// 아직 돌려 보지 않은 줄입니다.
fn blank(answer: &Answer<'_>, runs: u32) -> Row {
    Row {
        exercise: answer.exercise.meta.id.clone(),
        kind: answer.kind,
        answer: answer.name.clone(),
        runs,
        right: 0,
        trouble: None,
        remarks: BTreeSet::new(),
    }
}

fn judge(kits: &Kits, answer: &Answer<'_>, runs: u32) -> Result<Row> {
    let exercise = answer.exercise;
    let mut row = blank(answer, runs);
    let source = fs::read_to_string(&answer.path)
        .map_err(|error| Fault::file("답을 읽지 못했습니다", &answer.path, &error))?;
    let built = match compile::compile(kits, exercise, &source)? {
        Compiled::Done(built) => built,
        Compiled::Refused(said) => {
            row.trouble = Some(said);
            return Ok(row);
        }
    };
    for run in 0..runs {
        let options = Options {
            seed: u64::from(run),
            only: answer.mutant.map(|mutant| mutant.fails.as_str()),
            visible_only: false,
        };
        let report = check::run(exercise, &built, options)?;
        for one in &report.checks {
            let tell = |remark: &String| format!("{}: {remark}", one.check);
            row.remarks.extend(one.remarks.iter().map(tell));
        }
        match expected(answer, &report) {
            Ok(()) => row.right += 1,
            Err(trouble) => {
                row.trouble.get_or_insert(trouble);
            }
        }
    }
    Ok(row)
}

/// 판정이 있어야 할 대로인지 봅니다.
fn expected(answer: &Answer<'_>, report: &Report) -> std::result::Result<(), String> {
    let told = || {
        let lines: Vec<String> = report
            .checks
            .iter()
            .map(|one| {
                format!(
                    "{} {:?} {}",
                    one.check,
                    one.result,
                    one.detail.as_deref().unwrap_or("")
                )
            })
            .collect();
        lines.join(" / ")
    };
    let full = report.points == report.full && report.full > 0;
    let Some(mutant) = answer.mutant else {
        return match answer.kind {
            Kind::Starter if report.points == 0 => Ok(()),
            Kind::Starter => Err(format!("출발 파일이 점수를 받습니다: {}", told())),
            _ if full => Ok(()),
            _ => Err(format!("만점을 받지 못합니다: {}", told())),
        };
    };
    match report.checks.first().map(|one| one.result) {
        Some(Mark::Wrong | Mark::Hang | Mark::Silent) => Ok(()),
        Some(Mark::Crash) => Err(format!(
            "({}) `{}`에서 틀리지 않고 무너집니다: {}",
            mutant.why,
            mutant.fails,
            told()
        )),
        _ => Err(format!(
            "({}) `{}`를 통과합니다: {}",
            mutant.why,
            mutant.fails,
            told()
        )),
    }
}

/// 모든 문제에 파일과 표가 갖추어졌는지 봅니다.
fn well_formed(exercises: &[Exercise]) -> Result<()> {
    let lacks: Vec<String> = exercises
        .iter()
        .flat_map(|exercise| {
            let id = &exercise.meta.id;
            lacks(exercise)
                .into_iter()
                .map(move |lack| format!("{id}: {lack}"))
        })
        .collect();
    if lacks.is_empty() {
        Ok(())
    } else {
        Err(Fault(format!(
            "아직 없는 것이 있습니다.\n  {}",
            lacks.join("\n  ")
        )))
    }
}

/// 문제 하나에 없는 것입니다.
fn lacks(exercise: &Exercise) -> Vec<String> {
    let meta = &exercise.meta;
    let mut lacks = Vec::new();
    let mut wanted = vec![
        exercise.starter.clone(),
        exercise.grader(),
        exercise.solution(),
    ];
    wanted.extend(exercise.added_grader());
    for path in wanted {
        if !path.is_file() {
            lacks.push(format!("{}가 없습니다", path.display()));
        }
    }
    if meta.hints.is_empty() {
        lacks.push("도움말(hints)이 없습니다".to_owned());
    }
    if !(1..=3).contains(&meta.level) {
        lacks.push("어려움(level)은 1부터 3까지입니다".to_owned());
    }
    if meta.patience >= meta.wall {
        lacks.push("patience는 wall보다 작아야 합니다".to_owned());
    }
    if meta.checks.iter().all(|check| check.points == 0) {
        lacks.push("점수가 있는 검사(checks)가 없습니다".to_owned());
    }
    for (index, check) in meta.checks.iter().enumerate() {
        if meta.checks[..index]
            .iter()
            .any(|other| other.id == check.id)
        {
            lacks.push(format!("검사 `{}`가 둘입니다", check.id));
        }
    }
    if meta.mutants.len() < 5 {
        lacks.push(format!(
            "틀린 답(mutants)이 {}개입니다. 다섯 개는 있어야 합니다",
            meta.mutants.len()
        ));
    }
    for mutant in &meta.mutants {
        if !exercise.mutant(mutant).is_file() {
            lacks.push(format!("{}가 없습니다", exercise.mutant(mutant).display()));
        }
        if meta.checks.iter().all(|check| check.id != mutant.fails) {
            lacks.push(format!(
                "틀린 답 `{}`의 검사 `{}`가 없습니다",
                mutant.file, mutant.fails
            ));
        }
    }
    lacks
}
