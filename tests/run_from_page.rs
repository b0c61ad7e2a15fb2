//! 쪽에서 예제를 돌립니다: 단추를 누르면 돌고, 멈추면 나무째 끝나고, 남의 사이트는 시킬 수 없습니다.
//!
//! 차례를 맞추는 것은 잠이 아니라 프로그램이 한 말과 쪽에 보이는 글입니다.

#[path = "support/bound.rs"]
mod bound;
#[path = "support/browser.rs"]
mod browser;
mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, ExitCode},
    thread,
    time::{Duration, Instant},
};

use bound::{Book, Copy, LIMIT, Running, alive, contains, request};
use browser::{Browser, PHONE, key};
use libtest_mimic::Failed;
use serde_json::{Value, json};
use support::Outcome;
use tempfile::TempDir;

fn main() -> ExitCode {
    let mut tests = support::tests![
        a_run_streams_and_ends,
        only_our_page_may_run,
        bad_orders_are_refused,
        a_program_that_does_not_compile_is_told,
    ];
    if cfg!(target_os = "linux") {
        tests.extend(support::tests![
            a_deserted_run_ends_with_all_its_children,
            a_finished_run_leaves_no_one,
            ctrl_c_ends_the_run_too,
            a_killed_server_leaves_no_one,
            one_run_at_a_time,
            output_is_capped,
            time_is_capped,
            letters_are_not_cut,
        ]);
    }
    tests.extend(browser::tests![
        the_button_runs_and_redraws,
        values_can_be_chosen,
        the_keyboard_is_enough,
        the_stop_button_ends_everything,
        a_closed_page_ends_its_run,
        the_queue_is_visible,
        another_site_cannot_run,
        an_edited_text_reloads_the_page,
        elsewhere_the_button_copies,
        buttons_fit_a_phone,
        buttons_are_readable_in_every_theme,
    ]);
    bound::run_mimic(tests)
}

/// 저장소의 책을 보여 주는 서버입니다.
struct Server {
    running: Running,
    address: String,
    token: String,
    _site: TempDir,
}

impl Server {
    /// 저장소의 책과 예제로 켭니다.
    fn start() -> Result<Server, Failed> {
        Server::of(support::root(), &[])
    }

    fn of(root: &Path, words: &[&str]) -> Result<Server, Failed> {
        let site = tempfile::tempdir()?;
        let mut command = bound::opened(root, &site.path().join("book"))?;
        command.args(words);
        Server::run(command, site)
    }

    fn run(command: Command, site: TempDir) -> Result<Server, Failed> {
        let mut running = Running::start(command)?;
        let address = running.address()?;
        let page = bound::get(&address, "/index.html")?;
        let token = page
            .split("<meta name=\"noriteo-run\" content=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .ok_or("쪽에 표가 없습니다")?
            .to_owned();
        Ok(Server {
            running,
            address,
            token,
            _site: site,
        })
    }

    fn page(&self, page: &str) -> String {
        format!("http://{}/{page}", self.address)
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn headers<'a>(&'a self, origin: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("Origin", origin),
            ("X-Noriteo-Token", &self.token),
            ("Content-Type", "application/json"),
        ]
    }

    /// 달림을 시키고 끝날 때까지의 사건을 받습니다.
    fn order(&self, order: &Value) -> Result<Vec<Value>, Failed> {
        let origin = self.origin();
        let (code, body) = request(
            &self.address,
            "POST",
            "/_noriteo/runs",
            &self.headers(&origin),
            &order.to_string(),
        )?;
        if code != 200 {
            return Err(format!("{code}: {body}").into());
        }
        events(&body)
    }

    /// 달림을 시키고, 오는 대로 읽을 수 있게 돌려줍니다. 버리면 쪽을 닫은 것과 같습니다.
    fn begin(&self, program: &str, args: &[&str]) -> Result<Run, Failed> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        let body = order(program, args).to_string();
        write!(
            stream,
            "POST /_noriteo/runs HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nX-Noriteo-Token: {1}\r\n\
             Content-Type: application/json\r\nContent-Length: {2}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        )?;
        Ok(Run(BufReader::new(stream)))
    }

    /// 서버의 자손들입니다.
    fn descendants(&self) -> BTreeSet<u32> {
        descendants(self.running.child.id())
    }
}

/// 오는 대로 읽는 달림입니다.
struct Run(BufReader<TcpStream>);

impl Run {
    /// `found`가 참인 사건이 올 때까지 읽고 그것을 돌려줍니다.
    fn until(&mut self, found: impl Fn(&Value) -> bool) -> Result<Value, Failed> {
        let mut line = String::new();
        while self.0.read_line(&mut line)? > 0 {
            // 청크의 길이와 머리글은 JSON이 아닙니다.
            if let Ok(event @ Value::Object(_)) = serde_json::from_str::<Value>(&line)
                && found(&event)
            {
                return Ok(event);
            }
            line.clear();
        }
        Err("기다리던 사건이 오지 않고 끝났습니다".into())
    }

