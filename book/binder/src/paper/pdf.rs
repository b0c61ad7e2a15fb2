//! 다듬은 쪽들을 한 문서로 이어, 이 컴퓨터의 크로미움으로 PDF를 찍습니다.
//!
//! 차례의 쪽 번호는 CSS로 적을 수 없습니다(크로미움에는 `target-counter()`가 없습니다). 그래서 두 번 찍습니다.
//! 한 번 찍어 제목마다 몇 쪽에 놓였는지 읽고, 그 번호를 차례에 적어 다시 찍습니다.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::{
    Book,
    dom::{self, Element, escaped},
    pages::{Page, TOP, outside},
};
use crate::{
    fault::{Fault, Result},
    stop,
    tree::{Ending, Tree},
};

/// 찍는 데 드는 가장 긴 시간입니다. 보통 몇 초입니다.
const LIMIT: Duration = Duration::from_secs(180);

/// 번호를 적어 다시 찍는 횟수의 끝입니다. 번호는 자리의 너비를 바꾸지 않으므로 보통 한 번이면 됩니다.
const TURNS: usize = 4;

/// 찾아볼 브라우저의 이름입니다.
const NAMES: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "chrome",
];

/// 이름으로 찾을 수 없는 자리들입니다(macOS, Windows).
const PLACES: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];

/// 이 컴퓨터의 크로미움입니다.
pub fn browser() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let named = NAMES.iter().flat_map(|name| {
        let exe = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(move |folder| folder.join(&exe))
    });
    let placed = PLACES.iter().map(PathBuf::from);
    named.chain(placed).find(|program| program.is_file())
}

/// 브라우저가 없을 때의 말입니다.
pub fn missing() -> Fault {
    Fault::Failed(
        "PDF를 찍을 브라우저가 없습니다. 크로미움이나 크롬을 설치한 뒤 다시 하세요\
         (데비안, 우분투: `sudo apt-get install chromium`, macOS: `brew install --cask google-chrome`)."
            .into(),
    )
}

/// PDF를 찍습니다. 찍는 동안 쓸 파일은 `work`에 둡니다.
pub fn make(book: &Book, browser: &Path, site: &Path, work: &Path) -> Result<Vec<u8>> {
    bring_fonts(book, &work.join("fonts"))?;
    let mut numbers = BTreeMap::new();
    for _ in 0..TURNS {
        let document = work.join("paper.html");
        fs::write(&document, html(book, site, &numbers))
            .map_err(|e| Fault::file("찍을 글을 쓰지 못했습니다", &document, &e))?;
        let pdf = print(browser, &document, work)?;
        let found = places(&pdf);
        if contents(book).any(|(_, _, anchor)| !found.contains_key(&anchor)) {
            eprintln!("제목이 놓인 쪽을 읽지 못해 차례에 쪽 번호를 적지 않습니다.");
            return Ok(pdf);
        }
        if found == numbers {
            return Ok(pdf);
        }
        numbers = found;
    }
    Err(Fault::Failed(
        "차례의 쪽 번호가 자리를 잡지 않습니다. 다시 해 보세요.".into(),
    ))
}

/// 글꼴을 찍을 글 곁에 놓습니다.
fn bring_fonts(book: &Book, to: &Path) -> Result<()> {
    let failed = |path: &Path, e: &std::io::Error| Fault::file("글꼴을 옮기지 못했습니다", path, e);
    fs::create_dir_all(to).map_err(|e| failed(to, &e))?;
    for font in &book.fonts {
        if let Some(name) = font.file_name() {
            fs::copy(font, to.join(name)).map_err(|e| failed(font, &e))?;
        }
    }
    Ok(())
}

/// 문서 안의 이름표입니다. 쪽마다 이름이 겹치므로 쪽의 이름을 앞에 붙입니다.
fn anchor(stem: &str, id: &str) -> String {
    format!("{stem}--{id}")
}

/// 차례에 적을 것들입니다: 층, 글, 이름표.
fn contents(book: &Book) -> impl Iterator<Item = (u8, &str, String)> {
    book.pages.iter().flat_map(|page| {
        let shown = page.headings.iter().filter(|heading| heading.level <= 2);
        shown.map(|heading| {
            let text = heading.text.as_str();
            (heading.level, text, anchor(&page.stem, &heading.id))
        })
    })
}

fn html(book: &Book, site: &Path, numbers: &BTreeMap<String, usize>) -> String {
    let title = escaped(&book.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"UTF-8\">\n<title>{title}</title>\n\
         <style>\n{}\n{}\n{}</style>\n",
        book.css,
        book.sheet,
        running(book)
    );
    out += &colouring(site);
    let _ = write!(
        out,
        "</head>\n<body>\n<div class=\"cover\">\n{}\n</div>\n{}",
        book.cover,
        contents_page(book, numbers)
    );
    for page in &book.pages {
        let _ = writeln!(
            out,
            "<section class=\"page\" style=\"page: {}\">",
            page.stem
        );
        dom::write(&joined(page).children, &mut out);
        out += "\n</section>\n";
    }
    out += COLOUR;
    out += "</body>\n</html>\n";
    out
}

