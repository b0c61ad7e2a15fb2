//! mdBook이 묶은 쪽을 펴내기 좋게 다듬습니다. `mdbook build`로 묶은 책은 이것 없이도 온전합니다.
//!
//! - 쪽마다 제 첫 문단으로 설명(description)과 `og:` 표를 적습니다. mdBook은 모든 쪽에 같은 설명을 적습니다.
//! - 제목 밑에 읽는 데 걸리는 시간을 적습니다([`minutes`]).
//! - `상태(deadlock)를`처럼 빈칸 없이 이어진 말이 괄호 앞뒤에서 두 줄로 갈리지 않게 합니다([`join`]).
//! - 색칠하는 스크립트에서 이 책이 쓰지 않는 언어를 뺍니다([`trim`]).
//! - 놓일 주소를 알면 쪽마다 정식 주소를 적고 `sitemap.xml`을 만듭니다.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::fault::{Fault, Result};

/// 책이 놓일 주소를 적는 환경 변수입니다.
pub const PLACE: &str = "NORITEO_SITE";

/// 한국어를 소리 내지 않고 읽는 빠르기입니다(1분에 읽는 낱말). 20대 21명의 평균입니다.
///
/// Rhiu 외, Korean J Ophthalmol 2017;31(3), <https://doi.org/10.3341/kjo.2016.0042>.
const WORDS_A_MINUTE: f64 = 121.1;

/// 그 연구가 읽힌 문장의 글자 수와 낱말 수(평균)입니다. 낱말의 빠르기를 글자의 빠르기로 바꿀 때 씁니다.
///
/// 송지호 외, 대한안과학회지 2016;57(4):642–649, <https://doi.org/10.3341/jkos.2016.57.4.642>.
const SENTENCE: (f64, f64) = (18.9, 6.5);

/// 펴낼 때 책이 놓일 주소입니다. `https://주인.github.io/저장소/`와 같습니다.
#[derive(Debug, Clone, PartialEq)]
pub struct Place(String);

impl Place {
    /// 환경 변수에 적힌 주소를 읽습니다. 적지 않았으면 없습니다.
    pub fn from_env() -> Result<Option<Place>> {
        match std::env::var(PLACE) {
            Ok(address) if !address.is_empty() => Place::read(&address).map(Some),
            _ => Ok(None),
        }
    }

    fn read(address: &str) -> Result<Place> {
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme));
        let plain = |letter: char| letter.is_ascii_graphic() && !"\"'<>&?#".contains(letter);
        match rest {
            Some(rest)
                if !rest.starts_with('/') && rest.ends_with('/') && rest.chars().all(plain) =>
            {
                Ok(Place(address.to_owned()))
            }
            _ => Err(Fault::BadInput(format!(
                "{PLACE}에는 http:// 나 https:// 로 시작하고 / 로 끝나는 주소를 적어 주세요: {address}"
            ))),
        }
    }

    /// 주소에서 서버의 이름을 뗀 것입니다. mdBook의 `site-url`입니다.
    pub fn path(&self) -> &str {
        let host = self.0.find("//").map_or(0, |at| at + 2);
        self.0[host..]
            .find('/')
            .map_or("/", |at| &self.0[host + at..])
    }
}

/// 묶은 책을 다듬습니다. `first`는 `index.html`과 같은 첫 쪽의 이름입니다.
pub fn finish(site: &Path, title: &str, first: &str, place: Option<&Place>) -> Result<()> {
    let mut languages = BTreeSet::new();
    let mut addresses = Vec::new();
    for path in files(site, "html")? {
        // 쪽의 이름은 책의 맨 위에서 본 길입니다(`exercises/ex07_par_map.html`).
        let name = path
            .strip_prefix(site)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        let html = read(&path)?;
        languages.extend(languages_of(&html));
        if name == "toc.html" {
            continue;
        }
        let address = place
            .filter(|_| !matches!(name.as_str(), "404.html" | "print.html"))
            .map(|place| {
                let page = if name == "index.html" || name == first {
                    ""
                } else {
                    &name
                };
                format!("{}{page}", place.0)
            });
        let html = page(&html, title, &name, address.as_deref());
        write(&path, &html)?;
        if name != "index.html" {
            addresses.extend(address);
        }
    }
    for path in files(site, "js")? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("highlight") {
            write(&path, &trim(&read(&path)?, &languages))?;
        }
    }
    if place.is_some() {
        write(&site.join("sitemap.xml"), &sitemap(&addresses))?;
    }
    Ok(())
}

