//! 책의 짜임을 검사합니다: 끼워 넣기, 프로그램과의 짝, 링크, 용어, 주장 표, 장의 꼴.
//!
//! 여기에서 하나라도 실패하면 어느 파일의 몇 번째 줄을 어떻게 고칠지 말합니다.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::Failed;
use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use noriteo::measure::evidence::{self, Evidence};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};
use regex::Regex;

use support::Outcome;

fn main() -> ExitCode {
    support::run_mimic(support::tests![
        every_page_is_listed,
        includes_resolve,
        examples_and_prose_cite_each_other,
        fences_come_from_files,
        programs_that_must_not_compile_are_shown,
        headings_carry_ascii_ids,
        links_resolve,
        glossary_spelling,
        plain_korean,
        claims_have_section_program_and_test,
        chapters_are_whole,
        machines_of_outputs_are_told,
        these_checks_can_fail,
    ])
}

/// 예제가 바로 쓰는 크레이트입니다. mdBook 의 검사는 `extern crate` 로 적은 것만 찾습니다.
const CRATES: &[&str] = &["noriteo", "nix", "rayon", "crossbeam_channel", "borsh"];

/// 장 하나의 산문이 적어도 이만큼은 되어야 합니다(글자).
const PROSE_FLOOR: usize = 6000;

/// 원고 한 쪽입니다.
struct Page {
    /// `ch01-process.md` 와 같은 이름입니다(`book/text` 에서 본 것).
    name: String,
    text: String,
}

impl Page {
    /// `book/text/…:줄` 입니다.
    fn at(&self, byte: usize) -> String {
        let line = self.text[..byte.min(self.text.len())].matches('\n').count() + 1;
        format!("book/text/{}:{line}", self.name)
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        support::markdown(&self.text)
    }

    fn chapter(&self) -> bool {
        self.name.starts_with("ch0")
    }
}

fn text_folder() -> PathBuf {
    support::root().join("book/text")
}

fn load() -> Result<MDBook, Failed> {
    MDBook::load(support::root()).map_err(|error| format!("책을 읽지 못했습니다: {error:#}").into())
}

/// 차례에 있는 쪽들입니다.
fn pages() -> Result<Vec<Page>, Failed> {
    let book = load()?;
    let mut pages = Vec::new();
    for item in book.iter() {
        let BookItem::Chapter(chapter) = item else {
            continue;
        };
        if let Some(path) = &chapter.source_path {
            pages.push(Page {
                name: path.to_string_lossy().replace('\\', "/"),
                text: chapter.content.clone(),
            });
        }
    }
    Ok(pages)
}

// ---------------------------------------------------------------- 끼워 넣기

/// `{{#include …}}` 하나입니다.
struct Include {
    kind: String,
    path: String,
    anchor: Option<String>,
    at: usize,
}

fn includes(text: &str) -> Result<Vec<Include>, Failed> {
    let regex = Regex::new(r"(\\?)\{\{#\s*(\w+)\s+([^}\s]+)[^}]*\}\}")?;
    let mut found = Vec::new();
    for captures in regex.captures_iter(text) {
        if !captures[1].is_empty() || &captures[2] == "title" {
            continue;
        }
        let mut parts = captures[3].splitn(2, ':');
        found.push(Include {
            kind: captures[2].to_owned(),
            path: parts.next().unwrap_or_default().to_owned(),
            anchor: parts.next().map(str::to_owned),
            at: captures.get(0).map_or(0, |whole| whole.start()),
        });
    }
    Ok(found)
}

fn includes_resolve() -> Outcome {
    let mut problems = Vec::new();
    for page in pages()? {
        problems.extend(broken_includes(&page)?);
    }
    support::all_clear(problems)
}

fn broken_includes(page: &Page) -> Result<Vec<String>, Failed> {
    let mut problems = Vec::new();
    let folder = text_folder().join(&page.name);
    let folder = folder.parent().unwrap_or(&folder);
    for include in includes(&page.text)? {
        let place = page.at(include.at);
        if !matches!(include.kind.as_str(), "include" | "rustdoc_include") {
            problems.push(format!(
                "{place}: `{}` 은(는) 쓰지 않습니다. include 나 rustdoc_include 를 쓰세요",
                include.kind
            ));
            continue;
        }
        let target = folder.join(&include.path);
        let Ok(content) = fs::read_to_string(&target) else {
            problems.push(format!(
                "{place}: 끼워 넣을 파일 {} 이(가) 없습니다",
                include.path
            ));
            continue;
        };
        let Some(anchor) = include.anchor else {
            continue;
        };
        if anchor.chars().all(|c| c.is_ascii_digit() || c == ':') {
            problems.push(format!(
                "{place}: 줄 번호({anchor})는 파일이 바뀌면 어긋납니다. `// ANCHOR: 이름` 을 쓰세요"
            ));
            continue;
        }
        for mark in ["ANCHOR", "ANCHOR_END"] {
            let mark = Regex::new(&format!(
                r"{mark}:\s*{}(?:[^\w-]|$)",
                regex::escape(&anchor)
            ))?;
            if !content.lines().any(|line| mark.is_match(line)) {
                problems.push(format!(
                    "{place}: {} 에 `{}` 표시가 없습니다",
                    include.path,
                    mark.as_str()
                        .split("(?")
                        .next()
                        .unwrap_or_default()
                        .replace(r"\s*", " ")
                ));
            }
        }
    }
    Ok(problems)
}

