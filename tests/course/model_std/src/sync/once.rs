use real::{
    fmt,
    ops::Deref,
    sync::{self, PoisonError},
};

use super::Mutex;
use crate::{
    clock::Left,
    wait::{self, Waiters},
};

/// `std::sync::OnceLock`입니다.
pub struct OnceLock<T> {
    filling: Mutex<()>,
    waiters: Waiters,
    left: Left,
    inner: sync::OnceLock<T>,
}

// SAFETY: `left`와 `waiters`는 shuttle의 스레드들이 번갈아 만집니다. 만지는 동안 차례를 바꾸지 않습니다.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// 새로 만듭니다.
    #[must_use]
    pub const fn new() -> OnceLock<T> {
        OnceLock {
            filling: Mutex::new(()),
            waiters: Waiters::new(),
            left: Left::new(),
            inner: sync::OnceLock::new(),
        }
    }

    /// 값이 있으면 봅니다.
    pub fn get(&self) -> Option<&T> {
        wait::switch();
        let value = self.inner.get();
        if value.is_some() {
            self.left.acquire();
        }
        value
    }

    /// 값이 있으면 봅니다.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.inner.get_mut()
    }

    /// 비어 있으면 채웁니다.
    ///
    /// # Errors
    /// 이미 있습니다. 넣으려던 것을 돌려줍니다.
    pub fn set(&self, value: T) -> Result<(), T> {
        let _filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        self.fill(value)
    }

    /// 채울 때까지 자고, 봅니다.
    pub fn wait(&self) -> &T {
        self.waiters.until(|| self.inner.get().is_some());
        self.left.acquire();
        self.inner.get().expect("깨울 때에는 채웠습니다")
    }

    fn fill(&self, value: T) -> Result<(), T> {
        self.inner.set(value)?;
        self.left.release();
        self.waiters.wake_all();
        Ok(())
    }

    /// 비어 있으면 `f`로 채우고, 봅니다. `f`는 한 번만 부릅니다.
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        if self.get().is_none() {
            let _filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
            if self.inner.get().is_none() && self.fill(f()).is_err() {
                panic!("채우는 동안에 다시 채웠습니다");
            }
        }
        self.left.acquire();
        self.inner.get().expect("방금 채웠습니다")
    }

    /// 꺼냅니다.
    pub fn into_inner(self) -> Option<T> {
        self.inner.into_inner()
    }

    /// 꺼내고 비웁니다.
    pub fn take(&mut self) -> Option<T> {
        self.inner.take()
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> OnceLock<T> {
        OnceLock::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// `std::sync::LazyLock`입니다.
pub struct LazyLock<T, F = fn() -> T> {
    cell: OnceLock<T>,
    init: Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// 처음 볼 때 `f`로 채웁니다.
    pub const fn new(f: F) -> LazyLock<T, F> {
        LazyLock {
            cell: OnceLock::new(),
            init: Mutex::new(Some(f)),
        }
    }

    /// 채우고, 봅니다.
    pub fn force(this: &LazyLock<T, F>) -> &T {
        this.cell.get_or_init(|| {
            let taken = this
                .init
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            match taken {
                Some(f) => f(),
                None => panic!("LazyLock instance has previously been poisoned"),
            }
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cell.fmt(f)
    }
}

/// `std::sync::Once`입니다.
#[derive(Debug)]
pub struct Once(OnceLock<()>);

impl Once {
    /// 새로 만듭니다.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Once {
        Once(OnceLock::new())
    }

    /// 한 번만 부릅니다. 다른 스레드가 부르는 중이면 끝날 때까지 기다립니다.
    pub fn call_once(&self, f: impl FnOnce()) {
        self.0.get_or_init(f);
    }

    /// 이미 불렀습니까?
    pub fn is_completed(&self) -> bool {
        self.0.get().is_some()
    }

    /// 불릴 때까지 잡니다.
    pub fn wait(&self) {
        self.0.wait();
    }
}
