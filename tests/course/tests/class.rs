//! 한 반의 채점입니다.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    process::Stdio,
};

use libtest_mimic::Failed;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

use crate::{
    sandbox::{
        ENDLESS, GRADER, NARROW, SECRET, SOLUTION, STARTER, Sandbox, TOML, caged, has, lacks,
        scratch, until,
    },
    support::{self, Outcome},
};

/// 이름이 식으로 읽히는 학생과, 폴더의 이름이 풀어 쓴 한글(NFD)인 학생이 있습니다.
const ROSTER: &str = "학번,이름,github\n\
    1,김하나,\n\
    2,이두리,\n\
    3,박세찬,se-chan\n\
    4,\"=HYPERLINK(\"\"http://x\"\")\",chan\n\
    5,오다섯,\n\
    6,유여섯,\n\
    7,칠일곱,\n\
    8,<b>팔여덟,\n";

/// `이두리`의 NFD입니다. macOS에서 만든 폴더의 이름이 이렇습니다.
const DURI: &str = "\u{110b}\u{1175}\u{1103}\u{116e}\u{1105}\u{1175}";

/// 여러 자리, 여러 가지로 틀린 제출물입니다.
fn class() -> Result<Sandbox, Failed> {
    let sandbox = Sandbox::new()?;
    sandbox.write("roster.csv", ROSTER)?;
    sandbox.write("in/1/ex90_twice.rs", SOLUTION)?;
    sandbox.write(&format!("in/{DURI}/examples/ex90_twice.rs"), NARROW)?;
    sandbox.write("in/hw-se-chan/examples/ex90_twice.rs", "pub fn twice( {\n")?;
    fs::create_dir_all(sandbox.path("in/5"))?;
    symlink(
        sandbox.path("tests/exercises/ex90_twice/grader.rs"),
        sandbox.path("in/5/ex90_twice.rs"),
    )?;
    // CP949로 저장한 파일입니다.
    sandbox.write(
        "in/6_ex90_twice.rs",
        b"// \xb5\xce \xb9\xe8\nfn main() {}\n",
    )?;
    sandbox.write(
        "in/7-ex90_twice.rs",
        "// ".to_owned() + &"a".repeat(300 << 10),
    )?;
    // 검사도 하기 전에 0으로 끝냅니다.
    sandbox.write(
        "in/8/ex90_twice.rs",
        "pub fn twice(_: u64) -> u64 { std::process::exit(0) }\nfn main() {}\n",
    )?;
    sandbox.write("in/손님/ex90_twice.rs", SOLUTION)?;
    Ok(sandbox)
}

fn grades(sandbox: &Sandbox) -> Result<Value, Failed> {
    Ok(serde_json::from_str(&sandbox.read("out/grades.json")?)?)
}

fn report<'a>(grades: &'a Value, student: &str) -> &'a Value {
    let students = grades["students"].as_array().into_iter().flatten();
    students
        .filter(|one| one["id"] == student)
        .map(|one| &one["exercises"][0])
        .next()
        .unwrap_or(&Value::Null)
}

