//! 본문이 보이는 출력은 모두 프로그램을 돌려 받은 것입니다. 여기에서 다시 돌려 견줍니다.
//!
//! 출력의 목록은 장마다 `tests/outputs/chNN.json` 에, 가리는 것의 목록은 `tests/outputs/masks.json` 에
//! 있습니다. 견줄 때에는 두 글에서 본디 달라지는 것(번호, 주소, 시간 …)만 가립니다.
//! 그 밖의 글자가 하나라도 다르면 실패합니다.
//!
//! 다시 받기: `NORITEO_BLESS=1 cargo test -p noriteo-tests --test outputs` (하나만: `-- 이름`)

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};
use regex::Regex;
use serde_json::{Value, json};

use support::{MaybeLeftOut, Outcome};

/// 출력 하나입니다. `tests/outputs/chNN.json` 의 `outputs` 에 적힌 그대로입니다.
#[derive(Clone)]
struct Entry {
    /// 파일 이름입니다(`tests/outputs/이름.txt`).
    name: String,
    /// 목록 파일의 이름입니다(`ch02`).
    chapter: String,
    program: Program,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    exit: Exit,
    streams: Streams,
    /// `streams` 가 `stdout` 인데 표준 오류에도 나오는 것이 있으면, 보이지 않는 까닭입니다.
    stderr_ignored: Option<String>,
    rules: Rules,
    limit: Duration,
}

