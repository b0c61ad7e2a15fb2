//! 다듬은 쪽들을 전자책(EPUB 3) 하나로 묶습니다. 브라우저가 없어도 만들 수 있습니다.
//!
//! 틀(OPF, 차례)은 [EPUB 3.3](https://www.w3.org/TR/epub-33/)을 따라 여기에서 적고, 압축만 크레이트 `zip`에 맡깁니다.
//! 전자책을 통째로 만들어 주는 크레이트는 그림이 든 쪽에 `properties="svg"`를 적지 못해 epubcheck를 지나지 못합니다.
//! 글꼴은 넣지 않습니다. 한글 글꼴은 읽는 기기에 있고, 고른 글꼴과 크기로 읽는 것이 전자책입니다.

use std::{
    fmt::Write as _,
    fs,
    io::{Cursor, Write},
    path::Path,
};

use noriteo::measure::now_utc;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    fault::{Fault, Result},
    paper::{
        Book,
        dom::{self, Element, escaped},
        pages::{Page, TOP, outside},
    },
};

/// 이 책의 식별자입니다. 판이 바뀌어도 같은 책입니다.
const IDENTIFIER: &str = "urn:uuid:6d0f6c2e-7a54-4c1b-9b5e-2f1a8c3d4e50";

/// 쪽들을 담는 폴더입니다.
const FOLDER: &str = "EPUB";

/// 전자책에 담을 파일 하나입니다.
struct Item {
    /// `EPUB/` 안의 이름입니다.
    name: String,
    kind: &'static str,
    /// 목록(manifest)에 적을 성질입니다.
    properties: &'static str,
    bytes: Vec<u8>,
    /// 차례대로 읽는 것이면 참입니다(spine).
    read: bool,
}

/// 전자책을 만듭니다. 그림 파일은 `site`에서 가져옵니다.
pub fn make(book: &Book, site: &Path) -> Result<Vec<u8>> {
    let mut items = vec![
        page_item("cover", "표지", "svg", cover(book)),
        Item {
            properties: "nav",
            ..page_item("nav", "차례", "", nav(book))
        },
    ];
    for page in &book.pages {
        items.push(chapter(page));
    }
    items.push(Item {
        name: "cover.svg".into(),
        kind: "image/svg+xml",
        properties: "cover-image",
        bytes: book.cover.clone().into_bytes(),
        read: false,
    });
    items.push(Item {
        name: "style.css".into(),
        kind: "text/css",
        properties: "",
        bytes: book.css.clone().into_bytes(),
        read: false,
    });
    for image in images(book) {
        items.push(image_item(site, image)?);
    }
    pack(book, &items)
        .map_err(|error| Fault::Failed(format!("전자책을 압축하지 못했습니다({error}).")))
}

fn pack(book: &Book, items: &[Item]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    // 맨 앞에, 압축하지 않고 있어야 파일의 종류를 알아봅니다(OCF 4.3).
    zip.start_file("mimetype", stored)?;
    zip.write_all(b"application/epub+zip")?;
    zip.start_file("META-INF/container.xml", packed)?;
    zip.write_all(container().as_bytes())?;
    zip.start_file(format!("{FOLDER}/package.opf"), packed)?;
    zip.write_all(package(book, items).as_bytes())?;
    for item in items {
        zip.start_file(format!("{FOLDER}/{}", item.name), packed)?;
        zip.write_all(&item.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn container() -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="{FOLDER}/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"#
    )
}

fn package(book: &Book, items: &[Item]) -> String {
    let (mut manifest, mut spine) = (String::new(), String::new());
    for item in items {
        let id = item.name.replace('.', "-");
        let properties = match item.properties {
            "" => String::new(),
            words => format!(" properties=\"{words}\""),
        };
        let _ = writeln!(
            manifest,
            "    <item id=\"i-{id}\" href=\"{}\" media-type=\"{}\"{properties}/>",
            escaped(&item.name),
            item.kind
        );
        if item.read {
            let _ = writeln!(spine, "    <itemref idref=\"i-{id}\"/>");
        }
    }
    let (title, about) = (escaped(&book.title), escaped(&book.about));
    let modified = now_utc();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book" xml:lang="ko">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="book">{IDENTIFIER}</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:language>ko</dc:language>
    <dc:creator>놀이터의 아이들 기여자들</dc:creator>
    <dc:description>{about}</dc:description>
    <dc:rights>CC BY 4.0</dc:rights>
    <meta property="dcterms:modified">{modified}</meta>
    <meta property="schema:accessMode">textual</meta>
    <meta property="schema:accessMode">visual</meta>
    <meta property="schema:accessModeSufficient">textual</meta>
    <meta property="schema:accessibilityFeature">tableOfContents</meta>
    <meta property="schema:accessibilityFeature">structuralNavigation</meta>
    <meta property="schema:accessibilityFeature">longDescription</meta>
    <meta property="schema:accessibilityHazard">none</meta>
    <meta property="schema:accessibilitySummary">그림마다 제목과 설명이 있고, 제목의 층이 차례와 같습니다.</meta>
  </metadata>
  <manifest>
{manifest}  </manifest>
  <spine>
{spine}  </spine>
</package>
"#
    )
}

fn page_item(stem: &str, title: &str, properties: &'static str, body: String) -> Item {
    let title = escaped(title);
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="ko" xml:lang="ko">
<head>
<title>{title}</title>
<link rel="stylesheet" type="text/css" href="style.css"/>
</head>
<body>
{body}
</body>
</html>
"#
    );
    Item {
        name: format!("{stem}.xhtml"),
        kind: "application/xhtml+xml",
        properties,
        bytes: document.into_bytes(),
        read: true,
    }
}

