//! 락의 알고리즘입니다. 쥐고, 놓고, 비켜 주는 일이 모두 이 파일에 있습니다.
//!
//! 이 파일은 세 번 컴파일됩니다. 한 번은 여기에서, 또 두 번은 검사 `gil_verified`와 `gil_model`에서 그대로입니다.
//! 앞의 검사는 스레드의 차례를 제 손으로 정하는 도구로, 뒤의 검사는 가짜 시계로 `super::sync`를 바꾸어 끼웁니다.
//! 그래서 스레드가 서로 만나는 도구와 시계와 기록은 `super::sync`에서만 들여옵니다.

use std::{
    cell::RefCell,
    sync::{Arc, PoisonError},
    time::Duration,
};

use super::{
    MAX_SLICES, Slice, Stats, WorkerStats,
    sync::{
        AtomicBool, AtomicUsize, Condvar, Instant, Mutex, MutexGuard, Ordering, Trace,
        thread_local, trace,
    },
};

thread_local! {
    /// 이 스레드가 지금 쥔 락과 그 안의 번호입니다. 쥐지 않았으면 비어 있습니다.
    static CURRENT: RefCell<Option<Seat>> = const { RefCell::new(None) };
}

/// 비켜 달라는 요청이 있으면 락을 넘기고, 차례가 다시 오면 돌아옵니다.
///
/// 요청이 없으면 스레드 지역 변수를 보고 원자적 변수 하나를 느슨하게(relaxed) 읽을 뿐입니다.
/// 락을 쥐지 않은 스레드에서는 아무 일도 하지 않습니다.
#[inline]
pub fn checkpoint() {
    // 스레드가 끝나는 중이라 지역 변수가 없으면 락도 쥐고 있지 않습니다.
    let _ = CURRENT.try_with(|current| {
        if let Some(seat) = &*current.borrow() {
            // 요청은 부탁일 뿐이고 자료는 뮤텍스를 거쳐 오가므로 순서를 맞출 것이 없습니다.
            if seat.shared.drop_request.load(Ordering::Relaxed) {
                seat.give_way();
            }
        }
    });
}

/// 락을 놓고 `f`를 부른 뒤 다시 쥡니다. 파일이나 큐를 기다리는 일을 이 안에서 합니다.
///
/// CPython의 `Py_BEGIN_ALLOW_THREADS`와 `Py_END_ALLOW_THREADS`에 해당합니다. `f`가 패닉해도 다시 쥡니다.
/// 락을 쥐지 않은 스레드에서는, 그래서 `allow_threads` 안에서 또 불러도, `f`만 부릅니다.
pub fn allow_threads<T>(f: impl FnOnce() -> T) -> T {
    // 지역 변수가 없는 스레드는 락도 쥐고 있지 않습니다.
    match CURRENT.try_with(RefCell::take) {
        Ok(Some(seat)) => {
            seat.drop_gil(Leave::ToReturn);
            let _outside = Outside { seat: Some(seat) };
            f()
        }
        _ => f(),
    }
}

/// 지금 이 스레드가 [`Gil`](super::Gil)을 쥐고 있는지 알아봅니다.
pub fn is_held() -> bool {
    CURRENT
        .try_with(|current| current.borrow().is_some())
        .unwrap_or(false)
}

/// 지금 이 스레드가 바로 이 락을 쥐고 있는지 알아봅니다.
pub(super) fn holds(shared: &Arc<Shared>) -> bool {
    CURRENT.with(|current| {
        let current = current.borrow();
        current
            .as_ref()
            .is_some_and(|seat| Arc::ptr_eq(&seat.shared, shared))
    })
}

/// 스레드들이 함께 보는 락의 속입니다.
pub(super) struct Shared {
    /// 기다리다 지친 스레드가 켜고, 새로 쥐는 스레드가 끕니다. 고치는 것은 `state`를 잠근 동안뿐입니다.
    drop_request: AtomicBool,
    /// 락 안에 있는 스레드의 수입니다. 락이 제구실을 하는지 락 밖의 눈으로 봅니다.
    in_flight: AtomicUsize,
    max_in_flight: AtomicUsize,
    created: Instant,
    state: Mutex<State>,
    /// 락이 비었음을 기다리는 스레드에게 알립니다(CPython의 `cond`).
    freed: Condvar,
    /// 다른 스레드가 쥐었음을 비켜 준 스레드에게 알립니다(CPython의 `switch_cond`).
    switched: Condvar,
}

