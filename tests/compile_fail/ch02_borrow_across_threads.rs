//! 지역 변수를 스레드에 빌려 줍니다. 컴파일되지 않습니다.
// 기대: E0373, 7번째 줄
use noriteo::thread::spawn;

fn main() -> noriteo::Result<()> {
    let toys = vec!["그네", "미끄럼틀"];
    let child = spawn(|| println!("{toys:?}"))?;
    child.join()
}
