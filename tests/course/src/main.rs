//! `cargo course`: 연습 문제를 풀고 채점합니다.

mod cage;
mod check;
mod cli;
mod compile;
mod exercise;
mod fault;
mod kit;
mod pages;
mod verify;

use std::process::ExitCode;

fn main() -> ExitCode {
    cage::entry();
    match cli::run() {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("course: {fault}");
            ExitCode::from(2)
        }
    }
}