pub fn every_layout_and_every_way_to_fail() -> Outcome {
    let sandbox = class()?;
    let output = sandbox.run("grade in --roster roster.csv --out out", 0)?;
    has(&output.stderr, "명단에 없는 제출물: 손님")?;
    lacks(&output.stderr, "명단에 없는 제출물: hw-se-chan")?;
    let grades = grades(&sandbox)?;
    let expected = [
        ("1", "graded", 5, None),
        ("2", "graded", 2, None),
        ("3", "graded", 0, Some("컴파일되지 않습니다")),
        ("4", "missing", 0, Some("제출하지 않았습니다")),
        ("5", "graded", 0, Some("심볼릭 링크는 받지 않습니다")),
        ("6", "graded", 0, Some("UTF-8이 아닙니다")),
        ("7", "graded", 0, Some("256 KiB보다 큽니다")),
        ("8", "graded", 0, None),
    ];
    let mut problems = Vec::new();
    for (student, state, points, refused) in expected {
        let one = report(&grades, student);
        let said = one["report"]["refused"].as_str();
        let told = match (said, refused) {
            (Some(said), Some(part)) => said.contains(part),
            (None, None) => true,
            _ => false,
        };
        if one["state"] != state || one["report"]["points"] != points || !told {
            problems.push(format!(
                "{student}: {state} {points}점이어야 하는데 {one:#}"
            ));
        }
    }
    if report(&grades, "8")["report"]["checks"][0]["result"] != "silent" {
        problems.push("exit(0)은 답이 없는 것이어야 합니다".to_owned());
    }
    let table = sandbox.read("out/grades.csv")?;
    let lines: Vec<&str> = table.split("\r\n").collect();
    let wanted = [
        "\u{feff}학번,이름,ex90_twice,합계,만점,적을 것",
        "1,김하나,5,5,5,",
        "2,이두리,2,2,5,",
        "3,박세찬,0,0,5,ex90_twice 컴파일되지 않습니다.",
        "4,\"'=HYPERLINK(\"\"http://x\"\")\",0,0,5,ex90_twice 내지 않음",
    ];
    for (line, wanted) in lines.iter().zip(wanted) {
        if *line != wanted {
            problems.push(format!("표의 줄이 `{wanted}`여야 하는데 `{line}`입니다"));
        }
    }
    support::all_clear(problems)
}

/// 숨긴 검사의 값, 소스, 본 것이 어느 파일에도 없습니다. 이름은 그 학생의 것에만 있습니다.
pub fn reports_never_tell_what_is_hidden() -> Outcome {
    let sandbox = class()?;
    let formats = "csv,json,junit,gradescope,classroom50,html";
    sandbox.run(
        &format!("grade in --roster roster.csv --out out --format {formats}"),
        0,
    )?;
    let mut problems = Vec::new();
    let files = sandbox.files("out")?;
    // 여섯 꼴이 정말로 있어야 아래의 봄에 뜻이 있습니다.
    for (part, count) in [
        ("grades.csv", 1),
        ("grades.json", 1),
        ("index.html", 1),
        ("/junit/", 8),
        ("/gradescope/", 8),
        ("/classroom50/", 8),
        ("/students/", 8),
        ("/state/", 8),
    ] {
        let found = files
            .iter()
            .filter(|path| path.to_string_lossy().contains(part))
            .count();
        if found != count {
            problems.push(format!("{part}: {count}개여야 하는데 {found}개입니다"));
        }
    }
    for path in &files {
        // 반이 함께 보는 쪽만 누구나 읽습니다. 나머지에는 이름이나 점수가 있습니다.
        let (mode, size) = (
            fs::metadata(path)?.mode() & 0o777,
            fs::metadata(path)?.len(),
        );
        let private = mode & 0o077 == 0;
        if size > 0 && private == path.ends_with("index.html") {
            problems.push(format!("{}: 권한이 {mode:o}입니다", path.display()));
        }
        let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
        for hidden in [SECRET, "PRIVATE_NUMBER", "call-big", "에서 틀립니다"] {
            if text.contains(hidden) {
                problems.push(format!("{}: 숨긴 `{hidden}`이 있습니다", path.display()));
            }
        }
    }
    // 숨긴 검사도 이름과 해 볼 것은 말합니다.
    has(
        &sandbox.read("out/students/2.html")?,
        "좁은 형으로 바꾸지 않았는지",
    )?;
    // 공개된 검사에서 본 것은 말합니다. 그래서 위의 봄이 빈 것을 보는 것이 아닙니다.
    has(&sandbox.read("out/students/8.html")?, "답을 내지 않고")?;
    let shared = sandbox.read("out/index.html")?;
    for name in [
        "김하나",
        "이두리",
        "박세찬",
        "se-chan",
        "HYPERLINK",
        "여덟",
        "students/",
    ] {
        if shared.contains(name) {
            problems.push(format!("함께 보는 쪽에 `{name}`이 있습니다"));
        }
    }
    // 명단에 적힌 것은 쪽의 꼴을 바꾸지 못합니다.
    let marked = sandbox.read("out/students/8.html")?;
    has(&marked, "&lt;b&gt;팔여덟")?;
    lacks(&marked, "<b>팔여덟")?;
    let other = sandbox.read("out/students/1.html")?;
    if other.contains("이두리") || !other.contains("김하나") {
        problems.push("학생의 쪽에는 그 학생의 이름만 있어야 합니다".to_owned());
    }
    support::all_clear(problems)
}

