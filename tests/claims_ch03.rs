//! 3장의 주장을 검사합니다.

mod support;

use std::{
    process::ExitCode,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use noriteo::{
    gil::{self, Gil, Stats},
    measure::evidence::Evidence,
    work::{Responder, expected, io_sum, split, sum},
};
use support::{Outcome, run_example, tests};

fn main() -> ExitCode {
    support::run_mimic(tests![
        c12_locked_threads_never_run_inside_at_once,
        c13_one_lock_lets_one_thread_run_at_a_time,
        c14_an_unlocked_count_loses_updates,
        c14_a_locked_count_loses_nothing,
        c14_an_atomic_count_loses_nothing,
        c15_io_releases_the_lock,
        x_a_waiter_pays_the_switch_interval,
        x_the_gil_is_not_your_lock,
        x_without_a_real_python_only_the_model_runs,
    ])
}

/// 락에 묶인 두 스레드가 더합니다. 안에 몇이 있는지는 `Gil`의 통계와 따로 셉니다.
fn two_locked(size: u64) -> Result<(Stats, usize), Failed> {
    let gil = Gil::new(Duration::from_millis(1));
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let children: Vec<_> = split(0..size, 2)
        .map(|part| {
            let (inside, most) = (Arc::clone(&inside), Arc::clone(&most));
            gil.spawn(move || {
                // 블록마다 들어왔다고 적고 나갑니다. 그사이에는 checkpoint가 없습니다.
                split(part, 64).fold(0, |total, block| {
                    let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    let block: u64 = block.fold(0, |a, b| std::hint::black_box(a + b));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    gil::checkpoint();
                    total + block
                })
            })
        })
        .collect::<noriteo::Result<_>>()?;
    let total: u64 = children
        .into_iter()
        .map(|child| child.join())
        .sum::<noriteo::Result<_>>()?;
    assert_eq!(total, expected(0..size)?);
    Ok((gil.stats(), most.load(Ordering::SeqCst)))
}

/// C12: 둘이 함께 안에 있은 적이 없고, 저마다 끝나기 앞에 두 번 넘게 떠밀려 나옵니다.
///
/// 끝까지 쥐고 있는 보통 뮤텍스로는 통과하지 못합니다. 떠밀려 나온 횟수가 0이기 때문입니다.
/// 빠른 컴퓨터에서도 떠밀리도록, 그런 적이 있을 때까지 일을 키웁니다.
fn c12_locked_threads_never_run_inside_at_once() -> Outcome {
    let mut size = 1_000_000;
    let stats = loop {
        let (stats, most) = two_locked(size)?;
        assert_eq!(most, 1, "두 스레드가 함께 안에 있었습니다");
        assert_eq!(stats.max_in_flight, 1);
        if stats.workers.iter().all(|worker| worker.forced_drops >= 2) {
            break stats;
        }
        size *= 2;
        assert!(
            size < 4_000_000_000,
            "아무도 떠밀려 나오지 않습니다: {stats:?}"
        );
    };
    assert_eq!(stats.workers.len(), 2);

    let output = run_example(
        "ch03_01_locked_sum",
        &["--size", "3000000", "--workers", "3"],
    )?;
    assert!(output.status.success(), "{}", output.stderr);
    assert!(
        output
            .stdout
            .contains(&format!("합: {}", expected(0..3_000_000)?))
    );
    assert!(output.stdout.contains("많아야 1명"), "{}", output.stdout);
    let switches = Evidence::new(
        "C12",
        "두 스레드가 락을 주고받은 횟수",
        stats.switches as f64,
        "번",
    );
    support::evidence("claims_ch03_switches", &[switches.at_least(2.0)])
}

/// C13: 락을 쥔 조각들은 겹치지 않고, 조각을 모두 더해도 전체 시간을 넘지 않습니다.
fn c13_one_lock_lets_one_thread_run_at_a_time() -> Outcome {
    let gil = Gil::new(Duration::from_millis(1));
    let children: Vec<_> = split(0..40_000_000, 4)
        .map(|part| gil.spawn(move || sum(part)))
        .collect::<noriteo::Result<_>>()?;
    children
        .into_iter()
        .try_for_each(|child| child.join().map(drop))?;
    let stats = gil.stats();
    assert_eq!(stats.max_in_flight, 1);
    let slices = &stats.slices;
    assert!(slices.len() >= 4 && stats.slices_dropped == 0);
    assert!(slices.iter().all(|slice| slice.start <= slice.end));
    assert!(slices.windows(2).all(|two| two[0].end <= two[1].start));
    let held: Duration = slices.iter().map(|slice| slice.end - slice.start).sum();
    let whole = slices[slices.len() - 1].end - slices[0].start;
    assert!(held <= whole, "{held:?} > {whole:?}");
    Ok(())
}

/// 두 스레드가 참조 횟수를 하나씩 더하는 모형을 모든 차례로 돌리고, 나온 값을 모읍니다.
fn every_interleaving<C>(
    new: fn() -> C,
    increment: fn(&C),
    read: fn(&C) -> usize,
) -> std::collections::BTreeSet<usize>
where
    C: Send + Sync + 'static,
{
    let seen = Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    loom::model({
        let seen = Arc::clone(&seen);
        move || {
            let count = loom::sync::Arc::new(new());
            let children = [(); 2].map(|()| {
                let count = count.clone();
                loom::thread::spawn(move || increment(&count))
            });
            for child in children {
                child.join().expect("모형의 스레드는 패닉하지 않습니다");
            }
            seen.lock().expect("오염되지 않습니다").insert(read(&count));
        }
    });
    let seen = seen.lock().expect("오염되지 않습니다");
    seen.clone()
}

/// C14: 락 없이 읽고 쓰면, 어떤 차례에서는 덧셈 하나가 사라집니다.
fn c14_an_unlocked_count_loses_updates() -> Outcome {
    use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    let seen = every_interleaving(
        || AtomicUsize::new(0),
        |count| count.store(count.load(Relaxed) + 1, Relaxed),
        |count| count.load(Relaxed),
    );
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [1, 2]);
    let output = run_example("ch03_02_why_a_lock", &["--times", "1000"])?;
    // 1에서 시작해 둘이 하나씩 더했는데 2입니다.
    assert!(
        output.stdout.contains("더한 참조 횟수: 2\n"),
        "{}",
        output.stdout
    );
    Ok(())
}

