//! 연습 문제의 락과 조건 변수를 채점하는 모델(`course/model_std`)을 봅니다.
//!
//! 모델이 한쪽으로 틀리면 옳은 답이 틀렸다는 말을 듣고, 다른 쪽으로 틀리면 틀린 답이 지나갑니다. 그래서 검사마다
//! 작은 놀이를 주고, 찾아야 할 것을 찾는지와 없는 것을 찾지 않는지를 함께 봅니다.

mod support;

use std::{
    collections::BTreeSet,
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::{Arc as RealArc, Mutex as RealMutex, atomic as real},
    time::Duration,
};

use model_std::{
    model::{self, Budget, Found, Plan, Search, Seen, Shared, explore},
    sync::{
        Arc, Barrier, Condvar, Mutex, Once, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering, fence},
        mpsc,
    },
    thread,
};
use support::Outcome;

fn main() -> ExitCode {
    support::run_mimic(support::tests![
        a_mutex_lets_one_in,
        a_read_write_lock_lets_readers_together,
        a_deadlock_is_told,
        what_never_ends_is_told,
        a_panic_reaches_join_and_poisons,
        a_violation_stops_the_search,
        waking_early_is_within_the_budget,
        every_sleeper_is_woken_by_notify_all,
        notify_one_may_choose_anyone_and_wakes_only_one,
        timeouts_come_before_others_run_and_say_so,
        a_weak_exchange_fails_without_reason,
        orders_make_data_races,
        fences_and_read_modify_writes_carry_on,
        stale_values_are_never_read,
        preemptions_are_bounded,
        every_schedule_is_seen_and_a_cut_is_told,
        a_deeper_bug_needs_a_deeper_search,
        the_seed_decides,
        giving_way_promises_nothing,
        right_spinners_end,
        channels_block_and_close,
        once_runs_once_and_waits,
        a_barrier_opens_for_all_at_once,
        parked_threads_wake,
        a_scope_waits_for_its_threads,
        every_run_starts_afresh,
        settling_waits_for_all,
    ])
}

const NONE: Budget = Budget {
    spurious: 0,
    timeouts: 0,
    weak: 0,
};

/// 빼앗기를 묶지 않고 빠짐없이 봅니다.
const ALL: &[Search] = &[Search::Every {
    preemptions: None,
    most: 200_000,
}];

fn plan(searches: &[Search], budget: Budget) -> Plan<'_> {
    Plan {
        searches,
        budget,
        ..Plan::default()
    }
}

/// 빠짐없이 봅니다. 다 보지 못했으면 이 검사가 틀린 것입니다.
fn all(budget: Budget, game: impl Fn() + Send + Sync + 'static) -> Seen {
    let seen = explore(&plan(ALL, budget), game);
    assert!(!seen.cut, "빠짐없이 보지 못했습니다: {seen:?}");
    seen
}

/// 아무것도 찾지 못해야 합니다.
fn clean(seen: &Seen) {
    assert_eq!(seen.found, None, "{seen:?}");
    assert!(seen.schedules > 0, "{seen:?}");
}

fn violated(seen: &Seen) {
    let found = matches!(seen.found, Some(Found::Violated(_)));
    assert!(found, "{seen:?}");
}

/// 실행들이 남긴 것을 모읍니다. 진짜 락이라 모델의 차례를 바꾸지 않습니다.
#[derive(Clone, Default)]
struct Outcomes<T>(RealArc<RealMutex<BTreeSet<T>>>);

impl<T: Ord + Clone> Outcomes<T> {
    fn new() -> Outcomes<T> {
        Outcomes(RealArc::default())
    }

    fn add(&self, outcome: T) {
        self.0.lock().expect("검사가 패닉했습니다").insert(outcome);
    }

    fn seen(&self) -> Vec<T> {
        let all = self.0.lock().expect("검사가 패닉했습니다");
        all.iter().cloned().collect()
    }
}

