//! 다른 옳은 답: swap으로 쥐고, 놓일 때까지 읽기만 하며 아무것도 부르지 않고 돈다.

use std::sync::atomic::{AtomicBool, Ordering};

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
        (!self.locked.swap(true, Ordering::AcqRel)).then_some(()).map(|()| Guard { lock: self })
    }

    pub fn lock(&self) -> Guard<'_> {
        while self.locked.swap(true, Ordering::SeqCst) {
            while self.locked.load(Ordering::Relaxed) {}
        }
        Guard { lock: self }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.lock.locked.store(false, Ordering::Release);
    }
}
