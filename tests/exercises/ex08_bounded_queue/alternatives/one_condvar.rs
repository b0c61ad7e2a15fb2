//! 다른 옳은 답: 조건 변수 하나에 notify_all. 찍어 보는 줄도 있다.

use std::{
    collections::LinkedList,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

pub struct BoundedQueue<T> {
    state: Mutex<(LinkedList<T>, bool)>,
    capacity: usize,
    changed: Condvar,
}

impl<T> BoundedQueue<T> {
    pub fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            capacity,
            changed: Condvar::default(),
        }
    }

    fn until(
        &self,
        mut stay: impl FnMut(&(LinkedList<T>, bool)) -> bool,
    ) -> MutexGuard<'_, (LinkedList<T>, bool)> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.changed
            .wait_while(state, |state| stay(state))
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        println!("넣습니다");
        let mut state = self.until(|(items, closed)| !closed && items.len() >= self.capacity);
        if state.1 {
            return Err(item);
        }
        state.0.push_back(item);
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    pub fn pop(&self) -> Option<T> {
        let mut state = self.until(|(items, closed)| !closed && items.is_empty());
        let item = state.0.pop_front();
        drop(state);
        self.changed.notify_all();
        dbg!("꺼냅니다");
        item
    }

    pub fn close(&self) {
        let mut state = self.until(|_| false);
        state.1 = true;
        self.changed.notify_all();
    }
}