/// `count`개의 스레드가 `work`를 하고 모두 기다립니다.
fn together(count: usize, work: impl Fn(usize) + Send + Sync + 'static) {
    let work = Arc::new(work);
    let children: Vec<_> = (0..count)
        .map(|number| {
            let work = Arc::clone(&work);
            thread::spawn(move || work(number))
        })
        .collect();
    for child in children {
        if let Err(panic) = child.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

fn a_mutex_lets_one_in() -> Outcome {
    clean(&all(NONE, || {
        let (lock, toys) = (Mutex::new(()), Shared::new(0));
        together(2, move |_| {
            let _guard = lock.lock();
            toys.write(|toys| *toys += 1);
        });
    }));
    // 쥐지 않으면 걸립니다. 위의 것이 아무것도 보지 않아서 깨끗한 것이 아닙니다.
    violated(&all(NONE, || {
        let toys = Shared::new(0);
        together(2, move |_| toys.write(|toys| *toys += 1));
    }));
    // 남이 쥐었으면 try_lock은 실패하고, 비었으면 쥡니다. 둘 다 있어야 합니다.
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    clean(&all(NONE, move || {
        let lock = Mutex::new(());
        let told = told.clone();
        together(2, move |_| {
            let guard = lock.try_lock();
            told.add(guard.is_ok());
            drop(guard);
        });
    }));
    assert_eq!(outcomes.seen(), [false, true]);
    Ok(())
}

fn a_read_write_lock_lets_readers_together() -> Outcome {
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    clean(&all(NONE, move || {
        let lock = RwLock::new(0);
        let inside = real::AtomicUsize::new(0);
        let told = told.clone();
        together(2, move |_| {
            let guard = lock.read();
            told.add(inside.fetch_add(1, real::Ordering::Relaxed));
            model::step();
            inside.fetch_sub(1, real::Ordering::Relaxed);
            drop(guard);
        });
    }));
    assert_eq!(outcomes.seen(), [0, 1], "함께 보는 차례가 있어야 합니다");
    clean(&all(NONE, || {
        let (lock, toys) = (RwLock::new(()), Shared::new(0));
        together(2, move |number| {
            if number == 0 {
                let _guard = lock.write();
                toys.write(|toys| *toys += 1);
            } else {
                let _guard = lock.read();
                toys.read(|_| ());
            }
        });
    }));
    Ok(())
}

fn a_deadlock_is_told() -> Outcome {
    let seen = all(NONE, || {
        let locks = [Mutex::new(()), Mutex::new(())];
        together(2, move |number| {
            let _first = locks[number].lock();
            let _second = locks[1 - number].lock();
        });
    });
    assert_eq!(seen.found, Some(Found::Deadlock));
    // 아무도 깨우지 않는 조건 변수도 그렇습니다.
    let seen = all(NONE, || {
        let (lock, bell) = (Mutex::new(()), Condvar::new());
        drop(bell.wait(lock.lock().unwrap()));
    });
    assert_eq!(seen.found, Some(Found::Deadlock));
    Ok(())
}

fn what_never_ends_is_told() -> Outcome {
    for search in [
        ALL[0],
        Search::Random(3),
        Search::Pct { times: 3, depth: 3 },
    ] {
        let seen = explore(&plan(&[search], NONE), || {
            let flag = AtomicBool::new(false);
            while !flag.load(Ordering::Relaxed) {
                thread::yield_now();
            }
        });
        assert_eq!(seen.found, Some(Found::Endless), "{search:?}");
    }
    Ok(())
}

fn a_panic_reaches_join_and_poisons() -> Outcome {
    let seen = all(NONE, || {
        let lock = Arc::new(Mutex::new(()));
        let child = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let _guard = lock.lock();
                std::panic::resume_unwind(Box::new(7_u32));
            })
        };
        let told = child.join().err();
        let told = told.and_then(|panic| panic.downcast_ref::<u32>().copied());
        model::ensure(told == Some(7), "join이 패닉을 전하지 않았습니다");
        model::ensure(lock.is_poisoned(), "쥔 채로 패닉했는데 망가지지 않았습니다");
        model::ensure(lock.lock().is_err(), "망가진 락이 Ok를 주었습니다");
    });
    clean(&seen);
    // 아무도 받지 않은 패닉이 아니라, 본 스레드의 패닉입니다.
    let seen = all(NONE, || panic!("일부러 낸 패닉"));
    assert_eq!(seen.found, Some(Found::Panic("일부러 낸 패닉".to_owned())));
    Ok(())
}

fn a_violation_stops_the_search() -> Outcome {
    let times = RealArc::new(real::AtomicUsize::new(0));
    let count = RealArc::clone(&times);
    let seen = explore(&Plan::default(), move || {
        count.fetch_add(1, real::Ordering::Relaxed);
        model::violate("하나");
        model::violate("둘");
    });
    assert_eq!(seen.found, Some(Found::Violated("하나".to_owned())));
    assert_eq!(times.load(real::Ordering::Relaxed), 1);
    // 학생의 코드가 모델을 다시 돌려 지우지 못합니다.
    let seen = explore(&Plan::default(), || {
        explore(&Plan::default(), || ());
    });
    violated(&seen);
    Ok(())
}

