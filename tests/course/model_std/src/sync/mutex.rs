use real::{
    cell::Cell,
    fmt,
    ops::{Deref, DerefMut},
    sync::{self, LockResult, PoisonError, TryLockError, TryLockResult},
};

use crate::{
    clock::Left,
    wait::{self, Waiters},
};

/// `std::sync::Mutex`입니다. 쥔 스레드가 다시 쥐려 하면 저를 기다리므로 교착 상태가 됩니다.
pub struct Mutex<T: ?Sized> {
    held: Cell<bool>,
    waiters: Waiters,
    left: Left,
    /// 망가짐(poison)을 진짜가 셈합니다. 언제나 바로 잠깁니다.
    inner: sync::Mutex<T>,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
// 값은 진짜 뮤텍스가 지킵니다.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T: ?Sized> real::panic::UnwindSafe for Mutex<T> {}
impl<T: ?Sized> real::panic::RefUnwindSafe for Mutex<T> {}

/// `std::sync::MutexGuard`입니다.
#[must_use]
pub struct MutexGuard<'a, T: ?Sized> {
    /// 놓는 동안에만 비어 있습니다.
    inner: Option<sync::MutexGuard<'a, T>>,
    pub(super) mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    /// 새로 만듭니다.
    pub const fn new(value: T) -> Mutex<T> {
        Mutex {
            held: Cell::new(false),
            waiters: Waiters::new(),
            left: Left::new(),
            inner: sync::Mutex::new(value),
        }
    }

    /// 안의 값을 꺼냅니다.
    ///
    /// # Errors
    /// 쥔 스레드가 패닉했습니다.
    pub fn into_inner(self) -> LockResult<T> {
        self.left.acquire();
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// 잠급니다.
    ///
    /// # Errors
    /// 쥔 스레드가 패닉했습니다.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.waiters.until(|| !self.held.get());
        self.taken()
    }

    /// 비어 있으면 잠급니다.
    ///
    /// # Errors
    /// 남이 쥐고 있거나, 쥔 스레드가 패닉했습니다.
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        wait::switch();
        if self.held.get() {
            return Err(TryLockError::WouldBlock);
        }
        self.taken().map_err(TryLockError::Poisoned)
    }

    fn taken(&self) -> LockResult<MutexGuard<'_, T>> {
        crate::run::with(|run| run.ready_made += 1);
        self.held.set(true);
        self.left.acquire();
        let guard = |inner| MutexGuard {
            inner: Some(inner),
            mutex: self,
        };
        match self.inner.try_lock() {
            Ok(inner) => Ok(guard(inner)),
            Err(TryLockError::Poisoned(poisoned)) => {
                Err(PoisonError::new(guard(poisoned.into_inner())))
            }
            // 실행이 끝나 거두는 중입니다. 쥔 스레드는 더 달리지 않습니다.
            Err(TryLockError::WouldBlock) => panic!("거두는 중에는 잠그지 못합니다"),
        }
    }

    /// 안의 값입니다.
    ///
    /// # Errors
    /// 쥔 스레드가 패닉했습니다.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.left.acquire();
        self.inner.get_mut()
    }

    /// 쥔 스레드가 패닉했습니까?
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// 망가짐을 지웁니다.
    pub fn clear_poison(&self) {
        self.inner.clear_poison();
    }

    /// 차례를 바꾸지 않고 놓습니다.
    fn release(&self) {
        self.held.set(false);
        self.left.release();
        self.waiters.wake_all();
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// 조건 변수에서 잠듭니다. 놓는 것과 잠드는 것 사이에 차례가 바뀌지 않습니다.
    pub(super) fn unlock(mut self) -> &'a Mutex<T> {
        drop(self.inner.take());
        self.mutex.release();
        self.mutex
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.inner.is_none() {
            return;
        }
        wait::switch();
        let clean = !self.mutex.inner.is_poisoned() && wait::being_torn_down();
        drop(self.inner.take());
        if clean {
            self.mutex.inner.clear_poison();
        }
        self.mutex.release();
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().expect("놓기 전입니다")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("놓기 전입니다")
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Mutex<T> {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