/// `book/text` 의 모든 쪽이 차례에 있거나 다른 쪽에 끼워 넣어져 있습니다.
fn every_page_is_listed() -> Outcome {
    let pages = pages()?;
    let mut known = pages
        .iter()
        .map(|page| page.name.clone())
        .collect::<BTreeSet<_>>();
    known.insert("SUMMARY.md".to_owned());
    known.insert("404.md".to_owned());
    for page in &pages {
        known.extend(
            includes(&page.text)?
                .into_iter()
                .map(|include| include.path),
        );
    }
    let mut problems = Vec::new();
    for (folder, prefix) in [
        (text_folder(), ""),
        (text_folder().join("measured"), "measured/"),
    ] {
        if !folder.is_dir() {
            continue;
        }
        for path in support::files(&folder, "md")? {
            let name = format!("{prefix}{}", file_name(&path));
            if !known.contains(&name) {
                problems.push(format!(
                    "book/text/{name}: 차례에도 없고 끼워 넣은 곳도 없습니다"
                ));
            }
        }
    }
    support::all_clear(problems)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

// ---------------------------------------------------------------- 프로그램과의 짝

/// 예제마다 본문에서 부르거나 보이고, 본문이 부르는 예제마다 있습니다.
fn examples_and_prose_cite_each_other() -> Outcome {
    let folder = support::root().join("examples");
    let rust = support::files(&folder, "rs")?
        .iter()
        .map(|p| stem(p))
        .collect::<BTreeSet<_>>();
    let python_files = support::files(&folder.join("python"), "py")?;
    let python = python_files
        .iter()
        .map(|p| file_name(p))
        .collect::<BTreeSet<_>>();
    let calls_rust = Regex::new(r"--example[ =]([A-Za-z0-9_-]+)")?;
    let calls_python = Regex::new(r"examples/python/([A-Za-z0-9_-]+\.py)")?;
    let mut problems = Vec::new();
    let mut cited_rust = BTreeSet::new();
    let mut cited_python = BTreeSet::new();
    for page in pages()? {
        for (regex, known, cited, what) in [
            (&calls_rust, &rust, &mut cited_rust, "예제"),
            (&calls_python, &python, &mut cited_python, "파이썬 프로그램"),
        ] {
            for found in regex.captures_iter(&page.text) {
                let name = found[1].to_owned();
                if !known.contains(&name) && name != "NAME" {
                    let at = found.get(0).map_or(0, |whole| whole.start());
                    problems.push(format!("{}: {what} {name} 이(가) 없습니다", page.at(at)));
                }
                cited.insert(name);
            }
        }
        for include in includes(&page.text)? {
            let path = Path::new(&include.path);
            if include.path.contains("examples/") && path.extension().is_some_and(|e| e == "rs") {
                cited_rust.insert(stem(path));
            }
        }
    }
    for name in rust.difference(&cited_rust) {
        problems.push(format!(
            "examples/{name}.rs: 책이 부르지 않습니다. 본문에 `cargo run --example {name}` 을 넣으세요"
        ));
    }
    // 보이는 파이썬은 돌려 보는 파이썬이어야 합니다: 출력의 목록에 있거나, 예제나 재는 코드가 돌립니다.
    let mut runs = String::new();
    for path in support::files(&support::root().join("tests/outputs"), "json")? {
        runs += &support::read(&path)?;
    }
    for name in &rust {
        runs += &support::read(&folder.join(format!("{name}.rs")))?;
    }
    for folder in ["book/binder/src", "src/measure"] {
        for path in support::files(&support::root().join(folder), "rs")? {
            runs += &support::read(&path)?;
        }
    }
    for name in &python {
        if !runs.contains(&format!("examples/python/{name}")) {
            problems.push(format!(
                "examples/python/{name}: 돌려 보는 곳이 없습니다. tests/outputs/chNN.json 에 `python` 으로 넣으세요"
            ));
        }
    }
    support::all_clear(problems)
}

/// 본문의 코드와 출력은 파일에서 옵니다. 손으로 옮겨 적은 것은 어긋납니다.
fn fences_come_from_files() -> Outcome {
    let mut problems = Vec::new();
    for page in pages()? {
        problems.extend(handmade_fences(&page)?);
    }
    support::all_clear(problems)
}

fn handmade_fences(page: &Page) -> Result<Vec<String>, Failed> {
    let hidden = Regex::new(r"^# extern crate [a-z_]+;$")?;
    let mut problems = Vec::new();
    let mut fence: Option<(Vec<String>, usize, bool)> = None;
    let mut body = String::new();
    let mut excused = false;
    for (event, range) in page.events() {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim().to_owned();
                let reason = html
                    .strip_prefix("<!-- 출력이 아님:")
                    .and_then(|rest| rest.strip_suffix("-->"));
                excused = reason.is_some_and(|reason| !reason.trim().is_empty());
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => problems.push(format!(
                "{}: 네 칸 들여 쓴 글은 rustdoc 이 러스트로 봅니다. ``` 로 감싸고 말의 이름을 적으세요",
                page.at(range.start)
            )),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let tags = info.split([',', ' ']).map(|tag| tag.trim().to_owned()).collect();
                fence = Some((tags, range.start, excused));
                body.clear();
            }
            Event::Text(text) if fence.is_some() => body += &text,
            Event::End(TagEnd::CodeBlock) => {
                if let Some((tags, start, excused)) = fence.take()
                    && let Some(problem) = handmade(&tags, &body, excused, &hidden)?
                {
                    problems.push(format!("{}: {problem}", page.at(start)));
                }
                excused = false;
            }
            Event::Start(Tag::HtmlBlock) | Event::End(_) => {}
            _ => excused = false,
        }
    }
    Ok(problems)
}

