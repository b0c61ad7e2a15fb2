//! Gradescope의 `results.json`입니다.
//!
//! 칸의 뜻은 <https://gradescope-autograders.readthedocs.io/en/latest/specs/>의 Output format을 따릅니다.
//! 숨긴 검사는 성적을 낸 뒤에(`after_published`) 이름과 해 볼 것만 보입니다.

use serde_json::{Value, json};

use super::{Class, told, word};
use crate::{
    check::{Mark, Report},
    fault::Result,
};

/// 한 학생의 것입니다.
pub fn results(_: &Class<'_>, _: usize, reports: &[&Report]) -> Result<String> {
    let mut tests = Vec::new();
    let mut said = Vec::new();
    for report in reports {
        if let Some(refused) = &report.refused {
            said.push(format!("{}: {refused}", report.exercise));
        }
        for judged in &report.checks {
            let passed = judged.result == Mark::Passed;
            let mut output = told(judged);
            if output.is_empty() {
                output = word(judged.result).to_owned();
            }
            tests.push(json!({
                "score": judged.points,
                "max_score": judged.full,
                "status": if passed { "passed" } else { "failed" },
                "name": format!("{}: {}", report.exercise, judged.title),
                "name_format": "text",
                "output": output,
                "output_format": "text",
                "visibility": if judged.visible { "visible" } else { "after_published" },
            }));
        }
    }
    let score: u32 = reports.iter().map(|report| report.points).sum();
    let whole: Value = json!({
        "score": score,
        "output": said.join("\n\n"),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    });
    Ok(format!("{whole:#}\n"))
}