    fn until_said(&mut self, part: &str) -> Result<Value, Failed> {
        self.until(|event| {
            event["text"]
                .as_str()
                .is_some_and(|text| text.contains(part))
        })
    }
}

fn order(program: &str, args: &[&str]) -> Value {
    json!({ "program": program, "args": args, "parts": [], "figures": [] })
}

/// 청크로 나뉜 몸에서 사건만 고릅니다.
fn events(body: &str) -> Result<Vec<Value>, Failed> {
    let found: Vec<Value> = body
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(Value::is_object)
        .collect();
    if found.is_empty() {
        return Err(format!("사건이 없습니다: {body}").into());
    }
    Ok(found)
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| event["kind"].as_str())
        .collect()
}

/// 한 갈래로 온 글을 잇습니다.
fn said(events: &[Value], stream: &str) -> String {
    let outputs = events.iter().filter(|event| event["stream"] == stream);
    outputs.filter_map(|event| event["text"].as_str()).collect()
}

/// `/proc`에서 찾은 자손들입니다. 좀비는 끝난 것이므로 뺍니다.
fn descendants(of: u32) -> BTreeSet<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let mut fields = stat.rsplit(") ").next()?.split(' ');
            (fields.next()? != "Z").then_some(())?;
            Some((pid, fields.next()?.parse().ok()?))
        })
        .collect();
    let mut found = BTreeSet::from([of]);
    loop {
        let before = found.len();
        let more = parents.iter().filter(|(_, parent)| found.contains(parent));
        let more: Vec<u32> = more.map(|(pid, _)| *pid).collect();
        found.extend(more);
        if found.len() == before {
            found.remove(&of);
            return found;
        }
    }
}

