//! 펴낼 때처럼 묶은 책을 GitHub Pages처럼 내보냅니다.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, OnceLock},
    thread,
};

use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    bound,
    browser::Browser,
    support::{self, Outcome},
};

/// 책이 놓이는 하위 주소입니다. `https://주인.github.io/noriteo/` 처럼 맨 위가 아닌 곳에 놓입니다.
pub const PLACE: &str = "/noriteo/";

/// 모든 쪽입니다. 인쇄용 쪽과 404도 듭니다.
pub const ALL: &[&str] = &[];

/// 인쇄용 쪽은 모든 장을 모은 것입니다. 장마다 보는 검사에서 느리기만 하면 뺍니다.
pub const BUT_PRINT: &[&str] = &["print.html"];

/// 묶은 책과 그것을 내보내는 서버입니다.
pub struct Pages {
    pub site: PathBuf,
    pub address: String,
}

/// 펴낼 때처럼 책을 묶습니다. 한 번만 합니다.
fn site() -> Result<PathBuf, Failed> {
    static SITE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    SITE.get_or_init(|| bind().map_err(|failed| failed.message().unwrap_or_default().to_owned()))
        .clone()
        .map_err(Failed::from)
}

fn bind() -> Result<PathBuf, Failed> {
    let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reading-site");
    let mut command = bound::binder()?;
    command
        .args(["build", "--book"])
        .arg(support::root())
        .arg("--data")
        .arg(support::root().join("book/text/measured/publisher.json"))
        .arg("--out")
        .arg(&site)
        .env("NORITEO_SITE", format!("https://noriteo.example{PLACE}"));
    bound::expect(&bound::call(&mut command)?, 0)?;
    Ok(site)
}

impl Pages {
    pub fn start() -> Result<Pages, Failed> {
        let site = site()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (folder, packed) = (site.clone(), Arc::new(Mutex::new(HashMap::new())));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, packed) = (folder.clone(), Arc::clone(&packed));
                // 브라우저가 먼저 끊은 것은 잘못이 아닙니다.
                thread::spawn(move || drop(answer(stream, &folder, &packed)));
            }
        });
        Ok(Pages { site, address })
    }

    /// `without`에 적은 것을 뺀 쪽들의 이름입니다.
    pub fn names(&self, without: &[&str]) -> Result<Vec<String>, Failed> {
        let names: Vec<String> = bound::contents(&self.site)?
            .keys()
            .filter(|path| path.extension().is_some_and(|kind| kind == "html"))
            .filter_map(|path| Some(path.strip_prefix(&self.site).ok()?.to_str()?.to_owned()))
            .filter(|name| name != "toc.html" && !without.contains(&name.as_str()))
            .collect();
        for needed in ["404.html", "index.html"]
            .into_iter()
            .map(str::to_owned)
            .chain(
                bound::chapters()?
                    .iter()
                    .map(|page| page.replace(".md", ".html")),
            )
        {
            if !names.contains(&needed) {
                return Err(format!("묶은 책에 {needed}이(가) 없습니다: {names:?}").into());
            }
        }
        Ok(names)
    }

    pub fn url(&self, page: &str) -> String {
        format!("http://{}{PLACE}{page}", self.address)
    }

    /// 쪽을 열고 글꼴까지 다 받기를 기다립니다.
    pub fn open(&self, browser: &Browser, page: &str) -> Outcome {
        if page == "print.html" {
            // 이 쪽은 열리면 스스로 인쇄를 부르고, 그동안 글자판을 듣지 않습니다.
            browser.devtools(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": "window.print = () => {};" }),
            )?;
        }
        browser.open(&self.url(page))?;
        settled(browser)
    }

    /// 컴퓨터의 밝기 설정을 흉내 냅니다.
    pub fn prefer(&self, browser: &Browser, scheme: &str) -> Outcome {
        browser.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )?;
        Ok(())
    }
}

