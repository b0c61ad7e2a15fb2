//! `SIGPIPE`에 죽지 않기.
//!
//! 받는 이가 없는 파이프에 쓰면 커널은 `EPIPE`를 돌려주면서 `SIGPIPE`도 보냅니다. Rust 프로그램은 시작할 때 이 시그널을
//! 무시하므로 오류만 남습니다. 그런데 C로 짠 프로그램처럼 행동하려고 처음대로(`SIG_DFL`) 되돌린 프로그램에서는
//! 오류를 돌려받기도 전에 죽습니다. 그런 프로그램에서만, 쓰는 동안 이 시그널을 막고 우리 때문에 온 것을 치웁니다.
//! 그래서 되돌리지 않은 프로그램은 시스템 호출을 더 하지 않습니다.

use std::{
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
};

use nix::{
    libc,
    sys::signal::{SigSet, SigmaskHow, Signal},
};

use crate::{Error, Result};

/// 마지막으로 보았을 때 `SIGPIPE`가 처음대로였습니다.
static DEADLY: AtomicBool = AtomicBool::new(false);

/// `SIGPIPE`를 받으면 죽는지 봅니다. 큐나 파이프나 자식을 만들 때마다 부릅니다.
pub(super) fn look() {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: 새 처리기를 주지 않으므로 지금 것을 읽기만 하고, `action`은 이 호출 동안 살아 있습니다.
    let deadly = unsafe {
        libc::sigaction(libc::SIGPIPE, ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_DFL
    };
    DEADLY.store(deadly, Ordering::Relaxed);
}

/// `write`를 부릅니다. 받는 이가 없어도 죽지 않고 [`Error::Disconnected`]를 돌려받습니다.
pub(super) fn shielded(write: impl FnOnce() -> Result<()>) -> Result<()> {
    if !DEADLY.load(Ordering::Relaxed) {
        return write();
    }
    let mut sigpipe = SigSet::empty();
    sigpipe.add(Signal::SIGPIPE);
    let failed = |errno| Error::os("SIGPIPE를 막지 못했습니다", errno);
    // 앞서 온 것이 막혀 있었다면 그것은 우리 것이 아니므로 치우지 않습니다.
    let earlier = pending();
    let mask = sigpipe
        .thread_swap_mask(SigmaskHow::SIG_BLOCK)
        .map_err(failed)?;
    let result = write();
    // EPIPE와 함께 온 시그널은 쓴 스레드에게 오므로, 있다면 벌써 와 있습니다. 기다리지 않습니다.
    if !earlier && matches!(result, Err(Error::Disconnected)) && pending() {
        sigpipe.wait().map_err(failed)?;
    }
    mask.thread_set_mask().map_err(failed)?;
    result
}

/// 막혀서 기다리는 `SIGPIPE`가 있는지 봅니다.
fn pending() -> bool {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: `set`은 이 호출 동안 살아 있고, sigpending이 채웁니다. 0으로 채운 것도 빈 집합입니다.
    unsafe {
        libc::sigpending(set.as_mut_ptr()) == 0
            && libc::sigismember(set.as_ptr(), libc::SIGPIPE) == 1
    }
}