#[derive(Clone)]
enum Program {
    Example(String),
    Python(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Exit {
    Code(i32),
    Signal(String),
}

#[derive(Clone, Copy, PartialEq)]
enum Streams {
    Stdout,
    Stderr,
    Both,
}

/// 두 출력이 같은지 정하는 규칙입니다.
#[derive(Clone)]
struct Rules {
    masks: Vec<Mask>,
    /// 어느 것이 나와도 되는 글들의 모임입니다.
    one_of: Vec<Vec<String>>,
    lines: Lines,
    /// 줄의 주인을 뽑는 정규식입니다. 주인이 없는 줄은 자리를 지켜야 합니다.
    worker: Option<Regex>,
    /// 가린 뒤에 같아진 줄이 잇달아 나오면 하나로 봅니다.
    repeat: bool,
    /// 글자의 셋 가운데 둘이 넘게 가려져도 되는 까닭입니다.
    mostly_hidden: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Lines {
    /// 줄의 차례까지 같아야 합니다.
    Ordered,
    /// 차례는 달라도 되지만 같은 줄이 같은 수만큼 있어야 합니다.
    Unordered,
    /// 일꾼마다의 차례는 지켜지고, 일꾼끼리는 어떻게 섞여도 됩니다.
    Interleaving,
}

#[derive(Clone)]
struct Mask {
    name: String,
    regex: Regex,
}

fn main() -> ExitCode {
    let mut trials = vec![
        Trial::test(
            "mask_hides_only_what_it_names",
            mask_hides_only_what_it_names,
        ),
        Trial::test("racy_lines_keep_their_rules", racy_lines_keep_their_rules),
    ];
    if cfg!(unix) {
        trials.extend(support::tests![
            tests_run_on_one_thread,
            a_program_that_does_not_end_is_ended,
        ]);
    }
    match entries() {
        Err(failed) => trials.push(Trial::test("list", move || Err(failed))),
        Ok(entries) => {
            let all = entries.clone();
            trials.push(Trial::test("list", move || list_is_sound(&all)));
            let all = entries.clone();
            trials.push(Trial::test("every_other_character_counts", move || {
                every_other_character_counts(&all)
            }));
            let all = entries.clone();
            trials.push(Trial::test("shown_in_the_book", move || {
                shown_in_the_book(&all)
            }));
            for entry in entries {
                let name = entry.name.clone();
                trials.push(Trial::ignorable_test(name, move || check(&entry)).with_kind("output"));
            }
        }
    }
    trials.push(Trial::test(
        "command_line_of_examples",
        command_line_of_examples,
    ));
    support::run_mimic(trials)
}

/// 검사가 도는 동안 스레드는 본 스레드 하나입니다. 그래서 검사가 `fork` 를 불러도 됩니다.
fn tests_run_on_one_thread() -> Outcome {
    let threads = noriteo::thread::count()?;
    if threads == 1 && noriteo::process::fork(|| 6 * 7)?.join()? == 42 {
        return Ok(());
    }
    Err(format!("스레드가 {threads}개입니다").into())
}

/// 산 프로세스면 참입니다. 끝났지만 거두어지지 않은 것(Z)은 산 것이 아닙니다.
fn alive(id: i32) -> bool {
    if cfg!(target_os = "linux") {
        return fs::read_to_string(format!("/proc/{id}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "));
    }
    let asked = Command::new("kill").args(["-0", &id.to_string()]).output();
    asked.is_ok_and(|output| output.status.success())
}

/// 끝나지 않는 프로그램과, 자식을 두고 끝난 프로그램을 알아채고 무리째 끝냅니다.
fn a_program_that_does_not_end_is_ended() -> Outcome {
    let folder = tempfile::tempdir()?;
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder.path());
        command
    };
    // 자식은 제 번호를 적고 오래 잡니다. 끝났는지는 그 번호로 묻습니다.
    let child = "sleep 600 & echo $! > child";
    let outlives = || -> Result<bool, Failed> {
        let id = support::read(&folder.path().join("child"))?
            .trim()
            .parse()?;
        // 신호를 받은 프로세스가 사라지기까지는 잠깐이 걸립니다.
        let deadline = Instant::now() + Duration::from_secs(10);
        while alive(id) {
            if Instant::now() > deadline {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(false)
    };
    let hung = shell(&format!("{child}; wait"));
    if support::run(hung, Duration::from_millis(500)).is_ok() || outlives()? {
        return Err("끝나지 않는 프로그램을 끝내지 못했습니다".into());
    }
    let left = support::run(shell(child), Duration::from_secs(20))?;
    if !left.left_behind || outlives()? {
        return Err("두고 간 자식을 알아채지 못했습니다".into());
    }
    let tidy = support::run(shell("true"), Duration::from_secs(20))?;
    if tidy.left_behind || !tidy.status.success() {
        return Err("아무도 두고 가지 않은 프로그램을 의심했습니다".into());
    }
    Ok(())
}

// ---------------------------------------------------------------- 목록

fn folder() -> PathBuf {
    support::root().join("tests/outputs")
}

fn blessing() -> bool {
    std::env::var_os("NORITEO_BLESS").is_some_and(|value| value == "1")
}

fn parse_json(path: &std::path::Path) -> Result<Value, Failed> {
    serde_json::from_str(&support::read(path)?).map_err(|error| {
        format!("{} 이(가) 올바른 JSON 이 아닙니다: {error}", path.display()).into()
    })
}

fn read_masks(list: &Value, place: &str) -> Result<Vec<Mask>, Failed> {
    let mut masks = Vec::new();
    for mask in list.as_array().map(Vec::as_slice).unwrap_or_default() {
        let text = |key: &str| {
            mask[key]
                .as_str()
                .filter(|text| !text.is_empty())
                .ok_or_else(|| format!("{place}: 가리는 것에 `{key}` 가 없습니다: {mask}"))
        };
        text("why")?;
        let name = text("name")?.to_owned();
        let regex = Regex::new(text("regex")?)
            .map_err(|error| format!("{place}: {name} 의 정규식이 잘못되었습니다: {error}"))?;
        masks.push(Mask { name, regex });
    }
    Ok(masks)
}

fn entries() -> Result<Vec<Entry>, Failed> {
    let common = read_masks(&parse_json(&folder().join("masks.json"))?, "masks.json")?;
    let mut entries = Vec::new();
    for path in support::files(&folder(), "json")? {
        let chapter = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if matches!(chapter.as_str(), "masks" | "captured") {
            continue;
        }
        let list = parse_json(&path)?;
        // 장의 것이 먼저입니다. 같은 이름이면 장의 것을 씁니다.
        let mut masks = read_masks(&list["masks"], &chapter)?;
        masks.extend(common.iter().cloned());
        let outputs = list["outputs"]
            .as_array()
            .ok_or_else(|| format!("{chapter}.json 에 `outputs` 목록이 없습니다"))?;
        for value in outputs {
            entries
                .push(read_entry(value, &chapter, &masks).map_err(|error| {
                    format!("tests/outputs/{chapter}.json: {error}\n  {value}")
                })?);
        }
    }
    Ok(entries)
}

const KEYS: &[&str] = &[
    "name",
    "example",
    "python",
    "args",
    "env",
    "exit",
    "streams",
    "stderr_ignored",
    "masks",
    "one_of",
    "lines",
    "worker",
    "repeat",
    "mostly_hidden",
    "limit",
];

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn read_entry(value: &Value, chapter: &str, masks: &[Mask]) -> Result<Entry, String> {
    let object = value.as_object().ok_or("출력 하나는 { … } 이어야 합니다")?;
    if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!(
            "모르는 이름 `{key}` 입니다. 쓸 수 있는 것: {}",
            KEYS.join(", ")
        ));
    }
    let name = value["name"]
        .as_str()
        .ok_or("`name` 이 없습니다")?
        .to_owned();
    let program = match (value["example"].as_str(), value["python"].as_str()) {
        (Some(example), None) => Program::Example(example.to_owned()),
        (None, Some(script)) => Program::Python(script.to_owned()),
        (None, None) => Program::Example(name.split('.').next().unwrap_or_default().to_owned()),
        _ => return Err("`example` 과 `python` 가운데 하나만 적으세요".to_owned()),
    };
    let mut chosen = Vec::new();
    for wanted in strings(&value["masks"]) {
        let mask = masks
            .iter()
            .find(|mask| mask.name == wanted)
            .ok_or_else(|| {
                let known = masks.iter().map(|m| m.name.as_str()).collect::<Vec<_>>();
                format!(
                    "`{wanted}` 라는 가리는 것이 없습니다. 있는 것: {}",
                    known.join(", ")
                )
            })?;
        chosen.push(mask.clone());
    }
    Ok(Entry {
        chapter: chapter.to_owned(),
        program,
        args: strings(&value["args"]),
        env: value["env"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
        exit: match &value["exit"] {
            Value::Null => Exit::Code(0),
            Value::String(signal) => Exit::Signal(signal.clone()),
            code => Exit::Code(
                code.as_i64()
                    .and_then(|code| i32::try_from(code).ok())
                    .ok_or("`exit` 는 종료 코드(수)나 신호 이름(\"SIGSEGV\")입니다")?,
            ),
        },
        streams: match value["streams"].as_str() {
            None | Some("stdout") => Streams::Stdout,
            Some("stderr") => Streams::Stderr,
            Some("both") => Streams::Both,
            Some(_) => return Err("`streams` 는 stdout, stderr, both 가운데 하나입니다".to_owned()),
        },
        stderr_ignored: value["stderr_ignored"].as_str().map(str::to_owned),
        rules: Rules {
            masks: chosen,
            one_of: value["one_of"]
                .as_array()
                .map(|groups| groups.iter().map(strings).collect())
                .unwrap_or_default(),
            lines: match value["lines"].as_str() {
                None | Some("ordered") => Lines::Ordered,
                Some("unordered") => Lines::Unordered,
                Some("interleaving") => Lines::Interleaving,
                Some(_) => {
                    return Err(
                        "`lines` 는 ordered, unordered, interleaving 가운데 하나입니다".into(),
                    );
                }
            },
            worker: value["worker"]
                .as_str()
                .map(Regex::new)
                .transpose()
                .map_err(|error| format!("`worker` 의 정규식이 잘못되었습니다: {error}"))?,
            repeat: value["repeat"].as_bool().unwrap_or(false),
            mostly_hidden: value["mostly_hidden"].as_str().map(str::to_owned),
        },
        limit: value["limit"]
            .as_u64()
            .map_or(support::LIMIT, Duration::from_secs),
        name,
    })
}

/// 이름이 겹치지 않고, 파일마다 목록에 있고, 목록마다 파일이 있습니다.
fn list_is_sound(entries: &[Entry]) -> Outcome {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for entry in entries {
        if !names.insert(entry.name.clone()) {
            problems.push(format!("{}: 이름이 겹칩니다", entry.name));
        }
        if entry.rules.lines == Lines::Interleaving && entry.rules.worker.is_none() {
            problems.push(format!(
                "{}: interleaving 에는 줄의 주인을 뽑는 `worker` 정규식이 있어야 합니다",
                entry.name
            ));
        }
        if entry.rules.one_of.iter().any(|group| group.len() < 2) {
            problems.push(format!(
                "{}: `one_of` 의 모임에는 글이 둘 이상 있어야 합니다",
                entry.name
            ));
        }
        if !blessing() && !entry.file().is_file() {
            problems.push(format!(
                "{}: 아직 받지 않았습니다. {}",
                entry.name,
                entry.bless()
            ));
        }
    }
    for path in support::files(&folder(), "txt")? {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !names.contains(&stem) {
            problems.push(format!(
                "{stem}.txt: 목록(tests/outputs/chNN.json)에 없는 파일입니다"
            ));
        }
    }
    support::all_clear(problems)
}

impl Entry {
    fn file(&self) -> PathBuf {
        folder().join(format!("{}.txt", self.name))
    }

    fn bless(&self) -> String {
        format!(
            "받으려면: NORITEO_BLESS=1 cargo test -p noriteo-tests --test outputs -- {}",
            self.name
        )
    }

    /// 본문의 ```console 블록에 있어야 하는 명령입니다.
    fn shown_command(&self) -> Result<String, Failed> {
        let mut words = self
            .env
            .iter()
            .map(|(key, value)| format!("{key}={value} "))
            .collect::<String>();
        match &self.program {
            Program::Example(name) => {
                words += "cargo run ";
                for feature in support::features(name)? {
                    words += &format!("--features {feature} ");
                }
                words += &format!("--example {name}");
            }
            Program::Python(script) => words += &format!("python3 {script}"),
        }
        if !self.args.is_empty() {
            if matches!(self.program, Program::Example(_)) {
                words += " --";
            }
            words += " ";
            words += &self.args.join(" ");
        }
        Ok(words)
    }
}

// ---------------------------------------------------------------- 돌리고 견주기

fn check(entry: &Entry) -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return Ok(Completion::ignored_with(
            "거름: 출력은 유닉스에서 받은 것입니다",
        ));
    }
    let mut command = match &entry.program {
        Program::Example(name) => support::example(name)?,
        Program::Python(script) => {
            let Some(python) = support::python() else {
                return support::left_out("python3 이(가) 없거나 돌지 않습니다");
            };
            let mut command = Command::new(python.command);
            command
                .arg(script)
                .env_remove("NORITEO_SIZE")
                .env("PYTHONUNBUFFERED", "1")
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .current_dir(support::root());
            command
        }
    };
    command.args(&entry.args).envs(&entry.env);
    let output = if entry.streams == Streams::Both {
        support::run_merged(command, entry.limit)?
    } else {
        support::run(command, entry.limit)?
    };
    let told = format!(
        "--- 표준 출력\n{}--- 표준 오류\n{}",
        output.stdout, output.stderr
    );
    let exit = exit_of(output.status);
    if exit != entry.exit {
        return Err(format!(
            "끝난 모양이 {:?} 이어야 하는데 {exit:?} 입니다\n{told}",
            entry.exit
        )
        .into());
    }
    // 파이썬이 스스로 띄우는 도우미(forkserver, resource tracker)는 프로그램이 끝난 뒤에 끝납니다.
    if output.left_behind && matches!(entry.program, Program::Example(_)) {
        return Err(format!("프로그램이 끝난 뒤에도 자식 프로세스가 남아 있습니다\n{told}").into());
    }
    if entry.streams == Streams::Stdout
        && !output.stderr.is_empty()
        && entry.stderr_ignored.is_none()
    {
        return Err(format!(
            "표준 오류에도 나온 것이 있습니다. `streams` 를 both 로 하거나 `stderr_ignored` 에 까닭을 적으세요\n{told}"
        )
        .into());
    }
    let fresh = match entry.streams {
        Streams::Stderr => output.stderr,
        _ => output.stdout,
    };
    if let Some(home) = leaks(&fresh) {
        return Err(
            format!("출력에 이 컴퓨터의 폴더 이름({home})이 들어 있습니다\n{fresh}").into(),
        );
    }
    if blessing() {
        fs::write(entry.file(), &fresh)?;
        record(entry)?;
        return Ok(Completion::Completed);
    }
    let stored = support::read(&entry.file())
        .map_err(|_| Failed::from(format!("아직 받지 않은 출력입니다. {}", entry.bless())))?;
    let difference = entry.rules.difference(&stored, &fresh);
    match difference {
        None => Ok(Completion::Completed),
        Some(difference) => Err(format!(
            "책에 실린 출력(tests/outputs/{}.txt)과 다시 돌린 출력이 다릅니다.\n{difference}\n\
             프로그램이 바뀐 것이면 {}\n본디 달라지는 것이면 masks, one_of, lines 를 보세요(tests/outputs/masks.json).",
            entry.name,
            entry.bless()
        )
        .into()),
    }
}

