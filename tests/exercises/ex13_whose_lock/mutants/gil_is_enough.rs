//! 틀린 답: GIL이 있으니 락은 없어도 된다고 여긴다.

use noriteo::gil::allow_threads;

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    let balance = allow_threads(|| bank.read());
    if balance < amount {
        return false;
    }
    allow_threads(|| bank.write(balance - amount));
    allow_threads(|| bank.mail(amount));
    true
}
