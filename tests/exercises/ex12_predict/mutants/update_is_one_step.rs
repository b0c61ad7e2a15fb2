//! 틀린 답: 읽고 쓰는 것이 한 걸음이라고 여긴다.

use std::collections::BTreeMap;

use noriteo::interleave::{Lock, Program, Question, Step};

pub fn values(question: &Question) -> Vec<i64> {
    let mut found = Vec::new();
    whole(&question.plain, [0, 0], question.plain.start, &mut found);
    found
}

pub fn smallest(question: &Question) -> String {
    let (ends, _) = walked(&question.plain);
    ends.into_values().next().unwrap_or_default()
}

pub fn locked(question: &Question) -> [Vec<i64>; 2] {
    question
        .locked
        .each_ref()
        .map(|program| walked(program).0.into_keys().collect())
}

pub fn stuck(question: &Question) -> [Option<String>; 2] {
    question.crossed.each_ref().map(|program| walked(program).1)
}

/// 읽기와 쓰기를 한 걸음으로 칩니다.
fn whole(program: &Program, at: [usize; 2], x: i64, found: &mut Vec<i64>) {
    let mut done = true;
    for who in 0..2 {
        let rest = &program.threads[who][at[who]..];
        let Some(store) = rest
            .iter()
            .position(|step| matches!(step, Step::StoreSum(_) | Step::StoreProduct(_)))
        else {
            continue;
        };
        done = false;
        let mut at = at;
        at[who] += store + 1;
        let x = match rest[store] {
            Step::StoreSum(n) => x + n,
            Step::StoreProduct(n) => x * n,
            _ => x,
        };
        whole(program, at, x, found);
    }
    if done {
        found.push(x);
    }
}

/// 남은 값마다 차례 하나와, 둘 다 멈춘 차례 하나입니다.
type Ends = (BTreeMap<i64, String>, Option<String>);

fn walked(program: &Program) -> Ends {
    let mut ends = Ends::default();
    walk(program, &mut String::new(), &mut ends);
    ends
}

/// `path`대로 걸은 자리에서 갈 수 있는 곳을 모두 가 봅니다. 자리는 처음부터 다시 걸어 알아냅니다.
fn walk(program: &Program, path: &mut String, ends: &mut Ends) {
    let (mut at, mut r, mut x) = ([0, 0], [0, 0], program.start);
    let mut held: Vec<Lock> = Vec::new();
    for name in path.chars() {
        let who = usize::from(name == 'B');
        match program.threads[who][at[who]] {
            Step::Load => r[who] = x,
            Step::StoreSum(n) => x = r[who] + n,
            Step::StoreProduct(n) => x = r[who] * n,
            Step::Acquire(lock) => held.push(lock),
            Step::Release(lock) => held.retain(|one| *one != lock),
        }
        at[who] += 1;
    }
    let mut moved = false;
    for (who, name) in [(0, 'A'), (1, 'B')] {
        match program.threads[who].get(at[who]) {
            None => {}
            Some(Step::Acquire(lock)) if held.contains(lock) => {}
            Some(_) => {
                moved = true;
                path.push(name);
                walk(program, path, ends);
                path.pop();
            }
        }
    }
    let done = (0..2).all(|who| at[who] == program.threads[who].len());
    if done {
        ends.0.entry(x).or_insert_with(|| path.clone());
    } else if !moved {
        ends.1.get_or_insert_with(|| path.clone());
    }
}
