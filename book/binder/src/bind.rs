//! 책의 사본에 잰 값을 넣고, mdBook의 라이브러리로 묶고, 다 되면 한 번에 제자리에 놓습니다.
//!
//! 저장소의 파일은 읽기만 합니다. 사본과 묶는 중인 결과는 놓을 자리 바로 옆의 임시 폴더에 있으므로,
//! 마지막에 이름만 바꾸면 됩니다. 도중에 멈추면 그 폴더만 사라집니다.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
};

use mdbook_driver::{MDBook, book::BookItem, config::Config, errors::Error};
use tempfile::TempDir;

use crate::{
    fault::{Fault, Result},
    paper,
    parts::Part,
    site::{self, Place},
    stop::{self, Listed},
};

/// 저장소 안에서 잰 값의 조각이 놓이는 자리입니다.
pub const MEASURED: &str = "book/text/measured";

/// mdBook이 만든 쪽에 남는 표시입니다. 남의 폴더를 지우지 않으려고 살핍니다.
const MDBOOK_MARK: &str = "Book generated using mdBook";

/// `out`에 책을 놓을 수 있는지 미리 봅니다. 오래 재고 나서야 놓을 곳이 없다고 알리지 않습니다.
pub fn check(out: &Path) -> Result<()> {
    workshop(&absolute(out)?).map(drop)
}

/// `root`의 책에 `parts`를 넣어 `out`에 묶습니다. 쪽의 수를 돌려줍니다.
///
/// 앞서 만든 종이와 전자책이 있으면 내려받을 수 있게 함께 넣습니다.
pub fn bind(root: &Path, out: &Path, parts: &[Part]) -> Result<usize> {
    bind_with(root, out, parts, paper::offer)
}

/// [`bind`]와 같되, 내려받을 것을 넣지 않습니다. 종이와 전자책이 저 자신을 품지 않게 합니다.
pub fn bind_without_downloads(root: &Path, out: &Path, parts: &[Part]) -> Result<usize> {
    bind_with(root, out, parts, |_, copy| paper::offer_nothing(copy))
}

fn bind_with(
    root: &Path,
    out: &Path,
    parts: &[Part],
    add: impl Fn(&Path, &Path) -> Result<()>,
) -> Result<usize> {
    let out = absolute(out)?;
    let (_listed, work) = workshop(&out)?;

    let copy = work.path().join("copy");
    stage(root, &copy, parts)?;
    add(root, &copy)?;
    stop::check()?;
    let site = work.path().join("site");
    let pages = build(&copy, &site)?;
    stop::check()?;
    stop::hold(|| put(&site, &out, &work.path().join("old")))?;
    Ok(pages)
}

/// 책을 놓을 자리 바로 옆에, 묶는 동안 쓸 임시 폴더를 만듭니다.
///
/// 폴더가 먼저 사라지고 목록에서 나중에 내려가도록, 목록의 표를 먼저 돌려줍니다.
fn workshop(out: &Path) -> Result<(Listed, TempDir)> {
    refuse_other_folders(out)?;
    let Some(parent) = out.parent() else {
        return Err(Fault::BadInput(
            "`--out`에 맨 위 폴더를 줄 수 없습니다. 그 아래의 폴더를 적어 주세요.".into(),
        ));
    };
    fs::create_dir_all(parent)
        .map_err(|e| Fault::file("책을 놓을 폴더를 만들지 못했습니다", parent, &e))?;
    let work = tempfile::Builder::new()
        .prefix(".noriteo-book-")
        .tempdir_in(parent)
        .map_err(|e| Fault::file("책을 묶을 폴더에 쓰지 못했습니다", parent, &e))?;
    Ok((stop::list(work.path()), work))
}

/// 이미 있는 폴더라면, 비었거나 mdBook이 묶은 책일 때만 바꿔 놓습니다.
fn refuse_other_folders(out: &Path) -> Result<()> {
    let mut entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Fault::file("책을 놓을 수 없는 자리입니다", out, &error)),
    };
    let empty = entries.next().is_none();
    let bound =
        fs::read_to_string(out.join("index.html")).is_ok_and(|page| page.contains(MDBOOK_MARK));
    if empty || bound {
        Ok(())
    } else {
        Err(Fault::BadInput(format!(
            "{}에는 책이 아닌 파일이 들어 있어 덮어쓰지 않습니다. `--out`으로 빈 폴더나 새 폴더를 적어 주세요.",
            out.display()
        )))
    }
}

