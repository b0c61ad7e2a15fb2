//! 두 스레드가 지역 변수 하나를 함께 고칩니다. 컴파일되지 않습니다.
// 기대: E0499, 9번째 줄
use std::thread::scope;

fn main() {
    let mut total = 0;
    scope(|playground| {
        playground.spawn(|| total += 1);
        playground.spawn(|| total += 1);
    });
    println!("{total}");
}
