//! 종이(PDF)와 전자책(EPUB)을 검사합니다: 정말로 만들어 펼쳐 보고, 만들 수 없을 때의 말과 뒤처리도 봅니다.
//!
//! PDF는 크레이트 `lopdf`로, 전자책은 `zip`과 `roxmltree`로 읽습니다. 전자책은 표준 검사기 epubcheck에도 맡깁니다.

#[path = "support/bound.rs"]
mod bound;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::OnceLock,
    time::Duration,
};

use bound::*;
use libtest_mimic::{Completion, Failed, Trial};
use lopdf::Document;
use roxmltree::{Node, ParsingOptions};
use support::{MaybeLeftOut, Outcome, Output};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipArchive};

fn main() -> ExitCode {
    let mut tests = support::tests![
        an_epub_needs_no_browser,
        the_epub_is_sound,
        the_epub_holds_the_whole_book,
        notes_and_pictures_go_into_the_epub,
        downloads_are_offered_only_if_made,
        fonts_of_paper_stay_off_the_site,
    ];
    for (name, test) in [
        (
            "epubcheck_finds_nothing",
            epubcheck_finds_nothing as fn() -> MaybeLeftOut,
        ),
        ("the_pdf_is_tagged_a4", the_pdf_is_tagged_a4),
        ("letters_of_the_pdf_are_fonts", letters_of_the_pdf_are_fonts),
        (
            "the_outline_holds_every_heading",
            the_outline_holds_every_heading,
        ),
        (
            "numbers_in_the_contents_are_true",
            numbers_in_the_contents_are_true,
        ),
        ("a_browser_that_fails", a_browser_that_fails),
        ("interrupt_while_printing", interrupt_while_printing),
    ] {
        tests.push(Trial::ignorable_test(name, test));
    }
    support::run_mimic(tests)
}

const PDF: &str = "놀이터의-아이들.pdf";
const EPUB: &str = "놀이터의-아이들.epub";

/// 찍는 데 드는 가장 긴 시간입니다. 바쁜 컴퓨터에서도 넉넉합니다.
const LIMIT: Duration = Duration::from_secs(600);

/// 저장소의 책으로 만든 것입니다. 검사들이 함께 봅니다. 브라우저가 없으면 전자책만 있습니다.
fn made() -> Result<&'static Path, Failed> {
    static MADE: OnceLock<Result<TempDir, String>> = OnceLock::new();
    let make = || -> Result<TempDir, Failed> {
        let folder = tempfile::tempdir()?;
        let output = support::run(published("paper", support::root(), folder.path())?, LIMIT)?;
        expect(&output, i32::from(!chromium()))?;
        Ok(folder)
    };
    let made = MADE
        .get_or_init(|| make().map_err(|failed| failed.message().unwrap_or_default().to_owned()));
    match made {
        Ok(folder) => Ok(folder.path()),
        Err(why) => Err(why.clone().into()),
    }
}

// ---- PDF ----

/// PDF를 찍을 브라우저가 있으면 참입니다. 정말로 도는지 돌려 봅니다.
fn chromium() -> bool {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    names.into_iter().any(|name| {
        let mut command = Command::new(name);
        command.arg("--version");
        support::run(command, LIMIT).is_ok_and(|output| output.status.success())
    })
}

fn pdf() -> Result<Option<Document>, Failed> {
    if !chromium() {
        return Ok(None);
    }
    Ok(Some(Document::load(made()?.join(PDF))?))
}

fn with_pdf(test: impl FnOnce(&Document) -> Outcome) -> MaybeLeftOut {
    match pdf()? {
        Some(document) => test(&document).map(|()| Completion::Completed),
        None => support::left_out(
            "이 컴퓨터에 크로미움이 없습니다(데비안, 우분투: apt-get install chromium)",
        ),
    }
}

