//! 틀린 답: 조건 변수 없이 돌며 기다린다.

use std::{collections::VecDeque, sync::Mutex, thread};

pub struct BoundedQueue<T> {
    state: Mutex<State<T>>,
    capacity: usize,
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
        }
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        loop {
            let mut state = self.state.lock().unwrap();
            if state.closed {
                return Err(item);
            }
            if state.items.len() < self.capacity {
                state.items.push_back(item);
                return Ok(());
            }
            drop(state);
            thread::yield_now();
        }
    }

    pub fn pop(&self) -> Option<T> {
        loop {
            let mut state = self.state.lock().unwrap();
            if let Some(item) = state.items.pop_front() {
                return Some(item);
            }
            if state.closed {
                return None;
            }
            drop(state);
            thread::yield_now();
        }
    }

    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }
}