/// 명령 한 줄입니다. `> ` 는 PowerShell 입니다.
fn command(line: &str) -> bool {
    line.starts_with("$ ") || line.starts_with("> ")
}

/// 블록 하나의 잘못을 말합니다.
fn handmade(
    tags: &[String],
    body: &str,
    excused: bool,
    hidden: &Regex,
) -> Result<Option<String>, Failed> {
    let language = tags.first().map(String::as_str).unwrap_or_default();
    let found = includes(body)?;
    let mut lines = body.lines().filter(|line| !line.trim().is_empty());
    let pure = lines.all(|line| line.trim().starts_with("{{#") || hidden.is_match(line.trim()));
    let only_from = |folders: &[&str]| {
        found.len() == 1
            && pure
            && folders
                .iter()
                .any(|folder| found[0].path.starts_with(&format!("../../{folder}/")))
    };
    let problem = match language {
        "" => Some("말의 이름이 없는 블록은 rustdoc 이 러스트로 봅니다. ```text 처럼 적으세요"),
        "rust" if tags.iter().any(|tag| tag == "compile_fail") => {
            (!only_from(&["tests/compile_fail"])).then_some(
                "컴파일되지 않는 러스트는 tests/compile_fail 의 프로그램을 rustdoc_include 해야 합니다",
            )
        }
        "rust" => (!only_from(&["examples"])).then_some(
            "러스트 코드는 examples 의 프로그램을 rustdoc_include 하고 `# extern crate …;` 만 덧붙입니다",
        ),
        "python" => (!only_from(&["examples/python"]))
            .then_some("파이썬 코드는 examples/python 의 파일을 include 해야 합니다"),
        "text" => (!excused && !only_from(&["tests/outputs", "tests/compile_fail"])).then_some(
            "```text 는 tests/outputs 나 tests/compile_fail 의 파일을 include 합니다. \
             출력이 아니면 바로 위 줄에 `<!-- 출력이 아님: 까닭 -->` 을 적으세요",
        ),
        "console" => (!excused
            && !body.lines().all(|line| line.trim().is_empty() || command(line)))
        .then_some(
            "```console 에는 `$ ` 로 시작하는 명령만 씁니다. 출력은 ```text 에 include 하세요",
        ),
        _ => None,
    };
    if language == "rust" && problem.is_none() {
        let program = text_folder().join(&found[0].path);
        let program = fs::read_to_string(program).unwrap_or_default();
        let unlinked = CRATES.iter().find(|name| {
            program.contains(&format!("{name}::"))
                && !body.contains(&format!("# extern crate {name};"))
        });
        if let Some(name) = unlinked {
            return Ok(Some(format!(
                "프로그램이 {name} 을(를) 쓰므로 블록의 끝에 `# extern crate {name};` 이 있어야 mdbook test 가 찾습니다"
            )));
        }
    }
    let rust_kind = found.first().map(|include| include.kind.as_str());
    if language == "rust" && problem.is_none() && rust_kind != Some("rustdoc_include") {
        return Ok(Some(
            "러스트 코드에는 include 가 아니라 rustdoc_include 를 쓰세요".to_owned(),
        ));
    }
    Ok(problem.map(str::to_owned))
}

