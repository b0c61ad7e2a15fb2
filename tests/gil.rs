//! GIL 모형의 장치를 확인합니다. 시간을 재어 판정하는 것은 없습니다.
//!
//! 기계가 느려도 결과가 바뀌지 않도록 「몇 번 밀려날 때까지」 일을 시킵니다.
//! 장치가 고장 나서 그때가 오지 않으면 [`PATIENCE`] 뒤에 실패합니다.

use std::{
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use noriteo::{
    Error,
    gil::{self, Gil, JoinHandle, MAX_SLICES, MIN_SWITCH_INTERVAL, Stats},
    work,
};

/// 고장 난 장치를 기다려 주는 시간입니다. 성한 장치는 이 근처에도 가지 않습니다.
const PATIENCE: Duration = Duration::from_secs(60);

/// 요청이 걸리기를 바라지 않는 시험에서 쓰는 전환 간격입니다.
const NEVER: Duration = Duration::from_secs(60 * 60);

/// 요청이 자주 걸리기를 바라는 시험에서 쓰는 전환 간격입니다.
const OFTEN: Duration = Duration::from_micros(200);

type Outcome = Result<(), Error>;

/// 교착 상태에 빠져도 시험이 멈추지 않고 실패하도록 몸통을 다른 스레드에서 돌립니다.
fn watched(body: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let (done, finished) = mpsc::channel();
    let runner = thread::spawn(move || {
        let outcome = body();
        let _ = done.send(());
        outcome
    });
    if finished.recv_timeout(2 * PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("{PATIENCE:?}의 두 배가 지나도 끝나지 않습니다. 교착 상태로 보입니다");
    }
    runner.join().expect("시험의 몸통이 패닉했습니다")
}

/// `done`이 참이 될 때까지 GIL을 지키며 CPU를 씁니다. 때가 오지 않으면 거짓을 돌려줍니다.
fn work_until(mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        work::sum(0..16 * work::BLOCK);
    }
    true
}

/// `done`이 참이 될 때까지 확인 지점을 지나지 않고 기다립니다.
fn hold_until(mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        thread::yield_now();
    }
    true
}

fn join_all(workers: Vec<JoinHandle<bool>>) -> Outcome {
    for worker in workers {
        assert!(
            worker.join()?,
            "기다리던 일이 {PATIENCE:?} 안에 일어나지 않았습니다"
        );
    }
    Ok(())
}

/// 작업자 `workers`명이 모두 `times`번 밀려날 때까지 CPU를 쓰게 합니다.
fn force_out(gil: &Gil, workers: usize, times: u64) -> Outcome {
    let spawn = |_| {
        let shared = gil.clone();
        gil.spawn(move || {
            work_until(|| {
                let stats = shared.stats();
                let forced = stats.workers.iter().filter(|w| w.forced_drops >= times);
                forced.count() == workers
            })
        })
    };
    join_all((0..workers).map(spawn).collect::<Result<_, _>>()?)
}

/// 통계의 수들이 서로 맞는지 확인합니다. 아무도 락을 쥐지 않았을 때 부릅니다.
fn assert_consistent(stats: &Stats) {
    let slices = &stats.slices;
    assert_eq!(stats.slices_dropped, 0);
    assert_eq!(stats.max_in_flight, 1);
    assert_eq!(stats.acquisitions, slices.len() as u64);
    assert_eq!(stats.held, slices.iter().map(|s| s.end - s.start).sum());
    let forced = slices.iter().filter(|s| s.forced).count() as u64;
    assert_eq!(stats.forced_drops, forced);
    assert!(stats.forced_drops <= stats.drop_requests);
    let changes = slices.windows(2).filter(|w| w[0].worker != w[1].worker);
    assert_eq!(stats.switches, changes.count() as u64);
    assert!(slices.windows(2).all(|w| w[0].end <= w[1].start));
    for (i, worker) in stats.workers.iter().enumerate() {
        let own = || slices.iter().filter(|s| s.worker == i);
        assert_eq!(worker.ordinal, i);
        assert_eq!(worker.acquisitions, own().count() as u64);
        assert_eq!(worker.held, own().map(|s| s.end - s.start).sum());
        let forced = own().filter(|s| s.forced).count() as u64;
        assert_eq!(worker.forced_drops, forced);
    }
}

