//! `cargo course`: 연습 문제를 풀고 채점합니다.

mod cage;

fn main() {}
