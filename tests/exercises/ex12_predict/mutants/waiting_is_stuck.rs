//! 틀린 답: 하나가 기다리기만 하면 교착 상태라고 여긴다.

use std::collections::BTreeMap;

use noriteo::interleave::{Lock, Program, Question, Step};

pub fn values(question: &Question) -> Vec<i64> {
    walked(&question.plain).0.into_keys().collect()
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
    question.crossed.each_ref().map(|program| {
        let (_, stuck) = walked(program);
        // A가 두 락을 다 쥐면 B는 기다립니다. 그것으로 되었다고 여깁니다.
        stuck.map(|_| {
            let both = program.threads[0]
                .windows(2)
                .position(|pair| matches!(pair, [Step::Acquire(_), Step::Acquire(_)]));
            "A".repeat(both.map_or(2, |first| first + 2))
        })
    })
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
