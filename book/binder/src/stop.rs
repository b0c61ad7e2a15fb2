//! Ctrl-C(SIGINT), SIGTERM, SIGHUP을 받아 차분히 멈춥니다.
//!
//! 신호가 오면 깃발만 세웁니다. 일하던 쪽이 일의 마디마다 [`check`]로 깃발을 보고 되돌아 나오며,
//! 그 길에 임시 폴더와 자식 프로세스가 저마다의 `Drop`으로 정리됩니다.
//! 마디까지 너무 오래 걸리거나 사람이 다시 Ctrl-C를 누르면 여기서 정리하고 끝냅니다.

use std::{
    any::Any,
    fs,
    path::{Path, PathBuf},
    process,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use noriteo::measure::python::Watch;

use crate::fault::{Fault, Result};

/// 신호를 받은 뒤 일의 마디를 기다려 주는 시간입니다.
const GRACE: Duration = Duration::from_secs(10);

static STOPPED: AtomicBool = AtomicBool::new(false);
static BELL: Condvar = Condvar::new();
static LEFTOVERS: Mutex<Leftovers> = Mutex::new(Leftovers {
    paths: Vec::new(),
    groups: Vec::new(),
});

/// 갑자기 끝낼 때 치워야 할 것들입니다.
struct Leftovers {
    paths: Vec<PathBuf>,
    groups: Vec<u32>,
}

/// 신호를 받기 시작합니다. `main`에서 한 번 부릅니다.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::SeqCst) {
            finish_now();
        }
        eprintln!("멈추는 중입니다. 바로 끝내려면 Ctrl-C를 한 번 더 누르세요.");
        // 기다리던 쪽이 깃발을 보고 잠드는 사이에 종이 울리지 않도록 락을 쥐고 울립니다.
        drop(leftovers());
        BELL.notify_all();
        thread::spawn(|| {
            thread::sleep(GRACE);
            finish_now();
        });
    })
    .map_err(|error| Fault::Failed(format!("Ctrl-C를 받을 준비를 하지 못했습니다({error}).")))
}

/// 멈추라는 신호가 왔으면 [`Fault::Stopped`]를 돌려줍니다.
pub fn check() -> Result<()> {
    if STOPPED.load(Ordering::SeqCst) {
        Err(Fault::Stopped)
    } else {
        Ok(())
    }
}

/// [`check`]와 같되, 오고 있는 신호가 닿을 짬을 줍니다.
///
/// 터미널은 무리의 모든 프로세스에 한꺼번에 신호를 보내므로, 자식의 죽음이 우리 깃발보다 먼저 보일 수 있습니다.
pub fn settled() -> Result<()> {
    let guard = leftovers();
    let not_yet = |_: &mut Leftovers| !STOPPED.load(Ordering::SeqCst);
    // 시간이 다하면 신호가 오지 않은 것입니다.
    drop(BELL.wait_timeout_while(guard, Duration::from_millis(300), not_yet));
    check()
}

/// 멈추라는 신호가 올 때까지 기다립니다.
pub fn wait() -> Fault {
    let mut guard = leftovers();
    while !STOPPED.load(Ordering::SeqCst) {
        guard = BELL.wait(guard).unwrap_or_else(PoisonError::into_inner);
    }
    Fault::Stopped
}

/// 임시 폴더나 임시 파일을 치울 목록에 올립니다. 돌려준 값이 사라지면 목록에서 내립니다.
pub fn list(path: &Path) -> Listed {
    leftovers().paths.push(path.to_owned());
    Listed::Path(path.to_owned())
}

/// 자식 프로세스의 무리(process group) 하나를 끝낼 목록에 올립니다.
pub fn group(pid: u32) -> Listed {
    leftovers().groups.push(pid);
    Listed::Group(pid)
}

/// 파이썬을 돌리는 동안에도 신호를 살피고, 갑자기 끝날 때 그 무리를 치웁니다.
pub struct Stop;

impl Watch for Stop {
    fn stopped(&self) -> bool {
        check().is_err()
    }

    fn started(&self, leader: u32) -> Box<dyn Any> {
        Box::new(group(leader))
    }
}

/// 되돌릴 수 없는 짧은 일을 하는 동안 갑자기 끝나지 않게 합니다.
pub fn hold<T>(work: impl FnOnce() -> T) -> T {
    let _held = leftovers();
    work()
}

/// 치울 목록에 올라 있다는 표입니다.
pub enum Listed {
    /// 임시 폴더나 임시 파일입니다.
    Path(PathBuf),
    /// 프로세스의 무리입니다.
    Group(u32),
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut all = leftovers();
        match self {
            Listed::Path(path) => all.paths.retain(|other| other != path),
            Listed::Group(pid) => all.groups.retain(|other| other != pid),
        }
    }
}

fn leftovers() -> MutexGuard<'static, Leftovers> {
    LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn finish_now() -> ! {
    let all = leftovers();
    for pid in &all.groups {
        kill_group(*pid);
    }
    for path in &all.paths {
        // 일하던 스레드가 아직 쓰고 있으면 지우는 사이에 새 파일이 생길 수 있습니다.
        for _ in 0..100 {
            let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_file(path));
            if !path.exists() {
                break;
            }
        }
    }
    eprintln!("{}", Fault::Stopped);
    process::exit(Fault::Stopped.code().into());
}

/// 무리에 든 프로세스를 모두 끝냅니다.
#[cfg(unix)]
pub fn kill_group(leader: u32) {
    use nix::{
        sys::signal::{Signal, killpg},
        unistd::Pid,
    };

    if let Ok(leader) = i32::try_from(leader) {
        // 이미 모두 끝났으면 그만입니다.
        let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
    }
}

/// 무리에 든 프로세스를 모두 끝냅니다. Unix가 아니면 자식 하나만 끝내므로 할 일이 없습니다.
#[cfg(not(unix))]
pub fn kill_group(_leader: u32) {}
