//! 틀린 답: 모자랄 때 락을 놓지 않고 돌아간다.

use noriteo::gil::allow_threads;

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    allow_threads(|| {
        bank.acquire();
        let balance = bank.read();
        if balance < amount {
            return false;
        }
        bank.write(balance - amount);
        bank.release();
        bank.mail(amount);
        true
    })
}