/// 컴파일되지 않는 프로그램은 본문에 보이고, 그 말도 함께 보입니다.
fn programs_that_must_not_compile_are_shown() -> Outcome {
    let mut shown = BTreeSet::new();
    for page in pages()? {
        shown.extend(
            includes(&page.text)?
                .into_iter()
                .map(|include| include.path),
        );
    }
    let mut problems = Vec::new();
    for path in support::files(&support::root().join("tests/compile_fail"), "rs")? {
        for extension in ["rs", "stderr"] {
            let path = format!("../../tests/compile_fail/{}.{extension}", stem(&path));
            if !shown.contains(&path) {
                problems.push(format!("{path} 을(를) 보이는 장이 없습니다"));
            }
        }
    }
    support::all_clear(problems)
}

// ---------------------------------------------------------------- 제목과 링크

/// 제목 하나입니다.
struct Heading {
    level: HeadingLevel,
    id: Option<String>,
    at: usize,
}

fn headings(page: &Page) -> Vec<Heading> {
    page.events()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Heading { level, id, .. }) => Some(Heading {
                level,
                id: id.map(|id| id.into_string()),
                at: range.start,
            }),
            _ => None,
        })
        .collect()
}

/// 링크가 오래 살도록, 제목(둘째 층부터)에는 짧은 로마자 이름이 있습니다.
fn headings_carry_ascii_ids() -> Outcome {
    let mut problems = Vec::new();
    for page in pages()? {
        problems.extend(odd_headings(&page)?);
    }
    support::all_clear(problems)
}

fn odd_headings(page: &Page) -> Result<Vec<String>, Failed> {
    let ascii = Regex::new("^[a-z][a-z0-9-]*$")?;
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for heading in headings(page) {
        let place = page.at(heading.at);
        match heading.id {
            Some(id) if !ascii.is_match(&id) => problems.push(format!(
                "{place}: 제목의 이름 {{#{id}}} 은(는) 로마자 소문자, 숫자, `-` 로만 짓습니다"
            )),
            Some(id) if !seen.insert(id.clone()) => {
                problems.push(format!("{place}: 제목의 이름 {{#{id}}} 이(가) 겹칩니다"));
            }
            None if heading.level >= HeadingLevel::H2 => problems.push(format!(
                "{place}: 제목 끝에 이름을 붙이세요. 보기: `## 놀이터를 벗어나면 {{#out-of-bounds}}`"
            )),
            _ => {}
        }
    }
    Ok(problems)
}

/// 묶은 책의 링크와 `#자리` 가 모두 있습니다. 그림과 스타일도 봅니다.
fn links_resolve() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut book = load()?;
    book.config.build.build_dir = folder.path().to_path_buf();
    book.build()
        .map_err(|error| format!("책을 묶지 못했습니다: {error:#}"))?;
    broken_links(folder.path())
}

fn broken_links(site: &Path) -> Outcome {
    let mut pages = BTreeMap::new();
    let id = Regex::new(r#"\s(?:id|name)="([^"]*)""#)?;
    for path in support::files(site, "html")? {
        let html = support::read(&path)?;
        let ids = id
            .captures_iter(&html)
            .map(|found| unescape(&found[1]))
            .collect::<BTreeSet<_>>();
        pages.insert(file_name(&path), (html, ids));
    }
    let link = Regex::new(r#"\s(?:href|src|xlink:href)="([^"]*)""#)?;
    let external = Regex::new(r"^(?:[a-z][a-z0-9+.-]*:|//)")?;
    let mut problems = BTreeSet::new();
    for (name, (html, ids)) in &pages {
        // 404 쪽은 어느 깊이에서도 열리므로 제 나름의 바탕 주소를 씁니다.
        if name == "404.html" {
            continue;
        }
        for found in link.captures_iter(html) {
            let target = unescape(&found[1]);
            if external.is_match(&target) {
                continue;
            }
            let (file, fragment) = target.split_once('#').unwrap_or((&target, ""));
            let file = decode(file.split('?').next().unwrap_or_default());
            let fragment = decode(fragment);
            let file = file.trim_start_matches("./").trim_start_matches('/');
            let target_ids = if file.is_empty() {
                Some(ids)
            } else {
                pages.get(file).map(|(_, ids)| ids)
            };
            if target_ids.is_none() && !site.join(file).exists() {
                problems.insert(format!(
                    "{name}: 링크 {target} 이(가) 가리키는 파일이 없습니다"
                ));
            } else if !fragment.is_empty() && !target_ids.is_some_and(|ids| ids.contains(&fragment))
            {
                problems.insert(format!(
                    "{name}: 링크 {target} 이(가) 가리키는 자리가 없습니다"
                ));
            }
        }
    }
    support::all_clear(problems.into_iter().collect())
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// `%EB%86%80` 을 글자로 되돌립니다.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| {
            (first == b'%').then_some(())?;
            u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
        });
        if let Some(code) = code {
            bytes.push(code);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

// ---------------------------------------------------------------- 말

/// 산문 한 덩어리(문단, 칸, 제목)와 그 자리입니다. 코드, 인용, HTML 은 빠집니다.
fn prose(page: &Page) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let (mut quotes, mut code) = (0, false);
    for (event, range) in page.events() {
        match event {
            Event::Start(Tag::BlockQuote(None)) => quotes += 1,
            Event::End(TagEnd::BlockQuote(None)) => quotes -= 1,
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Item | Tag::TableCell) => {
                blocks.push((range.start, String::new()))
            }
            Event::Text(text) if quotes == 0 && !code => match blocks.last_mut() {
                Some((_, block)) => block.push_str(&text),
                None => blocks.push((range.start, text.into_string())),
            },
            Event::SoftBreak | Event::HardBreak | Event::Code(_) => {
                if let Some((_, block)) = blocks.last_mut() {
                    block.push(' ');
                }
            }
            _ => {}
        }
    }
    blocks.retain(|(_, block)| !block.trim().is_empty());
    blocks
}