/// Gradescope의 문서에 적힌 칸만 있습니다(gradescope-autograders.readthedocs.io, Output format).
fn gradescope_schema() -> Value {
    let format = json!({"enum": ["text", "html", "simple_format", "md", "ansi"]});
    let visibility = json!({"enum": ["hidden", "after_due_date", "after_published", "visible"]});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["tests"],
        "properties": {
            "score": {"type": "number"},
            "execution_time": {"type": "number"},
            "output": {"type": "string"},
            "output_format": format,
            "test_output_format": format,
            "test_name_format": format,
            "visibility": visibility,
            "stdout_visibility": visibility,
            "extra_data": {"type": "object"},
            "leaderboard": {"type": "array"},
            "tests": {"type": "array", "minItems": 1, "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["score", "max_score", "status", "name"],
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": format,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": format,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": visibility,
                    "extra_data": {"type": "object"}
                }
            }}
        }
    })
}

/// Classroom 50의 문서에 적힌 `result.json`입니다(foundation50/classroom50의 위키, Advanced Autograding).
fn classroom50_schema() -> Value {
    let text = json!({"type": "string", "minLength": 1});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["schema", "classroom", "assignment", "assignment_type", "owner", "submission",
            "commit", "release", "review", "datetime", "score", "max-score", "tests"],
        "properties": {
            "schema": {"const": "classroom50/result/v1"},
            "classroom": text, "assignment": text, "owner": text, "submission": text,
            "commit": text, "release": text, "review": text,
            "assignment_type": {"enum": ["individual", "group"]},
            "datetime": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$"},
            "graded_at": text,
            "score": {"type": "integer"},
            "max-score": {"type": "integer"},
            "submitted_by": {"type": "object"},
            "tests": {"type": "array", "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": text,
                    "passed": {"type": "boolean"},
                    "score": {"type": "integer"},
                    "max-score": {"type": "integer"}
                }
            }}
        }
    })
}

