//! ex14의 채점기입니다.

use std::{
    collections::BTreeSet,
    panic::{self, AssertUnwindSafe},
};

use serde::{Deserialize, Serialize};
use witness::{Case, Seen, Session, Verdict, Work, Wrong, ensure, here};

/// 피고가 돌아와서 본 것입니다.
#[derive(Debug, Serialize, Deserialize)]
struct Back {
    /// 답입니다. `Err`이면 `None`입니다.
    answers: Option<Vec<u64>>,
    /// 돌려주는 대신 패닉했습니다.
    panicked: bool,
    /// 거두지 않은 자식이 있었습니다.
    children: bool,
    /// 부르기 앞보다 늘어난 디스크립터의 수입니다.
    descriptors: i64,
}

fn main() {
    witness::main(
        &[
            ("in-order", in_order),
            ("all-inside", all_inside),
            ("exactly-once", exactly_once),
            ("no-more", no_more),
            ("panic", panic_is_told),
            ("nothing-left", nothing_left),
        ],
        &[
            ("map", map),
            ("map-meeting", map_meeting),
            ("map-backward", map_backward),
            ("map-panicking", map_panicking),
        ],
    )
}

/// 몇 개를 몇이 나눌지입니다.
const SHAPES: &[(usize, usize)] = &[
    (0, 3),
    (1, 1),
    (1, 4),
    (7, 1),
    (7, 3),
    (4, 4),
    (5, 6),
    (100, 4),
];

fn in_order(case: &Case) -> Verdict {
    for &(count, workers) in SHAPES {
        let items = case.numbers(count);
        let (back, _) = back(case.subject("map").input(&(&items, workers)).start())?;
        in_place(&back, &items, workers)?;
    }
    // 뒤의 것이 먼저 끝나도 답의 차례는 그대로여야 합니다.
    let items = case.numbers(4);
    let session = case.subject("map-backward").input(&(&items, 4)).start();
    let (back, _) = back(session)?;
    in_place(&back, &items, 4)
}

fn in_place(back: &Back, items: &[u64], workers: usize) -> Verdict {
    let expected: Vec<u64> = items.iter().map(|item| item * 3 + 1).collect();
    ensure(
        back.answers.as_ref() == Some(&expected),
        match &back.answers {
            Some(_) => format!(
                "{}개를 프로세스 {workers}개가 나눌 때 답이나 답의 차례가 다릅니다.",
                items.len()
            ),
            None => "아무도 패닉하지 않았는데 Err입니다.".to_owned(),
        },
    )
}

fn all_inside(case: &Case) -> Verdict {
    for workers in [2, 3, 5] {
        let items = case.numbers(workers);
        let plan = case.subject("map-meeting").input(&(items, workers));
        let (_, seen) = back(plan.gather(workers).start())?;
        let inside: BTreeSet<i32> = seen.met.iter().map(|said| said.pid).collect();
        ensure(
            !inside.contains(&seen.pid),
            "f를 부른 것이 자식이 아니라 process_map을 부른 프로세스입니다.",
        )?;
        ensure(
            inside.len() == workers,
            format!(
                "f 안에 프로세스 {workers}개가 있어야 하는데 {}개입니다.",
                inside.len()
            ),
        )?;
    }
    Ok(())
}

fn exactly_once(case: &Case) -> Verdict {
    for &(count, workers) in SHAPES {
        let mut items = case.numbers(count);
        let (_, seen) = back(case.subject("map").input(&(&items, workers)).start())?;
        let mut called: Vec<u64> = seen
            .noted("called")
            .filter_map(|note| note.value.as_u64())
            .collect();
        called.sort_unstable();
        items.sort_unstable();
        ensure(
            called == items,
            format!("{count}개에 f를 {}번 불렀습니다.", called.len()),
        )?;
    }
    Ok(())
}

fn no_more(case: &Case) -> Verdict {
    for (count, workers) in [(6, 1), (12, 3), (9, 4)] {
        let items = case.numbers(count);
        let (_, seen) = back(case.subject("map").input(&(items, workers)).start())?;
        let callers: BTreeSet<i32> = seen.noted("called").map(|note| note.pid).collect();
        ensure(
            callers.len() <= workers && !callers.contains(&seen.pid),
            format!(
                "자식 {workers}개까지인데 프로세스 {}개가 f를 불렀습니다{}.",
                callers.len(),
                if callers.contains(&seen.pid) {
                    "(부모도 불렀습니다)"
                } else {
                    ""
                }
            ),
        )?;
    }
    Ok(())
}

