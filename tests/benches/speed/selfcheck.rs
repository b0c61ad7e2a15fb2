//! `cargo test`가 부를 때입니다: 재지 않고, 모든 선수가 옳은 답을 내는지와 재는 기계가 맞는지 봅니다.
//!
//! 시간은 보지 않으므로 바쁜 컴퓨터에서도 결과가 같습니다. 두 프로필로 짓는 경기(`profile`)는 오래 걸려 뺍니다.

use std::process::ExitCode;

use libtest_mimic::{Completion, Trial};

use crate::{
    contest::{self, Contest, Place},
    support,
};

/// 선수마다 이만큼만 합니다.
const SHARE: u64 = 100;

pub fn run() -> ExitCode {
    let mut trials = contest::trials();
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
