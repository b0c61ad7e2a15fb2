//! 여러 프로세스가 함께 쓰는 락: 함께 보는 메모리에 놓인 pthread 뮤텍스입니다.

use std::{
    cell::UnsafeCell,
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use nix::libc;

use crate::{Error, Result};

/// 함께 보는 메모리에 놓인 락입니다. 쥔 프로세스가 죽으면 다음 이가 물려받습니다.
///
/// 값을 다루던 도중에 죽었으면 그 뒤로는 아무도 쥐지 못하고 오류를 받습니다.
#[repr(C)]
pub(super) struct SharedLock {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    /// 락을 쥔 프로세스가 봉투를 나누어 쓰거나 읽는 중입니다.
    busy: AtomicBool,
    /// 봉투 가운데에서 누군가 죽었습니다. 이 길은 다시 쓸 수 없습니다.
    broken: AtomicBool,
}

impl SharedLock {
    /// 0으로 채워진 새 메모리에 락을 놓습니다. 아직 아무도 쓰지 않을 때 한 번만 부릅니다.
    pub(super) fn init(&self) -> io::Result<()> {
        init_mutex(self.mutex.get())
    }

    /// 락을 쥐고 `f`를 부릅니다. 봉투를 다루다가 죽은 프로세스가 있었다면 오류입니다.
    pub(super) fn with<R>(&self, f: impl FnOnce(Busy<'_>) -> Result<R>) -> Result<R> {
        let _guard = Guard::lock(self)?;
        self.check()?;
        f(Busy(self))
    }

    /// 값을 다루다가 죽은 이가 있는지 기다리지 않고 봅니다. 있으면 오류입니다.
    ///
    /// 반대쪽에서 올 것을 기다리는 이가 부릅니다. 죽은 이가 쓰던 나머지는 오지 않기 때문입니다.
    pub(super) fn check_holder(&self) -> Result<()> {
        self.check()?;
        // 누가 쥐고 있으면 살아서 쓰는 중입니다. 쥔 이가 죽었으면 우리가 물려받으면서 알게 됩니다.
        match Guard::try_lock(self)? {
            Some(_guard) => self.check(),
            None => Ok(()),
        }
    }

    fn check(&self) -> Result<()> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(broken());
        }
        Ok(())
    }
}

/// 큐가 망가졌다는 오류입니다.
pub(super) fn broken() -> Error {
    Error::Decode {
        reason: "큐를 쓰던 프로세스가 값 가운데에서 죽어 큐가 망가졌습니다".to_owned(),
    }
}

/// 봉투를 나누어 다루는 동안임을 표시합니다. 표시해 둔 채 죽으면 다음 사람이 알아봅니다.
pub(super) struct Busy<'a>(&'a SharedLock);

impl Busy<'_> {
    /// `f`가 오류로 끝나면 봉투가 가운데에서 끊긴 것이므로, 이 길을 다시 쓰지 않습니다.
    /// 반대쪽이 모두 사라졌을 때([`Error::Disconnected`])는 다시 쓸 이가 없으니 적지 않습니다.
    pub(super) fn during<R>(&self, f: impl FnOnce() -> Result<R>) -> Result<R> {
        self.0.busy.store(true, Ordering::Relaxed);
        let result = f();
        if !matches!(result, Ok(_) | Err(Error::Disconnected)) {
            self.0.broken.store(true, Ordering::Relaxed);
        }
        self.0.busy.store(false, Ordering::Relaxed);
        result
    }
}

struct Guard<'a>(&'a SharedLock);

impl Guard<'_> {
    fn lock(lock: &SharedLock) -> Result<Guard<'_>> {
        // SAFETY: `init`이 초기화한 뮤텍스이고, 함께 보는 메모리에 그대로 있습니다.
        let code = unsafe { libc::pthread_mutex_lock(lock.mutex.get()) };
        Guard::after(code, lock)
    }

    /// 아무도 쥐지 않았을 때만 쥡니다.
    fn try_lock(lock: &SharedLock) -> Result<Option<Guard<'_>>> {
        // SAFETY: 위와 같습니다.
        match unsafe { libc::pthread_mutex_trylock(lock.mutex.get()) } {
            libc::EBUSY => Ok(None),
            code => Guard::after(code, lock).map(Some),
        }
    }

    /// 락을 쥐려던 결과를 살핍니다.
    fn after(code: i32, lock: &SharedLock) -> Result<Guard<'_>> {
        let failed = |code| {
            Error::os(
                "큐의 락을 쥐지 못했습니다",
                io::Error::from_raw_os_error(code),
            )
        };
        match code {
            0 => Ok(Guard(lock)),
            #[cfg(target_os = "linux")]
            libc::EOWNERDEAD => {
                // 락을 쥔 프로세스가 죽었습니다. 봉투 가운데였다면 이 길은 망가졌습니다.
                if lock.busy.load(Ordering::Relaxed) {
                    lock.broken.store(true, Ordering::Relaxed);
                }
                // SAFETY: EOWNERDEAD를 받은 스레드는 락을 쥐고 있고, 이것을 불러야 합니다.
                match unsafe { libc::pthread_mutex_consistent(lock.mutex.get()) } {
                    0 => Ok(Guard(lock)),
                    code => Err(failed(code)),
                }
            }
            code => Err(failed(code)),
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // SAFETY: 이 스레드가 쥔 락입니다.
        unsafe { libc::pthread_mutex_unlock(self.0.mutex.get()) };
    }
}

fn init_mutex(mutex: *mut libc::pthread_mutex_t) -> io::Result<()> {
    let check = |code| match code {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    };
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_mutexattr_t>::uninit();
    // SAFETY: 함수마다 초기화된 속성과, 아직 아무도 쓰지 않는 뮤텍스의 자리를 받습니다.
    unsafe {
        check(libc::pthread_mutexattr_init(attributes.as_mut_ptr()))?;
        check(libc::pthread_mutexattr_setpshared(
            attributes.as_mut_ptr(),
            libc::PTHREAD_PROCESS_SHARED,
        ))?;
        // 튼튼한(robust) 뮤텍스는 쥔 프로세스가 죽으면 다음 사람에게 EOWNERDEAD로 알립니다.
        // macOS에는 없습니다. 거기서는 락을 쥔 프로세스가 죽으면 기다리는 쪽이 풀려나지 못합니다.
        #[cfg(target_os = "linux")]
        check(libc::pthread_mutexattr_setrobust(
            attributes.as_mut_ptr(),
            libc::PTHREAD_MUTEX_ROBUST,
        ))?;
        check(libc::pthread_mutex_init(mutex, attributes.as_ptr()))?;
        check(libc::pthread_mutexattr_destroy(attributes.as_mut_ptr()))
    }
}
