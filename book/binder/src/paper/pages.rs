//! 묶은 책에서 쪽들을 차례대로 읽어, 누르거나 펼칠 것이 없는 글로 다듬습니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::dom::{self, Element, Node};
use crate::fault::{Fault, Result};

/// 책의 한 쪽입니다.
pub struct Page {
    /// 이름의 앞부분입니다(`ch01-process`).
    pub stem: String,
    /// 제목입니다.
    pub title: String,
    /// 이 쪽에서 새 부가 시작되면 그 이름입니다(`본문`).
    pub part: Option<String>,
    /// `<main>`에 든 것입니다.
    pub main: Element,
    /// 제목들입니다. 첫째는 쪽의 제목입니다.
    pub headings: Vec<Heading>,
}

/// 제목 하나입니다.
pub struct Heading {
    /// 층입니다(`h2`이면 2).
    pub level: u8,
    /// 이름표입니다.
    pub id: String,
    /// 글입니다.
    pub text: String,
}

/// 쪽의 제목에 붙이는 이름표입니다.
pub const TOP: &str = "top";

/// 스크립트 없이 읽을 때 뜻이 없는 요소들입니다.
const DROPPED: [&str; 6] = ["script", "style", "button", "input", "template", "noscript"];

/// mdBook의 알림 상자에 적히는 영어 제목과 우리말입니다.
const ADMONITIONS: [(&str, &str); 5] = [
    ("note", "참고"),
    ("tip", "도움말"),
    ("important", "중요"),
    ("warning", "주의"),
    ("caution", "조심"),
];

/// 묶은 책 `site`의 쪽들입니다.
pub fn read(site: &Path) -> Result<Vec<Page>> {
    let toc = text(&site.join("toc.html"))?;
    let list = dom::first(&toc, "ol").ok_or_else(|| broken("차례"))?;
    let mut pages = Vec::new();
    let mut part = None;
    for item in elements(&list) {
        let mut link = None;
        item.each(&mut |one| {
            if one.has_class("part-title") {
                part = Some(one.text().trim().to_owned());
            } else if one.name == "a" && link.is_none() {
                link = one.get("href").map(str::to_owned);
            }
        });
        let Some(file) = link else { continue };
        let html = text(&site.join(&file))?;
        let main = dom::first(&html, "main").ok_or_else(|| broken(&file))?;
        pages.push(page(&file, part.take(), main)?);
    }
    let ids: BTreeMap<String, BTreeMap<String, String>> = pages
        .iter_mut()
        .map(|page| (page.stem.clone(), rename(&mut page.main)))
        .collect();
    for page in &mut pages {
        relink(page, &ids);
        page.headings = headings(&page.main);
    }
    if pages.is_empty() {
        return Err(broken("차례"));
    }
    Ok(pages)
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| Fault::file("묶은 책을 읽지 못했습니다", path, &e))
}

fn broken(what: &str) -> Fault {
    Fault::Failed(format!(
        "묶은 책에서 {what}의 본문을 찾지 못했습니다. mdBook의 판이 바뀌었으면 book/binder/src/paper를 고치세요."
    ))
}

fn elements(element: &Element) -> impl Iterator<Item = &Element> {
    element.children.iter().filter_map(|child| match child {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    })
}

fn page(file: &str, part: Option<String>, mut main: Element) -> Result<Page> {
    tidy(&mut main);
    answers_last(&mut main);
    let mut title = None;
    main.each_mut(&mut |element| {
        if element.name == "h1" && title.is_none() {
            title = Some(element.text().trim().to_owned());
        }
    });
    Ok(Page {
        stem: file.trim_end_matches(".html").to_owned(),
        title: title.ok_or_else(|| broken(file))?,
        part,
        main,
        headings: Vec::new(),
    })
}

