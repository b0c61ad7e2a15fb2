//! 쪽이 시킨 달림들을 하나씩, 온 차례대로 돌립니다.
//!
//! 함께 돌리면 서로의 시간을 망치므로 한 번에 하나입니다. 기다리는 쪽에는 앞에 몇이 있는지 알립니다.
//! 시킨 쪽이 듣기를 그만두면(멈춤을 누르거나 쪽을 닫으면) 그 달림도 나무째 끝납니다.

use std::{
    collections::VecDeque,
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use noriteo::{cli::TRACE_ENV, measure::format_duration, trace::Trace};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::order::Order;
use crate::{
    data::Data,
    examples,
    parts::{self, Whose},
    stop, timeline,
    tree::{Ending, Tree},
};

/// 예제를 짓는 데, 선택지를 묻는 데, 표를 다시 재는 데 주는 가장 긴 시간입니다.
const OPTIONS_LIMIT: Duration = Duration::from_secs(10);
const BUILD_LIMIT: Duration = Duration::from_secs(600);
const MEASURE_LIMIT: Duration = Duration::from_secs(120);

/// 예제 하나가 쪽에 보낼 수 있는 글의 크기(바이트)입니다.
const MOST_OUTPUT: usize = 256 << 10;

/// 기다릴 수 있는 달림의 수입니다.
const MOST_WAITING: usize = 8;

/// 표를 다시 잴 때 방식마다 재는 횟수입니다.
const RUNS_AGAIN: &str = "3";

/// 쪽에 사건을 하나씩 보내는 곳입니다. 사건 하나가 JSON 한 줄입니다.
pub struct Events(pub UnboundedSender<Value>);

impl Events {
    fn say(&self, event: Value) {
        // 듣는 이가 떠났으면 `gone`이 알립니다.
        let _ = self.0.send(event);
    }

    fn gone(&self) -> bool {
        self.0.is_closed()
    }
}

/// 쪽이 시킨 달림들입니다.
pub struct Runs {
    root: PathBuf,
    line: Mutex<Line>,
    bell: Condvar,
    /// 표를 그릴 값입니다. 다시 잰 것을 얹습니다.
    data: Mutex<Data>,
    /// 예제 하나가 달릴 수 있는 가장 긴 시간입니다.
    limit: Duration,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<(Order, Events)>,
    running: bool,
    /// 미리 짓는 중입니다. 시킨 것이 아니므로 앞에 선 수에 넣지 않습니다.
    building: bool,
    closing: bool,
}

impl Runs {
    /// 달림을 돌리는 스레드를 띄웁니다. `data`는 책을 묶은 값입니다.
    pub fn start(root: &Path, data: Data, limit: Duration) -> Arc<Runs> {
        let runs = Arc::new(Runs {
            root: root.to_owned(),
            line: Mutex::default(),
            bell: Condvar::new(),
            data: Mutex::new(data),
            limit,
        });
        let worker = Arc::clone(&runs);
        thread::spawn(move || worker.work());
        runs
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// 줄을 세웁니다. 줄이 너무 길면 까닭을 알립니다.
    pub fn add(&self, order: Order, events: Events) -> Result<(), String> {
        let mut line = self.line();
        // 떠난 이는 줄에서 뺍니다.
        line.waiting.retain(|(_, events)| !events.gone());
        if line.closing {
            return Err("책을 닫는 중입니다.".to_owned());
        }
        if line.waiting.len() >= MOST_WAITING {
            return Err(format!(
                "기다리는 프로그램이 벌써 {MOST_WAITING}개입니다. 조금 뒤에 다시 눌러 주세요."
            ));
        }
        line.waiting.push_back((order, events));
        tell_places(&line);
        self.bell.notify_all();
        Ok(())
    }

    /// 도는 것을 끝내고 거둘 때까지 기다립니다. 새로 받지 않습니다.
    pub fn close(&self) {
        let mut line = self.line();
        line.closing = true;
        line.waiting.clear();
        self.bell.notify_all();
        let limit = Duration::from_secs(5);
        // 시간이 다 되어도 지킴이가 남은 것을 거둡니다.
        drop(
            self.bell
                .wait_timeout_while(line, limit, |line| line.running || line.building),
        );
    }

    fn closing(&self) -> bool {
        self.line().closing || stop::check().is_err()
    }

    fn work(&self) {
        self.build_ahead();
        loop {
            let (order, events) = {
                let mut line = self.line();
                loop {
                    if line.closing {
                        return;
                    }
                    if let Some(next) = line.waiting.pop_front() {
                        line.running = true;
                        tell_places(&line);
                        break next;
                    }
                    line = self.bell.wait(line).unwrap_or_else(PoisonError::into_inner);
                }
            };
            if !events.gone() {
                let done = self.run(&order, &events);
                events.say(match done {
                    Ok(()) => json!({ "kind": "done" }),
                    Err(why) => json!({ "kind": "failed", "text": why }),
                });
            }
            self.line().running = false;
            self.bell.notify_all();
        }
    }

    /// 독자가 읽는 동안 예제를 미리 짓습니다. 누가 달림을 시키면 그만둡니다. 지은 것까지는 남습니다.
    fn build_ahead(&self) {
        self.line().building = true;
        let command = examples::building(&self.root, &[]);
        if let Ok(mut tree) = Tree::start(&command) {
            let ears = [tree.stdout.take().map(drain), tree.stderr.take().map(drain)];
            let wanted = || self.closing() || !self.line().waiting.is_empty();
            tree.wait(Instant::now() + BUILD_LIMIT, &wanted);
            drop(tree);
            for ear in ears.into_iter().flatten() {
                let _ = ear.join();
            }
        }
        self.line().building = false;
        self.bell.notify_all();
    }

    fn run(&self, order: &Order, events: &Events) -> Result<(), String> {
        let stopped = || events.gone() || self.closing();
        events.say(json!({ "kind": "building" }));
        let program = program(&self.root, &order.program, &stopped)?;
        let options = options(&self.root, &program, &stopped)?;
        order.check(&options)?;

        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let _listed = stop::list(folder.path());
        let mut command = Command::new(&program);
        quiet(command.args(&order.args).current_dir(&self.root));
        let trace = folder.path().join("trace.json");
        if !order.figures.is_empty() && !order.is_help() {
            command.env(TRACE_ENV, &trace);
        }
        events.say(json!({ "kind": "running", "command": order.command() }));
        let start = Instant::now();
        let (ending, too_long) = hear(&command, start + self.limit, &stopped, events)?;
        let took = format_duration(start.elapsed());
        let ok = ending == Ending::Exited(0);
        events.say(json!({
            "kind": "ended",
            "ok": ok,
            "text": format!("{} ({took})", told(&ending, too_long)),
        }));
        if !ok || order.is_help() {
            return Ok(());
        }
        if let Ok(trace) = Trace::read(&trace) {
            let origin = parts::told(&trace.machine, &trace.date, Whose::Here);
            for figure in &order.figures {
                events.say(json!({
                    "kind": "figure",
                    "id": figure.id(),
                    "html": timeline::figure(figure, &trace, &origin),
                }));
            }
        }
        for part in &order.parts {
            self.measure_again(part, order, folder.path(), events, &stopped)?;
        }
        Ok(())
    }

    /// 그 절의 표를 이 컴퓨터에서 다시 재어 그립니다.
    fn measure_again(
        &self,
        part: &'static str,
        order: &Order,
        folder: &Path,
        events: &Events,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), String> {
        events.say(json!({ "kind": "measuring", "part": part }));
        let out = folder.join(format!("{part}.json"));
        let me = env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(me);
        command
            .args(["measure", "--only", part, "--runs", RUNS_AGAIN, "--book"])
            .arg(&self.root)
            .arg("--out")
            .arg(&out);
        for name in ["size", "workers"] {
            if let Some(value) = order.measured_value(part, name) {
                command.args([format!("--{name}"), value.to_string()]);
            }
        }
        let (ending, _, said) = output(&command, MEASURE_LIMIT, stopped)
            .map_err(|error| format!("표를 다시 재지 못했습니다({error})."))?;
        if ending != Ending::Exited(0) {
            let said = String::from_utf8_lossy(&said);
            let last = said.trim().lines().last().unwrap_or_default();
            return Err(format!(
                "표를 다시 재지 못했습니다: {} {last}",
                told(&ending, false)
            ));
        }
        let newer = Data::read(&out).map_err(|fault| fault.to_string())?;
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        data.merge(newer);
        let drawn = parts::parts(&data, Whose::Here)
            .into_iter()
            .find(|one| one.file.strip_suffix(".md") == Some(part));
        if let Some(drawn) = drawn {
            events.say(json!({ "kind": "part", "part": part, "html": html(&drawn.text) }));
        }
        Ok(())
    }
}

/// 기다리는 이마다 앞에 몇이 있는지 알립니다.
fn tell_places(line: &Line) {
    for (at, (_, events)) in line.waiting.iter().enumerate() {
        let ahead = at + usize::from(line.running);
        events.say(json!({ "kind": "queued", "ahead": ahead }));
    }
}

/// 예제를 짓고 실행 파일을 돌려줍니다.
pub fn program(root: &Path, name: &str, stopped: &dyn Fn() -> bool) -> Result<PathBuf, String> {
    let command = examples::building(root, &[name]);
    let (ending, stdout, stderr) = output(&command, BUILD_LIMIT, stopped)
        .map_err(|error| format!("cargo를 부르지 못했습니다({error})."))?;
    let built = examples::built(&stdout).remove(name);
    match (ending, built) {
        (Ending::Exited(0), Some(program)) => Ok(program),
        (Ending::Stopped, _) => Err("멈추었습니다.".to_owned()),
        (ending, _) => {
            let said: String = String::from_utf8_lossy(&stderr)
                .chars()
                .take(20_000)
                .collect();
            Err(format!(
                "{name}을(를) 짓지 못했습니다: {}\n{said}",
                told(&ending, false)
            ))
        }
    }
}

/// 예제가 스스로 알리는 선택지입니다.
///
/// 연습의 출발 파일은 학생의 것이라 명령줄이 없을 수 있습니다. 그런 것은 묻지 않습니다. 묻는 것도 돌리는 것이기 때문입니다.
pub fn options(root: &Path, program: &Path, stopped: &dyn Fn() -> bool) -> Result<Value, String> {
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let source = root.join("examples").join(format!("{name}.rs"));
    let asks = |text: String| text.contains("Cli::new(");
    if name.starts_with("ex") && fs::read_to_string(source).is_ok_and(|text| !asks(text)) {
        return Ok(json!({ "name": name, "title": "", "numbers": [], "flags": [] }));
    }
    let mut command = Command::new(program);
    quiet(command.arg("--help=json").current_dir(root));
    let (ending, stdout, _) =
        output(&command, OPTIONS_LIMIT, stopped).map_err(|e| e.to_string())?;
    if ending != Ending::Exited(0) {
        return Err(format!("선택지를 알 수 없습니다: {}", told(&ending, false)));
    }
    serde_json::from_slice(&stdout).map_err(|error| format!("선택지를 알 수 없습니다({error})."))
}

/// 이 서버를 켠 곳의 환경이 예제의 크기와 오류의 모양을 바꾸지 않게 합니다.
fn quiet(command: &mut Command) {
    for name in [
        "NORITEO_SIZE",
        TRACE_ENV,
        "RUST_BACKTRACE",
        "RUST_LIB_BACKTRACE",
    ] {
        command.env_remove(name);
    }
}

fn output(
    command: &Command,
    limit: Duration,
    stopped: &dyn Fn() -> bool,
) -> std::io::Result<(Ending, Vec<u8>, Vec<u8>)> {
    let mut tree = Tree::start(command)?;
    let (out, err) = (
        tree.stdout.take().map(gather),
        tree.stderr.take().map(gather),
    );
    let ending = tree.wait(Instant::now() + limit, stopped);
    drop(tree);
    let heard = |ear: Option<thread::JoinHandle<Vec<u8>>>| {
        ear.and_then(|ear| ear.join().ok()).unwrap_or_default()
    };
    Ok((ending, heard(out), heard(err)))
}

/// 명령을 돌리며 나오는 글을 오는 대로 쪽에 보냅니다. 너무 많이 내면 끝냅니다.
fn hear(
    command: &Command,
    deadline: Instant,
    stopped: &dyn Fn() -> bool,
    events: &Events,
) -> Result<(Ending, bool), String> {
    let mut tree = Tree::start(command).map_err(|error| error.to_string())?;
    let sent = Arc::new(AtomicUsize::new(0));
    let ears = [
        tree.stdout
            .take()
            .map(|from| listen(from, "stdout", events, &sent)),
        tree.stderr
            .take()
            .map(|from| listen(from, "stderr", events, &sent)),
    ];
    let too_long = || sent.load(Ordering::Relaxed) > MOST_OUTPUT;
    let ending = tree.wait(deadline, &|| stopped() || too_long());
    drop(tree);
    for ear in ears.into_iter().flatten() {
        let _ = ear.join();
    }
    Ok((ending, too_long()))
}

fn listen(
    mut from: impl Read + Send + 'static,
    stream: &'static str,
    events: &Events,
    sent: &Arc<AtomicUsize>,
) -> thread::JoinHandle<()> {
    let (events, sent) = (events.0.clone(), Arc::clone(sent));
    thread::spawn(move || {
        let (mut some, mut left) = ([0; 8192], Vec::new());
        while let Ok(count @ 1..) = from.read(&mut some) {
            left.extend_from_slice(&some[..count]);
            let text = whole_text(&mut left);
            // 넘친 뒤의 것은 읽어 버립니다. 관이 차서 프로그램이 멈추는 일은 없습니다.
            if !text.is_empty() && sent.fetch_add(text.len(), Ordering::Relaxed) <= MOST_OUTPUT {
                let _ = events.send(json!({ "kind": "output", "stream": stream, "text": text }));
            }
        }
        if !left.is_empty() {
            let text = String::from_utf8_lossy(&left);
            let _ = events.send(json!({ "kind": "output", "stream": stream, "text": text }));
        }
    })
}

/// 온전한 글자까지만 꺼냅니다. 한글 한 글자가 두 번에 나뉘어 올 수 있습니다.
fn whole_text(bytes: &mut Vec<u8>) -> String {
    let end = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    };
    let rest = bytes.split_off(end);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

fn gather(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut std::io::sink());
    })
}

