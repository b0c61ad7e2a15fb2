//! ex13: GIL은 누구의 락인가. 예시 답입니다.

use noriteo::gil::allow_threads;

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

/// 읽기부터 쓰기까지를 저금통의 락이 지킵니다. GIL은 기다리는 동안 내내 놓습니다.
pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    allow_threads(|| {
        bank.acquire();
        let balance = bank.read();
        let enough = balance >= amount;
        if enough {
            bank.write(balance - amount);
        }
        bank.release();
        if enough {
            bank.mail(amount);
        }
        enough
    })
}
