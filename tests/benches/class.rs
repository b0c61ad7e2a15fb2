//! 한 반 서른 명이 모든 연습 문제를 낸 것을 `cargo course grade`로 채점하는 시간을 재어 증거 `class`로 남깁니다.
//!
//! `cargo bench -p noriteo-tests --bench class`
//!
//! 스무 명은 예시 답을, 여섯 명은 저마다 다른 틀린 답을, 두 명은 손대지 않은 출발 파일을 냅니다.
//! 두 명은 내지 않습니다. 시계는 이 프로그램의 것이고, 크레이트는 이미 지어 둔 것입니다.

#[path = "../support/mod.rs"]
mod support;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use noriteo::measure::{
    Spread,
    evidence::{self, Evidence},
};
use serde_json::Value;

/// 반의 학생 수입니다.
const STUDENTS: usize = 30;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failed) => {
            eprintln!("오류: {}", failed.message().unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Failed> {
    let folder = tempfile::tempdir()?;
    let mut exercises: Vec<PathBuf> = fs::read_dir(support::root().join("tests/exercises"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("exercise.toml").is_file())
        .collect();
    exercises.sort();
    let class = folder.path().join("class");
    let mut roster = "학번,이름\n".to_owned();
    let mut submitted = 0;
    for student in 0..STUDENTS {
        let id = format!("{:08}", 20_260_001 + student);
        let _ = writeln!(roster, "{id},학생 {student}");
        fs::create_dir_all(class.join(&id))?;
        for exercise in &exercises {
            if let Some(answer) = answer(exercise, student)? {
                let name = exercise.file_name().unwrap_or_default().to_string_lossy();
                fs::copy(answer, class.join(&id).join(format!("{name}.rs")))?;
                submitted += 1;
            }
        }
    }
    let roster_file = folder.path().join("roster.csv");
    fs::write(&roster_file, roster)?;
    let out = folder.path().join("report");
    let mut grade = Command::new(support::course()?);
    grade
        .arg("grade")
        .arg(&class)
        .arg("--roster")
        .arg(&roster_file)
        .arg("--out")
        .arg(&out)
        .args(["--format", "json"]);
    let start = Instant::now();
    let output = support::run(grade, Duration::from_secs(3600))?;
    let took = start.elapsed();
    if !output.status.success() {
        return Err(format!("{}\n{}{}", output.status, output.stdout, output.stderr).into());
    }
    let grades: Value = serde_json::from_str(&support::read(&out.join("grades.json"))?)?;
    let lines = grades["students"].as_array().into_iter().flatten();
    let graded = lines.flat_map(|student| student["exercises"].as_array().into_iter().flatten());
    let seconds: Vec<Duration> = graded
        .filter(|line| line["state"] == "graded")
        .filter_map(|line| Some(Duration::from_secs_f64(line["seconds"].as_f64()?)))
        .collect();
    let count = seconds.len();
    let spread = Spread::of(seconds).ok_or("채점한 것이 없습니다")?;
    println!("제출물 {submitted}개, {took:?}, 하나에 {:?}", spread.median);
    Ok(evidence::write(
        "class",
        &[
            Evidence::new(
                "class-submissions",
                format!(
                    "학생 {STUDENTS}명, 문제 {}개의 반에서 채점한 제출물",
                    exercises.len()
                ),
                count as f64,
                "개",
            )
            .equals(submitted as f64),
            Evidence::new(
                "class-one",
                "제출물 하나를 컴파일하고 채점하는 시간의 중앙값(여럿을 함께 할 때)",
                round(spread.median.as_secs_f64()),
                "초",
            ),
            Evidence::new(
                "class-slowest",
                "가장 오래 걸린 제출물",
                round(spread.max.as_secs_f64()),
                "초",
            ),
            Evidence::new(
                "class-whole",
                format!(
                    "학생 {STUDENTS}명, 문제 {}개의 반을 모두 채점하는 시간",
                    exercises.len()
                ),
                round(took.as_secs_f64()),
                "초",
            ),
        ],
    )?)
}

fn round(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// `student`가 낼 파일입니다.
fn answer(exercise: &Path, student: usize) -> Result<Option<PathBuf>, Failed> {
    Ok(match student {
        0..20 => Some(exercise.join("solution.rs")),
        20..26 => {
            let mutants = support::files(&exercise.join("mutants"), "rs")?;
            mutants.get((student - 20) % mutants.len().max(1)).cloned()
        }
        26..28 => Some(exercise.join("starter.rs")),
        _ => None,
    })
}
