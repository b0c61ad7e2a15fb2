//! 쉬고 있는 일꾼 하나가 메모리를 얼마나 쓰는지 잽니다(Linux).
//!
//! 새 프로세스 하나를 띄워 그 안에서 일꾼을 여럿 만들고, 모두 쉬게 한 뒤 늘어난 PSS를 일꾼의 수로 나눕니다.
//! PSS는 함께 쓰는 페이지를 나누어 셈하므로, 프로세스들의 것을 더해도 거듭 세지 않습니다.

use noriteo::{
    measure::{Creation, Spread},
    process,
};

use crate::{
    data::Cost,
    fault::{Fault, Result},
    stop,
};

/// 재어 볼 종류입니다.
pub const KINDS: [Creation; 3] = [Creation::Thread, Creation::Fork, Creation::Spawn];

/// 재는 함수들을 등록합니다. `main` 맨 위에서 부릅니다.
pub fn entry() {
    #[cfg(target_os = "linux")]
    process::entry(linux::idle);
    process::entry(per_worker);
}

/// 종류 하나를 `runs`번 잽니다. Linux가 아니면 `None`입니다.
pub fn measure(kind: Creation, runs: usize) -> Result<Option<Cost<u64>>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let mut sizes = Vec::new();
    for _ in 0..runs {
        stop::check()?;
        let size = process::spawn(per_worker, kind.variant().name().to_owned())?
            .join()?
            .map_err(|why| Fault::Failed(format!("메모리를 재지 못했습니다: {why}.")))?;
        sizes.push(size);
    }
    Ok(Spread::of(sizes).map(|spread| Cost {
        kind: kind.variant().name().to_owned(),
        label: kind.label().to_owned(),
        count: runs,
        spread,
    }))
}

/// 새 프로세스가 하는 일: 일꾼 하나에 드는 PSS(바이트)를 알립니다.
#[cfg(target_os = "linux")]
fn per_worker(kind: String) -> Result<u64, String> {
    linux::per_worker(&kind).map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
fn per_worker(_kind: String) -> Result<u64, String> {
    Err("Linux에서만 잴 수 있습니다".into())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::process::id;

    use noriteo::{
        Error, Result,
        measure::pss_bytes,
        process::{self, Connection, JoinHandle},
        thread,
        variant::Variant,
    };

    /// 한 번에 만들어 재우는 일꾼의 수입니다.
    const WORKERS: usize = 8;

    pub(super) fn per_worker(kind: &str) -> Result<u64> {
        let before = pss_bytes(id())?;
        let after = match kind.parse()? {
            Variant::Thread => with_threads()?,
            Variant::Fork => with_processes(|end| process::fork(move || idle(end)))?,
            Variant::Spawn => with_processes(|end| process::spawn(idle, end))?,
            other => {
                return Err(Error::BadInput {
                    message: format!("{other}은(는) 재지 않습니다"),
                });
            }
        };
        Ok(after.saturating_sub(before) / WORKERS as u64)
    }

    /// 쉬는 일꾼입니다. 준비되었다고 알리고, 상대가 끊을 때까지 기다립니다.
    pub(super) fn idle(mut end: Connection<u64>) {
        if end.send(0).is_ok() {
            // 부모가 이쪽 끝을 닫으면 오류가 되어 돌아옵니다. 그것이 퇴근 신호입니다.
            let _ = end.recv();
        }
    }

    /// 모두 쉬는 동안의 PSS입니다.
    fn with_threads() -> Result<u64> {
        let (ready, all_ready) = thread::queue()?;
        let (open, door) = thread::queue::<()>()?;
        let handles = (0..WORKERS)
            .map(|_| {
                let (ready, door) = (ready.clone(), door.clone());
                thread::spawn(move || {
                    let _ = ready.send(());
                    let _ = door.recv();
                })
            })
            .collect::<Result<Vec<_>>>()?;
        for _ in 0..WORKERS {
            all_ready.recv()?;
        }
        let pss = pss_bytes(id());
        drop(open);
        handles.into_iter().try_for_each(|handle| handle.join())?;
        pss
    }

    /// 모두 쉬는 동안 부모와 자식들의 PSS를 더한 것입니다.
    fn with_processes(start: impl Fn(Connection<u64>) -> Result<JoinHandle<()>>) -> Result<u64> {
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            let (ours, theirs) = process::pipe()?;
            workers.push((start(theirs)?, ours));
        }
        for (_, ours) in &mut workers {
            ours.recv()?;
        }
        let pss = workers
            .iter()
            .try_fold(pss_bytes(id())?, |sum, (child, _)| {
                Ok(sum + pss_bytes(child.pid())?)
            });
        // 손잡이를 버리면 자식이 끝나고 거두어집니다. 베낀 자식은 앞 형제의 끝도 쥐고 있으므로
        // 끝을 닫아 보내는 것으로는 모자랍니다.
        drop(workers);
        pss
    }
}
