//! 틀린 답: 꺼낸 뒤에 기다리는 push를 깨우지 않는다.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex},
};

pub struct BoundedQueue<T> {
    state: Mutex<State<T>>,
    capacity: usize,
    /// 꺼낼 것이 생겼거나 닫혔습니다.
    not_empty: Condvar,
    /// 넣을 자리가 났거나 닫혔습니다.
    not_full: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> BoundedQueue<T> {
    pub fn new(capacity: usize) -> BoundedQueue<T> {
        BoundedQueue {
            state: Mutex::new(State {
                items: VecDeque::new(),
                closed: false,
            }),
            capacity,
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
        }
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.state.lock().unwrap();
        while !state.closed && state.items.len() == self.capacity {
            state = self.not_full.wait(state).unwrap();
        }
        if state.closed {
            return Err(item);
        }
        state.items.push_back(item);
        // 하나를 넣었으니 하나만 깨우면 됩니다. 넣는 이와 꺼내는 이가 다른 조건 변수에서 기다리기 때문입니다.
        self.not_empty.notify_one();
        Ok(())
    }

    pub fn pop(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap();
        while !state.closed && state.items.is_empty() {
            state = self.not_empty.wait(state).unwrap();
        }
        state.items.pop_front()
    }

    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }
}
