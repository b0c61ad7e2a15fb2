//! 본문의 러스트 코드 블록을 하나도 빠짐없이 돌립니다.
//!
//! * skeptic 이 펼친 장마다 코드 블록을 컴파일하고 돌립니다(2021 에디션).
//! * mdBook 자신의 검사가 같은 블록을 rustdoc 으로 한 번 더 돌립니다(2024 에디션).
//! * 블록의 수를 원고에서 따로 세어, 어느 쪽에서도 새지 않았는지 봅니다.

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use libtest_mimic::Failed;
use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use noriteo::measure::evidence::{self, Evidence};
use pulldown_cmark::{CodeBlockKind, Event, Tag};

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

/// skeptic 이 만든 검사들의 원문입니다. 세는 데에 씁니다.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

/// 빌드 스크립트가 책을 펼치지 못했을 때의 까닭입니다. 비어 있어야 합니다.
const PROBLEM: &str = include_str!(concat!(env!("OUT_DIR"), "/book-problem.txt"));

/// 원고에서 찾은 러스트 코드 블록 하나입니다.
struct Fence {
    place: String,
    tags: Vec<String>,
    /// 바로 위의 `<!-- 실행하지 않음: 까닭 -->` 에 적힌 까닭입니다.
    reason: Option<String>,
}

impl Fence {
    fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|t| t == tag)
    }

    /// 돌리지 않는 블록이면 참입니다. 컴파일만 하는 것도 돌리지 않는 것입니다.
    fn exempt(&self) -> bool {
        self.has("ignore") || self.has("no_run")
    }

    /// 뜻을 아는 꼬리표만 씁니다. `ignore-windows` 처럼 모르는 것이 슬며시 블록을 빼지 못하게 합니다.
    fn unknown_tags(&self) -> Vec<&str> {
        let known = ["rust", "compile_fail", "should_panic", "no_run", "ignore"];
        let mut tags = self.tags.iter().map(String::as_str).collect::<Vec<_>>();
        tags.retain(|tag| !known.contains(tag));
        tags
    }
}

fn fail(message: String) -> ! {
    panic!("{message}")
}

fn ok<T>(result: Result<T, Failed>) -> T {
    result.unwrap_or_else(|failed| fail(failed.message().unwrap_or("까닭 없음").to_owned()))
}

/// 차례에 있는 장들의 원고(펼치기 전)에서 러스트 코드 블록을 셉니다. skeptic 의 셈과는 남남입니다.
fn fences() -> Vec<Fence> {
    let book = MDBook::load(support::root())
        .unwrap_or_else(|error| fail(format!("책을 읽지 못했습니다: {error:#}")));
    let mut found = Vec::new();
    for item in book.iter() {
        let BookItem::Chapter(chapter) = item else {
            continue;
        };
        let Some(path) = &chapter.source_path else {
            continue;
        };
        let text = &chapter.content;
        let mut comment = None;
        for (event, range) in support::markdown(text) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => {
                    let html = html.trim().to_owned();
                    comment = html
                        .strip_prefix("<!--")
                        .and_then(|rest| rest.strip_suffix("-->"))
                        .and_then(|rest| rest.trim().strip_prefix("실행하지 않음:"))
                        .map(|reason| reason.trim().to_owned())
                        .filter(|reason| !reason.is_empty());
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let tags = info
                        .split([',', ' '])
                        .map(|tag| tag.trim().to_owned())
                        .collect::<Vec<_>>();
                    let line = text[..range.start].lines().count() + 1;
                    let fence = Fence {
                        place: format!("book/text/{}:{line}", path.display()),
                        tags,
                        reason: comment.take(),
                    };
                    if fence.has("rust") {
                        found.push(fence);
                    }
                }
                Event::Start(Tag::HtmlBlock) | Event::End(pulldown_cmark::TagEnd::HtmlBlock) => {}
                Event::End(_) => {}
                _ => comment = None,
            }
        }
    }
    found
}

#[test]
fn book_expands() {
    assert!(PROBLEM.is_empty(), "책을 펼치지 못했습니다: {PROBLEM}");
}

#[test]
fn snippets_run_small() {
    assert_eq!(
        std::env::var("NORITEO_SIZE").ok().as_deref(),
        Some(support::SMALL),
        "조각이 작은 크기로 돌지 않습니다. cargo test 로 돌렸는지, tests/build.rs 의 SMALL 이 같은지 보세요"
    );
}

