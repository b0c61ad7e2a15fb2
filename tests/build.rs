//! 책의 장을 mdBook 의 마크다운 출력으로 펼치고, 펼친 글에서 skeptic 이 검사를 만들게 합니다.
//!
//! skeptic 은 코드 블록을 쓰인 그대로 시험하므로 `{{#include}}` 가 먼저 펼쳐져 있어야 합니다.
//! 책이 덜 되어 펼칠 수 없을 때에도 빌드를 멈추지 않습니다. 멈추면 책과 상관없는 검사까지 돌릴 수 없기
//! 때문입니다. 대신 까닭을 적어 두고, 검사 `snippets` 가 그 까닭으로 실패합니다.
//! 검사 `gil_verified` 가 돌릴, 한 군데씩 고장 낸 락도 만듭니다. 못 만든 것도 같은 길로 알립니다.
//! 검사 `quiz` 가 모든 차례로 돌릴, 「무엇이 출력될 수 있을까요」의 프로그램들도 옮깁니다.
//! 빌드 스크립트는 cargo 를 부르지 않습니다. 바깥 cargo 가 쥔 락을 기다리다 멈춥니다.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

#[path = "gil_verified/mutants.rs"]
#[allow(dead_code, reason = "들켰는지는 검사가 봅니다")]
mod mutants;

