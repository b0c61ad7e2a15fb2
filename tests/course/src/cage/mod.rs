//! 우리(cage): 믿을 수 없는 프로그램을 가두어 돌립니다. 컴파일도 여기서 합니다.
//!
//! 프로세스는 넷입니다. 앞의 셋은 모두 이 프로그램(`course`)입니다.
//!
//! ```text
//! course ──► 지킴이(keeper) ──► 안지기(warden) ──► 가둔 프로그램 ──► 자손 …
//!            밖에서 한계를 재고     이름공간의 1번.        꾸러미를 스스로 벗고 exec
//!            때가 되면 끝낸다      고아를 거둔다
//! ```
//!
//! * `course`가 어떻게 끝나든 커널이 지킴이와 이은 소켓을 닫습니다. 지킴이는 그것을 보고 나무를 끝냅니다.
//! * 지킴이가 끝나면 안지기가 SIGKILL을 받습니다(`PR_SET_PDEATHSIG`). PID 이름공간의 1번이 끝나면 커널이 그 안을 모두 끝냅니다.
//! * 한 겹이 없는 컴퓨터에서는 남은 겹으로 가둡니다. 무엇이 없는지는 [`defences`]가 실제로 뚫어 보고 말합니다.

pub mod command;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
use elsewhere as imp;
#[cfg(target_os = "linux")]
use linux as imp;

use std::{ffi::OsString, io, path::PathBuf, sync::OnceLock, time::Duration};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Result};

/// 우리 안에서 돌릴 일 하나입니다.
#[derive(Clone, Debug)]
pub struct Job {
    /// 실행할 파일의 절대 경로입니다.
    pub program: PathBuf,
    /// 인자입니다. 프로그램의 이름은 넣지 않습니다.
    pub args: Vec<OsString>,
    /// 환경 변수입니다. 여기에 없는 것은 물려주지 않습니다.
    pub env: Vec<(OsString, OsString)>,
    /// 일하는 폴더이자, 쓸 수 있는 단 하나의 폴더입니다.
    pub dir: PathBuf,
    /// 실행할 수만 있고 읽을 수는 없는 파일입니다. 권한은 부르는 이가 `0o111`로 두고, 우리는 그 권한을 풀지 못하게 합니다.
    /// 채점기의 실행 파일에는 숨긴 검사가 들어 있습니다.
    pub runnable: Vec<PathBuf>,
    /// 읽고 실행할 수 있는 파일과 폴더입니다. 운영체제의 라이브러리와 명령([`SYSTEM`])은 언제나 더해집니다.
    pub readable: Vec<PathBuf>,
    /// `/proc`을 읽게 하면 `true`입니다. 쓰기는 언제나 막습니다. rustc와 링커는 저 자신의 자리를 `/proc`에서 찾습니다.
    pub proc: bool,
    /// 표준 입력으로 줄 바이트입니다. 관으로 주므로 한 번만 읽힙니다.
    pub stdin: Vec<u8>,
    /// 한계입니다.
    pub limits: Limits,
}

/// 일 하나의 한계입니다.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// 벽시계입니다. 넘으면 자손까지 모두 SIGKILL로 끝납니다.
    pub wall: Duration,
    /// 나무 전체의 CPU 시간입니다. 넘으면 벽시계와 같이 끝납니다. 컴퓨터가 바빠도 늘어지지 않습니다.
    pub cpu: Duration,
    /// 나무 전체의 메모리, 바이트입니다. 프로그램이 쓴 파일을 모두 더한 것도 이만큼까지입니다.
    pub memory: u64,
    /// 표준 출력과 표준 오류 각각의 바이트입니다. 넘으면 끝납니다.
    pub output: u64,
    /// 파일 하나의 바이트입니다(`RLIMIT_FSIZE`).
    pub file: u64,
    /// 더 만들 수 있는 프로세스와 스레드의 수입니다. 넘으면 만들지 못할 뿐(`EAGAIN`) 끝나지 않습니다.
    /// 커널이 막아 주지 못하는 컴퓨터에서는 48개를 더 봐준 뒤 SIGKILL로 끝냅니다.
    pub processes: u64,
}

/// 일이 어떻게 끝났는지입니다.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// 스스로 끝났습니다.
    Exited(i32),
    /// 시그널에 끝났습니다.
    Signaled(i32),
    /// 벽시계의 한계를 넘었습니다.
    Wall,
    /// CPU 시간의 한계를 넘었습니다.
    Cpu,
    /// 메모리의 한계를 넘었습니다.
    Memory,
    /// 출력이나, 쓴 파일을 모두 더한 것이 한계를 넘었습니다.
    Output,
}

