//! 다른 옳은 답: 조건 변수 하나에서 모두 자고, 바뀔 때마다 모두 깨운다.

use std::{
    sync::{Condvar, Mutex, MutexGuard},
    thread,
};

pub struct MiniGil {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    holder: Option<thread::ThreadId>,
    waiting: u32,
    turns: usize,
}

impl Default for MiniGil {
    fn default() -> Self {
        MiniGil::new()
    }
}

impl MiniGil {
    pub const fn new() -> MiniGil {
        MiniGil {
            state: Mutex::new(State {
                holder: None,
                waiting: 0,
                turns: 0,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        match self.state.lock() {
            Ok(state) => state,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    fn sleep<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        match self.changed.wait(state) {
            Ok(state) => state,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    pub fn acquire(&self) {
        let mut state = self.lock();
        state.waiting += 1;
        self.changed.notify_all();
        while state.holder.is_some() {
            state = self.sleep(state);
        }
        state.waiting -= 1;
        state.turns += 1;
        state.holder = Some(thread::current().id());
        drop(state);
        self.changed.notify_all();
    }

    pub fn release(&self) {
        let mine = {
            let mut state = self.lock();
            let mine = state.holder == Some(thread::current().id());
            if mine {
                state.holder = None;
            }
            mine
        };
        assert!(mine, "쥐지 않았습니다");
        self.changed.notify_all();
    }

    pub fn checkpoint(&self) {
        let mut state = self.lock();
        if state.waiting == 0 {
            return;
        }
        let turn = state.turns;
        state.holder = None;
        self.changed.notify_all();
        while state.turns == turn {
            state = self.sleep(state);
        }
        drop(state);
        self.acquire();
    }

    pub fn allow_threads<R>(&self, wait: impl FnOnce() -> R) -> R {
        self.release();
        let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(wait));
        self.acquire();
        match answer {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