/// 누를 것을 빼고, 접힌 것을 펼치고, 숨은 줄을 지웁니다.
fn tidy(main: &mut Element) {
    main.replace(&mut |mut element| {
        // `img-wrapper`는 그림을 눌러 키워 볼 때 쓰는 두 번째 그림이고, `nobreak`는 화면의 낱말 잇개입니다.
        let hidden = ["boring", "buttons", "img-wrapper", "nobreak"]
            .iter()
            .any(|class| element.has_class(class));
        if hidden || DROPPED.contains(&element.name.as_str()) {
            return Vec::new();
        }
        let header = element.name == "a" && element.has_class("header");
        if header || element.has_class("checkbox-label") {
            return element.children;
        }
        match element.name.as_str() {
            "details" => {
                element.name = "div".to_owned();
                element.unset("open");
                add_class(&mut element, "details");
            }
            "summary" => {
                element.name = "p".to_owned();
                add_class(&mut element, "summary");
            }
            _ => {}
        }
        if element.name == "figure" {
            // 그림의 설명은 맨 앞이나 맨 뒤에만 올 수 있습니다(HTML 표준).
            let (captions, rest): (Vec<Node>, Vec<Node>) = element
                .children
                .into_iter()
                .partition(|child| matches!(child, Node::Element(one) if one.name == "figcaption"));
            element.children = rest.into_iter().chain(captions).collect();
        }
        if element.has_class("blockquote-tag-title") {
            let title = element.text().trim().to_lowercase();
            let korean = ADMONITIONS.iter().find(|(english, _)| title == *english);
            if let Some((_, korean)) = korean {
                element.children = vec![dom::text(korean)];
            }
        }
        element.attributes.retain(|(name, _)| {
            !name.starts_with("data-") && !name.starts_with("on") && name != "tabindex"
        });
        vec![element.into()]
    });
}

fn add_class(element: &mut Element, class: &str) {
    let all = match element.get("class") {
        Some(old) => format!("{old} {class}"),
        None => class.to_owned(),
    };
    element.set("class", &all);
}

/// 확인 문제의 답을 쪽의 끝으로 옮깁니다. 물음과 답이 한눈에 보이면 생각할 틈이 없습니다.
fn answers_last(main: &mut Element) {
    let mut answers = Vec::new();
    main.each_mut(&mut |quiz| {
        if !quiz.has_class("quiz") {
            return;
        }
        let number = answers.len() / 2 + 1;
        let (question, answer) = (format!("quiz-{number}"), format!("answer-{number}"));
        quiz.set("id", &question);
        let (kept, moved) = std::mem::take(&mut quiz.children)
            .into_iter()
            .partition(|child| !matches!(child, Node::Element(one) if one.has_class("details")));
        quiz.children = kept;
        let link = Element::new("a", vec![dom::text(&format!("확인 {number}의 답"))])
            .with("href", &format!("#{answer}"));
        quiz.children.push(
            Element::new("p", vec![link.into()])
                .with("class", "to-answer")
                .into(),
        );
        let moved: Vec<Node> = moved;
        let mut body = moved.into_iter().flat_map(|child| match child {
            Node::Element(details) => details.children,
            Node::Text(_) => Vec::new(),
        });
        let back = Element::new("a", vec![dom::text(&format!("확인 {number}"))])
            .with("href", &format!("#{question}"));
        answers.push(
            Element::new("p", vec![back.into()])
                .with("class", "to-question")
                .with("id", &answer)
                .into(),
        );
        answers.push(
            Element::new(
                "div",
                body.by_ref()
                    .filter(
                        |child| !matches!(child, Node::Element(one) if one.has_class("summary")),
                    )
                    .collect(),
            )
            .with("class", "answer")
            .into(),
        );
    });
    if answers.is_empty() {
        return;
    }
    let title = Element::new("h2", vec![dom::text("확인 문제의 답")]).with("id", "answers");
    let mut section = vec![title.into()];
    section.extend(answers);
    main.children.push(
        Element::new("section", section)
            .with("class", "answers")
            .into(),
    );
}

