//! 둥근 버퍼(ring buffer): 여러 프로세스가 함께 보는 메모리에 봉투를 차례로 담습니다.
//!
//! 보내는 쪽은 `send.count`까지 썼고 받는 쪽은 `recv.count`까지 읽었습니다. 둘 다 줄지 않고 늘기만 하며,
//! 그 차이가 지금 담긴 바이트 수입니다. 제 수를 고치는 것은 제 쪽의 락을 쥔 이뿐입니다.
//!
//! 버퍼에 들어가는 봉투는 다 쓴 뒤에 한꺼번에 내놓고, 다 읽은 뒤에 한꺼번에 치웁니다. 그래서 도중에 죽어도
//! 찢어지지 않습니다. 버퍼보다 큰 봉투만 나누어 담고, 그동안은 락에 「나누어 다루는 중」이라고 적어 둡니다.
//!
//! 시스템 호출은 반대쪽이 잠들었을 때와 사라졌는지 물을 때에만 합니다.

use std::{
    cell::UnsafeCell,
    fs::File,
    hint, io,
    num::NonZeroUsize,
    os::fd::{AsFd, OwnedFd},
    ptr::{self, NonNull},
    sync::{
        OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering, fence},
    },
    thread,
    time::Duration,
};

use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};

use super::{
    futex,
    lock::{Busy, SharedLock, broken},
    peers::Peers,
    wire,
};
use crate::{Error, Result};

/// 버퍼에 담기는 바이트 수입니다. Linux 파이프의 처음 크기(`pipe(7)`)와 같습니다.
pub(super) const CAPACITY: usize = 64 << 10;

/// 버퍼보다 큰 봉투를 이만큼씩 나눕니다. 한쪽이 쓰는 동안 다른 쪽이 읽습니다.
const CHUNK: usize = CAPACITY / 4;

/// 잠든 이는 이만큼마다 깨어, 반대쪽이 알리지 못하고 죽지 않았는지 살핍니다.
const WATCH: Duration = Duration::from_millis(100);

/// 잠들기 앞에 이만큼 되풀이해 봅니다. 2026년 11월, AMD EPYC 가상 머신(Linux)에서 25 µs였습니다. 거기서 잠든 스레드를
/// 깨우는 데 드는 시간(벤치마크의 `queue-ping-wake`)과 비슷합니다.
const PATIENCE: u32 = 1 << 10;

/// 캐시 줄을 나누어 쓰지 않게 떨어뜨립니다. 두 줄씩 미리 가져오는 CPU가 있어 128바이트입니다.
#[repr(C, align(128))]
struct Apart<T>(T);

/// 함께 보는 메모리의 생김새입니다.
#[repr(C)]
struct Page {
    send: Side,
    recv: Side,
    /// 끝이 버려질 때마다 늡니다. 커널에게 물어볼 때가 되었다는 뜻입니다.
    partings: Apart<AtomicU32>,
    bytes: Apart<UnsafeCell<[u8; CAPACITY]>>,
}

#[repr(C)]
struct Side {
    lock: Apart<SharedLock>,
    /// 이쪽이 지금까지 쓰거나 읽은 바이트의 수입니다.
    count: Apart<AtomicU64>,
    /// 이쪽이 잠들었으면 1입니다. 반대쪽이 0으로 바꾸고 깨웁니다.
    asleep: Apart<AtomicU32>,
}

impl Side {
    /// 이쪽이 잠들었으면 깨웁니다. 깨우는 것은 한 번이면 됩니다.
    fn wake(&self) {
        let asleep = &self.asleep.0;
        if asleep.load(Ordering::Relaxed) == 1 && asleep.swap(0, Ordering::Relaxed) == 1 {
            futex::wake(asleep);
        }
    }
}

/// 둥근 버퍼입니다. fork한 자식에게는 같은 주소로 보이고, spawn한 자식은 파일 디스크립터로 다시 잇습니다.
pub(super) struct Ring {
    page: NonNull<Page>,
    memory: OwnedFd,
    /// 마지막으로 보냈을 때의 `recv.count`입니다.
    seen_count: AtomicU64,
    /// 마지막으로 커널에게 물었을 때까지 버려진 받는 끝과, 그때까지 거둔 자식의 수입니다.
    seen_partings: AtomicU32,
    send_patience: AtomicU32,
    recv_patience: AtomicU32,
}

