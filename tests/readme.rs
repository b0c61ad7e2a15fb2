//! README 에 적힌 명령을 적힌 그대로 돌립니다.
//!
//! `cargo run` 은 정말 재고 묶어 보여 주는지 브라우저 대신 소켓으로 확인하고, Ctrl-C 로 끝냅니다.
//! `cargo test` 는 여기에서 다시 돌릴 수 없으므로, CI 가 돌리는 `.ci/run` 의 명령과 같은지 봅니다.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};
use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use regex::Regex;

use support::{MaybeLeftOut, Outcome};

fn main() -> ExitCode {
    let mut trials = support::tests![two_commands, programs_are_listed, links_resolve];
    match commands() {
        Err(failed) => trials.push(Trial::test("commands", move || Err(failed))),
        Ok(commands) => trials.extend(commands.into_iter().map(|command| {
            Trial::ignorable_test(command.clone(), move || run(&command)).with_kind("README")
        })),
    }
    support::run_mimic(trials)
}

fn readme() -> Result<String, Failed> {
    support::read(&support::root().join("README.md"))
}

/// ```console 과 ```sh 블록에 적힌 명령들입니다.
fn commands() -> Result<Vec<String>, Failed> {
    let text = readme()?;
    let mut inside = false;
    let mut commands = Vec::new();
    for (event, _) in support::markdown(&text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                inside = matches!(language.as_ref(), "console" | "sh" | "bash" | "shell");
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(block) if inside => commands.extend(
                block
                    .lines()
                    .map(|line| line.trim().trim_start_matches("$ ").to_owned())
                    .filter(|line| !line.is_empty() && !line.starts_with('#')),
            ),
            _ => {}
        }
    }
    Ok(commands)
}

fn two_commands() -> Outcome {
    let commands = commands()?;
    support::all_clear(
        ["cargo run", "cargo test"]
            .into_iter()
            .filter(|wanted| !commands.iter().any(|command| command == wanted))
            .map(|wanted| format!("README.md 에 `$ {wanted}` 이(가) 없습니다"))
            .collect(),
    )
}

/// 예제마다 README 의 표에 있고, 표에 있는 것마다 예제가 있습니다.
fn programs_are_listed() -> Outcome {
    let text = readme()?;
    let named = Regex::new(r"`((?:ch\d\d_\d\d|bridge_\d\d)_\w+)`")?
        .captures_iter(&text)
        .map(|found| found[1].to_owned())
        .collect::<BTreeSet<_>>();
    let files = support::files(&support::root().join("examples"), "rs")?
        .iter()
        .map(|path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        // 연습 문제의 출발 파일은 책의 「연습」에 있습니다(검사 course_pages).
        .filter(|name| !name.starts_with("ex"))
        .collect::<BTreeSet<_>>();
    let missing = files
        .difference(&named)
        .map(|name| format!("README.md 의 표에 {name} 이(가) 없습니다"));
    let absent = named
        .difference(&files)
        .map(|name| format!("README.md 에 있는 예제 {name} 이(가) 없습니다"));
    support::all_clear(missing.chain(absent).collect())
}

fn links_resolve() -> Outcome {
    let text = readme()?;
    let mut problems = Vec::new();
    for (event, _) in support::markdown(&text) {
        let (Event::Start(Tag::Link { dest_url, .. }) | Event::Start(Tag::Image { dest_url, .. })) =
            event
        else {
            continue;
        };
        let file = dest_url.split('#').next().unwrap_or_default();
        if !dest_url.contains("://") && !support::root().join(file).exists() {
            problems.push(format!(
                "README.md: 링크 {dest_url} 이(가) 가리키는 파일이 없습니다"
            ));
        }
    }
    support::all_clear(problems)
}

/// 명령 하나를 README 에 적힌 그대로 돌립니다.
fn run(command: &str) -> MaybeLeftOut {
    let words = command.split_whitespace().collect::<Vec<_>>();
    match words.as_slice() {
        ["cargo", "test"] => same_as_ci(command)?,
        ["cargo", "run"] => return read_the_book(&words),
        ["cargo", "run", ..] => {
            let mut cargo = shrunk(&words);
            cargo.stdin(Stdio::null());
            let output = support::run(cargo, Duration::from_secs(600))?;
            if !output.status.success() || output.stdout.is_empty() || output.left_behind {
                return Err(format!(
                    "`{command}` 이(가) 실패했습니다({})\n{}{}",
                    output.status, output.stdout, output.stderr
                )
                .into());
            }
        }
        _ => {
            return Err(format!(
                "README.md 의 `{command}` 을(를) 어떻게 돌릴지 모릅니다. tests/readme.rs 에 더하세요"
            )
            .into());
        }
    }
    Ok(Completion::Completed)
}

/// CI 가 끝에 돌리는 명령이 README 의 것과 글자까지 같습니다.
fn same_as_ci(command: &str) -> Outcome {
    let script = support::read(&support::root().join(".ci/run"))?;
    let last = script
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty());
    if last == Some(command) {
        return Ok(());
    }
    Err(format!(
        ".ci/run 의 마지막 명령은 `{command}` 이어야 하는데 `{}` 입니다",
        last.unwrap_or("")
    )
    .into())
}