pub fn formats_are_as_documented() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.write(
        "roster.csv",
        "id,name,github\n1,김하나,hana\n2,이두리,duri\n",
    )?;
    sandbox.write("in/1/ex90_twice.rs", NARROW)?;
    let mut command = sandbox
        .command("grade in --roster roster.csv --out out --format junit,gradescope,classroom50")?;
    command.env("COMMIT_URL", "https://example.invalid/commit/1");
    let output = support::run(command, crate::sandbox::LIMIT)?;
    if !output.status.success() {
        return Err(output.stderr.into());
    }
    for student in ["1", "2"] {
        for (schema, path) in [
            (
                gradescope_schema(),
                format!("out/gradescope/{student}/results.json"),
            ),
            (
                classroom50_schema(),
                format!("out/classroom50/{student}/result.json"),
            ),
        ] {
            let value: Value = serde_json::from_str(&sandbox.read(&path)?)?;
            let validator =
                jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
            validator
                .validate(&value)
                .map_err(|error| format!("{path}: {error}"))?;
        }
    }
    let gradescope: Value = serde_json::from_str(&sandbox.read("out/gradescope/1/results.json")?)?;
    let told: Vec<(&Value, &Value, &Value)> = gradescope["tests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|test| (&test["score"], &test["status"], &test["visibility"]))
        .collect();
    let wanted = [
        (&json!(2), &json!("passed"), &json!("visible")),
        (&json!(0), &json!("failed"), &json!("after_published")),
    ];
    if told != wanted || gradescope["score"] != 2 {
        return Err(format!("Gradescope의 점수가 다릅니다: {gradescope:#}").into());
    }
    let classroom: Value = serde_json::from_str(&sandbox.read("out/classroom50/1/result.json")?)?;
    let seen = [
        &classroom["owner"],
        &classroom["commit"],
        &classroom["score"],
        &classroom["max-score"],
    ];
    if seen
        != [
            &json!("hana"),
            &json!("https://example.invalid/commit/1"),
            &json!(2),
            &json!(5),
        ]
    {
        return Err(format!("Classroom 50의 성적이 다릅니다: {classroom:#}").into());
    }
    let told: Vec<[&Value; 3]> = classroom["tests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|test| [&test["passed"], &test["score"], &test["max-score"]])
        .collect();
    if told
        != [
            [&json!(true), &json!(2), &json!(2)],
            [&json!(false), &json!(0), &json!(3)],
        ]
    {
        return Err(format!("Classroom 50의 검사가 다릅니다: {classroom:#}").into());
    }
    // 낸 학생은 하나만 틀렸고, 내지 않은 학생은 모두 틀렸습니다(건너뛴 것이 아닙니다).
    for (student, wanted) in [
        ("1", [("right", false, "2/2"), ("big", true, "0/3")]),
        ("2", [("right", true, "0/2"), ("big", true, "0/3")]),
    ] {
        let junit = sandbox.read(&format!("out/junit/{student}.xml"))?;
        let tree = roxmltree::Document::parse(&junit).map_err(|error| error.to_string())?;
        let cases: Vec<(&str, bool, &str)> = tree
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
            .map(|node| {
                let failed = node.children().any(|child| child.has_tag_name("failure"));
                let points = node
                    .descendants()
                    .find(|one| one.attribute("name") == Some("points"))
                    .and_then(|one| one.attribute("value"));
                let name = node.attribute("name").unwrap_or_default();
                (name, failed, points.unwrap_or_default())
            })
            .collect();
        if cases != wanted {
            return Err(format!("JUnit의 검사가 다릅니다: {junit}").into());
        }
        let failures = wanted.iter().filter(|(_, failed, _)| *failed).count();
        let root = tree.root_element();
        if root.attribute("tests") != Some("2")
            || root.attribute("failures") != Some(failures.to_string().as_str())
        {
            return Err(format!("JUnit의 수가 다릅니다: {junit}").into());
        }
    }
    Ok(())
}

/// 엑셀이 저장하는 세 가지 글자, 겹친 학번, 파일의 이름이 될 수 없는 학번입니다.
pub fn rosters_from_excel() -> Outcome {
    // `학번,이름\r\n1,김하나\r\n`의 CP949입니다.
    let cp949 = b"\xc7\xd0\xb9\xf8,\xc0\xcc\xb8\xa7\r\n1,\xb1\xe8\xc7\xcf\xb3\xaa\r\n";
    let bom = "\u{feff}학번,이름\r\n1,김하나\r\n".as_bytes();
    let tabs: Vec<u8> = "\u{feff}학번\t이름\r\n1\t김하나\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, bytes) in [
        ("CP949", cp949.as_slice()),
        ("UTF-8", bom),
        ("UTF-16", &tabs),
    ] {
        let sandbox = Sandbox::new()?;
        fs::create_dir_all(sandbox.path("in"))?;
        sandbox.write("roster.csv", bytes)?;
        sandbox.run("grade in --roster roster.csv --out out", 0)?;
        has(&sandbox.read("out/grades.csv")?, "\r\n1,김하나,0,0,5,")
            .map_err(|failed| format!("{name}: {}", failed.message().unwrap_or_default()))?;
    }
    // 풀어 쓴 이름(NFD)도 모아 쓴 것(NFC)으로 적습니다.
    let sandbox = Sandbox::new()?;
    fs::create_dir_all(sandbox.path("in"))?;
    sandbox.write("roster.csv", format!("id,name\n1,{DURI}\n"))?;
    sandbox.run("grade in --roster roster.csv --out out", 0)?;
    has(&sandbox.read("out/grades.csv")?, "\r\n1,이두리,")?;
    for (roster, why) in [
        ("이름\n김하나\n", "`학번`이나 `id`라는 열이 없습니다"),
        ("학번\n1\n2\n1\n", "2째 줄과 4째 줄"),
        ("학번\n../1\n", "파일의 이름으로 쓸 수 없습니다"),
        ("학번\n", "한 명도 없습니다"),
    ] {
        let sandbox = Sandbox::new()?;
        fs::create_dir_all(sandbox.path("in"))?;
        sandbox.write("roster.csv", roster)?;
        let output = sandbox.run("grade in --roster roster.csv --out out", 2)?;
        has(&output.stderr, why)?;
    }
    Ok(())
}

