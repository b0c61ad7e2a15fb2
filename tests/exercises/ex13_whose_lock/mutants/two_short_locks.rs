//! 틀린 답: 읽을 때 한 번, 쓸 때 한 번 락을 따로 쥔다.

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
        bank.release();
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