fn panic_is_told(case: &Case) -> Verdict {
    for (count, workers) in [(1, 1), (6, 2), (5, 3)] {
        let (back, _) = panicked(case, count, workers)?;
        ensure(
            back.answers.is_none(),
            "f가 패닉했는데 process_map이 Ok를 돌려주었습니다.",
        )?;
    }
    Ok(())
}

/// 미리 알 수 없는 하나에서 f가 패닉합니다.
fn panicked(case: &Case, count: usize, workers: usize) -> Result<(Back, Seen), Wrong> {
    let items = case.numbers(count);
    let bad = items[case.between(workers as u64, 0, count as u64) as usize];
    let plan = case.subject("map-panicking").input(&(&items, workers, bad));
    back(plan.start())
}

fn nothing_left(case: &Case) -> Verdict {
    for (count, workers) in [(0, 2), (3, 3), (10, 4)] {
        let items = case.numbers(count);
        let (back, seen) = back(case.subject("map").input(&(&items, workers)).start())?;
        in_place(&back, &items, workers)?;
        clean(&back, &seen)?;
    }
    let (back, seen) = panicked(case, 6, 3)?;
    clean(&back, &seen)
}

fn clean(back: &Back, seen: &Seen) -> Verdict {
    ensure(
        !back.children && !seen.left_alive && seen.left_zombies == 0,
        "process_map이 돌아온 뒤에 거두지 않은 자식이 남아 있습니다.",
    )?;
    ensure(
        back.descriptors <= 0,
        format!(
            "돌아온 뒤에 파일 디스크립터가 {}개 늘었습니다.",
            back.descriptors
        ),
    )
}

/// 끝까지 보고 피고가 본 것을 꺼냅니다. 돌려주지 않고 무너졌으면 그것을 알립니다.
fn back(session: Session) -> Result<(Back, Seen), Wrong> {
    let seen = session.end()?;
    if !seen.ending.success() {
        return Err(Wrong::new(format!("프로그램이 {}.", seen.ending)));
    }
    let back: Back = seen.answer()?;
    ensure(!back.panicked, "process_map이 패닉했습니다.")?;
    Ok((back, seen))
}

/// 학생의 함수를 부르고, 돌아와서 본 것을 답합니다.
fn call(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) {
    let work = here();
    let before = work.descriptors();
    let called = || submission::process_map(items, workers, f).ok();
    let answers = panic::catch_unwind(AssertUnwindSafe(called));
    work.answer(&Back {
        panicked: answers.is_err(),
        answers: answers.unwrap_or_default(),
        children: work.has_children(),
        descriptors: work.descriptors() as i64 - before as i64,
    });
}

fn map(work: &Work) {
    let (items, workers): (Vec<u64>, usize) = work.input();
    call(items, workers, |item| {
        here().note("called", item);
        item * 3 + 1
    });
}

fn map_meeting(work: &Work) {
    let (items, workers): (Vec<u64>, usize) = work.input();
    call(items, workers, |_| {
        here().meet("inside");
        1
    });
}

/// 뒤의 것부터 끝나게 합니다. 저마다 바로 뒤의 것이 끝났다는 소식을 기다립니다.
fn map_backward(work: &Work) {
    use std::{
        io::{PipeReader, PipeWriter, Read, Write, pipe},
        sync::OnceLock,
    };

    static ENDS: OnceLock<Vec<(u64, PipeReader, PipeWriter)>> = OnceLock::new();

    let (items, workers): (Vec<u64>, usize) = work.input();
    ENDS.get_or_init(|| {
        let end = |item: &u64| {
            let (reader, writer) = pipe().expect("파이프를 만들 수 있습니다");
            (*item, reader, writer)
        };
        items.iter().map(end).collect()
    });
    call(items, workers, |item| {
        let ends = ENDS.get().expect("방금 만들었습니다");
        let turn = ends
            .iter()
            .position(|(one, ..)| *one == item)
            .expect("있는 것입니다");
        if let Some((_, reader, _)) = ends.get(turn + 1) {
            let _ = { reader }.read_exact(&mut [0]);
        }
        let _ = { &ends[turn].2 }.write_all(b"!");
        item * 3 + 1
    });
}

fn map_panicking(work: &Work) {
    use std::sync::OnceLock;

    static BAD: OnceLock<u64> = OnceLock::new();

    let (items, workers, bad): (Vec<u64>, usize, u64) = work.input();
    BAD.get_or_init(|| bad);
    call(items, workers, |item| {
        assert!(BAD.get() != Some(&item), "일부러 낸 패닉입니다");
        item
    });
}
