//! 틀린 답: 락을 기다릴 때에는 GIL을 놓지 않는다.

use noriteo::gil::allow_threads;

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    bank.acquire();
    let balance = allow_threads(|| bank.read());
    let enough = balance >= amount;
    if enough {
        allow_threads(|| bank.write(balance - amount));
    }
    bank.release();
    if enough {
        allow_threads(|| bank.mail(amount));
    }
    enough
}
