//! 다른 옳은 답: 둘째를 쥐지 못하면 첫째도 놓고 처음부터 다시 한다.

use std::{
    sync::{Mutex, MutexGuard},
    thread,
};

pub struct Bank {
    marbles: Vec<Mutex<u64>>,
}

impl Bank {
    pub fn new(marbles: &[u64]) -> Bank {
        Bank {
            marbles: marbles.iter().copied().map(Mutex::new).collect(),
        }
    }

    fn hold(&self, wanted: &[usize]) -> Vec<MutexGuard<'_, u64>> {
        loop {
            let mut held = Vec::new();
            for of in wanted {
                match self.marbles[*of].try_lock() {
                    Ok(guard) => held.push(guard),
                    Err(_) => break,
                }
            }
            if held.len() == wanted.len() {
                return held;
            }
            drop(held);
            thread::yield_now();
        }
    }

    pub fn transfer(&self, from: usize, to: usize, count: u64, record: impl FnOnce()) -> bool {
        let wanted = [from, to];
        let mut held = self.hold(if from == to { &wanted[..1] } else { &wanted });
        if *held[0] < count {
            return false;
        }
        if let [giver, taker] = held.as_mut_slice() {
            **giver -= count;
            **taker += count;
        }
        record();
        true
    }

    pub fn total(&self) -> u64 {
        let all: Vec<usize> = (0..self.marbles.len()).collect();
        self.hold(&all).iter().map(|one| **one).sum()
    }

    pub fn marbles(&self, of: usize) -> u64 {
        *self.marbles[of].lock().unwrap()
    }
}
