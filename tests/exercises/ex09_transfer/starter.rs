//! ex09: 서로 건네기. `Bank`를 채우세요.
//!
//! 실행: `cargo run --example ex09_transfer`
//! 검사: `cargo course check ex09`

use std::thread;

/// 아이마다 구슬 주머니가 하나씩 있습니다. 번호는 0부터입니다.
///
/// * 칸(field)은 마음대로 바꾸세요. `pub fn` 줄은 그대로 두세요.
/// * 어떤 차례로 불러도 교착 상태에 빠지지 않습니다.
pub struct Bank {
    marbles: Vec<u64>,
}

impl Bank {
    /// 주머니마다 처음 든 구슬의 수입니다.
    pub fn new(marbles: &[u64]) -> Bank {
        Bank {
            marbles: marbles.to_vec(),
        }
    }

    /// `from`에서 `to`로 `count`개를 옮기고 `true`를 돌려줍니다.
    /// `from`에 모자라면 아무것도 바꾸지 않고 `false`를 돌려줍니다.
    ///
    /// * 옮겼으면 *두 주머니를 모두 쥔 채로* `record`를 한 번 부릅니다. 모자라면 부르지 않습니다.
    /// * 주머니가 겹치지 않는 두 `transfer`는 함께 `record` 안에 있을 수 있습니다.
    /// * `from`과 `to`가 같아도 됩니다. 모자라지 않으면 `record`를 부르고 `true`입니다.
    pub fn transfer(&self, from: usize, to: usize, count: u64, record: impl FnOnce()) -> bool {
        let _ = (from, to, count, record);
        todo!("두 주머니를 어느 차례로 쥘지 정하세요")
    }

    /// 모든 구슬의 수입니다. 옮기는 도중이 아닌 *한순간의* 합이어야 합니다.
    pub fn total(&self) -> u64 {
        todo!("{}개의 주머니를 함께 세세요", self.marbles.len())
    }

    /// 주머니 하나에 든 구슬의 수입니다.
    pub fn marbles(&self, of: usize) -> u64 {
        self.marbles[of]
    }
}

fn main() {
    let bank = Bank::new(&[10, 10, 10]);
    thread::scope(|scope| {
        for child in 0..3 {
            let bank = &bank;
            scope.spawn(move || {
                let next = (child + 1) % 3;
                bank.transfer(child, next, 3, || println!("{child}번이 {next}번에게 3개"));
            });
        }
    });
    println!("모두 {}개, 0번은 {}개", bank.total(), bank.marbles(0));
}
