//! 학생의 명령입니다.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    thread,
};

use libtest_mimic::Failed;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::{
    sandbox::{ENDLESS, SOLUTION, Sandbox, TOML, caged, has, lacks, scratch, until},
    support::{self, Outcome},
};

/// 출발 파일에서 만점까지의 길입니다.
pub fn check_tells_where_and_progress_opens_the_solution() -> Outcome {
    let sandbox = Sandbox::new()?;
    has(&sandbox.run("list", 0)?.stdout, "–/5")?;
    has(&sandbox.run("next", 0)?.stdout, "examples/ex90_twice.rs")?;
    // 아직 고친 것도 검사한 것도 없습니다.
    sandbox.run("check", 2)?;
    let output = sandbox.run("check ex90", 1)?;
    has(
        &output.stdout,
        "패닉한 자리: examples/ex90_twice.rs:6:5 not yet implemented: 두 배를 돌려주세요",
    )?;
    has(&output.stdout, "0/5점")?;
    let closed = sandbox.run("solution ex90", 1)?;
    lacks(&closed.stdout, "number * 2")?;

    sandbox.write(
        "examples/ex90_twice.rs",
        "pub fn twice(number: u64) -> u64 { number + }\nfn main() {}\n",
    )?;
    let output = sandbox.run("check", 1)?;
    has(&output.stdout, "컴파일되지 않습니다")?;
    has(&output.stdout, "examples/ex90_twice.rs:1:")?;
    lacks(&output.stdout, "noriteo-course-")?;

    // 이름을 적지 않으면 고친 것을 봅니다.
    sandbox.write("examples/ex90_twice.rs", SOLUTION)?;
    has(&sandbox.run("check", 0)?.stdout, "5/5점")?;
    has(&sandbox.run("list", 0)?.stdout, "5/5 통과")?;
    has(&sandbox.run("solution ex90", 0)?.stdout, "number * 2")?;
    has(&sandbox.run("next", 0)?.stdout, "모두 풀었습니다")?;

    // 되돌려도 고치던 것과 진도는 남습니다.
    has(
        &sandbox.run("reset ex90", 0)?.stdout,
        ".course/backup/ex90_twice-1.rs",
    )?;
    if sandbox.read("examples/ex90_twice.rs")?
        != sandbox.read("tests/exercises/ex90_twice/starter.rs")?
    {
        return Err("출발 파일로 되돌아가지 않았습니다".into());
    }
    has(
        &sandbox.read(".course/backup/ex90_twice-1.rs")?,
        "number * 2",
    )?;
    has(&sandbox.run("reset ex90", 0)?.stdout, "고친 것이 없습니다")?;
    // 다시 틀려도 한 번 푼 것은 푼 것입니다.
    has(&sandbox.run("check ex90", 1)?.stdout, "0/5점")?;
    has(&sandbox.run("list", 0)?.stdout, "5/5 통과")
}

/// 프로그램을 내는 문제의 채점기입니다. 공개된 검사는 프로그램을 두 번 실행합니다.
const PROGRAM_GRADER: &str = r#"use witness::{Case, Verdict, ensure};

fn main() {
    witness::main(&[("right", right), ("big", big)], &[])
}

fn doubles(case: &Case, number: u64) -> Verdict {
    let ran = case.program().arg("두 배").stdin(number.to_string()).run()?;
    ensure(ran.ending.success(), format!("프로그램이 {}.", ran.ending))?;
    ensure(!ran.left_alive, "프로그램이 자식을 남겼습니다.")?;
    ensure(ran.stderr == "두 배\n", "표준 오류가 다릅니다.")?;
    ensure(ran.stdout == format!("{}\n", 2 * number), "표준 출력이 다릅니다.")
}

fn right(case: &Case) -> Verdict {
    for number in case.numbers(2) {
        doubles(case, number)?;
    }
    Ok(())
}

fn big(case: &Case) -> Verdict {
    doubles(case, 4611686018427387903)
}
"#;

