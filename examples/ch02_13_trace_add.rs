//! ch02_13: 두 아이가 칠판의 수에 1을 한 번씩 더합니다. 무엇이 출력될 수 있을까요?
//! 실행할 때마다 다를 수 있습니다. 이 책의 검사는 두 아이의 차례를 빠짐없이 바꾸어 봅니다.

use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    thread,
};

use noriteo::cli::Cli;

fn main() {
    Cli::new(
        "ch02_13_trace_add",
        "두 아이가 칠판의 수에 1을 한 번씩 더합니다",
    )
    .parse();
    println!("{}", run());
}

// ANCHOR: program
fn run() -> u64 {
    let board = AtomicU64::new(0);
    // 새로운 것: scope는 안에서 부른 아이들을 모두 기다립니다.
    // 그래서 칠판을 빌려줄 수 있습니다.
    thread::scope(|playground| {
        for _ in 0..2 {
            playground.spawn(|| {
                let seen = board.load(SeqCst);
                board.store(seen + 1, SeqCst);
            });
        }
    });
    board.load(SeqCst)
}
// ANCHOR_END: program