/// 참이 될 때까지 거듭 묻습니다.
fn until(what: &str, mut holds: impl FnMut() -> bool) -> Outcome {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        if Instant::now() > deadline {
            return Err(format!("기다려도 그렇게 되지 않습니다: {what}").into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn all_gone(pids: &BTreeSet<u32>) -> Outcome {
    if pids.is_empty() {
        return Err("끝낼 프로세스를 보지 못했습니다".into());
    }
    until("띄운 프로세스가 모두 끝남", || {
        !pids.iter().any(|pid| alive(*pid))
    })
}

/// 이 검사만의 예제가 든 책입니다. 예제는 의존성이 없어 바로 지어집니다.
struct Lab {
    copy: Copy,
    server: Server,
}

/// 예제들이 함께 쓰는 앞부분입니다. 서버는 값을 주기 전에 선택지를 묻습니다.
const HEAD: &str = r#"
use std::io::Write;
fn asked() -> bool {
    let asked = std::env::args().any(|arg| arg == "--help=json");
    if asked {
        println!("{{\"name\":\"lab\",\"title\":\"검사\",\"numbers\":[],\"flags\":[]}}");
    }
    asked
}
fn say(text: &str) {
    print!("{text}");
    std::io::stdout().flush().unwrap();
}
"#;

impl Lab {
    fn new(programs: &[(&str, &str)], words: &[&str]) -> Result<Lab, Failed> {
        let copy = Copy::new()?;
        fs::remove_dir_all(copy.path("examples"))?;
        // 하위 폴더(연습 문제)의 쪽도 지웁니다. 그 쪽이 끌어올 예제가 여기에는 없습니다.
        bound::contents(&copy.path("book/text"))?
            .keys()
            .filter(|path| path.extension().is_some_and(|kind| kind == "md"))
            .try_for_each(fs::remove_file)?;
        fs::write(copy.path("book/text/SUMMARY.md"), "[책](page.md)\n")?;
        let mut page = String::from("# 놀이터의 아이들\n\n책입니다.\n");
        for (name, _) in programs {
            page += &format!("\n```console\n$ cargo run --example {name}\n```\n");
        }
        fs::write(copy.path("book/text/page.md"), page)?;
        fs::create_dir(copy.path("examples"))?;
        for (name, main) in programs {
            let text = format!("{HEAD}\nfn main() {{\n    if asked() {{ return; }}\n{main}\n}}\n");
            fs::write(copy.path(&format!("examples/{name}.rs")), text)?;
        }
        fs::create_dir_all(copy.path("src"))?;
        fs::write(copy.path("src/lib.rs"), "")?;
        fs::write(
            copy.path("Cargo.toml"),
            "[package]\nname = \"lab\"\nedition = \"2024\"\n[workspace]\n",
        )?;
        let site = tempfile::tempdir()?;
        let mut command = copy.command(&["serve", "--port", "0", "--no-open"]);
        command
            .args(["--data"])
            .arg(copy.data()?)
            .args(words)
            .env("CARGO_TARGET_DIR", copy.path("target"))
            .env("CARGO_NET_OFFLINE", "true");
        Ok(Lab {
            server: Server::run(command, site)?,
            copy,
        })
    }
}

/// 자식과 손자를 다른 무리에 두고 오래 쉽니다. 제 번호를 말합니다.
const FAMILY: &str = r#"
    let mut child = std::process::Command::new("sh");
    child.args(["-c", "sleep 1000 & echo $!; trap '' TERM HUP; wait"]);
    child.stdout(std::process::Stdio::piped());
    std::os::unix::process::CommandExt::process_group(&mut child, 0);
    let mut child = child.spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    say(&format!("모두: {} {} {}\n", std::process::id(), child.id(), line.trim()));
"#;

/// 자식이 끝나지 않는 한 끝나지 않는 예제입니다.
fn endless() -> String {
    format!("{FAMILY}\n    child.wait().unwrap();")
}

/// 시간이 다 되어 끝나는 일이 없게 합니다. 검사가 기다리는 시간보다 깁니다.
const FOREVER: &[&str] = &["--limit", "3600"];

fn pids(event: &Value) -> Result<BTreeSet<u32>, Failed> {
    let text = event["text"].as_str().unwrap_or_default();
    let numbers = text.split("모두: ").nth(1).unwrap_or_default();
    let found: BTreeSet<u32> = numbers
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    if found.len() != 3 || found.iter().any(|pid| !alive(*pid)) {
        return Err(format!("산 프로세스 셋이 아닙니다: {text}").into());
    }
    Ok(found)
}

// ---- 브라우저 없이 ----

fn a_run_streams_and_ends() -> Outcome {
    let server = Server::start()?;
    let events = server.order(&json!({
        "program": "ch03_01_locked_sum",
        "args": ["--size", "300000", "--workers", "3"],
        "parts": [],
        "figures": ["timeline-locked", "timeline-two-threads", "<x>"],
    }))?;
    let kinds = kinds(&events);
    if kinds.first() != Some(&"queued") || kinds.last() != Some(&"done") {
        return Err(format!("차례가 이상합니다: {kinds:?}").into());
    }
    let out = said(&events, "stdout");
    contains(&out, "합: 44999850000")?;
    contains(&out, "3번 아이")?;
    let figures: Vec<_> = events
        .iter()
        .filter(|event| event["kind"] == "figure")
        .collect();
    // 다른 예제의 그림은 그리지 않습니다.
    let [figure] = figures.as_slice() else {
        return Err(format!("그림이 하나가 아닙니다: {figures:?}").into());
    };
    let html = figure["html"].as_str().unwrap_or_default();
    contains(html, "id=\"timeline-locked\"")?;
    let shown = html.replace("&#95;", "_");
    contains(&shown, "ch03_01_locked_sum --size 300000 --workers 3")?;
    contains(html, "스레드 3")
}

fn only_our_page_may_run() -> Outcome {
    let server = Server::start()?;
    let body = order("ch02_01_spawn_join", &[]).to_string();
    let (ours, token) = (server.origin(), server.token.clone());
    let wrong = "0".repeat(32);
    let json = ("Content-Type", "application/json");
    let send = |headers: &[(&str, &str)]| {
        request(&server.address, "POST", "/_noriteo/runs", headers, &body).map(|(code, _)| code)
    };
    for headers in [
        vec![json],
        vec![json, ("Origin", &ours)],
        vec![json, ("X-Noriteo-Token", &token)],
        vec![json, ("Origin", &ours), ("X-Noriteo-Token", &wrong)],
        vec![json, ("Origin", "null"), ("X-Noriteo-Token", &token)],
        vec![
            json,
            ("Origin", "http://evil.invalid"),
            ("X-Noriteo-Token", &token),
        ],
        vec![
            json,
            ("Origin", &ours),
            ("X-Noriteo-Token", &token),
            ("Sec-Fetch-Site", "cross-site"),
        ],
        vec![
            json,
            ("Origin", &ours),
            ("X-Noriteo-Token", &token),
            ("Host", "evil.invalid"),
        ],
        vec![
            json,
            ("Origin", "http://evil.invalid"),
            ("X-Noriteo-Token", &token),
            ("Host", "evil.invalid"),
        ],
    ] {
        let code = send(&headers)?;
        if code != 403 {
            return Err(format!("403이어야 하는데 {code}: {headers:?}").into());
        }
    }
    // 간단한 요청(text/plain)은 미리 묻지 않고 옵니다. 표가 있어도 받지 않습니다.
    let code = send(&[
        ("Content-Type", "text/plain"),
        ("Origin", &ours),
        ("X-Noriteo-Token", &token),
    ])?;
    if code != 415 {
        return Err(format!("JSON이 아닌데 {code}").into());
    }
    let (code, page) = request(
        &server.address,
        "GET",
        "/index.html",
        &[("Host", "evil.invalid")],
        "",
    )?;
    if code != 403 || page.contains(&token) {
        return Err(format!("남의 이름으로 연 쪽에 표를 내주었습니다({code})").into());
    }
    let (code, _) = request(
        &server.address,
        "GET",
        "/_noriteo/programs/ch02_01_spawn_join",
        &[],
        "",
    )?;
    if code != 403 {
        return Err(format!("표 없이 선택지를 내주었습니다({code})").into());
    }
    let code = send(&server.headers(&ours))?;
    if code != 200 {
        return Err(format!("우리 쪽인데 {code}").into());
    }
    Ok(())
}

fn bad_orders_are_refused() -> Outcome {
    let server = Server::start()?;
    let origin = server.origin();
    let send = |body: &str| {
        request(
            &server.address,
            "POST",
            "/_noriteo/runs",
            &server.headers(&origin),
            body,
        )
    };
    for (body, part) in [
        (order("nothing", &[]).to_string(), "저장소에 없습니다"),
        (
            order("../../../bin/sh", &[]).to_string(),
            "저장소에 없습니다",
        ),
        (
            order("ch02_01_spawn_join", &["; id"]).to_string(),
            "받을 수 없습니다",
        ),
        (
            json!({ "program": "ch02_01_spawn_join", "args": [], "parts": ["x"], "figures": [] })
                .to_string(),
            "표는 없습니다",
        ),
        (json!({}).to_string(), "저장소에 없습니다"),
        ("[".to_owned(), ""),
    ] {
        let (code, said) = send(&body)?;
        if code != 400 {
            return Err(format!("400이어야 하는데 {code}: {body}").into());
        }
        contains(&said, part)?;
    }
    let huge = format!("{{\"program\": \"{}\"}}", "a".repeat(1 << 20));
    let (code, _) = send(&huge)?;
    if code != 413 {
        return Err(format!("413이어야 하는데 {code}").into());
    }
    // 꼴은 맞지만 그 예제가 받지 않는 값입니다. 돌리지 않고 까닭을 알립니다.
    for (args, part) in [
        (&["--workers", "100000"][..], "1 이상 256 이하"),
        (&["--nope"], "선택지가 없습니다"),
        (&["--workers"], "1 이상 256 이하"),
    ] {
        let events = server.order(&order("ch02_04_sum_two_threads", args))?;
        if kinds(&events).contains(&"running") {
            return Err(format!("돌렸습니다: {args:?}").into());
        }
        contains(
            events
                .last()
                .and_then(|event| event["text"].as_str())
                .unwrap_or_default(),
            part,
        )?;
    }
    Ok(())
}

fn a_program_that_does_not_compile_is_told() -> Outcome {
    let lab = Lab::new(&[("broken", "    let x: i32 = \"글\";")], &[])?;
    let events = lab.server.order(&order("broken", &[]))?;
    let last = events
        .last()
        .and_then(|event| event["text"].as_str())
        .unwrap_or_default();
    contains(last, "짓지 못했습니다")?;
    contains(last, "mismatched types")
}

fn a_deserted_run_ends_with_all_its_children() -> Outcome {
    let lab = Lab::new(&[("family", &endless())], FOREVER)?;
    let mut run = lab.server.begin("family", &[])?;
    let family = pids(&run.until_said("모두: ")?)?;
    drop(run);
    all_gone(&family)?;
    // 서버는 그대로이고 다음 것을 돌립니다.
    let mut next = lab.server.begin("family", &[])?;
    let family = pids(&next.until_said("모두: ")?)?;
    drop(next);
    all_gone(&family)
}

fn a_finished_run_leaves_no_one() -> Outcome {
    // 먼저 끝나며 자식과 손자를 두고 갑니다.
    let lab = Lab::new(&[("parent", FAMILY)], &[])?;
    let mut run = lab.server.begin("parent", &[])?;
    let told = run.until_said("모두: ")?;
    let text = told["text"].as_str().unwrap_or_default().to_owned();
    let ended = run.until(|event| event["kind"] == "ended")?;
    if ended["ok"] != true {
        return Err(format!("{ended}").into());
    }
    let numbers = text.split("모두: ").nth(1).unwrap_or_default();
    let family: Result<BTreeSet<u32>, _> = numbers.split_whitespace().map(str::parse).collect();
    // 끝났다고 알리기 전에 모두 거두었으므로 기다리지 않습니다.
    match family?.iter().find(|pid| alive(**pid)) {
        Some(pid) => Err(format!("{pid}이(가) 남았습니다").into()),
        None => Ok(()),
    }
}

fn ctrl_c_ends_the_run_too() -> Outcome {
    let mut lab = Lab::new(&[("family", &endless())], FOREVER)?;
    let mut run = lab.server.begin("family", &[])?;
    let family = pids(&run.until_said("모두: ")?)?;
    lab.server.running.interrupt()?;
    lab.server.running.expect_stopped()?;
    // 서버는 나무를 거둔 뒤에 끝납니다.
    match family.iter().find(|pid| alive(**pid)) {
        Some(pid) => Err(format!("{pid}이(가) 남았습니다").into()),
        None => Ok(()),
    }
}

fn a_killed_server_leaves_no_one() -> Outcome {
    let mut lab = Lab::new(&[("family", &endless())], FOREVER)?;
    let mut run = lab.server.begin("family", &[])?;
    let family = pids(&run.until_said("모두: ")?)?;
    lab.server.running.child.kill()?;
    lab.server.running.child.wait()?;
    all_gone(&family)
}

fn one_run_at_a_time() -> Outcome {
    let programs = [("family", &*endless()), ("short", "    say(\"짧음\\n\");")];
    let lab = Lab::new(&programs, FOREVER)?;
    let mut first = lab.server.begin("family", &[])?;
    let family = pids(&first.until_said("모두: ")?)?;
    let mut second = lab.server.begin("short", &[])?;
    let place =
        |ahead: u64| move |event: &Value| event["kind"] == "queued" && event["ahead"] == ahead;
    second.until(place(1))?;
    let mut third = lab.server.begin("short", &[])?;
    third.until(place(2))?;
    // 기다리다 떠난 것은 줄에서 빠집니다. 넷째가 오면 셋째 자리를 받습니다.
    drop(second);
    until("떠난 것이 줄에서 빠짐", || {
        let fourth = lab.server.begin("short", &[]);
        fourth.is_ok_and(|mut fourth| {
            fourth
                .until(|event| event["kind"] == "queued")
                .is_ok_and(|event| event["ahead"] == 2)
        })
    })?;
    if family.iter().any(|pid| !alive(*pid)) {
        return Err("첫째가 벌써 끝났습니다".into());
    }
    drop(first);
    third.until_said("짧음")?;
    third.until(|event| event["kind"] == "done")?;
    all_gone(&family)
}

fn output_is_capped() -> Outcome {
    let lab = Lab::new(
        &[(
            "flood",
            "    loop { say(\"0123456789012345678901234567890123456789012345678901234567890123\\n\"); }",
        )],
        FOREVER,
    )?;
    let events = lab.server.order(&order("flood", &[]))?;
    let sent = said(&events, "stdout").len();
    if !(200 << 10..300 << 10).contains(&sent) {
        return Err(format!("{sent}바이트를 보냈습니다").into());
    }
    let ended = events.iter().find(|event| event["kind"] == "ended");
    contains(
        &ended.map(Value::to_string).unwrap_or_default(),
        "KiB를 넘어 끝냈습니다",
    )?;
    until("프로그램이 끝남", || {
        lab.server.descendants().is_empty()
    })
}

fn time_is_capped() -> Outcome {
    let lab = Lab::new(&[("family", &endless())], &["--limit", "1"])?;
    let mut run = lab.server.begin("family", &[])?;
    let family = pids(&run.until_said("모두: ")?)?;
    let ended = run.until(|event| event["kind"] == "ended")?;
    contains(&ended.to_string(), "시간이 너무 오래 걸려")?;
    all_gone(&family)
}

fn letters_are_not_cut() -> Outcome {
    // 한글 한 글자를 한 바이트씩 냅니다. 읽는 쪽이 받았음은 알 수 없으므로 여러 번 합니다.
    let lab = Lab::new(
        &[(
            "bytes",
            "    for _ in 0..200 { for byte in \"놀이터\".bytes() { std::io::stdout().write_all(&[byte]).unwrap(); std::io::stdout().flush().unwrap(); } }",
        )],
        &[],
    )?;
    let events = lab.server.order(&order("bytes", &[]))?;
    if said(&events, "stdout") != "놀이터".repeat(200) {
        return Err(format!("글자가 깨졌습니다: {}", said(&events, "stdout")).into());
    }
    Ok(())
}

// ---- 브라우저로 ----

/// 예제 `program`의 (첫) 단추들입니다. CSS 고르개로 부를 수 있게 이름표를 붙입니다.
fn mark(browser: &Browser, program: &str) -> Outcome {
    browser.until("document.querySelectorAll('.run').length > 0")?;
    browser.expect(&format!(
        "(() => {{
           const code = [...document.querySelectorAll('code.language-console')]
             .find((code) => code.textContent.includes('--example {program}'));
           let bar = code.closest('pre').nextElementSibling;
           bar.id = 'bar';
           window.marked = true;
           return bar.matches('.run');
         }})()"
    ))
}