fn the_pdf_is_tagged_a4() -> MaybeLeftOut {
    with_pdf(|pdf| {
        let catalog = pdf.catalog()?;
        let mark = pdf.get_dict_in_dict(catalog, b"MarkInfo")?;
        if !mark.get(b"Marked")?.as_bool()? || !catalog.has(b"StructTreeRoot") {
            return Err("꼬리표(tag)가 없습니다".into());
        }
        if catalog.get(b"Lang")?.as_str()? != b"ko" {
            return Err("말이 ko가 아닙니다".into());
        }
        let pages = pdf.get_pages();
        if pages.len() < 100 {
            return Err(format!("{}쪽뿐입니다", pages.len()).into());
        }
        for (number, id) in &pages {
            let size = pdf.get_dictionary(*id)?.get(b"MediaBox")?.as_array()?;
            let side = |at: usize| size[at].as_float().unwrap_or_default();
            // A4는 210 × 297 mm입니다. 1 pt는 72분의 1인치입니다.
            if (side(2) - 595.28).abs() > 1.0 || (side(3) - 841.89).abs() > 1.0 {
                return Err(format!("{number}쪽이 A4가 아닙니다: {size:?}").into());
            }
        }
        Ok(())
    })
}

/// 글자는 모두 책에 넣은 글꼴로 그립니다. 그림으로 그린 글자(Type 3)는 없습니다.
fn letters_of_the_pdf_are_fonts() -> MaybeLeftOut {
    with_pdf(|pdf| {
        let mut names = BTreeSet::new();
        let mut problems = Vec::new();
        for object in pdf.objects.values() {
            let Ok(font) = object.as_dict() else { continue };
            if !font
                .get(b"Type")
                .is_ok_and(|kind| kind.as_name().is_ok_and(|k| k == b"Font"))
            {
                continue;
            }
            let kind = String::from_utf8_lossy(font.get(b"Subtype")?.as_name()?).into_owned();
            match kind.as_str() {
                // 바깥 껍데기입니다. 속에 든 CIDFont를 따로 봅니다.
                "Type0" if font.has(b"ToUnicode") => {}
                "Type0" => problems.push("글자를 글로 되돌릴 수 없는 글꼴이 있습니다".into()),
                "CIDFontType0" | "CIDFontType2" => {
                    let name =
                        String::from_utf8_lossy(font.get(b"BaseFont")?.as_name()?).into_owned();
                    let inside = pdf.get_dict_in_dict(font, b"FontDescriptor")?;
                    if !(inside.has(b"FontFile2") || inside.has(b"FontFile3")) {
                        problems.push(format!("{name}이(가) 들어 있지 않습니다"));
                    }
                    names.insert(name);
                }
                other => problems.push(format!("{other} 글꼴이 있습니다")),
            }
        }
        for name in &names {
            // 앞의 여섯 글자는 덜어 낸 글꼴이라는 표입니다(`ABCDEF+이름`).
            if !name[6..].starts_with("+NoriteoPaper") {
                problems.push(format!("책의 글꼴이 아닙니다: {name}"));
            }
        }
        if names.len() < 3 {
            problems.push(format!("글꼴이 {names:?}뿐입니다"));
        }
        support::all_clear(problems)
    })
}

/// 제목 가운데 안쪽까지의 모든 글과 그것이 놓인 쪽입니다.
fn outline(pdf: &Document) -> Result<Vec<(String, usize)>, Failed> {
    let toc = pdf.get_toc()?;
    if !toc.errors.is_empty() {
        return Err(format!("책갈피를 읽지 못했습니다: {:?}", toc.errors).into());
    }
    Ok(toc
        .toc
        .into_iter()
        .map(|entry| (squeezed(&entry.title), entry.page))
        .collect())
}

/// 빈칸을 모두 뺀 글입니다.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// 쪽의 원고입니다. 문제의 쪽에 끼워 넣는, 만든 글(`made/`)에도 제목이 있으므로 펼칩니다.
fn whole(page: &str) -> Result<String, Failed> {
    let path = support::root().join("book/text").join(page);
    let text = support::read(&path)?;
    let mut lines = Vec::new();
    for line in text.lines() {
        let made = line
            .strip_prefix("{{#include made/")
            .and_then(|rest| rest.strip_suffix("}}"));
        lines.push(match made {
            Some(made) => support::read(&path.with_file_name("made").join(made))?,
            None => line.to_owned(),
        });
    }
    Ok(lines.join("\n"))
}