/// 아무도 깨우지 않는데 깬 횟수입니다. 정한 횟수까지만이고, 정한 횟수까지는 정말로 깹니다.
fn waking_early_is_within_the_budget() -> Outcome {
    for spurious in 0..3 {
        let budget = Budget { spurious, ..NONE };
        let most = RealArc::new(real::AtomicUsize::new(0));
        let told = RealArc::clone(&most);
        let seen = all(budget, move || {
            let (lock, bell) = (Mutex::new(()), Condvar::new());
            let mut guard = lock.lock().unwrap();
            for woken in 1.. {
                guard = bell.wait(guard).unwrap();
                told.fetch_max(woken, real::Ordering::Relaxed);
            }
        });
        assert_eq!(seen.found, Some(Found::Deadlock));
        assert_eq!(most.load(real::Ordering::Relaxed), spurious);
    }
    // if로 기다리는 답은 까닭 없이 깨는 차례에서만 걸립니다.
    let game = || {
        let pair = Arc::new((Mutex::new(false), Condvar::new()));
        let child = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || {
                *pair.0.lock().unwrap() = true;
                pair.1.notify_one();
            })
        };
        let mut ready = pair.0.lock().unwrap();
        if !*ready {
            ready = pair.1.wait(ready).unwrap();
        }
        model::ensure(*ready, "깼는데 아직입니다");
        drop(ready);
        child.join().unwrap();
    };
    clean(&all(NONE, game));
    violated(&all(
        Budget {
            spurious: 1,
            ..NONE
        },
        game,
    ));
    Ok(())
}

fn every_sleeper_is_woken_by_notify_all() -> Outcome {
    let game = |all: bool| {
        move || {
            let pair = Arc::new((Mutex::new(false), Condvar::new()));
            let children: Vec<_> = (0..2)
                .map(|_| {
                    let pair = Arc::clone(&pair);
                    thread::spawn(move || {
                        let guard = pair.0.lock().unwrap();
                        drop(pair.1.wait_while(guard, |open| !*open));
                    })
                })
                .collect();
            *pair.0.lock().unwrap() = true;
            if all {
                pair.1.notify_all();
            } else {
                pair.1.notify_one();
            }
            children.into_iter().for_each(|child| child.join().unwrap());
        }
    };
    let some = [Search::Every {
        preemptions: Some(2),
        most: 50_000,
    }];
    clean(&explore(&plan(&some, NONE), game(true)));
    let seen = explore(&plan(&some, NONE), game(false));
    assert_eq!(seen.found, Some(Found::Deadlock));
    Ok(())
}

fn notify_one_may_choose_anyone_and_wakes_only_one() -> Outcome {
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    let some = [Search::Every {
        preemptions: Some(1),
        most: 50_000,
    }];
    let seen = explore(&plan(&some, NONE), move || {
        let pair = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let woken = RealArc::new(RealMutex::new(Vec::new()));
        for number in 0..2 {
            let (pair, woken) = (Arc::clone(&pair), RealArc::clone(&woken));
            thread::spawn(move || {
                let mut guard = pair.0.lock().unwrap();
                guard.push(number);
                drop(pair.1.wait(guard));
                woken.lock().unwrap().push(number);
            });
        }
        settle();
        let slept = pair.0.lock().unwrap().clone();
        pair.1.notify_one();
        settle();
        told.add((slept, woken.lock().unwrap().clone()));
    });
    clean(&seen);
    let expected = [
        (vec![0, 1], vec![0]),
        (vec![0, 1], vec![1]),
        (vec![1, 0], vec![0]),
        (vec![1, 0], vec![1]),
    ];
    assert_eq!(outcomes.seen(), expected, "잠든 차례와 깬 스레드입니다");
    Ok(())
}

/// 다른 스레드가 한 번도 달리지 않았는데 시간이 다 되기도 하고, 깨워서 돌아오기도 합니다.
fn timeouts_come_before_others_run_and_say_so() -> Outcome {
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    let budget = Budget {
        timeouts: 1,
        ..NONE
    };
    clean(&all(budget, move || {
        let pair = Arc::new((Mutex::new(false), Condvar::new()));
        let ran = RealArc::new(real::AtomicBool::new(false));
        let child = {
            let (pair, ran) = (Arc::clone(&pair), RealArc::clone(&ran));
            thread::spawn(move || {
                ran.store(true, real::Ordering::Relaxed);
                *pair.0.lock().unwrap() = true;
                pair.1.notify_one();
            })
        };
        let guard = pair.0.lock().unwrap();
        let before = model_std::time::Instant::now();
        let minute = Duration::from_secs(60);
        let (guard, late) = pair.1.wait_timeout(guard, minute).unwrap();
        if late.timed_out() {
            model::ensure(
                before.elapsed() >= minute,
                "시간이 다 되었는데 시계가 가지 않았습니다",
            );
        }
        told.add((late.timed_out(), ran.load(real::Ordering::Relaxed)));
        drop(guard);
        child.join().unwrap();
    }));
    let seen = outcomes.seen();
    for wanted in [(false, true), (true, false)] {
        assert!(seen.contains(&wanted), "{wanted:?}가 없습니다: {seen:?}");
    }
    // 잠도 그렇습니다. 잔 뒤에 남이 달렸는지는 모릅니다.
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    clean(&all(budget, move || {
        let ran = Arc::new(AtomicBool::new(false));
        let child = {
            let ran = Arc::clone(&ran);
            thread::spawn(move || ran.store(true, Ordering::Relaxed))
        };
        thread::sleep(Duration::from_secs(60));
        told.add(ran.load(Ordering::Relaxed));
        child.join().unwrap();
    }));
    assert_eq!(outcomes.seen(), [false, true]);
    Ok(())
}

