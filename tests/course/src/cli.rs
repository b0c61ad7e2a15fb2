//! 명령줄입니다. 종료 코드: 0 모두 통과, 1 틀린 것이 있음, 2 채점하는 쪽의 잘못.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    cage,
    check::{self, Mark, Options, Report},
    exercise::{self, Course, Exercise},
    fault::Result,
    kit::Kit,
    pages, verify,
};

/// 연습 문제를 풀고 채점합니다.
#[derive(Debug, Parser)]
#[command(
    name = "course",
    bin_name = "cargo course",
    disable_help_subcommand = true
)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// 선생님만 가진 폴더입니다. 같은 이름의 문제는 이쪽 것을 씁니다.
    #[arg(long, global = true, value_name = "폴더")]
    overlay: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 문제 하나를 검사합니다.
    Check {
        /// 문제의 이름입니다. 앞부분만 적어도 됩니다.
        id: String,
        /// 출발 파일 대신 검사할 파일입니다.
        #[arg(long, value_name = "파일")]
        file: Option<PathBuf>,
    },
    /// 프로그램 하나를 가두어 돌려 봅니다.
    Cage(cage::command::Cage),
    /// 이 컴퓨터에서 무엇을 막을 수 있는지 뚫어 봅니다.
    Defences(cage::command::Defences),
    /// 문제를 검사합니다: 출발 파일, 예시 답, 틀린 답의 판정이 옳아야 합니다.
    Verify {
        /// 이 문제만 봅니다. 없으면 모두 봅니다.
        ids: Vec<String>,
        /// 답 하나를 몇 번씩 채점할지입니다.
        #[arg(long, default_value_t = 1, value_name = "횟수")]
        runs: u32,
        /// 함께 돌릴 수입니다.
        #[arg(long, default_value_t = 4, value_name = "개수")]
        jobs: usize,
    },
    /// 책에 싣는 문제의 쪽을 exercise.toml로 새로 만듭니다.
    Pages {
        /// 만들지 않고, 낡은 것이 있는지만 봅니다.
        #[arg(long)]
        check: bool,
        /// 이 저장소 대신 볼 저장소의 뿌리입니다.
        #[arg(long, value_name = "폴더")]
        book: Option<PathBuf>,
    },
}

/// 명령줄을 읽고 실행합니다.
///
/// # Errors
/// 채점하는 쪽의 잘못입니다.
pub fn run() -> Result<ExitCode> {
    let args = Args::parse();
    let course = Course {
        root: exercise::root(),
        overlay: args.overlay,
    };
    match args.command {
        Command::Check { id, file } => {
            let exercise = course.find(&id)?;
            let kit = Kit::build(&course.root)?;
            let file = file.unwrap_or_else(|| exercise.starter.clone());
            let report = check::check(&kit, &exercise, &file, Options::default())?;
            show(&exercise, &report);
            Ok(ExitCode::from(u8::from(report.points < report.full)))
        }
        Command::Cage(cage) => cage.main(),
        Command::Defences(defences) => defences.main(),
        Command::Verify { ids, runs, jobs } => {
            let exercises = if ids.is_empty() {
                course.exercises()?
            } else {
                ids.iter()
                    .map(|id| course.find(id))
                    .collect::<Result<_>>()?
            };
            let kit = Kit::build(&course.root)?;
            let rows = verify::verify(&kit, &exercises, runs, jobs, |row| {
                println!(
                    "{} {}: {}/{}",
                    row.exercise, row.answer, row.right, row.runs
                );
                if let Some(trouble) = &row.trouble {
                    println!("  {}", trouble.replace('\n', "\n  "));
                }
            })?;
            let wrong = rows.iter().filter(|row| row.right < row.runs).count();
            println!("답 {}개 가운데 판정이 어긋난 것 {wrong}개", rows.len());
            Ok(ExitCode::from(u8::from(wrong > 0)))
        }
        Command::Pages { check, book } => {
            let course = Course {
                root: book.unwrap_or(course.root),
                overlay: None,
            };
            let found = if check {
                pages::stale(&course)?
            } else {
                pages::write(&course)?
            };
            let word = if check {
                "낡았습니다"
            } else {
                "새로 썼습니다"
            };
            for one in &found {
                println!("{}: {word}", one.path.display());
            }
            if check && !found.is_empty() {
                println!("`cargo course pages`를 실행하고, 바뀐 것을 함께 커밋하세요.");
            }
            Ok(ExitCode::from(u8::from(check && !found.is_empty())))
        }
    }
}

fn show(exercise: &Exercise, report: &Report) {
    println!(
        "{} {} ({}점 만점)",
        exercise.meta.id, exercise.meta.title, report.full
    );
    if let Some(said) = &report.refused {
        println!("컴파일되지 않습니다.\n\n{said}");
        return;
    }
    for one in &report.checks {
        let sign = match one.result {
            Mark::Passed => "통과",
            Mark::Skipped => "보지 않음",
            Mark::Wrong | Mark::Crash | Mark::Hang | Mark::Silent => "아직",
        };
        println!("  {sign}  {} ({}/{})", one.title, one.points, one.full);
        if let Some(detail) = &one.detail {
            println!("        {detail}");
        }
        if let Some(says) = &one.says {
            println!("        {says}");
        }
    }
    println!("{}/{}점", report.points, report.full);
}