/// 책의 쪽마다 제목들입니다. 첫째가 쪽의 제목입니다.
fn titles() -> Result<Vec<(u32, String)>, Failed> {
    let mut found = Vec::new();
    for page in chapters()? {
        let text = whole(&page)?;
        let mut level = None;
        for (event, _) in support::markdown(&text) {
            use pulldown_cmark::{Event, Tag, TagEnd};
            match event {
                Event::Start(Tag::Heading { level: at, .. }) => {
                    level = Some(at as u32);
                    found.push((at as u32, String::new()));
                }
                Event::End(TagEnd::Heading(_)) => level = None,
                Event::Text(text) | Event::Code(text) if level.is_some() => {
                    if let Some((_, title)) = found.last_mut() {
                        *title += &text;
                    }
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

fn the_outline_holds_every_heading() -> MaybeLeftOut {
    with_pdf(|pdf| {
        let shown: BTreeSet<String> = outline(pdf)?.into_iter().map(|(title, _)| title).collect();
        let missing = titles()?
            .into_iter()
            .filter(|(_, title)| !shown.contains(&squeezed(title)));
        support::all_clear(
            missing
                .map(|(_, title)| format!("책갈피에 「{title}」이(가) 없습니다"))
                .collect(),
        )
    })
}

/// 차례에 적힌 쪽 번호가 제목이 정말로 놓인 쪽입니다. 한글을 글로 꺼낼 수 있다는 것도 여기에서 봅니다.
fn numbers_in_the_contents_are_true() -> MaybeLeftOut {
    with_pdf(|pdf| {
        let outline = outline(pdf)?;
        let first = outline
            .iter()
            .find(|(title, _)| title == "머리말")
            .ok_or("머리말이 없습니다")?;
        let pages: Vec<u32> = (2..first.1 as u32).collect();
        let contents = squeezed(&pdf.extract_text(&pages)?);
        let mut problems = Vec::new();
        let mut checked = 0;
        for (level, title) in titles()?.iter().filter(|(level, _)| *level <= 2) {
            let title = squeezed(title);
            let pages: BTreeSet<usize> = outline
                .iter()
                .filter(|(one, _)| *one == title)
                .map(|(_, page)| *page)
                .collect();
            // 「정리」처럼 여러 장에 있는 제목은 그 가운데 하나이면 됩니다.
            if !pages
                .iter()
                .any(|page| contents.contains(&format!("{title}{page}")))
            {
                problems.push(format!(
                    "차례의 h{level} 「{title}」이(가) {pages:?}쪽이 아닙니다"
                ));
            }
            checked += 1;
            // 그 쪽을 펼치면 정말로 그 제목이 있습니다.
            if *level == 1 && problems.is_empty() {
                let page = *pages.first().ok_or("쪽이 없습니다")? as u32;
                contains(&squeezed(&pdf.extract_text(&[page])?), &title)?;
            }
        }
        if checked < 50 {
            problems.push(format!("제목을 {checked}개만 보았습니다"));
        }
        support::all_clear(problems)
    })
}

// ---- 전자책 ----

fn archive() -> Result<ZipArchive<File>, Failed> {
    Ok(ZipArchive::new(File::open(made()?.join(EPUB))?)?)
}

fn files(mut zip: ZipArchive<File>) -> Result<BTreeMap<String, String>, Failed> {
    let mut found = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        found.insert(
            file.name()?.into_owned(),
            String::from_utf8_lossy(&bytes).into_owned(),
        );
    }
    Ok(found)
}

fn xml(text: &str) -> Result<roxmltree::Document<'_>, Failed> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Ok(roxmltree::Document::parse_with_options(text, options)?)
}

fn elements<'a>(
    document: &'a roxmltree::Document<'_>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'a>> {
    document
        .descendants()
        .filter(move |node| node.is_element() && node.tag_name().name() == name)
}

/// 도구 없이 보는 뼈대입니다: 종류의 표, 목록, 말, 이름표와 링크.
fn the_epub_is_sound() -> Outcome {
    let mut zip = archive()?;
    {
        let first = zip.by_index(0)?;
        if first.name()? != "mimetype" || first.compression() != CompressionMethod::Stored {
            return Err("맨 앞에 압축하지 않은 mimetype이 없습니다".into());
        }
    }
    sound(&files(zip)?)
}

fn sound(files: &BTreeMap<String, String>) -> Outcome {
    let get = |name: &str| {
        files
            .get(name)
            .ok_or_else(|| format!("{name}이(가) 없습니다"))
    };
    same(get("mimetype")?, "application/epub+zip")?;
    contains(get("META-INF/container.xml")?, "EPUB/package.opf")?;
    let package = xml(get("EPUB/package.opf")?)?;
    let language = elements(&package, "language")
        .next()
        .and_then(|one| one.text());
    let mut problems = Vec::new();
    if language != Some("ko") {
        problems.push(format!("말이 {language:?}입니다"));
    }
    let mut listed: BTreeMap<String, Node> = BTreeMap::new();
    for item in elements(&package, "item") {
        let name = format!("EPUB/{}", item.attribute("href").unwrap_or_default());
        if !files.contains_key(&name) {
            problems.push(format!("목록의 {name}이(가) 없습니다"));
        }
        listed.insert(name, item);
    }
    for name in files.keys() {
        let outer = ["mimetype", "META-INF/container.xml", "EPUB/package.opf"];
        if !listed.contains_key(name) && !outer.contains(&name.as_str()) {
            problems.push(format!("{name}이(가) 목록에 없습니다"));
        }
    }
    // 쪽마다 이름표를 모아 두고, 링크가 그 안을 가리키는지 봅니다.
    let pages: Vec<(&String, roxmltree::Document)> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".xhtml"))
        .map(|(name, text)| xml(text).map(|document| (name, document)))
        .collect::<Result<_, _>>()?;
    let ids: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(name, document)| {
            let ids = document
                .descendants()
                .filter_map(|node| node.attribute("id"));
            (name.trim_start_matches("EPUB/"), ids.collect())
        })
        .collect();
    for (name, document) in &pages {
        let root = document.root_element();
        let own = name.trim_start_matches("EPUB/");
        let spoken = root.attribute("lang") == Some("ko")
            && root.attribute(("http://www.w3.org/XML/1998/namespace", "lang")) == Some("ko");
        if !spoken {
            problems.push(format!("{name}: lang이 ko가 아닙니다"));
        }
        let drawn = elements(document, "svg").next().is_some();
        let told = listed
            .get(*name)
            .and_then(|item| item.attribute("properties"));
        if drawn != told.is_some_and(|words| words.split(' ').any(|word| word == "svg")) {
            problems.push(format!("{name}: 목록의 svg 표시가 틀립니다"));
        }
        for refused in ["script", "button", "details", "form", "input"] {
            if elements(document, refused).next().is_some() {
                problems.push(format!("{name}: <{refused}>이(가) 있습니다"));
            }
        }
        let count = document
            .descendants()
            .filter_map(|node| node.attribute("id"))
            .count();
        if count != ids[own].len() {
            problems.push(format!("{name}: 같은 이름표가 둘 있습니다"));
        }
        for link in elements(document, "a") {
            let Some(target) = link
                .attribute("href")
                .filter(|target| !target.contains("://"))
            else {
                continue;
            };
            let (file, id) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { own } else { file };
            let there = ids
                .get(file)
                .is_some_and(|ids| id.is_empty() || ids.contains(id));
            if !there {
                problems.push(format!(
                    "{name}: 링크 {target}이(가) 가리키는 곳이 없습니다"
                ));
            }
        }
        if let Some(at) = document.input_text().find("var(--") {
            problems.push(format!("{name}: CSS 변수가 남았습니다({at})"));
        }
    }
    support::all_clear(problems)
}