fn leaks(text: &str) -> Option<String> {
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    let root = support::root().to_string_lossy().into_owned();
    [Some(root), home]
        .into_iter()
        .flatten()
        .find(|folder| text.contains(folder.as_str()))
}

fn exit_of(status: std::process::ExitStatus) -> Exit {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            let name = nix::sys::signal::Signal::try_from(signal)
                .map_or_else(|_| signal.to_string(), |signal| signal.as_str().to_owned());
            return Exit::Signal(name);
        }
    }
    Exit::Code(status.code().unwrap_or(-1))
}

impl Rules {
    /// 두 글이 같지 않으면 어디가 다른지 말합니다.
    fn difference(&self, stored: &str, fresh: &str) -> Option<String> {
        let (a, b) = (self.normal(stored), self.normal(fresh));
        if a == b {
            return None;
        }
        let at = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
        let line = |lines: &[String]| {
            lines
                .get(at)
                .map_or_else(|| "(여기에서 끝남)".to_owned(), |line| format!("{line:?}"))
        };
        Some(format!(
            "가린 뒤 {}번째 줄이 다릅니다.\n  책:   {}\n  지금: {}\n--- 지금의 출력\n{fresh}---",
            at + 1,
            line(&a),
            line(&b)
        ))
    }

    /// 가리고, 규칙이 허락하는 차례를 하나로 고른 줄들입니다. 마지막 줄바꿈도 한 줄로 셉니다.
    fn normal(&self, text: &str) -> Vec<String> {
        let mut text = text.to_owned();
        for mask in &self.masks {
            text = mask.apply(&text);
        }
        for (number, group) in self.one_of.iter().enumerate() {
            // 긴 것부터 바꿔야 짧은 것이 긴 것의 앞부분일 때에도 옳습니다.
            let mut group = group.clone();
            group.sort_by_key(|outcome| std::cmp::Reverse(outcome.len()));
            for outcome in &group {
                text = text.replace(outcome.as_str(), &format!("‹하나:{number}›"));
            }
        }
        let mut lines = text.split('\n').map(str::to_owned).collect::<Vec<_>>();
        if self.repeat {
            lines.dedup();
        }
        if self.lines == Lines::Ordered {
            return lines;
        }
        let owner = |line: &str| -> Option<String> {
            let Some(regex) = &self.worker else {
                return Some(String::new());
            };
            let found = regex.captures(line)?;
            let part = found.get(1).or_else(|| found.get(0))?;
            Some(part.as_str().to_owned())
        };
        // 주인이 있는 줄이 잇달은 덩어리 안에서만 차례를 고릅니다. 주인 없는 줄은 제자리에 있어야 합니다.
        let mut normal = Vec::new();
        let mut block: Vec<(String, String)> = Vec::new();
        let flush = |block: &mut Vec<(String, String)>, normal: &mut Vec<String>| {
            match self.lines {
                Lines::Unordered => block.sort_by(|a, b| a.1.cmp(&b.1)),
                // 안정 정렬이므로 같은 주인의 줄은 차례를 지킵니다.
                _ => block.sort_by(|a, b| a.0.cmp(&b.0)),
            }
            normal.extend(block.drain(..).map(|(_, line)| line));
        };
        for line in lines {
            match owner(&line) {
                Some(owner) => block.push((owner, line)),
                None => {
                    flush(&mut block, &mut normal);
                    normal.push(line);
                }
            }
        }
        flush(&mut block, &mut normal);
        normal
    }
}

