//! 틀린 답: 쥘 때 Release를 쓴다.

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
        (!self.locked.swap(true, Ordering::Release)).then(|| Guard { lock: self })
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
