//! 5장의 주장을 검사합니다.

mod support;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("거름: 메모리와 스레드를 /proc에서 세므로 Linux에서만 돕니다");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::BTreeSet,
        process::{ExitCode, id},
        sync::{Arc, Barrier},
        time::{Duration, Instant},
    };

    use libtest_mimic::Failed;
    use noriteo::{
        gil::Gil,
        measure::{
            self, Advice, Job, Load, Machine, Report, Row, Sample, advise, evidence::Evidence,
            now_utc, once, pss_bytes,
        },
        process::{self, Receiver, Sender, fork, queue},
        thread,
        variant::{self, Variant, Workload},
        work::{self, Responder},
    };

    use crate::support::{self, Outcome, run_example, tests};

    pub fn main() -> ExitCode {
        measure::entry();
        process::entry(locked_waiters);
        support::run_mimic(tests![
            c19_processes_need_more_memory,
            c22_threads_are_held_back_on_cpu_and_not_on_io,
            c23_processes_use_the_cpu_in_parallel,
            c24_the_advisor_chooses_by_the_workload,
            advice_prefers_the_lighter_of_equals,
            advice_needs_one_task,
            a_crash_stays_inside_its_playground,
        ])
    }

    /// C19: 노는 프로세스 n개가 늘리는 PSS는 노는 스레드 n개가 늘리는 것보다 큽니다.
    fn c19_processes_need_more_memory() -> Outcome {
        const N: usize = 8;
        // 스레드는 새 프로세스 안에 두고, 그 프로세스가 제 PSS의 앞과 뒤를 알려 줍니다.
        let threads = fork(|| -> Result<u64, String> {
            let told = |error: noriteo::Error| error.to_string();
            let before = pss_bytes(id()).map_err(told)?;
            let gates = [(); 2].map(|()| Arc::new(Barrier::new(N + 1)));
            let children: Vec<_> = (0..N)
                .map(|_| {
                    let gates = gates.clone();
                    thread::spawn(move || gates.each_ref().map(|gate| gate.wait().is_leader()))
                })
                .collect::<noriteo::Result<_>>()
                .map_err(told)?;
            gates[0].wait();
            let after = pss_bytes(id()).map_err(told)?;
            gates[1].wait();
            children
                .into_iter()
                .try_for_each(|child| child.join().map(drop))
                .map_err(told)?;
            Ok(after.saturating_sub(before))
        })?
        .join()??;
        let before = pss_bytes(id())?;
        let (ready, waiting): (Sender<u32>, Receiver<u32>) = queue()?;
        let (go, stop): (Sender<bool>, Receiver<bool>) = queue()?;
        let children: Vec<_> = (0..N)
            .map(|_| {
                let (ready, stop) = (ready.clone(), stop.clone());
                fork(move || ready.send(id()).is_ok() && stop.recv().is_err())
            })
            .collect::<noriteo::Result<_>>()?;
        let pids: BTreeSet<u32> = (0..N).map(|_| waiting.recv()).collect::<Result<_, _>>()?;
        assert_eq!(pids, children.iter().map(|child| child.pid()).collect());
        let mut after = pss_bytes(id())?;
        for pid in &pids {
            after += pss_bytes(*pid)?;
        }
        drop(go);
        for child in children {
            assert!(child.join()?);
        }
        let processes = after.saturating_sub(before);
        assert!(
            processes > threads,
            "프로세스 {processes}바이트, 스레드 {threads}바이트"
        );
        let each = |bytes: u64| bytes as f64 / N as f64 / 1024.0;
        support::evidence(
            "claims_ch05_memory",
            &[
                Evidence::new(
                    "C19.thread",
                    "노는 스레드 하나가 늘린 PSS",
                    each(threads),
                    "KiB",
                ),
                Evidence::new(
                    "C19.process",
                    "노는 프로세스(fork) 하나가 늘린 PSS",
                    each(processes),
                    "KiB",
                ),
            ],
        )
    }

    /// 락에 묶인 스레드 `n`개가 저마다 한 번 묻습니다. fork하지 않지만 스레드를 남기지 않으려 새 프로세스에서 합니다.
    fn locked_waiters((addr, n): (String, u64)) -> Result<u64, String> {
        let addr = addr
            .parse()
            .map_err(|_| format!("주소가 아닙니다: {addr}"))?;
        variant::run(
            Variant::LockedThread,
            Workload::Io { addr },
            0..n,
            n as usize,
        )
        .map_err(|error| error.to_string())
    }

    /// C22: 락에 묶인 스레드는 CPU를 쓸 때 한 번에 하나만 안에 있고, 기다릴 때는 모두 함께 기다립니다.
    fn c22_threads_are_held_back_on_cpu_and_not_on_io() -> Outcome {
        const N: u64 = 3;
        let gil = Gil::default();
        let range = 0..3_000_000;
        let children: Vec<_> = work::split(range.clone(), N as usize)
            .map(|part| gil.spawn(move || work::sum(part)))
            .collect::<noriteo::Result<_>>()?;
        let total: u64 = children
            .into_iter()
            .map(|child| child.join())
            .sum::<noriteo::Result<_>>()?;
        assert_eq!(total, work::expected(range)?);
        assert_eq!(gil.stats().max_in_flight, 1);
        // 상대는 셋이 다 물을 때까지 대답을 미룰 줄 모르므로, 겹칠 때까지 늦추어 봅니다.
        let overlapped = (0..6).find_map(|step| {
            let responder = Responder::start(Duration::from_millis(20 << step)).ok()?;
            let arg = (responder.addr().to_string(), N);
            let told = process::spawn(locked_waiters, arg).ok()?.join().ok()?;
            let total = told.ok()?;
            (total == N * (N - 1) / 2 && responder.max_in_flight() == N as usize).then_some(())
        });
        overlapped.ok_or("락에 묶인 스레드 셋이 함께 기다린 적이 없습니다")?;
        Ok(())
    }

    /// C23: 두 프로세스가 서로를 만나고(둘 다 도는 중), 둘이 쓴 CPU 시간의 합이 벽시계보다 큰 때가 있습니다.
    fn c23_processes_use_the_cpu_in_parallel() -> Outcome {
        if Machine::detect().cores < 2 {
            return Err("코어가 하나인 컴퓨터에서는 병렬을 볼 수 없습니다".into());
        }
        let (left, right) = process::pipe::<u32>()?;
        let meet = |mut end: process::Connection<u32>| {
            fork(move || -> Result<u32, String> {
                // 서로의 PID를 주고받아야 지나갈 수 있습니다.
                let told = |error: noriteo::Error| error.to_string();
                end.send(id()).map_err(told)?;
                end.recv().map_err(told)
            })
        };
        let (one, two) = (meet(left)?, meet(right)?);
        let met = (one.pid(), two.pid());
        assert_eq!((two.join()??, one.join()??), met);
        assert!(met.0 != met.1 && ![met.0, met.1].contains(&id()));

        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let ratio = support::busiest_window_of_two_processes()?;
            if ratio > 1.1 {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(
                    format!("60초 동안 나란히 돈 토막이 없습니다(가장 큰 비 {ratio})").into(),
                );
            }
        }
    }

    /// C24: 서로 다른 네 가지 일에 서로 다른 것을 고르고, 고른 까닭은 둘 다 해 본 결과입니다.
    fn c24_the_advisor_chooses_by_the_workload() -> Outcome {
        if Machine::detect().cores < 2 {
            return Err("코어가 하나인 컴퓨터에서는 나란히 하는 쪽이 이길 수 없습니다".into());
        }
        let workloads: [(&[&str], Variant); 4] = [
            (&["--size", "2000"], Variant::Sequential),
            (&["--size", "200000000"], Variant::Thread),
            (&["--size", "200000000", "--gil"], Variant::Fork),
            (&["--questions", "40", "--gil"], Variant::LockedThread),
        ];
        let mut rows = Vec::new();
        for (args, expected) in workloads {
            // 나란히 달릴 빈 코어는 운영체제가 줄 때에만 있습니다. 볼 때까지 많아야 1분 되풀이하고, 몇 번째인지 남깁니다.
            let (mut tries, deadline) = (0, Instant::now() + Duration::from_secs(60));
            loop {
                tries += 1;
                let output = run_example("ch05_05_advisor", args)?;
                assert!(output.status.success(), "{}", output.stderr);
                let choice = confirmed_choice(&output.stdout)?;
                if choice == expected.label() {
                    break;
                }
                if Instant::now() >= deadline {
                    return Err(format!("{args:?}: {choice}\n{}", output.stdout).into());
                }
            }
            let what = format!("ch05_05_advisor {}: {}", args.join(" "), expected.label());
            rows.push(Evidence::new(
                "C24",
                &what,
                f64::from(tries),
                "번째 재어 고름",
            ));
        }
        support::evidence("claims_ch05_advisor", &rows)
    }

    /// 고른 방식을 읽고, 표에 적힌 시간과 어긋나지 않는지 봅니다.
    fn confirmed_choice(stdout: &str) -> Result<String, Failed> {
        let choice = stdout
            .lines()
            .find_map(|line| line.strip_prefix("고른 방식: "))
            .ok_or_else(|| format!("고른 방식이 없습니다\n{stdout}"))?;
        let rows: Vec<(&str, f64)> = stdout
            .lines()
            .filter_map(|line| {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                let ratio = cells.get(6)?.strip_suffix('배')?.parse().ok()?;
                Some((cells[1], ratio))
            })
            .collect();
        assert_eq!(rows.len(), 3, "세 방식을 모두 재어야 합니다\n{stdout}");
        let of = |label: &str| rows.iter().find(|row| row.0 == label).map(|row| row.1);
        let chosen = of(choice).ok_or_else(|| format!("고른 방식이 표에 없습니다\n{stdout}"))?;
        let best = rows.iter().map(|row| row.1).fold(f64::INFINITY, f64::min);
        // 표의 비는 소수 둘째 자리까지라 반올림만큼 너그럽습니다.
        assert!(chosen <= best * measure::TIE + 0.02, "{stdout}");
        Ok(choice.to_owned())
    }

    fn report(walls: &[(Variant, u64)]) -> Report {
        let row = |&(variant, millis): &(Variant, u64)| Row {
            job: Job {
                variant,
                workload: Load::Cpu,
                range: 0..10,
                workers: 2,
            },
            total: 45,
            samples: vec![Sample {
                wall: Duration::from_millis(millis),
                ..once(|| ()).1
            }],
        };
        Report {
            machine: Machine::detect(),
            date: now_utc(),
            runs: 1,
            rows: walls.iter().map(row).collect(),
        }
    }

    fn advice_prefers_the_lighter_of_equals() -> Outcome {
        let choose = |walls: &[(Variant, u64)]| {
            advise(&report(walls))
                .map(|Advice { choice, reason }| (choice, reason.contains("비긴")))
        };
        let (s, t, f) = (Variant::Sequential, Variant::Thread, Variant::Fork);
        assert_eq!(choose(&[(s, 100), (t, 51), (f, 50)]), Some((t, true)));
        assert_eq!(choose(&[(s, 100), (t, 60), (f, 50)]), Some((f, false)));
        assert_eq!(choose(&[(s, 52), (t, 51), (f, 50)]), Some((s, true)));
        assert_eq!(choose(&[(s, 10), (t, 51), (f, 50)]), Some((s, false)));
        assert_eq!(choose(&[]), None);
        Ok(())
    }

    fn advice_needs_one_task() -> Outcome {
        let mut mixed = report(&[(Variant::Sequential, 1), (Variant::Thread, 2)]);
        mixed.rows[1].job.range = 0..11;
        assert_eq!(advise(&mixed), None);
        Ok(())
    }

    /// 스레드의 사고는 놀이터를 통째로 끝내고, 프로세스의 사고는 혼자 끝납니다.
    fn a_crash_stays_inside_its_playground() -> Outcome {
        let output = run_example("ch05_04_crash_containment", &["--workers", "5"])?;
        assert!(output.status.success() && !output.left_behind);
        let finished: Vec<&str> = output
            .stdout
            .lines()
            .filter_map(|line| line.trim().strip_prefix("일을 마친 아이: "))
            .collect();
        assert_eq!(finished, ["0명", "4명"], "{}", output.stdout);
        assert_eq!(output.stdout.matches("SIGSEGV(11)").count(), 2);
        Ok(())
    }
}