use mutants::{MUTANTS, Mutant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// 조각을 돌릴 때의 크기입니다. `tests/support/mod.rs` 의 `SMALL` 과 같습니다.
const SMALL: &str = "200000";

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    for watched in [
        "book.toml",
        "book/text",
        "examples",
        "tests/build.rs",
        "src/gil/lock.rs",
        "tests/compile_fail",
        "tests/gil_verified/mutants.rs",
        "tests/outputs",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    // cargo 는 이 값을 검사를 돌릴 때의 환경에도 넣습니다. 그래서 조각들이 작은 크기로 돕니다.
    // 정말 들어왔는지는 `snippets` 의 검사가 봅니다.
    println!("cargo::rustc-env=NORITEO_SIZE={SMALL}");

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let problem = match expand(&root, &out.join("expanded")) {
        Ok(files) => {
            skeptic::generate_doc_tests(&files);
            String::new()
        }
        Err(error) => {
            println!("cargo::warning=책을 펼치지 못했습니다: {error}");
            // 앞서 펼친 책의 검사가 남아 통과하지 않게 비웁니다.
            fs::write(out.join("skeptic-tests.rs"), "")?;
            error.to_string()
        }
    };
    fs::write(out.join("book-problem.txt"), problem)?;
    trace_programs(&root.join("examples"), &out.join("traced.rs"))?;
    break_the_lock(&root.join("src/gil/lock.rs"), &out)
}

/// 이름에 `_trace_` 가 든 예제를, 차례를 shuttle 이 정하는 모듈로 옮겨 `to` 에 모읍니다.
///
/// 바꾸는 것은 표준 라이브러리의 스레드와 락을 shuttle 의 것으로 부르는 일뿐입니다. 프로그램의 몸은 한 글자도 바꾸지 않습니다.
fn trace_programs(examples: &Path, to: &Path) -> Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(examples)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name
            .strip_suffix(".rs")
            .filter(|stem| stem.contains("_trace_"))
        {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    let mut all = String::new();
    for name in names {
        let text = fs::read_to_string(examples.join(format!("{name}.rs")))?;
        let body = text
            .replace("//!", "//")
            .replace("use std::", "use shuttle::")
            .replace("\nfn run()", "\npub fn run()");
        all += &format!("#[allow(dead_code)]\npub mod {name} {{\n{body}}}\n");
    }
    fs::write(to, all)?;
    Ok(())
}

/// 락을 한 군데씩 고장 내어 `out/gil_mutants` 에 두고, 모두 컴파일하는 파일 `out/gil_locks.rs` 를 씁니다.
fn break_the_lock(lock: &Path, out: &Path) -> Result<()> {
    let text = fs::read_to_string(lock)
        .map_err(|error| format!("{} 을(를) 읽지 못했습니다: {error}", lock.display()))?;
    let folder = out.join("gil_mutants");
    fs::create_dir_all(&folder)?;
    let (mut modules, mut list, mut problems) = (String::new(), String::new(), Vec::new());
    modules += &format!("lock_module!(original, {:?});\n", lock.canonicalize()?);
    for (i, mutant) in MUTANTS.iter().enumerate() {
        match mutated(&text, mutant) {
            Ok(broken) => {
                let Mutant { name, .. } = mutant;
                let file = folder.join(format!("{name}.rs"));
                fs::write(&file, broken)?;
                modules += &format!("lock_module!({name}, {file:?});\n");
                list += &format!("    (&MUTANTS[{i}], {name}::new),\n");
            }
            Err(problem) => problems.push(problem),
        }
    }
    let all = format!(
        "{modules}\npub const BROKEN: &[(&Mutant, NewLock)] = &[\n{list}];\n\n\
         pub const PROBLEMS: &[&str] = &{problems:?};\n"
    );
    fs::write(out.join("gil_locks.rs"), all)?;
    Ok(())
}

/// 고장 낸 락의 글입니다. 바꿀 곳이 한 군데가 아니면 무엇을 고쳐야 하는지 돌려줍니다.
fn mutated(text: &str, mutant: &Mutant) -> std::result::Result<String, String> {
    let Mutant { name, from, to, .. } = mutant;
    match text.matches(from).count() {
        1 => Ok(text.replacen(from, to, 1)),
        n => Err(format!(
            "고장 {name}: src/gil/lock.rs 에 {from:?} 이(가) 한 번 나와야 하는데 {n}번 나옵니다. \
             락을 고쳤으면 tests/gil_verified/mutants.rs 도 함께 고치세요"
        )),
    }
}

/// 장들을 `to` 에 펼치고 그 파일들을 돌려줍니다.
fn expand(root: &Path, to: &Path) -> Result<Vec<PathBuf>> {
    let toml = root.join("book.toml");
    let mut config = Config::from_disk(&toml)
        .map_err(|error| format!("book.toml 을 읽지 못했습니다: {error:#}"))?;
    chapters_exist(&root.join(&config.book.src))?;
    // 여러 출력이 섞이지 않도록 `[output.markdown]` 하나만 남깁니다.
    let nothing = BTreeMap::<&str, &str>::new();
    config.set("output", BTreeMap::from([("markdown", nothing)]))?;
    config.build.build_dir = to.to_path_buf();
    let book = MDBook::load_with_config(root, config)
        .map_err(|error| format!("책을 읽지 못했습니다: {error:#}"))?;
    book.build()
        .map_err(|error| format!("장을 펼치지 못했습니다: {error:#}"))?;

    // skeptic 은 펼친 파일을 cargo 에게 지켜보라고 합니다. 방금 쓴 파일은 언제나 새것이라 그대로 두면
    // cargo 를 부를 때마다 모든 검사를 다시 짓습니다. 그래서 파일의 시각을 book.toml 의 것으로 맞춥니다.
    // 원고가 바뀌었는지는 위의 rerun-if-changed 가 봅니다.
    let old = fs::metadata(&toml)?.modified()?;
    let mut files = Vec::new();
    for entry in fs::read_dir(to)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !name.ends_with(".md") {
            continue;
        }
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(format!(
                "장의 파일 이름은 로마자로 시작해야 합니다(검사의 이름이 됩니다): {name}"
            )
            .into());
        }
        // skeptic 은 compile_fail 을 모르고 통과해야 할 것으로 돌립니다. 그런 조각은
        // 검사 compile_fail 이 오류 번호까지 보므로, 여기에서는 보통 글로 바꿉니다.
        let text = fs::read_to_string(&path)?;
        fs::write(&path, without_compile_fail(&text))?;
        fs::File::options()
            .write(true)
            .open(&path)?
            .set_modified(old)?;
        files.push(path);
    }
    files.sort();
    Ok(files)
}

fn without_compile_fail(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let fence = line.trim_start();
        if fence.starts_with("```rust") && fence.contains("compile_fail") {
            let indent = &line[..line.len() - fence.len()];
            lines.push(format!("{indent}```text"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

/// 차례에 있는 장이 모두 있는지 봅니다. mdBook 의 말보다 무엇을 할지를 먼저 말합니다.
fn chapters_exist(src: &Path) -> Result<()> {
    let summary = src.join("SUMMARY.md");
    let text = fs::read_to_string(&summary)
        .map_err(|error| format!("차례 book/text/SUMMARY.md 를 읽지 못했습니다: {error}"))?;
    let missing = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .filter(|target| target.ends_with(".md") && !src.join(target).is_file())
        .collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "차례(book/text/SUMMARY.md)에 있는 장의 파일이 없습니다: {}. 파일을 만들거나 차례에서 빼세요",
        missing.join(", ")
    )
    .into())
}
