//! 틀린 답: 놓고 yield_now를 백 번 부르면 남이 쥔다고 믿는다.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

#[derive(Default)]
pub struct MiniGil {
    state: Mutex<State>,
    /// 비었습니다. `acquire`가 기다립니다.
    free: Condvar,
    /// 누가 쥐었습니다. 비켜 준 스레드가 기다립니다.
    taken: Condvar,
}

#[derive(Default)]
struct State {
    holder: Option<ThreadId>,
    /// `acquire`에서 기다리는 스레드의 수입니다. 0이 아니면 비켜 달라는 요청이 걸린 것입니다.
    waiting: usize,
    /// 지금까지 쥔 횟수입니다. 바뀌면 누가 쥔 것입니다.
    turns: u64,
}

impl MiniGil {
    pub fn new() -> MiniGil {
        MiniGil::default()
    }

    /// 쥐지 않은 스레드의 `release`가 패닉해도 계속 쓸 수 있게, 망가짐을 모르는 체합니다.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn acquire(&self) {
        let state = self.state();
        self.take(state);
    }

    fn take(&self, mut state: MutexGuard<'_, State>) {
        state.waiting += 1;
        while state.holder.is_some() {
            state = self.free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        state.holder = Some(thread::current().id());
        state.turns += 1;
        self.taken.notify_all();
    }

    pub fn release(&self) {
        self.state_of_mine().holder = None;
        self.free.notify_one();
    }

    fn state_of_mine(&self) -> MutexGuard<'_, State> {
        let state = self.state();
        assert_eq!(
            state.holder,
            Some(thread::current().id()),
            "쥐지 않은 GIL을 놓으려 했습니다"
        );
        state
    }

    pub fn checkpoint(&self) {
        let mut state = self.state_of_mine();
        if state.waiting == 0 {
            return;
        }
        state.holder = None;
        self.free.notify_one();
        drop(state);
        for _ in 0..100 {
            thread::yield_now();
        }
        self.acquire();
    }

    pub fn allow_threads<R>(&self, wait: impl FnOnce() -> R) -> R {
        self.release();
        let answer = catch_unwind(AssertUnwindSafe(wait));
        self.acquire();
        answer.unwrap_or_else(|panic| resume_unwind(panic))
    }
}