/// `body`가 `number`의 두 배를 찍는 프로그램입니다.
fn program(body: &str) -> String {
    format!(
        "use std::{{env, fs, io::{{Read, stdin}}, process::Command}};\n\
         fn main() {{\n\
         let _ = (Command::new(\"true\").status(), fs::read_dir(\".\").unwrap());\n\
         let mut text = String::new();\n\
         stdin().read_to_string(&mut text).unwrap();\n\
         let number: u64 = text.parse().unwrap();\n\
         eprintln!(\"{{}}\", env::args().nth(1).unwrap());\n\
         {body}\n}}\n"
    )
}

/// 프로그램을 내는 문제(`kind = "program"`)도 우리 안에서 돌고, 패닉한 자리를 말합니다.
#[cfg(target_os = "linux")]
pub fn programs_run_and_tell_where_they_panicked() -> Outcome {
    let sandbox = Sandbox::new()?;
    let toml = TOML
        .replace("\"functions\"", "\"program\"")
        .replace("level = 1", "level = 1\nwall = 120\npatience = 60");
    sandbox.exercise("ex90_twice", &toml, PROGRAM_GRADER)?;
    let check = |body: &str, code: i32| -> Result<String, Failed> {
        sandbox.write("examples/ex90_twice.rs", program(body))?;
        Ok(sandbox.run("check ex90", code)?.stdout)
    };
    // 입력과 출력을 담은 파일은 프로그램의 폴더에 보이지 않습니다.
    has(
        &check(
            "assert_eq!(fs::read_dir(\".\").unwrap().count(), 0); println!(\"{}\", number * 2);",
            0,
        )?,
        "5/5점",
    )?;
    let told = check("assert!(number > 1_000_000, \"아직\");", 1)?;
    has(&told, "패닉(코드 101)으로 끝났습니다")?;
    has(&told, "패닉한 자리: examples/ex90_twice.rs:8:1 아직")?;

    // 숨긴 검사에서 패닉하면 자리도 말도 없습니다.
    let told = check(
        "if number > 1_000_000 { panic!(\"{number}\") } println!(\"{}\", number * 2);",
        1,
    )?;
    has(&told, "2/5점")?;
    lacks(&told, "패닉한 자리")?;
    lacks(&told, crate::sandbox::SECRET)?;

    // 끝없이 찍는 것은 파일의 한계가, 남은 자식은 재판관이, 앞의 것이 다음 실행을 막는 것은 판정이 됩니다.
    for (body, told) in [
        ("loop { println!(\"{number:01000}\"); }", "SIGXFSZ"),
        (
            "Command::new(\"setsid\").args([\"sleep\", \"5000\"]).spawn().unwrap(); println!(\"{}\", number * 2);",
            "자식을 남겼습니다",
        ),
        (
            "println!(\"{}\", number * 2); assert!(Command::new(\"chmod\").args([\"000\", \".\"]).status().unwrap().success());",
            "앞서 돌린 코드가 남긴 것 때문에 파일을 만들 수 없습니다",
        ),
    ] {
        let seen = check(body, 1)?;
        has(&seen, told)?;
        has(&seen, "0/5점")?;
    }
    Ok(())
}

/// 둘이 함께 적어도 한 사람의 것이 사라지지 않습니다.
pub fn hints_asked_at_once_are_all_counted() -> Outcome {
    let sandbox = Sandbox::new()?;
    let started: Vec<_> = (0..8)
        .map(|_| sandbox.start("hint ex90", Stdio::null()))
        .collect::<Result<_, Failed>>()?;
    for mut child in started {
        if !child.wait()?.success() {
            return Err("hint가 실패했습니다".into());
        }
    }
    let progress: Value = serde_json::from_str(&sandbox.read(".course/progress.json")?)?;
    let hints = &progress["exercises"]["ex90_twice"]["hints"];
    if *hints != 8 {
        return Err(format!("여덟 번 물었는데 {hints}번으로 적혔습니다").into());
    }
    let left: Vec<_> = sandbox.files(".course")?;
    if left.len() != 2 {
        return Err(format!("적다 만 파일이 있습니다: {left:?}").into());
    }
    Ok(())
}

