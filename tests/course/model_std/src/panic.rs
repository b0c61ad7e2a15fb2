//! `std::panic`입니다. [`catch_unwind`]만 다릅니다.

pub use real::panic::*;

use real::thread::Result;

/// 패닉을 잡습니다. 실행이 끝나 스택을 거두는 것은 패닉이 아니므로 잡지 않습니다.
///
/// # Errors
/// `f`가 패닉했습니다.
pub fn catch_unwind<F: FnOnce() -> R + UnwindSafe, R>(f: F) -> Result<R> {
    match real::panic::catch_unwind(f) {
        Err(payload) if crate::wait::being_torn_down() => real::panic::resume_unwind(payload),
        caught => caught,
    }
}
