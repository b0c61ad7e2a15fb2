//! ex13: GIL은 누구의 락인가. `withdraw`를 채우세요.
//!
//! 실행: `cargo run --example ex13_whose_lock`
//! 검사: `cargo course check ex13`

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use noriteo::{
    Result,
    gil::{self, Gil},
};

// ANCHOR: task
/// 먼 곳에 있는 저금통 하나입니다. `release` 말고는 모두 기다리는 일(입출력)입니다.
pub trait Bank: Sync {
    /// 저금통의 락을 쥡니다. 남이 쥐고 있으면 놓을 때까지 기다립니다. 파이썬의 `Lock.acquire()`입니다.
    fn acquire(&self);
    /// 쥔 락을 놓습니다. 기다리지 않습니다.
    fn release(&self);
    /// 남은 돈을 읽습니다.
    fn read(&self) -> u64;
    /// 남은 돈을 적습니다.
    fn write(&self, balance: u64);
    /// 얼마를 찾았는지 편지를 보냅니다. 오래 걸리고, 여럿이 함께 보내도 됩니다.
    fn mail(&self, amount: u64);
}

/// 저금통에서 `amount`를 찾습니다. GIL을 쥔 채 불리고, 쥔 채 돌아갑니다.
///
/// * 남은 돈이 `amount` 이상이면 그만큼 줄이고, 편지를 한 번 보내고, `true`를 돌려줍니다.
/// * 모자라면 저금통을 고치지 않고, 편지도 보내지 않고, `false`를 돌려줍니다.
/// * 저금통을 함께 쓰는 이가 더 있습니다. 모두 락을 쥔 동안에만 고칩니다. 찾은 돈이 사라지거나 두 번 나가면 안 됩니다.
/// * 기다리는 네 가지(`acquire`, `read`, `write`, `mail`)는 GIL을 놓은 채 부릅니다(`gil::allow_threads`).
/// * 편지는 저금통의 락을 놓은 뒤에 보냅니다. 여럿이 함께 보낼 수 있어야 합니다.
/// * 돌아갈 때에는 저금통의 락을 놓은 뒤입니다.
pub fn withdraw(bank: &impl Bank, amount: u64) -> bool {
    let _ = (bank, amount, gil::is_held());
    todo!("읽기부터 쓰기까지 지킬 락은 누구의 것일까요")
}
// ANCHOR_END: task

/// 실행해 볼 저금통입니다. 모든 일이 조금씩 늦습니다.
struct Slow {
    held: Mutex<bool>,
    freed: Condvar,
    balance: AtomicU64,
}

fn wait() {
    thread::sleep(Duration::from_millis(1));
}

impl Bank for Slow {
    fn acquire(&self) {
        let held = self.held.lock().expect("패닉하지 않습니다");
        *self
            .freed
            .wait_while(held, |held| *held)
            .expect("패닉하지 않습니다") = true;
    }
    fn release(&self) {
        *self.held.lock().expect("패닉하지 않습니다") = false;
        self.freed.notify_one();
    }
    fn read(&self) -> u64 {
        wait();
        self.balance.load(Relaxed)
    }
    fn write(&self, balance: u64) {
        wait();
        self.balance.store(balance, Relaxed);
    }
    fn mail(&self, _amount: u64) {
        wait();
    }
}

fn main() -> Result<()> {
    let bank = Arc::new(Slow {
        held: Mutex::new(false),
        freed: Condvar::new(),
        balance: AtomicU64::new(1_000),
    });
    let gil = Gil::default();
    let children: Vec<_> = (0..4)
        .map(|_| {
            let bank = Arc::clone(&bank);
            gil.spawn(move || (0..30).filter(|_| withdraw(&*bank, 10)).count())
        })
        .collect::<Result<_>>()?;
    let mut times = 0;
    for child in children {
        times += child.join()?;
    }
    println!(
        "10원씩 {times}번 찾았고 저금통에는 {}원이 남았습니다. 처음에는 1000원이었습니다.",
        bank.balance.load(Relaxed)
    );
    Ok(())
}