/// 따옴표와 낫표 안의 말은 남의 말이므로 뺍니다.
fn without_quotations(text: &str) -> String {
    let (mut kept, mut quoted) = (String::new(), String::new());
    let mut closing = None;
    for character in text.chars() {
        if closing == Some(character) {
            closing = None;
            quoted.clear();
            kept.push(' ');
        } else if closing.is_some() {
            quoted.push(character);
        } else {
            closing = match character {
                '「' => Some('」'),
                '『' => Some('』'),
                '“' => Some('”'),
                '‘' => Some('’'),
                '"' => Some('"'),
                _ => None,
            };
            if closing.is_none() {
                kept.push(character);
            }
        }
    }
    // 닫히지 않은 따옴표는 인용이 아닙니다.
    kept + &quoted
}

/// 용어집의 한 줄입니다.
struct Term {
    standard: String,
    variants: Vec<String>,
}

/// 용어집의 표 `| 표준 표기 | 영어 | 함께 찾는 표기 | 뜻 |` 를 읽습니다.
fn glossary(page: &Page) -> Result<Vec<Term>, Failed> {
    let mut terms = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (event, _) in page.events() {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                if let Some(row) = rows.last_mut() {
                    row.push(String::new());
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
                    cell.push_str(&text);
                }
            }
            _ => {}
        }
    }
    for row in rows {
        let [standard, _, variants, ..] = row.as_slice() else {
            continue;
        };
        if standard.trim() == "표준 표기" {
            continue;
        }
        terms.push(Term {
            standard: standard.trim().to_owned(),
            variants: variants
                .split([',', '·', '/'])
                .map(str::trim)
                .filter(|variant| !matches!(*variant, "" | "-" | "—" | "–" | "없음"))
                .map(str::to_owned)
                .collect(),
        });
    }
    if terms.is_empty() {
        return Err(
            "book/text/glossary.md 에 `| 표준 표기 | 영어 | 함께 찾는 표기 | 뜻 |` 표가 없습니다"
                .into(),
        );
    }
    Ok(terms)
}

fn hangul(character: char) -> bool {
    ('가'..='힣').contains(&character)
}

/// `text` 에 쓰인, 표준이 아닌 표기와 그 표준입니다.
fn misspelt<'a>(text: &str, terms: &'a [Term]) -> Vec<(&'a str, &'a str)> {
    // 표준 표기가 다른 표기를 품고 있을 수 있으므로 먼저 지웁니다. 긴 것부터 지웁니다.
    let mut standards = terms
        .iter()
        .map(|term| term.standard.as_str())
        .collect::<Vec<_>>();
    standards.sort_by_key(|standard| std::cmp::Reverse(standard.len()));
    let mut text = text.to_owned();
    for standard in standards {
        text = text.replace(standard, "\u{0}");
    }
    let mut found = Vec::new();
    for term in terms {
        for variant in &term.variants {
            let short = variant.chars().count() == 1;
            let bad = text.match_indices(variant.as_str()).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + variant.len()..].chars().next();
                let latin = variant.chars().any(|c| c.is_ascii_alphanumeric());
                let joined = |c: Option<char>| {
                    c.is_some_and(|c| {
                        if latin {
                            c.is_ascii_alphanumeric()
                        } else {
                            hangul(c)
                        }
                    })
                };
                // 한 글자짜리와 로마자는 낱말로 떨어져 있을 때만 셉니다.
                !((short || latin) && (joined(before) || (joined(after) && latin)))
            });
            if bad {
                found.push((variant.as_str(), term.standard.as_str()));
            }
        }
    }
    found
}