/// `.ci/run`이 npm으로 받아 두는 검사 도구의 자리입니다. 없으면 까닭을 돌려줍니다.
pub fn tool_path(file: &str) -> Result<PathBuf, String> {
    let path = support::root()
        .join("target/page-tools/node_modules")
        .join(file);
    if path.is_file() {
        return Ok(path);
    }
    Err(format!(
        "{}이(가) 없습니다(.ci/run이 tests/reading/tools의 것을 npm으로 받습니다)",
        file.split('/').next().unwrap_or(file)
    ))
}

/// 검사 도구의 글입니다.
pub fn tool(file: &str) -> Result<String, String> {
    fs::read_to_string(tool_path(file)?).map_err(|error| error.to_string())
}

/// 글꼴을 다 받고 스크립트가 쪽을 다 고칠 때까지 기다립니다.
pub fn settled(browser: &Browser) -> Outcome {
    browser
        .run("window.ready = false; document.fonts.ready.then(() => { window.ready = true; });")?;
    browser.until(
        "window.ready && document.readyState === 'complete' && document.fonts.status === 'loaded'",
    )?;
    Ok(())
}

/// 접어 둔 것을 모두 펼치고, 확인 문제마다 첫째 것을 골라 답합니다. 눌러야 보이는 글도 보려는 것입니다.
pub fn unfold(browser: &Browser) -> Outcome {
    browser.run(
        "for (const one of document.querySelectorAll('main details')) one.open = true;
         for (const form of document.querySelectorAll('main .quiz-form')) {
           const input = form.querySelector('input');
           if (input.type === 'text') input.value = '0'; else input.checked = true;
           form.requestSubmit();
         }",
    )?;
    browser.expect("[...document.querySelectorAll('main .quiz')].every((quiz) => quiz.dataset.ok && quiz.querySelector('.quiz-said').textContent)")?;
    settled(browser)
}

/// 검사 도구를 쪽에 넣습니다.
pub fn page_tools(browser: &Browser) -> Outcome {
    browser.run(include_str!("page.js"))?;
    Ok(())
}

type Packed = Mutex<HashMap<PathBuf, Vec<u8>>>;

fn answer(stream: TcpStream, folder: &Path, packed: &Packed) -> Outcome {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
        let mut gzip = false;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            gzip |= header.starts_with("accept-encoding:") && header.contains("gzip");
            if header.is_empty() {
                break;
            }
        }
        let path = target.split(['?', '#']).next().unwrap_or("/");
        let inside = path.strip_prefix(PLACE).unwrap_or("없음");
        let inside = if inside.is_empty() {
            "index.html"
        } else {
            inside
        };
        let (status, file) = match folder.join(inside) {
            file if !inside.contains("..") && file.is_file() => ("200 OK", file),
            _ => ("404 Not Found", folder.join("404.html")),
        };
        let kind = match file.extension().and_then(|kind| kind.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("woff2") => "font/woff2",
            _ => "application/octet-stream",
        };
        let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n");
        let body = if gzip && (kind.starts_with("text/") || kind.ends_with("+xml")) {
            head += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n";
            pack(&file, packed)?
        } else {
            fs::read(&file)?
        };
        write!(out, "{head}Content-Length: {}\r\n\r\n", body.len())?;
        out.write_all(&body)?;
    }
}

/// GitHub Pages처럼 gzip으로 줄입니다.
fn pack(file: &Path, packed: &Packed) -> Result<Vec<u8>, Failed> {
    if let Some(body) = packed.lock().map_err(|_| "잠그지 못했습니다")?.get(file) {
        return Ok(body.clone());
    }
    let output = Command::new("gzip")
        .arg("-6nc")
        .arg(file)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err("gzip이 실패했습니다".into());
    }
    let mut kept = packed.lock().map_err(|_| "잠그지 못했습니다")?;
    kept.insert(file.to_owned(), output.stdout.clone());
    Ok(output.stdout)
}
