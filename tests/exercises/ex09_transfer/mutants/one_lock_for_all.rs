//! 틀린 답: 모든 주머니를 락 하나로 지킨다.

use std::sync::Mutex;

pub struct Bank {
    marbles: Mutex<Vec<u64>>,
}

impl Bank {
    pub fn new(marbles: &[u64]) -> Bank {
        Bank {
            marbles: Mutex::new(marbles.to_vec()),
        }
    }

    pub fn transfer(&self, from: usize, to: usize, count: u64, record: impl FnOnce()) -> bool {
        let mut all = self.marbles.lock().unwrap();
        if all[from] < count {
            return false;
        }
        all[from] -= count;
        all[to] += count;
        record();
        true
    }

    pub fn total(&self) -> u64 {
        self.marbles.lock().unwrap().iter().sum()
    }

    pub fn marbles(&self, of: usize) -> u64 {
        self.marbles.lock().unwrap()[of]
    }
}