/// 쪽과 제목과 그림이 모두 들어 있고, 차례의 층이 제목의 층과 같습니다.
fn the_epub_holds_the_whole_book() -> Outcome {
    let files = files(archive()?)?;
    let nav = xml(&files["EPUB/nav.xhtml"])?;
    let mut problems = Vec::new();
    let links: Vec<(usize, String)> = elements(&nav, "a")
        .filter(|link| {
            link.ancestors()
                .any(|one| one.attribute("id") == Some("toc"))
        })
        .map(|link| {
            let depth = link.ancestors().filter(|one| one.tag_name().name() == "ol");
            (depth.count(), link.text().unwrap_or_default().to_owned())
        })
        .collect();
    let mut wanted = Vec::new();
    let mut part = 1;
    let summary = support::read(&support::root().join("book/text/SUMMARY.md"))?;
    let titled = titles()?;
    for (at, (level, title)) in titled.iter().enumerate() {
        // 부에 든 쪽은 한 층 더 안에 있습니다.
        if *level == 1 && at > 0 {
            part = 2;
        }
        wanted.push((*level as usize + part - 1, title.clone()));
    }
    assert!(summary.contains("# 준비") && links.iter().any(|(depth, _)| *depth == 4));
    // 「확인 문제의 답」은 만들면서 더한 제목입니다.
    let shown: Vec<_> = links
        .iter()
        .filter(|(_, title)| title != "확인 문제의 답")
        .cloned()
        .collect();
    if shown != wanted {
        let first = shown.iter().zip(&wanted).find(|(one, other)| one != other);
        problems.push(format!("차례가 책과 다릅니다: {first:?}"));
    }
    if links.len() - shown.len() != 6 {
        problems.push("장마다 확인 문제의 답이 있지 않습니다".into());
    }
    let folder = tempfile::tempdir()?;
    let site = repository_book(folder.path())?;
    for page in chapters()? {
        let stem = page.trim_end_matches(".md");
        let html = support::read(&site.join(format!("{stem}.html")))?;
        let text = &files[&format!("EPUB/{}.xhtml", stem.replace('/', "-"))];
        for tag in ["<figure", "<table", "<pre"] {
            let [ours, theirs] = [text, &html].map(|text| text.matches(tag).count());
            if ours != theirs {
                problems.push(format!(
                    "{page}: {tag} {theirs}개 가운데 {ours}개만 있습니다"
                ));
            }
        }
        if text.contains("class=\"boring\"") || text.contains("# extern crate") {
            problems.push(format!("{page}: 숨긴 줄이 보입니다"));
        }
    }
    support::all_clear(problems)
}

