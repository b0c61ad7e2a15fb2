//! 기록이 놓이는 메모리입니다. fork한 프로세스들이 함께 봅니다.
//!
//! 모든 칸이 원자적 변수이고, 일꾼마다 제 토막에만 적으므로 락이 없습니다.
//! 적는 대로 부모에게 보이므로, 자식이 도중에 죽어도 그때까지의 기록은 남습니다.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

use super::Kernel;

/// 한 번에 기록할 수 있는 일꾼의 수입니다.
pub(super) const TRACKS: usize = 1024;
/// 토막의 수입니다. 토막 하나는 4 KiB이므로 모두 16 MiB입니다. 쓴 만큼만 메모리를 차지합니다.
const CHUNKS: usize = 4096;
/// 토막 하나에 들어가는 기록의 수입니다.
const RECORDS: usize = 255;
/// 이름을 적는 바이트의 수입니다. 넘치면 글자 경계에서 자릅니다.
const NAME: usize = 64;

/// 함께 보는 메모리의 모습입니다. 0으로 채운 것이 아무것도 적지 않은 것입니다.
#[repr(C)]
pub(super) struct Shared {
    next_track: AtomicU32,
    next_chunk: AtomicU32,
    dropped: AtomicU64,
    tracks: [Slot; TRACKS],
    chunks: [Chunk; CHUNKS],
}

/// 일꾼 하나의 신상입니다.
#[repr(C)]
pub(super) struct Slot {
    pub(super) pid: AtomicU32,
    has_kernel: AtomicBool,
    pub(super) tid: AtomicU64,
    /// 부모가 자식의 죽음을 안 때입니다. 0이면 모릅니다.
    pub(super) gone_at: AtomicU64,
    kernel: [AtomicU64; 5],
    name: [AtomicU8; NAME],
}

#[repr(C)]
pub(super) struct Chunk {
    track: AtomicU32,
    used: AtomicU32,
    _pad: AtomicU64,
    records: [Cell; RECORDS],
}

#[repr(C)]
struct Cell {
    at: AtomicU64,
    word: AtomicU64,
}

/// 기록 하나입니다: 이때부터 이 상태입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) at: u64,
    pub(super) code: u8,
    pub(super) core: Option<u16>,
    pub(super) lock: u64,
}

impl Record {
    fn word(self) -> u64 {
        let core = self.core.map_or(0, |core| u64::from(core) + 1);
        u64::from(self.code) | core << 8 | self.lock << 32
    }

    fn from_word(at: u64, word: u64) -> Record {
        let core = (word >> 8) as u32 & 0xff_ffff;
        Record {
            at,
            code: word as u8,
            core: core
                .checked_sub(1)
                .and_then(|core| u16::try_from(core).ok()),
            lock: word >> 32,
        }
    }
}

impl Chunk {
    /// 기록 하나를 적습니다. 토막이 찼으면 거짓입니다. 이 토막을 얻은 일꾼만 부릅니다.
    pub(super) fn push(&self, record: Record) -> bool {
        let at = self.used.load(Ordering::Relaxed) as usize;
        let Some(cell) = self.records.get(at) else {
            return false;
        };
        cell.at.store(record.at, Ordering::Relaxed);
        cell.word.store(record.word(), Ordering::Relaxed);
        // 읽는 쪽은 이 수를 보고 나서 칸을 읽습니다.
        self.used.store(at as u32 + 1, Ordering::Release);
        true
    }
}

impl Slot {
    pub(super) fn set_name(&self, name: &str) {
        let mut end = name.len().min(NAME);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let bytes = name.bytes().take(end).chain(std::iter::repeat(0));
        for (cell, byte) in self.name.iter().zip(bytes) {
            cell.store(byte, Ordering::Relaxed);
        }
    }

    pub(super) fn name(&self) -> String {
        let bytes: Vec<u8> = self
            .name
            .iter()
            .map(|byte| byte.load(Ordering::Relaxed))
            .take_while(|&byte| byte != 0)
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(super) fn set_kernel(&self, kernel: Kernel) {
        for (cell, value) in self.kernel.iter().zip(kernel.to_array()) {
            cell.store(value, Ordering::Relaxed);
        }
        self.has_kernel.store(true, Ordering::Release);
    }

    pub(super) fn kernel(&self) -> Option<Kernel> {
        self.has_kernel.load(Ordering::Acquire).then(|| {
            Kernel::from_array(
                [0, 1, 2, 3, 4].map(|i: usize| self.kernel[i].load(Ordering::Relaxed)),
            )
        })
    }
}

impl Shared {
    /// 0으로 채운 새 메모리입니다. 프로그램이 끝날 때까지 거두지 않습니다. 늦게 끝나는 일꾼이 적을 수 있습니다.
    pub(super) fn new() -> crate::Result<&'static Shared> {
        let memory = zeroed()?;
        // SAFETY: `zeroed`가 준 메모리는 `Shared`의 크기이고 정렬이 맞으며 0으로 차 있습니다.
        // 모든 칸이 원자적 정수나 원자적 참거짓이므로 0이 올바른 값이고, 영영 거두지 않습니다.
        Ok(unsafe { &*memory.cast::<Shared>() })
    }

