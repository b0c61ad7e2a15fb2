//! 스레드: 한 놀이터에서 함께 노는 아이들입니다.
//!
//! [`spawn`], [`JoinHandle::join`], [`queue`]의 꼴은 [`crate::gil`], [`crate::process`]와 같습니다.
//! 그래서 프로그램을 옮길 때 두 곳만 바꾸면 됩니다.
//! 속은 표준 라이브러리의 [`std::thread`]와 크레이트 `crossbeam-channel`입니다.

use std::{
    any::Any,
    thread as std_thread,
    time::{Duration, Instant},
};

use crate::{
    Error, Result, gil,
    trace::{self, State},
};

/// [`spawn`]이 돌려주는 손잡이입니다. 버리면 스레드는 따로 끝까지 갑니다.
pub struct JoinHandle<T> {
    inner: std_thread::JoinHandle<T>,
}

impl<T> JoinHandle<T> {
    /// 스레드가 끝나기를 기다려 결과를 받습니다.
    ///
    /// # Errors
    /// 스레드가 패닉하면 [`Error::Panicked`]에 패닉이 남긴 말을 담아 돌려줍니다.
    pub fn join(self) -> Result<T> {
        // GIL을 쥔 채 기다리면 끝나야 할 스레드가 들어오지 못합니다.
        gil::allow_threads(|| trace::during(State::Join, || self.inner.join())).map_err(|payload| {
            Error::Panicked {
                message: panic_message(payload.as_ref()),
            }
        })
    }

    /// 스레드가 끝났는지 기다리지 않고 알아봅니다.
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }
}

/// 새 스레드에서 `f`를 부릅니다.
///
/// # Errors
/// 운영체제가 스레드를 더 만들어 주지 않으면 [`Error::Os`]입니다.
pub fn spawn<T, F>(f: F) -> Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let seat = trace::seat();
    std_thread::Builder::new()
        .spawn(move || {
            let _seated = seat.sit();
            f()
        })
        .map(|inner| JoinHandle { inner })
        .map_err(|source| Error::os("스레드를 만들지 못했습니다", source))
}

/// 패닉이 남긴 것에서 글을 꺼냅니다. 글이 아니면 그렇다고 알립니다.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "(글이 아닌 값으로 패닉했습니다)".to_owned()
    }
}

/// 같은 프로세스의 스레드끼리 쓰는 큐의 두 끝을 만듭니다. 길이에 끝이 없습니다.
///
/// # Errors
/// 언제나 `Ok`입니다. [`crate::process::queue`]와 꼴이 같도록 `Result`를 돌려줍니다.
pub fn queue<T>() -> Result<(Sender<T>, Receiver<T>)> {
    let (tx, rx) = crossbeam_channel::unbounded();
    Ok((Sender { inner: tx }, Receiver { inner: rx }))
}

/// 큐에 넣는 끝입니다. 복제해서 여러 스레드가 함께 쓸 수 있습니다.
pub struct Sender<T> {
    inner: crossbeam_channel::Sender<T>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender {
            inner: self.inner.clone(),
        }
    }
}

impl<T> Sender<T> {
    /// 값을 큐에 넣습니다. 기다리지 않습니다.
    ///
    /// # Errors
    /// 받는 끝이 모두 사라졌으면 [`Error::Disconnected`]입니다.
    pub fn send(&self, value: T) -> Result<()> {
        self.inner.send(value).map_err(|_| Error::Disconnected)
    }
}

/// 큐에서 꺼내는 끝입니다. 복제하면 값 하나는 그 가운데 하나만 받습니다.
pub struct Receiver<T> {
    inner: crossbeam_channel::Receiver<T>,
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Receiver {
            inner: self.inner.clone(),
        }
    }
}

impl<T> Receiver<T> {
    /// 값이 올 때까지 기다려 하나를 꺼냅니다.
    ///
    /// # Errors
    /// 큐가 비었고 보내는 끝이 모두 사라졌으면 [`Error::Disconnected`]입니다.
    pub fn recv(&self) -> Result<T> {
        gil::allow_threads(|| trace::during(State::Queue, || self.inner.recv()))
            .map_err(|_| Error::Disconnected)
    }

