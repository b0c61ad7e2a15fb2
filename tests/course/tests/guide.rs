//! 「가르치는 이에게」의 표와 명령, 나누어 주는 워크플로입니다.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

use libtest_mimic::Failed;
use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use regex::Regex;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

use crate::{
    sandbox::{LIMIT, has},
    support::{self, Outcome},
};

/// 문제마다 적힌 분입니다.
fn minutes() -> Result<BTreeMap<String, u64>, Failed> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(support::root().join("tests/exercises"))? {
        let path = entry?.path().join("exercise.toml");
        if path.is_file() {
            let table: toml::Table = toml::from_str(&support::read(&path)?)?;
            let id = table["id"].as_str().unwrap_or_default().to_owned();
            let minutes = table["minutes"].as_integer().unwrap_or_default();
            all.insert(id, u64::try_from(minutes)?);
        }
    }
    Ok(all)
}

/// 계획표마다: 문제의 분이 exercise.toml과 같고, 줄과 모두의 합이 맞고, 여덟 주의 계획에는 모든 문제가 한 번씩 있습니다.
pub fn plans_add_up() -> Outcome {
    let minutes = minutes()?;
    let link = Regex::new(r"\(exercises/(\w+)\.md\) (\d+)")?;
    let mut problems = Vec::new();
    for name in ["plan-1-week", "plan-3-weeks", "plan-8-weeks"] {
        let path = format!("book/text/exercises/made/{name}.md");
        let text = support::read(&support::root().join(&path))?;
        let mut listed = BTreeMap::new();
        let (mut taught, mut practised, mut closed) = (0, 0, false);
        for line in text.lines().filter(|line| line.starts_with("| ")).skip(1) {
            let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
            let number = |at: usize| {
                cells
                    .get(at)
                    .and_then(|cell| cell.trim_end_matches(" |").trim().parse::<u64>().ok())
            };
            let columns = cells.len();
            let (Some(class), Some(home)) = (number(columns - 2), number(columns - 1)) else {
                problems.push(format!("{path}: 분이 없는 줄 `{line}`"));
                continue;
            };
            if line.starts_with("| 모두") {
                closed = true;
                if (class, home) != (taught, practised) {
                    problems.push(format!(
                        "{path}: 합이 {taught}과 {practised}이어야 합니다: `{line}`"
                    ));
                }
                continue;
            }
            let mut sum = 0;
            for found in link.captures_iter(line) {
                let told: u64 = found[2].parse()?;
                sum += told;
                *listed.entry(found[1].to_owned()).or_insert(0) += 1;
                if minutes.get(&found[1]) != Some(&told) {
                    problems.push(format!(
                        "{path}: {}의 분이 exercise.toml과 다릅니다",
                        &found[1]
                    ));
                }
            }
            if sum != home {
                problems.push(format!("{path}: 줄의 합이 {sum}이어야 합니다: `{line}`"));
            }
            taught += class;
            practised += home;
        }
        if !closed {
            problems.push(format!("{path}: 모두의 줄이 없습니다"));
        }
        if name == "plan-8-weeks" {
            for id in minutes.keys() {
                if listed.get(id) != Some(&1) {
                    problems.push(format!("{path}: {id}이 꼭 한 번 있어야 합니다"));
                }
            }
        }
    }
    support::all_clear(problems)
}