// SAFETY: Page의 뮤텍스는 여러 스레드와 프로세스가 함께 쓰도록 만들어졌고(PTHREAD_PROCESS_SHARED),
// `bytes`는 락을 쥔 이가 제 몫의 자리에서만 읽고 쓰며, 나머지는 원자적 값입니다.
unsafe impl Send for Ring {}
// SAFETY: 위와 같습니다.
unsafe impl Sync for Ring {}

/// 이 프로세스가 거둔 자식의 수입니다. 자식은 받는 끝을 쥔 채 죽었을 수 있습니다.
static REAPED: AtomicU32 = AtomicU32::new(0);

/// 자식을 거두었다고 알립니다. 다음에 보내는 이가 받는 이가 남았는지 커널에게 묻습니다.
pub(super) fn child_is_gone() {
    REAPED.fetch_add(1, Ordering::Relaxed);
}

impl Ring {
    /// 새 메모리를 만들어 빈 버퍼를 놓습니다.
    pub(super) fn new() -> Result<Ring> {
        let failed = |source| Error::os("큐의 메모리를 만들지 못했습니다", source);
        Ring::over(anonymous_file().map_err(failed)?)
    }

    /// 빈 파일에 빈 버퍼를 놓습니다.
    fn over(memory: File) -> Result<Ring> {
        let failed = |source| Error::os("큐의 메모리를 만들지 못했습니다", source);
        memory.set_len(size_of::<Page>() as u64).map_err(failed)?;
        let ring = Ring::map(memory.into())?;
        ring.page().send.lock.0.init().map_err(failed)?;
        ring.page().recv.lock.0.init().map_err(failed)?;
        Ok(ring)
    }

    /// 이미 있는 메모리를 이 프로세스에 잇습니다.
    pub(super) fn map(memory: OwnedFd) -> Result<Ring> {
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
        .map_err(|errno| Error::os("큐의 메모리를 잇지 못했습니다", errno))?;
        Ok(Ring {
            page: page.cast(),
            memory,
            seen_count: AtomicU64::new(0),
            seen_partings: AtomicU32::new(0),
            send_patience: AtomicU32::new(PATIENCE),
            recv_patience: AtomicU32::new(PATIENCE),
        })
    }

    /// 다른 프로세스에 넘길 파일 디스크립터입니다.
    pub(super) fn memory(&self) -> &OwnedFd {
        &self.memory
    }

    /// 이 프로세스의 끝 하나가 닫혔다고 양쪽에 알립니다. 마지막 끝이었는지는 깨어난 이가 커널에게 묻습니다.
    pub(super) fn part(&self) {
        let page = self.page();
        page.partings.0.fetch_add(1, Ordering::Relaxed);
        // `wait`의 울타리와 짝입니다.
        fence(Ordering::SeqCst);
        page.send.wake();
        page.recv.wake();
    }

    fn page(&self) -> &Page {
        // SAFETY: 이은 메모리는 `self`가 사는 동안 그대로 있고, 0으로 채운 것도 올바른 값입니다.
        unsafe { self.page.as_ref() }
    }

    /// 봉투 하나를 담습니다. 자리가 없으면 기다립니다.
    pub(super) fn write(&self, peers: Peers<'_>, frame: &[u8]) -> Result<()> {
        let page = self.page();
        page.send.lock.0.with(|busy| {
            self.check_receivers(peers)?;
            if frame.len() <= CAPACITY {
                return self.put(peers, frame);
            }
            busy.during(|| {
                frame
                    .chunks(CHUNK)
                    .try_for_each(|chunk| self.put(peers, chunk))
            })
        })
    }

