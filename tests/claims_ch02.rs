//! 2장의 주장을 검사합니다: 스레드, 동시성과 병렬성, 사라지는 덧셈.
//!
//! 시계로 판정하지 않습니다. 스레드 번호, 만남, 커널이 센 횟수, 바깥에서 센 스레드 수가 증인입니다.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Seek};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{available_parallelism, sleep, yield_now};
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};
use noriteo::measure::evidence::Evidence;
use noriteo::{measure, thread, work};
use regex::Regex;

use support::{MaybeLeftOut, Outcome};

/// 보일 때까지 다시 해 보는 검사가 포기하는 때입니다.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let mut trials = support::tests![
        c06_a_process_has_at_least_one_thread,
        c07_more_threads_than_cores_all_make_progress,
        c09_a_program_is_sequential_until_it_asks_for_more,
        c10_one_thread_adds_up_the_whole_range,
        c11_the_shared_list_holds_one_entry_per_worker,
        x_a_read_between_loses_exactly_one_of_two,
        x_each_cure_keeps_every_addition,
        x_rayon_does_every_piece_once,
    ];
    trials.push(Trial::ignorable_test(
        "c08_two_threads_run_at_once",
        c08_two_threads_run_at_once,
    ));
    support::run_mimic(trials)
}

// ---------------------------------------------------------------- 도구

/// 정규식의 괄호마다 맞은 글입니다. 맞은 곳마다 하나씩 돌려줍니다.
fn find_all(text: &str, pattern: &str) -> Result<Vec<Vec<String>>, Failed> {
    let regex = Regex::new(pattern)?;
    let group = |found: regex::Captures<'_>| {
        found
            .iter()
            .skip(1)
            .flatten()
            .map(|part| part.as_str().to_owned())
            .collect()
    };
    Ok(regex.captures_iter(text).map(group).collect())
}

/// 꼭 한 번 나와야 하는 수입니다.
fn number(text: &str, pattern: &str) -> Result<u64, Failed> {
    match find_all(text, pattern)?.as_slice() {
        [one] => Ok(one.concat().replace(',', "").parse()?),
        found => Err(format!("{pattern} 이(가) {}번 나왔습니다\n{text}", found.len()).into()),
    }
}

fn numbers(text: &str, pattern: &str) -> Result<Vec<u64>, Failed> {
    find_all(text, pattern)?
        .into_iter()
        .flatten()
        .map(|one| Ok(one.replace(',', "").parse()?))
        .collect()
}

/// 예제를 끝까지 돌려 표준 출력을 돌려줍니다. 0으로 끝나고 아무것도 남기지 않아야 합니다.
fn stdout_of(mut command: Command, args: &[&str]) -> Result<String, Failed> {
    command.args(args);
    let output = support::run(command, support::LIMIT)?;
    if !output.status.success() || output.left_behind || !output.stderr.is_empty() {
        return Err(format!("잘 끝나지 않았습니다: {output:?}").into());
    }
    Ok(output.stdout)
}

fn run(name: &str, args: &[&str]) -> Result<String, Failed> {
    stdout_of(support::example(name)?, args)
}

/// `everyone`명이 모두 올 때까지 기다립니다. 끝내 모이지 않으면 거짓입니다.
fn meet(arrived: &AtomicUsize, everyone: usize) -> bool {
    arrived.fetch_add(1, Ordering::SeqCst);
    let deadline = Instant::now() + PATIENCE;
    while arrived.load(Ordering::SeqCst) < everyone {
        if Instant::now() > deadline {
            return false;
        }
        yield_now();
    }
    true
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// 프로그램이 도는 동안 바깥에서 센 스레드 수의 최고 기록과, 그 프로그램의 표준 출력입니다.
fn watched(name: &str, args: &[&str]) -> Result<(usize, String), Failed> {
    let mut stdout = tempfile::tempfile()?;
    let mut child = support::example(name)?
        .args(args)
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .spawn()?;
    let tasks = format!("/proc/{}/task", child.id());
    let deadline = Instant::now() + support::LIMIT;
    let mut most = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > deadline {
            child.kill()?;
        }
        // 막 끝난 참이면 폴더가 없습니다.
        most = most.max(fs::read_dir(&tasks).map_or(0, Iterator::count));
        sleep(Duration::from_millis(1));
    };
    let mut text = String::new();
    stdout.rewind()?;
    stdout.read_to_string(&mut text)?;
    if !status.success() {
        return Err(format!("{name}: {status}\n{text}").into());
    }
    Ok((most, text))
}