/// 명령 하나와, 끝나야 하는 코드입니다.
fn commands() -> Result<Vec<(String, i32)>, Failed> {
    let text = support::read(&support::root().join("book/text/teaching.md"))?;
    let code = Regex::new(r"^<!-- 끝나는 코드: (\d+) -->")?;
    let mut found = Vec::new();
    let (mut inside, mut left_out, mut expected) = (false, false, 0);
    for (event, _) in support::markdown(&text) {
        match event {
            Event::Html(html) => {
                left_out = html.starts_with("<!-- 돌리지 않음: ");
                expected = match code.captures(&html) {
                    Some(code) => code[1].parse()?,
                    None => 0,
                };
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => {
                inside = kind.as_ref() == "console" && !left_out;
            }
            Event::End(TagEnd::CodeBlock) => (inside, left_out, expected) = (false, false, 0),
            Event::Text(block) if inside => {
                let lines = block.lines().filter_map(|line| line.strip_prefix("$ "));
                found.extend(lines.map(|line| (line.to_owned(), expected)));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// 적힌 차례대로, 적힌 그대로 돌립니다. 저장소는 고치지 않도록 옆의 폴더에서 합니다.
pub fn commands_run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let here = folder.path().join("noriteo");
    fs::create_dir(&here)?;
    symlink(support::root().join("tests"), here.join("tests"))?;
    // `cargo course …`를 지은 프로그램으로 보냅니다.
    let tools = folder.path().join("tools");
    fs::create_dir(&tools)?;
    let cargo = tools.join("cargo");
    let program = support::course()?.display();
    let script =
        format!("#!/bin/sh\ntest \"$1\" = course || exit 99\nshift\nexec '{program}' \"$@\"\n");
    fs::write(&cargo, script)?;
    fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755))?;
    let path = format!("{}:{}", tools.display(), std::env::var("PATH")?);
    let commands = commands()?;
    let ours = commands
        .iter()
        .filter(|(line, _)| line.starts_with("cargo course"))
        .count();
    if ours < 8 {
        return Err(format!("쪽에서 명령을 {ours}개밖에 찾지 못했습니다").into());
    }
    for (line, expected) in commands {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &line])
            .current_dir(&here)
            .env("PATH", &path);
        // 안에서 부르는 cargo는 진짜입니다.
        shell.env(
            "CARGO",
            std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        );
        let output = support::run(shell, LIMIT)?;
        if output.status.code() != Some(expected) || output.left_behind {
            return Err(format!(
                "`{line}`: {expected}로 끝나야 하는데 {}\n{}{}",
                output.status, output.stdout, output.stderr
            )
            .into());
        }
    }
    let read = |path: &str| support::read(&folder.path().join(path));
    let table = read("class/report/grades.csv")?;
    has(&table, "\r\n20260001,김하나,12,12,12,")?;
    has(&table, "\r\n20260002,이두리,8,8,12,")?;
    has(&table, "\r\n20260003,박세찬,0,0,12,ex07_par_map 내지 않음")?;
    has(&read("class/similar/ex07_par_map/info.csv")?, "s00")?;
    has(&read("handout/README.md")?, "ex07_par_map")
}

/// 이름에 딸린 값입니다.
fn at<'a>(yaml: &Yaml<'a>, key: &str) -> Option<Yaml<'a>> {
    yaml.as_mapping_get(key).cloned()
}

