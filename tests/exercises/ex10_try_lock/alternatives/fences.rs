//! 다른 옳은 답: 느슨하게 쥐고 울타리로 이어받는다. 놓을 때도 울타리를 먼저 세운다.

use std::{
    hint,
    sync::atomic::{AtomicBool, Ordering, fence},
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
        let before = self.locked.fetch_or(true, Ordering::Relaxed);
        if before {
            return None;
        }
        fence(Ordering::Acquire);
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
        fence(Ordering::Release);
        self.lock.locked.store(false, Ordering::Relaxed);
    }
}
