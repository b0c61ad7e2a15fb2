//! 채점기(`tests/exercises/*/grader.rs`)가 쓰는 도구입니다.
//!
//! 채점기는 두 가지 프로세스로 돕니다.
//!
//! * **재판관**(judge): 학생의 코드를 부르지 않습니다. 일을 내고, 밖에서 보고, 판정을 한 번 적습니다.
//! * **피고**(subject): 학생의 코드를 부르는 유일한 프로세스입니다. 재판관이 자기 자신을 다시 실행하여 만듭니다.
//!
//! 피고가 하는 말은 소켓으로 오고, 누가 보냈는지(PID)는 커널이 적습니다(`SCM_CREDENTIALS`).
//! 학생의 코드는 안전한 Rust만 쓰므로(`-F unsafe_code`) 이 소켓의 디스크립터를 얻을 수 없습니다.
//! `/proc/self/fd`로도 소켓은 다시 열리지 않습니다(ENXIO).
//!
//! ```ignore
//! fn main() {
//!     witness::main(&[("every-item", every_item)], &[("map", map)]);
//! }
//!
//! // 재판관에서 돕니다.
//! fn every_item(case: &Case) -> Verdict {
//!     let numbers = case.numbers(100);
//!     let seen = case.subject("map").input(&numbers).run()?;
//!     let answer: Vec<u64> = seen.answer()?;
//!     ensure(answer == expected(&numbers), "답의 차례가 다릅니다")
//! }
//!
//! // 피고에서 돕니다.
//! fn map(work: &Work) {
//!     let numbers: Vec<u64> = work.input();
//!     work.answer(&submission::par_map(numbers, 4, |n| n * 2));
//! }
//! ```
#![warn(missing_docs)]
#![cfg(unix)]

mod case;
mod channel;
mod ending;
mod held;
mod judge;
mod left;
mod program;
mod subject;
mod verdict;

pub use case::Case;
pub use ending::Ending;
pub use judge::{Said, Seen, Session, SubjectPlan};
pub use program::{Ran, RunPlan};
pub use subject::{Work, here};
pub use verdict::{How, Verdict, Wrong, ensure};

use std::{env, process};

/// 재판관이 하는 검사 하나입니다.
pub type Check = fn(&Case) -> Verdict;

/// 피고가 하는 일 하나입니다.
pub type Act = fn(&Work);

/// 채점기의 `main`입니다. 돌아오지 않습니다.
///
/// # Panics
/// `course`가 부르지 않았을 때(인자나 표준 입력이 약속과 다를 때)입니다.
pub fn main(checks: &[(&str, Check)], acts: &[(&str, Act)]) -> ! {
    let mut args = env::args().skip(1);
    match (args.next().as_deref(), args.next()) {
        (Some("--subject"), Some(name)) => subject::main(&name, acts),
        (Some("--check"), Some(id)) => judge::main(&id, checks),
        (Some("--list"), None) => {
            for (id, _) in checks {
                println!("{id}");
            }
            process::exit(0)
        }
        _ => panic!("채점기는 `cargo course`가 부릅니다"),
    }
}
