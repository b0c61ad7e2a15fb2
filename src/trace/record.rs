//! 일꾼들이 제 상태를 적는 곳입니다.
//!
//! 락, 큐, 입출력처럼 상태가 바뀌는 곳이 [`during`]과 [`enter`]를 부릅니다. 기록하지 않을 때에는
//! 스레드 지역 변수 하나를 볼 뿐입니다.

use std::{
    cell::RefCell,
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicPtr, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Kernel, State, Trace,
    shared::{Chunk, Record, Shared},
    track,
};
use crate::{Error, Result, thread};

/// 코어를 이보다 오래 빼앗겼으면 [`State::CoreWait`]로 적습니다.
pub const LEAST_CORE_WAIT: Duration = Duration::from_micros(100);

/// 기록 한 벌입니다. fork한 자식은 `started`를 베껴 받고 `shared`를 함께 봅니다.
struct Session {
    started: Instant,
    shared: &'static Shared,
}

/// 지금 기록하는 곳입니다. 기록하지 않으면 비어 있습니다.
static SESSION: AtomicPtr<Session> = AtomicPtr::new(std::ptr::null_mut());

/// 한 번에 한 벌만 기록합니다.
static RECORDING: Mutex<()> = Mutex::new(());

thread_local! {
    /// 이 스레드가 적는 곳입니다. 소멸자가 없으므로 스레드가 끝나는 동안에도 쓸 수 있습니다.
    static WRITER: RefCell<Option<Writer>> = const { RefCell::new(None) };
}

/// 한 일꾼이 적는 곳입니다.
struct Writer {
    session: &'static Session,
    track: u32,
    chunk: Option<&'static Chunk>,
    state: State,
    lock: u64,
    core: Option<u16>,
    /// 마지막으로 적은 때입니다. 시각이 거꾸로 가지 않게 합니다.
    last: u64,
    /// 마지막으로 들여다본 때와 그때까지 쓴 CPU 시간입니다.
    looked: Option<(u64, u64)>,
    kernel: Option<Kernel>,
}

impl Writer {
    /// 이 스레드가 `track`을 적기 시작합니다.
    fn start(session: &'static Session, track: u32, kernel: Option<Kernel>) -> Writer {
        let slot = session.shared.slot(track);
        slot.pid.store(process::id(), Ordering::Relaxed);
        slot.tid.store(thread::id(), Ordering::Relaxed);
        let mut writer = Writer {
            session,
            track,
            chunk: session.shared.new_chunk(track),
            state: State::Running,
            lock: 0,
            core: None,
            last: 0,
            looked: None,
            kernel,
        };
        writer.enter(State::Running, 0);
        writer
    }

    fn now(&self) -> u64 {
        let now = self.session.started.elapsed().as_nanos() as u64;
        now.max(self.last)
    }

    fn push(&mut self, at: u64, code: u8) {
        let record = Record {
            at,
            code,
            core: self.core,
            lock: self.lock,
        };
        self.last = at;
        if self.chunk.is_some_and(|chunk| chunk.push(record)) {
            return;
        }
        self.chunk = self.session.shared.new_chunk(self.track);
        if !self.chunk.is_some_and(|chunk| chunk.push(record)) {
            self.session.shared.drop_one();
        }
    }

    fn enter(&mut self, state: State, lock: u64) {
        let now = self.now();
        self.core = current_core();
        (self.state, self.lock, self.looked) = (state, lock, None);
        self.push(now, state.code());
    }

    /// 달리는 동안 이따금 불려, 그사이 코어를 빼앗겼거나 옮겨 앉았으면 적습니다.
    fn look(&mut self) {
        let (now, core) = (self.now(), current_core());
        let cpu = thread_cpu();
        let away = self.looked.zip(cpu).map_or(0, |((then, cpu_then), cpu)| {
            (now - then).saturating_sub(cpu.saturating_sub(cpu_then))
        });
        // 락을 쥔 채 코어를 빼앗겨도 락은 쥐고 있습니다.
        if self.state == State::Running && away > LEAST_CORE_WAIT.as_nanos() as u64 {
            // 이 사이의 어느 때였는지는 모릅니다. 끝에 몰아 적으므로 들여다보는 간격만큼 어긋날 수 있습니다.
            self.core = None;
            self.push(now - away.min(now - self.last), State::CoreWait.code());
            self.core = core;
            self.push(now, State::Running.code());
        } else if core != self.core {
            self.core = core;
            self.push(now, self.state.code());
        }
        self.looked = cpu.map(|cpu| (now, cpu));
    }

