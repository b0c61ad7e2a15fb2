//! 틀린 답: 놓은 다음에 record를 부른다.

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

    /// 언제나 번호가 작은 주머니부터 쥡니다. 그러면 서로를 둥글게 기다리는 일이 없습니다.
    pub fn transfer(&self, from: usize, to: usize, count: u64, record: impl FnOnce()) -> bool {
        if from == to {
            let only = self.marbles[from].lock().unwrap();
            let enough = *only >= count;
            if enough {
                record();
            }
            return enough;
        }
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
        drop((low, high));
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
