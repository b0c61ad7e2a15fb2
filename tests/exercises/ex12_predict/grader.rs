//! ex12의 채점기입니다. 문제는 학생의 씨앗에서 나오고, 답은 여기서 모든 차례를 걸어 따로 구합니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use noriteo::interleave::{Lock, Program, Question, Step};
use serde::Serialize;
use witness::{Case, Verdict, Work, Wrong, ensure};

fn main() {
    witness::main(
        &[
            ("values", values),
            ("smallest", smallest),
            ("locked", locked),
            ("stuck", stuck),
        ],
        &[
            ("values", |work| tell(work, submission::values)),
            ("smallest", |work| tell(work, submission::smallest)),
            ("locked", |work| tell(work, submission::locked)),
            ("stuck", |work| tell(work, submission::stuck)),
        ],
    )
}

/// 씨앗의 문제를 학생에게 내고 답을 받습니다.
fn tell<T: Serialize>(work: &Work, ask: impl Fn(&Question) -> T) {
    work.answer(&ask(&Question::new(work.input())));
}

fn asked<T: serde::de::DeserializeOwned>(case: &Case, act: &str) -> Result<(Question, T), Wrong> {
    let answer = case.subject(act).input(&case.seed()).run()?.answer()?;
    Ok((Question::new(case.seed()), answer))
}

fn values(case: &Case) -> Verdict {
    let (question, answer): (_, Vec<i64>) = asked(case, "values")?;
    same(&question.plain, answer, "물음 1")
}

fn smallest(case: &Case) -> Verdict {
    let (question, answer): (_, String) = asked(case, "smallest")?;
    let program = &question.plain;
    let end = replay(program, &answer)?;
    ensure(
        end.done(program),
        format!("{}걸음을 적었는데 아직 걷지 않은 걸음이 있습니다.", answer.len()),
    )?;
    ensure(
        Some(&end.x) == all_values(program).first(),
        format!("그 차례로 걸으면 {}이(가) 남습니다. 더 작은 값을 남길 수 있습니다.", end.x),
    )
}

fn locked(case: &Case) -> Verdict {
    let (question, answers): (_, [Vec<i64>; 2]) = asked(case, "locked")?;
    for (number, (program, answer)) in (1..).zip(question.locked.iter().zip(answers)) {
        same(program, answer, &format!("물음 3의 프로그램 {number}"))?;
    }
    Ok(())
}

fn stuck(case: &Case) -> Verdict {
    let (question, answers): (_, [Option<String>; 2]) = asked(case, "stuck")?;
    for (number, (program, answer)) in (1..).zip(question.crossed.iter().zip(answers)) {
        let can = can_stick(program);
        match answer {
            None => ensure(
                !can,
                format!("프로그램 {number}은 교착 상태에 빠질 수 있습니다."),
            )?,
            Some(_) if !can => {
                return Err(Wrong::new(format!(
                    "프로그램 {number}은 어떤 차례로도 교착 상태에 빠지지 않습니다."
                )));
            }
            Some(schedule) => {
                let end = replay(program, &schedule)
                    .map_err(|wrong| Wrong::new(format!("프로그램 {number}: {}", wrong.detail)))?;
                for (who, name) in [(0, 'A'), (1, 'B')] {
                    ensure(
                        end.step(program, who).is_none(),
                        format!("프로그램 {number}: 그 차례의 끝에서 {name}는 아직 걸을 수 있습니다."),
                    )?;
                }
                ensure(
                    !end.done(program),
                    format!("프로그램 {number}: 그 차례로 걸으면 둘 다 끝납니다."),
                )?;
            }
        }
    }
    Ok(())
}

/// 답과 참이 같은지 봅니다. 어느 값인지는 알려 주지 않습니다.
fn same(program: &Program, answer: Vec<i64>, what: &str) -> Verdict {
    let answer: BTreeSet<i64> = answer.into_iter().collect();
    let truth = all_values(program);
    let lacking = truth.difference(&answer).count();
    let beyond = answer.difference(&truth).count();
    ensure(
        lacking == 0 && beyond == 0,
        format!("{what}: 빠뜨린 값이 {lacking}개, 남을 수 없는 값이 {beyond}개입니다."),
    )
}

/// 걷다가 선 자리입니다.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    walked: [usize; 2],
    read: [i64; 2],
    x: i64,
    holder: BTreeMap<Lock, usize>,
}

impl Place {
    fn first(program: &Program) -> Place {
        Place {
            walked: [0, 0],
            read: [0, 0],
            x: program.start,
            holder: BTreeMap::new(),
        }
    }

    fn done(&self, program: &Program) -> bool {
        (0..2).all(|who| self.walked[who] >= program.threads[who].len())
    }

    /// 스레드 `who`가 한 걸음 걷습니다. 다 걸었거나 남이 쥔 락 앞이면 `None`입니다.
    fn step(&self, program: &Program, who: usize) -> Option<Place> {
        let mut next = self.clone();
        match *program.threads[who].get(self.walked[who])? {
            Step::Load => next.read[who] = self.x,
            Step::StoreSum(n) => next.x = self.read[who] + n,
            Step::StoreProduct(n) => next.x = self.read[who] * n,
            Step::Acquire(lock) => {
                if self.holder.contains_key(&lock) {
                    return None;
                }
                next.holder.insert(lock, who);
            }
            Step::Release(lock) => {
                next.holder.remove(&lock);
            }
        }
        next.walked[who] += 1;
        Some(next)
    }
}

/// 갈 수 있는 모든 자리에 들릅니다.
fn everywhere(program: &Program, mut visit: impl FnMut(&Place) -> ControlFlow<()>) {
    let mut seen = BTreeSet::from([Place::first(program)]);
    let mut ahead: Vec<Place> = seen.iter().cloned().collect();
    while let Some(place) = ahead.pop() {
        if visit(&place).is_break() {
            return;
        }
        for who in 0..2 {
            if let Some(next) = place.step(program, who)
                && seen.insert(next.clone())
            {
                ahead.push(next);
            }
        }
    }
}

fn all_values(program: &Program) -> BTreeSet<i64> {
    let mut values = BTreeSet::new();
    everywhere(program, |place| {
        if place.done(program) {
            values.insert(place.x);
        }
        ControlFlow::Continue(())
    });
    values
}

fn can_stick(program: &Program) -> bool {
    let mut found = false;
    everywhere(program, |place| {
        found = !place.done(program) && (0..2).all(|who| place.step(program, who).is_none());
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    found
}

/// 적은 차례대로 걷습니다.
fn replay(program: &Program, schedule: &str) -> Result<Place, Wrong> {
    let mut place = Place::first(program);
    let names = schedule.chars().filter(|letter| !letter.is_whitespace());
    for (number, letter) in (1..).zip(names) {
        let who = match letter.to_ascii_uppercase() {
            'A' => 0,
            'B' => 1,
            other => {
                return Err(Wrong::new(format!(
                    "{number}번째 글자가 `{other}`입니다. A와 B만 적으세요."
                )));
            }
        };
        place = place.step(program, who).ok_or_else(|| {
            let all = place.walked[who] >= program.threads[who].len();
            let why = if all { "이미 다 걸었습니다" } else { "락을 기다리고 있어 걸을 수 없습니다" };
            Wrong::new(format!("{number}번째 걸음: {letter}는 {why}."))
        })?;
    }
    Ok(place)
}
