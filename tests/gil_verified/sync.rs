//! `src/gil/sync.rs` 대신 끼우는 도구입니다. 차례를 정하는 것은 운영체제가 아니라 [`shuttle`]입니다.
//!
//! * 뮤텍스와 원자적 변수를 만지기 바로 앞마다 shuttle이 다른 스레드로 바꿀 수 있습니다.
//! * 시간이 정해진 기다림은 언제든 끝날 수 있습니다. 기다리는 스레드를 달릴 수 있는 채로 두어,
//!   깨우기 전에 차례가 오면 시간이 다 된 것으로 칩니다. 간격이 [`NEVER`]이면 깨워야만 끝납니다.
//! * 까닭 없이 깨는 일(spurious wakeup)도 있습니다. 표준 라이브러리의 조건 변수가 그럴 수 있기 때문입니다.
//! * 시계는 볼 때마다 1 ns씩 갑니다. 그래서 두 시각이 같을 수 없습니다.
//!
//! 일찍 깨는 횟수는 한 번의 실행에서 [`Budget`]만큼입니다. 다 쓰면 깨워야만 끝나므로,
//! 잃어버린 깨움을 시간이 메워 주지 못하고 교착 상태로 드러납니다.
//! 있었던 일은 [`Event`]로 남고, `properties`가 그것을 봅니다.
//!
//! shuttle은 모든 스레드를 운영체제의 스레드 하나에서 번갈아 돌립니다.
//! 그래서 여기의 장부는 표준 라이브러리의 스레드 지역 변수이고, 실행마다 [`reset`]으로 비웁니다.

use std::{
    cell::{Cell, RefCell},
    ops::{Deref, DerefMut},
    rc::Rc,
    sync::{LockResult, PoisonError},
    time::Duration,
};

use noriteo::trace::State;
use shuttle::{
    future::batch_semaphore::{BatchSemaphore, Fairness},
    rand::{RngCore, thread_rng},
    sync as model, thread,
};

pub use noriteo::trace::State as Trace;
pub use shuttle::{
    sync::atomic::{AtomicUsize, Ordering},
    thread_local,
};

/// 저절로 끝나지 않는 전환 간격입니다.
pub const NEVER: Duration = Duration::MAX;

/// 언제든 끝날 수 있는 전환 간격입니다.
pub const OFTEN: Duration = Duration::from_millis(5);

/// 락에서 일어난 일입니다. 수는 스레드의 번호입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// 타임라인에 상태를 적었습니다.
    Trace(usize, State),
    /// 조건 변수에서 잠들었습니다. 시간이 정해진 기다림이면 `true`입니다.
    Sleep(usize, bool),
    /// 깨어나 뮤텍스를 다시 잠갔습니다. 시간이 다 되었으면 `true`입니다.
    Wake(usize, bool),
    /// 기다리는 스레드가 없는데 깨웠습니다. 틀린 것은 아니지만 헛된 시스템 호출입니다.
    Needless(usize),
    /// 비켜 달라고 요청했습니다.
    Request(usize),
    /// 걸려 있던 요청을 껐습니다.
    Answer(usize),
    /// `checkpoint`나 `allow_threads`를 부르려 합니다.
    Offer(usize),
    /// 앞의 것을 부른 뒤 다음 일을 합니다.
    Offered(usize),
    /// 놓고 나면 돌아오지 않습니다.
    Farewell(usize),
    /// 뮤텍스를 잠그지 않은 채 해서는 안 되는 일을 했습니다.
    Unguarded(usize),
}

/// 한 번의 실행에서 일찍 깨어날 수 있는 횟수입니다.
#[derive(Clone, Copy)]
pub struct Budget {
    /// 시간이 다 되는 횟수입니다.
    pub timeouts: usize,
    /// 까닭 없이 깨는 횟수입니다.
    pub spurious: usize,
}

std::thread_local! {
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
    static TIMEOUTS: Cell<usize> = const { Cell::new(0) };
    static SPURIOUS: Cell<usize> = const { Cell::new(0) };
    /// 뮤텍스를 잠근 스레드입니다. 한 번의 실행에 락은 하나입니다.
    static GUARDING: Cell<Option<usize>> = const { Cell::new(None) };
    static CLOCK: Cell<u64> = const { Cell::new(0) };
}

/// 실행 하나를 시작합니다.
pub fn reset(budget: Budget) {
    EVENTS.with_borrow_mut(Vec::clear);
    TIMEOUTS.set(budget.timeouts);
    SPURIOUS.set(budget.spurious);
    GUARDING.set(None);
}

/// 이번 실행에서 있었던 일입니다.
pub fn events() -> Vec<Event> {
    EVENTS.with_borrow(Clone::clone)
}

pub fn log(event: fn(usize) -> Event) {
    let event = event(me());
    EVENTS.with_borrow_mut(|events| events.push(event));
}

fn me() -> usize {
    usize::from(thread::current().id())
}

/// 뮤텍스를 잠그고 하기로 한 일인지 봅니다.
fn must_be_guarding() {
    if GUARDING.get() != Some(me()) {
        log(Event::Unguarded);
    }
}

pub mod trace {
    use super::{Event, State, log, must_be_guarding};

    /// 진짜 `trace::enter`처럼 이 스레드의 상태를 적습니다.
    pub fn enter(state: State, _: u64) {
        match state {
            State::Held => {
                must_be_guarding();
                log(|me| Event::Trace(me, State::Held));
            }
            State::LockWait => log(|me| Event::Trace(me, State::LockWait)),
            _ => log(|me| Event::Trace(me, State::Running)),
        }
    }
}

pub struct Instant(u64);

