//! 방식: 같은 일을 하는 일곱 가지 길을 이름으로 고릅니다.

use std::{
    fmt,
    net::SocketAddr,
    ops::Range,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use crate::{
    Error, Result,
    cli::MAX_WORKERS,
    gil::Gil,
    process, thread,
    work::{expected, io_sum, split, sum},
};

/// 같은 일을 하는 방식입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// 한 스레드가 차례로 합니다. 일꾼 수만큼 나누지만 하나씩 합니다.
    Sequential,
    /// 스레드마다 한 조각을 더해, 함께 쓰는 목록에 넣습니다([`std::thread::scope`]).
    Thread,
    /// 스레드마다 한 조각을 더해, 큐에 넣습니다(crossbeam-channel).
    ThreadQueue,
    /// 일꾼 수만큼의 스레드를 둔 rayon이 조각들을 나누어 합니다.
    Rayon,
    /// 락 하나에 묶인 스레드들이 합니다([`Gil`]).
    LockedThread,
    /// fork한 프로세스마다 한 조각을 더해, 큐에 넣습니다.
    Fork,
    /// 새로 시작한 프로세스마다 한 조각을 더해, 결과를 돌려줍니다.
    Spawn,
}

/// 할 일입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// CPU를 쓰는 일([`sum`])입니다.
    Cpu,
    /// 기다리는 일([`io_sum`])입니다.
    Io {
        /// 대답할 상대([`Responder`](crate::work::Responder))의 주소입니다.
        addr: SocketAddr,
    },
}

impl Variant {
    /// 모든 방식입니다. 표의 차례와 같습니다.
    pub const ALL: [Variant; 7] = [
        Variant::Sequential,
        Variant::Thread,
        Variant::ThreadQueue,
        Variant::Rayon,
        Variant::LockedThread,
        Variant::Fork,
        Variant::Spawn,
    ];

    /// 명령줄과 데이터에 쓰는 이름입니다.
    pub fn name(self) -> &'static str {
        match self {
            Variant::Sequential => "sequential",
            Variant::Thread => "thread",
            Variant::ThreadQueue => "thread-queue",
            Variant::Rayon => "rayon",
            Variant::LockedThread => "locked-thread",
            Variant::Fork => "fork",
            Variant::Spawn => "spawn",
        }
    }

    /// 표에 쓰는 우리말 이름입니다.
    pub fn label(self) -> &'static str {
        match self {
            Variant::Sequential => "차례로",
            Variant::Thread => "스레드(목록)",
            Variant::ThreadQueue => "스레드(큐)",
            Variant::Rayon => "rayon",
            Variant::LockedThread => "락에 묶인 스레드",
            Variant::Fork => "프로세스(fork)",
            Variant::Spawn => "프로세스(spawn)",
        }
    }

    /// 이 운영체제에서 되는 방식인지 알려 줍니다. `fork`는 Unix에서만 됩니다.
    pub fn is_supported(self) -> bool {
        cfg!(unix) || self != Variant::Fork
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Variant {
    type Err = Error;

    fn from_str(text: &str) -> Result<Variant> {
        Variant::ALL
            .into_iter()
            .find(|variant| variant.name() == text)
            .ok_or_else(|| Error::BadInput {
                message: format!(
                    "`{text}`라는 방식은 없습니다. 다음 가운데 하나를 적어 주세요: {}",
                    Variant::ALL.map(Variant::name).join(", ")
                ),
            })
    }
}

/// [`Variant::Spawn`]을 쓸 수 있게 합니다. `main` 맨 위에서 부릅니다.
pub fn entry() {
    process::entry(spawned_part);
}

/// 범위를 `workers`개로 나누어 `variant`의 방식으로 일하고 합을 돌려줍니다.
///
/// # Errors
/// - [`Error::BadInput`]: 일꾼이 0명이거나 [`MAX_WORKERS`]명을 넘거나, 합이 `u64`에 들어가지 않습니다.
/// - [`Error::ThreadsAlive`]: [`Variant::Fork`]인데 다른 스레드가 살아 있습니다.
/// - [`Error::NotRegistered`]: [`Variant::Spawn`]인데 `main` 맨 위에서 [`entry`]를 부르지 않았습니다.
/// - [`Error::Unsupported`]: 이 운영체제에서는 되지 않는 방식입니다.
/// - 그 밖에 일꾼을 만들거나 기다리다가 난 오류입니다.
pub fn run(variant: Variant, workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    if !(1..=MAX_WORKERS as usize).contains(&workers) {
        return Err(Error::BadInput {
            message: format!(
                "일꾼의 수 {workers}은(는) 범위를 벗어났습니다. 1 이상 {MAX_WORKERS} 이하로 적어 주세요"
            ),
        });
    }
    expected(range.clone())?;
    match variant {
        Variant::Sequential => sequential(workload, range, workers),
        Variant::Thread => threads_with_list(workload, range, workers),
        Variant::ThreadQueue => threads_with_queue(workload, range, workers),
        Variant::Rayon => with_rayon(workload, range, workers),
        Variant::LockedThread => locked_threads(workload, range, workers),
        Variant::Fork => forked(workload, range, workers),
        Variant::Spawn => spawned(workload, range, workers),
    }
}

/// 조각 하나를 합니다. 모든 방식이 이 함수를 부릅니다.
fn part(workload: Workload, range: Range<u64>) -> Result<u64> {
    match workload {
        Workload::Cpu => Ok(sum(range)),
        Workload::Io { addr } => io_sum(range, addr),
    }
}

fn sequential(workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    split(range, workers)
        .map(|range| part(workload, range))
        .sum()
}

fn threads_with_list(workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    let result = Mutex::new(Vec::new());
    std::thread::scope(|scope| -> Result<()> {
        let mut handles = Vec::new();
        for range in split(range, workers) {
            let result = &result;
            let handle = std::thread::Builder::new()
                .spawn_scoped(scope, move || {
                    let total = part(workload, range);
                    result
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(total);
                })
                .map_err(|source| Error::os("스레드를 만들지 못했습니다", source))?;
            handles.push(handle);
        }
        handles.into_iter().try_for_each(|handle| {
            handle.join().map_err(|payload| Error::Panicked {
                message: thread::panic_message(payload.as_ref()),
            })
        })
    })?;
    let result = result.into_inner().unwrap_or_else(PoisonError::into_inner);
    result.into_iter().sum()
}

fn threads_with_queue(workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    let (tx, rx) = thread::queue()?;
    let handles: Vec<_> = split(range, workers)
        .map(|range| {
            let tx = tx.clone();
            thread::spawn(move || tx.send(part(workload, range)))
        })
        .collect::<Result<_>>()?;
    drop(tx);
    let total = rx.iter().sum::<Result<u64>>()?;
    handles.into_iter().try_for_each(|handle| handle.join()?)?;
    Ok(total)
}

fn with_rayon(workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};

    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(workers)
        .build()
        .map_err(|source| Error::BadInput {
            message: format!(
                "rayon이 일꾼 {workers}명을 모으지 못했습니다({source}). 일꾼을 줄여 주세요"
            ),
        })?;
    let parts: Vec<_> = split(range, workers).collect();
    pool.install(|| {
        parts
            .into_par_iter()
            .map(|range| part(workload, range))
            .sum()
    })
}