impl Mask {
    /// 가릴 자리입니다. 괄호로 묶은 것이 있으면 그것만, 없으면 맞은 글 모두입니다.
    fn spans(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        self.regex
            .captures_iter(text)
            .flat_map(|found| {
                let groups = found
                    .iter()
                    .skip(1)
                    .flatten()
                    .map(|g| g.range())
                    .collect::<Vec<_>>();
                if groups.is_empty() {
                    found.get(0).map(|all| all.range()).into_iter().collect()
                } else {
                    groups
                }
            })
            .filter(|range| !range.is_empty())
            .collect()
    }

    fn apply(&self, text: &str) -> String {
        let mut masked = String::new();
        let mut at = 0;
        for range in self.spans(text) {
            masked += &text[at..range.start];
            masked += &format!("‹{}›", self.name);
            at = range.end;
        }
        masked + &text[at..]
    }
}

// ---------------------------------------------------------------- 언제 어디서 받았는지

/// 이 출력을 받은 컴퓨터와 날을 적고, 책에 실을 글을 다시 만듭니다.
fn record(entry: &Entry) -> Outcome {
    // 여러 사람이 한꺼번에 받아도 서로 덮어쓰지 않게 합니다.
    let lock = File::create(support::root().join("target/outputs.lock"))?;
    lock.lock()?;
    let path = folder().join("captured.json");
    let mut captured = if path.is_file() {
        parse_json(&path)?
    } else {
        json!({})
    };
    let (machine, date) = support::machine_and_date();
    captured[&entry.name] = json!({ "machine": machine, "date": date });
    let known = entries()?
        .into_iter()
        .map(|entry| entry.name)
        .collect::<BTreeSet<_>>();
    if let Some(map) = captured.as_object_mut() {
        map.retain(|name, _| known.contains(name));
    }
    fs::write(&path, serde_json::to_string_pretty(&captured)? + "\n")?;
    fs::write(folder().join("outputs.machine.md"), machine_page(&captured))?;
    Ok(())
}

