//! 새 스레드로 옮긴 목록을 옛 이름으로 다시 씁니다.
// 기대: E0382, 9번째 줄

use noriteo::{Result, thread};

fn main() -> Result<()> {
    let front = vec![1, 2, 3, 4, 5];
    let first = thread::spawn(move || front.iter().sum::<u64>())?;
    println!("{front:?}");
    println!("{}", first.join()?);
    Ok(())
}