/// 쪽 하나를 다듬습니다.
fn page(html: &str, book: &str, name: &str, address: Option<&str>) -> String {
    let Some((start, end)) = main(html) else {
        return html.to_owned();
    };
    let body = &html[start..end];
    let mut head = html[..start].to_owned();
    let heading = text_of(element(body, "h1").unwrap_or_default());
    if name == "404.html" {
        // 모르는 주소로 온 이에게 보이는 쪽의 이름은 mdBook이 영어로 적습니다.
        let title = format!("<title>{heading} - {book}</title>");
        head = replace(&head, "<title>", "</title>", &title);
    }
    let about = escape(&about(body));
    if !about.is_empty() && name != "print.html" {
        let mut told = format!("<meta name=\"description\" content=\"{about}\">");
        for (property, content) in [
            ("og:type", "article"),
            ("og:locale", "ko_KR"),
            ("og:site_name", &escape(book)),
            ("og:title", &escape(&heading)),
            ("og:description", &about),
        ] {
            told += &format!("\n        <meta property=\"{property}\" content=\"{content}\">");
        }
        if let Some(address) = address {
            told += &format!("\n        <meta property=\"og:url\" content=\"{address}\">");
            told += &format!("\n        <link rel=\"canonical\" href=\"{address}\">");
        }
        head = replace(&head, "<meta name=\"description\" content=\"", "\">", &told);
    }
    let mut body = plain_corners(&join(body));
    if name == "404.html" {
        // 이 쪽은 `base`로 책의 맨 위를 가리키므로, 제목의 링크가 첫 쪽으로 가 버립니다.
        body = body.replace("href=\"#", "href=\"404.html#");
    }
    if !matches!(name, "404.html" | "print.html")
        && let Some(at) = body.find("</h1>")
    {
        let told = format!(
            "\n<p class=\"reading-time\">읽는 데 {}분쯤 걸립니다(코드를 읽고 돌리는 시간은 빼고).</p>",
            minutes(&body)
        );
        body.insert_str(at + "</h1>".len(), &told);
    }
    head + &body + &html[end..]
}

/// 표의 빈 머리 칸을 보통 칸으로 바꾸고, 나머지 머리 칸에는 그 열의 머리라고 적습니다(`scope`).
///
/// 이름 없는 머리는 화면 낭독기가 읽을 것이 없습니다.
fn plain_corners(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find("</th>") {
        let end = at + "</th>".len();
        let open = rest[..at].rfind("<th").unwrap_or(at);
        let empty = tag_end(&rest[open..at]).is_some_and(|length| open + length == at);
        if empty {
            let inside = &rest[open + "<th".len()..at];
            out += &format!("{}<td{inside}</td>", &rest[..open]);
        } else {
            out += &rest[..open];
            let heads = out.rfind("<thead") > out.rfind("</thead");
            if heads && !rest[open..at].contains("scope=") {
                out += "<th scope=\"col\"";
            } else {
                out += &rest[open..(open + "<th".len()).min(end)];
            }
            out += &rest[(open + "<th".len()).min(end)..end];
        }
        rest = &rest[end..];
    }
    out + rest
}

/// 산문을 읽는 데 걸리는 시간(분)입니다. 코드와 그림은 세지 않습니다. 1분보다 짧으면 1분입니다.
fn minutes(body: &str) -> usize {
    let mut letters = 0usize;
    for piece in Pieces::of(body) {
        if let Piece::Text {
            text,
            code: false,
            block: false,
        } = piece
        {
            letters += unescape(text)
                .chars()
                .filter(|letter| letter.is_alphanumeric())
                .count();
        }
    }
    let a_minute = WORDS_A_MINUTE * SENTENCE.0 / SENTENCE.1;
    (letters as f64 / a_minute).round().max(1.0) as usize
}

/// 목록을 여는 말(「이 장을 마치면 다음을 할 수 있습니다.」)이 아닌 첫 문단입니다. 그런 말은 장마다 같아 설명이 되지 못합니다.
fn first_paragraph(body: &str) -> String {
    let mut rest = body;
    while let Some(inside) = element(rest, "p") {
        let end = inside.as_ptr() as usize - rest.as_ptr() as usize + inside.len() + "</p>".len();
        rest = &rest[end..];
        let next = rest.trim_start();
        if !next.starts_with("<ul") && !next.starts_with("<ol") {
            return text_of(inside);
        }
    }
    String::new()
}

