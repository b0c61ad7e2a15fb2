//! 책의 장을 mdBook 의 마크다운 출력으로 펼치고, 펼친 글에서 skeptic 이 검사를 만들게 합니다.
//!
//! skeptic 은 코드 블록을 쓰인 그대로 시험하므로 `{{#include}}` 가 먼저 펼쳐져 있어야 합니다.
//! 책이 덜 되어 펼칠 수 없을 때에도 빌드를 멈추지 않습니다. 멈추면 책과 상관없는 검사까지 돌릴 수 없기
//! 때문입니다. 대신 까닭을 적어 두고, 검사 `snippets` 가 그 까닭으로 실패합니다.
//! 빌드 스크립트는 cargo 를 부르지 않습니다. 바깥 cargo 가 쥔 락을 기다리다 멈춥니다.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

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
        "tests/compile_fail",
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
    Ok(())
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