/// 첫 학생은 옳고, 둘째 학생의 것은 끝나지 않습니다. 기다리는 한계는 검사보다 훨씬 깁니다.
fn endless() -> Result<Sandbox, Failed> {
    let sandbox = Sandbox::new()?;
    let patient = TOML.replace("level = 1", "level = 1\nwall = 3600\npatience = 3000");
    sandbox.exercise("ex90_twice", &patient, GRADER)?;
    sandbox.write("roster.csv", "id\n1\n2\n")?;
    sandbox.write("in/1/ex90_twice.rs", SOLUTION)?;
    sandbox.write("in/2/ex90_twice.rs", ENDLESS)?;
    Ok(sandbox)
}

const ONE_BY_ONE: &str = "grade in --roster roster.csv --out out --jobs 1";

/// 둘째 학생을 채점하는 사이에 `signal`을 보냅니다. 끝난 모습을 줍니다.
fn stopped_by(
    sandbox: &Sandbox,
    signal: Signal,
) -> Result<(u32, std::process::ExitStatus), Failed> {
    let mut child = sandbox.start(ONE_BY_ONE, Stdio::null())?;
    let id = child.id();
    let told = until("둘째 학생의 채점기가 돈다", || {
        sandbox.path("out/state/1.json").is_file() && !caged(id, "--check").is_empty()
    });
    kill(Pid::from_raw(i32::try_from(id)?), signal)?;
    let status = child.wait()?;
    told?;
    until("우리에 남은 것이 없다", || {
        caged(id, "").is_empty()
    })?;
    Ok((id, status))
}

/// 첫 학생의 성적이 온전히 있고, 다시 하면 둘째부터 이어집니다.
fn continues(sandbox: &Sandbox) -> Outcome {
    for path in sandbox.files("out")? {
        let text = fs::read_to_string(&path)?;
        if path.extension().is_some_and(|kind| kind == "json") {
            serde_json::from_str::<Value>(&text)
                .map_err(|error| format!("{}: 반쪽입니다: {error}", path.display()))?;
        }
    }
    has(&sandbox.read("out/grades.csv")?, "\r\n1,,5,5,5,")?;
    let before = fs::metadata(sandbox.path("out/state/1.json"))?.ino();
    sandbox.write("in/2/ex90_twice.rs", NARROW)?;
    let output = sandbox.run(ONE_BY_ONE, 0)?;
    has(&output.stdout, "새로 채점 1개, 그대로 1개")?;
    if fs::metadata(sandbox.path("out/state/1.json"))?.ino() != before {
        return Err("첫 학생의 성적을 다시 적었습니다".into());
    }
    has(
        &sandbox.read("out/grades.csv")?,
        "\r\n1,,5,5,5,\r\n2,,2,2,5,",
    )
}

pub fn killed_batch_continues() -> Outcome {
    let sandbox = endless()?;
    let (id, _) = stopped_by(&sandbox, Signal::SIGKILL)?;
    if scratch(id).is_empty() {
        return Err("SIGKILL은 치울 틈을 주지 않으므로 임시 폴더가 남았어야 합니다".into());
    }
    // 적다 만 파일이 있었어도 다음 채점이 치웁니다.
    sandbox.write("out/state/.draft-half", "{")?;
    continues(&sandbox)?;
    if sandbox.path("out/state/.draft-half").exists() || !scratch(id).is_empty() {
        return Err("앞서 끝난 채점이 남긴 것을 치우지 않았습니다".into());
    }
    Ok(())
}

