use real::cell::Cell;

use crate::{clock::Left, wait::Waiters};

/// `std::sync::Barrier`입니다.
#[derive(Debug)]
pub struct Barrier {
    size: usize,
    here: Cell<usize>,
    round: Cell<usize>,
    waiters: Waiters,
    left: Left,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
unsafe impl Sync for Barrier {}

impl real::panic::RefUnwindSafe for Barrier {}

/// `std::sync::BarrierWaitResult`입니다.
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// 마지막에 온 스레드입니까?
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// `size`명이 모이면 열립니다.
    #[must_use]
    pub const fn new(size: usize) -> Barrier {
        Barrier {
            size,
            here: Cell::new(0),
            round: Cell::new(0),
            waiters: Waiters::new(),
            left: Left::new(),
        }
    }

    /// 모두가 올 때까지 기다립니다.
    pub fn wait(&self) -> BarrierWaitResult {
        crate::wait::switch();
        self.left.release();
        let round = self.round.get();
        self.here.set(self.here.get() + 1);
        let leader = self.here.get() >= self.size;
        if leader {
            self.here.set(0);
            self.round.set(round.wrapping_add(1));
            self.waiters.wake_all();
        } else {
            self.waiters.until(|| self.round.get() != round);
        }
        self.left.acquire();
        BarrierWaitResult(leader)
    }
}