/// 첫 문단에서 문장 단위로, 검색 결과에 보일 만큼(약 150글자)만 가져옵니다.
fn about(body: &str) -> String {
    let text = first_paragraph(body);
    let mut taken = String::new();
    for sentence in text.split_inclusive(['.', '?', '!']) {
        if !taken.is_empty() && taken.chars().count() + sentence.chars().count() > 150 {
            break;
        }
        taken += sentence;
    }
    taken.trim().to_owned()
}

/// 그 자리에서 줄을 바꾸지 못하게 하는 요소입니다. `reading.css`가 낱말 잇개(U+2060, word joiner)를 그립니다.
///
/// 글에 U+2060을 바로 적으면 베껴 간 낱말에 보이지 않는 글자가 섞여, 찾기 상자나 터미널에 붙였을 때 엉뚱해집니다.
/// 겉모양으로 그린 글자는 베껴지지도, 찾아지지도, 낭독되지도 않습니다.
const JOINER: &str = "<span class=\"nobreak\"></span>";

/// 빈칸 없이 이어진 말이 괄호와 따옴표의 앞뒤에서 갈리지 않게 잇습니다. 코드 안은 건드리지 않습니다.
///
/// `word-break: keep-all`은 글자와 글자 사이만 지킵니다. `상태(deadlock)를`은 `(` 앞과 `를` 앞에서 갈릴 수 있습니다.
pub fn join(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut before = ' ';
    for piece in Pieces::of(body) {
        match piece {
            Piece::Tag(tag) => {
                out += tag;
                if !INLINE.contains(&tag_name(tag)) {
                    before = ' ';
                }
            }
            Piece::Text {
                text, block: true, ..
            } => {
                out += text;
                before = ' ';
            }
            Piece::Text {
                text, code: true, ..
            } => {
                out += text;
                before = last(text).unwrap_or(before);
            }
            Piece::Text { text, .. } => {
                let mut rest = text;
                while let Some((raw, letter)) = first(rest) {
                    if (CLOSERS.contains(before) || hangul(before))
                        && (OPENERS.contains(letter) || hangul(letter))
                        && !(hangul(before) && hangul(letter))
                    {
                        out += JOINER;
                    }
                    out += raw;
                    before = letter;
                    rest = &rest[raw.len()..];
                }
            }
        }
    }
    out
}

/// 줄 안에 놓여 앞뒤의 글이 이어지는 요소입니다.
const INLINE: [&str; 10] = [
    "a", "code", "em", "strong", "sup", "sub", "span", "kbd", "mark", "del",
];
/// 곧은 따옴표(`"`)는 앞뒤 어디에서도 줄을 바꾸지 않으므로(UAX #14, LB19) 넣지 않습니다.
const OPENERS: &str = "([{「『《〈“‘";
const CLOSERS: &str = ")]}」』》〉”’>%…!?;";

fn hangul(letter: char) -> bool {
    ('가'..='힣').contains(&letter)
}

/// 첫 글자와 그것이 적힌 그대로(`&quot;`처럼)입니다.
fn first(text: &str) -> Option<(&str, char)> {
    let letter = text.chars().next()?;
    if letter == '&'
        && let Some(end) = text.find(';').filter(|end| *end < 10)
        && let Some(decoded) = unescape(&text[..=end]).chars().next()
    {
        return Some((&text[..=end], decoded));
    }
    Some((&text[..letter.len_utf8()], letter))
}

fn last(text: &str) -> Option<char> {
    unescape(text).chars().last()
}

/// 쪽의 본문을 이루는 조각입니다.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Tag(&'a str),
    /// `block`은 코드 블록이나 그림 안의 글이고, `code`는 문장 속 코드입니다.
    Text {
        text: &'a str,
        code: bool,
        block: bool,
    },
}

struct Pieces<'a> {
    rest: &'a str,
    code: usize,
    block: usize,
}