/// 적힌 낱말 그대로이되, 작게 재고 브라우저를 열지 않습니다.
fn shrunk(words: &[&str]) -> Command {
    let mut command = support::cargo();
    command
        .args(&words[1..])
        .env("NORITEO_SIZE", support::SMALL)
        .env("NORITEO_NO_OPEN", "1");
    command
}

/// 독자가 재어 둔 값과 묶어 둔 책입니다. 작게 잰 것으로 덮어쓰지 않도록 비켜 두었다가 되돌립니다.
struct Kept {
    place: PathBuf,
    aside: PathBuf,
}

impl Kept {
    fn new(place: PathBuf) -> Result<Kept, Failed> {
        let aside = place.with_extension("kept-by-readme-test");
        // 앞선 검사가 도중에 죽어 비켜 둔 것이 남아 있으면 그것이 독자의 것입니다.
        if !aside.exists() && place.exists() {
            fs::rename(&place, &aside)?;
        }
        Ok(Kept { place, aside })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.place);
        let _ = fs::remove_dir_all(&self.place);
        if self.aside.exists() {
            let _ = fs::rename(&self.aside, &self.place);
        }
    }
}

/// 돌고 있는 `cargo run` 입니다. 버려지면 무리째 끝납니다.
struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    fn said(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// 끝날 때까지, 많아야 `limit` 동안 기다립니다.
    fn wait(&mut self, limit: Duration) -> Result<std::process::ExitStatus, Failed> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(format!("{limit:?} 안에 끝나지 않았습니다.\n{}", self.said()).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        support::kill_group(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `cargo run`: 재고, 묶고, 보여 주고, Ctrl-C 로 끝납니다.
fn read_the_book(words: &[&str]) -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return support::left_out("Ctrl-C 를 보내는 길이 유닉스에만 있습니다");
    }
    let target = support::root().join("target");
    let _kept = [
        Kept::new(target.join("measured.json"))?,
        Kept::new(target.join("book"))?,
    ];
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("log");
    let file = fs::File::create(&log)?;
    let mut command = shrunk(words);
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut server = Server {
        child: command.spawn()?,
        log,
    };

    let address = Regex::new(r"http://(127\.0\.0\.1:\d+)")?;
    let deadline = Instant::now() + Duration::from_secs(900);
    let address = loop {
        let said = server.said();
        if let Some(found) = address.captures(&said) {
            break found[1].to_owned();
        }
        if let Some(status) = server.child.try_wait()? {
            if said.contains("포트 3000") {
                return support::left_out("포트 3000 을 다른 프로그램이 쓰고 있습니다");
            }
            return Err(format!("주소를 말하지 않고 끝났습니다({status})\n{said}").into());
        }
        if Instant::now() > deadline {
            return Err(format!("주소를 말하지 않습니다\n{said}").into());
        }
        thread::sleep(Duration::from_millis(50));
    };

    let index = get(&address, "/")?;
    let chapter = get(&address, "/ch01-process.html")?;
    for (page, wanted) in [(&index, "놀이터의 아이들"), (&chapter, "1장")] {
        if !page.starts_with("HTTP/1.1 200") || !page.contains(wanted) {
            return Err(format!("쪽에 `{wanted}` 이(가) 없습니다\n{}", head(page)).into());
        }
    }
    let missing = get(&address, "/no-such-page.html")?;
    if !missing.starts_with("HTTP/1.1 404") {
        return Err(format!("없는 쪽을 404 로 알리지 않습니다\n{}", head(&missing)).into());
    }
    if !Path::new(&target.join("book/index.html")).is_file() {
        return Err("target/book 에 묶은 책이 없습니다".into());
    }

    support::interrupt_group(server.child.id());
    let status = server.wait(Duration::from_secs(30))?;
    if status.code() != Some(130) {
        return Err(format!(
            "Ctrl-C 뒤에 130으로 끝나야 하는데 {status} 입니다\n{}",
            server.said()
        )
        .into());
    }
    if support::group_alive(server.child.id()) {
        return Err("Ctrl-C 뒤에 자식 프로세스가 남아 있습니다".into());
    }
    if TcpStream::connect(&address).is_ok() {
        return Err(format!("끝난 뒤에도 {address} 가 열려 있습니다").into());
    }
    Ok(Completion::Completed)
}

fn get(address: &str, path: &str) -> Result<String, Failed> {
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

fn head(page: &str) -> String {
    page.chars().take(600).collect()
}