/// 통계를 믿지 않고 따로 센 수로 확인합니다.
#[test]
fn never_two_inside() -> Outcome {
    watched(|| {
        const WORKERS: usize = 4;
        let gil = Gil::new(OFTEN);
        let inside = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        // 읽기와 쓰기 사이에 남이 끼어들면 더한 것을 잃는 계수기입니다.
        let fragile = Arc::new(AtomicU64::new(0));
        let added = Arc::new(AtomicU64::new(0));
        let spawn = |_| {
            let (shared, inside, most) = (gil.clone(), Arc::clone(&inside), Arc::clone(&most));
            let (fragile, added) = (Arc::clone(&fragile), Arc::clone(&added));
            gil.spawn(move || {
                let deadline = Instant::now() + PATIENCE;
                loop {
                    let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    let before = fragile.load(Ordering::Relaxed);
                    let forced = shared.stats().workers;
                    fragile.store(before + 1, Ordering::Relaxed);
                    added.fetch_add(1, Ordering::SeqCst);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    if forced.iter().filter(|w| w.forced_drops >= 2).count() == WORKERS {
                        return true;
                    }
                    if Instant::now() > deadline {
                        return false;
                    }
                    gil::checkpoint();
                }
            })
        };
        join_all((0..WORKERS).map(spawn).collect::<Result<_, _>>()?)?;
        assert_eq!(most.load(Ordering::SeqCst), 1);
        assert_eq!(
            fragile.load(Ordering::SeqCst),
            added.load(Ordering::SeqCst),
            "더한 것을 잃었습니다"
        );
        assert_consistent(&gil.stats());
        Ok(())
    })
}

/// CPU를 쓰는 두 작업자는 끝나기 전에 각각 두 번 이상 밀려납니다.
///
/// 일하는 내내 쥐고 있는 평범한 뮤텍스라면 둘째 작업자는 첫째가 끝날 때까지 들어오지 못합니다.
/// 그러면 첫째는 밀려나지 않고 둘째도 밀려날 일이 없어, 이 시험은 `PATIENCE` 뒤에 실패합니다.
#[test]
fn each_cpu_worker_is_forced_out_twice() -> Outcome {
    watched(|| {
        let gil = Gil::default();
        force_out(&gil, 2, 2)?;
        let stats = gil.stats();
        assert_consistent(&stats);
        assert!(
            stats.workers.iter().all(|w| w.forced_drops >= 2),
            "{stats:?}"
        );
        assert!(stats.switches >= 4, "{stats:?}");
        Ok(())
    })
}

/// 위 시험의 대조군: 전환 간격이 한 시간이면 락은 끝까지 쥐는 뮤텍스와 같습니다.
#[test]
fn with_a_huge_interval_nobody_is_forced_out() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        let start = Arc::new(Barrier::new(2));
        let spawn = |_| {
            let start = Arc::clone(&start);
            gil.spawn(move || {
                // 둘 다 와서 기다리는 가운데 일이 시작되게 합니다.
                gil::allow_threads(|| start.wait());
                work::sum(0..1_000 * work::BLOCK);
                true
            })
        };
        join_all((0..2).map(spawn).collect::<Result<_, _>>()?)?;
        let stats = gil.stats();
        assert_consistent(&stats);
        assert_eq!((stats.drop_requests, stats.forced_drops), (0, 0));
        assert!(stats.workers.iter().all(|w| w.acquisitions == 2));
        Ok(())
    })
}

