//! 틀린 답: 언제나 from부터 쥔다.

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
        if from == to {
            let only = self.marbles[from].lock().unwrap();
            let enough = *only >= count;
            if enough {
                record();
            }
            return enough;
        }
        let mut giver = self.marbles[from].lock().unwrap();
        let mut taker = self.marbles[to].lock().unwrap();
        if *giver < count {
            return false;
        }
        *giver -= count;
        *taker += count;
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
