//! 틀린 답: 락을 쥐기 전에 읽은 값을 쓴다.

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
        let balance = bank.read();
        if balance < amount {
            return false;
        }
        bank.acquire();
        bank.write(balance - amount);
        bank.release();
        bank.mail(amount);
        true
    })
}
