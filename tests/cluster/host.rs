//! 호스트 하나를 띄우고, 그 말을 기다리고, 끝난 모양을 보는 도구입니다.

use std::{
    fs::{self, File},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use noriteo::measure::evidence::Evidence;
use tempfile::NamedTempFile;

use crate::support::{self, Outcome};

/// 한 번에 기다리는 가장 긴 시간입니다. 약속이 아니라, 검사가 멈추지 않게 하는 끝입니다.
pub const LONG: Duration = Duration::from_secs(60);

/// 죽은 것을 안 호스트가 끝나기까지의 약속입니다(6장).
pub const CLOSED: Duration = Duration::from_secs(5);

/// 소식을 기다리는 시간입니다. 검사에서는 짧게 줍니다.
pub const PATIENCE: u64 = 3;

/// 소식이 끊긴 호스트를 둔 이들이 끝나기까지의 약속입니다(6장): 참는 시간과 5초.
pub const SILENT: Duration = Duration::from_secs(PATIENCE + 5);

/// 끝나지 않을 만큼 많은 낱말을 세게 하는 선택지입니다. 도중에 무슨 일을 내기 위한 것입니다.
pub const ENDLESS: [&str; 4] = ["--files", "10000", "--lines", "1000000"];

/// 돌고 있는 호스트입니다. 버리면 끝냅니다.
pub struct Host {
    pub name: String,
    child: Child,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

/// 끝난 호스트입니다.
#[derive(Debug)]
pub struct Ended {
    #[allow(dead_code, reason = "실패를 알리는 글에 나옵니다")]
    pub name: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Host {
    /// 띄웁니다. 저만의 프로세스 무리에서 돕니다.
    pub fn start(name: impl Into<String>, mut command: Command) -> Result<Host, Failed> {
        let (stdout, stderr) = (NamedTempFile::new()?, NamedTempFile::new()?);
        command
            .stdin(Stdio::null())
            .stdout(File::options().append(true).open(stdout.path())?)
            .stderr(File::options().append(true).open(stderr.path())?);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Host {
            name: name.into(),
            child: command.spawn()?,
            stdout,
            stderr,
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// 시그널을 보냅니다.
    pub fn signal(&self, signal: Signal) -> Outcome {
        kill(Pid::from_raw(i32::try_from(self.pid())?), signal)?;
        Ok(())
    }

    pub fn stderr(&self) -> Result<String, Failed> {
        Ok(fs::read_to_string(self.stderr.path())?)
    }

    /// 표준 오류에 `words`가 `times`번 나올 때까지 기다립니다.
    pub fn says(&mut self, words: &str, times: usize) -> Outcome {
        let until = Instant::now() + LONG;
        loop {
            let told = self.stderr()?;
            if told.matches(words).count() >= times {
                return Ok(());
            }
            let over = self.child.try_wait()?;
            if over.is_some() || Instant::now() > until {
                return Err(format!(
                    "{}이(가) 「{words}」를 {times}번 말하지 않았습니다({over:?})\n{told}",
                    self.name
                )
                .into());
            }
            // 차례를 맞추려는 잠이 아니라, 말했는지 다시 보기까지의 쉼입니다.
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// `bound` 안에 끝나는지 봅니다. 남긴 것이 있으면 끝냅니다.
    pub fn ends(mut self, bound: Duration) -> Result<Ended, Failed> {
        self.ended(bound)
    }

    /// [`Host::ends`]와 같되, 남긴 것(띄운 프로세스들)을 건드리지 않습니다.
    pub fn ended(&mut self, bound: Duration) -> Result<Ended, Failed> {
        let until = Instant::now() + bound;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Ended {
                    name: self.name.clone(),
                    status,
                    stdout: fs::read_to_string(self.stdout.path())?,
                    stderr: self.stderr()?,
                });
            }
            if Instant::now() > until {
                return Err(format!(
                    "{}이(가) 약속한 {bound:?} 안에 끝나지 않았습니다\n{}",
                    self.name,
                    self.stderr()?
                )
                .into());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        support::kill_group(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// 답을 내고 잘 끝났습니다.
    pub fn fine(&self) -> Outcome {
        if self.status.success() {
            return Ok(());
        }
        Err(format!("{self:#?}").into())
    }

    /// 답 없이, 0이 아닌 코드로, `parts` 가운데 하나가 든 우리말을 남기고 끝났습니다.
    pub fn gave_up(&self, parts: &[&str]) -> Outcome {
        let told = parts.iter().any(|part| self.stderr.contains(part));
        let answered = ["합: ", "낱말 "].iter().any(|a| self.stdout.contains(a));
        // 엔진의 영어 패닉이 새어 나오면 무슨 일인지 알기 어렵습니다.
        let leaked = self.stderr.contains("panicked at");
        if self.status.code() == Some(1) && told && !answered && !leaked {
            return Ok(());
        }
        Err(format!("{parts:?} 가운데 하나를 말하고 1로 끝나야 합니다\n{self:#?}").into())
    }
}

/// [`all_end`]와 같되, 마지막 호스트가 끝나기까지의 시간을 증거로 남깁니다. `name`은 증거의 이름, `what`은 일어난 일입니다.
pub fn all_end_as_promised(
    hosts: Vec<Host>,
    bound: Duration,
    (name, what): (&str, &str),
) -> Result<Vec<Ended>, Failed> {
    let start = Instant::now();
    let ended = all_end(hosts, bound)?;
    let seconds = start.elapsed().as_secs_f64();
    let row = Evidence::new(name, what, (seconds * 100.0).round() / 100.0, "초");
    support::evidence(
        &format!("cluster-{name}"),
        &[row.at_most(bound.as_secs_f64())],
    )?;
    Ok(ended)
}

/// 모두 `bound` 안에 끝나는지 봅니다. 시간은 모두 함께 셉니다.
pub fn all_end(hosts: Vec<Host>, bound: Duration) -> Result<Vec<Ended>, Failed> {
    let until = Instant::now() + bound;
    hosts
        .into_iter()
        .map(|host| host.ends(until.saturating_duration_since(Instant::now())))
        .collect()
}
