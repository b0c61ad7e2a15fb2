//! 여럿이 나눠 가진 수를 스레드가 고칩니다. 컴파일되지 않습니다.
// 기대: E0594, 10번째 줄
use std::sync::Arc;

use noriteo::thread::spawn;

fn main() -> noriteo::Result<()> {
    let total = Arc::new(0);
    let shared = Arc::clone(&total);
    let child = spawn(move || *shared += 1)?;
    child.join()?;
    println!("{total}");
    Ok(())
}
