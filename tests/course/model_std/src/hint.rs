//! `std::hint`입니다. [`spin_loop`]만 다릅니다.

pub use real::hint::{assert_unchecked, black_box, unreachable_unchecked};

/// 돌며 기다린다고 알립니다. 다른 스레드가 한 번씩 달린 뒤에 돌아옵니다.
pub fn spin_loop() {
    crate::wait::give_way();
}