    /// 봉투 하나를 꺼내 그 내용을 `payload`에 더합니다. 없으면 기다립니다.
    pub(super) fn read(&self, peers: Peers<'_>, payload: &mut Vec<u8>) -> Result<()> {
        let page = self.page();
        page.recv.lock.0.with(|busy| {
            let at = page.recv.count.0.load(Ordering::Relaxed);
            let ready = self.wait_for_bytes(peers, 1)?;
            // 온전한 봉투만 내놓으므로, 조금이라도 왔다면 길이는 다 와 있습니다.
            if ready < wire::HEADER {
                return busy.during(|| Err(wire::torn()));
            }
            let length = self.length_at(at);
            let whole = usize::try_from(length)
                .ok()
                .filter(|length| ready - wire::HEADER >= *length);
            match whole {
                Some(length) => {
                    let at = at.wrapping_add(wire::HEADER as u64);
                    self.append(at, length, payload)?;
                    self.publish(&page.recv, at.wrapping_add(length as u64));
                    self.wake_sender();
                    Ok(())
                }
                None => self.read_in_pieces(peers, &busy, length, payload),
            }
        })
    }

    /// 버퍼보다 큰 봉투를 오는 대로 꺼냅니다.
    fn read_in_pieces(
        &self,
        peers: Peers<'_>,
        busy: &Busy<'_>,
        length: u64,
        payload: &mut Vec<u8>,
    ) -> Result<()> {
        let recv = &self.page().recv;
        busy.during(|| {
            let start = recv.count.0.load(Ordering::Relaxed);
            let mut at = start.wrapping_add(wire::HEADER as u64);
            self.publish(recv, at);
            let mut left = length;
            while left > 0 {
                let ready = self.wait_for_bytes(peers, 1).map_err(|error| match error {
                    Error::Disconnected => wire::torn(),
                    other => other,
                })?;
                let piece = ready.min(CHUNK).min(usize::try_from(left).unwrap_or(CHUNK));
                grow(payload, piece, left)?;
                self.append(at, piece, payload)?;
                at = at.wrapping_add(piece as u64);
                left -= piece as u64;
                self.publish(recv, at);
                self.wake_sender();
            }
            Ok(())
        })
    }

    /// 받는 이가 모두 사라졌으면 오류입니다.
    ///
    /// 커널에게 묻는 값을 아끼려고, 지난번 뒤로 누가 꺼내 갔고 사라진 이가 없으면 묻지 않습니다.
    fn check_receivers(&self, peers: Peers<'_>) -> Result<()> {
        let page = self.page();
        let count = page.recv.count.0.load(Ordering::Relaxed);
        let partings =
            (page.partings.0.load(Ordering::Relaxed)).wrapping_add(REAPED.load(Ordering::Relaxed));
        let moved = self.seen_count.swap(count, Ordering::Relaxed) != count;
        let parted = self.seen_partings.swap(partings, Ordering::Relaxed) != partings;
        if (!moved || parted) && peers.gone()? {
            return Err(Error::Disconnected);
        }
        Ok(())
    }

    /// 바이트들을 한꺼번에 내놓습니다. 자리가 날 때까지 기다립니다.
    fn put(&self, peers: Peers<'_>, bytes: &[u8]) -> Result<()> {
        let page = self.page();
        let at = page.send.count.0.load(Ordering::Relaxed);
        self.wait(
            &page.send,
            &self.send_patience,
            peers,
            || Ok(()),
            || Ok(CAPACITY - self.filled()? >= bytes.len()),
        )?;
        self.copy_in(at, bytes);
        self.publish(&page.send, at.wrapping_add(bytes.len() as u64));
        page.recv.wake();
        Ok(())
    }

    /// `least` 바이트 이상 올 때까지 기다려, 온 바이트 수를 돌려줍니다.
    fn wait_for_bytes(&self, peers: Peers<'_>, least: usize) -> Result<usize> {
        let page = self.page();
        // 다른 보내는 이가 살아 있으면 종은 끊기지 않으므로, 살피지 않으면 잘린 나머지를 영영 기다리게 됩니다.
        let check = || page.send.lock.0.check_holder();
        self.wait(&page.recv, &self.recv_patience, peers, check, || {
            Ok(self.filled()? >= least)
        })?;
        self.filled()
    }

