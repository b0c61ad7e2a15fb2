//! 부모와 자식을 잇는 두 파이프.
//!
//! - 결과: 자식이 쓰고 부모가 읽습니다.
//! - 생명줄(lifeline): 부모가 쥐고만 있습니다. 부모가 어떻게 끝나든 커널이 이 끝을 닫고,
//!   그때 자식도 끝납니다. 자식은 스레드를 더 두지 않고 이를 시그널로 알아챕니다(`O_ASYNC`).
//!   `PR_SET_PDEATHSIG`는 프로세스가 아니라 「낳은 스레드」가 끝날 때 울리므로 쓰지 않습니다.

use std::{
    fs::File,
    io,
    os::fd::{AsRawFd, OwnedFd, RawFd},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
};

use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
    unistd::getpid,
};

use super::sigpipe;
use crate::{Error, Result};

/// 부모가 쥐는 끝들입니다.
pub(super) struct ParentEnds {
    pub(super) result: File,
    pub(super) lifeline: File,
}

/// 자식이 쥐는 끝들입니다.
pub(super) struct ChildEnds {
    pub(super) result: File,
    pub(super) lifeline: File,
}

/// 이 프로세스가 쥔, 자식에게는 없어야 하는 파일 디스크립터입니다.
///
/// fork는 이것들도 베낍니다. 형제의 생명줄을 쥔 자식이 있으면 부모가 끝나도 형제가 모르므로,
/// 자식은 태어나자마자 이것들을 막습니다.
static PRIVATE: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

/// 두 파이프를 만듭니다. 넷 다 exec 때 닫힙니다(`O_CLOEXEC`).
pub(super) fn link() -> Result<(ParentEnds, ChildEnds)> {
    sigpipe::look();
    let (result_rx, result_tx) = pipe()?;
    let (lifeline_rx, lifeline_tx) = pipe()?;
    Ok((
        ParentEnds {
            result: result_rx.into(),
            lifeline: lifeline_tx.into(),
        },
        ChildEnds {
            result: result_tx.into(),
            lifeline: lifeline_rx.into(),
        },
    ))
}

/// exec 때 닫히는 파이프를 만듭니다.
pub(super) fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    // 표준 라이브러리의 파이프는 CLOEXEC로 만들어집니다(Linux에서는 pipe2 한 번).
    let (rx, tx) = io::pipe().map_err(|source| Error::os("파이프를 만들지 못했습니다", source))?;
    Ok((rx.into(), tx.into()))
}

impl ParentEnds {
    /// 앞으로 태어날 형제가 이 끝들을 막도록 적어 둡니다.
    pub(super) fn remember(&self) {
        private().extend([self.result.as_raw_fd(), self.lifeline.as_raw_fd()]);
    }

    /// 적어 둔 것을 지웁니다. 닫기 바로 앞에 부릅니다.
    pub(super) fn forget(&self) {
        let gone = [self.result.as_raw_fd(), self.lifeline.as_raw_fd()];
        private().retain(|fd| !gone.contains(fd));
    }
}

impl ChildEnds {
    /// 이 프로세스를 자식으로 만듭니다. 부모가 끝나면 이 프로세스도 끝납니다.
    pub(super) fn adopt(&self) -> Result<()> {
        // 손자는 이 끝들을 물려받지 않습니다. 물려받으면 결과 파이프가 닫히지 않습니다.
        private().extend([self.result.as_raw_fd(), self.lifeline.as_raw_fd()]);
        die_with(&self.lifeline)
    }
}

/// fork로 태어난 자식이, 물려받았지만 제 것이 아닌 디스크립터를 모두 막습니다.
pub(super) fn block_inherited() -> Result<()> {
    // 목록의 메모리는 놓지 않습니다. 베껴진 쪽(page)을 고치면 커널이 그 쪽을 따로 베껴야 합니다.
    private().drain(..).try_for_each(block)
}