fn the_button_runs_and_redraws(browser: &Browser) -> Outcome {
    let server = Server::start()?;
    browser.open(&server.page("ch03-gil.html"))?;
    mark(browser, "ch03_01_locked_sum")?;
    let figure = "document.querySelector('#timeline-locked svg').dataset.ns";
    let before = browser.text(figure)?;
    let rows = "document.querySelectorAll('.measured[data-part=sum] tbody tr').length";
    let tables = "document.querySelectorAll('.measured[data-part=sum]').length";
    let (rows_before, tables_before) = (browser.number(rows)?, browser.number(tables)?);
    browser.click("#bar .run-go")?;
    browser
        .until("document.querySelector('#bar .run-out').textContent.includes('한때 락 안에')")?;
    browser.until("document.querySelector('#bar').dataset.done === 'true'")?;
    browser.expect("document.querySelector('#bar').dataset.ok === 'true'")?;
    let after = browser.text(figure)?;
    if before == after {
        return Err("타임라인이 그대로입니다".into());
    }
    browser.expect("document.querySelectorAll('#timeline-locked').length === 1")?;
    // 새 그림도 키울 수 있습니다.
    browser.expect("!!document.querySelector('#timeline-locked .zoom button')")?;
    browser
        .expect("document.querySelector('.measured[data-part=sum]').classList.contains('fresh')")?;
    browser.expect(
        "document.querySelector('.measured[data-part=sum]').textContent.includes('이 컴퓨터(')",
    )?;
    if browser.number(rows)? != rows_before || browser.number(tables)? != tables_before {
        return Err("표의 줄 수가 달라졌습니다".into());
    }
    no_errors(browser)
}