    fn end(mut self) {
        let now = self.now();
        self.push(now, 0);
        let slot = self.session.shared.slot(self.track);
        if let Some(kernel) = Kernel::now() {
            slot.set_kernel(kernel.since(self.kernel.unwrap_or_default()));
        }
    }
}

/// `f`를 부르는 동안 모든 일꾼이 무엇을 했는지 기록합니다.
///
/// 부른 스레드와, 그동안 [`crate::thread`], [`crate::gil`], [`crate::process::fork`]로 만든 일꾼이
/// 저마다 한 줄([`Track`](super::Track))입니다. `program`은 그림에 적을 프로그램의 이름입니다.
///
/// ```
/// use noriteo::{gil::Gil, trace, work};
///
/// let (total, trace) = trace::record("보기", || {
///     let gil = Gil::default();
///     let left = gil.spawn(|| work::sum(0..1_000))?;
///     let right = gil.spawn(|| work::sum(1_000..2_000))?;
///     Ok(left.join()? + right.join()?)
/// })?;
/// assert_eq!(total, 1_999_000);
/// assert_eq!(trace.tracks.len(), 3); // 본 스레드와 둘
/// assert!(!trace.overlaps_held());
/// print!("{}", trace.picture(60));
/// # Ok::<(), noriteo::Error>(())
/// ```
///
/// 다른 프로그램으로 다시 시작하는 [`crate::process::spawn`]의 자식과, 표준 라이브러리로 바로 만든 스레드는
/// 기록하지 않습니다. `f`가 끝난 뒤에도 살아 있는 일꾼의 줄은 거기서 끊깁니다.
///
/// # Errors
/// `f`의 오류를 그대로 돌려줍니다. 이미 기록하는 중이면 [`Error::BadInput`], 메모리를 얻지 못하면 [`Error::Os`]입니다.
pub fn record<T>(program: &str, f: impl FnOnce() -> Result<T>) -> Result<(T, Trace)> {
    let Ok(_alone) = RECORDING.try_lock().or_else(|error| match error {
        std::sync::TryLockError::Poisoned(poisoned) => Ok(PoisonError::into_inner(poisoned)),
        std::sync::TryLockError::WouldBlock => Err(()),
    }) else {
        return Err(Error::BadInput {
            message: "이미 기록하는 중입니다. 앞의 기록이 끝난 뒤에 다시 기록해 주세요".to_owned(),
        });
    };
    // 기록이 끝난 뒤에 끝나는 일꾼이 적을 수 있으므로 거두지 않습니다.
    let session: &'static Session = Box::leak(Box::new(Session {
        shared: Shared::new()?,
        started: Instant::now(),
    }));
    let track = session.shared.new_track().unwrap_or_default();
    let mine = Writer::start(session, track, Kernel::now());
    let before = WRITER.replace(Some(mine));
    SESSION.store(std::ptr::from_ref(session).cast_mut(), Ordering::Release);
    let stop = Stop { before };
    let done = f();
    drop(stop);
    let length = session.started.elapsed();
    let trace = Trace::of(
        program,
        track::gather(session.shared, length),
        length,
        session.shared.dropped(),
    );
    done.map(|value| (value, trace))
}

/// 버리면 기록을 멈춥니다. `f`가 패닉해도 멈춥니다.
struct Stop {
    before: Option<Writer>,
}

impl Drop for Stop {
    fn drop(&mut self) {
        SESSION.store(std::ptr::null_mut(), Ordering::Release);
        if let Some(mine) = WRITER.replace(self.before.take()) {
            mine.end();
        }
    }
}

