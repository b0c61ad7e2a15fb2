//! 다른 옳은 답: 줄을 세우고, 놓는 스레드가 맨 앞에게 곧바로 건넨다. 저마다의 조건 변수에서 잔다.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex},
    thread::{self, ThreadId},
};

#[derive(Default)]
pub struct MiniGil {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    holder: Option<ThreadId>,
    line: VecDeque<(ThreadId, Arc<Condvar>)>,
}

/// 버려지면 다시 쥔다. 패닉해도 버려진다.
struct Retake<'a>(&'a MiniGil);

impl Drop for Retake<'_> {
    fn drop(&mut self) {
        self.0.acquire();
    }
}

impl MiniGil {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn acquire(&self) {
        let me = thread::current().id();
        let mut state = self.state.lock().unwrap();
        if state.holder.is_none() {
            state.holder = Some(me);
            return;
        }
        let bell = Arc::new(Condvar::new());
        state.line.push_back((me, Arc::clone(&bell)));
        let _held = bell.wait_while(state, |state| state.holder != Some(me)).unwrap();
    }

    fn hand_over(&self, state: &mut State) {
        match state.line.pop_front() {
            Some((next, bell)) => {
                state.holder = Some(next);
                bell.notify_one();
            }
            None => state.holder = None,
        }
    }

    pub fn release(&self) {
        let mut state = self.state.lock().unwrap();
        if state.holder != Some(thread::current().id()) {
            drop(state);
            panic!("쥐지 않은 GIL입니다");
        }
        self.hand_over(&mut state);
    }

    pub fn checkpoint(&self) {
        let mut state = self.state.lock().unwrap();
        if state.line.is_empty() {
            return;
        }
        self.hand_over(&mut state);
        drop(state);
        self.acquire();
    }

    pub fn allow_threads<R>(&self, wait: impl FnOnce() -> R) -> R {
        self.release();
        let _retake = Retake(self);
        wait()
    }
}