/// 적는 도중에 죽어도 앞의 것이 온전합니다. 파일 크기의 한계(RLIMIT_FSIZE)로 정말로 적는 도중에 죽입니다.
pub fn dying_while_writing_keeps_the_old_file() -> Outcome {
    let sandbox = Sandbox::new()?;
    let many: serde_json::Map<String, Value> = (0..200)
        .map(|number| {
            (
                format!("ex{number}"),
                serde_json::json!({"best": 1, "full": 1}),
            )
        })
        .collect();
    let old = serde_json::json!({"exercises": many, "last": null}).to_string();
    sandbox.write(".course/progress.json", &old)?;
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "ulimit -f 2; exec \"$0\" hint ex90 --root \"$1\""])
        .arg(crate::support::course()?)
        .arg(sandbox.folder.path());
    let died = support::run(shell, crate::sandbox::LIMIT)?;
    if died.status.success() {
        return Err("적는 도중에 죽었어야 합니다".into());
    }
    if sandbox.read(".course/progress.json")? != old {
        return Err("적는 도중에 죽자 앞의 진도가 상했습니다".into());
    }
    // 다음에는 적다 만 것을 치우고 이어 갑니다.
    sandbox.run("hint ex90", 0)?;
    let progress: Value = serde_json::from_str(&sandbox.read(".course/progress.json")?)?;
    if progress["exercises"]["ex90_twice"]["hints"] != 1
        || progress["exercises"]["ex7"]["best"] != 1
    {
        return Err(format!("진도가 이어지지 않았습니다: {progress}").into());
    }
    if sandbox.files(".course")?.len() != 2 {
        return Err("적다 만 파일이 남았습니다".into());
    }
    Ok(())
}

/// 저장한 것을 검사하고, 검사하는 사이에 Ctrl-C를 눌러도 아무것도 남지 않습니다.
pub fn watch_checks_what_was_saved_and_leaves_nothing() -> Outcome {
    let sandbox = Sandbox::new()?;
    let mut child = sandbox.start("watch", Stdio::piped())?;
    let id = child.id();
    let stdout = child.stdout.take().ok_or("출력이 없습니다")?;
    let (send, lines) = std::sync::mpsc::channel();
    let reader = thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    let see = |part: &str| -> Outcome {
        loop {
            let line = lines
                .recv_timeout(crate::sandbox::LIMIT)
                .map_err(|_| format!("`{part}`를 보지 못했습니다"))?;
            if line.contains(part) {
                return Ok(());
            }
        }
    };
    let told = see("지켜봅니다")
        .and_then(|()| sandbox.write("examples/ex90_twice.rs", SOLUTION))
        .and_then(|()| see("5/5점"))
        .and_then(|()| sandbox.write("examples/ex90_twice.rs", ENDLESS))
        .and_then(|()| until("채점기가 돈다", || !caged(id, "--check").is_empty()));
    kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGINT)?;
    let status = child.wait()?;
    reader.join().map_err(|_| "읽는 스레드가 패닉했습니다")?;
    told?;
    if status.code() != Some(130) {
        return Err(format!("130으로 끝나야 하는데 {status}로 끝났습니다").into());
    }
    until("우리에 남은 것이 없다", || {
        caged(id, "").is_empty()
    })?;
    until("임시 폴더가 없다", || scratch(id).is_empty())
}

/// 되돌릴 출발 파일이 모든 문제에 있고, 나누어 주는 것과 같습니다.
pub fn starters_are_kept() -> Outcome {
    let exercises = support::root().join("tests/exercises");
    let mut problems = Vec::new();
    for entry in std::fs::read_dir(exercises)? {
        let folder = entry?.path();
        if !folder.join("exercise.toml").is_file() {
            continue;
        }
        let id = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let example = support::read(&support::root().join(format!("examples/{id}.rs")))?;
        let kept = folder.join("starter.rs");
        if std::env::var_os("NORITEO_BLESS").is_some() {
            std::fs::write(&kept, &example)?;
        }
        if std::fs::read_to_string(&kept).ok() != Some(example) {
            problems.push(format!(
                "tests/exercises/{id}/starter.rs 가 examples/{id}.rs 와 다릅니다. \
                 `NORITEO_BLESS=1 cargo test -p noriteo-tests --test course -- starters` 로 다시 베끼세요"
            ));
        }
    }
    support::all_clear(problems)
}
