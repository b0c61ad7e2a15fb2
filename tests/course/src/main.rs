//! `cargo course`: 연습 문제를 풀고 채점합니다.

mod cage;
mod check;
mod cli;
mod compile;
mod digest;
mod durable;
mod exercise;
mod fault;
mod grade;
mod handout;
mod kit;
mod modelled;
mod pages;
mod plans;
mod progress;
mod report;
mod roster;
mod scratch;
mod show;
mod similarity;
mod skeleton;
mod stop;
mod submissions;
mod variant;
mod verify;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    cage::entry();
    let code = match cli::run() {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("course: {fault}");
            ExitCode::from(2)
        }
    };
    scratch::clear();
    code
}