/// 새 일꾼의 자리입니다. 만드는 쪽이 받아 새 일꾼에게 넘깁니다. 기록하지 않으면 비어 있습니다.
pub(crate) struct Seat(Option<(&'static Session, u32)>);

/// 새 일꾼의 자리를 받습니다.
pub(crate) fn seat() -> Seat {
    let session = SESSION.load(Ordering::Acquire);
    if session.is_null() {
        return Seat(None);
    }
    // SAFETY: `record`가 영영 거두지 않는 값에서 얻은 주소입니다.
    let session: &'static Session = unsafe { &*session };
    match session.shared.new_track() {
        Some(track) => Seat(Some((session, track))),
        None => {
            session.shared.drop_one();
            Seat(None)
        }
    }
}

impl Seat {
    /// 새 일꾼이 적기 시작합니다. 돌려받은 것을 버릴 때 끝납니다.
    pub(crate) fn sit(self) -> Seated {
        // fork한 자식은 부모가 적던 곳을 베껴 받으므로, 자리가 없어도 비웁니다.
        WRITER.set(
            self.0
                .map(|(session, track)| Writer::start(session, track, None)),
        );
        Seated
    }

    /// 자식이 제 줄을 끝맺지 못하고 죽었음을 부모가 알았습니다.
    pub(crate) fn gone(&self) {
        if let Some((session, track)) = self.0 {
            let now = session.started.elapsed().as_nanos() as u64;
            let slot = session.shared.slot(track);
            slot.gone_at.store(now.max(1), Ordering::Relaxed);
        }
    }

    /// 기록하지 않는 일꾼의 자리입니다.
    pub(crate) fn none() -> Seat {
        Seat(None)
    }
}

/// 버리면 이 일꾼의 줄을 끝맺습니다.
pub(crate) struct Seated;

impl Drop for Seated {
    fn drop(&mut self) {
        if let Some(writer) = WRITER.take() {
            writer.end();
        }
    }
}

/// `f`를 부르는 동안 이 일꾼이 `state`라고 적습니다. 기록하지 않을 때에는 `f`만 부릅니다.
///
/// 락, 큐, `join`, [`crate::work::io_sum`]은 스스로 적으므로, 프로그램이 바로 하는 입출력에만 씁니다.
#[inline]
pub fn during<T>(state: State, f: impl FnOnce() -> T) -> T {
    let Some((before, lock)) = replace(state) else {
        return f();
    };
    let value = f();
    enter(before, lock);
    value
}

#[inline]
fn replace(state: State) -> Option<(State, u64)> {
    WRITER.with_borrow_mut(|writer| {
        let writer = writer.as_mut()?;
        let before = (writer.state, writer.lock);
        writer.enter(state, 0);
        Some(before)
    })
}

/// 지금부터 이 일꾼이 `state`라고 적습니다. `lock`은 락을 가리는 수입니다(없으면 0).
#[inline]
pub(crate) fn enter(state: State, lock: u64) {
    WRITER.with_borrow_mut(|writer| {
        if let Some(writer) = writer {
            writer.enter(state, lock);
        }
    });
}

/// 오래 달리는 일이 이따금(0.1 ms쯤에 한 번) 부릅니다.
#[inline]
pub(crate) fn look() {
    WRITER.with_borrow_mut(|writer| {
        if let Some(writer) = writer {
            writer.look();
        }
    });
}

/// 기록하는 중이면, 부른 일꾼의 줄에 붙일 이름을 적습니다. 64바이트까지 적습니다.
///
/// 적지 않으면 「스레드 1」, 「프로세스 2」처럼 만든 차례로 이름이 붙습니다.
pub fn set_name(name: &str) {
    WRITER.with_borrow(|writer| {
        if let Some(writer) = writer {
            writer.session.shared.slot(writer.track).set_name(name);
        }
    });
}

/// 지금 이 스레드가 앉은 코어의 번호입니다(`sched_getcpu(3)`). Linux에서만 압니다.
fn current_core() -> Option<u16> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: 인자가 없고, 메모리를 건드리지 않습니다.
        u16::try_from(unsafe { nix::libc::sched_getcpu() }).ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        None
    }
}

/// 이 스레드가 쓴 CPU 시간(나노초)입니다. Unix에서만 압니다.
fn thread_cpu() -> Option<u64> {
    #[cfg(unix)]
    {
        use nix::libc::{CLOCK_THREAD_CPUTIME_ID, clock_gettime, timespec};

        let mut time = timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `time`은 이 호출 동안 살아 있습니다.
        let done = unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) } == 0;
        done.then(|| time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
    }
    #[cfg(not(unix))]
    {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_stops_even_if_the_work_panics() -> Result<()> {
        let (recording, _) = record("끝남", || Ok(seat().0.is_some()))?;
        assert!(recording);
        assert!(seat().0.is_none() && WRITER.take().is_none());
        let panicked = std::panic::catch_unwind(|| record("패닉", || -> Result<()> { panic!() }));
        assert!(panicked.is_err());
        assert!(seat().0.is_none() && WRITER.take().is_none());
        Ok(())
    }
}