/// 표준 검사기입니다. 데비안의 것은 자바가 바로 실행하지 못하는 이름이라 jar로 부릅니다.
fn epubcheck(epub: &Path) -> Option<Output> {
    let jar = PathBuf::from("/usr/share/java/epubcheck.jar");
    let mut calls = vec![Command::new("epubcheck")];
    if jar.is_file() {
        let mut java = Command::new("java");
        java.arg("-jar").arg(jar);
        calls.insert(0, java);
    }
    calls.into_iter().find_map(|mut command| {
        command.arg(epub);
        let output = support::run(command, LIMIT).ok()?;
        let said = format!("{}{}", output.stdout, output.stderr);
        // 이름만 있고 돌지 않는 것은 건너뜁니다.
        (said.contains("EPUB") && said.contains("Messages")).then_some(output)
    })
}

fn epubcheck_finds_nothing() -> MaybeLeftOut {
    let Some(output) = epubcheck(&made()?.join(EPUB)) else {
        return support::left_out(
            "이 컴퓨터에 epubcheck이 없습니다(데비안, 우분투: apt-get install epubcheck)",
        );
    };
    let said = format!("{}{}", output.stdout, output.stderr);
    contains(&said, "0 fatals / 0 errors / 0 warnings")?;
    expect(&output, 0)?;
    Ok(Completion::Completed)
}

/// 본문에 아직 없는 것들(알림 상자, 그림 파일)도 전자책에 들어갑니다.
fn notes_and_pictures_go_into_the_epub() -> Outcome {
    let copy = Copy::new()?;
    let page = copy.path("book/text/probe.md");
    let text = support::read(&page)?
        + "\n> [!WARNING]\n> 조심하세요.\n\n![점](dot.png)\n\n<details>\n<summary>접은 것</summary>\n\n펼친 글\n\n</details>\n";
    fs::write(&page, text)?;
    fs::write(copy.path("book/text/dot.png"), DOT)?;
    let out = copy.path("종이");
    let mut command = copy.small(&["paper", "--data"]);
    let output = call(command.arg(copy.data()?).arg("--out").arg(&out))?;
    expect(&output, 1)?;
    let path = out.join(EPUB);
    let files = files(ZipArchive::new(File::open(&path)?)?)?;
    sound(&files)?;
    let page = &files["EPUB/probe.xhtml"];
    for part in [
        ">주의</p>",
        "src=\"dot.png\"",
        "펼친 글",
        "class=\"summary\">접은 것",
    ] {
        contains(page, part)?;
    }
    if page.contains("Warning") || !files.contains_key("EPUB/dot.png") {
        return Err("영어 제목이 남았거나 그림이 없습니다".into());
    }
    match epubcheck(&path) {
        Some(output) => contains(
            &format!("{}{}", output.stdout, output.stderr),
            "0 fatals / 0 errors / 0 warnings",
        ),
        None => Ok(()),
    }
}

