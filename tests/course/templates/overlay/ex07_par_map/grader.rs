//! ex07에 더한 숨긴 검사입니다. 저장소의 채점기와 따로 컴파일됩니다.

use witness::{Case, Verdict, Work, ensure};

fn main() {
    witness::main(&[("many", many)], &[("map", map)])
}

fn many(case: &Case) -> Verdict {
    let items = case.numbers(1_000);
    let seen = case.subject("map").input(&(&items, 7)).run()?;
    let expected: Vec<u64> = items.iter().map(|item| item ^ 1).collect();
    ensure(
        seen.answer::<Vec<u64>>()? == expected,
        "1,000개를 7명이 나눌 때 답이나 답의 차례가 다릅니다.",
    )
}

fn map(work: &Work) {
    let (items, workers): (Vec<u64>, usize) = work.input();
    work.answer(&submission::par_map(items, workers, |item| item ^ 1));
}
