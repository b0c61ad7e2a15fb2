//! GIL의 알고리즘(`src/gil/lock.rs`)을 차례를 바꾸어 가며 확인하고, 고장 낸 락이 모두 들키는지 봅니다.
//!
//! 같은 파일을 [`shuttle`]의 도구([`sync`]) 위에서 다시 컴파일합니다. 그러면 어느 스레드가 언제 달릴지를
//! 운영체제가 아니라 검사가 정합니다([`explore`]). 한 차례가 끝날 때마다 일어난 일을 규칙과 맞추어 봅니다
//! ([`properties`]). 규칙이 제구실을 하는지는, 한 군데씩 고장 낸 락([`mutants`])이 들키는지로 압니다.
//! 무엇을 확인하지 못하는지는 `src/gil.rs`에 적었습니다.

mod support;

#[path = "gil_verified/explore.rs"]
mod explore;
#[path = "gil_verified/locks.rs"]
mod locks;
#[path = "gil_verified/mutants.rs"]
mod mutants;
#[path = "gil_verified/properties.rs"]
mod properties;
#[path = "gil_verified/sync.rs"]
mod sync;

use explore::Search;
use locks::NewLock;
use mutants::{Fate, Mutant};
use noriteo::measure::evidence::Evidence;
use properties::GAMES;
use support::{Outcome, all_clear};

/// 빌드 스크립트가 만든 것입니다: 진짜 락, 고장 낸 락들, 만들지 못한 까닭입니다.
mod built {
    use crate::{
        locks::{NewLock, lock_module},
        mutants::{MUTANTS, Mutant},
    };

    include!(concat!(env!("OUT_DIR"), "/gil_locks.rs"));
}

/// 락을 고친 뒤 고장의 목록을 그대로 두면 여기에서 드러납니다.
#[test]
fn every_mutant_could_be_made() -> Outcome {
    all_clear(built::PROBLEMS.iter().map(ToString::to_string).collect())
}

#[test]
fn the_lock_keeps_the_rules_in_every_order_tried() -> Outcome {
    let (mut every, mut sampled) = (0, 0);
    for game in GAMES {
        for search in game.searches.iter().chain(game.deep) {
            let seen = game.run(*search, built::original::new)?;
            match search {
                Search::Every(_) => every += seen,
                Search::Random(_) | Search::Pct(_) => sampled += seen,
            }
        }
    }
    let row = |what: &str, seen: usize| Evidence::new("gil_verified", what, seen as f64, "차례");
    support::evidence(
        "gil_verified",
        &[
            row("GIL의 규칙을 확인한 차례(정한 만큼 빠짐없이)", every),
            row("GIL의 규칙을 확인한 차례(뽑아서)", sampled),
        ],
    )
}

/// 고장 낸 락은 들켜야 하고, 하는 일이 같은 락은 들키지 않아야 합니다.
#[test]
fn every_mutant_is_caught() -> Outcome {
    let (mut caught, mut problems) = (0, Vec::new());
    for (mutant, new) in built::BROKEN {
        match (&mutant.fate, first_broken_rule(*new)) {
            (Fate::Caught(rule), Some(why)) if why.contains(rule) => caught += 1,
            (Fate::Same(_), None) => {}
            (_, broken) => problems.push(wrong_fate(mutant, broken)),
        }
    }
    let to_catch = |mutant: &&Mutant| matches!(mutant.fate, Fate::Caught(_));
    let all = mutants::MUTANTS.iter().filter(to_catch).count();
    let row = Evidence::new(
        "gil_verified",
        "한 군데씩 고장 낸 GIL 가운데 들킨 것",
        f64::from(caught),
        "개",
    );
    let all_caught = support::evidence("gil_verified_mutants", &[row.equals(all as f64)]);
    all_clear(problems)?;
    all_caught
}

/// 처음 어긴 규칙입니다. 모두 지키면 없습니다.
fn first_broken_rule(new: NewLock) -> Option<String> {
    let mut games = GAMES
        .iter()
        .flat_map(|game| game.searches.iter().map(move |search| (game, *search)));
    explore::quietly(|| games.find_map(|(game, search)| game.run(search, new).err()))
}

fn wrong_fate(mutant: &Mutant, broken: Option<String>) -> String {
    let fate = match (&mutant.fate, broken) {
        (Fate::Caught(_), None) => "들키지 않았습니다".to_owned(),
        (Fate::Caught(rule), Some(why)) => {
            format!("「{rule}」로 들킬 것이 다르게 들켰습니다: {why}")
        }
        (Fate::Same(because), why) => format!("하는 일이 같다더니({because}) 들켰습니다: {why:?}"),
    };
    let Mutant { name, from, to, .. } = mutant;
    format!("고장 {name} ({from:?} → {to:?}): {fate}")
}