    /// 보내는 끝이 모두 사라질 때까지 값을 하나씩 꺼냅니다.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }
}

/// [`Receiver::iter`]의 반복자입니다.
pub struct Iter<'a, T> {
    receiver: &'a Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// 지금 스레드를 운영체제가 부르는 번호입니다.
///
/// Linux에서는 `gettid(2)`이고, 본 스레드에서는 PID와 같습니다.
/// macOS에서는 `pthread_threadid_np(3)`, 그 밖에서는 프로그램 안에서만 통하는 번호입니다.
pub fn id() -> u64 {
    #[cfg(target_os = "linux")]
    {
        nix::unistd::gettid().as_raw() as u64
    }
    #[cfg(target_os = "macos")]
    {
        let mut id = 0;
        // SAFETY: 0은 부른 스레드를 뜻하고, `id`는 이 호출 동안 살아 있습니다.
        unsafe { nix::libc::pthread_threadid_np(0, &mut id) };
        id
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        use std::sync::atomic::{AtomicU64, Ordering};

        static NEXT: AtomicU64 = AtomicU64::new(1);
        thread_local!(static ID: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
        ID.with(|id| *id)
    }
}

/// 지금 이 프로세스의 스레드가 몇 개인지 셉니다(1 이상).
///
/// `join`한 바로 뒤에는 끝난 스레드가 잠깐 더 보일 수 있습니다.
/// 그 잠깐이 지난 수를 알려면 [`count_settled`]를 부릅니다.
///
/// # Errors
/// Linux와 macOS가 아니면 [`Error::Unsupported`]입니다.
pub fn count() -> Result<usize> {
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::fs::MetadataExt;

        // 폴더의 링크 수는 아래 폴더(스레드마다 하나)의 수에 `.`과 `..`을 더한 것입니다.
        // 커널이 물을 때마다 세어 주므로(fs/proc/base.c의 proc_task_getattr), 목록을 읽지 않아도 됩니다.
        // Linux를 흉내 내면서 그 수는 세지 않는 곳에서는 목록을 읽습니다.
        let task = "/proc/self/task";
        std::fs::metadata(task)
            .and_then(|folder| match folder.st_nlink() {
                links @ 3.. => Ok(links as usize - 2),
                _ => std::fs::read_dir(task).map(Iterator::count),
            })
            .map_err(|source| Error::os("/proc/self/task를 읽지 못했습니다", source))
    }
    #[cfg(target_os = "macos")]
    {
        use std::{io, mem};

        use nix::libc::{PROC_PIDTASKINFO, c_int, getpid, proc_pidinfo, proc_taskinfo};

        let size = mem::size_of::<proc_taskinfo>() as c_int;
        // SAFETY: 모든 필드가 정수이므로 0으로 채운 값이 올바릅니다.
        let mut info: proc_taskinfo = unsafe { mem::zeroed() };
        // SAFETY: `info`는 `size` 바이트이고 이 호출 동안 살아 있습니다.
        let read =
            unsafe { proc_pidinfo(getpid(), PROC_PIDTASKINFO, 0, (&raw mut info).cast(), size) };
        if read == size {
            Ok(info.pti_threadnum as usize)
        } else {
            Err(Error::os(
                "스레드 수를 세지 못했습니다",
                io::Error::last_os_error(),
            ))
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        Err(Error::Unsupported {
            what: "스레드 수 세기".to_owned(),
        })
    }
}

/// 스레드 수가 `expected` 이하로 내려올 때까지 최대 1초를 기다려 그 수를 돌려줍니다.
///
/// `join`은 스레드의 일이 끝났음을 뜻할 뿐입니다. Linux 커널이 그 스레드를
/// `/proc/self/task`에서 지우는 것은 조금 뒤의 일이어서, 곧바로 세면 하나 많게 보이기도 합니다.
///
/// # Errors
/// [`count`]와 같습니다.
pub fn count_settled(expected: usize) -> Result<usize> {
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        let now = count()?;
        if now <= expected || Instant::now() >= deadline {
            return Ok(now);
        }
        std_thread::yield_now();
    }
}