#[test]
fn with_a_huge_interval_a_waiter_enters_only_at_release() -> Outcome {
    watched(|| {
        // 끝이 없는 간격도 받습니다.
        for interval in [NEVER, Duration::MAX] {
            let gil = Gil::new(interval);
            let released = Arc::new(AtomicBool::new(false));
            let (in_tx, in_rx) = mpsc::channel();
            let (go_tx, go_rx) = mpsc::channel::<()>();
            let holder = gil.spawn({
                let released = Arc::clone(&released);
                move || {
                    let _ = in_tx.send(());
                    let _ = go_rx.recv(); // 락을 쥔 채 기다립니다.
                    work::sum(0..1_000 * work::BLOCK);
                    released.store(true, Ordering::SeqCst);
                }
            })?;
            let _ = in_rx.recv();
            let waiter = gil.spawn({
                let released = Arc::clone(&released);
                move || released.load(Ordering::SeqCst)
            })?;
            let _ = go_tx.send(());
            assert!(waiter.join()?, "놓기 전에 들어왔습니다");
            holder.join()?;
            let stats = gil.stats();
            assert_eq!((stats.drop_requests, stats.forced_drops), (0, 0));
        }
        Ok(())
    })
}

/// 여럿이 잠들어 기다려도 하나씩 모두 깨어납니다. 잃어버린 깨움을 간격이 메워 주지 않습니다.
#[test]
fn every_sleeping_waiter_is_woken_in_turn() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        let waiters = gil.with(|| -> Result<Vec<_>, Error> {
            let waiters = (0..8).map(|_| gil.spawn(gil::is_held)).collect();
            // 기다리는 스레드가 잠들 틈을 줍니다. 틈이 모자라도 시험은 통과합니다.
            work::sum(0..5_000 * work::BLOCK);
            waiters
        })?;
        join_all(waiters)?;
        let stats = gil.stats();
        assert_consistent(&stats);
        assert_eq!((stats.acquisitions, stats.drop_requests), (9, 0));
        Ok(())
    })
}

/// 한 시간을 기다리려던 스레드도 간격이 줄면 곧 비켜 달라고 합니다.
#[test]
fn a_new_interval_reaches_those_who_already_wait() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        let holder = gil.spawn({
            let gil = gil.clone();
            move || {
                let Ok(waiter) = gil.spawn(|| ()) else {
                    return false;
                };
                // 기다리는 스레드가 잠들 틈을 줍니다. 틈이 모자라도 시험은 통과합니다.
                work::sum(0..5_000 * work::BLOCK);
                let before = gil.stats().drop_requests;
                gil.set_switch_interval(OFTEN);
                let forced = work_until(|| gil.stats().workers[0].forced_drops == 1);
                before == 0 && forced && waiter.join().is_ok()
            }
        })?;
        join_all(vec![holder])?;
        assert_eq!(gil.switch_interval(), OFTEN);
        assert_consistent(&gil.stats());
        Ok(())
    })
}

#[test]
fn intervals_below_a_microsecond_become_a_microsecond() {
    let gil = Gil::new(Duration::ZERO);
    assert_eq!(gil.switch_interval(), MIN_SWITCH_INTERVAL);
    gil.set_switch_interval(Duration::from_millis(3));
    assert_eq!(gil.switch_interval(), Duration::from_millis(3));
    gil.set_switch_interval(Duration::from_nanos(999));
    assert_eq!(gil.switch_interval(), MIN_SWITCH_INTERVAL);
    assert_eq!(Gil::default().switch_interval(), Duration::from_millis(5));
}

/// 밀려난 스레드는 기다리던 스레드보다 먼저 돌아오지 못합니다(`FORCE_SWITCHING`).
#[test]
fn after_a_forced_drop_somebody_else_holds_the_lock() -> Outcome {
    watched(|| {
        let gil = Gil::new(OFTEN);
        force_out(&gil, 3, 10)?;
        let stats = gil.stats();
        assert_consistent(&stats);
        for pair in stats.slices.windows(2) {
            assert!(
                !pair[0].forced || pair[0].worker != pair[1].worker,
                "밀려난 스레드가 바로 다시 쥐었습니다: {pair:?}"
            );
        }
        Ok(())
    })
}

