//! `cargo test`가 부를 때입니다: 재지 않고, 모든 선수가 옳은 답을 내는지와 재는 기계가 맞는지 봅니다.
//!
//! 시간은 보지 않으므로 바쁜 컴퓨터에서도 결과가 같습니다. 두 프로필로 짓는 경기(`profile`)는 오래 걸려 뺍니다.

use std::{
    env,
    process::{Command, ExitCode},
    time::Duration,
};

use libtest_mimic::{Completion, Failed, Trial};

use crate::{
    contest::{self, Contest, Place},
    support::{self, Outcome},
};

/// 선수마다 이만큼만 합니다.
const SHARE: u64 = 100;

pub fn run() -> ExitCode {
    let mut trials = contest::trials();
    trials.extend(support::tests![
        bad_arguments_are_told,
        a_missing_python_is_told_and_fails_in_ci,
        chosen_rows_leave_no_evidence
    ]);
    for contest in crate::contests()
        .into_iter()
        .filter(|one| one.name != "profile")
    {
        trials.extend(entrants(contest));
    }
    support::run_mimic(trials)
}

fn entrants(contest: Contest) -> Vec<Trial> {
    let name = contest.name;
    let entrants = contest.entrants.into_iter();
    entrants
        .map(|entrant| {
            let id = format!(
                "{}_{}",
                name.replace('-', "_"),
                entrant.name.replace('-', "_")
            );
            Trial::ignorable_test(id, move || {
                if let Some(why) = entrant.missing() {
                    return support::left_out(why);
                }
                let count = (entrant.count / SHARE).max(1);
                let took = match entrant.place {
                    Place::Own(_) => (entrant.run)(count),
                    Place::Fresh => contest::fresh(name, entrant.name, count),
                };
                let took = took.map_err(|error| error.to_string())?;
                if took.is_zero() {
                    return Err("걸린 시간이 0입니다. 아무 일도 하지 않았습니다".into());
                }
                Ok(Completion::Completed)
            })
        })
        .collect()
}

/// 이 프로그램을 `cargo bench`처럼 부르고, 종료 코드와 말한 것을 돌려줍니다.
fn bench(args: &[&str], environment: &[(&str, &str)]) -> Result<(Option<i32>, String), Failed> {
    let mut command = Command::new(env::current_exe()?);
    command.args(args).arg("--bench");
    command.envs(environment.iter().copied());
    let output = support::run(command, Duration::from_secs(120))?;
    Ok((output.status.code(), output.stdout + &output.stderr))
}

fn told(
    args: &[&str],
    (code, said): (Option<i32>, String),
    wanted: i32,
    words: &[&str],
) -> Outcome {
    let missing = words.iter().find(|word| !said.contains(**word));
    if code == Some(wanted) && missing.is_none() {
        return Ok(());
    }
    Err(format!("{args:?}: 코드 {wanted}과 {words:?}을(를) 기다렸는데 {code:?}, {said}").into())
}

fn bad_arguments_are_told() -> Outcome {
    for (args, code, words) in [
        (vec!["--help"], 0, ["쓰는 법", "--quick"]),
        (vec!["-h"], 0, ["쓰는 법", "--list"]),
        (
            vec!["--list", "over-fork"],
            0,
            ["cpu-raw-over-fork", "spawn-over-fork"],
        ),
        (vec!["--nope"], 2, ["오류", "--nope라는 선택지는 없습니다"]),
        (vec!["-x"], 2, ["오류", "-x라는 선택지는 없습니다"]),
        (vec!["--quick=3"], 2, ["오류", "값을 붙이지 않습니다"]),
        (vec!["없는줄"], 2, ["오류", "없는줄이(가) 든 줄은 없습니다"]),
    ] {
        told(&args, bench(&args, &[])?, code, &words)?;
    }
    Ok(())
}

/// 파이썬을 찾지 못하게 하고 파이썬이 드는 줄만 잽니다. 재는 값이 없으므로 시간에 따라 달라질 것도 없습니다.
fn a_missing_python_is_told_and_fails_in_ci() -> Outcome {
    let args = ["--quick", "fork-python-over"];
    let words = ["거름: python3이 없거나 돌지 않습니다", "잰 컴퓨터"];
    for (ci, code) in [("", 0), ("true", 1)] {
        let heard = bench(&args, &[("PATH", "/nowhere"), ("CI", ci)])?;
        told(&args, heard, code, &words)?;
    }
    Ok(())
}

/// 짧게 재거나 골라 잰 것은 펴낼 값이 아닙니다.
fn chosen_rows_leave_no_evidence() -> Outcome {
    let target = tempfile::tempdir()?;
    let folder = target.path().to_string_lossy().into_owned();
    let environment = [("CARGO_TARGET_DIR", folder.as_str())];
    for args in [
        &["--quick", "fork-over-syscall"][..],
        &["fork-over-syscall"],
    ] {
        let heard = bench(args, &environment)?;
        told(args, heard, 0, &["증거", "남기지 않았습니다", " 배 "])?;
    }
    if target.path().join("evidence").exists() {
        return Err("짧게 잰 것이 증거로 남았습니다".into());
    }
    Ok(())
}
