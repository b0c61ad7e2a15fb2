//! PATH에 있는 파이썬을 찾고, 돌려 보고, 잽니다.
//!
//! `python3`이라는 이름의 파일이 있다고 파이썬인 것은 아닙니다. 설치를 권하는 껍데기, 고장 난 연결,
//! 대답하지 않는 스크립트일 수 있으므로 이름이 아니라 대답으로 판단합니다. 파이썬은 없어도 됩니다.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// 파이썬을 돌리는 동안 곁에서 지켜보는 이입니다. 멈추라고 할 수 있습니다.
///
/// 지켜볼 것이 없으면 `()`를 씁니다.
pub trait Watch {
    /// 참이면 돌던 파이썬을 끝내고 되돌아옵니다.
    fn stopped(&self) -> bool {
        false
    }

    /// 파이썬의 프로세스 무리가 시작되었습니다. 돌려준 값은 그 무리가 끝날 때 버립니다.
    fn started(&self, group: u32) -> Box<dyn std::any::Any> {
        let _ = group;
        Box::new(())
    }
}

impl Watch for () {}

/// 파이썬인지 묻는 데 주는 시간입니다.
const PROBE_LIMIT: Duration = Duration::from_secs(3);

/// 측정 하나에 주는 시간입니다.
const RUN_LIMIT: Duration = Duration::from_secs(20);

/// 자식의 말을 여기까지만 듣습니다(바이트).
const HEARD: u64 = 64 * 1024;

/// 대답한 파이썬만이 이 표시로 시작하는 줄을 남깁니다.
const MARK: &str = "noriteo-python:";

const PROBE: &str = r#"
import json, os, platform, sys
enabled = getattr(sys, "_is_gil_enabled", None)
print("noriteo-python:" + json.dumps([
    platform.python_implementation(), list(sys.version_info[:3]),
    os.path.realpath(sys.executable), None if enabled is None else enabled()]))
"#;

/// 돌려 보아 확인한 파이썬입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Python {
    /// PATH에서 찾은 경로입니다. 이 경로로 부릅니다.
    pub command: PathBuf,
    /// 구현의 이름입니다. 예: `CPython`.
    pub implementation: String,
    /// 판 번호입니다. 예: `[3, 13, 0]`.
    pub version: [u64; 3],
    /// 스스로 알린 실행 파일입니다.
    pub executable: String,
    /// GIL이 켜져 있는지 스스로 알린 값입니다. 3.12까지는 알리지 않습니다.
    pub gil: Option<bool>,
}

impl Python {
    /// 표에 적을 이름입니다. 예: `CPython 3.14.0 (GIL 꺼짐)`.
    pub fn label(&self) -> String {
        let [major, minor, patch] = self.version;
        let gil = match self.gil {
            Some(true) => "GIL 켜짐",
            Some(false) => "GIL 꺼짐",
            None if self.implementation == "CPython" => "GIL 있음",
            None => "GIL을 알리지 않음",
        };
        format!("{} {major}.{minor}.{patch} ({gil})", self.implementation)
    }
}

/// 이름은 파이썬이지만 파이썬으로 쓸 수 없었던 것입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Odd {
    /// PATH에서 찾은 경로입니다.
    pub command: PathBuf,
    /// 왜 쓸 수 없었는지 알립니다.
    pub why: String,
    /// 표준 오류로 남긴 첫 줄입니다. 읽는 이의 폴더 이름이 들어 있을 수 있어 화면에만 보입니다.
    pub said: Option<String>,
}

/// PATH의 `python3`, `python3.X`, `python3.Xt`를 돌려 보고, 서로 다른 파이썬과 이상한 것을 나누어 돌려줍니다.
///
/// 멈추라는 말을 들으면([`Watch::stopped`]) 그때까지 찾은 것만 돌려줍니다.
pub fn find(watch: &dyn Watch) -> (Vec<Python>, Vec<Odd>) {
    let mut found: Vec<Python> = Vec::new();
    let mut odd = Vec::new();
    for command in candidates(env::var_os("PATH").as_deref()) {
        if watch.stopped() {
            break;
        }
        match probe(&command, watch) {
            Ok(python) => {
                let known = found.iter().any(|other| {
                    other.executable == python.executable
                        && other.version == python.version
                        && other.gil == python.gil
                });
                if !known {
                    found.push(python);
                }
            }
            Err(Failure { why, said }) => odd.push(Odd { command, why, said }),
        }
    }
    (found, odd)
}