fn machine_page(captured: &Value) -> String {
    let mut groups: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (_, capture) in captured.as_object().into_iter().flatten() {
        let part = |key: &str| capture[key].as_str().unwrap_or_default().to_owned();
        *groups.entry((part("date"), part("machine"))).or_default() += 1;
    }
    let mut page = String::from("| 받은 날 | 컴퓨터 | 출력 수 |\n|---|---|---:|\n");
    for ((date, machine), count) in groups {
        page += &format!("| {date} | {machine} | {count} |\n");
    }
    page
}

// ---------------------------------------------------------------- 책과의 짝

/// 출력마다 본문에 실려 있고, 본문의 출력마다 목록에 있고, 위에 적힌 명령이 정말 돌린 명령입니다.
fn shown_in_the_book(entries: &[Entry]) -> Outcome {
    let text = support::root().join("book/text");
    let include = Regex::new(r"\{\{#include\s+\.\./\.\./tests/outputs/([^}\s:]+)\.txt\s*\}\}")?;
    let mut problems = Vec::new();
    let mut shown = BTreeSet::new();
    for path in support::files(&text, "md")? {
        let chapter = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let source = support::read(&path)?;
        for found in include.captures_iter(&source) {
            let name = &found[1];
            shown.insert(name.to_owned());
            let start = found.get(0).map_or(0, |whole| whole.start());
            let line = source[..start].matches('\n').count() + 1;
            let Some(entry) = entries.iter().find(|entry| entry.name == *name) else {
                problems.push(format!(
                    "{chapter}:{line}: 출력 {name} 이(가) 목록(tests/outputs/chNN.json)에 없습니다"
                ));
                continue;
            };
            let command = entry.shown_command()?;
            let above = source[..start]
                .lines()
                .rev()
                .find(|line| line.trim_start().starts_with("$ "))
                .map(|line| line.trim_start().trim_start_matches("$ ").trim().to_owned());
            if above.as_deref() != Some(command.as_str()) {
                problems.push(format!(
                    "{chapter}:{line}: 출력 {name} 위의 ```console 에 `$ {command}` 이(가) 있어야 합니다. 지금: {}",
                    above.map_or_else(|| "없음".to_owned(), |above| format!("`$ {above}`"))
                ));
            }
        }
    }
    for entry in entries.iter().filter(|entry| !shown.contains(&entry.name)) {
        problems.push(format!(
            "{} ({}.json): 어느 장에도 실리지 않았습니다. 본문에 넣거나 목록에서 빼세요",
            entry.name, entry.chapter
        ));
    }
    support::all_clear(problems)
}

