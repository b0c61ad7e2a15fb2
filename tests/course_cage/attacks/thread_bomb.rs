//! 스레드를 만들 수 있는 만큼 만듭니다.

mod tools;

use std::thread;

fn main() {
    let mut count = 0;
    while thread::Builder::new()
        .stack_size(64 * 1024)
        .spawn(|| tools::stay())
        .is_ok()
    {
        count += 1;
    }
    tools::say(&format!("만든 수 {count}"));
    tools::tried();
    tools::stay();
}
