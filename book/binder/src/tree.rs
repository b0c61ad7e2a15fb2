//! 프로그램 하나를 그 자손까지 한 나무로 돌리고, 끝나거나 멈추면 통째로 거둡니다.
//!
//! 프로그램을 바로 띄우지 않고 지킴이(keeper)를 사이에 둡니다. 지킴이는 이 프로그램을 다시 띄운 것으로,
//! Linux에서는 부모를 잃은 자손을 제 자식으로 받습니다(`PR_SET_CHILD_SUBREAPER`, `prctl(2)`).
//! 그래서 무리(process group)를 옮긴 자손도 남지 않습니다. 다른 Unix에서는 무리만 끝냅니다.
//!
//! 지킴이와는 소켓 한 쌍으로 이어져 있습니다. 우리가 어떻게 끝나든 커널이 소켓을 닫으므로, 지킴이는 그것을 보고 나무를 거둡니다.
//! Unix가 아니면 지킴이 없이 프로그램 하나만 돌리고 끝냅니다.

use std::{
    io,
    process::{ChildStderr, ChildStdout, Command},
    time::Instant,
};

/// 나무가 끝난 모양입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// 프로그램이 종료 코드를 내고 끝났습니다.
    Exited(i32),
    /// 프로그램이 시그널로 끝났습니다. 값은 이름입니다(예: `SIGSEGV`).
    Signaled(String),
    /// 부른 쪽이 멈추게 했습니다.
    Stopped,
    /// 시간이 다 되어 끝냈습니다.
    TimedOut,
    /// 어떻게 끝났는지 알 수 없습니다. 지킴이가 밖에서 끝내진 것입니다.
    Lost,
}

/// 도는 나무입니다. 버리면 통째로 끝나고, 거둔 뒤에 돌아옵니다.
pub struct Tree {
    kept: imp::Kept,
    /// 프로그램과 자손이 함께 쓰는 표준 출력입니다. 나무가 끝나면 닫힙니다.
    pub stdout: Option<ChildStdout>,
    /// 표준 오류입니다.
    pub stderr: Option<ChildStderr>,
}

impl Tree {
    /// 프로그램을 띄웁니다. 표준 입력은 비우고, 출력은 관으로 받습니다.
    pub fn start(command: &Command) -> io::Result<Tree> {
        imp::start(command)
    }

    /// 끝날 때까지 기다립니다. `stopped`가 참이 되거나 `deadline`이 지나면 나무를 통째로 끝냅니다.
    pub fn wait(&mut self, deadline: Instant, stopped: &dyn Fn() -> bool) -> Ending {
        self.kept.wait(deadline, stopped)
    }
}

/// 지킴이로 다시 시작되었으면 그 일만 하고 끝납니다. `main` 맨 위에서 부릅니다.
pub fn entry() {
    imp::entry();
}

#[cfg(unix)]
mod imp {
    use std::{
        env,
        fs::File,
        io::{self, Read, Write},
        os::{
            fd::{AsFd, OwnedFd},
            unix::{net::UnixStream, process::CommandExt},
        },
        process::{Child, Command, Stdio, exit},
        sync::{Mutex, PoisonError},
        thread,
        time::{Duration, Instant},
    };