fn a_weak_exchange_fails_without_reason() -> Outcome {
    let game = || {
        let flag = AtomicBool::new(false);
        let order = Ordering::SeqCst;
        let strong = flag.compare_exchange(false, true, order, order);
        model::ensure(strong == Ok(false), "센 것이 까닭 없이 실패했습니다");
        let weak = flag.compare_exchange_weak(true, false, order, order);
        model::ensure(weak == Ok(true), "여린 것이 까닭 없이 실패했습니다");
    };
    clean(&all(NONE, game));
    let seen = all(Budget { weak: 1, ..NONE }, game);
    let told = "여린 것이 까닭 없이 실패했습니다".to_owned();
    assert_eq!(seen.found, Some(Found::Violated(told)));
    // 정한 횟수보다 더 실패하지는 않습니다. 그래서 여린 것을 되풀이하는 옳은 락이 끝납니다.
    clean(&all(Budget { weak: 2, ..NONE }, || {
        let flag = AtomicBool::new(false);
        let order = Ordering::SeqCst;
        let fails = (0..3).filter(|_| {
            flag.compare_exchange_weak(false, false, order, order)
                .is_err()
        });
        model::ensure(fails.count() <= 2, "정한 횟수보다 더 실패했습니다");
    }));
    // 센 것은 여린 것의 횟수가 남아 있어도 실패하지 않습니다.
    clean(&all(Budget { weak: 1, ..NONE }, || {
        let flag = AtomicBool::new(false);
        let strong = flag.compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst);
        model::ensure(strong == Ok(false), "센 것이 까닭 없이 실패했습니다");
    }));
    Ok(())
}

/// 깃발 하나로 자료를 건넵니다. 놓는 순서와 얻는 순서가 다 있어야 합니다.
fn hand_over(store: Ordering, load: Ordering) -> Seen {
    all(NONE, move || {
        let (flag, toys) = (Arc::new(AtomicBool::new(false)), Arc::new(Shared::new(0)));
        let giver = {
            let (flag, toys) = (Arc::clone(&flag), Arc::clone(&toys));
            thread::spawn(move || {
                toys.write(|toys| *toys = 1);
                flag.store(true, store);
            })
        };
        if flag.load(load) {
            toys.read(|toys| model::ensure(*toys == 1, "쓴 것이 사라졌습니다"));
        }
        giver.join().unwrap();
        // join도 앞섬을 만듭니다.
        toys.read(|_| ());
    })
}

fn orders_make_data_races() -> Outcome {
    use Ordering::{Acquire, Relaxed, Release, SeqCst};
    for (store, load) in [
        (Release, Acquire),
        (SeqCst, SeqCst),
        (Release, SeqCst),
        (SeqCst, Acquire),
    ] {
        clean(&hand_over(store, load));
    }
    for (store, load) in [(Relaxed, Relaxed), (Release, Relaxed), (Relaxed, Acquire)] {
        violated(&hand_over(store, load));
    }
    // 스레드를 만들기 앞의 일은 그 스레드에 보입니다.
    clean(&all(NONE, || {
        let toys = Arc::new(Shared::new(0));
        toys.write(|toys| *toys = 1);
        let child = Arc::clone(&toys);
        drop(thread::spawn(move || child.read(|_| ())).join());
    }));
    // 겹치지 않게 썼어도, 앞의 쓰기나 읽기가 보인다는 보장이 없으면 경합입니다.
    for first_reads in [false, true] {
        violated(&all(NONE, move || {
            let (flag, toys) = (Arc::new(AtomicBool::new(false)), Arc::new(Shared::new(0)));
            let first = {
                let (flag, toys) = (Arc::clone(&flag), Arc::clone(&toys));
                thread::spawn(move || {
                    if first_reads {
                        toys.read(|_| ());
                    } else {
                        toys.write(|toys| *toys = 1);
                    }
                    flag.store(true, Relaxed);
                })
            };
            if flag.load(Relaxed) {
                toys.write(|toys| *toys = 2);
            }
            first.join().unwrap();
        }));
    }
    // 함께 안에 있는 것은 앞섬을 따지지 않고도 걸립니다.
    let seen = all(NONE, || {
        let toys = Shared::new(0);
        together(2, move |_| toys.read(|_| ()));
    });
    let told = "두 스레드가 함께 안에 있습니다".to_owned();
    assert_eq!(seen.found, Some(Found::Violated(told)));
    Ok(())
}