fn cover(book: &Book) -> String {
    let drawing = &book.cover;
    format!("<section epub:type=\"cover\" class=\"cover\">\n{drawing}\n</section>")
}

fn chapter(page: &Page) -> Item {
    let mut main = page.main.clone();
    let mut drawn = false;
    main.each_mut(&mut |element| {
        drawn |= element.name == "svg";
        relink(element);
    });
    let mut body = String::from("<section epub:type=\"chapter\">\n");
    dom::write(&main.children, &mut body);
    body += "\n</section>";
    page_item(
        &page.stem,
        &page.title,
        if drawn { "svg" } else { "" },
        body,
    )
}

/// `쪽#이름`을 전자책 안의 주소로 바꿉니다.
fn relink(element: &mut Element) {
    let Some(target) = element.get("href").map(str::to_owned) else {
        return;
    };
    // 링크가 아닌 href(SVG의 use)는 같은 파일 안을 가리킵니다.
    if element.name != "a" || outside(&target) {
        return;
    }
    if let Some((stem, id)) = target.split_once('#') {
        element.set("href", &format!("{stem}.xhtml#{id}"));
    }
}

/// 차례입니다. 부, 쪽, 제목의 층이 그대로 겹칩니다.
fn nav(book: &Book) -> String {
    let mut list = String::from("<ol>\n");
    let mut in_part = false;
    for page in &book.pages {
        if let Some(part) = &page.part {
            if in_part {
                list += "</ol></li>\n";
            }
            in_part = true;
            let _ = writeln!(list, "<li><span>{}</span><ol>", escaped(part));
        }
        let _ = write!(
            list,
            "<li><a href=\"{}.xhtml\">{}</a>",
            page.stem,
            escaped(&page.title)
        );
        list += &inner_headings(page);
        list += "</li>\n";
    }
    if in_part {
        list += "</ol></li>\n";
    }
    list += "</ol>";
    let first = book.pages.first().map_or("nav", |page| page.stem.as_str());
    format!(
        r#"<nav epub:type="toc" id="toc">
<h1>차례</h1>
{list}
</nav>
<nav epub:type="landmarks" hidden="hidden">
<h2>길잡이</h2>
<ol>
<li><a epub:type="cover" href="cover.xhtml">표지</a></li>
<li><a epub:type="toc" href="nav.xhtml">차례</a></li>
<li><a epub:type="bodymatter" href="{first}.xhtml">본문</a></li>
</ol>
</nav>"#
    )
}

/// 쪽 안의 제목들을 층대로 겹친 목록입니다.
fn inner_headings(page: &Page) -> String {
    let mut out = String::new();
    // 열려 있는 목록들의 층입니다. 층을 건너뛰어도 겹침이 어긋나지 않습니다.
    let mut open: Vec<u8> = Vec::new();
    for heading in page.headings.iter().filter(|one| one.id != TOP) {
        while open.last().is_some_and(|&level| level > heading.level) {
            out += "</li></ol>";
            open.pop();
        }
        if open.last() == Some(&heading.level) {
            out += "</li>";
        } else {
            out += "<ol>";
            open.push(heading.level);
        }
        let _ = write!(
            out,
            "<li><a href=\"{}.xhtml#{}\">{}</a>",
            page.stem,
            heading.id,
            escaped(&heading.text)
        );
    }
    for _ in open {
        out += "</li></ol>";
    }
    out
}

/// 본문이 쓰는 그림 파일들입니다.
fn images(book: &Book) -> std::collections::BTreeSet<&str> {
    let mut found = std::collections::BTreeSet::new();
    for page in &book.pages {
        page.main.each(&mut |element| {
            if element.name == "img"
                && let Some(source) = element.get("src").filter(|source| !outside(source))
            {
                found.insert(source);
            }
        });
    }
    found
}

fn image_item(site: &Path, name: &str) -> Result<Item> {
    let kind = match name.rsplit('.').next() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("svg") => "image/svg+xml",
        _ => {
            return Err(Fault::Failed(format!(
                "전자책에 넣을 수 없는 그림입니다: {name}. png, jpg, gif, svg 가운데 하나로 바꾸세요."
            )));
        }
    };
    let path = site.join(name);
    let bytes = fs::read(&path).map_err(|e| Fault::file("그림을 읽지 못했습니다", &path, &e))?;
    Ok(Item {
        name: name.to_owned(),
        kind,
        properties: "",
        bytes,
        read: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::pages::Heading;

    fn page(stem: &str, part: Option<&str>, levels: &[u8]) -> Page {
        let headings = levels.iter().enumerate().map(|(at, &level)| Heading {
            level,
            id: if level == 1 {
                TOP.into()
            } else {
                format!("h{at}")
            },
            text: format!("제목 {at}"),
        });
        Page {
            stem: stem.to_owned(),
            title: format!("{stem} <제목>"),
            part: part.map(str::to_owned),
            main: Element::new("main", vec![dom::text("글")]),
            headings: headings.collect(),
        }
    }

    #[test]
    fn the_contents_nest_like_the_headings() {
        let list = inner_headings(&page("a", None, &[1, 2, 3, 3, 2, 4, 2]));
        let bare: String = regex_free(&list);
        assert_eq!(
            bare,
            "<ol><li></li>".replace("</li>", "<ol><li></li><li></li></ol></li>")
                + "<li><ol><li></li></ol></li><li></li></ol>"
        );
    }

    /// 링크와 글을 뺀 목록의 뼈대입니다.
    fn regex_free(list: &str) -> String {
        let mut out = String::new();
        for piece in list.split_inclusive('>') {
            let tag = piece.rsplit('<').next().unwrap_or_default();
            if ["ol>", "li>", "/ol>", "/li>"].contains(&tag) {
                out += "<";
                out += tag;
            }
        }
        out
    }
}