    /// 새 일꾼의 번호를 받습니다. 자리가 없으면 `None`입니다.
    pub(super) fn new_track(&self) -> Option<u32> {
        let track = self.next_track.fetch_add(1, Ordering::Relaxed);
        ((track as usize) < TRACKS).then_some(track)
    }

    pub(super) fn slot(&self, track: u32) -> &Slot {
        &self.tracks[track as usize]
    }

    /// 지금까지 나누어 준 일꾼의 번호들입니다.
    pub(super) fn tracks(&self) -> std::ops::Range<u32> {
        0..self.next_track.load(Ordering::Relaxed).min(TRACKS as u32)
    }

    /// 새 토막을 받습니다. 자리가 없으면 `None`입니다.
    pub(super) fn new_chunk(&self, track: u32) -> Option<&Chunk> {
        let index = self.next_chunk.fetch_add(1, Ordering::Relaxed) as usize;
        let chunk = self.chunks.get(index)?;
        chunk.track.store(track, Ordering::Relaxed);
        Some(chunk)
    }

    /// 자리가 없어 적지 못한 것을 셉니다.
    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// 일꾼마다의 기록입니다. 적은 차례대로입니다.
    pub(super) fn records(&self) -> Vec<Vec<Record>> {
        let mut all = vec![Vec::new(); self.tracks().len()];
        let chunks = (self.next_chunk.load(Ordering::Relaxed) as usize).min(CHUNKS);
        for chunk in &self.chunks[..chunks] {
            let used = chunk.used.load(Ordering::Acquire) as usize;
            let track = chunk.track.load(Ordering::Relaxed) as usize;
            if let (true, Some(records)) = (used > 0, all.get_mut(track)) {
                records.extend(chunk.records[..used.min(RECORDS)].iter().map(|cell| {
                    Record::from_word(
                        cell.at.load(Ordering::Relaxed),
                        cell.word.load(Ordering::Relaxed),
                    )
                }));
            }
        }
        all
    }
}

/// fork한 뒤에도 함께 보는 메모리입니다.
#[cfg(unix)]
fn zeroed() -> crate::Result<*const u8> {
    use std::num::NonZeroUsize;

    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};

    let length = NonZeroUsize::MIN.saturating_add(size_of::<Shared>() - 1);
    let mut flags = MapFlags::MAP_SHARED;
    #[cfg(target_os = "linux")]
    {
        flags |= MapFlags::MAP_NORESERVE;
    }
    // SAFETY: 자리를 정하지 않고 새로 얻으므로 쓰던 메모리를 덮지 않습니다.
    let memory = unsafe {
        mmap_anonymous(
            None,
            length,
            ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
            flags,
        )
    };
    memory
        .map(|memory| memory.as_ptr().cast::<u8>().cast_const())
        .map_err(|errno| crate::Error::os("기록할 메모리를 얻지 못했습니다", errno))
}

#[cfg(not(unix))]
fn zeroed() -> crate::Result<*const u8> {
    use std::alloc::{Layout, alloc_zeroed};

    // SAFETY: `Shared`의 크기는 0이 아닙니다.
    let memory = unsafe { alloc_zeroed(Layout::new::<Shared>()) };
    if memory.is_null() {
        return Err(crate::Error::BadInput {
            message: "기록할 메모리 16 MiB를 얻지 못했습니다. 다른 프로그램을 닫고 다시 해 보세요"
                .to_owned(),
        });
    }
    Ok(memory.cast_const())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_its_word() {
        for core in [None, Some(0), Some(u16::MAX)] {
            for (code, lock) in [(0, 0), (7, 0xffff_ffff), (255, 1)] {
                let record = Record {
                    at: 9,
                    code,
                    core,
                    lock,
                };
                assert_eq!(Record::from_word(9, record.word()), record);
            }
        }
    }

    #[test]
    fn a_full_memory_counts_what_it_cannot_hold() {
        let shared = Shared::new().unwrap();
        while shared.new_chunk(0).is_some() {}
        assert!(shared.new_chunk(0).is_none());
        for _ in 0..TRACKS {
            assert!(shared.new_track().is_some());
        }
        assert!(shared.new_track().is_none());
        assert_eq!(shared.tracks().len(), TRACKS);
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        let shared = Shared::new().unwrap();
        shared.slot(0).set_name(&"가".repeat(40));
        assert_eq!(shared.slot(0).name(), "가".repeat(21));
        shared.slot(0).set_name("짧은 이름");
        assert_eq!(shared.slot(0).name(), "짧은 이름");
    }
}
