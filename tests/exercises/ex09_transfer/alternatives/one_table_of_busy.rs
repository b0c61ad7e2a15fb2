//! 다른 옳은 답: 누가 쥐고 있는지 적은 표 하나를 뮤텍스로 지키고, 필요한 것이 모두 빌 때까지 잔다.

use std::sync::{
    Condvar, Mutex,
    atomic::{AtomicUsize, Ordering},
};

pub struct Bank {
    table: Mutex<Table>,
    changed: Condvar,
    asked: AtomicUsize,
}

struct Table {
    marbles: Vec<u64>,
    busy: Vec<bool>,
}

impl Bank {
    pub fn new(marbles: &[u64]) -> Bank {
        Bank {
            table: Mutex::new(Table {
                marbles: marbles.to_vec(),
                busy: vec![false; marbles.len()],
            }),
            changed: Condvar::new(),
            asked: AtomicUsize::new(0),
        }
    }

    pub fn transfer(&self, from: usize, to: usize, count: u64, record: impl FnOnce()) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let table = self.table.lock().unwrap();
        let mut table = self
            .changed
            .wait_while(table, |table| table.busy[from] || table.busy[to])
            .unwrap();
        if table.marbles[from] < count {
            return false;
        }
        table.marbles[from] -= count;
        table.marbles[to] += count;
        table.busy[from] = true;
        table.busy[to] = true;
        drop(table);
        record();
        let mut table = self.table.lock().unwrap();
        table.busy[from] = false;
        table.busy[to] = false;
        drop(table);
        self.changed.notify_all();
        true
    }

    pub fn total(&self) -> u64 {
        self.table.lock().unwrap().marbles.iter().sum()
    }

    pub fn marbles(&self, of: usize) -> u64 {
        self.table.lock().unwrap().marbles[of]
    }
}