// ---------------------------------------------------------------- 가리기 자체의 검사

fn rules(masks: &[&str], lines: Lines, worker: Option<&str>) -> Result<Rules, Failed> {
    let all = read_masks(&parse_json(&folder().join("masks.json"))?, "masks.json")?;
    Ok(Rules {
        masks: masks
            .iter()
            .filter_map(|name| all.iter().find(|mask| mask.name == *name).cloned())
            .collect(),
        one_of: vec![vec!["앞섬".to_owned(), "뒤짐".to_owned()]],
        lines,
        worker: worker.map(Regex::new).transpose()?,
        repeat: false,
        mostly_hidden: None,
    })
}

fn expect(rules: &Rules, stored: &str, fresh: &str, same: bool) -> Outcome {
    if rules.difference(stored, fresh).is_none() == same {
        return Ok(());
    }
    Err(format!(
        "{stored:?} 와(과) {fresh:?} 은(는) {} 합니다",
        if same { "같아야" } else { "달라야" }
    )
    .into())
}

fn mask_hides_only_what_it_names() -> Outcome {
    let rules = rules(
        &["pid", "address", "duration", "ratio"],
        Lines::Ordered,
        None,
    )?;
    let stored = "PID 4242: 0x7ffd0042 에 7, 12.5 ms, 0.98배\n앞섬\n합 4999999950000000\n";
    for (fresh, same) in [
        (
            "PID 17: 0x55aa1230 에 7, 9 ms, 1.02배\n뒤짐\n합 4999999950000000\n",
            true,
        ),
        (
            "PID 17: 0x55aa1230 에 8, 9 ms, 1.02배\n앞섬\n합 4999999950000000\n",
            false,
        ),
        (
            "PID 17: 0x55aa1230 에 7, 9 ms, 1.02배\n앞섬\n합 4999999950000001\n",
            false,
        ),
        (
            "PID 17: 0x55aa1230 에 7, 9 µs 1.02배\n앞섬\n합 4999999950000000\n",
            false,
        ),
        (
            "PID 17: 0x55aa1230 에 7, 9 ms, 1.02배\n앞선\n합 4999999950000000\n",
            false,
        ),
        (
            "PID 17: 0x55aa1230 에 7, 9 ms, 1.02배\n앞섬\n합 4999999950000000",
            false,
        ),
        (
            "PID 17: 0x55aa1230 에 7, 9 ms, 1.02배\n앞섬\n\n합 4999999950000000\n",
            false,
        ),
    ] {
        expect(&rules, stored, fresh, same)?;
    }
    Ok(())
}

