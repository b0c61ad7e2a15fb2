//! 스레드의 차례를 모델이 정하는 문제(`needs = ["model"]`)에서 학생과 선생님이 보는 것입니다.

use crate::{
    sandbox::{Sandbox, TOML, has, lacks},
    support::Outcome,
};

/// 차례를 바꾸어 가며 두 배를 세 번 셉니다. 정한 수에서 멈춘 것을 선생님께 알립니다.
const GRADER: &str = r#"use std::sync::{Arc, Mutex};

use model_std::model::{Plan, Search, explore, step};
use witness::{Case, Verdict, Work, ensure};

fn main() {
    witness::main(&[("right", right), ("big", right)], &[("call", call)])
}

fn right(case: &Case) -> Verdict {
    let number = case.numbers(1)[0];
    let (sound, cut, answers): (bool, bool, Vec<u64>) =
        case.subject("call").input(&number).run()?.answer()?;
    if cut {
        case.remark("다 보지 못했습니다");
    }
    ensure(sound && answers.len() > 1, "끝까지 가지 못했습니다.")?;
    ensure(answers.iter().all(|answer| *answer == 2 * number), "두 배가 아닙니다.")
}

fn call(work: &Work) {
    work.hush();
    let number: u64 = work.input();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&answers);
    let searches = [Search::Every { preemptions: None, most: 3 }];
    let seen = explore(&Plan { searches: &searches, ..Plan::default() }, move || {
        let other = model_std::thread::spawn(|| (0..3).for_each(|_| step()));
        told.lock().unwrap().push(submission::twice(number));
        let _ = other.join();
    });
    work.answer(&(seen.found.is_none(), seen.cut, answers.lock().unwrap().clone()));
}
"#;

fn sandbox() -> Result<Sandbox, libtest_mimic::Failed> {
    let sandbox = Sandbox::new()?;
    let kind = "kind = \"functions\"\n";
    let mut toml = TOML.replace(kind, &format!("{kind}needs = [\"model\"]\n"));
    for number in 0..5 {
        let file = format!("wrong{number}");
        toml += &format!("\n[[mutants]]\nfile = \"{file}\"\nfails = \"right\"\nwhy = \"틀린다\"\n");
        let wrong = format!("pub fn twice(n: u64) -> u64 {{ n * 2 + {number} + 1 }}\n");
        sandbox.write(
            &format!("tests/exercises/ex91_model/mutants/{file}.rs"),
            wrong,
        )?;
    }
    sandbox.exercise("ex91_model", &toml, GRADER)?;
    Ok(sandbox)
}

/// 앞의 실행이 남는 전역 변수는 컴파일하기 전에 까닭과 함께 거절하고, 남을 것이 없는 것은 받습니다.
pub fn globals_that_outlive_a_run_are_refused() -> Outcome {
    let sandbox = sandbox()?;
    let refused = [
        (
            "static N: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);\npub fn twice(n: u64) -> u64 { n * 2 }",
            1,
        ),
        (
            "pub fn twice(n: u64) -> u64 {\n    static ONE: std::sync::OnceLock<u64> = std::sync::OnceLock::new();\n    n * 2\n}",
            2,
        ),
        (
            "macro_rules! shared {\n    ($name:ident, $kind:ty, $value:expr) => {\n        static $name: $kind = $value;\n    };\n}\nshared!(M, std::sync::Mutex<u64>, std::sync::Mutex::new(0));\npub fn twice(n: u64) -> u64 { n * 2 }",
            3,
        ),
        (
            "type Kept = std::sync::Mutex<u64>;\nmod inner {\n    pub(crate) static KEPT: [super::Kept; 1] = [super::Kept::new(0)];\n}\npub fn twice(n: u64) -> u64 { n * 2 }",
            3,
        ),
    ];
    for (source, line) in refused {
        sandbox.write("mine.rs", source)?;
        let said = sandbox.run("check ex91 --file mine.rs", 1)?.stdout;
        let place = format!("전역 변수(static)를 쓸 수 없습니다: examples/ex91_model.rs:{line}");
        has(&said, &place)?;
        lacks(&said, "error")?;
    }
    let kept = "const TIMES: u64 = 2;\n\
        static NAMES: [&'static str; 2] = [\"하나\", \"둘\"];\n\
        static LIMIT: u64 = 7;\n\
        thread_local! { static LAST: std::cell::Cell<u64> = const { std::cell::Cell::new(0) }; }\n\
        // static 이라는 낱말은 주석과 \"static M: Mutex\" 글자에서는 아무것도 아닙니다.\n\
        pub fn twice(n: u64) -> u64 {\n\
            let name: &'static str = NAMES[1];\n\
            assert!(name == \"둘\" && LIMIT == 7 && LAST.replace(n) == 0);\n\
            n * TIMES\n\
        }";
    sandbox.write("mine.rs", kept)?;
    has(
        &sandbox.run("check ex91 --file mine.rs", 0)?.stdout,
        "5/5점",
    )?;
    // 모델을 쓰지 않는 문제에서는 무엇이든 됩니다.
    sandbox.write("mine.rs", refused[0].0)?;
    lacks(
        &sandbox.run("check ex90 --file mine.rs", 0)?.stdout,
        "static",
    )
}

