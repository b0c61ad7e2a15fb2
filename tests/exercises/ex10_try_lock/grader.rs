//! ex10의 채점기입니다. 스레드의 차례는 `model_std`가 정하고, 적은 순서(`Ordering`)로 앞섬을 셈합니다.
//!
//! 락이 지킬 자료는 채점기가 가지고 있습니다. 그래서 학생의 코드에는 `unsafe`가 필요 없습니다.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use model_std::model::{self, Plan, Search, Shared, explore};
use submission::TryLock;
use witness::{Case, Verdict, Work, Wrong, ensure};

fn main() {
    witness::main(
        &[
            ("alone", |case| look(case, "alone")),
            ("never-fails", |case| look(case, "never-fails")),
            ("exclusive", |case| look(case, "exclusive")),
            ("waits", |case| look(case, "waits")),
            ("orders", |case| look(case, "orders")),
        ],
        &[
            ("alone", alone),
            ("never-fails", never_fails),
            ("exclusive", exclusive),
            ("waits", waits),
            ("orders", orders),
        ],
    )
}

/// 피고가 내는 것: 놀이마다 본 차례의 수와, 정한 수에서 멈추어 빠짐없이 보지는 못했는지와, 처음 찾은 것입니다.
type Answer = Vec<(usize, bool, Option<String>)>;
type Game = Box<dyn Fn() + Send + Sync>;

fn look(case: &Case, act: &str) -> Verdict {
    let seed = case.between(1, 0, u64::MAX);
    let answer: Answer = case.subject(act).input(&seed).run()?.answer()?;
    ensure(!answer.is_empty(), "본 것이 없습니다.")?;
    let cut = answer.iter().filter(|(_, cut, _)| *cut).count();
    if cut > 0 {
        case.remark(format!("놀이 {}개 가운데 {cut}개는 차례가 많아 빠짐없이 보지 못했습니다", answer.len()));
    }
    for (schedules, _, found) in answer {
        if let Some(found) = found {
            return Err(Wrong::new(format!("{}번째 차례: {found}", schedules + 1)));
        }
        ensure(schedules > 0, "끝까지 간 차례가 없습니다.")?;
    }
    Ok(())
}

/// 놀이를 하나씩, 차례를 바꾸어 가며 돌립니다.
fn play(work: &Work, games: Vec<Game>) {
    work.hush();
    let searches = [
        Search::Every { preemptions: Some(2), most: 3_000 },
        Search::Random(400),
        Search::Pct { times: 400, depth: 3 },
    ];
    let seed: u64 = work.input();
    let mut answer: Answer = Vec::new();
    for game in games {
        let body = move || {
            game();
            model::ensure(
                model::ready_made() == 0,
                "std의 락이나 통로를 썼습니다. 원자적 변수만으로 지으세요",
            );
        };
        let seen = explore(&Plan { searches: &searches, seed, ..Plan::default() }, body);
        let found = seen.found.map(|found| found.detail());
        let stop = found.is_some();
        answer.push((seen.schedules, seen.cut, found));
        if stop {
            break;
        }
    }
    work.answer(&answer);
}

/// 한 스레드가 차례로 부릅니다.
fn alone(work: &Work) {
    let game = || {
        let (lock, other) = (TryLock::new(), TryLock::default());
        // 까닭 없는 실패(weak)는 다른 검사가 봅니다. 여기서는 lock으로 쥡니다.
        let guard = lock.lock();
        model::ensure(lock.try_lock().is_none(), "쥔 락을 또 쥐었습니다");
        model::ensure(
            lock.try_lock().is_none(),
            "쥐지 못한 try_lock이 남의 락을 놓았습니다",
        );
        drop(other.lock());
        model::ensure(lock.try_lock().is_none(), "다른 락을 놓았는데 이 락이 놓였습니다");
        drop(guard);
        drop(lock.lock());
        drop(lock.lock());
    };
    play(work, vec![Box::new(game)]);
}