impl<'a> Pieces<'a> {
    fn of(html: &'a str) -> Pieces<'a> {
        Pieces {
            rest: html,
            code: 0,
            block: 0,
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if !self.rest.starts_with('<') {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Piece::Text {
                text,
                code: self.code > 0,
                block: self.block > 0,
            });
        }
        let end = if self.rest.starts_with("<!--") {
            self.rest.find("-->").map(|at| at + 3)
        } else {
            tag_end(self.rest)
        };
        let (tag, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let step = |depth: usize| {
            if tag.starts_with("</") {
                depth.saturating_sub(1)
            } else {
                depth + 1
            }
        };
        match tag_name(tag) {
            "code" | "kbd" => self.code = step(self.code),
            "pre" | "svg" | "script" | "style" | "button" => self.block = step(self.block),
            _ => {}
        }
        Some(Piece::Tag(tag))
    }
}

/// 꼬리표가 끝나는 자리입니다. 따옴표 안의 `>`는 끝이 아닙니다.
fn tag_end(html: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in html.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn tag_name(tag: &str) -> &str {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name
        .find(|letter: char| !letter.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    &name[..end]
}

/// 본문(`<main>` 안)의 시작과 끝입니다.
fn main(html: &str) -> Option<(usize, usize)> {
    let start = html.find("<main>")? + "<main>".len();
    let end = start + html[start..].find("</main>")?;
    Some((start, end))
}

/// 처음 나오는 `name` 요소의 안쪽입니다.
fn element<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let starts = [format!("<{name}>"), format!("<{name} ")];
    let at = starts
        .iter()
        .filter_map(|start| html.find(start.as_str()))
        .min()?;
    let inside = at + tag_end(&html[at..])?;
    let end = html[inside..].find(&format!("</{name}>"))?;
    Some(&html[inside..inside + end])
}

/// 꼬리표를 뗀 글입니다.
fn text_of(html: &str) -> String {
    let text: String = Pieces::of(html)
        .filter_map(|piece| match piece {
            Piece::Text { text, .. } => Some(unescape(text)),
            Piece::Tag(_) => None,
        })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `start`부터 `end`까지를 통째로 바꿉니다. 없으면 그대로 둡니다.
fn replace(text: &str, start: &str, end: &str, with: &str) -> String {
    let found = text.find(start).and_then(|from| {
        Some((
            from,
            from + start.len() + text[from + start.len()..].find(end)? + end.len(),
        ))
    });
    match found {
        Some((from, to)) => format!("{}{with}{}", &text[..from], &text[to..]),
        None => text.to_owned(),
    }
}

/// 코드 블록에 적힌 언어들입니다.
fn languages_of(html: &str) -> BTreeSet<String> {
    html.split("language-")
        .skip(1)
        .map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// 색칠하는 스크립트(highlight.js)에서 `languages`에 없는 언어를 뺍니다. 줄 하나가 언어 하나를 등록합니다.
///
/// 이름이 별명일 수 있으므로(console은 shell의 별명입니다) 그 줄에 이름이나 별명으로 나오는지 봅니다.
/// 남긴 언어가 안에서 부르는 언어(shell은 bash를 부릅니다)도 남깁니다.
fn trim(script: &str, languages: &BTreeSet<String>) -> String {
    const START: &str = "hljs.registerLanguage(\"";
    let lines: Vec<&str> = script.split_inclusive('\n').collect();
    let name = |line: &str| Some(line.strip_prefix(START)?.split('"').next()?.to_owned());
    let asked = |line: &str, name: &str| {
        let aliases = line.split("aliases").skip(1).filter_map(|rest| {
            let rest = rest.trim_start_matches([':', '=']).strip_prefix('[')?;
            rest.split(']').next()
        });
        languages.contains(name)
            || aliases
                .flat_map(|list| list.split(','))
                .any(|alias| languages.contains(alias.trim_matches('"')))
    };
    let mut kept: BTreeSet<String> = lines
        .iter()
        .filter_map(|line| name(line).filter(|name| asked(line, name)))
        .collect();
    loop {
        let more: BTreeSet<String> = lines
            .iter()
            .filter(|line| name(line).is_some_and(|name| kept.contains(&name)))
            .flat_map(|line| {
                let called = line
                    .split("subLanguage:\"")
                    .skip(1)
                    .chain(line.split("getLanguage(\"").skip(1));
                called.filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
            })
            .filter(|name| !kept.contains(name))
            .collect();
        if more.is_empty() {
            break;
        }
        kept.extend(more);
    }
    lines
        .iter()
        .filter(|line| name(line).is_none_or(|name| kept.contains(&name)))
        .copied()
        .collect()
}

/// 검색기에 알리는 쪽들의 주소입니다.
fn sitemap(addresses: &[String]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for address in addresses {
        text += &format!("  <url><loc>{address}</loc></url>\n");
    }
    text + "</urlset>\n"
}

const ENTITIES: [(&str, &str); 5] = [
    ("<", "&lt;"),
    (">", "&gt;"),
    ("\"", "&quot;"),
    ("'", "&#39;"),
    ("&", "&amp;"),
];

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    ENTITIES[..3]
        .iter()
        .fold(text, |text, (plain, entity)| text.replace(plain, entity))
}

fn unescape(text: &str) -> String {
    let text = text.replace("&#x27;", "'").replace("&#34;", "\"");
    ENTITIES
        .iter()
        .fold(text, |text, (plain, entity)| text.replace(entity, plain))
}

/// 아래 폴더까지 모두 찾습니다. 연습 문제의 쪽은 `exercises/`에 있습니다.
fn files(folder: &Path, kind: &str) -> Result<Vec<PathBuf>> {
    let told = |e| Fault::file("묶은 책을 읽지 못했습니다", folder, &e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.is_dir() {
            found.append(&mut files(&path, kind)?);
        } else if path.extension().is_some_and(|extension| extension == kind) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| Fault::file("묶은 책을 읽지 못했습니다", path, &e))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|e| Fault::file("묶은 책을 다듬지 못했습니다", path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_at_brackets_but_code_is_left() {
        let joined = |text: &str| join(text).replace(JOINER, "~");
        assert_eq!(
            joined("<p>상태(deadlock)를 (보고)</p>"),
            "<p>상태~(deadlock)~를 (보고)</p>"
        );
        assert_eq!(joined("99%(스레드)(큐)"), "99%~(스레드)~(큐)");
        assert_eq!(
            joined("<code>f(가)나</code>를 본다"),
            "<code>f(가)나</code>를 본다"
        );
        assert_eq!(joined("<code>f()</code>를"), "<code>f()</code>~를");
        assert_eq!(joined("<p>끝)</p><p>가</p>"), "<p>끝)</p><p>가</p>");
        assert_eq!(
            joined("<pre><code>가(나)다</code></pre>"),
            "<pre><code>가(나)다</code></pre>"
        );
        assert_eq!(joined("”로 a &lt; b &gt;를"), "”~로 a &lt; b &gt;~를");
        assert_eq!(
            joined("<a title=\"가>(나\">가</a>(나)"),
            "<a title=\"가>(나\">가</a>~(나)"
        );
    }

    #[test]
    fn a_page_tells_about_itself() {
        let html = "<title>옛것</title><meta name=\"description\" content=\"모두 같은 글\"><main><h1><a>제목</a></h1>\n\
                    <p>첫 \"문장\"입니다. 둘째.</p></main><p>밖</p>";
        let made = page(html, "책", "a.html", Some("https://a.example/b/a.html"));
        for part in [
            "content=\"첫 &quot;문장&quot;입니다. 둘째.\"",
            "property=\"og:title\" content=\"제목\"",
            "rel=\"canonical\" href=\"https://a.example/b/a.html\"",
            "</h1>\n<p class=\"reading-time\">읽는 데 1분쯤",
            "<title>옛것</title>",
        ] {
            assert!(made.contains(part), "{part}: {made}");
        }
        assert!(!made.contains("모두 같은 글"));
        assert_eq!(
            about("<p>여는 말입니다.</p>\n<ul><li>하나</li></ul><p>설명입니다.</p>"),
            "설명입니다."
        );
        assert!(page(html, "책", "404.html", None).contains("<title>제목 - 책</title>"));
    }

    #[test]
    fn an_empty_corner_is_no_header() {
        assert_eq!(
            plain_corners(
                "<thead><tr><th></th><th style=\"a\"></th><th>가</th></tr></thead><th>나</th>"
            ),
            "<thead><tr><td></td><td style=\"a\"></td><th scope=\"col\">가</th></tr></thead><th>나</th>"
        );
    }

    #[test]
    fn only_prose_takes_time() {
        let prose = "가".repeat(1056);
        assert_eq!(minutes(&format!("<p>{prose}</p>")), 3);
        assert_eq!(
            minutes(&format!(
                "<pre><code>{prose}</code></pre><svg><text>{prose}</text></svg>"
            )),
            1
        );
    }

    #[test]
    fn unused_languages_are_dropped() {
        let script = "var hljs=1;\nhljs.registerLanguage(\"rust\",{});\nhljs.registerLanguage(\"go\",{});\n\
                      hljs.registerLanguage(\"shell\",{aliases:[\"console\"],subLanguage:\"bash\"});\n\
                      hljs.registerLanguage(\"bash\",{});\n";
        let kept = trim(script, &["rust", "console"].map(str::to_owned).into());
        assert_eq!(
            kept,
            script.replace("hljs.registerLanguage(\"go\",{});\n", "")
        );
    }

    #[test]
    fn a_place_is_a_whole_address() {
        assert_eq!(Place::read("https://a.example/b/").unwrap().path(), "/b/");
        assert_eq!(Place::read("https://a.example/").unwrap().path(), "/");
        for bad in [
            "a.example/",
            "https://a.example/b",
            "https:///b/",
            "https://a.example/\"/",
        ] {
            assert!(Place::read(bad).is_err(), "{bad}");
        }
    }
}
