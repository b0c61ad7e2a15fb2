//! 틀린 답: 비었는지 본 다음에 쥐었다고 쓴다.

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
        if self.locked.load(Ordering::Acquire) {
            return None;
        }
        self.locked.store(true, Ordering::Release);
        Some(Guard { lock: self })
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