/// 새로 쥔 스레드에게는 한 간격이 다 주어집니다: 그사이 쥔 스레드가 바뀌었으면 요청하지 않습니다.
///
/// 밀려난 조각은 요청한 스레드가 한 간격을 꼬박 기다린 뒤에야 끝나므로, 간격보다 짧을 수 없습니다.
/// 기다림이 시계보다 일찍 끝나지 않는 Linux에서만 확인합니다.
#[test]
#[cfg(target_os = "linux")]
fn a_forced_slice_lasts_at_least_one_interval() -> Outcome {
    watched(|| {
        let interval = Duration::from_millis(1);
        let gil = Gil::new(interval);
        force_out(&gil, 4, 25)?;
        let stats = gil.stats();
        assert_consistent(&stats);
        for slice in stats.slices.iter().filter(|s| s.forced) {
            assert!(slice.end - slice.start >= interval, "{slice:?}");
        }
        Ok(())
    })
}

/// 요청이 걸린 것을 보고 나서 확인 지점을 지나면, 돌아왔을 때 기다리던 스레드는 이미 다녀갔습니다.
#[test]
fn a_checkpoint_returns_after_the_waiter_was_in() -> Outcome {
    watched(|| {
        for _ in 0..20 {
            let gil = Gil::new(OFTEN);
            let holder = gil.spawn({
                let gil = gil.clone();
                move || -> Result<bool, Error> {
                    let waiter = gil.spawn(|| ())?;
                    let asked = hold_until(|| gil.stats().drop_requests == 1);
                    let before = gil.stats().workers[1].acquisitions;
                    gil::checkpoint();
                    let after = gil.stats().workers[1].acquisitions;
                    waiter.join()?;
                    Ok(asked && (before, after) == (0, 1))
                }
            })?;
            assert!(holder.join()??);
            assert_eq!(gil.stats().workers[0].forced_drops, 1);
        }
        Ok(())
    })
}

/// 스스로 놓을 때에도 요청이 걸려 있으면 남이 쥔 뒤에야 다음 일을 합니다.
#[test]
fn a_voluntary_release_also_lets_the_asker_in_first() -> Outcome {
    watched(|| {
        for _ in 0..20 {
            let gil = Gil::new(OFTEN);
            let holder = gil.spawn({
                let gil = gil.clone();
                move || -> Result<bool, Error> {
                    let waiter = gil.spawn(|| ())?;
                    let asked = hold_until(|| gil.stats().drop_requests == 1);
                    let after = gil::allow_threads(|| gil.stats().workers[1].acquisitions);
                    waiter.join()?;
                    Ok(asked && after == 1)
                }
            })?;
            assert!(holder.join()??);
            // 스스로 놓은 것은 밀려난 것으로 세지 않습니다.
            assert_eq!(gil.stats().forced_drops, 0);
        }
        Ok(())
    })
}

/// 락을 놓은 구간에서는 모두가 함께 있을 수 있습니다: 모두 와야 열리는 문을 지납니다.
#[test]
fn released_sections_overlap() -> Outcome {
    watched(|| {
        const WORKERS: usize = 8;
        let gil = Gil::new(NEVER);
        let door = Arc::new(Barrier::new(WORKERS));
        let spawn = |_| {
            let door = Arc::clone(&door);
            gil.spawn(move || {
                let before = gil::is_held();
                let during = gil::allow_threads(|| {
                    door.wait();
                    gil::is_held()
                });
                (before, during, gil::is_held()) == (true, false, true)
            })
        };
        join_all((0..WORKERS).map(spawn).collect::<Result<_, _>>()?)?;
        let stats = gil.stats();
        assert_consistent(&stats);
        assert!(stats.workers.iter().all(|w| w.acquisitions == 2));
        assert_eq!(stats.workers.len(), WORKERS);
        Ok(())
    })
}