fn fences_and_read_modify_writes_carry_on() -> Outcome {
    use Ordering::{AcqRel, Acquire, Relaxed, Release};
    let fenced = |releases: bool, acquires: bool| {
        all(NONE, move || {
            let (flag, toys) = (Arc::new(AtomicBool::new(false)), Arc::new(Shared::new(0)));
            let giver = {
                let (flag, toys) = (Arc::clone(&flag), Arc::clone(&toys));
                thread::spawn(move || {
                    toys.write(|toys| *toys = 1);
                    if releases {
                        fence(Release);
                    }
                    flag.store(true, Relaxed);
                })
            };
            if flag.load(Relaxed) {
                if acquires {
                    fence(Acquire);
                }
                toys.read(|_| ());
            }
            giver.join().unwrap();
        })
    };
    clean(&fenced(true, true));
    violated(&fenced(false, true));
    violated(&fenced(true, false));
    // 가운데의 RMW가 relaxed여도 앞의 놓음을 이어 주지만, 그냥 쓰기는 끊습니다.
    let through = |rmw: bool, last: Ordering| {
        all(NONE, move || {
            let (flag, toys) = (Arc::new(AtomicUsize::new(0)), Arc::new(Shared::new(0)));
            let giver = {
                let (flag, toys) = (Arc::clone(&flag), Arc::clone(&toys));
                thread::spawn(move || {
                    toys.write(|toys| *toys = 1);
                    flag.store(1, Release);
                })
            };
            let middle = {
                let flag = Arc::clone(&flag);
                thread::spawn(move || {
                    if rmw {
                        let _ = flag.compare_exchange(1, 2, Relaxed, Relaxed);
                    } else if flag.load(Relaxed) == 1 {
                        flag.store(2, Relaxed);
                    }
                })
            };
            if flag.load(last) == 2 {
                toys.read(|_| ());
            }
            giver.join().unwrap();
            middle.join().unwrap();
        })
    };
    clean(&through(true, Acquire));
    violated(&through(true, Relaxed));
    violated(&through(false, Acquire));
    // 실패한 교환은 실패의 순서를 따릅니다.
    let failed = |failure: Ordering| {
        all(NONE, move || {
            let (flag, toys) = (Arc::new(AtomicBool::new(false)), Arc::new(Shared::new(0)));
            let giver = {
                let (flag, toys) = (Arc::clone(&flag), Arc::clone(&toys));
                thread::spawn(move || {
                    toys.write(|toys| *toys = 1);
                    flag.store(true, Release);
                })
            };
            if flag
                .compare_exchange(false, false, AcqRel, failure)
                .is_err()
            {
                toys.read(|_| ());
            }
            giver.join().unwrap();
        })
    };
    clean(&failed(Acquire));
    violated(&failed(Relaxed));
    Ok(())
}

/// 모델이 보지 못한다고 적어 둔 것입니다(`model_std`의 첫머리, 책의 「가르치는 이에게」). 두 깃발을 느슨하게 세우고
/// 서로의 것을 보면 진짜로는 둘 다 서 있지 않게 보일 수 있지만, 모델에서는 그런 차례가 없습니다.
fn stale_values_are_never_read() -> Outcome {
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    clean(&all(NONE, move || {
        let flags = [AtomicBool::new(false), AtomicBool::new(false)];
        let seen = RealArc::new([real::AtomicBool::new(false), real::AtomicBool::new(false)]);
        let saw = RealArc::clone(&seen);
        together(2, move |number| {
            flags[number].store(true, Ordering::Relaxed);
            let other = flags[1 - number].load(Ordering::Relaxed);
            saw[number].store(other, real::Ordering::Relaxed);
        });
        told.add([0, 1].map(|number| seen[number].load(real::Ordering::Relaxed)));
    }));
    assert_eq!(
        outcomes.seen(),
        [[false, true], [true, false], [true, true]]
    );
    Ok(())
}

/// 두 스레드가 값을 읽고 하나 더해 씁니다. 하나를 잃으려면 한 번은 빼앗아야 합니다.
fn lossy() {
    let counter = Arc::new(AtomicUsize::new(0));
    let both = Arc::clone(&counter);
    together(2, move |_| {
        let seen = both.load(Ordering::SeqCst);
        both.store(seen + 1, Ordering::SeqCst);
    });
    model::ensure(counter.load(Ordering::SeqCst) == 2, "하나를 잃었습니다");
}

