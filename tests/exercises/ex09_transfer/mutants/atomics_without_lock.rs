//! 틀린 답: 원자적 변수를 읽고 쓰면 락이 필요 없다고 생각한다.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

pub struct Bank {
    marbles: Vec<AtomicU64>,
}

impl Bank {
    pub fn new(marbles: &[u64]) -> Bank {
        Bank {
            marbles: marbles.iter().map(|count| AtomicU64::new(*count)).collect(),
        }
    }

    pub fn transfer(&self, from: usize, to: usize, count: u64, record: impl FnOnce()) -> bool {
        if self.marbles[from].load(SeqCst) < count {
            return false;
        }
        self.marbles[from].fetch_sub(count, SeqCst);
        self.marbles[to].fetch_add(count, SeqCst);
        record();
        true
    }

    pub fn total(&self) -> u64 {
        self.marbles.iter().map(|one| one.load(SeqCst)).sum()
    }

    pub fn marbles(&self, of: usize) -> u64 {
        self.marbles[of].load(SeqCst)
    }
}
