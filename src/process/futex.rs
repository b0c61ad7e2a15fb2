//! 함께 보는 메모리의 칸 하나를 두고 잠들고 깨우기.
//!
//! Linux에서는 `futex(2)`입니다. 다른 운영체제에서는 짧게 자고 다시 봅니다.

use std::{sync::atomic::AtomicU32, time::Duration};

/// `word`가 아직 `expected`이면, 깨우는 이가 있거나 `timeout`이 지날 때까지 잠듭니다.
///
/// 까닭 없이 일찍 돌아오기도 합니다. 부른 쪽이 다시 살핍니다.
#[cfg(target_os = "linux")]
pub(super) fn wait(word: &AtomicU32, expected: u32, timeout: Duration) {
    use nix::libc;

    let timeout = libc::timespec {
        tv_sec: timeout.as_secs() as libc::time_t,
        tv_nsec: libc::c_long::from(timeout.subsec_nanos()),
    };
    // SAFETY: `word`와 `timeout`은 이 호출 동안 살아 있습니다. 여러 프로세스가 함께 쓰므로 FUTEX_PRIVATE_FLAG를 주지 않습니다.
    // 오류(EAGAIN, EINTR, ETIMEDOUT)는 모두 「다시 살피라」는 뜻입니다.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT,
            expected,
            &raw const timeout,
        );
    }
}

/// `word`를 두고 잠든 이 하나를 깨웁니다.
#[cfg(target_os = "linux")]
pub(super) fn wake(word: &AtomicU32) {
    use nix::libc;

    // SAFETY: `word`는 이 호출 동안 살아 있습니다.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, 1);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn wait(word: &AtomicU32, expected: u32, timeout: Duration) {
    if word.load(std::sync::atomic::Ordering::Relaxed) == expected {
        std::thread::sleep(timeout.min(Duration::from_micros(100)));
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn wake(_: &AtomicU32) {}
