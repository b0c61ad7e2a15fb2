//! `std::hint`입니다. [`spin_loop`]만 다릅니다.

pub use real::hint::{assert_unchecked, black_box, unreachable_unchecked};

/// 돌며 기다린다고 알립니다. 다른 스레드가 그 사이에 달린다는 약속은 없습니다.
pub fn spin_loop() {
    crate::wait::give_way();
}
