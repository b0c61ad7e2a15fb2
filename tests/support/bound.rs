//! 묶는 이(`noriteo-book`)를 책의 사본에서 부르는 도구입니다. `#[path = "support/bound.rs"] mod bound;`로 들여옵니다.

#![allow(
    dead_code,
    reason = "검사 프로그램마다 통째로 들여오지만 쓰는 것은 저마다 다릅니다"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{self, Outcome, Output};

/// 부름 하나가 쓸 수 있는 가장 긴 시간입니다.
pub const LIMIT: Duration = Duration::from_secs(120);

/// 묶는 이가 만드는 조각들입니다.
pub const PARTS: &[&str] = &[
    "sum.md",
    "io.md",
    "all.md",
    "python.md",
    "side-by-side.md",
    "creation.md",
    "memory.md",
    "machine.md",
    "figures.md",
];

/// 책의 사본입니다. 모든 조각을 끌어오는 쪽 `probe.md` 가 하나 더 있습니다.
pub struct Copy(pub TempDir);

impl Copy {
    pub fn new() -> Result<Copy, Failed> {
        let copy = Copy(tempfile::tempdir()?);
        let from = support::root();
        for file in ["book.toml", "README.md"] {
            fs::copy(from.join(file), copy.path(file))?;
        }
        for folder in [
            "book/text",
            "book/theme",
            "examples",
            "src",
            "tests/outputs",
            "tests/compile_fail",
        ] {
            copy_folder(&from.join(folder), &copy.path(folder))?;
        }
        let mut page = String::from("# 모든 조각\n");
        for file in PARTS.iter().filter(|file| **file != "figures.md") {
            page += &format!("\n[{file}]\n\n{{{{#include measured/{file}}}}}\n");
        }
        page += "\n[figures.md] {{#include measured/figures.md:sum-thread-2-ratio}}\n";
        fs::write(copy.path("book/text/probe.md"), page)?;
        let summary = copy.path("book/text/SUMMARY.md");
        let text = support::read(&summary)? + "\n[모든 조각](probe.md)\n";
        fs::write(summary, text)?;
        fs::create_dir(copy.path("빈 폴더"))?;
        Ok(copy)
    }

    pub fn root(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    /// 저장소에 있는 펴낸 이의 값입니다. 재지 않아도 되는 검사가 씁니다.
    pub fn data(&self) -> Result<PathBuf, Failed> {
        let data = self.path("book/text/measured/publisher.json");
        if data.is_file() {
            Ok(data)
        } else {
            Err("book/text/measured/publisher.json 이 없습니다".into())
        }
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(
            binder_path()
                .as_deref()
                .unwrap_or(Path::new("noriteo-book")),
        );
        command
            .arg("--book")
            .arg(self.0.path())
            .args(words)
            .env_remove("NORITEO_SIZE")
            .env("NORITEO_NO_OPEN", "1");
        command
    }

    /// 작게 재고, 파이썬은 찾지 않습니다.
    pub fn small(&self, words: &[&str]) -> Command {
        let mut command = self.command(words);
        command
            .env("NORITEO_SIZE", "20000")
            .env("PATH", self.path("빈 폴더"));
        command
    }

    pub fn contents(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failed> {
        let mut all = contents(&self.path("book"))?;
        all.append(&mut contents(&self.path("examples"))?);
        all.append(&mut contents(&self.path("tests"))?);
        for file in ["book.toml", "README.md"] {
            all.insert(file.into(), fs::read(self.path(file))?);
        }
        Ok(all)
    }
}

pub fn binder() -> Result<Command, Failed> {
    let path = binder_path().as_ref().map_err(|error| error.clone())?;
    Ok(Command::new(path))
}

/// 묶는 이를 지어 그 자리를 알아 둡니다. 한 번만 합니다.
pub fn binder_path() -> &'static Result<PathBuf, String> {
    static PATH: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PATH.get_or_init(|| {
        build_binder().map_err(|failed| failed.message().unwrap_or_default().to_owned())
    })
}

pub fn build_binder() -> Result<PathBuf, Failed> {
    let mut command = support::cargo();
    command.args(["build", "--bin", "noriteo-book", "--message-format=json"]);
    let output = support::run(command, Duration::from_secs(1800))?;
    output
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "noriteo-book")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("noriteo-book 을 짓지 못했습니다.\n{}", output.stderr).into())
}

pub fn call(command: &mut Command) -> Result<Output, Failed> {
    // support::run 은 명령을 가져가므로 같은 것을 새로 만듭니다.
    let mut same = Command::new(command.get_program());
    same.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    let output = support::run(same, LIMIT)?;
    if output.left_behind {
        return Err(format!("끝난 뒤에 자식이 남았습니다.\n{}", output.stderr).into());
    }
    Ok(output)
}

