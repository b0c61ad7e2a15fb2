//! ch02_12: 1억 번의 덧셈이 0나노초에 끝납니다.
//! 컴파일러가 반복문을 공식으로 바꾸었기 때문입니다. black_box로 가리면 정말로 더합니다.

use std::{hint::black_box, ops::Range, time::Duration};

use noriteo::{
    Result,
    cli::Cli,
    measure::{Spread, format_count, format_duration, once},
    work::expected,
};

fn main() -> Result<()> {
    let args = Cli::new("ch02_12_optimizer", "컴파일러가 반복문을 공식으로 바꿉니다")
        .size(100_000_000)
        .parse();
    for size in [args.size() / 100, args.size() / 10, args.size()] {
        println!(
            "0부터 {} 앞까지 (합 {})",
            format_count(size),
            expected(0..size)?
        );
        println!("  아무 일도 안 하기: {}", time(|| 0));
        println!("  그냥 더하기: {}", time(|| plain(0..size)));
        println!("  가리고 더하기: {}", time(|| hidden(0..size)));
    }
    Ok(())
}

// ANCHOR: plain
fn plain(range: Range<u64>) -> u64 {
    let mut total: u64 = 0;
    for i in range {
        // 넘침을 검사하지 않는 덧셈입니다. 검사가 있으면 공식으로 바꾸기 어렵습니다.
        total = total.wrapping_add(i);
    }
    total
}
// ANCHOR_END: plain

// ANCHOR: hidden
fn hidden(range: Range<u64>) -> u64 {
    let mut total: u64 = 0;
    for i in range {
        // 새로운 것: 컴파일러는 이 값을 누가 들여다볼지 모르므로, 하나하나 만들어 내야 합니다.
        total = black_box(total.wrapping_add(i));
    }
    total
}
// ANCHOR_END: hidden

/// 다섯 번 재어 중앙값과 최소–최대를 적습니다.
fn time(work: impl Fn() -> u64) -> String {
    // 답을 아무도 쓰지 않으면 일이 통째로 사라지므로, 답도 black_box에 넣습니다.
    let times: [Duration; 5] = [(); 5].map(|()| once(|| black_box(work())).1.wall);
    match Spread::of(times) {
        Some(Spread { min, median, max }) => {
            let [min, median, max] = [min, median, max].map(format_duration);
            format!("{median} (최소 {min}, 최대 {max})")
        }
        None => "재지 못했습니다".to_owned(),
    }
}
