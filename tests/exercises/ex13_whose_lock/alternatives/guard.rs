//! 다른 옳은 답: 버려질 때 놓는 값으로 락을 쥔다.

use noriteo::gil::allow_threads;

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    struct Held<'a, B: Bank>(&'a B);
    impl<B: Bank> Drop for Held<'_, B> {
        fn drop(&mut self) {
            self.0.release();
        }
    }
    let enough = {
        allow_threads(|| bank.acquire());
        let held = Held(bank);
        allow_threads(|| match held.0.read().checked_sub(amount) {
            Some(rest) => {
                held.0.write(rest);
                true
            }
            None => false,
        })
    };
    if enough {
        allow_threads(|| bank.mail(amount));
    }
    enough
}