fn preemptions_are_bounded() -> Outcome {
    let every = |preemptions| {
        [Search::Every {
            preemptions: Some(preemptions),
            most: 100_000,
        }]
    };
    clean(&explore(&plan(&every(0), NONE), lossy));
    violated(&explore(&plan(&every(1), NONE), lossy));
    // 빼앗기를 더 허락하면 차례가 더 많습니다. 어느 것도 묶지 않은 것보다 많지 않습니다.
    let count = |searches: &[Search]| {
        let seen = explore(&plan(searches, NONE), || {
            together(2, |_| (0..3).for_each(|_| model::step()))
        });
        assert!(!seen.cut && seen.found.is_none(), "{seen:?}");
        seen.schedules
    };
    let counts = [
        count(&every(0)),
        count(&every(1)),
        count(&every(2)),
        count(ALL),
    ];
    assert!(counts.is_sorted_by(|a, b| a < b), "{counts:?}");
    Ok(())
}

fn every_schedule_is_seen_and_a_cut_is_told() -> Outcome {
    // 두 글자씩 적는 두 스레드입니다. 섞이는 길은 4!/(2!2!) = 6가지이고, 다 나와야 합니다.
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    let game = move || {
        let line = RealArc::new(RealMutex::new(String::new()));
        let pen = RealArc::clone(&line);
        together(2, move |number| {
            for _ in 0..2 {
                model::step();
                pen.lock()
                    .unwrap()
                    .push(if number == 0 { 'a' } else { 'b' });
            }
        });
        told.add(line.lock().unwrap().clone());
    };
    clean(&all(NONE, game.clone()));
    assert_eq!(
        outcomes.seen(),
        ["aabb", "abab", "abba", "baab", "baba", "bbaa"]
    );
    let whole = all(NONE, game.clone()).schedules;
    for (most, cut) in [(whole - 1, true), (whole, false), (whole + 1, false)] {
        let search = [Search::Every {
            preemptions: None,
            most,
        }];
        let seen = explore(&plan(&search, NONE), game.clone());
        assert_eq!(seen.schedules, most.min(whole));
        if most != whole {
            assert_eq!(seen.cut, cut, "{most}개까지");
        }
    }
    // 뒤의 찾기가 앞의 찾기가 멈춘 것을 지우지 않습니다.
    let search = [
        Search::Every {
            preemptions: None,
            most: 1,
        },
        Search::Random(1),
    ];
    assert!(explore(&plan(&search, NONE), game).cut);
    // 세 스레드가 빼앗지 않고 한 글자씩이면 3! = 6가지입니다. 갈림길마다 셋을 다 보아야 다 나옵니다.
    let outcomes = Outcomes::new();
    let told = outcomes.clone();
    let calm = [Search::Every {
        preemptions: Some(0),
        most: 10_000,
    }];
    clean(&explore(&plan(&calm, NONE), move || {
        let line = RealArc::new(RealMutex::new(String::new()));
        let pen = RealArc::clone(&line);
        together(3, move |number| {
            pen.lock().unwrap().push_str(&number.to_string());
        });
        told.add(line.lock().unwrap().clone());
    }));
    assert_eq!(outcomes.seen(), ["012", "021", "102", "120", "201", "210"]);
    Ok(())
}

/// 세 군데에서 차례가 바뀌어야 나오는 버그입니다. 깊이 1은 우선순위를 바꾸지 않으므로 찾지 못합니다.
fn a_deeper_bug_needs_a_deeper_search() -> Outcome {
    let seen = |depth| {
        let search = [Search::Pct {
            times: 2_000,
            depth,
        }];
        explore(&plan(&search, NONE), lossy)
    };
    clean(&seen(1));
    violated(&seen(2));
    violated(&seen(3));
    Ok(())
}

fn the_seed_decides() -> Outcome {
    let run = |search: Search, seed: u64| {
        let order = RealArc::new(RealMutex::new(String::new()));
        let pen = RealArc::clone(&order);
        let searches = [search];
        let plan = Plan {
            searches: &searches,
            budget: NONE,
            seed,
            ..Plan::default()
        };
        clean(&explore(&plan, move || {
            let pen = RealArc::clone(&pen);
            together(3, move |number| {
                for _ in 0..3 {
                    model::step();
                    pen.lock().unwrap().push_str(&number.to_string());
                }
            });
        }));
        order.lock().unwrap().clone()
    };
    for search in [
        Search::Random(20),
        Search::Pct {
            times: 20,
            depth: 3,
        },
    ] {
        assert_eq!(
            run(search, 5),
            run(search, 5),
            "같은 씨앗은 같은 차례입니다"
        );
        assert_ne!(
            run(search, 5),
            run(search, 6),
            "다른 씨앗은 다른 차례입니다"
        );
    }
    Ok(())
}