pub fn interrupted_batch_leaves_nothing() -> Outcome {
    let sandbox = endless()?;
    let (id, status) = stopped_by(&sandbox, Signal::SIGINT)?;
    if status.code() != Some(130) {
        return Err(format!("130으로 끝나야 하는데 {status}로 끝났습니다").into());
    }
    // 끝나기 전에 스스로 치웁니다. 더 기다리면 다른 채점이 치워 줄 수도 있어 곧바로 봅니다.
    if !scratch(id).is_empty() {
        return Err("임시 폴더가 남았습니다".into());
    }
    continues(&sandbox)
}

/// 채점하는 쪽의 잘못은 종료 코드 2이고, 0점이 아니며, 나머지를 멈추지 않습니다.
pub fn our_fault_is_not_a_zero() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.exercise("ex91_broken", TOML, GRADER)?;
    for id in ["ex90_twice", "ex91_broken"] {
        sandbox.write(&format!("in/1/{id}.rs"), SOLUTION)?;
    }
    // 채점기를 고치기 전에 채점한 성적이 남아 있습니다.
    let formats = "csv,json,html,junit,gradescope,classroom50";
    let grade = format!("grade in --roster roster.csv --out out --format {formats}");
    sandbox.write("roster.csv", "id\n1\n")?;
    sandbox.run(&grade, 0)?;
    let old = [
        "out/gradescope/1/results.json",
        "out/junit/1.xml",
        "out/classroom50/1/result.json",
    ];
    if let Some(lost) = old.iter().find(|path| !sandbox.path(path).exists()) {
        return Err(format!("{lost}: 채점한 성적이 없습니다").into());
    }
    // 학생의 함수 이름을 잘못 적은 채점기입니다. 학생의 잘못으로 보이기 쉽습니다.
    let broken = GRADER.replace("submission::twice", "submission::thrice");
    sandbox.exercise("ex91_broken", TOML, &broken)?;
    sandbox.write("roster.csv", "id\n1\n2\n3\n")?;
    // 둘째는 같은 것을 두 자리에 냈고, 셋째의 것은 하드 링크입니다.
    sandbox.write("in/2/ex90_twice.rs", SOLUTION)?;
    sandbox.write("in/2/examples/ex90_twice.rs", NARROW)?;
    fs::create_dir_all(sandbox.path("in/3"))?;
    fs::hard_link(
        sandbox.path("tests/exercises/ex90_twice/grader.rs"),
        sandbox.path("in/3/ex90_twice.rs"),
    )?;
    let output = sandbox.run(&grade, 2)?;
    for told in [
        "1 ex91_broken",
        "2 ex90_twice",
        "두 자리에 있습니다",
        "3 ex90_twice",
        "하드 링크",
    ] {
        has(&output.stderr, told)?;
    }
    lacks(&output.stderr, "2 ex91_broken")?;
    let table = sandbox.read("out/grades.csv")?;
    has(&table, "\r\n1,,5,,,10,ex91_broken 채점하지 못함")?;
    has(
        &table,
        "\r\n2,,,0,,10,\"ex90_twice 채점하지 못함, ex91_broken 내지 않음\"",
    )?;
    has(&sandbox.read("out/students/1.html")?, "채점하는 쪽의 잘못")?;
    for path in old {
        if sandbox.path(path).exists() {
            return Err(format!("{path}: 채점하지 못한 학생의 성적을 적었습니다").into());
        }
    }
    Ok(())
}

/// 낸 파일이나 문제가 바뀐 것만 다시 채점합니다.
pub fn only_what_changed_is_graded_again() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.write("roster.csv", "id\n1\n2\n")?;
    sandbox.write("in/1/ex90_twice.rs", SOLUTION)?;
    let run = |told: &str| has(&sandbox.run(ONE_BY_ONE, 0)?.stdout, told);
    run("새로 채점 2개, 그대로 0개, 내지 않음 1개")?;
    run("새로 채점 0개, 그대로 2개, 내지 않음 1개")?;
    sandbox.write("in/2/ex90_twice.rs", NARROW)?;
    run("새로 채점 1개, 그대로 1개, 내지 않음 0개")?;
    sandbox.write(
        "tests/exercises/ex90_twice/grader.rs",
        GRADER.replace("더하기", "곱하기") + "\n",
    )?;
    run("새로 채점 2개, 그대로 0개")?;
    has(
        &sandbox.read("out/grades.csv")?,
        "\r\n1,,5,5,5,\r\n2,,2,2,5,",
    )
}

