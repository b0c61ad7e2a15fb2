//! `src/gil/sync.rs` 대신 끼우는 도구입니다. 시각은 가짜 시계의 것이고, 차례는 하나로 정해져 있습니다.
//!
//! * 시각은 정수 마이크로초입니다. 시간은 [`pass`]와 조건 변수에서 잘 때에만 흐릅니다.
//! * 한 번에 한 스레드만 달립니다. 다음에 움직일 것은 할 일의 목록에서 시각이 가장 이른 것이고,
//!   시각이 같으면 먼저 적힌 것입니다. 조건 변수의 줄에서도 먼저 온 것을 먼저 깨웁니다.
//! * 깨워진 스레드와 시간이 다 된 스레드는 [`reset`]에 준 만큼 뒤에 움직입니다.
//!
//! [`shuttle`]은 스레드를 옮겨 타는 데에만 씁니다. 어느 스레드로 옮길지는 [`InTurn`]이 위의 목록을 보고 말합니다.
//! 모든 스레드가 운영체제의 스레드 하나에서 번갈아 달리므로 장부는 표준 라이브러리의 스레드 지역 변수입니다.

use std::{
    cell::RefCell,
    collections::VecDeque,
    ops::{Deref, DerefMut},
    sync::{self, LockResult, PoisonError},
    time::Duration,
};

use noriteo::trace::State;
use shuttle::{
    scheduler::{Schedule, Scheduler, Task, TaskId},
    thread,
};

pub use noriteo::trace::State as Trace;
pub use shuttle::thread_local;
pub use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// 할 일 하나입니다. 스레드마다 많아야 하나입니다.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Plan {
    at: u64,
    /// 적힌 차례입니다.
    order: u64,
    thread: usize,
    /// 시간이 다 된 것이면 참입니다. 움직이는 것은 깨어나는 데 드는 시간 뒤입니다.
    timer: bool,
}

#[derive(Default)]
struct World {
    now: u64,
    wake: u64,
    order: u64,
    plans: Vec<Plan>,
    /// 이제 달릴 스레드입니다.
    turn: usize,
    /// 시간이 다 되어 깬 스레드입니다.
    timed_out: Vec<usize>,
    /// 조건 변수의 줄들입니다. 만든 차례로 번호를 매깁니다.
    queues: Vec<VecDeque<usize>>,
    log: Vec<Entry>,
}

/// 타임라인에 적은 것 하나입니다.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub thread: usize,
    pub state: State,
    pub at: u64,
}

std::thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fn world<T>(look: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with_borrow_mut(look)
}

/// 새 세상을 엽니다. `wake`는 깨어나는 데 드는 시간입니다(µs).
pub fn reset(wake: u64) {
    world(|world| {
        *world = World {
            wake,
            ..World::default()
        }
    });
}

pub fn now() -> u64 {
    world(|world| world.now)
}

/// 타임라인에 적힌 것을 모두 꺼냅니다.
pub fn log() -> Vec<Entry> {
    world(|world| std::mem::take(&mut world.log))
}

pub fn me() -> usize {
    usize::from(thread::current().id())
}

impl World {
    fn plan(&mut self, thread: usize, at: u64, timer: bool) {
        let order = self.order;
        self.order += 1;
        self.plans.push(Plan {
            at,
            order,
            thread,
            timer,
        });
    }

    /// 깨웁니다. 걸어 둔 시간은 거둡니다.
    fn rise(&mut self, thread: usize) {
        self.plans.retain(|plan| plan.thread != thread);
        self.plan(thread, self.now + self.wake, false);
    }

    /// 다음에 달릴 스레드를 정하고 시계를 그때로 옮깁니다. 할 일이 없으면 주 스레드입니다.
    fn choose(&mut self) {
        while let Some(next) = self.plans.iter().min().copied() {
            self.plans.retain(|plan| *plan != next);
            self.now = next.at;
            if !next.timer {
                self.turn = next.thread;
                return;
            }
            for queue in &mut self.queues {
                queue.retain(|&thread| thread != next.thread);
            }
            self.timed_out.push(next.thread);
            self.rise(next.thread);
        }
        self.turn = 0;
    }
}

/// `thread`가 `at`에 움직이도록 적습니다.
pub fn plan(thread: usize, at: u64) {
    world(|world| world.plan(thread, at, false));
}