fn racy_lines_keep_their_rules() -> Outcome {
    let unordered = rules(&[], Lines::Unordered, None)?;
    expect(&unordered, "a\nb\nb\n", "b\na\nb\n", true)?;
    expect(&unordered, "a\nb\nb\n", "a\na\nb\n", false)?;
    let interleaving = rules(&[], Lines::Interleaving, Some("^일꾼 ([0-9]+)"))?;
    let stored = "시작\n일꾼 1: ㄱ\n일꾼 1: ㄴ\n일꾼 2: ㄱ\n끝\n";
    for (fresh, same) in [
        ("시작\n일꾼 2: ㄱ\n일꾼 1: ㄱ\n일꾼 1: ㄴ\n끝\n", true),
        ("시작\n일꾼 1: ㄱ\n일꾼 2: ㄱ\n일꾼 1: ㄴ\n끝\n", true),
        ("시작\n일꾼 1: ㄴ\n일꾼 1: ㄱ\n일꾼 2: ㄱ\n끝\n", false),
        ("일꾼 1: ㄱ\n시작\n일꾼 1: ㄴ\n일꾼 2: ㄱ\n끝\n", false),
        ("시작\n일꾼 1: ㄱ\n일꾼 1: ㄴ\n끝\n", false),
    ] {
        expect(&interleaving, stored, fresh, same)?;
    }
    Ok(())
}

/// 바이트마다, 가리는 것 가운데 하나라도 덮으면 참입니다.
fn hidden_by<'a>(text: &str, masks: impl Iterator<Item = &'a Mask>) -> Vec<bool> {
    let mut hidden = vec![false; text.len()];
    for mask in masks {
        for span in mask.spans(text) {
            hidden[span].fill(true);
        }
    }
    hidden
}

/// 실린 출력마다, 가리지 않은 글자를 하나씩 바꾸어 보고 모두 걸리는지 봅니다.
fn every_other_character_counts(entries: &[Entry]) -> Outcome {
    let mut problems = Vec::new();
    for entry in entries.iter().filter(|entry| entry.file().is_file()) {
        let stored = support::read(&entry.file())?;
        let hidden = hidden_by(&stored, entry.rules.masks.iter());
        // 컴퓨터의 이름표, 시간 그림, 표의 줄은 글이 아닙니다. 나머지만으로 너무 많지 않은지 봅니다.
        let drawn = ["machine", "timeline", "padding"];
        let others = entry
            .rules
            .masks
            .iter()
            .filter(|m| !drawn.contains(&m.name.as_str()));
        let others = hidden_by(&stored, others);
        let letters = || stored.char_indices().filter(|(_, c)| !c.is_whitespace());
        let (covered, total) = (
            letters().filter(|(at, _)| others[*at]).count(),
            letters().count(),
        );
        if covered * 3 > total * 2 && entry.rules.mostly_hidden.is_none() {
            problems.push(format!(
                "{}: 글자의 셋 가운데 둘이 넘게({covered}/{total}) 가려집니다. 가리는 것을 줄이거나 `mostly_hidden` 에 까닭을 적으세요",
                entry.name
            ));
        }
        let missed = stored
            .char_indices()
            .filter(|(at, _)| !hidden[*at])
            // 줄의 수를 따지지 않기로 한 출력에서는 줄바꿈 하나가 사라져도 됩니다.
            .filter(|(_, character)| !(entry.rules.repeat && *character == '\n'))
            .filter(|(at, character)| {
                let mut changed = stored.clone();
                changed.replace_range(*at..*at + character.len_utf8(), "§");
                entry.rules.difference(&stored, &changed).is_none()
            })
            .map(|(at, character)| format!("{at}번째 {character:?}"))
            .take(3)
            .collect::<Vec<_>>();
        if !missed.is_empty() {
            problems.push(format!(
                "{}: 바꾸어도 걸리지 않는 글자: {}",
                entry.name,
                missed.join(", ")
            ));
        }
    }
    support::all_clear(problems)
}