/// 쪽마다 위에 그 쪽의 제목이 보이게 합니다.
fn running(book: &Book) -> String {
    let mut css = String::new();
    for page in &book.pages {
        let title = page.title.replace('\\', "").replace('"', "\\\"");
        let _ = writeln!(
            css,
            "@page {} {{ @top-right {{ content: \"{title}\"; }} }}",
            page.stem
        );
    }
    css
}

/// 코드에 색을 입히는, 묶은 책에 들어 있는 것(highlight.js)을 가져옵니다.
fn colouring(site: &Path) -> String {
    let mut out = String::new();
    for entry in fs::read_dir(site).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = escaped(&format!("site/{name}"));
        if name.starts_with("highlight-") && name.ends_with(".js") {
            let _ = writeln!(out, "<script src=\"{path}\"></script>");
        } else if name.starts_with("highlight-") && name.ends_with(".css") {
            let _ = writeln!(out, "<link rel=\"stylesheet\" href=\"{path}\">");
        }
    }
    out
}

const COLOUR: &str = "<script>
for (const code of document.querySelectorAll('code[class*=language-]')) {
  window.hljs?.highlightBlock(code);
}
</script>
";

fn contents_page(book: &Book, numbers: &BTreeMap<String, usize>) -> String {
    let mut out = String::from("<nav class=\"contents\">\n<h1>차례</h1>\n");
    let mut parts = book
        .pages
        .iter()
        .filter_map(|page| Some((anchor(&page.stem, TOP), page.part.as_deref()?)));
    let mut next = parts.next();
    for (level, text, anchor) in contents(book) {
        if let Some((first, part)) = &next
            && *first == anchor
        {
            let _ = writeln!(out, "<p class=\"part\">{}</p>", escaped(part));
            next = parts.next();
        }
        let number = numbers.get(&anchor).map(usize::to_string);
        let _ = writeln!(
            out,
            "<p class=\"h{level}\"><a href=\"#{anchor}\"><span>{}</span><b></b><i>{}</i></a></p>",
            escaped(text),
            number.unwrap_or_default()
        );
    }
    out += "</nav>\n";
    out
}

/// 한 문서에 이을 수 있게, 이름표와 그것을 가리키는 것에 쪽의 이름을 붙인 글입니다.
fn joined(page: &Page) -> Element {
    let stem = page.stem.as_str();
    let mut main = page.main.clone();
    main.each_mut(&mut |element| {
        for (name, value) in &mut element.attributes {
            match name.as_str() {
                "id" => *value = anchor(stem, value),
                "aria-labelledby" | "aria-describedby" => {
                    let all = value.split_whitespace().map(|id| anchor(stem, id));
                    *value = all.collect::<Vec<_>>().join(" ");
                }
                "href" | "xlink:href" if element.name != "a" => {
                    if let Some(id) = value.strip_prefix('#') {
                        *value = format!("#{}", anchor(stem, id));
                    }
                }
                "href" if !outside(value) => {
                    if let Some((stem, id)) = value.split_once('#') {
                        *value = format!("#{}", anchor(stem, id));
                    }
                }
                "src" if !outside(value) => *value = format!("site/{value}"),
                _ if value.contains("url(#") => {
                    *value = value.replace("url(#", &format!("url(#{stem}--"));
                }
                _ => {}
            }
        }
    });
    main
}