/// 가로세로 한 칸짜리 PNG입니다.
const DOT: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0,
    0, 0, 31, 21, 196, 137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 156, 99, 96, 96, 96, 248, 15, 0, 1,
    4, 1, 0, 95, 229, 195, 75, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

// ---- 만들 수 없을 때 ----

fn an_epub_needs_no_browser() -> Outcome {
    let copy = Copy::new()?;
    let before = copy.contents()?;
    let out = copy.path("종이");
    let mut command = copy.small(&["paper", "--data"]);
    let output = call(command.arg(copy.data()?).arg("--out").arg(&out))?;
    expect(&output, 1)?;
    contains(&output.stderr, "PDF를 찍을 브라우저가 없습니다")?;
    contains(&output.stderr, "apt-get install chromium")?;
    contains(&output.stderr, EPUB)?;
    let made: Vec<_> = contents(&out)?.into_keys().collect();
    if made != [out.join(EPUB)] || before != copy.contents()? {
        return Err(format!("전자책 말고 다른 것이 남았습니다: {made:?}").into());
    }
    nothing_half_written(&copy)
}

/// 책의 사본에, 브라우저인 척하는 프로그램을 둔 것입니다.
fn pretend(body: &str) -> Result<Option<(Copy, PathBuf, Command)>, Failed> {
    if cfg!(not(unix)) {
        return Ok(None);
    }
    let copy = Copy::new()?;
    let out = copy.path("종이");
    let programs = copy.path("프로그램");
    fs::create_dir(&programs)?;
    script(&programs, "chromium", body)?;
    let mut command = copy.small(&["paper", "--data"]);
    command
        .arg(copy.data()?)
        .arg("--out")
        .arg(&out)
        .env("PATH", &programs);
    Ok(Some((copy, out, command)))
}

const UNIX_ONLY: &str = "껍데기 프로그램은 유닉스에서만 씁니다";

/// 브라우저가 실패하거나 엉뚱한 것을 남기면 그렇다고 알리고, 앞서 만든 PDF는 그대로 둡니다.
fn a_browser_that_fails() -> MaybeLeftOut {
    let write = "for one in \"$@\"; do case $one in --print-to-pdf=*) ";
    for (body, told) in [
        (
            "echo '화면이 없습니다' >&2; exit 3".to_owned(),
            "화면이 없습니다",
        ),
        ("exit 0".to_owned(), "남긴 파일이 없습니다"),
        (
            format!("{write} echo '%PDF-1.4 쓰다 만' > \"${{one#*=}}\";; esac; done"),
            "PDF가 아닙니다",
        ),
        ("kill -9 $$".to_owned(), "SIGKILL"),
    ] {
        let Some((copy, out, mut command)) = pretend(&body)? else {
            return support::left_out(UNIX_ONLY);
        };
        fs::create_dir(&out)?;
        fs::write(out.join(PDF), "앞서 만든 것")?;
        let output = call(&mut command)?;
        expect(&output, 1)?;
        contains(&output.stderr, told)?;
        same(&support::read(&out.join(PDF))?, "앞서 만든 것")?;
        if !out.join(EPUB).is_file() {
            return Err("전자책은 만들었어야 합니다".into());
        }
        nothing_half_written(&copy)?;
    }
    Ok(Completion::Completed)
}