impl Instant {
    pub fn now() -> Instant {
        CLOCK.set(CLOCK.get() + 1);
        Instant(CLOCK.get())
    }

    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(Instant::now().0 - self.0)
    }
}

/// 걸고 끄는 것을 적어 두는 변수입니다.
pub struct AtomicBool(model::atomic::AtomicBool);

impl AtomicBool {
    pub fn new(value: bool) -> AtomicBool {
        AtomicBool(model::atomic::AtomicBool::new(value))
    }

    pub fn load(&self, order: Ordering) -> bool {
        self.0.load(order)
    }

    pub fn swap(&self, value: bool, order: Ordering) -> bool {
        let before = self.0.swap(value, order);
        must_be_guarding();
        match (before, value) {
            (false, true) => log(Event::Request),
            (true, false) => log(Event::Answer),
            _ => {}
        }
        before
    }
}

pub struct Mutex<T>(model::Mutex<T>);

impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T> {
        Mutex(model::Mutex::new(value))
    }

    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        GUARDING.set(Some(me()));
        Ok(MutexGuard {
            inner: Some(inner),
            mutex: self,
        })
    }
}

/// 기다렸다가 다시 잠글 수 있도록 뮤텍스를 기억하는 가드입니다.
pub struct MutexGuard<'a, T> {
    /// 기다리는 동안에는 비어 있습니다.
    inner: Option<model::MutexGuard<'a, T>>,
    mutex: &'a Mutex<T>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().expect("잠근 동안에만 봅니다")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("잠근 동안에만 봅니다")
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.inner.is_some() {
            GUARDING.set(None);
        }
    }
}

/// 잠든 스레드 하나입니다. 저만의 세마포어에서 잡니다. 잠들기 앞에 깨워도 잃지 않습니다.
struct Sleeper {
    notified: Cell<bool>,
    bell: BatchSemaphore,
}

#[derive(Default)]
pub struct Condvar {
    sleepers: RefCell<Vec<Rc<Sleeper>>>,
    /// 잠들어서 다시 잠글 때까지의 스레드입니다. 깨웠지만 아직 잠그지 못한 것도 셉니다.
    waiting: Cell<usize>,
    /// 뮤텍스를 놓은 뒤에 깨우기도 하므로, 깨우기 바로 앞에서도 차례가 바뀔 수 있게 만집니다.
    touched: model::atomic::AtomicBool,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 뮤텍스와 원자적 변수와 `bell`을
// 만질 때에만 바꿉니다. 여기의 칸들을 빌린 동안에는 그런 것을 만지지 않습니다.
unsafe impl Send for Condvar {}
// SAFETY: 위와 같습니다.
unsafe impl Sync for Condvar {}

pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub fn new() -> Condvar {
        Condvar::default()
    }

    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        log(|me| Event::Sleep(me, false));
        let (guard, _) = self.sleep(guard, &SPURIOUS, true);
        log(|me| Event::Wake(me, false));
        Ok(guard)
    }

    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        interval: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        log(|me| Event::Sleep(me, true));
        let (guard, notified) = self.sleep(guard, &TIMEOUTS, interval != NEVER);
        log(if notified {
            |me| Event::Wake(me, false)
        } else {
            |me| Event::Wake(me, true)
        });
        Ok((guard, WaitTimeoutResult(!notified)))
    }

    /// 뮤텍스를 놓고 잠들었다가 다시 잠급니다. 누가 깨웠으면 `true`를 함께 돌려줍니다.
    fn sleep<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        budget: &'static std::thread::LocalKey<Cell<usize>>,
        may_wake_early: bool,
    ) -> (MutexGuard<'a, T>, bool) {
        self.waiting.set(self.waiting.get() + 1);
        let me = Rc::new(Sleeper {
            notified: Cell::new(false),
            bell: BatchSemaphore::new(0, Fairness::Unfair),
        });
        self.sleepers.borrow_mut().push(Rc::clone(&me));
        let early = may_wake_early && budget.get() > 0;
        let mutex = guard.mutex;
        GUARDING.set(None);
        drop(guard.inner.take());
        if early {
            budget.set(budget.get() - 1);
            // 달릴 수 있는 채로 둡니다. 깨우기 전에 차례가 오면 일찍 깬 것입니다.
            thread::yield_now();
        } else {
            let _ = me.bell.acquire_blocking(1);
        }
        let notified = me.notified.get();
        if !notified {
            let mut sleepers = self.sleepers.borrow_mut();
            sleepers.retain(|other| !Rc::ptr_eq(other, &me));
        } else if early {
            budget.set(budget.get() + 1);
        }
        let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.set(self.waiting.get() - 1);
        (guard, notified)
    }

    /// 잠든 스레드 가운데 아무나 하나를 깨웁니다.
    pub fn notify_one(&self) {
        if self.waiting.get() == 0 {
            log(Event::Needless);
        }
        let last = self.sleepers.borrow().len().saturating_sub(1);
        let chosen = (0..last).find(|_| thread_rng().next_u64() & 1 == 0);
        let mut sleepers = self.sleepers.borrow_mut();
        if sleepers.is_empty() {
            return;
        }
        let sleeper = sleepers.remove(chosen.unwrap_or(last));
        drop(sleepers);
        ring(&sleeper);
    }

    pub fn notify_all(&self) {
        self.touched.load(Ordering::SeqCst);
        let sleepers = self.sleepers.take();
        sleepers.iter().for_each(|sleeper| ring(sleeper));
    }
}

fn ring(sleeper: &Sleeper) {
    sleeper.notified.set(true);
    sleeper.bell.release(1);
}