/// 일이 끝난 뒤에 본 것입니다.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// 어떻게 끝났는지입니다.
    pub end: End,
    /// 표준 출력입니다. 한계까지만 있습니다.
    pub stdout: Vec<u8>,
    /// 표준 오류입니다. 한계까지만 있습니다.
    pub stderr: Vec<u8>,
    /// 기록 소켓([`RECORD_FD`])으로 온 바이트입니다. 64 KiB까지만 있습니다.
    pub record: Vec<u8>,
    /// 프로그램이 끝난 뒤에도 살아 있어 끝낸 자손의 수입니다.
    pub left: usize,
    /// 벽시계입니다.
    pub wall: Duration,
    /// 나무 전체의 CPU 시간입니다(거둔 것만).
    pub cpu: Duration,
}

/// 프로그램이 판정을 적는 소켓의 디스크립터 번호입니다. `Job`의 프로그램에 열린 채 넘어갑니다.
///
/// 파이프가 아니라 소켓인 까닭: 파이프는 `/proc/self/fd/N`으로 다시 열 수 있지만 소켓은 열리지 않습니다(ENXIO).
pub const RECORD_FD: i32 = 3;

/// 언제나 읽고 실행할 수 있는 자리입니다. 운영체제의 것뿐이므로, 숨길 것을 여기에 두면 안 됩니다.
pub const SYSTEM: [&str; 10] = [
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/etc/alternatives",
    "/etc/ld.so.cache",
];

/// `what`을 하다가 운영체제가 거절했습니다. 학생의 잘못이 아닙니다.
fn os(what: &str, error: impl Into<io::Error>) -> Fault {
    Fault(format!("{what}({})", error.into()))
}

/// 막이 하나입니다. 실제로 뚫어 본 결과입니다.
#[derive(Clone, Debug, Serialize)]
pub struct Defence {
    /// 짧은 영문 이름입니다.
    pub name: &'static str,
    /// 무엇을 막는지입니다.
    pub what: &'static str,
    /// 뚫어 보았을 때 막혔으면 `true`입니다.
    pub active: bool,
    /// 숨긴 검사를 맡기려면 꼭 있어야 하는 것이면 `true`입니다.
    pub needed: bool,
    /// 막는 겹이나, 막히지 않은 까닭입니다.
    pub why: String,
}

/// 우리를 이루는 겹입니다. 하나를 빼고도 나머지가 막는지 볼 때 이름을 씁니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// 이름공간과 그 안의 파일 나무
    Namespaces,
    /// 아무도 쓰지 않는 사용자(root일 때)
    User,
    /// Landlock
    Landlock,
    /// seccomp
    Seccomp,
    /// 지킴이가 시작할 때 흘러든 디스크립터를 닫는 것
    Closed,
    /// 프로그램이 될 때 나머지 디스크립터를 닫는 것
    OnExec,
}

/// 두르지 않기로 한 겹입니다.
static WITHOUT: OnceLock<Vec<Layer>> = OnceLock::new();

/// 지금부터 이 프로그램은 이 겹들을 두르지 않습니다. 그 겹이 없는 컴퓨터와 같아집니다.
/// 믿을 수 있는 프로그램으로 우리를 시험할 때만 씁니다. 한 번만 정할 수 있습니다.
pub fn go_without(layers: Vec<Layer>) {
    let _ = WITHOUT.set(layers);
}

fn without() -> &'static [Layer] {
    WITHOUT.get().map_or(&[], Vec::as_slice)
}

/// 일 하나를 가두어 돌리고, 자손까지 모두 끝난 뒤에 돌아옵니다.
///
/// 돌아온 뒤 `job.dir`의 주인은 부른 이입니다. 그 안의 심볼릭 링크는 프로그램이 만든 것일 수 있으니 따라가지 마세요.
pub fn run(job: &Job) -> Result<Outcome> {
    imp::run(job, without())
}

/// 막이마다 정말로 막히는지 뚫어 봅니다. 커널의 판을 보고 짐작하지 않습니다.
pub fn defences() -> Result<Vec<Defence>> {
    imp::defences(without())
}

/// 꼭 있어야 하는데 이 컴퓨터에 없는 막이입니다. 하나도 없어야 숨긴 검사를 돌려도 됩니다.
///
/// # Errors
/// 뚫어 보지도 못했습니다. 무엇을 막는지 모르므로 숨긴 검사를 돌리면 안 됩니다.
pub fn open_to_attack() -> Result<Vec<Defence>> {
    let mut all = defences()?;
    all.retain(|one| one.needed && !one.active);
    Ok(all)
}

/// 지킴이로 다시 시작되었으면 그 일만 하고 끝납니다. `main` 맨 위에서 부릅니다.
pub fn entry() {
    imp::entry();
}
