//! JUnit XML입니다. 문제 하나가 testsuite 하나, 검사 하나가 testcase 하나입니다.

use quick_junit::{NonSuccessKind, Report as Whole, TestCase, TestCaseStatus, TestSuite};

use super::{Class, told, word};
use crate::{
    check::{Mark, Report},
    fault::{Fault, Result},
};

/// 한 학생의 것입니다. 이름도 학번도 없습니다.
pub fn report(_: &Class<'_>, _: usize, reports: &[&Report]) -> Result<String> {
    let mut whole = Whole::new("noriteo");
    for report in reports {
        let mut suite = TestSuite::new(&report.exercise);
        for judged in &report.checks {
            let status = match judged.result {
                Mark::Passed => TestCaseStatus::success(),
                Mark::Skipped if report.refused.is_none() => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(word(Mark::Skipped));
                    status
                }
                mark => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_type(word(mark));
                    match &report.refused {
                        Some(said) => {
                            status.set_message(said.lines().next().unwrap_or_default());
                            status.set_description(said);
                        }
                        None => {
                            status.set_message(judged.says.as_deref().unwrap_or_default());
                            status.set_description(told(judged));
                        }
                    }
                    status
                }
            };
            let mut case = TestCase::new(&judged.check, status);
            case.set_classname(&report.exercise);
            // 속성을 새로 만들지 않고 property에 적습니다. JUnit의 XSD에 있는 칸입니다.
            let points = format!("{}/{}", judged.points, judged.full);
            case.add_property(("points", points.as_str()));
            suite.add_test_case(case);
        }
        whole.add_test_suite(suite);
    }
    whole
        .to_string()
        .map_err(|error| Fault(format!("JUnit XML을 적지 못했습니다: {error}")))
}