pub fn expect(output: &Output, code: i32) -> Outcome {
    if output.status.code() == Some(code) {
        return Ok(());
    }
    Err(format!(
        "종료 코드가 {code} 이어야 하는데 {} 입니다\n--- 표준 출력\n{}\n--- 표준 오류\n{}",
        output.status, output.stdout, output.stderr
    )
    .into())
}

/// 묶으며 넣은 낱말 잇개를 뺀 글입니다. 글을 견줄 때에는 없는 것으로 봅니다.
pub fn plain(text: &str) -> String {
    text.replace("<span class=\"nobreak\"></span>", "")
}

pub fn contains(text: &str, part: &str) -> Outcome {
    if text.contains(part) {
        return Ok(());
    }
    let shown: String = text.chars().take(2000).collect();
    Err(format!("`{part}` 이(가) 없습니다:\n{shown}").into())
}

pub fn same(one: &str, other: &str) -> Outcome {
    if one == other {
        return Ok(());
    }
    Err(format!("둘이 다릅니다.\n--- 하나\n{one}\n--- 다른 하나\n{other}").into())
}

/// 묶는 이에게 `root`의 책을 펴낸 이의 값으로 다루게 합니다. 결과는 `out`에 놓입니다.
pub fn published(task: &str, root: &Path, out: &Path) -> Result<Command, Failed> {
    let mut command = binder()?;
    command
        .args([task, "--book"])
        .arg(root)
        .arg("--data")
        .arg(root.join("book/text/measured/publisher.json"))
        .arg("--out")
        .arg(out)
        .env_remove("NORITEO_SIZE");
    Ok(command)
}

/// [`published`]로 책을 빈 포트에 펼치는 명령입니다.
pub fn opened(root: &Path, out: &Path) -> Result<Command, Failed> {
    let mut command = published("serve", root, out)?;
    command.args(["--port", "0", "--no-open"]);
    Ok(command)
}

/// 저장소의 책을 `folder` 아래에 묶고 그 자리를 돌려줍니다.
pub fn repository_book(folder: &Path) -> Result<PathBuf, Failed> {
    let site = folder.join("book");
    expect(&call(&mut published("build", support::root(), &site)?)?, 0)?;
    Ok(site)
}

/// 저장소의 책을 묶은 것입니다. 검사 프로그램마다 한 번만 묶어 모든 검사가 함께 봅니다.
#[derive(Clone)]
pub struct Book(Arc<TempDir>);

/// 정적 변수는 버려지지 않으므로, 검사가 모두 끝나면 [`run_mimic`]이 지웁니다.
static BOUND: Mutex<Option<Book>> = Mutex::new(None);

impl Book {
    pub fn bind() -> Result<Book, Failed> {
        let mut kept = BOUND.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(book) = &*kept {
            return Ok(book.clone());
        }
        let folder = tempfile::tempdir()?;
        repository_book(folder.path())?;
        Ok(kept.insert(Book(Arc::new(folder))).clone())
    }

    pub fn folder(&self) -> PathBuf {
        self.0.path().join("book")
    }

    /// 서버 없이 여는 쪽의 주소입니다.
    pub fn page(&self, page: &str) -> String {
        format!("file://{}/{page}", self.folder().display())
    }
}

/// [`support::run_mimic`]과 같되, 검사들이 함께 본 [`Book`]을 치웁니다.
pub fn run_mimic(tests: Vec<Trial>) -> ExitCode {
    let code = support::run_mimic(tests);
    drop(BOUND.lock().unwrap_or_else(PoisonError::into_inner).take());
    code
}

/// 차례에 있는 쪽들의 파일 이름입니다.
pub fn chapters() -> Result<Vec<String>, Failed> {
    let summary = support::read(&support::root().join("book/text/SUMMARY.md"))?;
    let pages: Vec<String> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect();
    if pages.len() < 5 {
        return Err(format!("차례에서 쪽을 찾지 못했습니다: {pages:?}").into());
    }
    Ok(pages)
}

pub fn copy_folder(from: &Path, to: &Path) -> Outcome {
    if !from.exists() {
        return Ok(());
    }
    for (path, bytes) in contents(from)? {
        let to = to.join(path.strip_prefix(from)?);
        fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
        fs::write(to, bytes)?;
    }
    Ok(())
}

pub fn contents(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failed> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.append(&mut contents(&path)?);
        } else if path.is_file() {
            found.insert(path.clone(), fs::read(&path)?);
        }
    }
    Ok(found)
}

/// 임시 폴더나 임시 파일이 남아 있지 않습니다.
pub fn nothing_half_written(copy: &Copy) -> Outcome {
    let found = left_over(&copy.root())?;
    support::all_clear(
        found
            .iter()
            .map(|path| format!("{} 이(가) 남았습니다", path.display()))
            .collect(),
    )
}

