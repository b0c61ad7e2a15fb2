//! 여러 프로세스가 함께 쓰는 락: 함께 보는 메모리 한 쪽에 놓인 pthread 뮤텍스입니다.

use std::{
    cell::UnsafeCell,
    fs::File,
    io,
    num::NonZeroUsize,
    os::fd::{AsFd, OwnedFd},
    ptr::NonNull,
    sync::atomic::{AtomicBool, Ordering},
};

use nix::{
    libc,
    sys::mman::{MapFlags, ProtFlags, mmap, munmap},
};

use crate::{Error, Result};

/// 큐 하나가 쓰는 락 둘입니다. 보내는 쪽과 받는 쪽이 하나씩 씁니다.
#[repr(C)]
struct Page {
    send: Cell,
    recv: Cell,
}

#[repr(C)]
struct Cell {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    /// 락을 쥔 프로세스가 봉투를 쓰거나 읽는 중입니다.
    busy: AtomicBool,
    /// 봉투 가운데에서 누군가 죽었습니다. 이 길은 다시 쓸 수 없습니다.
    broken: AtomicBool,
}

impl Cell {
    fn check(&self) -> Result<()> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(Error::Decode {
                reason: "큐를 쓰던 프로세스가 값 가운데에서 죽어 큐가 망가졌습니다".to_owned(),
            });
        }
        Ok(())
    }
}

/// 어느 쪽 락인지 고릅니다.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Send,
    Recv,
}

/// 함께 보는 메모리에 놓인 락입니다. fork한 자식에게는 같은 주소로 보이고,
/// spawn한 자식은 파일 디스크립터로 다시 잇습니다.
pub(super) struct SharedLock {
    page: NonNull<Page>,
    memory: OwnedFd,
}

// SAFETY: Page의 뮤텍스는 여러 스레드와 프로세스가 함께 쓰도록 만들어졌고(PTHREAD_PROCESS_SHARED),
// 나머지는 원자적 값입니다.
unsafe impl Send for SharedLock {}
// SAFETY: 위와 같습니다.
unsafe impl Sync for SharedLock {}

impl SharedLock {
    /// 새 메모리를 만들어 락을 놓습니다.
    pub(super) fn new() -> Result<SharedLock> {
        let failed = |source| Error::os("함께 쓸 락을 만들지 못했습니다", source);
        let memory = anonymous_file().map_err(failed)?;
        memory.set_len(size_of::<Page>() as u64).map_err(failed)?;
        let lock = SharedLock::map(memory.into())?;
        // SAFETY: 방금 만든 메모리라 아직 아무도 쓰지 않습니다.
        let page = unsafe { lock.page.as_ref() };
        init_mutex(page.send.mutex.get()).map_err(failed)?;
        init_mutex(page.recv.mutex.get()).map_err(failed)?;
        Ok(lock)
    }

    /// 이미 있는 메모리를 이 프로세스에 잇습니다.
    pub(super) fn map(memory: OwnedFd) -> Result<SharedLock> {
        let size = NonZeroUsize::new(size_of::<Page>()).unwrap_or(NonZeroUsize::MIN);
        // SAFETY: 주소를 정하지 않으므로 다른 메모리를 덮지 않습니다.
        let page = unsafe {
            mmap(
                None,
                size,
                ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
                MapFlags::MAP_SHARED,
                memory.as_fd(),
                0,
            )
        }
        .map_err(|errno| Error::os("함께 쓸 락을 잇지 못했습니다", errno))?;
        Ok(SharedLock {
            page: page.cast(),
            memory,
        })
    }

    /// 다른 프로세스에 넘길 파일 디스크립터입니다.
    pub(super) fn memory(&self) -> &OwnedFd {
        &self.memory
    }

