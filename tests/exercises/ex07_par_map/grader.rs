//! ex07의 채점기입니다.

use std::collections::BTreeSet;

use witness::{Case, Ending, Verdict, Work, Wrong, ensure, here};

fn main() {
    witness::main(
        &[
            ("in-order", in_order),
            ("all-inside", all_inside),
            ("exactly-once", exactly_once),
            ("no-more", no_more),
            ("panic", panic_is_told),
        ],
        &[("map", map), ("map-meeting", map_meeting), ("map-panicking", map_panicking)],
    )
}

/// 몇 개를 몇 명이 나눌지입니다.
const SHAPES: &[(usize, usize)] = &[(0, 3), (1, 1), (1, 4), (7, 1), (7, 3), (8, 8), (5, 9), (100, 4)];

fn in_order(case: &Case) -> Verdict {
    for &(count, workers) in SHAPES {
        let items = case.numbers(count);
        let seen = case.subject("map").input(&(&items, workers)).run()?;
        let expected: Vec<u64> = items.iter().map(|item| item * 3 + 1).collect();
        ensure(
            seen.answer::<Vec<u64>>()? == expected,
            format!("{count}개를 {workers}명이 나눌 때 답이나 답의 차례가 다릅니다."),
        )?;
    }
    Ok(())
}

fn all_inside(case: &Case) -> Verdict {
    for workers in [2, 3, 5] {
        let items = case.numbers(workers);
        case.subject("map-meeting").input(&(items, workers)).gather(workers).run()?;
    }
    Ok(())
}

fn exactly_once(case: &Case) -> Verdict {
    for &(count, workers) in SHAPES {
        let items = case.numbers(count);
        let seen = case.subject("map").input(&(&items, workers)).run()?;
        let mut called: Vec<u64> = seen.noted("called").filter_map(|note| note.value.as_u64()).collect();
        called.sort_unstable();
        let mut expected = items;
        expected.sort_unstable();
        ensure(
            called == expected,
            format!("{count}개에 f를 {}번 불렀습니다.", called.len()),
        )?;
    }
    Ok(())
}

fn no_more(case: &Case) -> Verdict {
    for (count, workers) in [(6, 1), (12, 3), (9, 4)] {
        let items = case.numbers(count);
        let seen = case.subject("map").input(&(items, workers)).run()?;
        let children: BTreeSet<u64> = seen.noted("called").map(|note| note.tid).collect();
        ensure(
            children.len() <= workers,
            format!("{workers}명까지인데 스레드 {}개가 f를 불렀습니다.", children.len()),
        )?;
    }
    Ok(())
}

fn panic_is_told(case: &Case) -> Verdict {
    let items = case.numbers(6);
    let bad = items[case.between(1, 0, 6) as usize];
    let seen = case.subject("map-panicking").input(&(&items, bad)).start().end()?;
    match seen.ending {
        Ending::Code(0) => {}
        other => return Err(Wrong::new(format!("f가 패닉하자 프로그램이 {other}."))),
    }
    let told: bool = seen.answer()?;
    ensure(told, "f가 패닉했는데 par_map은 패닉하지 않았습니다.")
}

fn map(work: &Work) {
    let (items, workers): (Vec<u64>, usize) = work.input();
    let answers = submission::par_map(items, workers, |item| {
        work.note("called", item);
        item * 3 + 1
    });
    work.answer(&answers);
}

fn map_meeting(work: &Work) {
    let (items, workers): (Vec<u64>, usize) = work.input();
    submission::par_map(items, workers, |_| work.meet("inside"));
    work.answer(&true);
}

fn map_panicking(work: &Work) {
    let (items, bad): (Vec<u64>, u64) = work.input();
    let ended = std::panic::catch_unwind(|| {
        submission::par_map(items, 2, |item| {
            assert!(item != bad, "일부러 낸 패닉입니다");
            item
        })
    });
    here().answer(&ended.is_err());
}
