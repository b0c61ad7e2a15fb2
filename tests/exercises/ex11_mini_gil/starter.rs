//! ex11: 작은 GIL. `MiniGil`을 채우세요.
//!
//! 실행: `cargo run --example ex11_mini_gil`
//! 검사: `cargo course check ex11`

use std::thread;

/// 하나뿐인 모자입니다. 쥔 스레드만 놉니다.
///
/// * 기다리는 동안에는 잡니다. 깨울 때까지 스스로 깨어나 살피지 않습니다.
/// * 한 스레드가 겹쳐 쥐지는 않습니다. 쥔 스레드는 `acquire`를 부르지 않습니다.
/// * 쥐지 않은 스레드가 `release`를 부르면 패닉합니다. 쥔 스레드는 그대로 쥐고 있고,
///   그 뒤에도 모두가 계속 쓸 수 있어야 합니다.
/// * 칸(field)은 마음대로 바꾸세요. `pub fn` 줄은 그대로 두세요.
#[derive(Default)]
pub struct MiniGil {}

impl MiniGil {
    /// 아무도 쥐지 않은 GIL을 만듭니다.
    pub fn new() -> MiniGil {
        MiniGil {}
    }

    /// 쥡니다. 남이 쥐고 있으면 비켜 달라고 알리고, 쥘 수 있을 때까지 기다립니다.
    pub fn acquire(&self) {
        todo!("비었으면 쥐고, 아니면 기다리세요")
    }

    /// 놓습니다.
    pub fn release(&self) {
        todo!("내가 쥔 것인지 보고, 놓고, 기다리는 이를 깨우세요")
    }

    /// 쥔 스레드가 가끔 부릅니다. `acquire`에서 기다리는 스레드가 있으면 놓고,
    /// *다른 스레드가 쥔 뒤에* 다시 쥐고 돌아옵니다. 기다리는 스레드가 없으면 바로 돌아옵니다.
    pub fn checkpoint(&self) {
        todo!("기다리는 이가 있으면 비켜 주세요. 놓자마자 도로 쥐면 비켜 준 것이 아닙니다")
    }

    /// 놓고 `wait`를 부른 뒤, 다시 쥐고 그 답을 돌려줍니다.
    /// `wait`가 패닉해도 다시 쥔 뒤에 그 패닉을 그대로 전합니다.
    pub fn allow_threads<R>(&self, wait: impl FnOnce() -> R) -> R {
        let _ = wait;
        todo!("기다리는 동안 다른 스레드가 놀게 하세요")
    }
}

fn main() {
    let gil = MiniGil::new();
    thread::scope(|scope| {
        for child in 1..=2 {
            let gil = &gil;
            scope.spawn(move || {
                gil.acquire();
                for turn in 1..=3 {
                    println!("{child}번 아이: {turn}번째 놀이");
                    gil.checkpoint();
                }
                gil.allow_threads(|| println!("{child}번 아이는 물을 마십니다"));
                gil.release();
            });
        }
    });
}