/// C14: 락을 쥐고 세면 어떤 차례에서도 사라지지 않습니다.
fn c14_a_locked_count_loses_nothing() -> Outcome {
    use loom::sync::Mutex;

    let seen = every_interleaving(
        || Mutex::new(0),
        |count| *count.lock().expect("오염되지 않습니다") += 1,
        |count| *count.lock().expect("오염되지 않습니다"),
    );
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [2]);
    Ok(())
}

/// C14: 원자적으로 세면 어떤 차례에서도 사라지지 않습니다.
fn c14_an_atomic_count_loses_nothing() -> Outcome {
    use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    let seen = every_interleaving(
        || AtomicUsize::new(0),
        |count| {
            count.fetch_add(1, Relaxed);
        },
        |count| count.load(Relaxed),
    );
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [2]);
    Ok(())
}

/// C15: 락을 놓은 곳에서 n명이 만납니다. 락을 쥔 채 기다렸다면 만날 수 없습니다.
fn c15_io_releases_the_lock() -> Outcome {
    const N: usize = 5;
    let gil = Gil::default();
    let gate = Arc::new(Barrier::new(N));
    let children: Vec<_> = (0..N)
        .map(|_| {
            let gate = Arc::clone(&gate);
            gil.spawn(move || gil::allow_threads(|| gate.wait().is_leader()))
        })
        .collect::<noriteo::Result<_>>()?;
    let leaders = children
        .into_iter()
        .map(|child| child.join())
        .collect::<noriteo::Result<Vec<_>>>()?;
    assert_eq!(leaders.into_iter().filter(|leader| *leader).count(), 1);
    assert_eq!(gil.stats().max_in_flight, 1);

    // 진짜 읽기도 그렇습니다. 겹칠 때까지 대답을 늦추어 봅니다.
    let overlapped = (0..6).find_map(|step| {
        let responder = Responder::start(Duration::from_millis(10 << step)).ok()?;
        let (gil, addr) = (Gil::default(), responder.addr());
        let children: Vec<_> = (0..N as u64)
            .map(|n| gil.spawn(move || io_sum(n..n + 1, addr)))
            .collect::<noriteo::Result<_>>()
            .ok()?;
        let answers: u64 = children
            .into_iter()
            .map(|child| child.join().and_then(|answer| answer))
            .sum::<noriteo::Result<_>>()
            .ok()?;
        assert_eq!((answers, gil.stats().max_in_flight), (10, 1));
        (responder.max_in_flight() == N).then_some(())
    });
    overlapped.ok_or_else(|| "다섯이 함께 기다린 적이 없습니다".into())
}

