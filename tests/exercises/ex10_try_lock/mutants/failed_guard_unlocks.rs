//! 틀린 답: 쥐지 못한 try_lock이 Guard를 버리며 남의 락을 놓는다.

use std::{
    hint,
    sync::atomic::{AtomicBool, Ordering},
};

#[derive(Default)]
pub struct TryLock {
    locked: AtomicBool,
}

pub struct Guard<'a> {
    lock: &'a TryLock,
}

impl TryLock {
    pub fn new() -> TryLock {
        TryLock::default()
    }

    pub fn try_lock(&self) -> Option<Guard<'_>> {
        let guard = Guard { lock: self };
        if self.locked.swap(true, Ordering::Acquire) {
            None
        } else {
            Some(guard)
        }
    }

    pub fn lock(&self) -> Guard<'_> {
        loop {
            if let Some(guard) = self.try_lock() {
                return guard;
            }
            hint::spin_loop();
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.lock.locked.store(false, Ordering::Release);
    }
}
