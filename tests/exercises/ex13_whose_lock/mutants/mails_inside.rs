//! 틀린 답: 락을 쥔 채 편지를 보낸다.

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
        let enough = balance >= amount;
        if enough {
            bank.write(balance - amount);
            bank.mail(amount);
        }
        bank.release();
        enough
    })
}
