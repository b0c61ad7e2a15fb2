//! 검사들이 함께 쓰는 도구입니다. 검사 프로그램마다 `mod support;` 로 들여옵니다.
//!
//! * [`run_mimic`]: 검사를 본 스레드에서 하나씩 돌립니다. 그래서 검사가 `fork` 를 불러도 됩니다.
//! * [`example`], [`run_example`]: 빌드된 예제를 찾아 돌리고, 끝나지 않으면 무리째 끝냅니다.
//! * [`python`], [`left_out`]: 없을 수 있는 도구와, 그래서 거른 검사의 까닭입니다.
//! * [`evidence`]: 검사에서 나온 값을 `target/evidence` 에 남깁니다.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "검사 프로그램마다 이 모듈을 통째로 들여오지만 쓰는 것은 저마다 다릅니다"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use noriteo::measure::evidence::{self, Evidence};
use noriteo::measure::{Machine, now_utc};
use pulldown_cmark::{Event, Options, Parser};

/// 검사 하나의 결과입니다. `?` 로 어떤 오류든 돌려줄 수 있습니다.
pub type Outcome = Result<(), Failed>;

/// 걸러질 수 있는 검사의 결과입니다. [`left_out`] 과 함께 씁니다.
pub type MaybeLeftOut = Result<Completion, Failed>;

/// 검사에서 예제를 작게 돌릴 때의 크기입니다(환경 변수 `NORITEO_SIZE`).
pub const SMALL: &str = "200000";

/// 예제 하나가 쓸 수 있는 가장 긴 시간입니다. 넘으면 멈춘 것으로 보고 끝냅니다.
pub const LIMIT: Duration = Duration::from_secs(120);

/// 검사들을 본 스레드에서 하나씩 돌립니다.
///
/// libtest 는 검사마다 스레드를 만듭니다. 스레드가 여럿인 프로그램은 `fork` 할 수 없으므로,
/// `--test-threads` 를 무엇으로 주든 하나로 고정합니다.
pub fn run_mimic(tests: Vec<Trial>) -> ExitCode {
    run_mimic_on(1, tests)
}

/// 검사마다 제 브라우저를 띄우고 fork하지 않는 것은 `threads`개를 함께 돌립니다.
pub fn run_mimic_on(threads: usize, tests: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(threads);
    libtest_mimic::run(&arguments, tests).exit_code()
}

/// 함수 이름을 검사 이름으로 삼아 목록을 만듭니다. `tests![c01_…, c02_…]`
///
/// 함수의 꼴은 `fn c01_…() -> support::Outcome` 입니다.
macro_rules! tests {
    ($($test:path),* $(,)?) => {
        vec![$(::libtest_mimic::Trial::test(
            stringify!($test).rsplit("::").next().unwrap_or_default().trim(),
            $test,
        )),*]
    };
}
pub(crate) use tests;

/// 저장소의 맨 위 폴더입니다.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests 폴더는 저장소 안에 있습니다")
}

/// 지속적 통합(CI) 안에서 돌고 있으면 참입니다.
pub fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// 도구가 없어 거르는 검사입니다. CI 에서는 거르지 않고 실패합니다.
///
/// `Trial::ignorable_test` 의 결과로 돌려줍니다.
pub fn left_out(reason: impl Display) -> MaybeLeftOut {
    if in_ci() {
        return Err(format!("CI 에서는 거를 수 없습니다: {reason}").into());
    }
    Ok(Completion::ignored_with(format!("거름: {reason}")))
}

/// 이 컴퓨터에서 정말로 도는 파이썬입니다.
#[derive(Debug)]
pub struct Python {
    /// 부를 이름입니다.
    pub command: &'static str,
    /// `3.11.7` 과 같은 판입니다.
    pub version: String,
}

/// 정말로 도는 파이썬 3을 찾습니다. 이름만 있고 돌지 않는 것이 많아서 돌려 보고 정합니다.
pub fn python() -> Option<&'static Python> {
    static FOUND: OnceLock<Option<Python>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            ["python3", "python"].into_iter().find_map(|command| {
                let mut probe = Command::new(command);
                probe.args([
                    "-c",
                    "import sys, multiprocessing; print('%d.%d.%d' % sys.version_info[:3])",
                ]);
                let output = run(probe, Duration::from_secs(20)).ok()?;
                let version = output.stdout.trim().to_owned();
                (output.status.success() && version.starts_with("3."))
                    .then_some(Python { command, version })
            })
        })
        .as_ref()
}