pub fn left_over(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(".noriteo-") {
            found.push(path);
        } else if path.is_dir() {
            found.append(&mut left_over(&path)?);
        }
    }
    Ok(found)
}

/// 셸 스크립트를 실행할 수 있게 적습니다.
pub fn script(folder: &Path, name: &str, body: &str) -> Outcome {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(unix)]
pub fn make_fifo(path: &Path) -> Outcome {
    use nix::sys::stat::Mode;
    Ok(nix::unistd::mkfifo(path, Mode::S_IRWXU)?)
}

#[cfg(not(unix))]
pub fn make_fifo(_: &Path) -> Outcome {
    Err("FIFO 는 유닉스에만 있습니다".into())
}

/// 파일에 적힌 프로세스가 모두 끝났습니다.
pub fn gone(pids: &Path) -> Outcome {
    let text = support::read(pids)?;
    let waited = Instant::now();
    for pid in text.split_whitespace() {
        let pid: u32 = pid.parse()?;
        while alive(pid) {
            if waited.elapsed() > Duration::from_secs(5) {
                return Err(format!("프로세스 {pid} 이(가) 남아 있습니다").into());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}

/// 좀비는 끝난 것으로 칩니다. 거두는 것은 그 부모의 일입니다.
pub fn alive(pid: u32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat
            .rsplit(") ")
            .next()
            .unwrap_or_default()
            .starts_with('Z'),
        Err(_) if Path::new("/proc/self/stat").exists() => false,
        Err(_) => signal(pid, false).is_ok(),
    }
}

#[cfg(unix)]
pub fn signal(pid: u32, interrupt: bool) -> Outcome {
    use nix::sys::signal::{Signal, kill};
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid)?);
    Ok(kill(pid, interrupt.then_some(Signal::SIGINT))?)
}

#[cfg(not(unix))]
pub fn signal(_: u32, _: bool) -> Outcome {
    Err("시그널은 유닉스에만 있습니다".into())
}

/// 돌고 있는 묶는 이입니다. 버리면 무리째 끝냅니다.
pub struct Running {
    pub child: Child,
    folder: TempDir,
}

impl Running {
    pub fn start(mut command: Command) -> Result<Running, Failed> {
        let folder = tempfile::tempdir()?;
        let log = fs::File::create(folder.path().join("log"))?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Running {
            child: command.spawn()?,
            folder,
        })
    }

    pub fn said(&self) -> String {
        fs::read(self.folder.path().join("log"))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    pub fn wait_until(&mut self, else_say: &str, ready: impl Fn(&Running) -> bool) -> Outcome {
        let deadline = Instant::now() + LIMIT;
        while !ready(self) {
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                return Err(format!("{else_say}({ended:?}).\n{}", self.said()).into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// `127.0.0.1:포트` 입니다.
    pub fn address(&mut self) -> Result<String, Failed> {
        self.wait_until("주소를 말하지 않습니다", |running| {
            running.said().contains("책을 펼쳤습니다") && running.said().contains("Ctrl-C")
        })?;
        let said = self.said();
        said.split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .map(str::to_owned)
            .ok_or_else(|| format!("주소가 없습니다: {said}").into())
    }

    /// 재는 자식이 있는지 봅니다. /proc 이 없으면 물을 길이 없으므로 있다고 칩니다.
    pub fn has_child(&self) -> bool {
        let me = self.child.id();
        let children = fs::read_to_string(format!("/proc/{me}/task/{me}/children"));
        children.map_or(true, |text| !text.trim().is_empty())
    }

    pub fn interrupt(&self) -> Outcome {
        signal(self.child.id(), true)
    }

    /// 곧 130 으로 끝나고, 우리말로 알리고, 무리에 아무도 남지 않습니다.
    pub fn expect_stopped(&mut self) -> Outcome {
        let status = self.wait()?;
        let said = self.said();
        if status.code() != Some(130) {
            return Err(format!("130 으로 끝나야 하는데 {status} 입니다\n{said}").into());
        }
        contains(&said, "멈추었습니다")?;
        let waited = Instant::now();
        while support::group_alive(self.child.id()) {
            if waited.elapsed() > Duration::from_secs(5) {
                return Err(format!("자식이 남아 있습니다\n{said}").into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub fn wait(&mut self) -> Result<ExitStatus, Failed> {
        let deadline = Instant::now() + Duration::from_secs(9);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(format!("신호를 받고도 끝나지 않습니다.\n{}", self.said()).into());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        support::kill_group(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn get(address: &str, path: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// 요청 하나를 보내고 상태 코드와 몸을 받습니다. 몸은 다 올 때까지 기다립니다.
pub fn request(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(u16, String), Failed> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        head += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let answer = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let code = code.ok_or_else(|| format!("HTTP 대답이 아닙니다: {head}"))?;
    Ok((code, body.to_owned()))
}
