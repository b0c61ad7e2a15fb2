//! 성적을 여러 꼴로 적습니다. 어느 꼴에도 숨긴 검사가 본 것은 없습니다.

mod classroom50;
mod gradescope;
mod html;
mod junit;
mod table;

pub use table::plain;

use std::{fs, io::ErrorKind, path::Path};

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::{
    check::{Judged, Mark, Report},
    durable,
    exercise::Exercise,
    fault::{Fault, Result},
    roster::Student,
};

/// 적을 꼴입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// 엑셀에서 여는 표(`grades.csv`)
    Csv,
    /// 모든 것(`grades.json`)
    Json,
    /// 학생마다 JUnit XML(`junit/<학번>.xml`)
    Junit,
    /// 학생마다 Gradescope의 `results.json`(`gradescope/<학번>/`)
    Gradescope,
    /// 학생마다 Classroom 50의 `result.json`(`classroom50/<학번>/`)
    Classroom50,
    /// 학생마다 한 쪽(`students/<학번>.html`)과, 이름 없는 반 전체의 쪽(`index.html`)
    Html,
}

/// 학생 한 명, 문제 하나의 결과입니다.
#[derive(Clone, Debug)]
pub enum Line {
    /// 아직 보지 않았습니다.
    Waiting,
    /// 채점하는 쪽의 잘못으로 채점하지 못했습니다. 0점이 아닙니다.
    Fault,
    /// 채점했습니다.
    Graded {
        /// 성적입니다.
        report: Report,
        /// 낸 파일의 지문입니다. 내지 않았으면 비어 있습니다.
        source: String,
        /// 내지 않았습니다.
        missing: bool,
        /// 걸린 시간, 초입니다.
        seconds: f64,
    },
}

/// 한 반의 성적입니다.
#[derive(Clone, Debug)]
pub struct Class<'a> {
    /// 문제입니다.
    pub exercises: &'a [Exercise],
    /// 명단입니다.
    pub roster: &'a [Student],
    /// 공개된 검사만 보았습니다.
    pub visible_only: bool,
    /// 학생마다, 문제마다의 결과입니다.
    pub lines: Vec<Vec<Line>>,
}

impl<'a> Class<'a> {
    /// 아직 아무도 채점하지 않은 반입니다.
    pub fn new(exercises: &'a [Exercise], roster: &'a [Student], visible_only: bool) -> Class<'a> {
        Class {
            exercises,
            roster,
            visible_only,
            lines: vec![vec![Line::Waiting; exercises.len()]; roster.len()],
        }
    }

    /// 한 학생의 합계와 만점입니다. 채점하지 못한 것이 있으면 합계가 없습니다.
    fn total(&self, student: usize) -> (Option<u32>, u32) {
        let mut total = Some(0);
        for line in &self.lines[student] {
            match line {
                Line::Graded { report, .. } => total = total.map(|sum| sum + report.points),
                Line::Waiting | Line::Fault => total = None,
            }
        }
        (total, self.exercises.iter().map(|one| self.full(one)).sum())
    }

    /// 이 채점에서 문제 하나의 만점입니다.
    fn full(&self, exercise: &Exercise) -> u32 {
        let checks = exercise.meta.checks.iter();
        checks
            .filter(|check| check.visible || !self.visible_only)
            .map(|check| check.points)
            .sum()
    }

    /// 한 학생의 모든 성적입니다. 하나라도 채점하지 못했으면 없습니다.
    fn whole(&self, student: usize) -> Option<Vec<&Report>> {
        let reports = self.lines[student].iter().map(|line| match line {
            Line::Graded { report, .. } => Some(report),
            Line::Waiting | Line::Fault => None,
        });
        reports.collect()
    }
}

/// 결과를 한 낱말로 적습니다.
pub fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Passed => "통과",
        Mark::Wrong => "틀림",
        Mark::Crash => "무너짐",
        Mark::Hang => "끝나지 않음",
        Mark::Silent => "답이 없음",
        Mark::Skipped => "보지 않음",
    }
}

