//! ch01_05: 놀이터 안에서 저지른 잘못은 운영체제가 모릅니다.

use std::process::id;

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    Cli::new(
        "ch01_05_stray_inside",
        "놀이터 안에서 저지른 잘못은 운영체제가 모릅니다",
    )
    .parse();
    // 앞의 네 칸은 첫째의 것, 뒤의 네 칸은 둘째의 것입니다.
    let mut boxes = [1, 1, 1, 1, 2, 2, 2, 2];
    println!("PID {}: {boxes:?} 처음", id());

    // 첫째의 칸은 0번부터 3번까지입니다. 4번 칸에 쓰려 하면 Rust가 막습니다.
    let (first, _second) = boxes.split_at_mut(4);
    match first.get_mut(4) {
        Some(cell) => *cell = 99,
        None => println!("PID {}: 첫째에게 4번 칸은 없습니다", id()),
    }
    println!("PID {}: {boxes:?} 살핀 뒤", id());

    // 새로운 것: 칸이 몇 개인지 살피지 않고, 주소를 셈해서 씁니다.
    let first = boxes.as_mut_ptr();
    // SAFETY: 여덟 칸짜리 배열의 4번 칸이므로 Rust의 규칙은 지킵니다. 어긴 것은 「첫째는 네 칸만
    // 쓴다」는 우리끼리의 약속입니다. 컴파일러도 운영체제도 그 약속을 모릅니다.
    unsafe { first.add(4).write_volatile(99) };
    println!("PID {}: {boxes:?} 살피지 않고 쓴 뒤", id());
    println!("PID {}: 시그널 없이 끝까지 왔습니다", id());
    Ok(())
}
