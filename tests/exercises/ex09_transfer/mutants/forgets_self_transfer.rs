//! 틀린 답: 저에게 건넬 때 같은 뮤텍스를 두 번 쥔다.

use std::sync::{Mutex, MutexGuard};

pub struct Bank {
    marbles: Vec<Mutex<u64>>,
}

impl Bank {
    pub fn new(marbles: &[u64]) -> Bank {
        Bank {
            marbles: marbles.iter().map(|count| Mutex::new(*count)).collect(),
        }
    }

    pub fn transfer(&self, from: usize, to: usize, count: u64, record: impl FnOnce()) -> bool {
        let mut low = self.marbles[from.min(to)].lock().unwrap();
        let mut high = self.marbles[from.max(to)].lock().unwrap();
        let (giver, taker) = if from < to {
            (&mut low, &mut high)
        } else {
            (&mut high, &mut low)
        };
        if **giver < count {
            return false;
        }
        **giver -= count;
        **taker += count;
        record();
        true
    }

    /// 모두를 같은 차례로 쥔 다음에 셉니다.
    pub fn total(&self) -> u64 {
        let all: Vec<MutexGuard<'_, u64>> =
            self.marbles.iter().map(|one| one.lock().unwrap()).collect();
        all.iter().map(|one| **one).sum()
    }

    pub fn marbles(&self, of: usize) -> u64 {
        *self.marbles[of].lock().unwrap()
    }
}