/// 검사 하나에서 학생에게 할 말입니다. 숨긴 검사는 본 것을 말하지 않습니다.
pub fn told(judged: &Judged) -> String {
    let seen = judged.visible.then_some(()).and(judged.detail.as_deref());
    let place = judged.visible.then_some(()).and(judged.panicked.as_deref());
    let place = place.map(|place| format!("패닉한 자리: {place}"));
    let parts = [seen, place.as_deref(), judged.says.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// 성적을 적습니다. `student`가 있으면 그 학생의 것과 반 전체의 것만 적습니다.
///
/// # Errors
/// 적을 수 없습니다.
pub fn write(
    class: &Class<'_>,
    student: Option<usize>,
    out: &Path,
    formats: &[Format],
) -> Result<()> {
    let students: Vec<usize> = match student {
        Some(one) => vec![one],
        None => (0..class.roster.len()).collect(),
    };
    for format in formats {
        match format {
            Format::Csv => {
                let bytes = table::grades(class)?;
                durable::write_private(&out.join("grades.csv"), &bytes)?;
            }
            Format::Json => durable::write_private(
                &out.join("grades.json"),
                format!("{:#}\n", everything(class)).as_bytes(),
            )?,
            Format::Html => durable::write(&out.join("index.html"), html::class(class).as_bytes())?,
            Format::Junit | Format::Gradescope | Format::Classroom50 => {}
        }
        for &student in &students {
            let id = &class.roster[student].id;
            let (path, text) = match format {
                Format::Csv | Format::Json => continue,
                Format::Junit => (
                    out.join("junit").join(format!("{id}.xml")),
                    whole(class, student, junit::report)?,
                ),
                Format::Gradescope => (
                    out.join("gradescope").join(id).join("results.json"),
                    whole(class, student, gradescope::results)?,
                ),
                Format::Classroom50 => (
                    out.join("classroom50").join(id).join("result.json"),
                    whole(class, student, classroom50::result)?,
                ),
                Format::Html => (
                    out.join("students").join(format!("{id}.html")),
                    Some(html::student(class, student)),
                ),
            };
            match text {
                Some(text) => durable::write_private(&path, text.as_bytes())?,
                // 채점하지 못한 학생의 옛 성적을 남기지 않습니다.
                None => remove(&path)?,
            }
        }
    }
    Ok(())
}

fn whole(
    class: &Class<'_>,
    student: usize,
    write: impl FnOnce(&Class<'_>, usize, &[&Report]) -> Result<String>,
) -> Result<Option<String>> {
    let reports = class.whole(student);
    reports
        .map(|reports| write(class, student, &reports))
        .transpose()
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Fault::file("지우지 못했습니다", path, &error)),
    }
}

/// 선생님이 볼 모든 것입니다.
fn everything(class: &Class<'_>) -> Value {
    let students: Vec<Value> = class
        .roster
        .iter()
        .enumerate()
        .map(|(index, student)| {
            let (total, full) = class.total(index);
            let lines = class.exercises.iter().zip(&class.lines[index]);
            let exercises: Vec<Value> = lines
                .map(|(exercise, line)| match line {
                    Line::Waiting => json!({"exercise": exercise.meta.id, "state": "waiting"}),
                    Line::Fault => json!({"exercise": exercise.meta.id, "state": "fault"}),
                    Line::Graded {
                        report,
                        source,
                        missing,
                        seconds,
                    } => json!({
                        "exercise": exercise.meta.id,
                        "state": if *missing { "missing" } else { "graded" },
                        "source": source,
                        "seconds": seconds,
                        "report": report,
                    }),
                })
                .collect();
            json!({
                "id": student.id,
                "name": student.name,
                "github": student.github,
                "points": total,
                "full": full,
                "exercises": exercises,
            })
        })
        .collect();
    json!({"visible_only": class.visible_only, "students": students})
}