    use nix::{
        errno::Errno,
        sys::{
            signal::{Signal, kill, killpg},
            wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid},
        },
        unistd::Pid,
    };

    use super::{Ending, Tree};

    /// 지킴이로 시작하라는 첫 인자입니다. 사람이 적는 이름이 아닙니다.
    const KEEPER: &str = "@keeper";

    /// 끝났는지, 멈추어야 하는지 다시 보기까지의 사이입니다.
    const GLANCE: Duration = Duration::from_millis(20);

    pub struct Kept {
        keeper: Child,
        line: UnixStream,
        ended: bool,
    }

    pub fn start(command: &Command) -> io::Result<Tree> {
        let (line, theirs) = UnixStream::pair()?;
        let mut keeper = Command::new(env::current_exe()?);
        keeper
            .arg(KEEPER)
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // 터미널의 Ctrl-C는 우리가 받아 차분히 전합니다.
            .process_group(0);
        if let Some(folder) = command.get_current_dir() {
            keeper.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => keeper.env(name, value),
                None => keeper.env_remove(name),
            };
        }
        let mut keeper = keeper.spawn()?;
        Ok(Tree {
            stdout: keeper.stdout.take(),
            stderr: keeper.stderr.take(),
            kept: Kept {
                keeper,
                line,
                ended: false,
            },
        })
    }

    impl Kept {
        pub fn wait(&mut self, deadline: Instant, stopped: &dyn Fn() -> bool) -> Ending {
            let mut told = Vec::new();
            let ending = loop {
                if stopped() {
                    break Ending::Stopped;
                }
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break Ending::TimedOut;
                }
                // 0은 받지 않는 값이지만 위에서 걸렀습니다.
                let _ = self.line.set_read_timeout(Some(left.min(GLANCE)));
                let mut some = [0; 64];
                match self.line.read(&mut some) {
                    Ok(0) => break ending(&told),
                    Ok(count) => told.extend_from_slice(&some[..count]),
                    Err(error)
                        if matches!(
                            error.kind(),
                            io::ErrorKind::WouldBlock
                                | io::ErrorKind::TimedOut
                                | io::ErrorKind::Interrupted
                        ) => {}
                    Err(_) => break Ending::Lost,
                }
            };
            self.end();
            ending
        }

        /// 줄을 끊어 지킴이가 나무를 거두게 하고, 지킴이를 거둡니다.
        fn end(&mut self) {
            if !self.ended {
                let _ = self.line.shutdown(std::net::Shutdown::Both);
                let _ = self.keeper.wait();
                self.ended = true;
            }
        }
    }

    impl Drop for Kept {
        fn drop(&mut self) {
            self.end();
        }
    }

    /// 지킴이가 전한 말입니다: `exit 0`이나 `signal SIGSEGV`입니다.
    fn ending(told: &[u8]) -> Ending {
        let told = String::from_utf8_lossy(told);
        match told.trim().split_once(' ') {
            Some(("exit", code)) => code.parse().map_or(Ending::Lost, Ending::Exited),
            Some(("signal", name)) => Ending::Signaled(name.to_owned()),
            Some(("failed", why)) => {
                // 프로그램이 사라졌거나 실행할 수 없습니다. 셸처럼 127로 알립니다.
                eprintln!("{why}");
                Ending::Exited(127)
            }
            _ => Ending::Lost,
        }
    }

    pub fn entry() {
        let mut words = env::args_os().skip(1);
        if words.next().is_some_and(|word| word == KEEPER)
            && let Some(program) = words.next()
        {
            let mut command = Command::new(program);
            command.args(words).stdin(Stdio::null()).process_group(0);
            exit(keep(command));
        }
    }

    /// 프로그램을 돌리고, 끝났거나 줄이 끊어지면 나무를 거둡니다.
    fn keep(mut command: Command) -> i32 {
        #[cfg(target_os = "linux")]
        if let Err(error) = nix::sys::prctl::set_child_subreaper(true) {
            eprintln!("부모를 잃은 자손을 받을 수 없습니다({error}). 무리만 거둡니다.");
        }
        let line = io::stdin().as_fd().try_clone_to_owned();
        let Ok(mut line) = line.map(File::from) else {
            return 1;
        };
        let tell = |line: &mut File, text: String| {
            // 듣는 쪽이 먼저 끝났으면 알릴 곳이 없습니다.
            let _ = line.write_all(text.as_bytes());
        };
        let child = match command.spawn() {
            Ok(child) => Pid::from_raw(child.id() as i32),
            Err(error) => {
                tell(
                    &mut line,
                    format!("failed 프로그램을 띄우지 못했습니다({error})."),
                );
                return 1;
            }
        };
        // 거둔 뒤의 번호는 남의 것일 수 있으므로, 거두기 전에만 시그널을 보냅니다.
        static REAPED: Mutex<bool> = Mutex::new(false);
        let reaped = || REAPED.lock().unwrap_or_else(PoisonError::into_inner);
        thread::spawn(move || {
            // 줄로 오는 말은 없습니다. 끊어질 때까지 기다릴 뿐입니다.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            if !*reaped() {
                let _ = killpg(child, Signal::SIGKILL);
                let _ = kill(child, Signal::SIGKILL);
            }
        });
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while waitid(Id::Pid(child), look) == Err(Errno::EINTR) {}
        // 우두머리를 거두기 전이라 무리의 번호가 아직 우리 것입니다.
        let _ = killpg(child, Signal::SIGKILL);
        let status = {
            let mut reaped = reaped();
            *reaped = true;
            waitpid(child, None)
        };
        reap_all();
        let text = match status {
            Ok(WaitStatus::Exited(_, code)) => format!("exit {code}"),
            Ok(WaitStatus::Signaled(_, signal, _)) => format!("signal {signal}"),
            _ => String::new(),
        };
        tell(&mut line, text);
        0
    }

    /// 남은 자손이 하나도 없을 때까지 끝내고 거둡니다.
    fn reap_all() {
        loop {
            let children = children();
            for child in &children {
                let _ = kill(*child, Signal::SIGKILL);
            }
            let flag = children.is_empty().then_some(WaitPidFlag::WNOHANG);
            match waitpid(None, flag) {
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
                _ => {}
            }
        }
    }

    /// 지금 이 프로세스의 자식들입니다. `/proc`이 없으면 비어 있습니다.
    fn children() -> Vec<Pid> {
        let me = Pid::this();
        let Ok(entries) = std::fs::read_dir("/proc") else {
            return Vec::new();
        };
        let pids = entries.flatten().filter_map(|entry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // `PID (이름) 상태 부모 …`: 이름에는 괄호와 빈칸이 있을 수 있습니다(proc_pid_stat(5)).
            let parent = stat.rsplit(") ").next()?.split(' ').nth(1)?;
            (parent.parse() == Ok(me.as_raw())).then_some(Pid::from_raw(pid))
        });
        pids.collect()
    }
}

#[cfg(not(unix))]
mod imp {
    use std::{
        io,
        process::{Child, Command, Stdio},
        thread,
        time::{Duration, Instant},
    };

    use super::{Ending, Tree};

    pub struct Kept(Child);

    pub fn start(command: &Command) -> io::Result<Tree> {
        let mut same = Command::new(command.get_program());
        same.args(command.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = command.get_current_dir() {
            same.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => same.env(name, value),
                None => same.env_remove(name),
            };
        }
        let mut child = same.spawn()?;
        Ok(Tree {
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            kept: Kept(child),
        })
    }

    impl Kept {
        pub fn wait(&mut self, deadline: Instant, stopped: &dyn Fn() -> bool) -> Ending {
            loop {
                match self.0.try_wait() {
                    Ok(Some(status)) => return status.code().map_or(Ending::Lost, Ending::Exited),
                    Ok(None) if stopped() => return Ending::Stopped,
                    Ok(None) if Instant::now() >= deadline => return Ending::TimedOut,
                    Ok(None) => thread::sleep(Duration::from_millis(20)),
                    Err(_) => return Ending::Lost,
                }
            }
        }
    }

    impl Drop for Kept {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    pub fn entry() {}
}