/// 아무리 여러 번 내놓아도 남이 달렸다는 보장은 없습니다. 예산이 없어도 그렇습니다.
fn giving_way_promises_nothing() -> Outcome {
    type Wait = fn();
    let waits: [(&str, Wait); 5] = [
        ("yield_now 한 번", || thread::yield_now()),
        ("yield_now 천 번", || {
            (0..1_000).for_each(|_| thread::yield_now())
        }),
        ("sleep 열 번", || {
            (0..10).for_each(|_| thread::sleep(Duration::from_secs(1)));
        }),
        ("spin_loop 백 번", || {
            (0..100).for_each(|_| model_std::hint::spin_loop())
        }),
        ("빈 걸음 백 번", || {
            (0..100).for_each(|_| model::step())
        }),
    ];
    let plan = Plan {
        budget: NONE,
        ..Plan::default()
    };
    for (what, wait) in waits {
        let outcomes = Outcomes::new();
        let told = outcomes.clone();
        clean(&explore(&plan, move || {
            let ran = Arc::new(AtomicBool::new(false));
            let child = {
                let ran = Arc::clone(&ran);
                thread::spawn(move || ran.store(true, Ordering::Relaxed))
            };
            wait();
            told.add(ran.load(Ordering::Relaxed));
            child.join().unwrap();
        }));
        assert_eq!(outcomes.seen(), [false, true], "{what}");
    }
    Ok(())
}

/// 돌며 기다리는 옳은 답은 어느 찾기에서도 끝나지 않는다는 말을 듣지 않습니다.
fn right_spinners_end() -> Outcome {
    type Pause = fn();
    let pauses: [(&str, Pause); 4] = [
        ("yield_now", || thread::yield_now()),
        ("spin_loop", || model_std::hint::spin_loop()),
        ("sleep", || thread::sleep(Duration::from_millis(1))),
        ("그냥", || ()),
    ];
    for (what, pause) in pauses {
        let seen = explore(&Plan::default(), move || {
            let locked = AtomicBool::new(false);
            let toys = Shared::new(0);
            together(3, move |_| {
                while locked
                    .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
                    .is_err()
                {
                    pause();
                }
                toys.write(|toys| *toys += 1);
                locked.store(false, Ordering::Release);
            });
        });
        assert_eq!(seen.found, None, "{what}: {seen:?}");
    }
    Ok(())
}

fn channels_block_and_close() -> Outcome {
    // 담을 곳이 하나인 통로에는, 꺼내기 전에 둘이 들어가지 않습니다.
    clean(&all(NONE, || {
        let (give, take) = mpsc::sync_channel(1);
        let put = RealArc::new(real::AtomicUsize::new(0));
        let count = RealArc::clone(&put);
        let giver = thread::spawn(move || {
            for item in 0..3 {
                give.send(item).unwrap();
                count.fetch_add(1, real::Ordering::Relaxed);
            }
        });
        for taken in 0..3 {
            settle();
            let put = put.load(real::Ordering::Relaxed);
            model::ensure(
                put == (taken + 1).min(3),
                "자리보다 더 넣었거나 덜 넣었습니다",
            );
            model::ensure(take.recv() == Ok(taken), "넣은 차례와 다릅니다");
        }
        model::ensure(take.recv().is_err(), "보낼 이가 없는데 받았습니다");
        giver.join().unwrap();
    }));
    let seen = all(NONE, || {
        let (_give, take) = mpsc::channel::<()>();
        let _ = take.recv();
    });
    assert_eq!(seen.found, Some(Found::Deadlock));
    clean(&all(NONE, || {
        let (give, take) = mpsc::channel();
        let toys = Arc::new(Shared::new(0));
        let giver = {
            let toys = Arc::clone(&toys);
            thread::spawn(move || {
                toys.write(|toys| *toys = 1);
                give.send(()).unwrap();
            })
        };
        model::ensure(take.recv().is_ok(), "보낸 것을 받지 못했습니다");
        toys.read(|_| ());
        drop(take);
        giver.join().unwrap();
    }));
    Ok(())
}

fn once_runs_once_and_waits() -> Outcome {
    clean(&all(NONE, || {
        let (once, toys) = (Once::new(), Shared::new(0));
        let times = real::AtomicUsize::new(0);
        together(2, move |number| {
            once.call_once(|| {
                toys.write(|toys| *toys += 1);
                times.fetch_add(1, real::Ordering::Relaxed);
            });
            // 누가 불렀든, 돌아왔으면 끝났고 그 일이 보입니다.
            if number == 1 {
                toys.read(|toys| model::ensure(*toys == 1, "끝나기 전에 돌아왔습니다"));
            }
            model::ensure(times.load(real::Ordering::Relaxed) == 1, "두 번 불렀습니다");
        });
    }));
    clean(&all(NONE, || {
        let cell = Arc::new(OnceLock::new());
        let waiter = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || *cell.wait())
        };
        model::ensure(cell.set(7) == Ok(()), "빈 곳을 채우지 못했습니다");
        model::ensure(cell.set(8) == Err(8), "찬 곳을 또 채웠습니다");
        model::ensure(waiter.join().ok() == Some(7), "기다린 값이 다릅니다");
    }));
    let seen = all(NONE, || {
        OnceLock::<u32>::new().wait();
    });
    assert_eq!(seen.found, Some(Found::Deadlock));
    Ok(())
}

