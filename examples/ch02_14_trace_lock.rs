//! ch02_14: 두 아이가 칠판에 글자를 두 개씩 적습니다. 무엇이 출력될 수 있을까요?
//! 실행할 때마다 다를 수 있습니다. 이 책의 검사는 두 아이의 차례를 빠짐없이 바꾸어 봅니다.

use std::{
    sync::{Mutex, PoisonError},
    thread,
};

use noriteo::cli::Cli;

fn main() {
    Cli::new(
        "ch02_14_trace_lock",
        "두 아이가 칠판에 글자를 두 개씩 적습니다",
    )
    .parse();
    println!("{}", run());
}

// ANCHOR: program
fn run() -> String {
    let board = Mutex::new(String::new());
    let chalk = || board.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|playground| {
        playground.spawn(|| {
            // 새로운 것: 이 아이는 분필을 쥔 채 둘을 적습니다.
            let mut board = chalk();
            board.push('가');
            board.push('나');
        });
        playground.spawn(|| {
            chalk().push('다');
            chalk().push('라');
        });
    });
    board.into_inner().unwrap_or_else(PoisonError::into_inner)
}
// ANCHOR_END: program