/// 막지 못하는 것이 있는 컴퓨터에서는 공개된 검사만 보고, 무엇을 막지 못하는지 말합니다.
#[cfg(target_os = "linux")]
pub fn missing_wall_keeps_the_hidden_checks_back() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.write("roster.csv", "id\n1\n")?;
    sandbox.write("in/1/ex90_twice.rs", NARROW)?;
    let ptrace = "다른 프로세스를 붙드는 것(ptrace)";
    let bare = format!("{ONE_BY_ONE} --without seccomp");

    let output = sandbox.run(&bare, 0)?;
    for told in [ptrace, "공개된 검사만 봅니다", "--hidden-anyway"] {
        has(&output.stderr, told)?;
    }
    // 다른 겹이 막는 것까지 뚫린다고 하지 않습니다.
    lacks(&output.stderr, "허락하지 않은 파일을 읽는 것")?;
    has(&sandbox.read("out/grades.csv")?, "\r\n1,,2,2,2,")?;
    let told = grades(&sandbox)?;
    let checks = report(&told, "1")["report"]["checks"]
        .as_array()
        .map(Vec::len);
    if told["visible_only"] != true || checks != Some(1) {
        return Err(format!("숨긴 검사를 보았습니다: {told:#}").into());
    }
    has(&sandbox.read("out/index.html")?, "공개된 검사만 보았습니다")?;

    // 그래도 보라고 하면 봅니다. 막지 못하는 것은 그때에도 말합니다.
    let output = sandbox.run(&format!("{bare} --hidden-anyway"), 0)?;
    has(&output.stderr, ptrace)?;
    has(&output.stderr, "숨긴 검사도 봅니다")?;
    has(&sandbox.read("out/grades.csv")?, "\r\n1,,2,2,5,")?;

    // 다 막는 컴퓨터에서는 아무 말도 하지 않고 봅니다.
    let output = sandbox.run(ONE_BY_ONE, 0)?;
    lacks(&output.stderr, "막지 못하는 것")?;
    has(&sandbox.read("out/grades.csv")?, "\r\n1,,2,2,5,")
}

/// 선생님의 폴더는 검사를 더하거나, 문제를 통째로 바꿉니다.
pub fn overlay_adds_and_replaces() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.write("roster.csv", "id\n1\n2\n")?;
    sandbox.write("in/1/ex90_twice.rs", SOLUTION)?;
    sandbox.write(
        "in/2/ex90_twice.rs",
        "pub fn twice(number: u64) -> u64 { if number == 0 { 7 } else { number * 2 } }\nfn main() {}\n",
    )?;
    let added = "private/ex90_twice";
    sandbox.write(
        &format!("{added}/exercise.toml"),
        "[[checks]]\nid = \"zero\"\npoints = 4\ntitle = \"끝의 수\"\nsays = \"가장 작은 수도 보세요.\"\n\n\
         [[mutants]]\nfile = \"seven\"\nfails = \"zero\"\nwhy = \"0을 따로 본다\"\n",
    )?;
    sandbox.write(
        &format!("{added}/grader.rs"),
        "use witness::{Case, Verdict, Work, ensure};\n\
         fn main() { witness::main(&[(\"zero\", zero)], &[(\"call\", call)]) }\n\
         fn zero(case: &Case) -> Verdict {\n\
             let seen = case.subject(\"call\").input(&0_u64).run()?;\n\
             ensure(seen.answer::<u64>()? == 0, \"PRIVATE-DETAIL\")\n\
         }\n\
         fn call(work: &Work) { work.answer(&submission::twice(work.input())); }\n",
    )?;
    let formats = "csv,json,html,junit,gradescope,classroom50";
    let grade =
        format!("grade in --roster roster.csv --out out --overlay private --format {formats}");
    sandbox.run(&grade, 0)?;
    has(
        &sandbox.read("out/grades.csv")?,
        "\r\n1,,9,9,9,\r\n2,,5,5,9,",
    )?;
    has(
        &sandbox.read("out/students/2.html")?,
        "가장 작은 수도 보세요.",
    )?;
    for path in sandbox.files("out")? {
        lacks(&String::from_utf8_lossy(&fs::read(path)?), "PRIVATE-DETAIL")?;
    }
    // 공개된 검사만 보면 더한 것이 없습니다.
    sandbox.run(&format!("{grade} --visible"), 0)?;
    has(
        &sandbox.read("out/grades.csv")?,
        "\r\n1,,2,2,2,\r\n2,,2,2,2,",
    )?;

    // id가 있으면 통째로 바꿉니다.
    sandbox.write(
        &format!("{added}/exercise.toml"),
        TOML.replace("points = 2", "points = 8")
            .replace("visible = false\n", ""),
    )?;
    sandbox.write(&format!("{added}/grader.rs"), GRADER)?;
    sandbox.write(&format!("{added}/starter.rs"), STARTER)?;
    sandbox.run(&grade, 0)?;
    has(&sandbox.read("out/grades.csv")?, "\r\n1,,11,11,11,\r\n")?;

    // 더할 문제가 없으면 말합니다.
    sandbox.write(
        "private/ex77_none/exercise.toml",
        "[[checks]]\nid = \"a\"\npoints = 1\ntitle = \"a\"\nsays = \"a\"\n",
    )?;
    has(
        &sandbox.run(&grade, 2)?.stderr,
        "검사를 더할 문제 `ex77_none`가 없습니다",
    )
}