fn no_errors(browser: &Browser) -> Outcome {
    support::all_clear(browser.errors()?)
}

fn values_can_be_chosen(browser: &Browser) -> Outcome {
    let server = Server::start()?;
    browser.open(&server.page("ch03-gil.html"))?;
    mark(browser, "ch03_01_locked_sum")?;
    browser.click("#bar .run-change")?;
    browser.until("document.querySelector('#bar input[name=workers]')")?;
    browser.expect("document.querySelector('#bar input[name=workers]').max === '256'")?;
    let set = |name: &str, value: &str| {
        browser.run(&format!(
            "const input = document.querySelector('#bar input[name={name}]');
             input.value = '{value}';
             input.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        ))
    };
    set("workers", "1000")?;
    browser.click("#bar .run-submit")?;
    // 범위를 벗어난 값은 브라우저가 막습니다.
    browser.expect("!document.querySelector('#bar form').checkValidity()")?;
    browser.expect("document.querySelector('#bar .run-out').hidden")?;
    set("workers", "3")?;
    set("size", "500000")?;
    browser.expect("document.querySelector('#bar .run-preview').textContent === 'cargo run --example ch03_01_locked_sum -- --size 500000 --workers 3'")?;
    browser.click("#bar .run-submit")?;
    browser.until("document.querySelector('#bar .run-out').textContent.includes('3번 아이')")?;
    browser.until("document.querySelector('#bar').dataset.done === 'true'")?;
    // 표도 고른 값으로 다시 쟀습니다.
    browser.expect(
        "document.querySelector('.measured[data-part=sum]').textContent.includes('500,000')",
    )?;
    browser.expect("[...document.querySelectorAll('.measured[data-part=sum] td:nth-child(2)')].some((cell) => cell.textContent === '3')")?;
    no_errors(browser)
}

