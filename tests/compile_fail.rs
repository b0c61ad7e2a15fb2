//! 컴파일되지 않아야 하는 프로그램들입니다. 엉뚱한 까닭으로 컴파일되지 않으면 실패합니다.
//!
//! `tests/compile_fail/*.rs` 는 앞머리에 `// 기대: E0373, 12번째 줄` 을 적습니다(둘이면 `;` 로 잇습니다).
//! 견주는 것은 오류 번호와 줄뿐입니다. 새 컴파일러가 말을 바꾸어도 독자의 `cargo test` 는 통과합니다.
//! 책이 보이는 말은 `이름.stderr` 에 컴파일러의 판과 함께 있고,
//! `NORITEO_BLESS=1 cargo test -p noriteo-tests --test compile_fail` 로 다시 받습니다.

mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use regex::Regex;
use serde_json::Value;

use support::Outcome;

fn main() -> ExitCode {
    let mut trials = support::tests![
        expectation_is_read_from_the_head,
        a_program_that_compiles_is_red,
        another_error_or_line_is_red,
        every_message_has_its_program,
    ];
    match programs() {
        Err(failed) => trials.push(Trial::test("list", move || Err(failed))),
        Ok(programs) => trials.extend(programs.into_iter().map(|path| {
            let name = stem(&path);
            Trial::test(name, move || check(&path)).with_kind("compile_fail")
        })),
    }
    support::run_mimic(trials)
}

fn folder() -> PathBuf {
    support::root().join("tests/compile_fail")
}

fn programs() -> Result<Vec<PathBuf>, Failed> {
    support::files(&folder(), "rs")
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// 오류 번호와 줄입니다.
type Fault = (String, u64);

/// 컴파일러가 한 말입니다.
struct Told {
    /// 번호가 있는 오류들입니다. 나온 차례대로입니다.
    faults: Vec<Fault>,
    /// 사람이 읽는 말입니다.
    text: String,
}

fn check(path: &Path) -> Outcome {
    let source = support::read(path)?;
    let expected = expectation(&source)?;
    // 책에 보일 말에 이 컴퓨터의 폴더가 나오지 않도록, 저장소에서 본 이름으로 컴파일합니다.
    let relative = path.strip_prefix(support::root())?;
    let told = compile(relative)?;
    judge(&expected, &told)?;

    let message = path.with_extension("stderr");
    let version = compiler()?;
    let fresh = format!("{version}\n\n{}", told.text);
    if env::var_os("NORITEO_BLESS").is_some_and(|value| value == "1") {
        fs::write(&message, fresh)?;
        return Ok(());
    }
    let bless = format!(
        "받으려면: NORITEO_BLESS=1 cargo test -p noriteo-tests --test compile_fail -- {}",
        stem(path)
    );
    let stored = support::read(&message)
        .map_err(|_| format!("컴파일러의 말을 아직 받지 않았습니다. {bless}"))?;
    // 말까지 견주는 것은 받을 때와 같은 컴파일러일 때뿐입니다.
    if stored.lines().next() == Some(version.as_str())
        && without_numbers(&stored)? != without_numbers(&fresh)?
    {
        return Err(format!(
            "프로그램이 바뀌어 책에 보일 말이 낡았습니다. {bless}\n--- 책\n{stored}\n--- 지금\n{fresh}"
        )
        .into());
    }
    for (code, line) in &expected {
        let place = format!("{}:{line}:", relative.display());
        if !stored.contains(&format!("error[{code}]")) || !stored.contains(&place) {
            return Err(
                format!("책에 보일 말에 {code} 나 {place} 이(가) 없습니다. {bless}").into(),
            );
        }
    }
    Ok(())
}

/// 크레이트의 소스가 한 줄 밀렸다고 책의 말이 낡지는 않습니다. 왼쪽의 줄 번호와 `src/…` 의 자리를 지웁니다.
fn without_numbers(text: &str) -> Result<String, Failed> {
    let left = Regex::new(r"(?m)^ *\d* *([|=]|-->|:::)")?;
    let place = Regex::new(r"(src/\S+\.rs):\d+:\d+")?;
    let text = left.replace_all(text, "$1");
    Ok(place.replace_all(&text, "$1").into_owned())
}

/// 앞머리의 `// 기대: E0373, 12번째 줄; E0382, 14번째 줄` 을 읽습니다.
fn expectation(source: &str) -> Result<Vec<Fault>, Failed> {
    let form = "앞머리 다섯 줄 안에 `// 기대: E0373, 12번째 줄` 을 적으세요";
    let line = source
        .lines()
        .take(5)
        .find_map(|line| line.strip_prefix("// 기대:"))
        .ok_or(form)?;
    let one = Regex::new(r"^(E\d{4}), (\d+)번째 줄$")?;
    line.split(';')
        .map(|part| {
            let found = one
                .captures(part.trim())
                .ok_or_else(|| format!("`{}` 을(를) 읽지 못했습니다. {form}", part.trim()))?;
            Ok((found[1].to_owned(), found[2].parse()?))
        })
        .collect()
}

fn judge(expected: &[Fault], told: &Told) -> Outcome {
    if told.faults == expected {
        return Ok(());
    }
    let list = |faults: &[Fault]| {
        if faults.is_empty() {
            return "오류 없음".to_owned();
        }
        faults
            .iter()
            .map(|(code, line)| format!("{code}, {line}번째 줄"))
            .collect::<Vec<_>>()
            .join("; ")
    };
    Err(format!(
        "기대한 오류와 다릅니다.\n  기대: {}\n  나온 것: {}\n{}",
        list(expected),
        list(&told.faults),
        told.text
    )
    .into())
}

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// `rustc 1.95.0` 과 같은 한 줄입니다.
fn compiler() -> Result<String, Failed> {
    let mut command = rustc();
    command.arg("--version");
    let output = support::run(command, Duration::from_secs(60))?;
    let words = output.stdout.split_whitespace().take(2).collect::<Vec<_>>();
    Ok(words.join(" "))
}

fn compile(program: &Path) -> Result<Told, Failed> {
    let library = support::built()?
        .libraries
        .get("noriteo")
        .ok_or("크레이트 noriteo 를 짓지 못했습니다. cargo build 를 먼저 보세요")?;
    let out = tempfile::tempdir()?;
    let mut command = rustc();
    command
        .current_dir(support::root())
        .args([
            "--edition=2024",
            "--crate-type=bin",
            "--emit=metadata",
            "--error-format=json",
        ])
        .arg("--out-dir")
        .arg(out.path())
        .arg("--extern")
        .arg(format!("noriteo={}", library.display()))
        .arg(program);
    // 함께 쓴 크레이트들은 noriteo 옆의 deps 폴더에 있습니다.
    let beside = library.parent().unwrap_or(library);
    for folder in [beside.to_path_buf(), beside.join("deps")] {
        let mut search = std::ffi::OsString::from("dependency=");
        search.push(folder);
        command.arg("-L").arg(search);
    }
    let output = support::run(command, Duration::from_secs(120))?;
    let mut told = Told {
        faults: Vec::new(),
        text: String::new(),
    };
    for line in output.stderr.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            return Err(format!("rustc 가 JSON 이 아닌 말을 했습니다.\n{}", output.stderr).into());
        };
        let rendered = message["rendered"].as_str().unwrap_or_default();
        told.text += &plain(rendered)?;
        if message["level"] != "error" {
            continue;
        }
        let Some(code) = message["code"]["code"].as_str() else {
            // `aborting due to …` 에는 자리가 없습니다. 자리가 있으면 문법 오류 같은 것입니다.
            if message["spans"]
                .as_array()
                .is_some_and(|spans| !spans.is_empty())
            {
                told.faults
                    .push(("번호 없는 오류".to_owned(), first_line(&message)));
            }
            continue;
        };
        told.faults.push((code.to_owned(), first_line(&message)));
    }
    Ok(told)
}