/// 쉬지 않는 스레드 곁에서는, 락을 다시 쥐려면 비켜 달라고 해야 합니다.
fn x_a_waiter_pays_the_switch_interval() -> Outcome {
    const LIMIT: Duration = Duration::from_secs(60);
    let output = run_example(
        "ch03_04_convoy",
        &["--questions", "3", "--interval-us", "20000"],
    )?;
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(output.stdout.matches("기다림").count(), 3);

    // 시간이 아니라 떠밀려 나온 횟수를 셉니다. 쥔 스레드는 기다리는 스레드가 들어온 뒤에야 끝납니다.
    // 스스로 놓는 곳이 없으므로, 들어왔다면 요청을 보고 비켜 준 것입니다.
    let gil = Gil::new(Duration::from_millis(1));
    let (ready, at_ready) = noriteo::thread::queue()?;
    let entered = Arc::new(AtomicUsize::new(0));
    let holder = gil.spawn({
        let entered = Arc::clone(&entered);
        move || -> noriteo::Result<()> {
            ready.send(())?;
            // 끝내 들어오지 못하면 1분 뒤에 그만둡니다. 그때에는 떠밀려 나온 횟수가 0입니다.
            let started = Instant::now();
            while entered.load(Ordering::SeqCst) == 0 && started.elapsed() < LIMIT {
                sum(0..100_000);
            }
            Ok(())
        }
    })?;
    at_ready.recv()?;
    let waiter = gil.spawn(move || entered.store(1, Ordering::SeqCst))?;
    waiter.join()?;
    holder.join()??;
    let stats = gil.stats();
    assert!(stats.drop_requests >= 1, "{stats:?}");
    assert!(stats.workers[0].forced_drops >= 1, "{stats:?}");

    // 전환 간격이 한 시간이면 아무도 떠밀려 나오지 않습니다.
    let gil = Gil::new(Duration::from_secs(3600));
    let (ready, at_ready) = noriteo::thread::queue()?;
    let (go, at_go) = noriteo::thread::queue()?;
    let holder = gil.spawn(move || -> noriteo::Result<u64> {
        ready.send(())?;
        let total = sum(0..1_000_000);
        at_go.recv()?;
        Ok(total)
    })?;
    at_ready.recv()?;
    let waiter = gil.spawn(gil::is_held)?;
    go.send(())?;
    assert!(waiter.join()?);
    assert_eq!(holder.join()??, expected(0..1_000_000)?);
    assert_eq!(gil.stats().forced_drops, 0);
    Ok(())
}

/// GIL이 있어도 읽기와 쓰기 사이에서 차례가 바뀌면 덧셈이 사라집니다. 나의 락이 있으면 사라지지 않습니다.
fn x_the_gil_is_not_your_lock() -> Outcome {
    let output = run_example("ch03_05_not_your_lock", &["--times", "37"])?;
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", output.stdout);
    assert!(
        lines[0].contains("74번 더해 37, 사라진 덧셈 37번"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains("74번 더해 74, 사라진 덧셈 0번"),
        "{}",
        lines[1]
    );
    assert!(
        lines
            .iter()
            .all(|line| line.ends_with("함께 있던 아이 1명"))
    );
    Ok(())
}

/// 진짜 CPython이 없거나, 대답이 이상하거나, GIL을 껐으면 그렇다고 말하고 모형의 값은 모두 적습니다.
fn x_without_a_real_python_only_the_model_runs() -> Outcome {
    let folder = tempfile::tempdir()?;
    let run = |told: &str| -> Outcome {
        let mut command = support::example("ch03_07_side_by_side")?;
        command
            .args(["--runs", "1", "--window-ms", "20"])
            .env("PATH", folder.path());
        let output = support::run(command, support::LIMIT)?;
        assert!(output.status.success(), "{}", output.stderr);
        assert!(output.stdout.starts_with(told), "{}", output.stdout);
        let rows = output.stdout.lines().filter(|line| line.starts_with("  "));
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows.len(), 29, "{}", output.stdout);
        for row in rows {
            // 진짜의 칸과 비의 칸은 비어 있고, 모형의 칸에는 값이 있습니다.
            let dashes = row.split_whitespace().filter(|word| *word == "–");
            assert_eq!(dashes.count(), 2, "{row}");
            assert!(row.ends_with('–'), "{row}");
        }
        Ok(())
    };
    run("진짜: 없음.")?;
    #[cfg(unix)]
    {
        let pretend = |gil: &str, said: &str| -> Outcome {
            use std::os::unix::fs::PermissionsExt;
            let python = folder.path().join("python3");
            let answer = format!(r#"noriteo-python:["CPython", [3, 99, 0], "/python3", {gil}]"#);
            // 무엇을 시켜도 같은 말만 합니다.
            std::fs::write(
                &python,
                format!("#!/bin/sh\necho '{answer}'\necho '{said}'\n"),
            )?;
            std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755))?;
            Ok(())
        };
        let idle = r#"{"wall": 1, "additions": 0, "switches": 0, "robbed": 0, "trips": []}"#;
        for (said, why) in [
            ("{}", "대답에 왕복이 없습니다"),
            (idle, "시킨 일과 다른 일을 했습니다"),
        ] {
            pretend("true", said)?;
            run(&format!(
                "진짜: 재지 못함. CPython 3.99.0 (GIL 켜짐): {why}\n"
            ))?;
        }
        pretend("false", idle)?;
        run("진짜: 없음.")?;
    }
    Ok(())
}