// ---------------------------------------------------------------- C06

/// 주 스레드의 번호는 PID이고, 부른 만큼 늘었다가 돌아오며, 스레드가 없는 프로세스는 없습니다.
fn c06_a_process_has_at_least_one_thread() -> Outcome {
    if cfg!(target_os = "linux") {
        let pid = u64::from(std::process::id());
        assert_eq!(thread::id(), pid, "주 스레드의 번호가 PID 와 다릅니다");
        assert_eq!(thread::count_settled(1)?, 1, "혼자일 때의 스레드 수");
        for n in [1, 4, 16] {
            let (tell, told) = thread::queue()?;
            let (open, gate) = thread::queue::<()>()?;
            let children = (0..n)
                .map(|_| {
                    let (tell, gate) = (tell.clone(), gate.clone());
                    thread::spawn(move || {
                        let told = tell.send((thread::id(), std::process::id()));
                        // 여는 쪽이 사라질 때까지 머뭅니다.
                        (told, gate.recv().is_err())
                    })
                })
                .collect::<noriteo::Result<Vec<_>>>()?;
            let mut ids = BTreeSet::from([pid]);
            for _ in 0..n {
                let (id, in_pid) = told.recv()?;
                assert!(ids.insert(id), "스레드 번호 {id} 가 겹칩니다");
                assert_eq!(u64::from(in_pid), pid, "아이가 다른 프로세스에 있습니다");
            }
            assert_eq!(thread::count()?, 1 + n, "모두 머무는 동안의 스레드 수");
            drop(open);
            for child in children {
                let (told, opened) = child.join()?;
                told?;
                assert!(opened);
            }
            assert_eq!(thread::count_settled(1)?, 1, "모두 떠난 뒤의 스레드 수");
        }
        no_process_without_a_thread()?;
    }
    the_program_shows_its_threads()
}

/// 지금 이 컴퓨터의 모든 프로세스를 살펴봅니다. 그사이에 사라진 것은 빼고, 모두 스레드가 있습니다.
fn no_process_without_a_thread() -> Outcome {
    let mut seen = 0;
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let is_process = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_process {
            continue;
        }
        let Ok(tasks) = fs::read_dir(path.join("task")) else {
            continue;
        };
        let tasks = tasks.filter_map(Result::ok).count();
        // 세는 사이에 사라졌다면 0이 될 수 있습니다. 그럴 때만 아직 있는지 다시 봅니다.
        assert!(
            tasks > 0 || !path.join("stat").exists(),
            "{} 에는 스레드가 없습니다",
            path.display()
        );
        seen += usize::from(tasks > 0);
    }
    assert!(seen > 0, "프로세스를 하나도 보지 못했습니다");
    Ok(())
}