/// PATH의 차례대로, 한 폴더 안에서는 이름의 차례대로 후보를 모읍니다. 같은 파일은 한 번만 모읍니다.
fn candidates(path: Option<&OsStr>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for folder in path.map(env::split_paths).into_iter().flatten() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let mut names: Vec<_> = entries
            .flatten()
            .map(|entry| entry.file_name())
            .filter(|name| name.to_str().is_some_and(is_python))
            .collect();
        names.sort_by_key(|name| (name.len(), name.clone()));
        for name in names {
            let command = folder.join(name);
            let real = fs::canonicalize(&command).unwrap_or_else(|_| command.clone());
            // pyenv처럼 껍데기 하나를 여러 이름으로 부르는 곳에서는 이름도 뜻이 있습니다.
            let shared_shim = real
                .file_name()
                .is_none_or(|n| !n.to_string_lossy().contains("python"));
            if shared_shim || !seen.contains(&real) {
                seen.push(real);
                found.push(command);
            }
        }
    }
    found
}

/// `python3`, `python3.X`, `python3.Xt`인지 봅니다. Windows에서는 `.exe`를 떼고, `python`도 받습니다.
fn is_python(name: &str) -> bool {
    let name = if cfg!(windows) {
        match name.to_ascii_lowercase().strip_suffix(".exe") {
            Some("python") => return true,
            Some(stem) => stem.to_owned(),
            None => return false,
        }
    } else {
        name.to_owned()
    };
    let Some(rest) = name.strip_prefix("python3") else {
        return false;
    };
    let Some(minor) = rest.strip_prefix('.') else {
        return rest.is_empty();
    };
    let digits = minor.strip_suffix('t').unwrap_or(minor);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn probe(command: &Path, watch: &dyn Watch) -> Result<Python, Failure> {
    let mut asked = Command::new(command);
    let heard = run(asked.arg("-c").arg(PROBE), PROBE_LIMIT, watch)?;
    let answer = heard
        .lines()
        .find_map(|line| line.strip_prefix(MARK))
        .and_then(|json| serde_json::from_str(json).ok())
        .as_ref()
        .and_then(|answer| read_answer(command, answer));
    answer.ok_or_else(|| Failure::new("돌려 보았지만 파이썬 3처럼 대답하지 않습니다"))
}

fn read_answer(command: &Path, answer: &Value) -> Option<Python> {
    let version = answer.get(1)?.as_array()?;
    let number = |at: usize| version.get(at)?.as_u64();
    let python = Python {
        command: command.to_owned(),
        implementation: answer.get(0)?.as_str()?.to_owned(),
        version: [number(0)?, number(1)?, number(2)?],
        executable: answer.get(2)?.as_str()?.to_owned(),
        gil: answer.get(3)?.as_bool(),
    };
    (python.version[0] == 3).then_some(python)
}

impl Python {
    /// GIL을 켠 CPython이면 참입니다. 알리지 않는 CPython(3.12까지)에는 언제나 GIL이 있습니다.
    pub fn has_gil(&self) -> bool {
        self.implementation == "CPython" && self.gil != Some(false)
    }

    /// GIL을 켠 CPython 가운데 판이 가장 새로운 것입니다.
    pub fn newest_with_gil(pythons: &[Python]) -> Option<&Python> {
        let with_gil = pythons.iter().filter(|python| python.has_gil());
        with_gil.max_by_key(|python| python.version)
    }

    /// 파이썬 프로그램을 돌리고 마지막 줄의 JSON을 돌려줍니다. 20초가 지나면 끝냅니다.
    ///
    /// # Errors
    /// 돌리지 못했거나, 실패했거나, 제때 끝나지 않았거나, JSON을 남기지 않았으면 우리말 까닭입니다.
    pub fn run(&self, script: &Path, args: &[String], watch: &dyn Watch) -> Result<Value, String> {
        let mut command = Command::new(&self.command);
        let heard =
            run(command.arg(script).args(args), RUN_LIMIT, watch).map_err(|failure| failure.why)?;
        heard
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok())
            .ok_or_else(|| "대답에 JSON이 없습니다".to_owned())
    }
}

/// 명령이 쓸 만한 대답을 내지 못한 까닭입니다.
struct Failure {
    why: String,
    said: Option<String>,
}

impl Failure {
    fn new(why: impl Into<String>) -> Failure {
        Failure {
            why: why.into(),
            said: None,
        }
    }
}