/// 묶는 데 드는 파일만 `copy`로 옮기고 잰 값의 조각을 바꿔 넣습니다.
fn stage(root: &Path, copy: &Path, parts: &[Part]) -> Result<()> {
    copy_file(&root.join("book.toml"), &copy.join("book.toml"))?;
    for folder in ["book/text", "book/theme"] {
        copy_folder(&root.join(folder), &copy.join(folder))?;
    }
    for part in parts {
        let path = copy.join(MEASURED).join(&part.file);
        write(&path, part.text.as_bytes())?;
    }
    bring_includes(root, copy)
}

/// 본문이 `{{#include …}}`로 끌어오는 파일을 같은 자리로 옮깁니다. 없으면 어디에서 찾았는지 알립니다.
fn bring_includes(root: &Path, copy: &Path) -> Result<()> {
    let mut waiting = Vec::new();
    list(&copy.join("book/text"), &mut waiting)
        .map_err(|e| Fault::file("본문을 읽지 못했습니다", copy, &e))?;
    waiting.retain(|path| path.extension().is_some_and(|kind| kind == "md"));
    let mut seen: BTreeSet<PathBuf> = waiting.iter().cloned().collect();
    while let Some(page) = waiting.pop() {
        let bytes = fs::read(&page).map_err(|e| Fault::file("읽지 못했습니다", &page, &e))?;
        let folder = page.parent().unwrap_or(copy);
        for link in includes(&String::from_utf8_lossy(&bytes)) {
            let there = normal(&folder.join(&link));
            let shown = page.strip_prefix(copy).unwrap_or(&page).display();
            let Ok(inside) = there.strip_prefix(copy) else {
                return Err(Fault::Failed(format!(
                    "{shown}: 저장소 바깥의 파일 {link}을(를) 끌어올 수 없습니다."
                )));
            };
            if !there.exists() {
                let here = root.join(inside);
                if !here.is_file() {
                    return Err(Fault::Failed(format!(
                        "{shown}: 끌어올 파일 {}이(가) 없습니다.",
                        inside.display()
                    )));
                }
                copy_file(&here, &there)?;
            }
            if seen.insert(there.clone()) {
                waiting.push(there);
            }
        }
    }
    Ok(())
}

/// 글이 끌어오는 파일의 경로들입니다. 줄 번호나 앵커(`:name`)는 떼고, `\{{`로 적은 것은 건너뜁니다.
fn includes(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{#") {
        let escaped = rest[..at].ends_with('\\');
        rest = &rest[at + 3..];
        let Some(end) = rest.find("}}") else { break };
        let mut words = rest[..end].split_whitespace();
        let directive = words.next();
        if !escaped
            && matches!(
                directive,
                Some("include" | "rustdoc_include" | "playground")
            )
            && let Some(target) = words.next()
        {
            found.push(target.split(':').next().unwrap_or(target).to_owned());
        }
    }
    found
}

/// 사본을 `site`에 묶습니다.
fn build(copy: &Path, site: &Path) -> Result<usize> {
    let told = |error: Error| Fault::Failed(format!("책을 묶지 못했습니다: {error:#}."));
    let place = Place::from_env()?;
    let mut config = Config::from_disk(copy.join("book.toml")).map_err(told)?;
    config.update_from_env().map_err(told)?;
    if let Some(place) = &place {
        config
            .set("output.html.site-url", place.path())
            .map_err(told)?;
    }
    config.build.build_dir = site.to_owned();
    let book = MDBook::load_with_config(copy, config).map_err(told)?;
    let pages = book.iter().filter(|item| is_page(item)).count();
    book.build().map_err(told)?;
    let title = book.config.book.title.clone().unwrap_or_default();
    let first = book.iter().find_map(first_page).unwrap_or_default();
    site::finish(site, &title, &first, place.as_ref())?;
    Ok(pages)
}

