//! 큐와 파이프의 끝: 누가 무엇을 쥐고 있는지 적어 두는 곳입니다.

use std::{
    cell::{Cell, RefCell},
    fs::File,
    io::{self, Read, Write},
    mem,
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use borsh::{BorshDeserialize, BorshSerialize};

use super::{lifeline, ring::Ring};
use crate::{Error, Result};

/// 끝 하나입니다. 복제한 손잡이들은 이것 하나를 함께 씁니다.
pub(super) struct End {
    file: File,
    /// 큐의 끝이면 그 버퍼입니다. 칸은 적힌 차례대로 버려지므로 `file`을 닫은 뒤에 알립니다.
    ring: Option<Hold>,
    /// fork할 때 클로저로 옮기지 않아 이 프로세스에서는 쓸 수 없습니다.
    left_behind: AtomicBool,
}

/// 버퍼를 쥔 손입니다. 버려지면서 이 끝이 닫혔다고 반대쪽에 알립니다.
struct Hold(Arc<Ring>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.part();
    }
}

/// 이 프로세스의 모든 끝입니다. fork한 자식도 같은 목록을 베껴 받습니다.
static ENDS: Mutex<Vec<Weak<End>>> = Mutex::new(Vec::new());

impl End {
    pub(super) fn new(fd: OwnedFd, ring: Option<Arc<Ring>>) -> Arc<End> {
        let end = Arc::new(End {
            file: fd.into(),
            ring: ring.map(Hold),
            left_behind: AtomicBool::new(false),
        });
        let mut ends = ends();
        ends.retain(|known| known.strong_count() > 0);
        ends.push(Arc::downgrade(&end));
        end
    }

    /// 이 프로세스에서는 더 쓰지 않습니다.
    fn leave_behind(&self) -> Result<()> {
        lifeline::block(self.file.as_raw_fd())?;
        self.left_behind.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// 읽고 쓸 파일입니다.
    pub(super) fn file(&self) -> Result<&File> {
        if self.left_behind.load(Ordering::Relaxed) {
            return Err(Error::BadInput {
                message: "이 끝은 fork할 때 자식으로 옮기지 않아 닫혔습니다. \
                          복제한 끝을 move 클로저로 옮겨 주세요"
                    .to_owned(),
            });
        }
        Ok(&self.file)
    }
}

/// 이 프로세스의 모든 끝을 닫고 반대쪽에 알립니다. fork한 자식이 할 일을 마치고 부릅니다.
///
/// 베껴진 메모리에는 부모의 손잡이들도 남아 있어, 자식이 제 손잡이를 버려도 끝은 닫히지 않습니다. 곧 끝나면서
/// 커널이 닫아 주지만, 그때는 자고 있는 반대쪽을 깨워 줄 이가 없습니다.
pub(super) fn close_all() -> Result<()> {
    let all = mem::take(&mut *ends());
    for end in all.iter().filter_map(Weak::upgrade) {
        if !end.left_behind.load(Ordering::Relaxed) {
            end.leave_behind()?;
            if let Some(Hold(ring)) = &end.ring {
                ring.part();
            }
        }
    }
    Ok(())
}

fn ends() -> MutexGuard<'static, Vec<Weak<End>>> {
    // 목록을 고치다가 패닉하는 일은 없으므로, 오염되었다는 표시는 무시해도 됩니다.
    ENDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// fork하기 바로 앞의 끝들과 그 손잡이 수입니다.
pub(super) struct Before(Vec<(Weak<End>, usize)>);

/// 자식으로 옮긴 끝들의 차례입니다.
pub(super) type Kept = Vec<u32>;

/// 살아 있는 끝들을 적어 둡니다. 하나도 없으면 `None`입니다.
pub(super) fn snapshot() -> Option<Before> {
    let mut ends = ends();
    ends.retain(|end| end.strong_count() > 0);
    let list: Vec<_> = ends
        .iter()
        .map(|end| (end.clone(), end.strong_count()))
        .collect();
    (!list.is_empty()).then_some(Before(list))
}

impl Before {
    /// 적어 둔 뒤로 손잡이가 줄어든 끝들입니다. 클로저를 버린 뒤에 부르면 클로저로 옮긴 끝들입니다.
    pub(super) fn moved(&self) -> Kept {
        let moved = |(end, count): &(Weak<End>, usize)| end.strong_count() < *count;
        (0u32..)
            .zip(&self.0)
            .filter_map(|(index, entry)| moved(entry).then_some(index))
            .collect()
    }

    /// 자식에서: 옮겨진 것만 남기고 모두 막습니다.
    pub(super) fn keep_only(&self, kept: &Kept) -> Result<()> {
        for (index, (end, _)) in (0u32..).zip(&self.0) {
            if let (false, Some(end)) = (kept.contains(&index), end.upgrade()) {
                end.leave_behind()?;
            }
        }
        Ok(())
    }
}

thread_local! {
    /// spawn이 인자를 바이트로 바꾸는 동안, 함께 건너갈 디스크립터를 모읍니다.
    static PASSING: RefCell<Option<Vec<OwnedFd>>> = const { RefCell::new(None) };
    /// spawn한 자식이 인자를 읽는 동안에만 참입니다.
    static RECEIVING: Cell<bool> = const { Cell::new(false) };
}

/// `f`가 바이트로 바꾸는 값 속의 끝들을 모아 함께 돌려줍니다.
pub(super) fn passing<R>(f: impl FnOnce() -> R) -> (R, Vec<OwnedFd>) {
    PASSING.set(Some(Vec::new()));
    let result = f();
    (result, PASSING.take().unwrap_or_default())
}

/// `f`가 읽는 바이트 속의 디스크립터 번호를 믿습니다. 부모가 보낸 인자를 읽을 때만 씁니다.
pub(super) fn receiving<R>(f: impl FnOnce() -> R) -> R {
    RECEIVING.set(true);
    let result = f();
    RECEIVING.set(false);
    result
}

/// 디스크립터를 복제해 번호를 적습니다.
pub(super) fn write_fd(fd: impl AsFd, writer: &mut impl Write) -> io::Result<()> {
    PASSING.with_borrow_mut(|passing| {
        let Some(list) = passing else {
            return Err(io::Error::other(
                "큐와 파이프의 끝은 process::spawn의 인자로만 보낼 수 있습니다",
            ));
        };
        let copy = fd.as_fd().try_clone_to_owned()?;
        BorshSerialize::serialize(&copy.as_raw_fd(), writer)?;
        list.push(copy);
        Ok(())
    })
}

/// 적힌 번호의 디스크립터를 이 프로세스의 것으로 삼습니다.
pub(super) fn read_fd(reader: &mut impl Read) -> io::Result<OwnedFd> {
    let fd = RawFd::deserialize_reader(reader)?;
    if !RECEIVING.get() {
        return Err(io::Error::other(
            "큐와 파이프의 끝은 process::spawn의 인자로만 받을 수 있습니다",
        ));
    }
    // 열려 있지 않은 번호면 여기서 오류가 됩니다.
    lifeline::set_cloexec(fd, true)?;
    // SAFETY: 부모가 이 프로세스를 위해 열어 둔 디스크립터이고(RECEIVING), 인자 하나에 한 번만 적힙니다.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