/// 명령을 제 무리(process group)에서 돌리고 표준 출력을 모읍니다.
///
/// 시간이 다하거나 멈추라는 신호가 오면 무리를 통째로 끝내므로 손자도 남지 않습니다.
fn run(command: &mut Command, limit: Duration, watch: &dyn Watch) -> Result<String, Failure> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Err(Failure::new(format!("돌리지 못했습니다({error})"))),
    };
    let _watched = watch.started(child.id());
    let out = child.stdout.take().map(listen);
    let err = child.stderr.take().map(listen);
    let ended = wait(&mut child, limit, watch);
    // 먼저 끝난 우두머리가 남긴 손자가 있으면 여기서 함께 끝납니다.
    kill_group(child.id());
    let _ = child.kill();
    let _ = child.wait();
    let hear = |ear: Option<mpsc::Receiver<String>>| {
        ear.and_then(|ear| ear.recv_timeout(Duration::from_secs(1)).ok())
            .unwrap_or_default()
    };
    let (out, err) = (hear(out), hear(err));
    match ended? {
        Some(status) if status.success() => Ok(out),
        Some(status) => Err(Failure {
            why: format!("돌려 보았지만 실패했습니다({})", korean_status(status)),
            said: err
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .map(|line| line.chars().take(120).collect()),
        }),
        None => Err(Failure::new(format!(
            "{}초가 지나도 끝나지 않아 멈추었습니다",
            limit.as_secs()
        ))),
    }
}

/// 무리를 통째로 끝냅니다. 무리가 없는 운영체제에서는 우두머리만 끝납니다.
fn kill_group(group: u32) {
    #[cfg(unix)]
    if let Ok(group) = i32::try_from(group) {
        use nix::{
            sys::signal::{Signal, killpg},
            unistd::Pid,
        };
        // 이미 사라진 무리면 할 일이 없습니다.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    #[cfg(not(unix))]
    let _ = group;
}

/// 끝나면 끝난 모습을, 시간이 다하면 `None`을 돌려줍니다.
fn wait(
    child: &mut Child,
    limit: Duration,
    watch: &dyn Watch,
) -> Result<Option<ExitStatus>, Failure> {
    let start = Instant::now();
    loop {
        if watch.stopped() {
            return Err(Failure::new("멈추라고 해서 그만두었습니다"));
        }
        let ended = child
            .try_wait()
            .map_err(|error| Failure::new(format!("기다리지 못했습니다({error})")))?;
        if let Some(status) = ended {
            return Ok(Some(status));
        }
        if start.elapsed() >= limit {
            return Ok(None);
        }
        // 재는 일은 자식 안에서 하므로, 우리가 조금 늦게 알아채도 값은 그대로입니다.
        thread::sleep(Duration::from_millis(10));
    }
}

fn listen(pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (said, ear) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // 파이프가 깨지면 거기까지 들은 것으로 충분합니다.
        let _ = pipe.take(HEARD).read_to_end(&mut bytes);
        let _ = said.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    ear
}

fn korean_status(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("종료 코드 {code}"),
        None => "시그널을 받음".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pythons() {
        if cfg!(windows) {
            assert!(is_python("python.exe") && is_python("Python3.13t.exe"));
            return;
        }
        for name in ["python3", "python3.9", "python3.13", "python3.14t"] {
            assert!(is_python(name), "{name}");
        }
        for name in [
            "python",
            "python2",
            "python3-config",
            "python3.",
            "python3.t",
            "python3.13-config",
            "python3.1x",
        ] {
            assert!(!is_python(name), "{name}");
        }
    }

    #[test]
    fn labels_tell_the_gil() {
        let mut python = Python {
            command: "python3".into(),
            implementation: "CPython".into(),
            version: [3, 14, 0],
            executable: "/usr/bin/python3".into(),
            gil: Some(false),
        };
        assert_eq!(python.label(), "CPython 3.14.0 (GIL 꺼짐)");
        assert!(!python.has_gil());
        python.gil = None;
        python.version = [3, 11, 7];
        assert_eq!(python.label(), "CPython 3.11.7 (GIL 있음)");
        assert!(python.has_gil());
        python.implementation = "PyPy".into();
        assert!(!python.has_gil());
    }

    #[test]
    fn the_newest_python_with_a_gil_is_chosen() {
        let python = |minor, implementation: &str, gil| Python {
            command: "python3".into(),
            implementation: implementation.into(),
            version: [3, minor, 0],
            executable: String::new(),
            gil,
        };
        let all = [
            python(9, "CPython", None),
            python(13, "CPython", Some(true)),
            python(14, "CPython", Some(false)),
            python(15, "PyPy", None),
        ];
        assert_eq!(Python::newest_with_gil(&all), Some(&all[1]));
        assert_eq!(Python::newest_with_gil(&all[2..]), None);
    }
}
