//! 틀린 답: GIL을 쥔 채로 모두 한다.

pub trait Bank: Sync {
    fn acquire(&self);
    fn release(&self);
    fn read(&self) -> u64;
    fn write(&self, balance: u64);
    fn mail(&self, amount: u64);
}

pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
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
}