/// 프로그램 하나가 남긴 것입니다.
#[derive(Debug)]
pub struct Output {
    /// 끝난 모양입니다.
    pub status: ExitStatus,
    /// 표준 출력입니다. [`run_merged`] 는 표준 오류도 나온 차례대로 여기에 섞습니다.
    pub stdout: String,
    /// 표준 오류입니다.
    pub stderr: String,
    /// 프로그램이 끝난 뒤에도 그 프로세스 무리에 누가 남아 있으면 참입니다.
    pub left_behind: bool,
}

/// 빌드된 예제를 부르는 명령입니다. 크기는 프로그램의 기본값입니다(`NORITEO_SIZE` 를 지웁니다).
///
/// 패닉의 말이 검사를 부른 곳의 설정에 따라 달라지지 않도록 `RUST_BACKTRACE` 도 지웁니다.
pub fn example(name: &str) -> Result<Command, Failed> {
    let built = if features(name)?.is_empty() {
        built()?
    } else {
        built_with_features()?
    };
    let path = built.examples.get(name).ok_or_else(|| {
        format!(
            "예제 {name} 이(가) 없습니다. examples/{name}.rs 를 만들었는지 보세요\n{}",
            built.errors
        )
    })?;
    let mut command = Command::new(path);
    for name in ["NORITEO_SIZE", "RUST_BACKTRACE", "RUST_LIB_BACKTRACE"] {
        command.env_remove(name);
    }
    command.current_dir(root());
    Ok(command)
}

/// 예제를 작은 크기([`SMALL`])로 돌립니다. [`LIMIT`] 안에 끝나지 않으면 실패합니다.
pub fn run_example(name: &str, args: &[&str]) -> Result<Output, Failed> {
    let mut command = example(name)?;
    command.args(args).env("NORITEO_SIZE", SMALL);
    run(command, LIMIT)
}

/// 명령을 돌려 끝까지 기다립니다. `limit` 이 지나면 프로세스 무리를 통째로 끝내고 실패합니다.
pub fn run(command: Command, limit: Duration) -> Result<Output, Failed> {
    let stdout = tempfile::tempfile()?;
    let stderr = tempfile::tempfile()?;
    watch(command, limit, stdout, stderr)
}

/// [`run`] 과 같지만, 화면에서처럼 표준 출력과 표준 오류를 한 줄기로 모읍니다.
pub fn run_merged(command: Command, limit: Duration) -> Result<Output, Failed> {
    let stdout = tempfile::tempfile()?;
    let stderr = stdout.try_clone()?;
    let mut output = watch(command, limit, stdout, stderr)?;
    output.stderr.clear();
    Ok(output)
}