/// 찍는 동안 Ctrl-C를 누르면 브라우저까지 끝내고, 쓰다 만 것을 남기지 않습니다.
fn interrupt_while_printing() -> MaybeLeftOut {
    // 시작했다고 알린 뒤 끝나지 않습니다. 열려 있는 통로를 읽으므로 시간이 아니라 시그널로만 끝납니다.
    let body = "echo $$ > \"${0%/*}/번호\"; mkfifo \"${0%/*}/통로\"; read line < \"${0%/*}/통로\"";
    let Some((copy, out, mut command)) = pretend(body)? else {
        return support::left_out(UNIX_ONLY);
    };
    let path = std::env::var("PATH").unwrap_or_default();
    command.env(
        "PATH",
        format!("{}:{path}", copy.path("프로그램").display()),
    );
    let pids = copy.path("프로그램/번호");
    let mut running = Running::start(command)?;
    running.wait_until("브라우저를 부르지 않습니다", |_| {
        fs::read_to_string(&pids).is_ok_and(|text| text.ends_with('\n'))
    })?;
    running.interrupt()?;
    running.expect_stopped()?;
    gone(&pids)?;
    if out.join(PDF).exists() {
        return Err("멈추었는데 PDF가 있습니다".into());
    }
    nothing_half_written(&copy)?;
    Ok(Completion::Completed)
}

// ---- 내려받기 ----

fn downloads_are_offered_only_if_made() -> Outcome {
    let copy = Copy::new()?;
    let out = copy.path("책");
    let build = || -> Result<(String, Vec<PathBuf>), Failed> {
        let mut command = copy.small(&["build", "--data"]);
        let output = call(command.arg(copy.data()?).arg("--out").arg(&out))?;
        expect(&output, 0)?;
        let page = support::read(&out.join("preface.html"))?;
        let files = contents(&out)?.into_keys();
        let names = files.filter_map(|file| Some(PathBuf::from(file.file_name()?)));
        let offered = names.filter(|name| name.to_string_lossy().starts_with("playground."));
        Ok((page, offered.collect()))
    };
    let (page, offered) = build()?;
    if !offered.is_empty() || page.contains("playground.") {
        return Err(format!("만들지 않은 것을 내려받으라고 합니다: {offered:?}").into());
    }
    contains(&page, "내려받을 것 없이")?;
    let paper = copy.path("target/paper");
    fs::create_dir_all(&paper)?;
    fs::write(paper.join(EPUB), "전자책")?;
    let (page, offered) = build()?;
    contains(&page, "href=\"playground.epub\"")?;
    if offered != [PathBuf::from("playground.epub")] || page.contains("playground.pdf") {
        return Err(format!("만든 것만 내려받게 해야 합니다: {offered:?}").into());
    }
    fs::write(paper.join(PDF), "종이")?;
    let (page, _) = build()?;
    contains(&page, "href=\"playground.pdf\"")?;
    same(&support::read(&out.join("playground.pdf"))?, "종이")?;
    // 전자책은 저 자신을 품지 않습니다.
    let made = copy.path("종이");
    call(
        copy.small(&["paper", "--data"])
            .arg(copy.data()?)
            .arg("--out")
            .arg(&made),
    )?;
    let files = files(ZipArchive::new(File::open(made.join(EPUB))?)?)?;
    let preface = &files["EPUB/preface.xhtml"];
    if ["playground.", "종이에 찍는 책", "내려받을 것 없이"]
        .iter()
        .any(|part| preface.contains(part))
    {
        return Err("전자책이 저 자신을 내려받으라고 합니다".into());
    }
    Ok(())
}

/// 종이의 글꼴에는 라이선스가 따라다니고, 사이트에는 올라가지 않습니다.
fn fonts_of_paper_stay_off_the_site() -> Outcome {
    let site = tempfile::tempdir()?;
    let site = contents(&repository_book(site.path())?)?;
    let served = |name: &str| site.keys().any(|file| file.ends_with(name));
    if !served("preface.html") {
        return Err("묶은 책에서 파일을 찾지 못했습니다".into());
    }
    let folder = support::root().join("book/theme/paper");
    for font in support::files(&folder, "woff2")? {
        let name = font.file_name().unwrap_or_default().to_string_lossy();
        if served(&name) {
            return Err(format!("{name}이(가) 사이트에 올라갑니다").into());
        }
    }
    let license = support::read(&folder.join("OFL.txt"))?;
    contains(&license, "SIL OPEN FONT LICENSE")
}
