//! 한 컴퓨터에서 프로세스 여럿을 띄우는 이(`--local N`)입니다.
//!
//! 띄우는 것은 이 프로그램 자신이고, 사람이 칠 명령과 같은 선택지를 줍니다. 하나라도 잘못되면 모두 끝냅니다.
//! 띄운 이가 어떻게 끝나든(Ctrl-C, SIGKILL) 띄워진 것들도 1초 안에 끝납니다([`Launcher::lives`]).

use std::{
    env,
    ffi::OsString,
    fs,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::Duration,
};

use super::args::MAX_HOSTS;
use crate::{Error, Result};

/// 띄운 이의 PID를 담는 환경 변수입니다.
const LAUNCHER: &str = "NORITEO_LAUNCHER";

/// 표준 입력이 기다리는 소켓이라고 알리는 환경 변수입니다.
const LISTENER: &str = "NORITEO_LISTENER";

/// 띄운 것들이 끝났는지 다시 묻기까지의 쉼입니다.
const PAUSE: Duration = Duration::from_millis(1);

/// 이 프로그램을 띄운 이입니다.
pub(super) struct Launcher {
    pid: u32,
}

impl Launcher {
    /// 아직 살아 있으면 참입니다. 부모가 끝나면 커널이 다른 부모를 정해 주므로 번호가 달라집니다.
    pub(super) fn lives(&self) -> bool {
        #[cfg(unix)]
        return std::os::unix::process::parent_id() == self.pid;
        #[cfg(not(unix))]
        return true;
    }
}

/// `--local`로 띄워졌으면 띄운 이입니다.
pub(super) fn launcher() -> Option<Launcher> {
    let pid = env::var(LAUNCHER).ok()?.parse().ok()?;
    Some(Launcher { pid })
}

/// 띄운 이가 표준 입력으로 넘겨준 소켓입니다.
///
/// 빈 포트를 찾아 번호만 넘기면, 쓰기 전에 다른 프로그램이 차지할 수 있습니다. 그래서 연 채로 넘깁니다.
pub(super) fn inherited() -> Option<TcpListener> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;

        env::var_os(LISTENER)?;
        let owned = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
        Some(TcpListener::from(owned))
    }
    #[cfg(not(unix))]
    None
}

/// `launcher`가 `number`번 호스트에게 주는 hosts 파일의 자리입니다.
fn hosts_file(launcher: u32, number: usize) -> PathBuf {
    env::temp_dir().join(format!("noriteo-hosts-{launcher}-{number}.txt"))
}

/// 띄운 이가 준 hosts 파일이면 지웁니다. 읽은 이가 지우므로 띄운 이가 어떻게 끝나든 남지 않습니다.
pub(super) fn forget(file: &Path) {
    let Some(launcher) = launcher() else { return };
    let given = (0..MAX_HOSTS as usize).map(|number| hosts_file(launcher.pid, number));
    if given.into_iter().any(|given| given == file) {
        // 띄운 이도 지웁니다.
        let _ = fs::remove_file(file);
    }
}

/// 호스트 하나를 띄우고, 끝난 모양을 기다립니다.
struct Started {
    number: usize,
    child: Child,
    failed: Option<String>,
    ended: bool,
}

/// 프로세스 `hosts`개를 띄우고 모두 끝나기를 기다립니다. `rest`는 그대로 넘길 선택지입니다.
pub(super) fn launch(hosts: usize, rest: &[OsString]) -> Result<ExitCode> {
    let listeners = (0..hosts)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(|error| Error::os("빈 포트를 얻지 못했습니다", error))?;
    let mut lines = String::new();
    for listener in &listeners {
        let address = listener
            .local_addr()
            .map_err(|error| Error::os("포트를 알아내지 못했습니다", error))?;
        lines.push_str(&format!("{address}\n"));
    }
    let mut files = Files(Vec::new());
    for number in 0..hosts {
        let failed = |error| Error::os("hosts 파일을 쓰지 못했습니다", error);
        let file = hosts_file(std::process::id(), number);
        let mut to = fs::File::create_new(&file).map_err(failed)?;
        files.0.push(file);
        to.write_all(lines.as_bytes()).map_err(failed)?;
    }
    run(listeners, &files, rest)
}

/// 띄운 것들에게 줄 hosts 파일입니다. 읽은 이가 지우지 못하고 끝났으면 버릴 때 지웁니다.
struct Files(Vec<PathBuf>);