/// 셸이 제 PID를 적고 예제로 바뀝니다(exec). 예제가 적은 PID가 그것과 같아야 합니다.
fn the_program_shows_its_threads() -> Outcome {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let example = support::example("ch02_02_main_thread")?;
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "echo \"$$\"; exec \"$0\" \"$@\""])
        .arg(example.get_program());
    let text = stdout_of(shell, &["--workers", "5"])?;
    let pid = number(&text, r"\A(\d+)\n")?;
    assert_eq!(number(&text, r"이 놀이터의 PID: (\d+)")?, pid);
    assert_eq!(number(&text, r"첫째 아이의 스레드 번호: (\d+)")?, pid);
    assert_eq!(numbers(&text, r"스레드 수: (\d+)")?, [1, 6]);
    let pids = numbers(&text, r"부른 아이 \d+: PID (\d+)")?;
    assert_eq!(pids, [pid; 5], "아이들은 같은 프로세스에 있습니다\n{text}");
    let mut ids = BTreeSet::from_iter(numbers(&text, r"부른 아이 .*스레드 번호 (\d+)")?);
    ids.insert(pid);
    assert_eq!(ids.len(), 6, "여섯 스레드의 번호는 모두 다릅니다\n{text}");
    // 끝나지 않는 아이가 다섯인데도 프로그램은 여기까지 왔습니다.
    assert_eq!(number(&text, r"아직 노는 아이 (\d+)명")?, 5);
    Ok(())
}

// ---------------------------------------------------------------- C07

/// 코어보다 많은 스레드가 저마다 반을 한 뒤에 모두 만나고, 그러는 동안 코어를 빼앗깁니다.
fn c07_more_threads_than_cores_all_make_progress() -> Outcome {
    let workers = (4 * cores()).max(8);
    let deadline = Instant::now() + PATIENCE;
    let mut size = 10_000_000;
    let (switches, wall) = loop {
        let halfway = Arc::new(AtomicUsize::new(0));
        let (all_met, sample) = measure::once(|| -> noriteo::Result<bool> {
            let children = (0..workers)
                .map(|_| {
                    let halfway = Arc::clone(&halfway);
                    thread::spawn(move || {
                        work::sum(0..size);
                        // 먼저 끝까지 간 아이가 있어서는 열리지 않습니다. 모두 반을 해야 열립니다.
                        let met = meet(&halfway, workers);
                        work::sum(0..size);
                        met
                    })
                })
                .collect::<noriteo::Result<Vec<_>>>()?;
            let mut all = true;
            for child in children {
                all &= child.join()?;
            }
            Ok(all)
        });
        assert!(all_met?, "{workers}개의 스레드가 모두 반을 하지 못했습니다");
        let Some(switches) = sample.involuntary_switches else {
            return Ok(()); // 세어 주지 않는 운영체제입니다.
        };
        if switches > 0 {
            break (switches, sample.wall);
        }
        assert!(Instant::now() < deadline, "코어를 빼앗기지 않았습니다");
        size *= 2;
    };
    let rate = switches as f64 / wall.as_secs_f64();
    let what = format!(
        "코어 {}개에 스레드 {workers}개일 때의 비자발적 문맥 전환",
        cores()
    );
    support::evidence(
        "c07",
        &[Evidence::new("C07", what, rate, "회/초").at_least(f64::MIN_POSITIVE)],
    )?;

    let workers = 2 * cores();
    loop {
        let text = run(
            "ch02_05_more_threads_than_cores",
            &["--workers", &workers.to_string(), "--size", "150000000"],
        )?;
        let lanes = find_all(&text, r"(?m)^(\d+)번 +([#.]+)$")?;
        assert_eq!(lanes.len(), workers, "{text}");
        for lane in &lanes {
            assert!(
                lane[1].contains('#'),
                "{}번이 일하지 않았습니다\n{text}",
                lane[0]
            );
        }
        let progress = numbers(&text, r"번 아이: (\d+)%")?;
        assert_eq!(progress.len(), workers, "{text}");
        assert!(
            progress.contains(&100) && progress.iter().all(|&p| p <= 100),
            "{text}"
        );
        // 차례로 하나씩 했다면 첫째가 다 했을 때 나머지는 언제나 0%입니다.
        let switches = number(&text, r"비자발적 문맥 전환: (\d+)회")?;
        if switches > 0 && !progress.contains(&0) {
            return Ok(());
        }
        assert!(
            Instant::now() < deadline,
            "예제의 아이들이 번갈아 하지 않았습니다\n{text}"
        );
    }
}

// ---------------------------------------------------------------- C08

