//! 나누어 줄 꾸러미와 새 문제의 뼈대입니다.

use std::{fs, os::unix::fs::PermissionsExt, process::Command, time::Duration};

use crate::{
    sandbox::{LIMIT, SECRET, SOLUTION, Sandbox, has, lacks},
    support::{self, Outcome},
};

/// 이 저장소의 문제로 꾸러미를 만들고, 그 안에서 실행하고 검사합니다.
pub fn has_no_answers_and_runs() -> Outcome {
    let sandbox = Sandbox::new()?;
    let out = sandbox.path("class");
    let mut make = Command::new(crate::support::course()?);
    make.args(["handout", "ex07", "--out"]).arg(&out);
    let made = support::run(make, LIMIT)?;
    if !made.status.success() {
        return Err(made.stderr.into());
    }
    let mut problems = Vec::new();
    for path in sandbox.files("class")? {
        let name = path.strip_prefix(&out)?.to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        if name.contains("mutants")
            || name.ends_with("solution.rs")
            || name.contains("alternatives")
        {
            problems.push(format!("{name}이 들어 있습니다"));
        }
        if name.starts_with("tests/exercises") && text.contains("[[mutants]]") {
            problems.push(format!("{name}에 틀린 답의 목록이 있습니다"));
        }
    }
    support::all_clear(problems)?;

    // 혼자 서는 저장소입니다. 경고도 없습니다.
    let mut example = support::cargo();
    example
        .current_dir(&out)
        .args(["run", "--offline", "--example", "ex07_par_map"])
        .env("CARGO_TARGET_DIR", sandbox.path("built"))
        .env_remove("RUST_BACKTRACE");
    let ran = support::run(example, Duration::from_secs(600))?;
    has(
        &ran.stderr,
        "not yet implemented: thread::scope로 나누어 맡기세요",
    )?;
    lacks(&ran.stderr, "warning")?;

    let check = |code: i32| {
        let mut command = Command::new(crate::support::course()?);
        command.args(["check", "ex07", "--root"]).arg(&out);
        let output = support::run(command, LIMIT)?;
        if output.status.code() == Some(code) {
            return Ok(output.stdout);
        }
        Err(libtest_mimic::Failed::from(output.stdout + &output.stderr))
    };
    has(&check(1)?, "examples/ex07_par_map.rs:")?;
    let solution = support::root().join("tests/exercises/ex07_par_map/solution.rs");
    fs::copy(solution, out.join("examples/ex07_par_map.rs"))?;
    check(0)?;

    // 고친 폴더에 덮어쓰지 않습니다.
    let mut again = Command::new(crate::support::course()?);
    again.args(["handout", "ex07", "--out"]).arg(&out);
    has(
        &support::run(again, LIMIT)?.stderr,
        "폴더가 비어 있지 않습니다",
    )
}

/// 기능 `cluster`를 켜는 문제의 꾸러미도 혼자 섭니다. 꾸러미에 없는 6장의 예제는 이름도 적지 않습니다.
pub fn a_cluster_exercise_stands_alone() -> Outcome {
    let sandbox = Sandbox::new()?;
    let out = sandbox.path("class");
    let mut make = Command::new(crate::support::course()?);
    make.args(["handout", "ex19", "ex07", "--out"]).arg(&out);
    let made = support::run(make, Duration::from_secs(900))?;
    if !made.status.success() {
        return Err(made.stderr.into());
    }
    let manifest = sandbox.read("class/Cargo.toml")?;
    lacks(&manifest, "ch06_01_sum")?;
    has(&manifest, "name = \"ex19_sum_on_hosts\"")?;
    has(
        &sandbox.read("class/README.md")?,
        "cargo run --features cluster --example ex19",
    )?;
    // timely는 이미 지은 것을 씁니다.
    let mut run = support::cargo();
    run.current_dir(&out)
        .args(["run", "--offline", "--features", "cluster"])
        .args(["--example", "ex19_sum_on_hosts"])
        .env("CARGO_TARGET_DIR", support::root().join("target/cluster"));
    let ran = support::run(run, Duration::from_secs(900))?;
    has(&ran.stderr, "not yet implemented: 제 몫을 길에 올리고")?;
    lacks(&ran.stderr, "warning")?;
    // 기능을 켜지 않으면 짓지 않습니다.
    let mut plain = support::cargo();
    plain
        .current_dir(&out)
        .args(["run", "--offline", "--example", "ex19_sum_on_hosts"])
        .env("CARGO_TARGET_DIR", support::root().join("target/cluster"));
    let ran = support::run(plain, LIMIT)?;
    has(&ran.stderr, "requires the features: `cluster`")
}