impl Drop for Files {
    fn drop(&mut self) {
        for file in &self.0 {
            let _ = fs::remove_file(file);
        }
    }
}

fn run(listeners: Vec<TcpListener>, files: &Files, rest: &[OsString]) -> Result<ExitCode> {
    let hosts = listeners.len();
    let program = env::current_exe()
        .map_err(|error| Error::os("이 프로그램의 자리를 알아내지 못했습니다", error))?;
    let mut all = All(Vec::new());
    for (number, (listener, file)) in listeners.into_iter().zip(&files.0).enumerate() {
        let mut command = Command::new(&program);
        command
            .args(["-n", &hosts.to_string(), "-p", &number.to_string(), "-h"])
            .arg(file)
            .args(rest)
            .env(LAUNCHER, std::process::id().to_string());
        hand_over(&mut command, listener);
        let child = command
            .spawn()
            .map_err(|error| Error::os(format!("{number}번 호스트를 띄우지 못했습니다"), error))?;
        all.0.push(Started {
            number,
            child,
            failed: None,
            ended: false,
        });
    }
    all.wait()
}

/// 기다리는 소켓을 표준 입력으로 넘깁니다. 넘길 수 없는 운영체제에서는 닫아서 번호를 비워 줍니다.
fn hand_over(command: &mut Command, listener: TcpListener) {
    #[cfg(unix)]
    {
        let owned = std::os::fd::OwnedFd::from(listener);
        command.stdin(Stdio::from(owned)).env(LISTENER, "stdin");
    }
    #[cfg(not(unix))]
    {
        drop(listener);
        command.stdin(Stdio::null());
    }
}

/// 띄운 것들입니다. 버리면 남은 것을 모두 끝내고 거둡니다.
struct All(Vec<Started>);

impl All {
    fn wait(mut self) -> Result<ExitCode> {
        let failed = |error| Error::os("띄운 호스트를 기다리지 못했습니다", error);
        loop {
            let mut left = false;
            for host in self.0.iter_mut().filter(|host| !host.ended) {
                match host.child.try_wait().map_err(failed)? {
                    None => left = true,
                    Some(status) => {
                        host.ended = true;
                        host.failed = (!status.success()).then(|| told(status));
                    }
                }
            }
            if self.0.iter().any(|host| host.failed.is_some()) {
                return Err(self.failure());
            }
            if !left {
                return Ok(ExitCode::SUCCESS);
            }
            thread::sleep(PAUSE);
        }
    }

    /// 잘못된 것이 있으면, 나머지가 까닭을 말하고 스스로 끝날 틈을 조금 준 뒤 모두 끝냅니다.
    fn failure(mut self) -> Error {
        let rounds = (super::run::GRACE * 2).as_millis() / PAUSE.as_millis();
        for _ in 0..rounds {
            let mut left = false;
            for host in self.0.iter_mut().filter(|host| !host.ended) {
                match host.child.try_wait() {
                    Ok(None) => left = true,
                    Ok(Some(status)) => {
                        host.ended = true;
                        host.failed = (!status.success()).then(|| told(status));
                    }
                    Err(_) => host.ended = true,
                }
            }
            if !left {
                break;
            }
            thread::sleep(PAUSE);
        }
        let each = self.0.iter().filter_map(|host| {
            let why = host.failed.as_ref()?;
            Some(format!("{}번은 {why}", host.number))
        });
        Error::Cluster {
            message: format!(
                "마치지 못한 호스트가 있습니다. {}. 모두 끝냈고 답은 없습니다",
                each.collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

impl Drop for All {
    fn drop(&mut self) {
        for host in self.0.iter_mut().filter(|host| !host.ended) {
            // 이미 끝났으면 할 일이 없습니다.
            let _ = host.child.kill();
            let _ = host.child.wait();
        }
    }
}

fn told(status: std::process::ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;

        use nix::sys::signal::Signal;

        if let Some(signal) = status.signal() {
            let name = Signal::try_from(signal).map_or("", Signal::as_str);
            return format!("시그널 {name}({signal})을 받아 끝났습니다");
        }
    }
    match status.code() {
        Some(code) => format!("종료 코드 {code}(으)로 끝났습니다"),
        None => "알 수 없는 모양으로 끝났습니다".to_owned(),
    }
}