#[test]
fn nested_allow_threads_changes_nothing() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        let worker = gil.spawn({
            let gil = gil.clone();
            move || -> Result<(), Error> {
                gil::allow_threads(|| {
                    let nested = gil::allow_threads(|| gil::allow_threads(gil::is_held));
                    assert!(!nested);
                    gil::checkpoint();
                    // 안쪽이 끝났어도 락은 아직 비어 있어 남이 들어옵니다.
                    assert!(!gil::is_held());
                    assert!(gil.spawn(gil::is_held)?.join()?);
                    Ok(())
                })
            }
        })?;
        worker.join()??;
        let stats = gil.stats();
        assert_consistent(&stats);
        assert_eq!(stats.workers[0].acquisitions, 2);
        assert_eq!(stats.acquisitions, 3);
        Ok(())
    })
}

#[test]
fn a_panic_in_a_worker_releases_the_lock() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        let worker = gil.spawn(|| panic!("일부러 낸 패닉"))?;
        match worker.join() {
            Err(Error::Panicked { message }) => assert_eq!(message, "일부러 낸 패닉"),
            Err(other) => panic!("다른 오류입니다: {other}"),
            Ok(()) => panic!("패닉이 사라졌습니다"),
        }
        assert!(gil.spawn(gil::is_held)?.join()?);
        assert!(gil.with(gil::is_held));
        assert_consistent(&gil.stats());
        Ok(())
    })
}

#[test]
fn a_panic_in_with_releases_and_one_in_allow_threads_takes_again() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        let caught = catch_unwind(AssertUnwindSafe(|| gil.with(|| panic!("일부러 낸 패닉"))));
        assert!(caught.is_err());
        assert!(!gil::is_held());
        let held = gil.with(|| {
            let inner = || gil::allow_threads(|| panic!("일부러 낸 패닉"));
            assert!(catch_unwind(inner).is_err());
            gil::is_held()
        });
        assert!(held, "패닉 뒤에 락을 다시 쥐지 않았습니다");
        assert!(gil.spawn(gil::is_held)?.join()?);
        assert_consistent(&gil.stats());
        Ok(())
    })
}

#[test]
fn with_can_be_nested_and_used_while_released() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        gil.with(|| {
            gil.with(|| assert!(gil::is_held()));
            assert!(gil::is_held());
            assert_eq!(gil.stats().acquisitions, 1);
            gil::allow_threads(|| {
                assert!(!gil::is_held());
                gil.with(|| assert!(gil::is_held()));
                assert!(!gil::is_held());
            });
            assert!(gil::is_held());
        });
        assert!(!gil::is_held());
        let stats = gil.stats();
        assert_consistent(&stats);
        assert_eq!(stats.acquisitions, 3);
        // 같은 스레드는 작업자 하나입니다.
        assert_eq!(stats.workers.len(), 1);
        assert_eq!(stats.switches, 0);
        gil.spawn({
            let gil = gil.clone();
            move || gil::allow_threads(|| gil.with(|| ()))
        })?
        .join()?;
        let counts = gil.stats().workers.into_iter().map(|w| w.acquisitions);
        assert!(counts.eq([3, 3]));
        Ok(())
    })
}

/// 두 락을 서로 다른 차례로 쥐려 해도 교착 상태가 되지 않습니다. 한 번에 하나만 쥡니다.
#[test]
fn entering_another_gil_releases_the_first() -> Outcome {
    watched(|| {
        let (red, blue) = (Gil::new(NEVER), Gil::new(NEVER));
        red.with(|| -> Outcome {
            blue.with(|| -> Outcome {
                assert_eq!(red.spawn(|| 7)?.join()?, 7);
                Ok(())
            })?;
            // 돌아왔으니 이제 쥔 것은 red입니다: blue는 비었고 red는 그대로 안입니다.
            assert!(gil::is_held());
            assert_eq!(blue.spawn(|| 8)?.join()?, 8);
            Ok(())
        })?;
        let door = Arc::new(Barrier::new(2));
        let cross = |mine: &Gil, other: &Gil| {
            let (other, door) = (other.clone(), Arc::clone(&door));
            mine.spawn(move || {
                door.wait(); // 둘 다 제 락을 쥔 채 만납니다.
                other.with(gil::is_held)
            })
        };
        join_all(vec![cross(&red, &blue)?, cross(&blue, &red)?])?;
        assert_consistent(&red.stats());
        assert_consistent(&blue.stats());
        Ok(())
    })
}