/// 이름표를 어느 곳에서나 쓸 수 있는 것으로 바꾸고, 옛 이름에서 새 이름으로 가는 표를 돌려줍니다.
///
/// 한글이나 숫자로 시작하는 이름은 XML에서 쓸 수 없고, 긴 한글은 PDF의 이름(127바이트)을 넘습니다.
fn rename(main: &mut Element) -> BTreeMap<String, String> {
    let mut new = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut first = true;
    main.each_mut(&mut |element| {
        let top = element.name == "h1" && std::mem::take(&mut first);
        let Some(old) = element.get("id").map(str::to_owned) else {
            if top {
                element.set("id", TOP);
            }
            return;
        };
        let plain = old.starts_with(|c: char| c.is_ascii_alphabetic())
            && old
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let mut id = match (top, plain) {
            (true, _) => TOP.to_owned(),
            (_, true) => old.clone(),
            _ => format!("id-{}", new.len() + 1),
        };
        while !taken.insert(id.clone()) {
            id += "-again";
        }
        element.set("id", &id);
        // 같은 이름이 둘이면 링크는 브라우저처럼 앞의 것을 가리킵니다.
        new.entry(old).or_insert(id);
    });
    new
}

/// 링크와 그림 안의 가리킴을 새 이름표로 바꿉니다. 책 밖의 파일로 가는 링크는 글만 남깁니다.
fn relink(page: &mut Page, ids: &BTreeMap<String, BTreeMap<String, String>>) {
    let here = page.stem.clone();
    let none = BTreeMap::new();
    let own = ids.get(&here).unwrap_or(&none);
    page.main.replace(&mut |mut element| {
        for (name, value) in &mut element.attributes {
            if ["aria-labelledby", "aria-describedby"].contains(&name.as_str()) {
                let renamed = value
                    .split_whitespace()
                    .map(|id| own.get(id).map_or(id, |id| id));
                *value = renamed.collect::<Vec<_>>().join(" ");
            }
        }
        if element.name != "a" {
            return vec![element.into()];
        }
        let Some(target) = element.get("href").map(str::to_owned) else {
            return vec![element.into()];
        };
        if outside(&target) {
            return vec![element.into()];
        }
        let (file, id) = target.split_once('#').unwrap_or((&target, ""));
        let stem = file.trim_end_matches(".html");
        let stem = if file.is_empty() { &here } else { stem };
        let id = decoded(id);
        let id = match ids.get(stem) {
            Some(_) if id.is_empty() => Some(TOP),
            Some(known) => known.get(&id).map(String::as_str).or(Some(id.as_str())
                .filter(|id| id.starts_with("answer-") || id.starts_with("quiz-") || *id == TOP)),
            None => None,
        };
        match id {
            Some(id) => {
                element.set("href", &format!("{stem}#{id}"));
                vec![element.into()]
            }
            None => element.children,
        }
    });
}

/// 책 바깥으로 가는 주소입니다.
pub fn outside(target: &str) -> bool {
    target.starts_with("//")
        || target
            .split_once(':')
            .is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// `%EB%86%80`을 글자로 되돌립니다.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        let code = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn headings(main: &Element) -> Vec<Heading> {
    let mut found = Vec::new();
    main.each(&mut |element| {
        let level = match element.name.as_bytes() {
            [b'h', level @ b'1'..=b'6'] => level - b'0',
            _ => return,
        };
        if let Some(id) = element.get("id") {
            let text = element.text();
            found.push(Heading {
                level,
                id: id.to_owned(),
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            });
        }
    });
    found
}

/// CSS의 `var(--이름)`을 밝은 화면의 값으로 바꿉니다. 전자책 단말기는 변수를 모르는 것이 많습니다.
pub fn plain_css(css: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some(at) = rest.find("var(--") {
        out += &rest[..at];
        let inside = &rest[at + 6..];
        let Some(end) = inside.find(')') else { break };
        let name = inside[..end].split(',').next().unwrap_or_default().trim();
        out += values.get(name).map_or("currentColor", String::as_str);
        rest = &inside[end + 1..];
    }
    out + rest
}

