//! 틀린 답: 한 스레드씩 차례로 걷는 것 가운데에서만 찾는다.

use std::collections::BTreeMap;

use noriteo::interleave::{Lock, Program, Question, Step};

pub fn values(question: &Question) -> Vec<i64> {
    walked(&question.plain).0.into_keys().collect()
}

pub fn smallest(question: &Question) -> String {
    let orders = [[0, 1], [1, 0]];
    let ends = orders.map(|order| in_turn(&question.plain, order));
    ends.into_iter().min().map(|(_, path)| path).unwrap_or_default()
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

/// 한 스레드가 다 걸은 뒤에 다른 스레드가 걷습니다.
fn in_turn(program: &Program, order: [usize; 2]) -> (i64, String) {
    let mut x = program.start;
    let mut path = String::new();
    for who in order {
        let mut r = 0;
        for step in &program.threads[who] {
            match step {
                Step::Load => r = x,
                Step::StoreSum(n) => x = r + n,
                Step::StoreProduct(n) => x = r * n,
                Step::Acquire(_) | Step::Release(_) => {}
            }
            path.push(['A', 'B'][who]);
        }
    }
    (x, path)
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