fn a_barrier_opens_for_all_at_once() -> Outcome {
    clean(&all(NONE, || {
        let barrier = Barrier::new(2);
        let (here, leaders) = (real::AtomicUsize::new(0), real::AtomicUsize::new(0));
        together(2, move |_| {
            here.fetch_add(1, real::Ordering::Relaxed);
            let leads = barrier.wait().is_leader();
            leaders.fetch_add(usize::from(leads), real::Ordering::Relaxed);
            model::ensure(
                here.load(real::Ordering::Relaxed) == 2,
                "모두 오기 전에 열렸습니다",
            );
            barrier.wait();
            model::ensure(
                leaders.load(real::Ordering::Relaxed) == 1,
                "마지막은 하나입니다",
            );
        });
    }));
    let seen = all(NONE, || {
        Barrier::new(2).wait();
    });
    assert_eq!(seen.found, Some(Found::Deadlock));
    Ok(())
}

fn parked_threads_wake() -> Outcome {
    clean(&all(NONE, || {
        let ready = Arc::new(AtomicBool::new(false));
        let child = {
            let ready = Arc::clone(&ready);
            thread::spawn(move || {
                while !ready.load(Ordering::Acquire) {
                    thread::park();
                }
            })
        };
        ready.store(true, Ordering::Release);
        child.thread().unpark();
        child.join().unwrap();
    }));
    // 표는 하나뿐입니다. 두 번 깨워도 한 번만 지나갑니다.
    let seen = all(NONE, || {
        thread::current().unpark();
        thread::current().unpark();
        thread::park();
        thread::park();
    });
    assert_eq!(seen.found, Some(Found::Deadlock));
    // 깨우지 않아도 깰 수 있습니다. 정한 횟수까지입니다.
    let parks = |times: usize, spurious: usize| {
        let budget = Budget { spurious, ..NONE };
        all(budget, move || (0..times).for_each(|_| thread::park())).found
    };
    assert_eq!(parks(1, 0), Some(Found::Deadlock));
    assert_eq!(parks(1, 1), None);
    assert_eq!(parks(2, 1), Some(Found::Deadlock));
    Ok(())
}

fn a_scope_waits_for_its_threads() -> Outcome {
    clean(&all(NONE, || {
        let toys = Shared::new(0);
        let caught = model_std::panic::catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| toys.write(|toys| *toys += 1));
                scope.spawn(|| std::panic::resume_unwind(Box::new(())));
            });
        }));
        model::ensure(caught.is_err(), "스코프가 패닉을 전하지 않았습니다");
        toys.read(|toys| model::ensure(*toys == 1, "끝나기 전에 돌아왔습니다"));
    }));
    Ok(())
}

model_std::thread_local! {
    static MINE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// 스레드의 값도, 끝나지 않은 채 버려진 스레드도 다음 실행에 남지 않습니다.
fn every_run_starts_afresh() -> Outcome {
    clean(&all(
        Budget {
            spurious: 1,
            ..NONE
        },
        || {
            model::ensure(MINE.replace(1) == 0, "앞의 실행의 값이 남았습니다");
            let lock = Arc::new(Mutex::new(()));
            let child = Arc::clone(&lock);
            thread::spawn(move || {
                model::ensure(MINE.replace(2) == 0, "남의 값이 보입니다");
                let _guard = child.lock();
                thread::park();
            });
            model::ensure(model::threads() == 2, "앞의 실행의 스레드가 남았습니다");
        },
    ));
    Ok(())
}

fn settling_waits_for_all() -> Outcome {
    clean(&explore(&Plan::default(), || {
        let counter = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            let counter = Arc::clone(&counter);
            thread::spawn(move || {
                for _ in 0..3 {
                    counter.fetch_add(1, Ordering::Relaxed);
                    thread::yield_now();
                }
                thread::park();
            });
        }
        settle();
        model::ensure(
            counter.load(Ordering::Relaxed) == 6,
            "아직 달릴 스레드가 있습니다",
        );
    }));
    Ok(())
}

/// 다른 스레드가 모두 잠들거나 끝날 때까지 기다립니다.
fn settle() {
    // SAFETY: 채점기처럼, 차례를 미루는 것뿐입니다.
    unsafe { model::settle() }
}
