//! ex17: 먼저 비우고, 그다음에 기다리기. `collect`를 채우세요.
//!
//! 실행: `cargo run --example ex17_drain_before_join`
//! 검사: `cargo course check ex17`

use noriteo::Result;

/// 자식 프로세스 `children`개가 쓰는 쪽지를 오는 대로 모두 `take`에 건넵니다.
///
/// `i`번(0부터) 아이는 저 혼자 쓰는 자식 프로세스에서 `write(i, 0)`, `write(i, 1)`, …을 차례로 부릅니다.
/// `Some(쪽지)`이면 보내고 이어서 다음을 부르며, `None`이면 다 쓴 것이므로 그만둡니다.
/// 부모는 쪽지가 올 때마다 `take(i, 쪽지)`를 부릅니다.
///
/// * 쪽지는 빠짐없이, 꼭 한 번씩 건넵니다. 한 아이의 쪽지는 쓴 차례대로입니다. 아이들 사이의 차례는 정해져 있지 않습니다.
/// * 쪽지의 내용은 무엇이든 될 수 있습니다. 빈 쪽지도, `STOP`이라고 적힌 쪽지도 쪽지입니다.
/// * 쪽지 한 장도, 한 아이의 쪽지를 모두 합한 것도 큐나 파이프에 쌓이는 것보다 클 수 있습니다. 그래도 멈추지 않습니다.
/// * 모든 아이가 함께 `write` 안에 있을 수 있어야 합니다.
/// * 아이가 보낸 쪽지는 그 아이가 아직 다 쓰지 않았어도, 다른 아이가 오래 걸려도 곧 건넵니다.
/// * 아이가 `write` 안에서 쓰러지면, 그 아이가 앞서 보낸 것과 다른 아이들의 쪽지를 모두 건넨 뒤에 `Err`입니다.
/// * 돌아온 뒤에는 자식도, 좀비도, 새로 연 파일 디스크립터도 남지 않습니다.
pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    let _ = (children, write, take);
    todo!("큐를 비우는 자리와 join하는 자리를 정하세요")
}

fn main() -> Result<()> {
    // 아이마다 100 KiB짜리 쪽지를 세 장씩 씁니다. 큐에는 64 KiB까지만 쌓입니다.
    fn write(child: usize, page: usize) -> Option<Vec<u8>> {
        (page < 3).then(|| vec![child as u8; 100 << 10])
    }
    let mut bytes = 0;
    collect(2, write, |child, note| {
        println!("{child}번 아이의 쪽지: {}바이트", note.len());
        bytes += note.len();
    })?;
    println!("모두 {bytes}바이트");
    Ok(())
}
