//! ex15의 채점기입니다. 예측은 이 채점기가 정말로 실행하여 얻은 수와 견줍니다.

use std::{
    collections::BTreeSet,
    panic::{self, AssertUnwindSafe},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use noriteo::{process, thread};
use serde::{Deserialize, Serialize};
use witness::{Case, Seen, Session, Verdict, Work, Wrong, ensure, here};

/// 예측할 프로그램의 `static`입니다.
static TOYS: AtomicU64 = AtomicU64::new(1);

/// 피고가 돌아와서 본 것입니다.
#[derive(Debug, Serialize, Deserialize)]
struct Back {
    /// 부른 차례대로의 합입니다. `Err`이면 `None`입니다.
    totals: Vec<Option<u64>>,
    /// 돌려주는 대신 패닉했습니다.
    panicked: bool,
    /// 거두지 않은 자식이 있었습니다.
    children: bool,
    /// 부르기 앞보다 늘어난 디스크립터의 수입니다.
    descriptors: i64,
}

fn main() {
    // 예측할 프로그램의 spawn한 자식은 여기서 시작하고 끝납니다.
    process::entry(add_and_read);
    witness::main(
        &[
            ("predict", predict),
            ("threads-count", |case| right_totals(case, "threads")),
            ("threads-inside", threads_inside),
            ("processes-count", |case| right_totals(case, "processes")),
            ("processes-inside", processes_inside),
            ("again", again),
            ("child-dies", child_dies),
            ("nothing-left", nothing_left),
        ],
        &[
            ("predict", ask),
            ("run", run),
            ("threads", count_threads),
            ("processes", count_processes),
        ],
    )
}

fn predict(case: &Case) -> Verdict {
    let parts = ["threads_main", "fork_main", "fork_child", "spawn_child"];
    for (salt, children) in [(1, 1), (2, 3), (3, 4)] {
        let asked = (
            case.between(salt, 100, 900),
            children,
            case.between(salt + 9, 2, 50),
        );
        let truth = case.subject("run").input(&asked).run();
        // 학생의 코드는 여기에 없습니다. 실행하지 못했으면 채점하는 쪽의 잘못입니다.
        let truth: Vec<u64> = truth
            .and_then(|seen| seen.answer())
            .unwrap_or_else(|wrong| panic!("예측할 프로그램을 실행하지 못했습니다: {wrong:?}"));
        let seen = case.subject("predict").input(&asked).start().end()?;
        let Some(answer) = seen.answer::<Option<Vec<u64>>>()? else {
            return Err(Wrong::new("predict가 패닉했습니다."));
        };
        for (part, (answer, truth)) in parts.iter().zip(answer.iter().zip(&truth)) {
            ensure(
                answer == truth,
                format!(
                    "{part}가 실행한 것과 다릅니다(start가 {}일 때 {answer}).",
                    asked.0
                ),
            )?;
        }
    }
    Ok(())
}

fn ask(work: &Work) {
    let (start, children, each): (u64, u64, u64) = work.input();
    let asked = panic::catch_unwind(|| submission::predict(start, children, each));
    let numbers =
        |it: submission::Prediction| [it.threads_main, it.fork_main, it.fork_child, it.spawn_child];
    work.answer(&asked.ok().map(numbers));
}

/// 예측할 프로그램을 정말로 실행합니다. 학생의 코드는 없습니다.
fn run(work: &Work) {
    let (start, children, each): (u64, u64, u64) = work.input();
    let fails = "예측할 프로그램을 실행할 수 있습니다";

    TOYS.store(start, Ordering::SeqCst);
    let kids = (0..children).map(|_| process::fork(move || add_and_read(each)).expect(fails));
    let mut fork_child = 0;
    for kid in kids.collect::<Vec<_>>() {
        fork_child = kid.join().expect(fails);
    }
    let fork_main = TOYS.load(Ordering::SeqCst);

    TOYS.store(start, Ordering::SeqCst);
    let kids = (0..children).map(|_| process::spawn(add_and_read, each).expect(fails));
    let mut spawn_child = 0;
    for kid in kids.collect::<Vec<_>>() {
        spawn_child = kid.join().expect(fails);
    }

    TOYS.store(start, Ordering::SeqCst);
    let kids = (0..children).map(|_| thread::spawn(move || add_and_read(each)).expect(fails));
    for kid in kids.collect::<Vec<_>>() {
        kid.join().expect(fails);
    }
    let threads_main = TOYS.load(Ordering::SeqCst);
    work.answer(&[threads_main, fork_main, fork_child, spawn_child]);
}

/// 예측할 프로그램의 아이입니다.
fn add_and_read(each: u64) -> u64 {
    TOYS.fetch_add(each, Ordering::SeqCst) + each
}

fn right_totals(case: &Case, way: &str) -> Verdict {
    for workers in [0, 1, 2, 5] {
        let toys = case.numbers(workers);
        let (back, seen) = back(case.subject(way).input(&(&toys, 1, "")).start())?;
        total_is(&back, &toys)?;
        let mut looked: Vec<u64> = seen
            .noted("look")
            .filter_map(|note| note.value.as_u64())
            .collect();
        looked.sort_unstable();
        ensure(
            looked.iter().copied().eq(0..workers as u64),
            format!("아이가 {workers}명일 때 부른 look의 번호가 {looked:?}입니다."),
        )?;
    }
    Ok(())
}

fn threads_inside(case: &Case) -> Verdict {
    for workers in [2, 4] {
        let toys = case.numbers(workers);
        let plan = case.subject("threads").input(&(&toys, 1, "meet"));
        let (back, seen) = back(plan.gather(workers).start())?;
        ensure(
            seen.met.iter().all(|said| said.pid == seen.pid),
            "스레드판인데 다른 프로세스가 look을 불렀습니다.",
        )?;
        total_is(&back, &toys)?;
    }
    Ok(())
}

fn processes_inside(case: &Case) -> Verdict {
    for workers in [2, 4] {
        let toys = case.numbers(workers);
        let plan = case.subject("processes").input(&(&toys, 1, "meet"));
        let (back, seen) = back(plan.gather(workers).start())?;
        let inside: BTreeSet<i32> = seen.met.iter().map(|said| said.pid).collect();
        ensure(
            inside.len() == workers && !inside.contains(&seen.pid),
            format!(
                "자식 {workers}개가 함께 세어야 하는데, 프로세스 {}개가 세었습니다{}.",
                inside.len(),
                if inside.contains(&seen.pid) {
                    "(부모도 세었습니다)"
                } else {
                    ""
                }
            ),
        )?;
        total_is(&back, &toys)?;
    }
    Ok(())
}

fn again(case: &Case) -> Verdict {
    for way in ["threads", "processes"] {
        let toys = case.numbers(3);
        let (back, _) = back(case.subject(way).input(&(&toys, 3, "")).start())?;
        total_is(&back, &toys)?;
    }
    Ok(())
}

fn child_dies(case: &Case) -> Verdict {
    for how in ["panic", "abort"] {
        let toys = case.numbers(3);
        let (back, _) = back(case.subject("processes").input(&(&toys, 1, how)).start())?;
        ensure(
            back.totals == [None],
            "아이가 쓰러졌는데 count_with_processes가 Ok를 돌려주었습니다.",
        )?;
    }
    Ok(())
}

fn nothing_left(case: &Case) -> Verdict {
    let toys = case.numbers(4);
    let (whole, seen) = back(case.subject("processes").input(&(&toys, 2, "")).start())?;
    total_is(&whole, &toys)?;
    clean(&whole, &seen)?;
    let (dead, seen) = back(
        case.subject("processes")
            .input(&(&toys, 1, "panic"))
            .start(),
    )?;
    clean(&dead, &seen)
}

fn clean(back: &Back, seen: &Seen) -> Verdict {
    ensure(
        !back.children && !seen.left_alive && seen.left_zombies == 0,
        "count_with_processes가 돌아온 뒤에 거두지 않은 자식이 남아 있습니다.",
    )?;
    ensure(
        back.descriptors <= 0,
        format!(
            "돌아온 뒤에 파일 디스크립터가 {}개 늘었습니다.",
            back.descriptors
        ),
    )
}

fn total_is(back: &Back, toys: &[u64]) -> Verdict {
    let expected: u64 = toys.iter().sum();
    for (turn, total) in (1..).zip(&back.totals) {
        ensure(
            *total == Some(expected),
            match total {
                Some(_) => format!("{turn}번째로 부른 때의 합이 센 것과 다릅니다."),
                None => "아무도 쓰러지지 않았는데 Err입니다.".to_owned(),
            },
        )?;
    }
    Ok(())
}

/// 끝까지 보고 피고가 본 것을 꺼냅니다. 돌려주지 않고 무너졌으면 그것을 알립니다.
fn back(session: Session) -> Result<(Back, Seen), Wrong> {
    let seen = session.end()?;
    if !seen.ending.success() {
        return Err(Wrong::new(format!("프로그램이 {}.", seen.ending)));
    }
    let back: Back = seen.answer()?;
    ensure(!back.panicked, "세는 함수가 패닉했습니다.")?;
    Ok((back, seen))
}

/// 아이마다 볼 장난감의 수와, 아이가 할 짓입니다.
static TASK: OnceLock<(Vec<u64>, String)> = OnceLock::new();

fn look(child: usize) -> u64 {
    let work = here();
    let (toys, how) = TASK.get().expect("부르기 앞에 정했습니다");
    work.note("look", child);
    match how.as_str() {
        "meet" => work.meet("inside"),
        "panic" => assert!(child != 1, "일부러 낸 패닉입니다"),
        "abort" if child == 1 => std::process::abort(),
        _ => {}
    }
    toys.get(child).copied().unwrap_or(0)
}

/// 학생의 함수를 `times`번 부르고, 돌아와서 본 것을 답합니다.
fn call(work: &Work, count: impl Fn(usize) -> Option<u64>) {
    let (toys, times, how): (Vec<u64>, usize, String) = work.input();
    // 쓰러진 아이가 메모리를 통째로 적은 파일(core)을 남기지 않게 합니다.
    let core = nix::sys::resource::Resource::RLIMIT_CORE;
    nix::sys::resource::setrlimit(core, 0, 0).expect("줄이는 것은 언제나 됩니다");
    let workers = toys.len();
    TASK.get_or_init(|| (toys, how));
    let before = work.descriptors();
    let called = || (0..times).map(|_| count(workers)).collect::<Vec<_>>();
    let totals = panic::catch_unwind(AssertUnwindSafe(called));
    work.answer(&Back {
        panicked: totals.is_err(),
        totals: totals.unwrap_or_default(),
        children: work.has_children(),
        descriptors: work.descriptors() as i64 - before as i64,
    });
}

fn count_threads(work: &Work) {
    call(work, |workers| {
        Some(submission::count_with_threads(workers, look))
    });
}

fn count_processes(work: &Work) {
    call(work, |workers| {
        submission::count_with_processes(workers, look).ok()
    });
}