fn first_line(message: &Value) -> u64 {
    message["spans"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|span| span["is_primary"] == true)
        .and_then(|span| span["line_start"].as_u64())
        .unwrap_or(0)
}

/// 표준 라이브러리의 자리는 깔린 곳에 따라 다르므로 `library/…` 로 줄입니다.
fn plain(rendered: &str) -> Result<String, Failed> {
    let installed = Regex::new(r"(?m)(--> |::: )\S*?/(library/(?:std|core|alloc)/)")?;
    Ok(installed.replace_all(rendered, "$1$2").into_owned())
}

// ---------------------------------------------------------------- 이 검사의 검사

fn expectation_is_read_from_the_head() -> Outcome {
    let head = "//! 보기\n// 기대: E0373, 12번째 줄; E0277, 3번째 줄\n";
    let expected = vec![("E0373".to_owned(), 12), ("E0277".to_owned(), 3)];
    if expectation(head)? != expected {
        return Err("기대를 잘못 읽었습니다".into());
    }
    for wrong in [
        "fn main() {}\n",
        "// 기대: E0373\n",
        "// 기대: 373, 1번째 줄\n",
    ] {
        if expectation(wrong).is_ok() {
            return Err(format!("읽을 수 없어야 합니다: {wrong:?}").into());
        }
    }
    Ok(())
}

fn red(source: &str) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("program.rs");
    fs::write(&path, source)?;
    match judge(&expectation(source)?, &compile(&path)?) {
        Err(_) => Ok(()),
        Ok(()) => Err(format!("실패해야 하는데 통과했습니다.\n{source}").into()),
    }
}

fn a_program_that_compiles_is_red() -> Outcome {
    red("// 기대: E0373, 2번째 줄\nfn main() { let _ = noriteo::thread::spawn(|| 1); }\n")
}

fn another_error_or_line_is_red() -> Outcome {
    let moved = "fn main() {\n    let a = String::new();\n    drop(a);\n    drop(a);\n}\n";
    red(&format!("// 기대: E0373, 5번째 줄\n{moved}"))?;
    red(&format!("// 기대: E0382, 4번째 줄\n{moved}"))?;
    red(&format!(
        "// 기대: E0382, 5번째 줄; E0277, 5번째 줄\n{moved}"
    ))?;
    red("// 기대: E0382, 2번째 줄\nfn main() { let = ; }\n")?;
    // 바르게 적으면 통과합니다. 위의 것들이 다른 까닭으로 실패한 것이 아닙니다.
    let right = format!("// 기대: E0382, 5번째 줄\n{moved}");
    match red(&right) {
        Err(_) => Ok(()),
        Ok(()) => Err("바르게 적은 기대가 통과하지 않았습니다".into()),
    }
}

fn every_message_has_its_program() -> Outcome {
    let names = programs()?
        .iter()
        .map(|path| stem(path))
        .collect::<Vec<_>>();
    let stray = support::files(&folder(), "stderr")?
        .iter()
        .map(|path| stem(path))
        .filter(|name| !names.contains(name))
        .map(|name| format!("{name}.stderr 의 프로그램 {name}.rs 가 없습니다"))
        .collect();
    support::all_clear(stray)
}