pub(super) struct State {
    pub(super) interval: Duration,
    pub(super) holder: Option<Holder>,
    /// 지금 쥐었거나, 아무도 쥐지 않았으면 마지막으로 쥐었던 작업자입니다.
    last_holder: Option<usize>,
    /// `freed`에서 기다리는 스레드의 수입니다. 아무도 없을 때 깨우는 시스템 호출을 아낍니다.
    waiting: usize,
    /// `max_in_flight`만 여기 없고 `Shared`에 있습니다.
    pub(super) stats: Stats,
}

pub(super) struct Holder {
    pub(super) worker: usize,
    since: Duration,
}

impl Shared {
    pub(super) fn new(switch_interval: Duration) -> Shared {
        Shared {
            drop_request: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            max_in_flight: AtomicUsize::new(0),
            created: Instant::now(),
            state: Mutex::new(State::new(switch_interval)),
            freed: Condvar::new(),
            switched: Condvar::new(),
        }
    }

    /// 간격을 바꾸고, 기다리던 스레드도 새 간격으로 처음부터 다시 기다리게 깨웁니다.
    pub(super) fn set_interval(&self, switch_interval: Duration) {
        self.lock().interval = switch_interval;
        self.freed.notify_all();
    }

    /// 지금까지의 통계에 지금 쥐고 있는 몫을 더합니다.
    pub(super) fn stats(&self) -> Stats {
        let state = self.lock();
        let mut stats = state.stats.clone();
        if let Some(holder) = &state.holder {
            let so_far = self.created.elapsed().saturating_sub(holder.since);
            stats.held += so_far;
            stats.workers[holder.worker].held += so_far;
        }
        stats.max_in_flight = self.max_in_flight.load(Ordering::Relaxed);
        stats
    }

    /// 기록에서 이 락을 가리는 수입니다. 0이 아닙니다.
    fn id(&self) -> u64 {
        ((std::ptr::from_ref(self).addr() as u64 >> 4) & 0xffff_ffff).max(1)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // 뮤텍스를 잠근 동안 부르는 남의 코드가 없어 상태가 반쯤 바뀐 채 패닉할 수 없습니다.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 왜 놓는지에 따라 놓은 뒤의 일이 다릅니다.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// 요청을 보고 놓습니다.
    Forced,
    /// 스스로 놓지만 돌아올 수 있습니다.
    ToReturn,
    /// 스레드가 끝납니다. 돌아오지 않으므로 남이 쥐는지 지켜볼 까닭이 없습니다.
    ForGood,
}

/// 한 스레드가 한 락 안에서 차지하는 자리입니다.
pub(super) struct Seat {
    pub(super) shared: Arc<Shared>,
    pub(super) worker: usize,
}

impl Seat {
    /// 다음 번호를 받은 새 자리입니다.
    pub(super) fn new(shared: &Arc<Shared>) -> Seat {
        let workers = &mut shared.lock().stats.workers;
        let worker = workers.len();
        workers.push(WorkerStats {
            ordinal: worker,
            ..WorkerStats::default()
        });
        Seat {
            shared: Arc::clone(shared),
            worker,
        }
    }

    /// 락을 쥡니다. 남이 쥐고 있으면 기다리고, 한 간격이 지나도 그대로면 비켜 달라고 합니다.
    fn take_gil(&self) {
        let shared = &*self.shared;
        trace::enter(Trace::LockWait, shared.id());
        let mut state = shared.lock();
        while state.holder.is_some() {
            let switches = state.stats.switches;
            let interval = state.interval;
            state.waiting += 1;
            let (woken, wait) = shared
                .freed
                .wait_timeout(state, interval)
                .unwrap_or_else(PoisonError::into_inner); // 까닭은 `Shared::lock`과 같습니다.
            state = woken;
            state.waiting -= 1;
            // 그사이 바뀌었다면 새로 쥔 스레드에게도 한 간격을 줍니다.
            let stuck = state.holder.is_some() && state.stats.switches == switches;
            if wait.timed_out() && stuck && !shared.drop_request.swap(true, Ordering::Relaxed) {
                state.stats.drop_requests += 1;
            }
        }
        let since = shared.created.elapsed();
        state.start_slice(self.worker, since);
        // 뮤텍스를 잠근 채 적으므로, 기록에서도 두 스레드의 쥔 때가 겹치지 않습니다.
        trace::enter(Trace::Held, shared.id());
        // 비켜 주고 지켜보는 스레드는 요청이 걸려 있을 때에만 있습니다.
        if shared.drop_request.swap(false, Ordering::Relaxed) {
            shared.switched.notify_all();
        }
        drop(state);
        let in_flight = shared.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        shared.max_in_flight.fetch_max(in_flight, Ordering::Relaxed);
    }

