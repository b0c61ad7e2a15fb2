//! 문제를 검사합니다: 출발 파일은 틀리고, 예시 답과 다른 옳은 답은 맞고, 틀린 답은 적힌 검사에서 틀려야 합니다.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Mutex, mpsc},
    thread,
};

use serde::Serialize;

use crate::{
    check::{self, Mark, Options, Report},
    compile::{self, Compiled},
    exercise::{Exercise, Mutant},
    fault::{Fault, Result},
    kit::Kit,
};

/// 판정 한 줄입니다.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// 문제의 이름입니다.
    pub exercise: String,
    /// `starter`, `solution`, `alternatives/이름`, 또는 틀린 답의 이름입니다.
    pub answer: String,
    /// 돌려 본 횟수입니다.
    pub runs: u32,
    /// 판정이 옳았던 횟수입니다.
    pub right: u32,
    /// 처음으로 어긋난 판정입니다.
    pub trouble: Option<String>,
}

/// 검사할 답 하나입니다.
#[derive(Clone)]
enum Answer<'a> {
    Starter(&'a Exercise),
    Solution(&'a Exercise),
    Alternative(&'a Exercise, PathBuf),
    Mutant(&'a Exercise, &'a Mutant),
}

/// `exercises`를 모두 검사합니다. 답 하나를 `runs`번씩 채점합니다. `jobs`개를 함께 돌립니다.
///
/// # Errors
/// 채점하는 쪽의 잘못입니다(채점기가 컴파일되지 않는 등).
pub fn verify(
    kit: &Kit,
    exercises: &[Exercise],
    runs: u32,
    jobs: usize,
    mut told: impl FnMut(&Row),
) -> Result<Vec<Row>> {
    let mut answers = VecDeque::new();
    for exercise in exercises {
        well_formed(exercise)?;
        answers.push_back(Answer::Starter(exercise));
        answers.push_back(Answer::Solution(exercise));
        for path in exercise.alternatives()? {
            answers.push_back(Answer::Alternative(exercise, path));
        }
        for mutant in &exercise.meta.mutants {
            answers.push_back(Answer::Mutant(exercise, mutant));
        }
    }
    let answers = Mutex::new(answers);
    let (send, rows) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            let (answers, send) = (&answers, send.clone());
            scope.spawn(move || {
                loop {
                    let next = answers.lock().ok().and_then(|mut queue| queue.pop_front());
                    let Some(answer) = next else { break };
                    if send.send(judge(kit, &answer, runs)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut all = Vec::new();
        for row in rows {
            let row = row?;
            told(&row);
            all.push(row);
        }
        Ok(all)
    })
}

fn judge(kit: &Kit, answer: &Answer<'_>, runs: u32) -> Result<Row> {
    let (exercise, name, path) = match answer {
        Answer::Starter(exercise) => (exercise, "starter".to_owned(), exercise.starter.clone()),
        Answer::Solution(exercise) => (exercise, "solution".to_owned(), exercise.solution()),
        Answer::Alternative(exercise, path) => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            (exercise, format!("alternatives/{name}"), path.clone())
        }
        Answer::Mutant(exercise, mutant) => {
            (exercise, mutant.file.clone(), exercise.mutant(mutant))
        }
    };
    let mut row = Row {
        exercise: exercise.meta.id.clone(),
        answer: name,
        runs,
        right: 0,
        trouble: None,
    };
    let built = match compile::compile(kit, exercise, &path)? {
        Compiled::Done(built) => built,
        Compiled::Refused(said) => {
            row.trouble = Some(format!("컴파일되지 않습니다.\n{said}"));
            return Ok(row);
        }
    };
    for run in 0..runs {
        let only = match answer {
            Answer::Mutant(_, mutant) => Some(mutant.fails.as_str()),
            _ => None,
        };
        let options = Options {
            seed: u64::from(run),
            only,
            visible_only: false,
        };
        let report = check::run(exercise, &built, options)?;
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
    match answer {
        Answer::Starter(_) if report.points == 0 => Ok(()),
        Answer::Starter(_) => Err(format!("출발 파일이 점수를 받습니다: {}", told())),
        Answer::Solution(_) | Answer::Alternative(..)
            if report.points == report.full && report.full > 0 =>
        {
            Ok(())
        }
        Answer::Solution(_) | Answer::Alternative(..) => {
            Err(format!("옳은 답이 만점을 받지 못합니다: {}", told()))
        }
        Answer::Mutant(_, mutant) => match report.checks.first().map(|one| one.result) {
            Some(Mark::Wrong | Mark::Hang | Mark::Silent) => Ok(()),
            Some(Mark::Crash) => Err(format!(
                "`{}`에서 틀리지 않고 무너집니다: {}",
                mutant.fails,
                told()
            )),
            _ => Err(format!("`{}`를 통과합니다: {}", mutant.fails, told())),
        },
    }
}

/// 파일과 표가 갖추어졌는지 봅니다.
fn well_formed(exercise: &Exercise) -> Result<()> {
    let meta = &exercise.meta;
    let mut lacks = Vec::new();
    for path in [
        exercise.starter.clone(),
        exercise.grader(),
        exercise.solution(),
    ] {
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
    if lacks.is_empty() {
        Ok(())
    } else {
        Err(Fault(format!("{}: {}.", meta.id, lacks.join(". "))))
    }
}
