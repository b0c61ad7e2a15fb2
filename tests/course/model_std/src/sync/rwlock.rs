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

/// `std::sync::RwLock`입니다.
pub struct RwLock<T: ?Sized> {
    readers: Cell<usize>,
    written: Cell<bool>,
    waiters: Waiters,
    left: Left,
    inner: sync::RwLock<T>,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
// 값은 진짜 락이 지킵니다.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T: ?Sized> real::panic::UnwindSafe for RwLock<T> {}
impl<T: ?Sized> real::panic::RefUnwindSafe for RwLock<T> {}

/// `std::sync::RwLockReadGuard`입니다.
#[must_use]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    inner: Option<sync::RwLockReadGuard<'a, T>>,
    lock: &'a RwLock<T>,
}

/// `std::sync::RwLockWriteGuard`입니다.
#[must_use]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    inner: Option<sync::RwLockWriteGuard<'a, T>>,
    lock: &'a RwLock<T>,
}

impl<T> RwLock<T> {
    /// 새로 만듭니다.
    pub const fn new(value: T) -> RwLock<T> {
        RwLock {
            readers: Cell::new(0),
            written: Cell::new(false),
            waiters: Waiters::new(),
            left: Left::new(),
            inner: sync::RwLock::new(value),
        }
    }

    /// 안의 값을 꺼냅니다.
    ///
    /// # Errors
    /// 쓰던 스레드가 패닉했습니다.
    pub fn into_inner(self) -> LockResult<T> {
        self.left.acquire();
        self.inner.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// 함께 볼 수 있게 잠급니다.
    ///
    /// # Errors
    /// 쓰던 스레드가 패닉했습니다.
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.waiters.until(|| !self.written.get());
        self.reading()
    }

    /// 비어 있으면 함께 볼 수 있게 잠급니다.
    ///
    /// # Errors
    /// 쓰는 스레드가 있거나, 쓰던 스레드가 패닉했습니다.
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        wait::switch();
        if self.written.get() {
            return Err(TryLockError::WouldBlock);
        }
        self.reading().map_err(TryLockError::Poisoned)
    }

    /// 혼자 쓰도록 잠급니다.
    ///
    /// # Errors
    /// 쓰던 스레드가 패닉했습니다.
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.waiters
            .until(|| !self.written.get() && self.readers.get() == 0);
        self.writing()
    }

    /// 비어 있으면 혼자 쓰도록 잠급니다.
    ///
    /// # Errors
    /// 남이 쥐고 있거나, 쓰던 스레드가 패닉했습니다.
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        wait::switch();
        if self.written.get() || self.readers.get() > 0 {
            return Err(TryLockError::WouldBlock);
        }
        self.writing().map_err(TryLockError::Poisoned)
    }

    /// 안의 값입니다.
    ///
    /// # Errors
    /// 쓰던 스레드가 패닉했습니다.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.left.acquire();
        self.inner.get_mut()
    }

    /// 쓰던 스레드가 패닉했습니까?
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// 망가짐을 지웁니다.
    pub fn clear_poison(&self) {
        self.inner.clear_poison();
    }

    fn reading(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        crate::run::with(|run| run.ready_made += 1);
        self.readers.set(self.readers.get() + 1);
        self.left.acquire();
        let guard = |inner| RwLockReadGuard {
            inner: Some(inner),
            lock: self,
        };
        match self.inner.try_read() {
            Ok(inner) => Ok(guard(inner)),
            Err(TryLockError::Poisoned(poisoned)) => {
                Err(PoisonError::new(guard(poisoned.into_inner())))
            }
            Err(TryLockError::WouldBlock) => panic!("거두는 중에는 잠그지 못합니다"),
        }
    }

    fn writing(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        crate::run::with(|run| run.ready_made += 1);
        self.written.set(true);
        self.left.acquire();
        let guard = |inner| RwLockWriteGuard {
            inner: Some(inner),
            lock: self,
        };
        match self.inner.try_write() {
            Ok(inner) => Ok(guard(inner)),
            Err(TryLockError::Poisoned(poisoned)) => {
                Err(PoisonError::new(guard(poisoned.into_inner())))
            }
            Err(TryLockError::WouldBlock) => panic!("거두는 중에는 잠그지 못합니다"),
        }
    }

    fn release(&self) {
        self.left.release();
        self.waiters.wake_all();
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        wait::switch();
        drop(self.inner.take());
        self.lock.readers.set(self.lock.readers.get() - 1);
        self.lock.release();
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        wait::switch();
        let clean = !self.lock.inner.is_poisoned() && wait::being_torn_down();
        drop(self.inner.take());
        if clean {
            self.lock.inner.clear_poison();
        }
        self.lock.written.set(false);
        self.lock.release();
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().expect("놓기 전입니다")
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().expect("놓기 전입니다")
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("놓기 전입니다")
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> RwLock<T> {
        RwLock::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> RwLock<T> {
        RwLock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