/// JPlag와 Dolos가 읽는 꼴이고, 이름과 학번은 열쇠에만 있습니다.
pub fn similarity_folder_has_no_names() -> Outcome {
    let sandbox = class()?;
    sandbox.run("export-similarity in --roster roster.csv --out similar", 0)?;
    let base = sandbox.read("similar/ex90_twice/base-code/ex90_twice.rs")?;
    if base != STARTER {
        return Err("바탕 코드가 출발 파일이 아닙니다".into());
    }
    let info = sandbox.read("similar/ex90_twice/info.csv")?;
    let mut listed: Vec<&str> = info.lines().skip(1).collect();
    listed.sort_unstable();
    let mut there: Vec<String> = fs::read_dir(sandbox.path("similar/ex90_twice"))?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".rs"))
        .collect();
    there.sort_unstable();
    // 읽을 수 있는 것은 넷입니다: 1, 2, 3, 8. 이름은 번호뿐입니다.
    let number = regex::Regex::new(r"^s00[1-8]\.rs$")?;
    if let Some(name) = there.iter().find(|name| !number.is_match(name)) {
        return Err(format!("`{name}`이 번호가 아닙니다").into());
    }
    if info.lines().next() != Some("filename") || listed != there || there.len() != 4 {
        return Err(format!("info.csv와 파일이 다릅니다: {info} {there:?}").into());
    }
    let key = sandbox.read("similar/key.csv")?;
    has(&key, "김하나")?;
    has(&key, "'=HYPERLINK")?;
    Ok(())
}

/// 같은 학생에게는 늘 같고, 학생과 문제와 비밀이 다르면 다릅니다.
pub fn seeds_differ_and_stay() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.exercise("ex91_other", TOML, GRADER)?;
    sandbox.write("private/secret.txt", "봄\n")?;
    let seed =
        |args: &str| -> Result<u64, Failed> { Ok(sandbox.run(args, 0)?.stdout.trim().parse()?) };
    let first = seed("variant ex90 --seed 이두리")?;
    if first != seed(&format!("variant ex90 --seed {DURI}"))? {
        return Err("같은 학생인데 씨앗이 다릅니다".into());
    }
    let others = [
        seed("variant ex90 --seed 2")?,
        seed("variant ex91 --seed 이두리")?,
        seed("variant ex90 --seed 이두리 --overlay private")?,
    ];
    if others.contains(&first) || !(1..1_000_000_000).contains(&first) {
        return Err(format!("씨앗 {first}이 {others:?}와 같거나 너무 큽니다").into());
    }
    Ok(())
}