// ---------------------------------------------------------------- 예제의 명령줄

fn hangul(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

/// 예제마다 도움말은 우리말로 답하고, 잘못된 값에는 우리말로 알리고 2로 끝납니다.
///
/// 6장의 프로그램에서 `-h` 는 timely 의 hosts 파일이므로 도움말은 `--help` 입니다.
fn command_line_of_examples() -> Outcome {
    let limit = Duration::from_secs(20);
    let mut problems = Vec::new();
    let (built, more) = (support::built()?, support::built_with_features()?);
    for built in [built, more] {
        if !built.errors.is_empty() {
            problems.push(format!("컴파일되지 않는 예제가 있습니다\n{}", built.errors));
        }
    }
    let names = built.examples.keys().map(|name| (name, "-h"));
    let more = more.examples.keys().map(|name| (name, "--help"));
    for (name, asks) in names.chain(more) {
        // 연습의 출발 파일은 학생이 채울 것이라 대개 명령줄이 없습니다. 있으면 똑같이 봅니다.
        let source = support::read(&support::root().join(format!("examples/{name}.rs")))?;
        if name.starts_with("ex")
            && !["Cli::new(", "Cluster::new("]
                .iter()
                .any(|asks| source.contains(asks))
        {
            continue;
        }
        let mut command = support::example(name)?;
        command.arg(asks);
        let help = support::run(command, limit)?;
        if !help.status.success() || !hangul(&help.stdout) || !help.stderr.is_empty() {
            problems.push(format!(
                "{name} {asks}: 우리말 도움말을 표준 출력에 내고 0으로 끝나야 합니다({:?}) {}{}",
                help.status.code(),
                help.stdout,
                help.stderr
            ));
            continue;
        }
        if !help.stdout.contains(&format!("--example {name}")) {
            problems.push(format!(
                "{name} -h: 도움말에 `--example {name}` 이(가) 없습니다"
            ));
        }
        for args in bad_values(&help.stdout) {
            let mut command = support::example(name)?;
            command.args(&args);
            let told = format!("{name} {}", args.join(" "));
            let output = match support::run(command, limit) {
                Ok(output) => output,
                Err(failed) => {
                    problems.push(format!("{told}: {}", failed.message().unwrap_or_default()));
                    continue;
                }
            };
            if output.status.code() != Some(2)
                || !hangul(&output.stderr)
                || !output.stdout.is_empty()
                || output.left_behind
            {
                problems.push(format!(
                    "{told}: 표준 오류에 우리말로 알리고 2로 끝나야 합니다({:?})\n    출력 {:?}\n    오류 {:?}",
                    output.status.code(),
                    output.stdout,
                    output.stderr
                ));
            }
        }
    }
    support::all_clear(problems)
}

/// 도움말에 있는 선택지마다 잘못된 값들을 만듭니다.
fn bad_values(help: &str) -> Vec<Vec<&str>> {
    let mut bad = vec![vec!["--no-such-option"], vec!["-Z"], vec!["낯선값"]];
    for option in help
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        let takes_number = help.contains(&format!("{option} N"));
        if option == "--help" || option == "--example" || option == "--" {
            continue;
        }
        if !takes_number {
            continue;
        }
        for value in ["abc", "-1", "99999999999999999999", "1.5", ""] {
            bad.push(vec![option, value]);
        }
        bad.push(vec![option]);
        if option == "--workers" {
            bad.push(vec![option, "0"]);
            bad.push(vec![option, "10000000"]);
        }
    }
    bad
}
