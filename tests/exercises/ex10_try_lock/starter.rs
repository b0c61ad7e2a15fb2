//! ex10: 손으로 짓는 락. `TryLock`을 채우세요.
//!
//! 실행: `cargo run --example ex10_try_lock`
//! 검사: `cargo course check ex10`

use std::{marker::PhantomData, thread};

/// 원자적 변수로 지은 락입니다. 자료는 품지 않습니다. 자료를 지키는 것은 쥔 동안에만 만지는 부르는 쪽입니다.
///
/// * `std`의 `Mutex`, `RwLock`, 통로(`mpsc`)를 쓰지 않고, 원자적 변수만 씁니다.
/// * 앞에 쥔 스레드가 놓기 전에 쓴 것은, 다음에 쥔 스레드에게 모두 보여야 합니다.
/// * 칸(field)은 마음대로 바꾸세요. `pub fn` 줄과 이름은 그대로 두세요.
#[derive(Default)]
pub struct TryLock {}

/// 쥐고 있다는 증표입니다. 버리면 놓습니다.
pub struct Guard<'a> {
    lock: PhantomData<&'a TryLock>,
}

impl TryLock {
    /// 비어 있는 락을 만듭니다.
    pub fn new() -> TryLock {
        TryLock {}
    }

    /// 비어 있으면 쥡니다. 남이 쥐고 있으면 기다리지 않고 `None`입니다.
    /// 아무도 쥐고 있지 않고 아무도 쥐려 하지 않으면 꼭 쥡니다.
    pub fn try_lock(&self) -> Option<Guard<'_>> {
        todo!("비었는지 보는 것과 쥐는 것을 한 번에 하세요")
    }

    /// 쥘 때까지 돌며 기다립니다.
    pub fn lock(&self) -> Guard<'_> {
        todo!("try_lock이 될 때까지 돌되, 도는 동안 std::hint::spin_loop를 부르세요")
    }
}

impl Drop for Guard<'_> {
    /// 놓습니다.
    fn drop(&mut self) {
        let _ = self.lock;
        todo!("쥐었던 락을 놓으세요")
    }
}

fn main() {
    let lock = TryLock::new();
    thread::scope(|scope| {
        for child in 1..=2 {
            let lock = &lock;
            scope.spawn(move || {
                let _guard = lock.lock();
                println!("{child}번 아이가 들어왔습니다");
                println!("{child}번 아이가 나갑니다");
            });
        }
    });
    println!("비어 있습니까? {}", lock.try_lock().is_some());
}
