//! 가짜 저장소입니다.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::support::{self, Output};

/// 명령 하나가 쓸 수 있는 가장 긴 시간입니다. 판정은 이 값에 달려 있지 않습니다.
pub const LIMIT: Duration = Duration::from_secs(400);

/// 숨긴 검사만 아는 수입니다. 어떤 성적에도 나오면 안 됩니다.
pub const SECRET: &str = "4611686018427387903";

pub const TOML: &str = r#"id = "ex90_twice"
chapter = 1
title = "두 배"
level = 1
minutes = 10
kind = "functions"
hints = ["하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉"]

[[checks]]
id = "right"
points = 2
gate = true
title = "작은 수의 두 배"
says = "더하기로도 됩니다."

[[checks]]
id = "big"
points = 3
visible = false
title = "큰 수의 두 배"
says = "중간에 좁은 형으로 바꾸지 않았는지 보세요."
"#;

pub const GRADER: &str = r#"//! ex90의 채점기입니다.

use witness::{Case, Verdict, Work, ensure};

fn main() {
    witness::main(
        &[("right", right), ("big", big)],
        &[("call", call), ("call-big", call_big)],
    )
}

fn right(case: &Case) -> Verdict {
    let number = case.numbers(1)[0];
    let seen = case.subject("call").input(&number).run()?;
    let answer: u64 = seen.answer()?;
    ensure(answer == 2 * number, format!("{number}의 두 배가 아닙니다."))
}

/// 숨긴 수입니다.
const PRIVATE_NUMBER: u64 = 4611686018427387903;

// 숨긴 검사는 아주 큰 수를 봅니다.
fn big(case: &Case) -> Verdict {
    let seen = case.subject("call-big").input(&PRIVATE_NUMBER).run()?;
    ensure(seen.answer::<u64>()? == 2 * PRIVATE_NUMBER, format!("{PRIVATE_NUMBER}에서 틀립니다."))
}

fn call(work: &Work) {
    work.answer(&submission::twice(work.input()));
}

fn call_big(work: &Work) {
    work.answer(&submission::twice(work.input()));
}
"#;

pub const STARTER: &str = "//! ex90: 두 배.

/// `number`의 두 배를 줍니다.
pub fn twice(number: u64) -> u64 {
    let _ = number;
    todo!(\"두 배를 돌려주세요\")
}

fn main() {}
";

pub const SOLUTION: &str = "//! ex90의 예시 답.

pub fn twice(number: u64) -> u64 {
    number * 2
}

fn main() {}
";

/// 숨긴 검사에서만 틀립니다.
pub const NARROW: &str = "pub fn twice(number: u64) -> u64 {
    u64::from(number as u32) * 2
}
fn main() {}
";

/// 끝나지 않습니다.
pub const ENDLESS: &str = "pub fn twice(number: u64) -> u64 {
    loop { std::hint::black_box(number); }
}
fn main() {}
";

/// 가짜 저장소 하나입니다.
pub struct Sandbox {
    pub folder: TempDir,
}

impl Sandbox {
    /// 문제 하나가 있는 저장소입니다.
    pub fn new() -> Result<Sandbox, Failed> {
        let sandbox = Sandbox {
            folder: tempfile::tempdir()?,
        };
        sandbox.exercise("ex90_twice", TOML, GRADER)?;
        Ok(sandbox)
    }

    pub fn exercise(&self, id: &str, toml: &str, grader: &str) -> Result<(), Failed> {
        let folder = format!("tests/exercises/{id}");
        self.write(&format!("examples/{id}.rs"), STARTER)?;
        self.write(&format!("{folder}/starter.rs"), STARTER)?;
        self.write(
            &format!("{folder}/exercise.toml"),
            toml.replace("ex90_twice", id),
        )?;
        self.write(&format!("{folder}/grader.rs"), grader)?;
        self.write(&format!("{folder}/solution.rs"), SOLUTION)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> Result<(), Failed> {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("폴더 안입니다"))?;
        fs::write(&path, text)?;
        Ok(())
    }

    pub fn read(&self, path: &str) -> Result<String, Failed> {
        support::read(&self.path(path))
    }

    /// `course ARGS… --root 이곳`입니다. 이곳에서 실행합니다.
    pub fn command(&self, args: &str) -> Result<Command, Failed> {
        let mut command = Command::new(support::course()?);
        command
            .current_dir(self.folder.path())
            .args(args.split_whitespace())
            .arg("--root")
            .arg(self.folder.path());
        for name in ["RUST_BACKTRACE", "CLASSROOM", "OWNER", "COMMIT_URL"] {
            command.env_remove(name);
        }
        Ok(command)
    }

    /// 실행하고, 종료 코드가 `code`인지 봅니다.
    pub fn run(&self, args: &str, code: i32) -> Result<Output, Failed> {
        let output = support::run(self.command(args)?, LIMIT)?;
        if output.status.code() == Some(code) && !output.left_behind {
            return Ok(output);
        }
        Err(format!(
            "`course {args}`: {code}로 끝나야 하는데 {}로 끝났습니다(남은 것 {})\n{}{}",
            output.status, output.left_behind, output.stdout, output.stderr
        )
        .into())
    }

    /// 시작만 합니다. 제 무리를 이끕니다.
    pub fn start(&self, args: &str, stdout: Stdio) -> Result<Child, Failed> {
        let mut command = self.command(args)?;
        command.stdin(Stdio::null()).stdout(stdout).process_group(0);
        Ok(command.spawn()?)
    }

    /// 폴더 아래의 모든 파일입니다.
    pub fn files(&self, under: &str) -> Result<Vec<PathBuf>, Failed> {
        let mut found = Vec::new();
        walk(&self.path(under), &mut found)?;
        found.sort();
        Ok(found)
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// `course`가 우리(cage)에 넣은 프로그램의 PID입니다. 인자에 그 임시 폴더의 이름이 있습니다.
pub fn caged(course: u32, what: &str) -> Vec<i32> {
    let mark = format!("noriteo-course-{course}-");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let words = fs::read(entry.path().join("cmdline")).ok()?;
            let words = String::from_utf8_lossy(&words).into_owned();
            (words.contains(&mark) && words.contains(what)).then_some(pid)
        })
        .collect()
}

/// `course`의 임시 폴더입니다.
pub fn scratch(course: u32) -> Vec<PathBuf> {
    let mark = format!("noriteo-course-{course}-");
    let entries = fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().contains(&mark))
        .map(|entry| entry.path())
        .collect()
}

/// 그렇게 될 때까지 되풀이해 봅니다. 끝내 그렇지 않으면 실패합니다.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<(), Failed> {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        if Instant::now() >= deadline {
            return Err(format!("끝내 그렇게 되지 않았습니다: {what}").into());
        }
        // 차례를 맞추려는 잠이 아니라, 다시 보기까지의 쉼입니다.
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// `text`에 `part`가 있어야 합니다.
pub fn has(text: &str, part: &str) -> Result<(), Failed> {
    if text.contains(part) {
        return Ok(());
    }
    Err(format!("`{part}`가 없습니다:\n{text}").into())
}

/// `text`에 `part`가 없어야 합니다.
pub fn lacks(text: &str, part: &str) -> Result<(), Failed> {
    if text.contains(part) {
        return Err(format!("`{part}`가 있습니다:\n{text}").into());
    }
    Ok(())
}