/// 밝은 화면에서 변수들의 값입니다. mdBook의 것과, 그림의 CSS가 처음 정한 것입니다.
pub fn light(figures: &str) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, String> = [
        ("fg", "#000"),
        ("bg", "#fff"),
        ("links", "#20609f"),
        ("table-border-color", "#bbb"),
        ("quote-bg", "#eff5f8"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for declaration in figures.split(['{', ';', '}']) {
        if let Some((name, value)) = declaration.split_once(':')
            && let Some(name) = name.trim().strip_prefix("--")
        {
            // 어두운 테마의 값은 뒤에 다시 정해집니다. 처음 것이 밝은 것입니다.
            values
                .entry(name.trim().to_owned())
                .or_insert_with(|| value.trim().to_owned());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(html: &str) -> String {
        let mut main = dom::first(&format!("<main>{html}</main>"), "main").unwrap();
        tidy(&mut main);
        answers_last(&mut main);
        rename(&mut main);
        let mut out = String::new();
        dom::write(&main.children, &mut out);
        out
    }

    #[test]
    fn nothing_to_press_or_unfold_is_left() {
        assert_eq!(
            tidied(
                "<h1 id=\"1장\"><a class=header href=#1장>1장</a></h1>\
                 <details><summary>답</summary><p data-x=1>그렇다</p></details>\
                 <pre><code><span class=boring>숨은 줄\n</span>줄</code></pre><button>실행</button>"
            ),
            "<h1 id=\"top\">1장</h1>\
             <div class=\"details\"><p class=\"summary\">답</p><p>그렇다</p></div>\
             <pre><code>줄</code></pre>"
        );
    }

    #[test]
    fn a_picture_is_shown_once() {
        let zoom = "<label class=checkbox-label><input class=checkbox-img type=checkbox><img src=a.png>\
             <span class=img-wrapper><img src=a.png></span></label>";
        assert_eq!(tidied(zoom), "<img src=\"a.png\"/>");
    }

    #[test]
    fn admonitions_speak_korean() {
        let box_ = "<blockquote class=\"blockquote-tag blockquote-tag-warning\">\
             <p class=\"blockquote-tag-title\"><svg></svg>Warning</p><p>위험</p></blockquote>";
        assert!(tidied(box_).contains("<p class=\"blockquote-tag-title\">주의</p><p>위험</p>"));
    }

    #[test]
    fn answers_go_to_the_end() {
        let out = tidied(
            "<h1>1장</h1><div class=quiz><p>물음</p><details><summary>답</summary>\
             <p>까닭</p></details></div><p>다음 글</p>",
        );
        let at = |part: &str| out.find(part).unwrap_or_else(|| panic!("{part}: {out}"));
        assert!(at("물음") < at("다음 글") && at("다음 글") < at("까닭"));
        assert!(out.contains("href=\"#answer-1\"") && out.contains("id=\"answer-1\""));
        assert!(out.contains("href=\"#quiz-1\"") && out.contains("id=\"quiz-1\""));
        assert!(!out.contains("class=\"summary\""));
    }

    #[test]
    fn links_follow_the_new_names() {
        let page = |stem: &str, html: &str| Page {
            stem: stem.to_owned(),
            title: String::new(),
            part: None,
            main: dom::first(&format!("<main>{html}</main>"), "main").unwrap(),
            headings: Vec::new(),
        };
        let mut one = page("a", "<h1 id=가>가</h1><p id=x></p>");
        let mut two = page(
            "b",
            "<a href=a.html>1</a><a href=a.html#x>2</a><a href=a.html#%EA%B0%80>3</a>\
             <a href=a.html#no>4</a><a href=file.json>5</a><a href=https://x.y/>6</a>",
        );
        let ids = [&mut one, &mut two]
            .into_iter()
            .map(|page| (page.stem.clone(), rename(&mut page.main)))
            .collect();
        relink(&mut two, &ids);
        let mut out = String::new();
        dom::write(&two.main.children, &mut out);
        assert_eq!(
            out,
            "<a href=\"a#top\">1</a><a href=\"a#x\">2</a><a href=\"a#top\">3</a>45\
             <a href=\"https://x.y/\">6</a>"
        );
    }

    #[test]
    fn variables_become_the_light_values() {
        let css = ".t { --tl-a: #111; } .navy .t { --tl-a: #eee; } p { color: var(--tl-a); fill: var(--fg) }";
        let plain = plain_css(css, &light(css));
        assert!(plain.ends_with("p { color: #111; fill: #000 }"), "{plain}");
    }
}
