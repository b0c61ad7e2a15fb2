//! 다른 옳은 답: 먼저 락 없이 보고 모자라면 돌아간다. 넉넉하면 락을 쥐고 다시 읽는다.

use noriteo::gil::allow_threads;

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    if allow_threads(|| bank.read()) < amount {
        return false;
    }
    allow_threads(|| bank.acquire());
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
