//! 다른 옳은 답: 번호표를 뽑고 제 번호를 기다린다.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

#[derive(Default)]
pub struct TryLock {
    next: AtomicUsize,
    serving: AtomicUsize,
}

pub struct Guard<'a> {
    lock: &'a TryLock,
}

impl TryLock {
    pub const fn new() -> TryLock {
        TryLock {
            next: AtomicUsize::new(0),
            serving: AtomicUsize::new(0),
        }
    }

    pub fn try_lock(&self) -> Option<Guard<'_>> {
        let serving = self.serving.load(Ordering::Acquire);
        loop {
            match self.next.compare_exchange_weak(
                serving,
                serving + 1,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Guard { lock: self }),
                Err(next) if next == serving => thread::yield_now(),
                Err(_) => return None,
            }
        }
    }

    pub fn lock(&self) -> Guard<'_> {
        let mine = self.next.fetch_add(1, Ordering::Relaxed);
        while self.serving.load(Ordering::Acquire) != mine {
            thread::yield_now();
        }
        Guard { lock: self }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.lock.serving.fetch_add(1, Ordering::Release);
    }
}
