//! 참조를 세는 상자 Rc 를 스레드에 보냅니다. 컴파일되지 않습니다.
// 기대: E0277, 10번째 줄
use std::rc::Rc;

use noriteo::thread::spawn;

fn main() -> noriteo::Result<()> {
    let toy = Rc::new("그네");
    let shared = Rc::clone(&toy);
    let child = spawn(move || println!("{shared}"))?;
    println!("{toy}");
    child.join()
}