    /// 지금 담긴 바이트 수입니다.
    fn filled(&self) -> Result<usize> {
        let page = self.page();
        let sent = page.send.count.0.load(Ordering::Acquire);
        let received = page.recv.count.0.load(Ordering::Acquire);
        // 다른 프로세스가 적은 수이므로 믿지 않습니다.
        match sent.wrapping_sub(received) {
            filled if filled <= CAPACITY as u64 => Ok(filled as usize),
            _ => Err(broken()),
        }
    }

    /// `ready`가 참이 될 때까지, 먼저 돌며 기다리다가 그래도 아니면 잠들어 기다립니다.
    fn wait(
        &self,
        side: &Side,
        patience: &AtomicU32,
        peers: Peers<'_>,
        check: impl Fn() -> Result<()>,
        ready: impl Fn() -> Result<bool>,
    ) -> Result<()> {
        loop {
            if ready()? || spin(patience, &ready)? {
                return Ok(());
            }
            side.asleep.0.store(1, Ordering::Relaxed);
            // 「잠든다」고 적은 뒤에 한 번 더 봅니다. 반대쪽은 내놓은 뒤에 이 칸을 봅니다. 울타리가 둘 다에 있으므로,
            // 둘이 서로를 놓치는 일은 없습니다.
            fence(Ordering::SeqCst);
            if !ready()? {
                if peers.gone()? {
                    // 마지막 것을 내놓고 사라졌을 수 있으므로 한 번 더 봅니다.
                    return if ready()? {
                        Ok(())
                    } else {
                        Err(Error::Disconnected)
                    };
                }
                futex::wait(&side.asleep.0, 1, WATCH);
                check()?;
            }
            side.asleep.0.store(0, Ordering::Relaxed);
        }
    }

    /// 이쪽의 수를 고쳐 반대쪽에 보입니다.
    fn publish(&self, side: &Side, count: u64) {
        side.count.0.store(count, Ordering::Release);
        // `wait`의 울타리와 짝입니다.
        fence(Ordering::SeqCst);
    }

    /// 잠든 보내는 이를 깨웁니다. 하나 꺼낼 때마다 깨우면 하나 쓰고 다시 잠들므로, 반쯤 빈 뒤에 깨웁니다.
    fn wake_sender(&self) {
        if self.filled().is_ok_and(|filled| filled <= CAPACITY / 2) {
            self.page().send.wake();
        }
    }

    fn copy_in(&self, at: u64, from: &[u8]) {
        let (start, first) = self.place(at, from.len());
        // SAFETY: `place`가 버퍼 안의 두 토막으로 나누었습니다. 자리가 났다고 확인했고 보내는 락을 쥐었으므로,
        // 이 자리를 읽거나 쓰는 다른 이는 없습니다.
        unsafe {
            ptr::copy_nonoverlapping(from.as_ptr(), self.bytes().add(start), first);
            ptr::copy_nonoverlapping(from.as_ptr().add(first), self.bytes(), from.len() - first);
        }
    }

    /// 봉투의 첫머리에 적힌 길이입니다.
    fn length_at(&self, at: u64) -> u64 {
        let mut header = [0; wire::HEADER];
        let (start, first) = self.place(at, header.len());
        // SAFETY: `append`와 같습니다.
        unsafe {
            ptr::copy_nonoverlapping(self.bytes().add(start), header.as_mut_ptr(), first);
            let rest = header.len() - first;
            ptr::copy_nonoverlapping(self.bytes(), header.as_mut_ptr().add(first), rest);
        }
        u64::from_le_bytes(header)
    }

    /// 버퍼의 `at`에서 `length` 바이트를 읽어 `payload`에 더합니다. 메모리가 모자라면 오류입니다.
    fn append(&self, at: u64, length: usize, payload: &mut Vec<u8>) -> Result<()> {
        payload.try_reserve(length).map_err(|_| out_of_memory())?;
        let (start, first) = self.place(at, length);
        let to = payload.spare_capacity_mut().as_mut_ptr().cast();
        // SAFETY: `place`가 버퍼 안의 두 토막으로 나누었고, `to`에는 방금 마련한 `length` 바이트의 자리가 있습니다.
        // 받는 락을 쥐었고 온 것만 읽으므로, 약속을 지키는 프로세스는 이 자리에 쓰지 않습니다.
        // 어기는 프로세스가 써도 u8은 어떤 값이든 올바릅니다.
        unsafe {
            ptr::copy_nonoverlapping(self.bytes().add(start), to, first);
            ptr::copy_nonoverlapping(self.bytes(), to.add(first), length - first);
            payload.set_len(payload.len() + length);
        }
        Ok(())
    }