/// 모델에 없는 것을 쓰면 우리말로 말합니다. 학생의 다른 잘못은 학생이 아는 `std`의 이름으로 말합니다.
pub fn what_the_model_lacks_is_told_in_korean() -> Outcome {
    let sandbox = sandbox()?;
    let lacking = [
        (
            "use std::sync::OnceState;\npub fn twice(n: u64) -> u64 { n * 2 }",
            "`std::sync::OnceState`: examples/ex91_model.rs:1:5",
        ),
        (
            "pub fn twice(n: u64) -> u64 {\n    std::sync::Once::new().call_once_force(|_| ());\n    n * 2\n}",
            "`call_once_force`: examples/ex91_model.rs:2:28",
        ),
        (
            "use std::os::unix::thread::JoinHandleExt;\npub fn twice(n: u64) -> u64 {\n    let other = std::thread::spawn(|| ());\n    let _ = other.as_pthread_t();\n    n * 2\n}",
            "let _ = other.as_pthread_t();",
        ),
    ];
    for (source, part) in lacking {
        sandbox.write("mine.rs", source)?;
        let said = sandbox.run("check ex91 --file mine.rs", 1)?.stdout;
        has(&said, "이 문제에서는 다음을 쓸 수 없습니다")?;
        has(&said, part)?;
        lacks(&said, "error")?;
        lacks(&said, "model_std")?;
    }
    // 둘 다 틀렸으면 둘 다 말합니다.
    sandbox.write(
        "mine.rs",
        "use std::sync::{Mutex, OnceState};\npub fn twice(n: u64) -> u64 {\n    let lock: u64 = Mutex::new(n);\n    lock\n}",
    )?;
    let said = sandbox.run("check ex91 --file mine.rs", 1)?.stdout;
    has(&said, "이 문제에서는 다음을 쓸 수 없습니다")?;
    has(&said, "`std::sync::OnceState`: examples/ex91_model.rs:1")?;
    has(&said, "error[E0308]")?;
    lacks(&said, "model_std")?;
    // 학생의 잘못만 있으면 모델의 말을 하지 않습니다.
    sandbox.write(
        "mine.rs",
        "pub fn twice(n: u64) -> u64 {\n    std::sync::Mutex::new(n).lock()\n}",
    )?;
    let said = sandbox.run("check ex91 --file mine.rs", 1)?.stdout;
    has(&said, "error[E0308]")?;
    lacks(&said, "이 문제에서는")?;
    lacks(&said, "model_std")
}

/// 빠짐없이 보다가 정한 수에서 멈춘 것은 문제를 만드는 이에게 알리고, 학생의 성적은 그대로입니다.
pub fn a_cut_search_is_told_to_the_maker() -> Outcome {
    let sandbox = sandbox()?;
    let said = sandbox.run("verify ex91", 0)?.stdout;
    has(&said, "ex91_model right: 다 보지 못했습니다")?;
    has(&said, "ex91_model big: 다 보지 못했습니다")?;
    sandbox.write(
        "mine.rs",
        sandbox.read("tests/exercises/ex91_model/solution.rs")?,
    )?;
    let said = sandbox.run("check ex91 --file mine.rs", 0)?.stdout;
    has(&said, "5/5점")?;
    lacks(&said, "다 보지 못했습니다")
}