/// timely는 그것을 쓰는 문제를 검사할 때에만 짓습니다. 채점기가 부르는 cargo를 지켜봅니다.
pub fn timely_is_built_only_for_who_needs_it() -> Outcome {
    let sandbox = Sandbox::new()?;
    let log = sandbox.path("cargo.log");
    let watcher = sandbox.path("cargo-watched");
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> '{}'\nexec \"$REAL_CARGO\" \"$@\"\n",
        log.display()
    );
    fs::write(&watcher, script)?;
    fs::set_permissions(&watcher, fs::Permissions::from_mode(0o755))?;
    for (id, wanted) in [("ex07_par_map", false), ("ex19_sum_on_hosts", true)] {
        let solution = support::root().join(format!("tests/exercises/{id}/solution.rs"));
        let mut check = Command::new(crate::support::course()?);
        check
            .args(["check", id, "--file"])
            .arg(solution)
            .env("REAL_CARGO", support::cargo().get_program())
            .env("CARGO", &watcher);
        let ran = support::run(check, Duration::from_secs(900))?;
        if !ran.status.success() {
            return Err((ran.stdout + &ran.stderr).into());
        }
        let called = fs::read_to_string(&log)?;
        let (all, cluster) = (
            called.lines().count(),
            called.matches("noriteo/cluster").count(),
        );
        if (all, cluster) != (1, usize::from(wanted)) {
            return Err(format!(
                "{id}: cargo를 {all}번, 그 가운데 기능을 켜고 {cluster}번 불렀습니다\n{called}"
            )
            .into());
        }
        fs::remove_file(&log)?;
    }
    Ok(())
}

/// 숨긴 검사의 함수, 그것만 쓰는 일과 상수, 주석까지 없습니다. 남은 것은 그대로 채점합니다.
pub fn hidden_code_is_cut_out() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.run("handout --out class", 0)?;
    let grader = sandbox.read("class/tests/exercises/ex90_twice/grader.rs")?;
    let toml = sandbox.read("class/tests/exercises/ex90_twice/exercise.toml")?;
    for hidden in [
        SECRET,
        "PRIVATE_NUMBER",
        "call-big",
        "call_big",
        "아주 큰 수",
        "fn big",
    ] {
        lacks(&grader, hidden)?;
    }
    for kept in ["fn right", "fn call(", "의 두 배가 아닙니다"] {
        has(&grader, kept)?;
    }
    lacks(&toml, "큰 수의 두 배")?;
    lacks(&toml, "points = 3")?;
    sandbox.write("class/examples/ex90_twice.rs", SOLUTION)?;
    let mut command = Command::new(crate::support::course()?);
    command
        .current_dir(sandbox.folder.path())
        .args(["check", "ex90", "--root", "class"]);
    has(&support::run(command, LIMIT)?.stdout, "2/2점")
}

/// 뼈대는 컴파일되고, `verify`는 무엇이 더 있어야 하는지 모두 말합니다.
pub fn new_exercise_says_what_is_missing() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.run("new ex91_fresh", 0)?;
    has(&sandbox.run("new ex91_fresh", 2)?.stderr, "이미 있습니다")?;
    has(&sandbox.run("new Fresh", 2)?.stderr, "ex19_short_name")?;
    let lacking = sandbox.run("verify ex91", 2)?;
    has(&lacking.stderr, "ex91_fresh: 틀린 답(mutants)이 0개입니다")?;
    // 뼈대의 채점기는 뼈대의 답을 제대로 가려냅니다.
    has(
        &sandbox.run("check ex91", 1)?.stdout,
        "examples/ex91_fresh.rs:",
    )?;
    sandbox.write("examples/ex91_fresh.rs", SOLUTION)?;
    has(&sandbox.run("check ex91", 0)?.stdout, "1/1점")?;

    // 선생님의 폴더에도 만듭니다. 예제의 폴더는 건드리지 않습니다.
    fs::create_dir_all(sandbox.path("private"))?;
    sandbox.run("new ex92_mine --overlay private", 0)?;
    if sandbox.path("examples/ex92_mine.rs").exists()
        || !sandbox.path("private/ex92_mine/grader.rs").is_file()
    {
        return Err("선생님의 폴더 밖에 만들었습니다".into());
    }

    // 출발 파일이 점수를 받거나, 틀린 답이 통과하면 판정이 어긋난 것입니다.
    let mut toml = sandbox.read("tests/exercises/ex90_twice/exercise.toml")?;
    for (name, body) in [
        ("narrow", crate::sandbox::NARROW),
        (
            "same",
            "pub fn twice(number: u64) -> u64 { number }\nfn main() {}\n",
        ),
        (
            "crash",
            "pub fn twice(_: u64) -> u64 { panic!() }\nfn main() {}\n",
        ),
        ("right_after_all", SOLUTION),
        (
            "silent",
            "pub fn twice(_: u64) -> u64 { std::process::exit(0) }\nfn main() {}\n",
        ),
    ] {
        let fails = if name == "narrow" { "big" } else { "right" };
        toml += &format!("\n[[mutants]]\nfile = \"{name}\"\nfails = \"{fails}\"\nwhy = \"오해\"\n");
        sandbox.write(
            &format!("tests/exercises/ex90_twice/mutants/{name}.rs"),
            body,
        )?;
    }
    sandbox.write("tests/exercises/ex90_twice/exercise.toml", &toml)?;
    let verdicts = sandbox.run("verify ex90 --json", 1)?;
    let rows: serde_json::Value = serde_json::from_str(&verdicts.stdout)?;
    let wrong: Vec<&str> = rows
        .as_array()
        .into_iter()
        .flatten()
        .filter(|row| row["right"] != row["runs"])
        .filter_map(|row| row["answer"].as_str())
        .collect();
    if wrong != ["crash", "right_after_all"] {
        return Err(format!("어긋난 판정이 다릅니다: {wrong:?}\n{}", verdicts.stderr).into());
    }
    Ok(())
}