#[test]
fn no_fence_escapes() {
    let fences = fences();
    let count = |keep: &dyn Fn(&Fence) -> bool| fences.iter().filter(|f| keep(f)).count();
    let compile_fail = count(&|f| f.has("compile_fail"));
    let without_reason = count(&|f| f.exempt() && f.reason.is_none());
    let generated = GENERATED.matches("#[test] fn ").count();
    let escaped = (fences.len() - compile_fail).abs_diff(generated);
    let unknown = fences
        .iter()
        .filter(|f| !f.unknown_tags().is_empty())
        .map(|f| format!("{}: {}", f.place, f.unknown_tags().join(", ")))
        .collect::<Vec<_>>();
    assert!(
        unknown.is_empty(),
        "러스트 블록에 쓸 수 없는 꼬리표가 있습니다: {}",
        unknown.join("; ")
    );
    let figure = |id: &str, what: &str, figure: usize| Evidence::new(id, what, figure as f64, "개");
    let rows = [
        figure("fences", "원고의 러스트 코드 블록", fences.len()),
        figure(
            "run",
            "컴파일하고 돌린 블록",
            GENERATED.matches("skeptic::rt::run_test(").count()
                - GENERATED.matches("#[ignore]").count(),
        ),
        figure(
            "compiled",
            "컴파일만 한 블록",
            GENERATED.matches("skeptic::rt::compile_test(").count(),
        ),
        figure(
            "compile_fail",
            "컴파일되지 않음을 확인한 블록",
            compile_fail,
        ),
        figure(
            "exempt",
            "까닭을 적고 돌리지 않는 블록",
            count(&Fence::exempt) - without_reason,
        ),
        figure("silent", "까닭 없이 돌리지 않는 블록", without_reason).equals(0.0),
        figure("escaped", "skeptic 과 따로 센 수의 차이", escaped).equals(0.0),
    ];
    let holds = evidence::write("fences", &rows).unwrap_or_else(|error| fail(error.to_string()));
    let list = fences
        .iter()
        .map(|f| {
            let reason = f
                .reason
                .as_deref()
                .map(|r| format!(" (실행하지 않음: {r})"))
                .unwrap_or_default();
            format!("  {} [{}]{reason}", f.place, f.tags.join(","))
        })
        .collect::<Vec<_>>();
    assert!(
        holds,
        "새는 코드 블록이 있습니다. 까닭 없이 돌리지 않는 것 {without_reason}개, skeptic 의 셈과의 차이 {escaped}개.\n\
         돌리지 않으려면 바로 위 줄에 `<!-- 실행하지 않음: 까닭 -->` 을 적으세요. 원고의 블록:\n{}",
        list.join("\n")
    );
}

/// mdBook 의 검사는 `-L` 만 넘기므로, 크레이트마다 꼭 하나씩만 있는 폴더를 따로 지어 줍니다.
#[test]
fn mdbook_own_test() {
    let target = support::root().join("target/mdbook-test");
    let mut build = support::cargo();
    build.args(["build", "-p", "noriteo", "--lib", "--message-format=json"]);
    build.arg("--target-dir").arg(&target);
    let output = ok(support::run(build, Duration::from_secs(900)));
    assert!(
        output.status.success(),
        "크레이트를 짓지 못했습니다.\n{}",
        output.stderr
    );
    // 앞서 다른 설정으로 지은 것이 남아 있으면 rustdoc 이 고르지 못합니다. 이번 빌드의 것만 잇습니다.
    let links = tempfile::tempdir_in(&target).unwrap_or_else(|error| fail(error.to_string()));
    for line in output.stdout.lines() {
        let message: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| fail(error.to_string()));
        let files = message["filenames"].as_array().into_iter().flatten();
        for file in files.filter_map(|file| file.as_str()).map(Path::new) {
            let Some(name) = file.file_name() else {
                continue;
            };
            if file.extension().is_some_and(|e| e != "rmeta") {
                fs::hard_link(file, links.path().join(name))
                    .unwrap_or_else(|error| fail(format!("{}: {error}", file.display())));
            }
        }
    }
    let mut book = MDBook::load(support::root())
        .unwrap_or_else(|error| fail(format!("책을 읽지 못했습니다: {error:#}")));
    if let Err(error) = book.test(vec![&links.path().to_string_lossy()]) {
        fail(format!(
            "mdBook 의 검사가 실패했습니다. 위에 나온 rustdoc 의 말을 보세요: {error:#}"
        ));
    }
}