fn locked_threads(workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    let gil = Gil::default();
    let handles: Vec<_> = split(range, workers)
        .map(|range| gil.spawn(move || part(workload, range)))
        .collect::<Result<_>>()?;
    handles.into_iter().map(|handle| handle.join()?).sum()
}

#[cfg(unix)]
fn forked(workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    let (tx, rx) = process::queue()?;
    let handles: Vec<_> = split(range, workers)
        .map(|range| {
            let tx = tx.clone();
            process::fork(move || -> Result<(), String> {
                let total = part(workload, range).map_err(|error| error.to_string())?;
                tx.send(total).map_err(|error| error.to_string())
            })
        })
        .collect::<Result<_>>()?;
    drop(tx);
    let total = rx.iter().sum();
    for handle in handles {
        handle.join()?.map_err(failed_in_child)?;
    }
    Ok(total)
}

#[cfg(not(unix))]
fn forked(_: Workload, _: Range<u64>, _: usize) -> Result<u64> {
    Err(Error::Unsupported {
        what: "fork로 프로세스 만들기".to_owned(),
    })
}

fn spawned(workload: Workload, range: Range<u64>, workers: usize) -> Result<u64> {
    let addr = match workload {
        Workload::Cpu => None,
        Workload::Io { addr } => Some(addr.to_string()),
    };
    let handles: Vec<_> = split(range, workers)
        .map(|range| process::spawn(spawned_part, (range.start, range.end, addr.clone())))
        .collect::<Result<_>>()?;
    handles
        .into_iter()
        .map(|handle| handle.join()?.map_err(failed_in_child))
        .sum()
}

/// 새로 시작한 프로세스가 하는 일입니다. 오류는 글이 되어 건너갑니다.
fn spawned_part((start, end, addr): (u64, u64, Option<String>)) -> Result<u64, String> {
    let workload = match addr {
        None => Workload::Cpu,
        Some(addr) => Workload::Io {
            addr: addr
                .parse()
                .map_err(|_| format!("{addr}은(는) 주소가 아닙니다"))?,
        },
    };
    part(workload, start..end).map_err(|error| error.to_string())
}

fn failed_in_child(message: String) -> Error {
    Error::WorkerFailed { message }
}