/// 아무도 쥐려 하지 않는 빈 락은 꼭 쥡니다.
fn never_fails(work: &Work) {
    let game = || {
        let lock = TryLock::new();
        for _ in 0..3 {
            let guard = lock.try_lock();
            model::ensure(guard.is_some(), "빈 락을 쥐지 못했습니다");
        }
    };
    play(work, vec![Box::new(game)]);
}

/// 두 스레드가 함께 안에 있지 않습니다. 순서는 따지지 않습니다.
fn exclusive(work: &Work) {
    let game = |trying: &'static [bool]| -> Game {
        Box::new(move || {
            let lock = Arc::new(TryLock::new());
            // 진짜 원자적 변수입니다. 모델의 차례를 바꾸지 않습니다.
            let inside = Arc::new(AtomicUsize::new(0));
            let children: Vec<_> = trying
                .iter()
                .map(|tries| {
                    let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
                    model_std::thread::spawn(move || {
                        let guard = if *tries { lock.try_lock() } else { Some(lock.lock()) };
                        if guard.is_some() {
                            let before = inside.fetch_add(1, Ordering::Relaxed);
                            model::ensure(before == 0, "두 스레드가 함께 쥐었습니다");
                            model::step();
                            inside.fetch_sub(1, Ordering::Relaxed);
                        }
                    })
                })
                .collect();
            children.into_iter().for_each(|child| ended(child.join()));
        })
    };
    play(
        work,
        vec![game(&[true, true]), game(&[false, true]), game(&[true, true, true]), game(&[false, false, true])],
    );
}

/// `lock`은 놓일 때까지 기다렸다가 쥡니다.
fn waits(work: &Work) {
    let game = |children: usize, turns: usize| -> Game {
        Box::new(move || {
            let lock = Arc::new(TryLock::new());
            let times = Arc::new(AtomicUsize::new(0));
            let guard = lock.lock();
            let children: Vec<_> = (0..children)
                .map(|_| {
                    let (lock, times) = (Arc::clone(&lock), Arc::clone(&times));
                    model_std::thread::spawn(move || {
                        let _guard = lock.lock();
                        times.fetch_add(1, Ordering::Relaxed);
                    })
                })
                .collect();
            // 기다리는 스레드가 이만큼은 돌게 합니다.
            for _ in 0..turns {
                model_std::thread::yield_now();
            }
            model::ensure(times.load(Ordering::Relaxed) == 0, "쥐고 있는데 다른 스레드의 lock이 돌아왔습니다");
            drop(guard);
            let all = children.len();
            children.into_iter().for_each(|child| ended(child.join()));
            model::ensure(times.load(Ordering::Relaxed) == all, "쥐지 못하고 돌아온 스레드가 있습니다");
        })
    };
    play(work, vec![game(1, 0), game(1, 100), game(2, 4)]);
}

/// 앞에 쥔 스레드가 쓴 것이 다음 스레드에게 보인다는 보장이 있습니다.
fn orders(work: &Work) {
    let game = |trying: &'static [bool]| -> Game {
        Box::new(move || {
            let lock = Arc::new(TryLock::new());
            let toys = Arc::new(Shared::new(0));
            let children: Vec<_> = trying
                .iter()
                .map(|tries| {
                    let (lock, toys) = (Arc::clone(&lock), Arc::clone(&toys));
                    model_std::thread::spawn(move || {
                        let guard = if *tries { lock.try_lock() } else { Some(lock.lock()) };
                        if guard.is_some() {
                            toys.write(|toys| *toys += 1);
                            toys.read(|toys| model::ensure(*toys > 0, "쓴 것이 사라졌습니다"));
                        }
                    })
                })
                .collect();
            children.into_iter().for_each(|child| ended(child.join()));
        })
    };
    play(work, vec![game(&[false, false]), game(&[true, true]), game(&[false, true]), game(&[false, false, false])]);
}

/// 스레드의 패닉은 그대로 전합니다.
fn ended<T>(end: model_std::thread::Result<T>) -> T {
    end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