fn the_keyboard_is_enough(browser: &Browser) -> Outcome {
    let server = Server::start()?;
    browser.open(&server.page("ch02-thread.html"))?;
    mark(browser, "ch02_01_spawn_join")?;
    browser.tab_to("#bar .run-go")?;
    browser.keys(&[key::ENTER])?;
    browser.until("document.querySelector('#bar').dataset.done === 'true'")?;
    browser.expect("document.querySelector('#bar .run-out').textContent.length > 0")?;
    browser.keys(&[key::TAB])?;
    browser.expect("document.activeElement.matches('#bar .run-change')")?;
    browser.keys(&[key::SPACE])?;
    browser.until("document.querySelector('#bar form').childElementCount > 0")?;
    browser.tab_to("#bar .run-submit")?;
    // 화살표를 눌러도 장이 넘어가지 않습니다.
    browser.keys(&[key::RIGHT, key::LEFT, key::RIGHT])?;
    browser.expect("location.pathname === '/ch02-thread.html' && window.marked === true")?;
    browser.keys(&[key::ENTER])?;
    browser.until("document.querySelector('#bar').dataset.done === undefined")?;
    browser.until("document.querySelector('#bar').dataset.done === 'true'")?;
    no_errors(browser)
}

/// 끝나지 않는 예제를 눌러 돌리고, 그것이 띄운 프로세스들을 돌려줍니다.
fn press_endless(browser: &Browser, lab: &Lab) -> Result<BTreeSet<u32>, Failed> {
    browser.open(&lab.server.page("page.html"))?;
    mark(browser, "family")?;
    browser.click("#bar .run-go")?;
    browser.until(
        "document.querySelector('#bar .run-out').textContent.trim().split(' ').length === 4",
    )?;
    let text = browser.text("document.querySelector('#bar .run-out').textContent")?;
    pids(&json!({ "text": text }))
}

fn the_stop_button_ends_everything(browser: &Browser) -> Outcome {
    let lab = Lab::new(&[("family", &endless())], FOREVER)?;
    let family = press_endless(browser, &lab)?;
    browser.expect("document.querySelector('#bar .run-go').textContent.includes('멈춤')")?;
    browser.click("#bar .run-go")?;
    browser
        .until("document.querySelector('#bar .run-said').textContent.includes('멈추었습니다')")?;
    all_gone(&family)?;
    // 다시 돌릴 수 있습니다.
    browser.expect("document.querySelector('#bar .run-go').textContent.includes('실행')")?;
    all_gone(&{
        let again = press_endless(browser, &lab)?;
        browser.click("#bar .run-go")?;
        again
    })
}