/// 두 스레드가 만나고(동시성), CPU 시간의 합이 벽시계를 넘는 때가 있습니다(병렬성).
fn c08_two_threads_run_at_once() -> MaybeLeftOut {
    const ROUNDS: usize = 1000;
    let arrived: Arc<Vec<AtomicUsize>> = Arc::new((0..ROUNDS).map(|_| 0.into()).collect());
    let rounds = || {
        let arrived = Arc::clone(&arrived);
        // 한 번이라도 만나지 못하면 거기서 그칩니다.
        thread::spawn(move || arrived.iter().take_while(|round| meet(round, 2)).count())
    };
    let (first, second) = (rounds()?, rounds()?);
    assert_eq!((first.join()?, second.join()?), (ROUNDS, ROUNDS));
    let text = run("ch02_06_concurrent_or_parallel", &["--rounds", "37"])?;
    assert_eq!(numbers(&text, r"만난 횟수 \[(\d+), (\d+)\]")?, [37, 37]);

    if cores() == 1 {
        return support::left_out("코어가 하나라 병렬성은 볼 수 없습니다");
    }
    if !cfg!(unix) {
        return Ok(Completion::ignored_with("거름: CPU 시간을 세지 않습니다"));
    }
    let deadline = Instant::now() + PATIENCE;
    let ratio = loop {
        let ratio = support::busiest_window_of_two_threads()?;
        // 한 번에 하나만 돌았다면 1을 넘지 못합니다. 커널이 세는 눈금만큼은 넉넉히 봅니다.
        if ratio > 1.1 {
            break ratio;
        }
        assert!(
            Instant::now() < deadline,
            "두 스레드가 나란히 돈 적이 없습니다"
        );
    };
    let what = "두 스레드가 나란히 도는 짧은 토막에서 CPU 시간의 합은 벽시계의 몇 배까지인가";
    support::evidence(
        "c08",
        &[Evidence::new("C08", what, ratio, "배").at_least(1.0)],
    )?;

    let found = find_all(
        &text,
        r"벽시계로 ([\d.]+) (\S+) 동안 CPU 시간을 ([\d.]+) (\S+) 썼",
    )?;
    let [found] = found.as_slice() else {
        return Err(format!("예제가 병렬성을 보지 못했습니다\n{text}").into());
    };
    let seconds = |value: &str, unit: &str| -> Result<f64, Failed> {
        let scale = match unit {
            "ns" => 1e-9,
            "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            _ => return Err(format!("모르는 단위 {unit}").into()),
        };
        Ok(value.parse::<f64>()? * scale)
    };
    assert!(
        seconds(&found[2], &found[3])? > seconds(&found[0], &found[1])?,
        "{text}"
    );
    Ok(Completion::Completed)
}

// ---------------------------------------------------------------- C09, C10

/// 바깥에서 보아도 스레드는 끝까지 하나이고, 모든 토막을 그 하나가 합니다.
fn c09_a_program_is_sequential_until_it_asks_for_more() -> Outcome {
    let size = ["--size", "60000000"];
    let (most, text) = watched("ch02_03_sum_one_thread", &size)?;
    let ids = numbers(&text, r"(?m)^\d+\.\.\d+: PID \d+, 스레드 번호 (\d+)$")?;
    assert_eq!(ids.len(), 4, "{text}");
    assert_eq!(
        BTreeSet::from_iter(ids).len(),
        1,
        "여러 스레드가 했습니다\n{text}"
    );
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    assert_eq!(most, 1, "혼자 하는 프로그램에 스레드가 {most}개 있었습니다");
    // 같은 눈으로, 부탁한 프로그램에서는 여럿이 보입니다. 눈이 먼 것이 아닙니다.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (most, _) = watched("ch02_04_sum_two_threads", &size)?;
        if most >= 3 {
            return Ok(());
        }
        assert!(
            Instant::now() < deadline,
            "둘을 불렀는데 {most}개만 보입니다"
        );
    }
}