    /// 락을 놓습니다. 요청이 있었으면 다른 스레드가 쥘 때까지 기다립니다.
    fn drop_gil(&self, leave: Leave) {
        let shared = &*self.shared;
        shared.in_flight.fetch_sub(1, Ordering::Relaxed);
        let mut state = shared.lock();
        let end = shared.created.elapsed();
        state.end_slice(end, leave == Leave::Forced);
        match leave {
            Leave::Forced => trace::enter(Trace::LockWait, shared.id()),
            Leave::ToReturn | Leave::ForGood => trace::enter(Trace::Running, 0),
        }
        if state.waiting > 0 {
            shared.freed.notify_one();
        }
        // 요청한 스레드는 락을 쥘 때까지 기다림을 그만두지 않으므로 이 기다림은 반드시 끝납니다.
        if leave != Leave::ForGood && shared.drop_request.load(Ordering::Relaxed) {
            trace::enter(Trace::LockWait, shared.id());
            while state.last_holder == Some(self.worker) {
                state = shared
                    .switched
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner); // 까닭은 `Shared::lock`과 같습니다.
            }
            if leave == Leave::ToReturn {
                trace::enter(Trace::Running, 0);
            }
        }
    }

    /// [`checkpoint`]의 드문 길입니다. 빠른 길이 짧도록 밖에 둡니다.
    #[cold]
    #[inline(never)]
    fn give_way(&self) {
        self.drop_gil(Leave::Forced);
        self.take_gil();
    }
}

impl State {
    pub(super) fn new(interval: Duration) -> State {
        State {
            interval,
            holder: None,
            last_holder: None,
            waiting: 0,
            stats: Stats::default(),
        }
    }

    pub(super) fn start_slice(&mut self, worker: usize, since: Duration) {
        self.holder = Some(Holder { worker, since });
        let before = self.last_holder.replace(worker);
        if before.is_some_and(|before| before != worker) {
            self.stats.switches += 1;
        }
        self.stats.acquisitions += 1;
        self.stats.workers[worker].acquisitions += 1;
    }

    pub(super) fn end_slice(&mut self, end: Duration, forced: bool) {
        let Some(Holder { worker, since }) = self.holder.take() else {
            return;
        };
        let stats = &mut self.stats;
        let length = end.saturating_sub(since);
        stats.held += length;
        stats.workers[worker].held += length;
        if forced {
            stats.forced_drops += 1;
            stats.workers[worker].forced_drops += 1;
        }
        if stats.slices.len() < MAX_SLICES {
            stats.slices.push(Slice {
                worker,
                start: since,
                end,
                forced,
            });
        } else {
            stats.slices_dropped += 1;
        }
    }
}

/// 살아 있는 동안 이 스레드가 락을 쥡니다.
pub(super) struct Inside {
    leave: Leave,
}

impl Inside {
    pub(super) fn enter(seat: Seat, leave: Leave) -> Inside {
        seat.take_gil();
        CURRENT.with(|current| current.replace(Some(seat)));
        Inside { leave }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(seat) = CURRENT.with(RefCell::take) {
            seat.drop_gil(self.leave);
        }
    }
}

/// 살아 있는 동안 이 스레드가 락을 놓습니다.
struct Outside {
    /// 돌아갈 자리입니다. 소멸자에서 꺼내 쓰려고 `Option`에 담습니다.
    seat: Option<Seat>,
}

impl Drop for Outside {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            seat.take_gil();
            CURRENT.with(|current| current.replace(Some(seat)));
        }
    }
}
