//! ex08: 자리가 정해진 큐. `BoundedQueue`를 채우세요.
//!
//! 실행: `cargo run --example ex08_bounded_queue`
//! 검사: `cargo course check ex08`

use std::{marker::PhantomData, thread};

/// 여러 스레드가 함께 쓰는 큐입니다. `capacity`개까지만 담습니다.
///
/// * 기다리는 동안에는 잡니다. 깨울 때까지 스스로 깨어나 살피지 않습니다(`wait_timeout`, `sleep`, 빈 반복).
/// * 조건 변수는 까닭 없이 깨기도 합니다. 그래도 옳아야 합니다.
/// * 칸(field)은 마음대로 바꾸세요. `pub fn` 줄은 그대로 두세요.
pub struct BoundedQueue<T> {
    items: PhantomData<T>,
}

impl<T> BoundedQueue<T> {
    /// 빈 큐를 만듭니다. `capacity`는 1 이상입니다.
    pub fn new(capacity: usize) -> BoundedQueue<T> {
        let _ = capacity;
        BoundedQueue { items: PhantomData }
    }

    /// 끝에 넣습니다. 가득 찼으면 자리가 날 때까지 기다립니다.
    /// 닫혔으면(기다리다가 닫혀도) 넣지 않고 `Err(item)`으로 돌려줍니다.
    pub fn push(&self, item: T) -> Result<(), T> {
        let _ = (item, &self.items);
        todo!("가득 찼으면 기다렸다가 넣고, 기다리는 이를 깨우세요")
    }

    /// 앞에서 꺼냅니다. 비었으면 올 때까지 기다립니다.
    /// 닫혔어도 남은 것은 모두 꺼낼 수 있습니다. 닫혔고 비었으면 `None`입니다.
    pub fn pop(&self) -> Option<T> {
        todo!("비었으면 기다렸다가 꺼내고, 기다리는 이를 깨우세요")
    }

    /// 닫습니다. 기다리던 스레드는 모두 깨어납니다. 두 번 닫아도 됩니다.
    pub fn close(&self) {
        todo!("닫고, 모두 깨우세요")
    }
}

fn main() {
    let queue = BoundedQueue::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            while let Some(toy) = queue.pop() {
                println!("{toy}번 장난감을 꺼냈습니다");
            }
        });
        for toy in 1..=5 {
            let _ = queue.push(toy);
        }
        queue.close();
    });
}