    /// 락을 쥐고 `f`를 부릅니다. 봉투를 다루다가 죽은 프로세스가 있었다면 오류입니다.
    pub(super) fn with<R>(&self, side: Side, f: impl FnOnce(Busy<'_>) -> R) -> Result<R> {
        // SAFETY: 이은 메모리는 `self`가 사는 동안 그대로 있습니다.
        let page = unsafe { self.page.as_ref() };
        let cell = match side {
            Side::Send => &page.send,
            Side::Recv => &page.recv,
        };
        let _guard = Guard::lock(cell)?;
        cell.check()?;
        Ok(f(Busy(&cell.busy)))
    }

    /// 값을 쓰다가 죽은 이가 있는지 기다리지 않고 봅니다. 있으면 오류입니다.
    ///
    /// 올 바이트를 기다리는 이가 부릅니다. 죽은 이가 쓰던 나머지는 오지 않기 때문입니다.
    pub(super) fn check_senders(&self) -> Result<()> {
        // SAFETY: 이은 메모리는 `self`가 사는 동안 그대로 있습니다.
        let cell = unsafe { &self.page.as_ref().send };
        cell.check()?;
        // 누가 쥐고 있으면 살아서 쓰는 중입니다. 쥔 이가 죽었으면 우리가 물려받으면서 알게 됩니다.
        match Guard::try_lock(cell)? {
            Some(_guard) => cell.check(),
            None => Ok(()),
        }
    }
}

/// 봉투를 다루는 동안임을 표시합니다. 표시해 둔 채 죽으면 다음 사람이 알아봅니다.
pub(super) struct Busy<'a>(&'a AtomicBool);

impl Busy<'_> {
    pub(super) fn during<R>(&self, f: impl FnOnce() -> R) -> R {
        self.0.store(true, Ordering::Relaxed);
        let result = f();
        self.0.store(false, Ordering::Relaxed);
        result
    }
}

impl Drop for SharedLock {
    fn drop(&mut self) {
        // SAFETY: `map`에서 같은 크기로 이었고, 이 뒤로는 아무도 쓰지 않습니다.
        let _ = unsafe { munmap(self.page.cast(), size_of::<Page>()) };
    }
}

struct Guard<'a>(&'a Cell);

impl Guard<'_> {
    fn lock(cell: &Cell) -> Result<Guard<'_>> {
        // SAFETY: `new`가 초기화한 뮤텍스이고, 함께 보는 메모리에 그대로 있습니다.
        let code = unsafe { libc::pthread_mutex_lock(cell.mutex.get()) };
        Guard::after(code, cell)
    }

    /// 아무도 쥐지 않았을 때만 쥡니다.
    fn try_lock(cell: &Cell) -> Result<Option<Guard<'_>>> {
        // SAFETY: 위와 같습니다.
        match unsafe { libc::pthread_mutex_trylock(cell.mutex.get()) } {
            libc::EBUSY => Ok(None),
            code => Guard::after(code, cell).map(Some),
        }
    }

    /// 락을 쥐려던 결과를 살핍니다.
    fn after(code: i32, cell: &Cell) -> Result<Guard<'_>> {
        let failed = |code| {
            Error::os(
                "큐의 락을 쥐지 못했습니다",
                io::Error::from_raw_os_error(code),
            )
        };
        match code {
            0 => Ok(Guard(cell)),
            #[cfg(target_os = "linux")]
            libc::EOWNERDEAD => {
                // 락을 쥔 프로세스가 죽었습니다. 봉투 가운데였다면 이 길은 망가졌습니다.
                if cell.busy.load(Ordering::Relaxed) {
                    cell.broken.store(true, Ordering::Relaxed);
                }
                // SAFETY: EOWNERDEAD를 받은 스레드는 락을 쥐고 있고, 이것을 불러야 합니다.
                match unsafe { libc::pthread_mutex_consistent(cell.mutex.get()) } {
                    0 => Ok(Guard(cell)),
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

/// 이름이 없어서 쓰는 프로세스가 모두 끝나면 사라지는 파일을 만듭니다.
fn anonymous_file() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::memfd::{MFdFlags, memfd_create};

        Ok(memfd_create(c"noriteo-lock", MFdFlags::MFD_CLOEXEC)?.into())
    }
    #[cfg(not(target_os = "linux"))]
    {
        use std::{
            env,
            fs::{OpenOptions, remove_file},
            process,
            sync::atomic::AtomicU32,
        };

        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("noriteo-{}-{number}", process::id()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        remove_file(&path)?;
        Ok(file)
    }
}