/// 본문은 용어집의 표준 표기를 씁니다. 인용과 코드는 뺍니다.
fn glossary_spelling() -> Outcome {
    let pages = pages()?;
    let glossary_page = pages
        .iter()
        .find(|page| page.name == "glossary.md")
        .ok_or("차례에 glossary.md 가 없습니다")?;
    let terms = glossary(glossary_page)?;
    let mut problems = Vec::new();
    for page in pages.iter().filter(|page| page.name != "glossary.md") {
        for (at, block) in prose(page) {
            for (variant, standard) in misspelt(&without_quotations(&block), &terms) {
                problems.push(format!("{}: {variant} → {standard}", page.at(at)));
            }
        }
    }
    let mut sources = support::files(&support::root().join("examples"), "rs")?;
    sources.push(support::root().join("README.md"));
    sources.push(text_folder().join("SUMMARY.md"));
    for path in sources.iter().filter(|path| path.is_file()) {
        for (number, line) in support::read(path)?.lines().enumerate() {
            for (variant, standard) in misspelt(&without_quotations(line), &terms) {
                problems.push(format!(
                    "{}:{}: {variant} → {standard}",
                    file_name(path),
                    number + 1
                ));
            }
        }
    }
    support::all_clear(problems)
}

/// 번역투를 피합니다.
fn plain_korean() -> Outcome {
    let awkward = [
        ("에 대하여", "목적어로 바꾸세요: `~을(를)`"),
        ("에 대해서", "목적어로 바꾸세요: `~을(를)`"),
        ("되어지", "`되` 하나로 씁니다"),
        ("보여지", "`보이` 로 씁니다"),
        ("가지고 있", "`있다` 나 `~이(가) 있다` 로 씁니다"),
    ];
    let mut problems = Vec::new();
    for page in pages()? {
        for (at, block) in prose(&page) {
            let block = without_quotations(&block);
            for (word, advice) in awkward {
                if block.contains(word) {
                    problems.push(format!("{}: 「{word}」. {advice}", page.at(at)));
                }
            }
        }
    }
    support::all_clear(problems)
}

// ---------------------------------------------------------------- 주장

/// C01–C24 마다 절, 프로그램, 검사가 있습니다.
fn claims_have_section_program_and_test() -> Outcome {
    let claims = support::read(&text_folder().join("claims.md"))?;
    let examples = support::files(&support::root().join("examples"), "rs")?
        .iter()
        .map(|path| stem(path))
        .collect::<BTreeSet<_>>();
    let definition = Regex::new(r"fn (c\d\d_\w+)")?;
    let word = Regex::new(r"\bc\d\d_\w+")?;
    let mut tests = BTreeMap::new();
    for path in support::files(&support::root().join("tests"), "rs")? {
        let name = file_name(&path);
        if !name.starts_with("claims_ch") {
            continue;
        }
        let source = support::read(&path)?;
        for found in definition.captures_iter(&source) {
            let function = found[1].to_owned();
            let uses = word
                .find_iter(&source)
                .filter(|word| word.as_str() == function)
                .count();
            tests.insert(function, uses);
        }
    }
    let mut problems = tests
        .iter()
        .filter(|(_, uses)| **uses < 2)
        .map(|(name, _)| format!("검사 {name} 이(가) 목록에 없어 돌지 않습니다"))
        .collect::<Vec<_>>();
    for number in 1..=24 {
        let id = format!("C{number:02}");
        let rows = claims
            .lines()
            .filter(|line| line.starts_with('|') && line.contains(&id))
            .collect::<Vec<_>>();
        let [row] = rows.as_slice() else {
            problems.push(format!(
                "claims.md: {id} 의 줄이 {}개입니다. 꼭 하나여야 합니다",
                rows.len()
            ));
            continue;
        };
        problems.extend(claim_row(&id, row, &examples, &tests)?);
    }
    support::all_clear(problems)
}

fn claim_row(
    id: &str,
    row: &str,
    examples: &BTreeSet<String>,
    tests: &BTreeMap<String, usize>,
) -> Result<Vec<String>, Failed> {
    let mut problems = Vec::new();
    // 자리까지 있는지는 links_resolve 가 묶은 책에서 봅니다.
    let section = Regex::new(r"\]\((ch0\d-[a-z-]+\.md)#[a-z0-9-]+\)")?;
    match section.captures(row) {
        Some(found) if text_folder().join(&found[1]).is_file() => {}
        _ => problems.push(format!(
            "claims.md {id}: 절로 가는 링크 `[…](chNN-….md#이름)` 가 없습니다"
        )),
    }
    let programs = Regex::new(r"\bch\d\d_\d\d_\w+")?;
    let named = programs
        .find_iter(row)
        .map(|found| found.as_str())
        .collect::<Vec<_>>();
    if named.is_empty() {
        problems.push(format!("claims.md {id}: 프로그램의 이름이 없습니다"));
    }
    for name in named.iter().filter(|name| !examples.contains(**name)) {
        problems.push(format!("claims.md {id}: 예제 {name} 이(가) 없습니다"));
    }
    let prefix = format!("c{}_", &id[1..]);
    let function = Regex::new(r"\bc\d\d_\w+")?;
    let named = function
        .find_iter(row)
        .map(|found| found.as_str())
        .collect::<Vec<_>>();
    if !named.iter().any(|name| name.starts_with(&prefix)) {
        problems.push(format!(
            "claims.md {id}: 검사의 이름 `{prefix}…` 이(가) 없습니다"
        ));
    }
    for name in named.iter().filter(|name| !tests.contains_key(**name)) {
        problems.push(format!(
            "claims.md {id}: tests/claims_ch*.rs 에 검사 {name} 이(가) 없습니다"
        ));
    }
    Ok(problems)
}