/// 나누어 주는 워크플로가 YAML이고, 액션은 해시로 못 박혀 있고, 권한과 시간의 한계가 있고,
/// 학생의 코드를 돌리는 걸음에는 열쇠가 없습니다. 채점 파일은 파이썬으로 읽힙니다.
pub fn workflows_parse() -> Outcome {
    let folder = support::root().join("tests/course/templates");
    let pinned = Regex::new(r"^[\w-]+/[\w-]+@[0-9a-f]{40}$")?;
    let mut problems = Vec::new();
    for name in ["student.yml", "collect.yml"] {
        let text = support::read(&folder.join(name))?;
        let documents = Yaml::load_from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        let [whole] = documents.as_slice() else {
            return Err(format!("{name}: 문서가 하나가 아닙니다").into());
        };
        if at(whole, "on").is_none() {
            problems.push(format!("{name}: 언제 도는지(on)가 없습니다"));
        }
        let reads = at(whole, "permissions").and_then(|all| at(&all, "contents"));
        if reads.as_ref().and_then(|yaml| yaml.as_str()) != Some("read") {
            problems.push(format!("{name}: 권한은 contents: read여야 합니다"));
        }
        let jobs = at(whole, "jobs").ok_or("jobs가 없습니다")?;
        let mut ran = 0;
        for (_, job) in jobs.as_mapping().into_iter().flatten() {
            if at(job, "timeout-minutes")
                .and_then(|yaml| yaml.as_integer())
                .is_none()
            {
                problems.push(format!("{name}: 시간의 한계가 없습니다"));
            }
            let steps = at(job, "steps").ok_or("steps가 없습니다")?;
            for step in steps.as_sequence().into_iter().flatten() {
                if let Some(uses) = at(step, "uses") {
                    let uses = uses.as_str().unwrap_or_default().to_owned();
                    if !pinned.is_match(&uses) {
                        problems.push(format!("{name}: {uses}가 해시로 못 박히지 않았습니다"));
                    }
                    let keeps = at(step, "with").and_then(|with| at(&with, "persist-credentials"));
                    if keeps.and_then(|yaml| yaml.as_bool()) != Some(false) {
                        problems.push(format!("{name}: {uses}가 열쇠를 남깁니다"));
                    }
                }
                let run = at(step, "run");
                let run = run
                    .as_ref()
                    .and_then(|yaml| yaml.as_str())
                    .unwrap_or_default();
                if run.contains("cargo course") {
                    ran += 1;
                    if at(step, "env").is_some() {
                        problems.push(format!(
                            "{name}: 학생의 코드를 돌리는 걸음에 환경 변수가 있습니다"
                        ));
                    }
                }
            }
        }
        if ran == 0
            || text
                .split("env:")
                .next()
                .is_some_and(|head| head.contains("secrets."))
        {
            problems.push(format!(
                "{name}: 채점하는 걸음이 없거나 열쇠가 모든 걸음에 보입니다"
            ));
        }
    }
    support::all_clear(problems)?;
    let Some(python) = support::python() else {
        return Ok(());
    };
    // Classroom 50의 실행기처럼 부릅니다. git과 cargo는 가짜로 바꿉니다.
    let sandbox = crate::sandbox::Sandbox::new()?;
    sandbox.write("mine/examples/ex90_twice.rs", crate::sandbox::SOLUTION)?;
    let tool = |name: &str, body: String| -> Outcome {
        sandbox.write(&format!("tools/{name}"), format!("#!/bin/sh\n{body}\n"))?;
        fs::set_permissions(
            sandbox.path(&format!("tools/{name}")),
            PermissionsExt::from_mode(0o755),
        )?;
        Ok(())
    };
    tool("git", "for last; do :; done; mkdir -p \"$last\"".to_owned())?;
    let root = sandbox.folder.path().display().to_string();
    tool(
        "cargo",
        format!(
            "shift\nexec '{}' \"$@\" --root '{root}'",
            support::course()?.display()
        ),
    )?;
    let run = |sandbox: &crate::sandbox::Sandbox| {
        let mut grade = Command::new(python.command);
        grade
            .arg(folder.join("autograder.py"))
            .current_dir(sandbox.path("mine"))
            .env(
                "PATH",
                format!("{root}/tools:{}", std::env::var("PATH").unwrap_or_default()),
            )
            .env(
                "CARGO",
                std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            )
            .env("OWNER", "hana")
            .env("ASSIGNMENT", "hw1");
        support::run(grade, LIMIT)
    };
    let graded = run(&sandbox)?;
    if !graded.status.success() {
        return Err(format!("{}{}", graded.stdout, graded.stderr).into());
    }
    let result: Value = serde_json::from_str(&sandbox.read("mine/result.json")?)?;
    let told = (
        &result["owner"],
        &result["assignment"],
        &result["score"],
        &result["max-score"],
    );
    if told != (&"hana".into(), &"hw1".into(), &5.into(), &5.into()) {
        return Err(format!("Classroom 50의 성적이 다릅니다: {result:#}").into());
    }
    // 채점하는 쪽의 잘못이면 0이 아닌 코드로 끝나고, 성적을 남기지 않습니다.
    fs::remove_file(sandbox.path("mine/result.json"))?;
    sandbox.write(
        "tests/exercises/ex90_twice/grader.rs",
        "fn main() { submission::none() }",
    )?;
    if run(&sandbox)?.status.success() || sandbox.path("mine/result.json").exists() {
        return Err("채점하지 못했는데 성적을 남겼습니다".into());
    }
    Ok(())
}
