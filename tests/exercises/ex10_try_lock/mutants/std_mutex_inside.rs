//! 틀린 답: std의 Mutex로 짓는다.

use std::sync::{Mutex, MutexGuard};

#[derive(Default)]
pub struct TryLock {
    locked: Mutex<()>,
}

pub struct Guard<'a> {
    _held: MutexGuard<'a, ()>,
}

impl TryLock {
    pub fn new() -> TryLock {
        TryLock::default()
    }

    pub fn try_lock(&self) -> Option<Guard<'_>> {
        self.locked.try_lock().ok().map(|held| Guard { _held: held })
    }

    pub fn lock(&self) -> Guard<'_> {
        Guard {
            _held: self.locked.lock().unwrap(),
        }
    }
}