/// 락을 쥔 채 `join`하거나 큐를 기다려도, 기다리는 동안은 저절로 놓습니다.
#[test]
fn join_and_recv_inside_release_the_lock() -> Outcome {
    watched(|| {
        let gil = Gil::new(NEVER);
        let (ask, asked) = gil::queue::<u64>()?;
        let (answer, answered) = gil::queue::<u64>()?;
        let parent = gil.spawn({
            let gil = gil.clone();
            move || -> Result<u64, Error> {
                let child = gil.spawn(move || -> Result<(), Error> {
                    for number in &asked {
                        answer.send(number * 2)?;
                    }
                    Ok(())
                })?;
                let mut total = 0;
                for number in 0..100 {
                    ask.send(number)?;
                    total += answered.recv()?;
                }
                drop(ask);
                child.join()??;
                Ok(total)
            }
        })?;
        assert_eq!(parent.join()??, 9_900);
        let stats = gil.stats();
        assert_consistent(&stats);
        assert_eq!(stats.forced_drops, 0);
        Ok(())
    })
}

#[test]
fn outside_a_gil_thread_nothing_happens() {
    let gil = Gil::default();
    assert!(!gil::is_held());
    gil::checkpoint();
    assert_eq!(gil::allow_threads(|| 7), 7);
    assert!(!gil::is_held());
    assert_eq!(gil.stats(), Stats::default());
}

/// 번호는 스레드가 움직이기 시작한 차례가 아니라 만든 차례입니다.
#[test]
fn workers_are_numbered_in_the_order_they_were_spawned() -> Outcome {
    watched(|| {
        const WORKERS: usize = 8;
        let gil = Gil::new(NEVER);
        let workers = gil.with(|| -> Result<Vec<_>, Error> {
            let mut workers = Vec::new();
            for i in 1..=WORKERS {
                // i번은 처음 쥔 뒤로 i번 더 쥐므로, 쥔 횟수를 보면 누구인지 압니다.
                workers.push(gil.spawn(move || {
                    iter::repeat_n((), i).for_each(|()| gil::allow_threads(|| ()));
                })?);
                assert_eq!(gil.stats().workers.len(), i + 1);
            }
            Ok(workers)
        })?;
        for worker in workers {
            worker.join()?;
        }
        let counts = gil.stats().workers.into_iter().map(|w| w.acquisitions);
        // 0번은 `with`를 한 번 부른 이 스레드입니다.
        assert!(counts.eq(1..=WORKERS as u64 + 1));
        Ok(())
    })
}

#[test]
fn held_time_includes_the_slice_in_progress() {
    let gil = Gil::default();
    gil.with(|| {
        work::sum(0..100 * work::BLOCK);
        let stats = gil.stats();
        assert!(stats.held > Duration::ZERO);
        assert_eq!(stats.held, stats.workers[0].held);
        assert!(stats.slices.is_empty());
        assert_eq!(stats.max_in_flight, 1);
    });
    assert_consistent(&gil.stats());
}

#[test]
fn slices_are_bounded() {
    let gil = Gil::default();
    iter::repeat_n((), MAX_SLICES + 10).for_each(|()| gil.with(|| ()));
    let stats = gil.stats();
    assert_eq!(stats.acquisitions, MAX_SLICES as u64 + 10);
    assert_eq!(stats.slices.len(), MAX_SLICES);
    assert_eq!(stats.slices_dropped, 10);
}

#[test]
fn the_global_lock_is_one_and_clones_share() -> Outcome {
    let before = Gil::global().stats().acquisitions;
    assert!(gil::spawn(gil::is_held)?.join()?);
    assert_eq!(Gil::global().stats().acquisitions, before + 1);
    let gil = Gil::default();
    gil.clone().with(|| ());
    assert_eq!(gil.stats().acquisitions, 1);
    assert_eq!(Gil::global().stats().acquisitions, before + 1);
    Ok(())
}