/// 범위를 빈틈없이, 끝의 수는 빼고, 한 스레드가 더합니다.
fn c10_one_thread_adds_up_the_whole_range() -> Outcome {
    const TOTAL: u64 = 4_999_999_950_000_000;
    let text = run("ch02_03_sum_one_thread", &[])?;
    assert_eq!(number(&text, r"(?m)^합: (\d+)$")?, TOTAL);
    assert_eq!(number(&text, r"공식으로 구한 합: (\d+)")?, TOTAL);
    let parts = numbers(&text, r"(?m)^(\d+)\.\.(\d+): ")?;
    let edges: Vec<_> = parts.chunks(2).collect();
    assert_eq!(
        (parts[0], parts[parts.len() - 1]),
        (0, 100_000_000),
        "{text}"
    );
    assert!(edges.windows(2).all(|two| two[0][1] == two[1][0]), "{text}");
    if cfg!(target_os = "linux") {
        for both in find_all(&text, r"PID (\d+), 스레드 번호 (\d+)")? {
            assert_eq!(
                both[0], both[1],
                "주 스레드가 아닌 스레드가 더했습니다\n{text}"
            );
        }
    }

    let (total, sample) = measure::once(|| work::sum(0..100_000_000));
    assert_eq!(total, TOTAL);
    assert_eq!(
        work::sum(0..100_000_001) - total,
        100_000_000,
        "끝의 수는 더하지 않습니다"
    );
    assert_eq!(work::sum(1..100_000_000), total, "0은 더하나 마나입니다");
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let mut rows = vec![Evidence::new(
        "C10",
        "한 스레드의 합, 벽시계",
        ms(sample.wall),
        "ms",
    )];
    rows.extend(
        sample
            .cpu()
            .map(|cpu| Evidence::new("C10", "한 스레드의 합, CPU 시간", ms(cpu), "ms")),
    );
    support::evidence("c10", &rows)
}

// ---------------------------------------------------------------- C11

/// 문을 열기 전에는 비어 있고, 모두 기다린 뒤에는 아이마다 꼭 한 칸입니다.
fn c11_the_shared_list_holds_one_entry_per_worker() -> Outcome {
    const END: u64 = 1_000_000;
    for workers in [1, 2, 3, 8, 32] {
        let result = Arc::new(Mutex::new(Vec::new()));
        let list = || {
            result
                .lock()
                .map(|list| list.clone())
                .map_err(|e| e.to_string())
        };
        let (open, gate) = thread::queue::<()>()?;
        let mut children = Vec::new();
        for (id, part) in work::split(0..END, workers).enumerate() {
            let (result, gate) = (Arc::clone(&result), gate.clone());
            children.push(thread::spawn(move || {
                let opened = gate.recv().is_err();
                let total = work::sum(part);
                if let Ok(mut list) = result.lock() {
                    list.push((id, total, thread::id()));
                }
                opened
            })?);
        }
        assert_eq!(list()?.len(), 0, "아직 아무도 적지 않았습니다");
        drop(open);
        for child in children {
            assert!(child.join()?);
        }
        let mut entries = list()?;
        entries.sort();
        let expected: Vec<_> = work::split(0..END, workers)
            .map(work::expected)
            .collect::<noriteo::Result<_>>()?;
        assert_eq!(entries.len(), workers);
        for (at, ((id, total, _), expected)) in entries.iter().zip(expected).enumerate() {
            assert_eq!((*id, *total), (at, expected));
        }
        let ids = BTreeSet::from_iter(entries.iter().map(|entry| entry.2));
        assert_eq!(ids.len(), workers, "저마다 다른 스레드가 적었습니다");
    }

    let text = run("ch02_01_spawn_join", &["--workers", "7"])?;
    assert_eq!(number(&text, r"문을 열기 전의 목록: (\d+)칸")?, 0);
    assert_eq!(number(&text, r"기다린 뒤의 목록: (\d+)칸")?, 7);
    let mut ids = numbers(&text, r"(?m)^(\d+)번 아이, ")?;
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7], "{text}");
    let threads = BTreeSet::from_iter(numbers(&text, r"스레드 번호 (\d+)")?);
    assert_eq!(threads.len(), 7, "{text}");

    let text = run(
        "ch02_04_sum_two_threads",
        &["--workers", "5", "--size", "1001"],
    )?;
    let parts = numbers(&text, r"번 아이, 스레드 번호 \d+: (\d+)")?;
    assert_eq!(parts.len(), 5, "{text}");
    assert_eq!(parts.iter().sum::<u64>(), 500_500);
    assert_eq!(number(&text, r"(?m)^합: (\d+)$")?, 500_500);
    Ok(())
}