// ---------------------------------------------------------------- 장의 꼴

/// 본문 장마다 간추림과 연습 문제 4–6개가 있고, 산문이 6,000자보다 깁니다. 길이는 증거로 남깁니다.
fn chapters_are_whole() -> Outcome {
    let mut problems = Vec::new();
    let mut rows = Vec::new();
    for page in pages()?.iter().filter(|page| page.chapter()) {
        let ids = headings(page)
            .into_iter()
            .filter_map(|heading| heading.id)
            .collect::<Vec<_>>();
        for wanted in ["summary", "exercises"] {
            if !ids.iter().any(|id| id == wanted) {
                problems.push(format!("{}: {{#{wanted}}} 절이 없습니다", page.name));
            }
        }
        let exercises = exercises(page);
        if !(4..=6).contains(&exercises) {
            problems.push(format!(
                "{}: {{#exercises}} 절의 문제가 {exercises}개입니다. 4–6개여야 합니다(세 번째 층 제목이나 번호 목록으로 셉니다)",
                page.name
            ));
        }
        let length = prose(page)
            .iter()
            .map(|(_, block)| block.chars().filter(|c| !c.is_whitespace()).count())
            .sum::<usize>();
        if length < PROSE_FLOOR {
            problems.push(format!(
                "{}: 산문이 {length}자입니다(코드, 인용, 빈칸 빼고). {PROSE_FLOOR}자는 되어야 합니다",
                page.name
            ));
        }
        rows.push(
            Evidence::new(
                "prose",
                format!("{} 의 산문(코드, 인용, 빈칸 빼고)", page.name),
                length as f64,
                "자",
            )
            .at_least(PROSE_FLOOR as f64),
        );
        rows.push(
            Evidence::new(
                "exercises",
                format!("{} 의 연습 문제", page.name),
                exercises as f64,
                "개",
            )
            .within(4.0, 6.0),
        );
    }
    if rows.len() != 12 {
        problems.push(format!(
            "본문 장이 여섯이어야 하는데 {}입니다",
            rows.len() / 2
        ));
    }
    evidence::write("book", &rows)?;
    support::all_clear(problems)
}

/// `{#exercises}` 절의 세 번째 층 제목을 셉니다. 하나도 없으면 맨 바깥 번호 목록의 항목을 셉니다.
fn exercises(page: &Page) -> usize {
    let (mut inside, mut titles, mut items, mut depth) = (false, 0, 0, 0);
    for (event, _) in page.events() {
        match event {
            Event::Start(Tag::Heading { level, id, .. }) => {
                if level <= HeadingLevel::H2 {
                    inside = id.as_deref() == Some("exercises");
                } else if inside && level == HeadingLevel::H3 {
                    titles += 1;
                }
            }
            Event::Start(Tag::List(start)) => {
                depth += 1;
                if depth == 1 && start.is_none() {
                    depth += 100;
                }
            }
            Event::End(TagEnd::List(_)) => depth = if depth == 101 { 0 } else { depth - 1 },
            Event::Start(Tag::Item) if inside && depth == 1 => items += 1,
            _ => {}
        }
    }
    if titles > 0 { titles } else { items }
}

/// 「어떻게 쟀는가」가 출력을 받은 컴퓨터와 날을 보입니다.
fn machines_of_outputs_are_told() -> Outcome {
    let told = includes(&support::read(&text_folder().join("measuring.md"))?)?
        .iter()
        .any(|include| include.path == "../../tests/outputs/outputs.machine.md");
    if told {
        return Ok(());
    }
    Err(
        "measuring.md 에 `{{#include ../../tests/outputs/outputs.machine.md}}` 이(가) 없습니다"
            .into(),
    )
}

// ---------------------------------------------------------------- 이 검사의 검사