/// 출력을 파일로 받으므로 읽는 스레드가 필요 없습니다. 그래서 부르는 검사는 스레드가 하나로 남습니다.
fn watch(
    mut command: Command,
    limit: Duration,
    mut stdout: File,
    mut stderr: File,
) -> Result<Output, Failed> {
    command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .spawn()
        .map_err(|error| format!("{command:?} 을(를) 시작하지 못했습니다: {error}"))?;
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if Instant::now() >= deadline {
            break None;
        }
        // 차례를 맞추려는 잠이 아니라, 끝났는지 다시 묻기까지의 쉼입니다.
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    let left_behind = group_alive(child.id());
    if status.is_none() || left_behind {
        kill_group(child.id());
    }
    let read = |file: &mut File| -> Result<String, Failed> {
        file.rewind()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (stdout, stderr) = (read(&mut stdout)?, read(&mut stderr)?);
    match status {
        Some(status) => Ok(Output {
            status,
            stdout,
            stderr,
            left_behind,
        }),
        None => {
            // 무리를 끝내지 못하는 운영체제에서도 자식은 거둡니다.
            let _ = child.kill();
            child.wait()?;
            Err(format!(
                "{command:?} 이(가) {limit:?} 안에 끝나지 않아 끝냈습니다.\n\
                 --- 표준 출력\n{stdout}\n--- 표준 오류\n{stderr}"
            )
            .into())
        }
    }
}

#[cfg(unix)]
fn signal_group(id: u32, signal: Option<nix::sys::signal::Signal>) -> bool {
    i32::try_from(id)
        .is_ok_and(|id| nix::sys::signal::killpg(nix::unistd::Pid::from_raw(id), signal).is_ok())
}

/// `id` 가 이끄는 프로세스 무리에 산 프로세스가 있으면 참입니다.
#[cfg(unix)]
pub fn group_alive(id: u32) -> bool {
    signal_group(id, None)
}

/// 무리를 통째로 끝냅니다.
#[cfg(unix)]
pub fn kill_group(id: u32) {
    signal_group(id, Some(nix::sys::signal::Signal::SIGKILL));
}

/// 터미널에서 Ctrl-C 를 누른 것처럼 무리에 SIGINT 를 보냅니다.
#[cfg(unix)]
pub fn interrupt_group(id: u32) {
    signal_group(id, Some(nix::sys::signal::Signal::SIGINT));
}

/// 유닉스 밖에서는 무리를 묻지 않습니다.
#[cfg(not(unix))]
pub fn group_alive(_: u32) -> bool {
    false
}

/// 유닉스 밖에서는 무리를 끝내지 않습니다.
#[cfg(not(unix))]
pub fn kill_group(_: u32) {}

/// 유닉스 밖에는 SIGINT 가 없습니다.
#[cfg(not(unix))]
pub fn interrupt_group(_: u32) {}

/// 예제를 모두 지은 결과입니다.
pub struct Built {
    /// 예제의 이름과 실행 파일입니다. 짓지 못한 것은 없습니다.
    pub examples: BTreeMap<String, PathBuf>,
    /// 예제들이 쓴 라이브러리의 이름과 파일입니다.
    pub libraries: BTreeMap<String, PathBuf>,
    /// 짓지 못한 것이 있으면 컴파일러의 말입니다.
    pub errors: String,
}

/// 예제를 모두 빌드합니다. 검사 프로그램마다 한 번만 합니다.
///
/// `cargo test` 가 이미 지은 것과 같은 꾸러미(default-members)와 같은 설정으로 부르므로 새로 지을 것이
/// 없습니다. 검사 하나만 골라 돌릴 때에는 여기에서 지어집니다.
/// 예제 하나가 컴파일되지 않아도 나머지는 돌 수 있습니다(`--keep-going`).
pub fn built() -> Result<&'static Built, Failed> {
    static BUILT: OnceLock<Result<Built, String>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            build(&["--examples".to_owned()])
                .map_err(|failed| failed.message().unwrap_or_default().to_owned())
        })
        .as_ref()
        .map_err(|error| error.clone().into())
}

fn build(arguments: &[String]) -> Result<Built, Failed> {
    let mut command = cargo();
    command.args(["build", "--keep-going", "--message-format=json"]);
    command.args(arguments);
    command.args(["--profile", profile()]);
    let output = run(command, Duration::from_secs(1800))?;
    let mut built = Built {
        examples: BTreeMap::new(),
        libraries: BTreeMap::new(),
        errors: String::new(),
    };
    for line in output.stdout.lines() {
        let message: serde_json::Value = serde_json::from_str(line)?;
        let target = &message["target"];
        let name = target["name"].as_str().unwrap_or_default().to_owned();
        if message["message"]["level"] == "error" {
            built.errors += message["message"]["rendered"].as_str().unwrap_or_default();
        } else if target["kind"][0] == "example" {
            if let Some(path) = message["executable"].as_str() {
                built.examples.insert(name, path.into());
            }
        } else if let Some(files) = message["filenames"].as_array() {
            let rlib = files
                .iter()
                .filter_map(|f| f.as_str())
                .find(|f| f.ends_with(".rlib"));
            if let Some(path) = rlib {
                built.libraries.insert(name.replace('-', "_"), path.into());
            }
        }
    }
    if !output.status.success() && built.errors.is_empty() {
        return Err(format!("cargo build --examples 가 실패했습니다.\n{}", output.stderr).into());
    }
    Ok(built)
}

/// 예제가 켜 달라고 적은 기능(`required-features`)입니다. 예제마다 있는 그대로 cargo 에게 묻습니다.
pub fn features(name: &str) -> Result<&'static [String], Failed> {
    let found = with_features()?.get(name);
    Ok(found.map(Vec::as_slice).unwrap_or_default())
}

/// 기능을 켜야 지을 수 있는 예제들입니다. 보통의 빌드는 이것들을 짓지 않습니다.
pub fn with_features() -> Result<&'static BTreeMap<String, Vec<String>>, Failed> {
    static KNOWN: OnceLock<Result<BTreeMap<String, Vec<String>>, String>> = OnceLock::new();
    KNOWN
        .get_or_init(|| {
            read_features().map_err(|failed| failed.message().unwrap_or_default().to_owned())
        })
        .as_ref()
        .map_err(|error| error.clone().into())
}