fn a_closed_page_ends_its_run(browser: &Browser) -> Outcome {
    let lab = Lab::new(&[("family", &endless())], FOREVER)?;
    let family = press_endless(browser, &lab)?;
    browser.open("about:blank")?;
    all_gone(&family)
}

fn the_queue_is_visible(browser: &Browser) -> Outcome {
    let programs = [("family", &*endless()), ("short", "    say(\"짧음\\n\");")];
    let lab = Lab::new(&programs, FOREVER)?;
    let family = press_endless(browser, &lab)?;
    browser.run("document.querySelector('#bar').id = 'first';")?;
    mark(browser, "short")?;
    browser.click("#bar .run-go")?;
    browser.until("document.querySelector('#bar .run-said').textContent.includes('앞에 1개')")?;
    browser.click("#first .run-go")?;
    browser.until("document.querySelector('#bar').dataset.done === 'true'")?;
    all_gone(&family)
}

fn another_site_cannot_run(browser: &Browser) -> Outcome {
    let server = Server::start()?;
    let (target, token) = (server.origin(), &server.token);
    // 표까지 훔쳤다고 칩니다. 그래도 보낸 곳이 달라 막힙니다.
    let body = order("ch02_01_spawn_join", &[]).to_string();
    let evil = format!(
        "<!doctype html><title>남의 사이트</title><iframe src=\"{target}/index.html\"></iframe>
         <form id=\"f\" method=\"post\" action=\"{target}/_noriteo/runs\" enctype=\"text/plain\" target=\"t\">
         <input name='{{\"program\":\"ch02_01_spawn_join\",\"args\":[],\"parts\":[],\"figures\":[],\"x\":\"' value='\"}}'></form>
         <iframe name=\"t\"></iframe>
         <script>
           window.told = [];
           const tell = (name) => (answer) => told.push([name, answer.type ?? String(answer)]);
           const url = \"{target}/_noriteo/runs\";
           const body = {body:?};
           fetch(url, {{ method: 'POST', body, mode: 'no-cors' }}).then(tell('simple'), tell('simple'));
           fetch(url, {{ method: 'POST', body, headers: {{ 'content-type': 'application/json', 'x-noriteo-token': '{token}' }} }})
             .then(tell('preflight'), tell('preflight'));
           fetch(\"{target}/index.html\").then((a) => a.text()).then(tell('read'), tell('read'));
           document.getElementById('f').submit();
         </script>"
    );
    let site = Site::start(evil)?;
    browser.responses()?;
    browser.open(&format!("http://{}/", site.address))?;
    browser.until("window.told.length === 3")?;
    let told = browser.get("JSON.stringify(window.told)")?.to_string();
    // 미리 묻는 요청과 읽기는 브라우저가, 간단한 요청은 우리가 막습니다.
    for blocked in ["preflight", "read"] {
        if !told.contains(&format!("{blocked}\\\",\\\"TypeError")) {
            return Err(format!("{blocked}이(가) 막히지 않았습니다: {told}").into());
        }
    }
    let mut seen = Vec::new();
    until("두 번의 POST가 모두 거절됨", || {
        seen.extend(browser.responses().unwrap_or_default());
        let runs = seen
            .iter()
            .filter(|(url, _)| url.ends_with("/_noriteo/runs"));
        runs.filter(|(_, code)| *code == 403).count() >= 2
    })?;
    if let Some((url, code)) = seen
        .iter()
        .find(|(url, code)| url.contains("/_noriteo/") && *code != 403)
    {
        return Err(format!("받아들였습니다: {url} {code}").into());
    }
    // 남의 쪽 안에 책을 넣을 수 없습니다.
    let errors = browser.errors()?.join("\n");
    contains(&errors, "frame-ancestors")?;
    // 남의 이름을 127.0.0.1에 이어 붙여도(DNS rebinding) 쪽을 내주지 않습니다.
    let port = server.address.rsplit(':').next().unwrap_or_default();
    browser.open(&format!("http://rebound.invalid:{port}/index.html"))?;
    browser.expect("document.body.textContent.includes('127.0.0.1이나 localhost로만')")?;
    browser.expect("document.querySelector('meta[name=noriteo-run]') === null")?;
    if server.descendants().iter().any(|pid| {
        fs::read_to_string(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.contains("ch02_01"))
    }) {
        return Err("남의 사이트가 예제를 돌렸습니다".into());
    }
    Ok(())
}

/// 쪽 하나만 있는 남의 사이트입니다. 버리면 닫힙니다.
struct Site {
    address: String,
}

impl Site {
    fn start(page: String) -> Result<Site, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        // 검사가 끝나면 프로그램과 함께 사라집니다.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &page);
            }
        });
        Ok(Site { address })
    }
}

fn answer(mut stream: TcpStream, page: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut some = [0; 4096];
    let _ = stream.read(&mut some)?;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}