/// 일부러 틀린 쪽을 주면 검사들이 알아챕니다.
fn these_checks_can_fail() -> Outcome {
    let page = |text: &str| Page {
        name: "ch99-wrong.md".to_owned(),
        text: text.to_owned(),
    };
    let mut problems = Vec::new();
    let mut expect = |what: &str, red: bool| {
        if !red {
            problems.push(format!("알아채지 못했습니다: {what}"));
        }
    };
    for text in [
        "{{#include ../../없는.txt}}",
        "{{#rustdoc_include ../../Cargo.toml:no-such-anchor}}",
        "{{#include ../../Cargo.toml:3:9}}",
        "{{#playground ../../Cargo.toml}}",
    ] {
        expect(text, !broken_includes(&page(text))?.is_empty());
    }
    expect(
        "옳은 것: 있는 파일",
        broken_includes(&page("{{#include ../../Cargo.toml}}"))?.is_empty(),
    );
    for text in [
        "```\nlet a = 1;\n```",
        "글\n\n    let a = 1;\n",
        "```rust\nfn main() {}\n```",
        "```rust\n{{#include ../../examples/a.rs}}\n```",
        "```rust\n{{#rustdoc_include ../../examples/a.rs}}\nlet b = 1;\n```",
        "```rust,compile_fail\n{{#rustdoc_include ../../examples/a.rs}}\n```",
        "```text\n합 3\n```",
        "<!-- 출력이 아님: -->\n```text\n합 3\n```",
        "<!-- 출력이 아님: 그림 -->\n\n글\n\n```text\n합 3\n```",
        "```console\n$ cargo run\n합 3\n```",
        "```python\nprint(3)\n```",
    ] {
        expect(text, handmade_fences(&page(text))?.len() == 1);
    }
    for text in [
        "```rust\n{{#rustdoc_include ../../examples/a.rs:x}}\n# extern crate noriteo;\n```",
        "<!-- 출력이 아님: 그림 -->\n```text\n합 3\n```",
        "```console\n$ cargo run\n```",
    ] {
        expect(
            &format!("옳은 것: {text}"),
            handmade_fences(&page(text))?.is_empty(),
        );
    }
    for text in [
        "## 제목\n",
        "## 제목 {#제목}\n",
        "## 가 {#a}\n\n## 나 {#a}\n",
    ] {
        expect(text, odd_headings(&page(text))?.len() == 1);
    }
    let terms = glossary(&page(
        "| 표준 표기 | 영어 | 함께 찾는 표기 | 뜻 |\n|---|---|---|---|\n| 스레드 | thread | 쓰레드 | 아이 |\n| 락 | lock | 록, 로크 | 자물쇠 |\n",
    ))?;
    for (text, count) in [
        ("멀티쓰레드로", 1),
        ("스레드와 락", 0),
        ("록을 쥔다", 1),
        ("기록을 남긴다", 0),
        ("「쓰레드」라고 찾는다", 0),
        ("로크를 푼다", 1),
        ("닫지 않은 \"쓰레드", 1),
    ] {
        expect(
            text,
            misspelt(&without_quotations(text), &terms).len() == count,
        );
    }
    let quoted = page("> 쓰레드는 가볍다\n\n`쓰레드` 는 코드\n\n```text\n쓰레드\n```\n");
    let kept = prose(&quoted)
        .iter()
        .any(|(_, block)| block.contains("쓰레드"));
    expect("인용과 코드는 빼야 합니다", !kept);

    let site = tempfile::tempdir()?;
    fs::write(
        site.path().join("a.html"),
        "<p id=\"x\"> <a href=\"b.html#y\"> <a href=\"#x\">",
    )?;
    expect("없는 쪽", broken_links(site.path()).is_err());
    fs::write(site.path().join("b.html"), "<p id=\"z\">")?;
    expect("없는 자리", broken_links(site.path()).is_err());
    fs::write(site.path().join("b.html"), "<p id=\"y\">")?;
    expect("옳은 링크", broken_links(site.path()).is_ok());

    let examples = BTreeSet::from(["ch01_02_own_space".to_owned()]);
    let tests = BTreeMap::from([("c02_own".to_owned(), 2)]);
    let right = "| C02 | [절](ch01-process.md#own-space) | `ch01_02_own_space` | `c02_own` |";
    expect(
        "옳은 주장",
        claim_row("C02", right, &examples, &tests)?.is_empty(),
    );
    for (from, to) in [
        ("ch01-process.md#own-space", "ch01-process.md"),
        ("ch01_02_own_space", "ch01_09_none"),
        ("c02_own", "c02_other"),
        ("c02_own", "c03_own"),
        ("`ch01_02_own_space`", "없음"),
    ] {
        let wrong = right.replace(from, to);
        expect(
            &wrong,
            !claim_row("C02", &wrong, &examples, &tests)?.is_empty(),
        );
    }
    expect(
        "연습 문제의 수",
        exercises(&page(
            "## 연습 {#exercises}\n\n1. 하나\n2. 둘\n   - 속\n\n## 끝 {#end}\n\n1. 셋\n",
        )) == 2,
    );
    support::all_clear(problems)
}
