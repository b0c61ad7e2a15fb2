//! ex10: 손으로 짓는 락. 예시 답입니다.

use std::{
    hint,
    sync::atomic::{AtomicBool, Ordering},
    thread,
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

    /// 쥐는 것은 얻기(Acquire)입니다. 앞에 쥔 스레드가 놓으며(Release) 내보인 것을 이어받습니다.
    pub fn try_lock(&self) -> Option<Guard<'_>> {
        self.locked
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
            .then(|| Guard { lock: self })
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

fn main() {
    let lock = TryLock::new();
    thread::scope(|scope| {
        for child in 1..=2 {
            let lock = &lock;
            scope.spawn(move || {
                let _guard = lock.lock();
                println!("{child}번 아이가 들어왔습니다");
                println!("{child}번 아이가 나갑니다");
            });
        }
    });
    println!("비어 있습니까? {}", lock.try_lock().is_some());
}