fn told(ending: &Ending, too_long: bool) -> String {
    match ending {
        _ if too_long => format!("글이 {} KiB를 넘어 끝냈습니다", MOST_OUTPUT >> 10),
        Ending::Exited(0) => "잘 끝났습니다".to_owned(),
        Ending::Exited(code) => format!("종료 코드 {code}로 끝났습니다"),
        Ending::Signaled(name) => format!("{name}로 끝났습니다"),
        Ending::Stopped => "멈추었습니다".to_owned(),
        Ending::TimedOut => "시간이 너무 오래 걸려 끝냈습니다".to_owned(),
        Ending::Lost => "어떻게 끝났는지 알 수 없습니다".to_owned(),
    }
}

/// 조각을 mdBook이 만드는 것과 같은 꼴의 HTML로 바꿉니다.
fn html(markdown: &str) -> String {
    let options = pulldown_cmark::Options::ENABLE_TABLES;
    let mut html = String::new();
    pulldown_cmark::html::push_html(
        &mut html,
        pulldown_cmark::Parser::new_ext(markdown, options),
    );
    let html = crate::site::join(&html);
    html.replace("<table>", "<div class=\"table-wrapper\"><table>")
        .replace("</table>", "</table></div>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_starter_without_options_is_not_run_to_ask() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("examples")).unwrap();
        let ask = |name: &str, text: &str| {
            fs::write(root.path().join(format!("examples/{name}.rs")), text).unwrap();
            // 이런 프로그램은 없습니다. 돌리려 하면 오류입니다.
            options(root.path(), &root.path().join(name), &|| false)
        };
        let told = ask("ex00_starter", "fn main() { todo!() }").unwrap();
        assert_eq!(told["numbers"], json!([]));
        assert!(
            ask(
                "ex00_starter",
                "fn main() { Cli::new(\"ex00_starter\", \"\"); }"
            )
            .is_err()
        );
        assert!(ask("ch00_program", "fn main() {}").is_err());
    }

    #[test]
    fn a_letter_is_never_cut() {
        let text = "가나다 abc".as_bytes();
        for cut in 0..=text.len() {
            let mut left = text[..cut].to_vec();
            let first = whole_text(&mut left);
            left.extend_from_slice(&text[cut..]);
            assert_eq!(first + &whole_text(&mut left), "가나다 abc");
            assert!(left.is_empty());
        }
        // 글이 아닌 바이트에 막혀 쌓이지 않습니다.
        let mut odd = vec![b'a', 0xff, b'b', 0xea];
        assert_eq!(whole_text(&mut odd), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn tables_keep_their_wrapper() {
        let drawn = html("<div class=\"measured\">\n\n| 가 |\n|--|\n| 1 |\n\n</div>\n");
        assert!(
            drawn.contains("<div class=\"table-wrapper\"><table>"),
            "{drawn}"
        );
        assert!(drawn.contains("<td>1</td>"), "{drawn}");
    }
}