fn read_features() -> Result<BTreeMap<String, Vec<String>>, Failed> {
    let mut command = cargo();
    command.args([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]);
    let output = run(command, Duration::from_secs(60))?;
    if !output.status.success() {
        return Err(format!("cargo metadata 가 실패했습니다.\n{}", output.stderr).into());
    }
    let metadata: serde_json::Value = serde_json::from_str(&output.stdout)?;
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut found = BTreeMap::new();
    for target in list(&metadata["packages"])
        .iter()
        .flat_map(|package| list(&package["targets"]))
        .filter(|target| target["kind"][0] == "example")
    {
        let features: Vec<String> = list(&target["required-features"])
            .iter()
            .filter_map(|feature| feature.as_str().map(str::to_owned))
            .collect();
        if let (Some(name), false) = (target["name"].as_str(), features.is_empty()) {
            found.insert(name.to_owned(), features);
        }
    }
    Ok(found)
}

/// 기능을 켜야 하는 예제를 모두, 저만의 폴더(`target/cluster`)에 짓습니다. 검사 프로그램마다 한 번만 합니다.
///
/// 기능은 함께 짓는 꾸러미 사이에서 합쳐집니다. 같은 폴더에 지으면 다른 예제까지 무거운 것을 짓게 됩니다.
pub fn built_with_features() -> Result<&'static Built, Failed> {
    static BUILT: OnceLock<Result<Built, String>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            build_with_features().map_err(|failed| failed.message().unwrap_or_default().to_owned())
        })
        .as_ref()
        .map_err(|error| error.clone().into())
}

fn build_with_features() -> Result<Built, Failed> {
    let mut arguments = vec!["--package".to_owned(), "noriteo".to_owned()];
    let mut wanted = BTreeSet::new();
    for (name, features) in with_features()? {
        arguments.extend(["--example".to_owned(), name.clone()]);
        wanted.extend(features.iter().cloned());
    }
    arguments.extend(
        wanted
            .into_iter()
            .flat_map(|f| ["--features".to_owned(), f]),
    );
    let target = root().join("target/cluster");
    arguments.extend(["--target-dir".to_owned(), target.display().to_string()]);
    build(&arguments)
}

/// 이 검사를 지은 cargo 입니다. 저장소의 맨 위에서 부릅니다.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // 바깥 cargo 가 이 검사에게 준 값이 안쪽 cargo 의 판단에 섞이지 않게 합니다.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || text == "CARGO_CRATE_NAME"
            || text == "NORITEO_SIZE"
        {
            command.env_remove(&name);
        }
    }
    command
}

/// `cargo course`의 프로그램입니다. 한 번만 짓습니다.
pub fn course() -> Result<&'static Path, Failed> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let build = || -> Result<PathBuf, Failed> {
        let mut command = cargo();
        command.args([
            "build",
            "--package",
            "noriteo-course",
            "--message-format=json",
        ]);
        let output = run(command, Duration::from_secs(1800))?;
        output
            .stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| message["target"]["name"] == "course")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .ok_or_else(|| format!("course를 짓지 못했습니다.\n{}", output.stderr).into())
    };
    BUILT
        .get_or_init(|| build().map_err(|failed| failed.message().unwrap_or_default().to_owned()))
        .as_deref()
        .map_err(|error| error.clone().into())
}

/// 이 검사가 지어진 프로필입니다. 예제도 같은 프로필로 짓습니다.
fn profile() -> &'static str {
    static PROFILE: OnceLock<String> = OnceLock::new();
    PROFILE.get_or_init(|| {
        let folder = env::current_exe().ok().and_then(|path| {
            let folder = path.parent()?.parent()?.file_name()?;
            Some(folder.to_string_lossy().into_owned())
        });
        match folder.as_deref() {
            None | Some("debug") => "dev".to_owned(),
            Some(name) => name.to_owned(),
        }
    })
}

/// `folder` 안의, 확장자가 `extension` 인 파일을 이름 차례로 돌려줍니다.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Failed> {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("{} 폴더를 읽지 못했습니다: {error}", folder.display()))?;
    let mut found = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    found.retain(|path| path.extension().is_some_and(|e| e == extension));
    found.sort();
    Ok(found)
}

/// 파일을 읽습니다. 읽지 못하면 어느 파일인지 말합니다.
pub fn read(path: &Path) -> Result<String, Failed> {
    fs::read_to_string(path)
        .map_err(|error| format!("{} 을(를) 읽지 못했습니다: {error}", path.display()).into())
}

/// mdBook 과 같은 규칙으로 마크다운을 읽습니다. 따옴표는 쓰인 그대로 둡니다.
pub fn markdown(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM;
    Parser::new_ext(text, options).into_offset_iter()
}