/// 브라우저에게 찍게 합니다.
fn print(browser: &Path, document: &Path, work: &Path) -> Result<Vec<u8>> {
    let pdf = work.join("paper.pdf");
    let mut command = Command::new(browser);
    command
        .current_dir(work)
        .args([
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--no-first-run",
            "--no-default-browser-check",
            "--lang=ko",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            "--host-resolver-rules=MAP * ~NOTFOUND",
        ])
        .arg(format!(
            "--user-data-dir={}",
            work.join("profile").display()
        ))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", document.display()));
    // root로는 모래 상자를 켤 수 없습니다. 여는 것은 방금 우리가 쓴 글뿐입니다.
    if is_root() {
        command.arg("--no-sandbox");
    }
    let failed = |why: String| {
        Fault::Failed(format!(
            "{}(으)로 PDF를 찍지 못했습니다. {why}",
            browser.display()
        ))
    };
    let mut tree = Tree::start(&command).map_err(|error| failed(error.to_string()))?;
    // 읽지 않으면 관이 차서 멈출 수 있습니다.
    let out = tree.stdout.take().map(drain);
    let told = tree.stderr.take().map(drain);
    let ending = tree.wait(Instant::now() + LIMIT, &|| stop::check().is_err());
    drop(tree);
    let said = told.and_then(|told| told.join().ok()).unwrap_or_default();
    drop(out);
    match ending {
        Ending::Exited(0) => {}
        Ending::Stopped => return Err(Fault::Stopped),
        Ending::TimedOut => return Err(failed(format!("{LIMIT:?} 안에 끝나지 않았습니다."))),
        other => {
            // 터미널의 Ctrl-C가 브라우저에 먼저 닿았을 수 있습니다.
            stop::settled()?;
            let last = said.lines().rev().take(3).collect::<Vec<_>>().join(" / ");
            return Err(failed(format!("끝난 모양: {other:?}. {last}")));
        }
    }
    let bytes = fs::read(&pdf).map_err(|_| failed("남긴 파일이 없습니다.".into()))?;
    // 앞서 찍은 것을 새것으로 알지 않게 지웁니다.
    let _ = fs::remove_file(&pdf);
    let end = &bytes[bytes.len().saturating_sub(1024)..];
    if !bytes.starts_with(b"%PDF-") || !end.windows(5).any(|five| five == b"%%EOF") {
        return Err(failed("남긴 파일이 PDF가 아닙니다.".into()));
    }
    Ok(bytes)
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(unix)]
fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// 이름표마다 몇 쪽에 놓였는지 PDF에서 읽습니다.
///
/// 크로미움(Skia)은 쪽의 나무와 이름표의 표를 압축하지 않고 적습니다. 그렇게 적지 않는 판이면 찾은 것이 없습니다.
fn places(pdf: &[u8]) -> BTreeMap<String, usize> {
    let objects = objects(pdf);
    let mut order = BTreeMap::new();
    let root = objects
        .iter()
        .find(|(_, body)| body.starts_with("<</Type /Pages") && !body.contains("/Parent "));
    if let Some((number, _)) = root {
        count_pages(*number, &objects, &mut order);
    }
    let mut found = BTreeMap::new();
    for body in objects.values().filter(|body| body.contains(" /XYZ ")) {
        // `<</이름 [12 0 R /XYZ 6 826 0] …>>`입니다.
        for piece in body.split(']') {
            let Some((name, target)) = piece.rsplit_once(" [") else {
                continue;
            };
            let name = name.trim_start_matches("<<").trim().trim_start_matches('/');
            let page = target.split(' ').next().and_then(|page| page.parse().ok());
            if let Some(number) = page.and_then(|page: u32| order.get(&page)) {
                found.insert(name.to_owned(), *number);
            }
        }
    }
    found
}

/// 압축하지 않은 객체들의 글입니다.
fn objects(pdf: &[u8]) -> BTreeMap<u32, String> {
    let text = String::from_utf8_lossy(pdf);
    let mut found = BTreeMap::new();
    let mut rest: &str = &text;
    while let Some(at) = rest.find(" 0 obj\n") {
        let number = rest[..at].rsplit('\n').next().and_then(|n| n.parse().ok());
        rest = &rest[at + 7..];
        let end = rest.find("endobj").unwrap_or(rest.len());
        let stream = rest.find("stream\n").unwrap_or(rest.len());
        if let Some(number) = number {
            found.insert(number, rest[..end.min(stream)].to_owned());
        }
    }
    found
}

/// 쪽의 나무를 앞에서부터 걸으며 번호를 매깁니다. 첫 쪽이 1입니다.
fn count_pages(at: u32, objects: &BTreeMap<u32, String>, order: &mut BTreeMap<u32, usize>) {
    let Some(body) = objects.get(&at) else { return };
    if !body.starts_with("<</Type /Pages") {
        let next = order.len() + 1;
        order.insert(at, next);
        return;
    }
    let kids = body.split("/Kids [").nth(1).unwrap_or_default();
    let kids = kids.split(']').next().unwrap_or_default();
    for kid in kids.split(" 0 R") {
        if let Ok(kid) = kid.trim().parse() {
            count_pages(kid, objects, order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_along_the_tree() {
        let pdf = "%PDF-1.4\n2 0 obj\n<</Type /Page\n/Parent 9 0 R>>\nendobj\n\
             3 0 obj\n<</Type /Page\n/Parent 8 0 R>>\nendobj\n4 0 obj\n<</Filter /X>> stream\n /XYZ endstream\nendobj\n\
             5 0 obj\n<</Type /Page\n/Parent 8 0 R>>\nendobj\n8 0 obj\n<</Type /Pages\n/Parent 9 0 R\n/Kids [5 0 R 3 0 R]>>\nendobj\n\
             9 0 obj\n<</Type /Pages\n/Count 3\n/Kids [8 0 R 2 0 R]>>\nendobj\n\
             7 0 obj\n<</a--top [3 0 R /XYZ 6 8 0]\n/b--x [2 0 R /XYZ 6 8 0]>>\nendobj\n";
        let wanted = [("a--top".to_owned(), 2), ("b--x".to_owned(), 3)];
        assert_eq!(places(pdf.as_bytes()), wanted.into());
        assert!(places(b"%PDF-1.7\nnot like that").is_empty());
    }
}