// ---------------------------------------------------------------- 사라지는 덧셈

/// 둘 다 읽은 다음에 쓰게 하면, 두 번의 덧셈 가운데 꼭 한 번이 사라집니다.
fn x_a_read_between_loses_exactly_one_of_two() -> Outcome {
    for rounds in ["1", "2", "77", "3000"] {
        let text = run("ch02_07_race", &["--rounds", rounds, "--times", "10"])?;
        let half: u64 = rounds.parse()?;
        let found = numbers(
            &text,
            r"틈을 맞추면 1을 ([\d,]+)번 더해 ([\d,]+)\n  사라진 덧셈: ([\d,]+)번",
        )?;
        assert_eq!(found, [2 * half, half, half], "{text}");
        let free = numbers(
            &text,
            r"내버려 두면 1을 ([\d,]+)번 더해 ([\d,]+)\n  사라진 덧셈: ([\d,]+)번",
        )?;
        assert_eq!(free[0], 20, "{text}");
        assert!(free[1] <= 20 && free[1] + free[2] == 20, "{text}");
    }
    Ok(())
}

/// 락, 원자 연산, 메시지는 덧셈을 하나도 잃지 않습니다.
fn x_each_cure_keeps_every_addition() -> Outcome {
    let times = ["--times", "300000"];
    let text = run("ch02_08_lock", &times)?;
    assert_eq!(
        numbers(&text, r"1을 ([\d,]+)번 더해 ([\d,]+)")?,
        [600_000; 2]
    );
    assert_eq!(number(&text, r"락 안에 함께 있던 아이: 많아야 (\d+)명")?, 1);
    // 두 걸음으로 나뉘어 있어도 운이 좋으면 잃지 않으므로, 넉넉히 여러 번 봅니다.
    for _ in 0..3 {
        let text = run("ch02_09_atomic", &["--times", "3000000"])?;
        assert_eq!(
            numbers(&text, r"1을 ([\d,]+)번 더해 ([\d,]+)")?,
            [6_000_000; 2]
        );
        assert_eq!(number(&text, r"서로 다른 번호표: ([\d,]+)장")?, 6_000_000);
    }
    let text = run("ch02_10_message", &["--workers", "6", "--size", "1001"])?;
    let parts = numbers(&text, r"번 아이의 쪽지: (\d+)")?;
    assert_eq!(parts.len(), 6, "{text}");
    assert_eq!(parts.iter().sum::<u64>(), 500_500);
    assert_eq!(number(&text, r"(?m)^합: (\d+)")?, 500_500);
    Ok(())
}

/// rayon이 어떻게 나누든 조각은 꼭 한 번씩 하고, 아이들의 몫을 더하면 전부입니다.
fn x_rayon_does_every_piece_once() -> Outcome {
    for size in ["1", "63", "1001", "5000000"] {
        let text = run("ch02_11_rayon", &["--workers", "3", "--size", size])?;
        let size: u64 = size.parse()?;
        assert_eq!(
            number(&text, r"(?m)^합: (\d+)$")?,
            size * (size - 1) / 2,
            "{text}"
        );
        let shares = numbers(&text, r"(?m)^  \d번 아이: 수의 (\d+)%")?;
        assert_eq!(shares.len(), 3, "{text}");
        // 저마다 반올림하므로 1쯤은 어긋납니다.
        assert!((99..=101).contains(&shares.iter().sum::<u64>()), "{text}");
    }
    Ok(())
}