/// 잘못을 모아 한꺼번에 알립니다. 하나도 없으면 통과입니다.
pub fn all_clear(problems: Vec<String>) -> Outcome {
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "고칠 곳 {}군데\n  - {}",
        problems.len(),
        problems.join("\n  - ")
    )
    .into())
}

/// 지금의 컴퓨터와 날(UTC)입니다.
pub fn machine_and_date() -> (String, String) {
    let date = now_utc().chars().take_while(|c| *c != 'T').collect();
    (Machine::detect().to_string(), date)
}

/// 검사에서 나온 값을 `target/evidence/이름.json` 에 남기고, 한계를 지켰는지 봅니다.
pub fn evidence(name: &str, rows: &[Evidence]) -> Outcome {
    evidence::write(name, rows)?;
    let broken = rows.iter().filter(|row| !row.holds());
    all_clear(
        broken
            .map(|row| format!("한계를 벗어났습니다: {row:?}"))
            .collect(),
    )
}

/// 두 스레드가 나란히 도는 동안, CPU 시간의 합이 벽시계의 몇 배까지 되었는지 봅니다.
///
/// 통째로 재면 다른 일로 바쁜 컴퓨터에서는 1을 넘지 못할 수 있습니다. 그래서 짧은 토막마다 보고 가장 큰 것을 고릅니다.
/// 한 번에 하나씩만 돌았다면 어느 토막도 1을 넘지 못합니다.
#[cfg(unix)]
pub fn busiest_window_of_two_threads() -> Result<f64, Failed> {
    use std::sync::Barrier;

    use noriteo::thread::spawn;

    let (origin, gate) = (Instant::now(), Arc::new(Barrier::new(2)));
    let worker = || {
        let gate = Arc::clone(&gate);
        spawn(move || {
            gate.wait();
            walk(origin)
        })
    };
    let (first, second) = (worker()?, worker()?);
    Ok(busiest_window(&[first.join()??, second.join()??]))
}

/// 두 프로세스로 [`busiest_window_of_two_threads`]와 같은 것을 봅니다.
#[cfg(unix)]
pub fn busiest_window_of_two_processes() -> Result<f64, Failed> {
    use noriteo::process::{Connection, fork, pipe};

    let origin = Instant::now();
    let meet_and_walk = move |mut other: Connection<()>| {
        let met = other.send(()).and_then(|()| other.recv());
        met.and_then(|()| walk(origin))
            .map_err(|error| error.to_string())
    };
    let (left, right) = pipe()?;
    let first = fork(move || meet_and_walk(left))?;
    let second = fork(move || meet_and_walk(right))?;
    Ok(busiest_window(&[first.join()??, second.join()??]))
}

/// 한 걸음의 시작과 끝, 그 사이에 쓴 CPU 시간입니다(ns). 시작과 끝은 둘이 함께 보는 시계입니다.
#[cfg(unix)]
type Step = (u64, u64, u64);

/// 조금씩 더하며 걸음마다 시각과 이 스레드의 CPU 시간을 적습니다.
#[cfg(unix)]
fn walk(origin: Instant) -> noriteo::Result<Vec<Step>> {
    use nix::time::ClockId;

    let failed = |errno| noriteo::Error::os("CPU 시간을 읽지 못했습니다", errno);
    let cpu = || ClockId::CLOCK_THREAD_CPUTIME_ID.now().map_err(failed);
    let now = || u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
    (0..1000)
        .map(|_| {
            let (start, before) = (now(), cpu()?);
            noriteo::work::sum(0..100_000);
            let spent = Duration::from(cpu()?).saturating_sub(before.into());
            Ok((start, now(), u64::try_from(spent.as_nanos()).unwrap_or(0)))
        })
        .collect()
}

/// 첫째의 스무 걸음마다, 그 사이에 온전히 든 둘째의 걸음을 더해 CPU 시간의 합과 벽시계의 비를 봅니다.
/// 걸친 걸음은 세지 않으므로 모자라게 셀 뿐 넘치게 세지는 않습니다.
#[cfg(unix)]
fn busiest_window([first, second]: &[Vec<Step>; 2]) -> f64 {
    let ratios = first.windows(20).filter_map(|window| {
        let (start, end) = (window.first()?.0, window.last()?.1);
        let inside = second
            .iter()
            .filter(|step| start <= step.0 && step.1 <= end);
        let cpu: u64 = window.iter().chain(inside).map(|step| step.2).sum();
        Some(cpu as f64 / (end - start) as f64)
    });
    ratios.fold(0.0, f64::max)
}
