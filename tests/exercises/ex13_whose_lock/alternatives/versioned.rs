//! 다른 옳은 답: 읽은 값이 그대로인지 락을 쥐고 확인한 다음에만 쓴다. 달라졌으면 처음부터 다시 한다.

use noriteo::gil::allow_threads;

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    loop {
        let seen = allow_threads(|| bank.read());
        let wanted = seen.checked_sub(amount);
        let done = allow_threads(|| {
            bank.acquire();
            let same = bank.read() == seen;
            if let (true, Some(rest)) = (same, wanted) {
                bank.write(rest);
            }
            bank.release();
            same
        });
        if done {
            if wanted.is_some() {
                allow_threads(|| bank.mail(amount));
            }
            return wanted.is_some();
        }
    }
}
