//! 책을 종이(PDF)와 전자책(EPUB)으로 만듭니다.
//!
//! 1. 책을 임시 폴더에 묶습니다([`bind`]). 그래서 쪽에서 보는 것과 글, 표, 그림이 같습니다.
//! 2. 묶은 쪽을 읽어 누를 것 없는 글로 다듬습니다([`pages`]).
//! 3. 전자책을 적고([`epub`]), 크로미움이 있으면 PDF를 찍습니다([`pdf`]).

pub mod dom;
pub mod pages;
mod pdf;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use mdbook_driver::config::Config;

use self::pages::Page;
use crate::{
    bind, epub,
    fault::{Fault, Result},
    parts::Part,
    stop,
};

/// 만든 것을 놓는 자리입니다. 묶을 때 여기에 있으면 쪽에서 내려받을 수 있게 합니다.
pub const FOLDER: &str = "target/paper";

/// 내려받는 링크가 들어가는 조각입니다.
const DOWNLOADS: &str = "book/text/downloads.md";

/// 만드는 파일입니다: 사람이 볼 이름, 사이트에서 쓸 이름, 링크의 글.
const MADE: [(&str, &str, &str); 2] = [
    (
        "놀이터의-아이들.pdf",
        "playground.pdf",
        "종이에 찍는 책(PDF)",
    ),
    ("놀이터의-아이들.epub", "playground.epub", "전자책(EPUB)"),
];

/// 종이의 글꼴입니다(`book/theme/paper`). 사이트에는 올라가지 않습니다.
const FONTS: [&str; 3] = ["regular.woff2", "bold.woff2", "mono.woff2"];

/// 종이와 전자책에 담을 것입니다.
pub struct Book {
    /// 책의 이름입니다.
    pub title: String,
    /// 책을 한 줄로 소개한 글입니다.
    pub about: String,
    /// 쪽들입니다.
    pub pages: Vec<Page>,
    /// 표지의 SVG입니다.
    pub cover: String,
    /// 글의 겉모양입니다. 종이와 전자책이 함께 씁니다.
    pub css: String,
    /// 종이의 겉모양입니다.
    pub sheet: String,
    /// 종이의 글꼴 파일들입니다.
    pub fonts: Vec<PathBuf>,
}

/// 책을 `out` 폴더에 종이와 전자책으로 만들고, 만든 파일들을 돌려줍니다.
pub fn make(root: &Path, out: &Path, parts: &[Part]) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(out).map_err(|e| Fault::file("놓을 폴더를 만들지 못했습니다", out, &e))?;
    let work = tempfile::Builder::new()
        .prefix(".noriteo-paper-")
        .tempdir_in(out)
        .map_err(|e| Fault::file("놓을 폴더에 쓰지 못했습니다", out, &e))?;
    let work_path = std::path::absolute(work.path())
        .map_err(|e| Fault::file("경로를 알 수 없습니다", work.path(), &e))?;
    let _listed = stop::list(&work_path);
    let site = work_path.join("site");
    bind::bind_without_downloads(root, &site, parts)?;
    let book = read(root, &site)?;
    stop::check()?;

    let [(pdf, ..), (epub, ..)] = MADE.map(|(name, ..)| (out.join(name),));
    bind::write_whole(&epub, &epub::make(&book, &site)?)?;
    let mut made = vec![epub];
    stop::check()?;
    let browser = pdf::browser().ok_or_else(|| {
        let Fault::Failed(why) = pdf::missing() else {
            return pdf::missing();
        };
        Fault::Failed(format!(
            "{why} 전자책은 {}에 만들었습니다.",
            made[0].display()
        ))
    })?;
    bind::write_whole(&pdf, &pdf::make(&book, &browser, &site, &work_path)?)?;
    made.push(pdf);
    Ok(made)
}

fn read(root: &Path, site: &Path) -> Result<Book> {
    let theme = root.join("book/theme");
    let text = |name: &str| {
        let path = theme.join(name);
        fs::read_to_string(&path).map_err(|e| Fault::file("꾸밈을 읽지 못했습니다", &path, &e))
    };
    let config = Config::from_disk(root.join("book.toml"))
        .map_err(|error| Fault::Failed(format!("book.toml을 읽지 못했습니다: {error:#}.")))?;
    let figures = text("timeline.css")?;
    let values = pages::light(&figures);
    let mut pages = pages::read(site)?;
    for page in &mut pages {
        plain(page, &values);
    }
    Ok(Book {
        title: config.book.title.unwrap_or_default(),
        about: config.book.description.unwrap_or_default(),
        pages,
        cover: text("cover.svg")?,
        css: pages::plain_css(&(text("print.css")? + &figures), &values),
        sheet: text("print-a4.css")?,
        fonts: FONTS.map(|name| theme.join("paper").join(name)).into(),
    })
}

/// 그림의 속성에 적힌 변수를 값으로 바꿉니다.
fn plain(page: &mut Page, values: &BTreeMap<String, String>) {
    page.main.each_mut(&mut |element| {
        for (_, value) in &mut element.attributes {
            if value.contains("var(--") {
                *value = pages::plain_css(value, values);
            }
        }
    });
}

/// 종이와 전자책에는 내려받으라는 말을 싣지 않습니다.
pub fn offer_nothing(copy: &Path) -> Result<()> {
    let page = copy.join(DOWNLOADS);
    fs::write(&page, "").map_err(|e| Fault::file("책의 사본을 쓰지 못했습니다", &page, &e))
}

/// 앞서 만든 것이 있으면 책의 사본에 넣고, 내려받는 링크를 적습니다. 없으면 사본을 그대로 둡니다.
pub fn offer(root: &Path, copy: &Path) -> Result<()> {
    let mut links = String::new();
    for (name, plain, label) in MADE {
        let from = root.join(FOLDER).join(name);
        let Ok(bytes) = fs::read(&from) else { continue };
        let to = copy.join("book/text").join(plain);
        fs::write(&to, &bytes).map_err(|e| Fault::file("책의 사본을 쓰지 못했습니다", &to, &e))?;
        let size = noriteo::measure::format_bytes(bytes.len() as u64);
        links += &format!("- [{label}]({plain}), {size}\n");
    }
    if links.is_empty() {
        return Ok(());
    }
    let page = copy.join(DOWNLOADS);
    fs::write(&page, links).map_err(|e| Fault::file("책의 사본을 쓰지 못했습니다", &page, &e))
}