    fn bytes(&self) -> *mut u8 {
        self.page().bytes.0.get().cast()
    }

    /// 버퍼에서의 자리와, 끝에 닿기 앞까지의 길이입니다.
    fn place(&self, at: u64, length: usize) -> (usize, usize) {
        assert!(length <= CAPACITY);
        let start = (at % CAPACITY as u64) as usize;
        (start, length.min(CAPACITY - start))
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: `map`에서 같은 크기로 이었고, 이 뒤로는 아무도 쓰지 않습니다.
        let _ = unsafe { munmap(self.page.cast(), size_of::<Page>()) };
    }
}

/// 잠들지 않고 조금 기다려 봅니다. 되면 다음에도 끝까지 참고, 안 되면 다음에는 덜 참습니다.
fn spin(patience: &AtomicU32, ready: impl Fn() -> Result<bool>) -> Result<bool> {
    if !has_another_core() {
        return Ok(false);
    }
    let limit = patience.load(Ordering::Relaxed);
    for _ in 0..limit {
        hint::spin_loop();
        if ready()? {
            patience.store(PATIENCE, Ordering::Relaxed);
            return Ok(true);
        }
    }
    patience.store((limit - limit / 8).max(PATIENCE / 16), Ordering::Relaxed);
    Ok(false)
}

/// 코어가 하나뿐이면 우리가 도는 동안 반대쪽이 달릴 수 없습니다.
fn has_another_core() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| thread::available_parallelism().is_ok_and(|cores| cores.get() > 1))
}

/// `piece` 바이트를 더 담을 자리를 마련합니다. 앞으로 `left` 바이트가 더 온다고 적혀 있습니다.
///
/// 적힌 길이를 믿지 않고 온 것의 두 배까지만 잡되, 적힌 길이보다 많이 잡지도 않습니다. 그래서 얼마나 잡는지가
/// 바이트가 몇 토막으로 왔는지에 달려 있지 않습니다.
fn grow(payload: &mut Vec<u8>, piece: usize, left: u64) -> Result<()> {
    const FIRST: usize = 1 << 20;
    if payload.capacity() - payload.len() >= piece {
        return Ok(());
    }
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    let more = payload.capacity().max(FIRST).min(left).max(piece);
    payload.try_reserve_exact(more).map_err(|_| out_of_memory())
}

fn out_of_memory() -> Error {
    Error::os("값을 받지 못했습니다", io::ErrorKind::OutOfMemory)
}

/// 이름이 없어서 쓰는 프로세스가 모두 끝나면 사라지는 파일을 만듭니다.
fn anonymous_file() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use nix::{
            errno::Errno,
            sys::memfd::{MFdFlags, memfd_create},
        };

        match memfd_create(c"noriteo-queue", MFdFlags::MFD_CLOEXEC) {
            Ok(file) => return Ok(file.into()),
            // 시스템 호출을 가려 받는 곳(seccomp)이나 흉내 낸 Linux에는 없기도 합니다.
            Err(Errno::EPERM | Errno::EACCES | Errno::ENOSYS) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    unlinked_file()
}