fn an_edited_text_reloads_the_page(browser: &Browser) -> Outcome {
    let lab = Lab::new(&[("short", "    say(\"짧음\\n\");")], &[])?;
    browser.open(&lab.server.page("page.html"))?;
    browser.run("window.old = true;")?;
    let page = lab.copy.path("book/text/page.md");
    fs::write(&page, "# 놀이터의 아이들\n\n고친 글입니다.\n")?;
    browser
        .until("document.body.textContent.includes('고친 글입니다') && window.old === undefined")?;
    // 묶을 수 없게 고치면 까닭을 알리고, 앞의 책은 그대로 있습니다.
    fs::write(&page, "# 놀이터의 아이들\n\n{{#include nowhere.md}}\n")?;
    browser.until("document.querySelector('.run-notice').textContent.includes('nowhere.md')")?;
    browser.expect("document.querySelector('main').textContent.includes('고친 글입니다')")?;
    fs::write(&page, "# 놀이터의 아이들\n\n다시 고쳤습니다.\n")?;
    browser.until("document.querySelector('main').textContent.includes('다시 고쳤습니다')")?;
    browser.expect("document.querySelector('.run-notice').hidden")
}

fn elsewhere_the_button_copies(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    browser.open(&book.page("ch02-thread.html"))?;
    mark(browser, "ch02_04_sum_two_threads")?;
    browser.expect("document.querySelectorAll('.run-go, .run-change').length === 0")?;
    browser.click("#bar .run-copy")?;
    browser.until("document.querySelector('#bar .run-said').textContent.endsWith('cargo run --example ch02_04_sum_two_threads')")?;
    // 앞에 다른 말이 붙은 명령도 그대로 베낍니다.
    browser.expect(
        "[...document.querySelectorAll('code.language-console')].filter((code) => /^\\$ .*cargo run --example/m.test(code.textContent)).length
           === document.querySelectorAll('.run-copy').length",
    )?;
    // 명령이 둘인 곳에서는 단추마다 제 명령이 눈에도, 화면을 읽어 주는 프로그램에도 따로 있습니다.
    browser.open(&book.page("exercises/ex12_predict.html"))?;
    browser.expect(
        "(() => {
           const named = [...document.querySelectorAll('.run')].map((bar) =>
             [bar.querySelector('.run-of')?.textContent ?? null, bar.getAttribute('aria-label')].join('|'));
           const [alone, ...two] = ['0', '7', '7 --answer'].map((rest) => 'cargo run --example ex12_predict -- --seed ' + rest);
           return named.slice(0, 3).join(';') === ['|' + alone + '의 단추', ...two.map((one) => one + '|' + one + '의 단추')].join(';');
         })()",
    )?;
    let away: Vec<String> = browser
        .requests()?
        .into_iter()
        .filter(|url| !url.starts_with("file:"))
        .collect();
    support::all_clear(away)
}

fn buttons_fit_a_phone(browser: &Browser) -> Outcome {
    let server = Server::start()?;
    browser.resize(PHONE)?;
    browser.open(&server.page("ch03-gil.html"))?;
    mark(browser, "ch03_01_locked_sum")?;
    browser.click("#bar .run-change")?;
    browser.until("document.querySelector('#bar input[name=size]')")?;
    browser.click("#bar .run-go")?;
    browser.until("document.querySelector('#bar').dataset.done === 'true'")?;
    // 쪽이 옆으로 밀리지 않고, 손가락으로 누를 만한 크기입니다(WCAG 2.2의 24 CSS 픽셀보다 큼).
    browser.expect("document.documentElement.scrollWidth <= innerWidth")?;
    browser.expect(
        "[...document.querySelectorAll('#bar button, #bar input[type=number], #bar label')].every((one) => one.getBoundingClientRect().height >= 24)",
    )
}

fn buttons_are_readable_in_every_theme(browser: &Browser) -> Outcome {
    let server = Server::start()?;
    for theme in browser::THEMES {
        browser.open(&server.page("ch03-gil.html"))?;
        browser.choose_theme(theme)?;
        mark(browser, "ch03_01_locked_sum")?;
        browser.click("#bar .run-change")?;
        browser.until("document.querySelector('#bar .run-submit')")?;
        // 글자와 바탕의 대비입니다. WCAG 2.2의 식이고, AA는 4.5 이상입니다.
        let low = browser.run(
            "const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
             const light = (colour) => {
               const [r, g, b] = parts(colour).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
               return 0.2126 * r + 0.7152 * g + 0.0722 * b;
             };
             const back = (one) => {
               const { backgroundColor } = getComputedStyle(one);
               return parts(backgroundColor)[3] === 0 ? back(one.parentElement) : backgroundColor;
             };
             return [...document.querySelectorAll('#bar button, #bar input[type=number]')].map((one) => {
               const [a, b] = [light(getComputedStyle(one).color), light(back(one))];
               return [one.className || one.name, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
             }).filter(([, contrast]) => contrast < 4.5);",
        )?;
        if low != json!([]) {
            return Err(format!("{theme}: 글자가 흐립니다: {low}").into());
        }
    }
    Ok(())
}
