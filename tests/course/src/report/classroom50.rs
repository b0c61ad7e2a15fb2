//! Classroom 50의 `result.json`입니다(`classroom50/result/v1`).
//!
//! 칸의 뜻은 <https://github.com/foundation50/classroom50/wiki/Advanced-Autograding>의 `result.json` contract를 따릅니다.
//! 그 실행기 안에서는 실행기가 준 환경 변수를 옮겨 적습니다. 모아 채점할 때에는 그런 주소가 없으므로,
//! 낸 파일의 지문을 `local:` 뒤에 적습니다.

use std::env;

use noriteo::measure::now_utc;
use serde_json::{Value, json};

use super::{Class, Line};
use crate::{
    check::{Mark, Report},
    digest::Digest,
    fault::Result,
};

/// 한 학생의 것입니다.
pub fn result(class: &Class<'_>, student: usize, reports: &[&Report]) -> Result<String> {
    let given = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let mut digest = Digest::new();
    for line in &class.lines[student] {
        if let Line::Graded { source, .. } = line {
            digest = digest.add(source.as_bytes());
        }
    }
    let local = format!("local:{}", &digest.done()[..12]);
    let who = &class.roster[student];
    let owner = if who.github.is_empty() {
        &who.id
    } else {
        &who.github
    };
    let ids: Vec<&str> = reports
        .iter()
        .map(|report| report.exercise.as_str())
        .collect();
    let commit = given("COMMIT_URL").unwrap_or_else(|| local.clone());
    let tests: Vec<Value> = reports
        .iter()
        .flat_map(|report| {
            report.checks.iter().map(|judged| {
                json!({
                    "test-name": format!("{}: {}", report.exercise, judged.title),
                    "passed": judged.result == Mark::Passed,
                    "score": judged.points,
                    "max-score": judged.full,
                    "says": judged.says,
                })
            })
        })
        .collect();
    let score: u32 = reports.iter().map(|report| report.points).sum();
    let full: u32 = reports.iter().map(|report| report.full).sum();
    let whole = json!({
        "schema": "classroom50/result/v1",
        "classroom": given("CLASSROOM").unwrap_or_else(|| "noriteo".to_owned()),
        "assignment": given("ASSIGNMENT").unwrap_or_else(|| ids.join("-")),
        "assignment_type": given("ASSIGNMENT_TYPE").unwrap_or_else(|| "individual".to_owned()),
        "owner": given("OWNER").unwrap_or_else(|| owner.clone()),
        "submission": given("SUBMISSION_TAG").unwrap_or_else(|| local.clone()),
        "release": given("RELEASE_URL").unwrap_or_else(|| local.clone()),
        "review": given("REVIEW_URL").unwrap_or_else(|| commit.clone()),
        "commit": commit,
        "datetime": now_utc(),
        "score": score,
        "max-score": full,
        "tests": tests,
    });
    Ok(format!("{whole:#}\n"))
}