/// 임시 폴더에 파일을 만들고 곧 이름을 지웁니다. 메모리의 파일(`memfd`)이 없는 곳에서 씁니다.
fn unlinked_file() -> io::Result<File> {
    use std::{
        env,
        fs::{OpenOptions, remove_file},
        os::unix::fs::OpenOptionsExt,
        process,
    };

    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = env::temp_dir().join(format!("noriteo-{}-{number}", process::id()));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::peers;

    /// 값 하나를 담았다가 꺼냅니다.
    fn trip(ring: &Ring, ends: &(File, File), bytes: &[u8]) -> Result<Vec<u8>> {
        ring.write(Peers(&ends.0), &wire::encode(&bytes)?)?;
        let mut payload = Vec::new();
        ring.read(Peers(&ends.1), &mut payload)?;
        wire::decode(&payload)
    }

    fn ring() -> Result<(Ring, (File, File))> {
        let (left, right) = peers::pair()?;
        Ok((Ring::new()?, (left.into(), right.into())))
    }

    /// 봉투가 버퍼의 끝과 처음에 걸쳐 놓이는 모든 자리를 지납니다.
    #[test]
    fn frames_wrap_around_the_end() -> Result<()> {
        let (ring, ends) = ring()?;
        // 봉투 하나가 31바이트라, 버퍼의 크기(2의 거듭제곱)와 서로소입니다.
        for round in 0..CAPACITY as u64 {
            let bytes = [round as u8; 31 - wire::HEADER - 4];
            assert_eq!(trip(&ring, &ends, &bytes)?, bytes);
        }
        // 꼭 버퍼만 한 것도 한꺼번에 들어갑니다.
        let full = vec![7; CAPACITY - wire::HEADER - 4];
        assert_eq!(trip(&ring, &ends, &full)?, full);
        Ok(())
    }

    /// 메모리의 파일이 없는 곳에서 쓰는 파일에도 똑같이 담깁니다. 이름은 남지 않습니다.
    #[test]
    fn an_unlinked_file_holds_the_same() -> Result<()> {
        let failed = |source| Error::os("파일을 만들지 못했습니다", source);
        let file = unlinked_file().map_err(failed)?;
        let links = std::os::unix::fs::MetadataExt::nlink(&file.metadata().map_err(failed)?);
        assert_eq!(links, 0);
        let ring = Ring::over(file)?;
        let (left, right) = peers::pair()?;
        let ends = (left.into(), right.into());
        let full = vec![7; CAPACITY - wire::HEADER - 4];
        for _ in 0..3 {
            assert_eq!(trip(&ring, &ends, &full)?, full);
        }
        Ok(())
    }

    /// 수가 끝(2^64)을 넘어가도 됩니다.
    #[test]
    fn counts_may_wrap() -> Result<()> {
        let (ring, ends) = ring()?;
        for side in [&ring.page().send, &ring.page().recv] {
            side.count.0.store(u64::MAX - 10, Ordering::Relaxed);
        }
        for _ in 0..3 {
            assert_eq!(trip(&ring, &ends, b"abc")?, b"abc");
        }
        Ok(())
    }

    /// 함께 보는 메모리에 다른 프로세스가 무엇을 적어 놓아도 패닉하지 않고, 온 것보다 많이 읽지 않습니다.
    #[test]
    fn nonsense_in_the_shared_memory_is_an_error() -> Result<()> {
        let mut seed = 0x5eed_0008_u64;
        let mut random = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            seed >> 32
        };
        for _ in 0..20_000 {
            let (ring, (left, right)) = ring()?;
            drop(left);
            let at = random().wrapping_mul(random());
            let filled = match random() % 4 {
                0 => random().wrapping_mul(random()),
                _ => random() % (CAPACITY as u64 + 2),
            };
            let page = ring.page();
            page.recv.count.0.store(at, Ordering::Relaxed);
            page.send
                .count
                .0
                .store(at.wrapping_add(filled), Ordering::Relaxed);
            let length = match random() % 3 {
                0 => random().wrapping_mul(random()),
                _ => random() % (2 * CAPACITY as u64),
            };
            ring.copy_in(at, &length.to_le_bytes());
            let mut payload = Vec::new();
            let read = ring.read(Peers(&right), &mut payload);
            let fits = filled <= CAPACITY as u64
                && filled.checked_sub(wire::HEADER as u64) >= Some(length);
            assert_eq!(
                read.is_ok(),
                fits,
                "담긴 것 {filled}, 길이 {length}: {read:?}"
            );
            assert!(payload.len() <= CAPACITY);
            if fits {
                assert_eq!(payload.len() as u64, length);
            }
        }
        Ok(())
    }
}