/// 디스크립터를 닫는 대신 `/dev/null`로 바꿉니다.
///
/// 베껴진 메모리에는 이 번호를 제 것으로 아는 객체가 남아 있습니다. 번호를 비우면
/// 다른 파일이 그 번호를 받고, 나중에 그 객체가 엉뚱한 파일을 닫을 수 있습니다.
pub(super) fn block(fd: RawFd) -> Result<()> {
    let failed = |source| Error::os("물려받은 파일 디스크립터를 막지 못했습니다", source);
    let null = File::open("/dev/null").map_err(failed)?;
    // SAFETY: 두 번호 모두 이 프로세스가 열어 둔 것이고, dup2는 메모리를 건드리지 않습니다.
    // `fd`를 쥔 객체에게는 여전히 열린 디스크립터입니다.
    let result = unsafe { libc::dup2(null.as_raw_fd(), fd) };
    if result == -1 {
        return Err(failed(io::Error::last_os_error()));
    }
    set_cloexec(fd, true).map_err(failed)
}

/// exec 때 닫을지 정합니다. fork와 exec 사이에서도 부를 수 있습니다.
pub(super) fn set_cloexec(fd: RawFd, cloexec: bool) -> io::Result<()> {
    let flag = if cloexec { libc::FD_CLOEXEC } else { 0 };
    // SAFETY: F_SETFD는 메모리를 건드리지 않습니다. 열려 있지 않은 번호면 EBADF를 돌려줄 뿐입니다.
    match unsafe { libc::fcntl(fd, libc::F_SETFD, flag) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

fn private() -> std::sync::MutexGuard<'static, Vec<RawFd>> {
    // 목록을 고치다가 패닉하는 일은 없으므로, 오염되었다는 표시는 무시해도 됩니다.
    PRIVATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 이 프로세스의 생명줄입니다. 자식이 아니면 -1입니다.
static LIFELINE: AtomicI32 = AtomicI32::new(-1);

/// 부모 쪽 끝이 닫혔으면 이 프로세스를 끝냅니다.
extern "C" fn end_if_orphaned(_: libc::c_int) {
    let mut lifeline = libc::pollfd {
        fd: LIFELINE.load(Ordering::SeqCst),
        events: 0,
        revents: 0,
    };
    // 가로채인 코드가 보고 있던 오류 번호를 바꾸지 않습니다.
    let errno = Errno::last_raw();
    // SAFETY: poll과 _exit는 시그널 처리기에서 불러도 됩니다(signal-safety(7)).
    unsafe {
        if libc::poll(&mut lifeline, 1, 0) == 1 && lifeline.revents & libc::POLLHUP != 0 {
            libc::_exit(1);
        }
    }
    Errno::set_raw(errno);
}

fn die_with(lifeline: &File) -> Result<()> {
    let failed = |source| Error::os("부모의 끝을 지켜보지 못했습니다", source);
    let fd = lifeline.as_raw_fd();
    let control = |command, value: libc::c_int| {
        // SAFETY: 이 명령들은 정수 하나만 받고 메모리를 건드리지 않습니다.
        match unsafe { libc::fcntl(fd, command, value) } {
            -1 => Err(failed(io::Error::last_os_error())),
            result => Ok(result),
        }
    };
    // 생명줄에 일이 생기면 이 프로세스에 SIGIO를 보내 달라고 합니다. 부모가 편지를 다 쓰기 앞에
    // 우리가 읽었다면 그 편지를 알리는 시그널도 뒤늦게 오므로, 받으면 정말 끊겼는지 봅니다.
    LIFELINE.store(fd, Ordering::SeqCst);
    let action = SigAction::new(
        SigHandler::Handler(end_if_orphaned),
        SaFlags::SA_RESTART,
        SigSet::empty(),
    );
    // SAFETY: 처리기는 async-signal-safe한 poll과 _exit만 부릅니다.
    unsafe { sigaction(Signal::SIGIO, &action) }.map_err(|errno| failed(errno.into()))?;
    // fork한 자식은 부모가 막아 둔 시그널을 물려받습니다.
    let mut notice = SigSet::empty();
    notice.add(Signal::SIGIO);
    notice
        .thread_unblock()
        .map_err(|errno| failed(errno.into()))?;
    control(libc::F_SETOWN, getpid().as_raw())?;
    // 방금 만든 파이프의 읽는 끝이라 다른 표시는 없습니다.
    control(libc::F_SETFL, libc::O_ASYNC)?;
    // 부탁하기 전에 부모가 이미 끝났을 수 있습니다.
    let mut fds = [PollFd::new(
        std::os::fd::AsFd::as_fd(lifeline),
        PollFlags::POLLIN,
    )];
    if matches!(poll(&mut fds, PollTimeout::ZERO), Ok(1)) {
        std::process::exit(1);
    }
    Ok(())
}
