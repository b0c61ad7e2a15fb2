//! `cargo course`: 연습 문제를 풀고 채점합니다.

mod cage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo course", about = "연습 문제를 풀고 채점합니다")]
struct Course {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 프로그램 하나를 가두어 돌려 봅니다
    Cage(cage::command::Cage),
    /// 이 컴퓨터에서 무엇을 막을 수 있는지 뚫어 봅니다
    Defences(cage::command::Defences),
}

fn main() -> ExitCode {
    cage::entry();
    match Course::parse().command {
        Command::Cage(cage) => cage.main(),
        Command::Defences(defences) => defences.main(),
    }
}