fn is_page(item: &BookItem) -> bool {
    matches!(item, BookItem::Chapter(chapter) if !chapter.is_draft_chapter())
}

/// 쪽이라면 그 파일의 이름입니다. 맨 처음 것은 `index.html`로도 놓입니다.
fn first_page(item: &BookItem) -> Option<String> {
    let BookItem::Chapter(chapter) = item else {
        return None;
    };
    let path = chapter.path.as_ref()?.with_extension("html");
    Some(path.to_string_lossy().into_owned())
}

/// 다 묶은 책을 제자리에 놓습니다. 놓지 못하면 있던 책을 되돌립니다.
fn put(site: &Path, out: &Path, old: &Path) -> Result<()> {
    let had = out.exists();
    let failed = |e: io::Error| Fault::file("다 묶은 책을 놓지 못했습니다", out, &e);
    if had {
        fs::rename(out, old).map_err(failed)?;
    }
    fs::rename(site, out).map_err(|error| {
        if had && let Err(lost) = fs::rename(old, out) {
            return Fault::file("있던 책을 되돌리지 못했습니다", out, &lost);
        }
        failed(error)
    })
}

/// 파일 하나를 임시 이름으로 다 쓴 뒤 제 이름으로 바꿉니다.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: &io::Error| Fault::file("파일을 쓰지 못했습니다", path, e);
    let path = absolute(path)?;
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|e| failed(&e))?;
    let mut file = tempfile::Builder::new()
        .prefix(".noriteo-")
        .tempfile_in(parent)
        .map_err(|e| failed(&e))?;
    let _listed = stop::list(file.path());
    io::Write::write_all(&mut file, bytes).map_err(|e| failed(&e))?;
    readable_by_all(file.path()).map_err(|e| failed(&e))?;
    stop::check()?;
    file.persist(&path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// 임시 파일은 만든 이만 읽게 되어 있으므로 보통 파일처럼 풀어 줍니다.
#[cfg(unix)]
fn readable_by_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .map(|path| normal(&path))
        .map_err(|e| Fault::file("경로를 알 수 없습니다", path, &e))
}

/// `.`과 `..`을 글자대로 정리합니다.
fn normal(path: &Path) -> PathBuf {
    let mut parts: Vec<OsString> = Vec::new();
    let mut base = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Prefix(_) | Component::RootDir => base.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(name) => parts.push(name.to_owned()),
        }
    }
    base.extend(parts);
    base
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let told = |e: io::Error| Fault::file("책의 사본을 쓰지 못했습니다", path, &e);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(told)?;
    }
    fs::write(path, bytes).map_err(told)
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).map_err(|e| Fault::file("책의 파일을 읽지 못했습니다", from, &e))?;
    write(to, &bytes)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let mut files = Vec::new();
    list(from, &mut files).map_err(|e| Fault::file("책의 폴더를 읽지 못했습니다", from, &e))?;
    for file in files {
        let inside = file.strip_prefix(from).unwrap_or(&file);
        copy_file(&file, &to.join(inside))?;
    }
    Ok(())
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_found_and_escapes_are_not() {
        let text = "{{#include a.md}} \\{{#include no.md}}\n{{#rustdoc_include ../../x.rs:anchor}}\n\
                    {{#include b.md:3:5}} {{#title 제목}} {{#playground c.rs editable}}";
        assert_eq!(includes(text), ["a.md", "../../x.rs", "b.md", "c.rs"]);
    }

    #[test]
    fn dots_are_resolved() {
        assert_eq!(normal(Path::new("/a/./b/../../c/d")), PathBuf::from("/c/d"));
    }

    #[test]
    fn a_failed_swap_puts_the_old_book_back() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("index.html"), "있던 책").unwrap();
        let result = put(
            &folder.path().join("없는 책"),
            &out,
            &folder.path().join("old"),
        );
        assert!(matches!(result, Err(Fault::Failed(_))));
        assert_eq!(
            fs::read_to_string(out.join("index.html")).unwrap(),
            "있던 책"
        );
    }
}