/// 다음 스레드를 정합니다. 스레드를 끝내기 바로 앞에 부릅니다.
pub fn choose() {
    world(World::choose);
}

/// 다음 스레드에게 차례를 주고, 이 스레드의 차례가 올 때까지 멈춥니다.
pub fn hand_over() {
    choose();
    if world(|world| world.turn) != me() {
        thread::yield_now();
    }
}

/// 이 스레드에서 시간이 `length`만큼 흐릅니다. 그사이 다른 일이 없으면 곧장 나아갑니다.
pub fn pass(length: u64) {
    let at = now() + length;
    let alone = world(|world| world.plans.iter().all(|plan| plan.at > at));
    if alone {
        world(|world| world.now = at);
    } else {
        plan(me(), at);
        hand_over();
    }
}

/// 정해진 스레드로만 옮겨 타는 스케줄러입니다.
#[derive(Debug, Default)]
pub struct InTurn {
    started: bool,
}

impl Scheduler for InTurn {
    fn new_execution(&mut self) -> Option<Schedule> {
        let first = !std::mem::replace(&mut self.started, true);
        first.then(|| Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        _current: Option<TaskId>,
        _yielding: bool,
    ) -> Option<TaskId> {
        let turn = world(|world| world.turn);
        let mut ids = runnable.iter().map(|task| task.id());
        let next = ids.find(|&id| usize::from(id) == turn);
        assert!(next.is_some(), "교착 상태: 할 일이 있는 스레드가 없습니다");
        next
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("우연은 쓰지 않습니다")
    }
}

pub mod trace {
    use super::{Entry, State, me, world};

    /// 진짜 `trace::enter`처럼 이 스레드의 상태를 적습니다.
    pub fn enter(state: State, _: u64) {
        let thread = me();
        world(|world| {
            let at = world.now;
            world.log.push(Entry { thread, state, at });
        });
    }
}

pub struct Instant(u64);

impl Instant {
    pub fn now() -> Instant {
        Instant(now())
    }

    pub fn elapsed(&self) -> Duration {
        Duration::from_micros(now() - self.0)
    }
}

/// 잠근 채로는 차례가 바뀌지 않으므로 다투는 일이 없습니다.
pub struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T> {
        Mutex(sync::Mutex::new(value))
    }

    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let inner = self.0.try_lock().expect("잠근 채로 차례가 바뀌었습니다");
        Ok(MutexGuard {
            inner: Some(inner),
            mutex: self,
        })
    }
}

/// 기다렸다가 다시 잠글 수 있도록 뮤텍스를 기억하는 가드입니다.
pub struct MutexGuard<'a, T> {
    /// 기다리는 동안에는 비어 있습니다.
    inner: Option<sync::MutexGuard<'a, T>>,
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

/// 줄의 번호입니다.
pub struct Condvar(usize);

pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub fn new() -> Condvar {
        world(|world| {
            world.queues.push(VecDeque::new());
            Condvar(world.queues.len() - 1)
        })
    }

    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        Ok(self.sleep(guard, None).0)
    }

    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        interval: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let micros = u64::try_from(interval.as_micros()).expect("간격은 u64에 들어갑니다");
        let (guard, timed_out) = self.sleep(guard, Some(micros));
        Ok((guard, WaitTimeoutResult(timed_out)))
    }

    fn sleep<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Option<u64>,
    ) -> (MutexGuard<'a, T>, bool) {
        let (me, mutex) = (me(), guard.mutex);
        world(|world| {
            world.queues[self.0].push_back(me);
            world.timed_out.retain(|&thread| thread != me);
            if let Some(timeout) = timeout {
                world.plan(me, world.now + timeout, true);
            }
        });
        drop(guard.inner.take());
        hand_over();
        let timed_out = world(|world| world.timed_out.contains(&me));
        let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        (guard, timed_out)
    }

    pub fn notify_one(&self) {
        world(|world| {
            if let Some(thread) = world.queues[self.0].pop_front() {
                world.rise(thread);
            }
        });
    }

    pub fn notify_all(&self) {
        world(|world| {
            for thread in std::mem::take(&mut world.queues[self.0]) {
                world.rise(thread);
            }
        });
    }
}
