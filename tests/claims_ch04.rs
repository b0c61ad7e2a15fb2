//! 4장의 주장을 검사합니다: 여러 프로세스, 큐와 감시값, 파이프, 그리고 함정들.
//!
//! 시계로 판정하지 않습니다. PID, 만남, 운영체제가 센 CPU 시간, 시그널, 값이 증인입니다.
//! fork하므로 본 스레드에서 하나씩 돌립니다.

mod support;

use std::collections::BTreeSet;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};
use noriteo::measure::evidence::Evidence;
use noriteo::process::{Connection, JoinHandle, Receiver, Sender, fork, pipe, queue};
use noriteo::{thread, work};
use regex::Regex;

use support::{MaybeLeftOut, Outcome};

/// 보일 때까지 다시 해 보는 검사가 포기하는 때입니다.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    if cfg!(not(unix)) {
        println!("거름: 4장의 검사는 fork가 있는 Unix에서 돕니다");
        return ExitCode::SUCCESS;
    }
    let mut trials = support::tests![
        c17_porting_changes_two_things,
        c18_a_sentinel_ends_the_loop_with_everything_received,
        c20_the_same_program_moves_to_many_processes,
        c21_separate_memory_must_exchange_messages,
        x_join_before_drain_deadlocks,
        x_a_childs_death_is_told_and_leaves_no_zombie,
        x_spawn_starts_afresh_and_fork_copies,
        x_fork_beside_a_locked_thread_never_unlocks,
    ];
    trials.push(Trial::ignorable_test(
        "c16_two_processes_run_at_once",
        c16_two_processes_run_at_once,
    ));
    support::run_mimic(trials)
}

// ---------------------------------------------------------------- 도구

/// 예제를 끝까지 돌려 표준 출력을 돌려줍니다. 0으로 끝나고 아무도 남기지 않아야 합니다.
fn stdout_of(mut command: Command, args: &[&str]) -> Result<String, Failed> {
    command.args(args).env("RUST_BACKTRACE", "0");
    let output = support::run(command, support::LIMIT)?;
    if !output.status.success() || output.left_behind {
        return Err(format!("잘 끝나지 않았습니다: {output:?}").into());
    }
    Ok(output.stdout)
}

fn run(name: &str, args: &[&str]) -> Result<String, Failed> {
    stdout_of(support::example(name)?, args)
}

/// 셸이 제 PID를 적고 예제로 바뀝니다(exec). 그래서 예제의 PID를 예제 말고도 압니다.
fn run_with_pid(name: &str, args: &[&str]) -> Result<(u64, String), Failed> {
    let example = support::example(name)?;
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "echo \"$$\"; exec \"$0\" \"$@\""])
        .arg(example.get_program())
        .env_remove("NORITEO_SIZE")
        .current_dir(support::root());
    let text = stdout_of(shell, args)?;
    let (pid, rest) = text.split_once('\n').ok_or("셸의 PID가 없습니다")?;
    Ok((pid.parse()?, rest.to_owned()))
}

/// 정규식에 맞은 곳마다, 괄호로 묶은 수들입니다.
fn numbers(text: &str, pattern: &str) -> Result<Vec<Vec<u64>>, Failed> {
    let regex = Regex::new(pattern)?;
    regex
        .captures_iter(text)
        .map(|found| {
            let groups = found.iter().skip(1).flatten();
            Ok(groups
                .map(|group| group.as_str().parse())
                .collect::<Result<_, _>>()?)
        })
        .collect()
}

/// 꼭 한 번 나와야 하는 수들입니다.
fn once<const N: usize>(text: &str, pattern: &str) -> Result<[u64; N], Failed> {
    match numbers(text, pattern)?.as_slice() {
        [one] => Ok(one.clone().try_into().map_err(|_| "괄호의 수가 다릅니다")?),
        found => Err(format!("{pattern} 이(가) {}번 나왔습니다\n{text}", found.len()).into()),
    }
}

/// 쪽지마다 (번호, 합, 보낸 PID)와, 합한 값과 합한 PID입니다.
type Notes = (Vec<(u64, u64, u64)>, u64, u64);

/// `ch02_10`과 `ch04_01`이 적은 것을 읽습니다.
fn notes(text: &str) -> Result<Notes, Failed> {
    let lines = numbers(text, r"(?m)^(\d+)번 아이의 쪽지: (\d+) \(PID (\d+)\)$")?;
    let mut notes: Vec<_> = lines.iter().map(|n| (n[0], n[1], n[2])).collect();
    notes.sort_unstable();
    let [total, pid] = once(text, r"(?m)^합: (\d+) \(PID (\d+)\)$")?;
    assert_eq!(text.lines().count(), notes.len() + 1, "{text}");
    Ok((notes, total, pid))
}

/// 몫마다의 합이 맞는지 봅니다.
fn check_parts(notes: &Notes, size: u64, workers: usize) -> Outcome {
    let parts = work::split(0..size, workers).map(work::expected);
    let parts = parts.collect::<noriteo::Result<Vec<_>>>()?;
    let told: Vec<_> = notes.0.iter().map(|(_, part, _)| *part).collect();
    assert_eq!(told, parts);
    assert_eq!(notes.1, work::expected(0..size)?);
    Ok(())
}

// ---------------------------------------------------------------- C16

/// 두 프로세스가 서로 만나고(동시성), CPU 시간의 합이 벽시계를 넘는 때가 있습니다(병렬성).
fn c16_two_processes_run_at_once() -> MaybeLeftOut {
    const ROUNDS: u64 = 200;
    // 한 번이라도 혼자 달렸다면 상대의 대답이 오지 않아 끝나지 못합니다.
    fn meet(mut other: Connection<u64>) -> Option<u32> {
        for round in 0..ROUNDS {
            other.send(round).ok()?;
            if other.recv().ok()? != round {
                return None;
            }
        }
        Some(std::process::id())
    }
    let (left, right) = pipe()?;
    let first = fork(move || meet(left))?;
    let second = fork(move || meet(right))?;
    let handles = [first.pid(), second.pid()];
    let told = [first.join()?, second.join()?];
    assert_eq!(told, handles.map(Some), "두 프로세스가 만나지 못했습니다");
    let everyone = BTreeSet::from([handles[0], handles[1], std::process::id()]);
    assert_eq!(everyone.len(), 3, "PID 셋이 모두 달라야 합니다");

    let (pid, text) = run_with_pid("ch04_01_process_sum", &[])?;
    let told = notes(&text)?;
    check_parts(&told, 100_000_000, 2)?;
    assert_eq!(told.2, pid, "합한 것은 부모여야 합니다");
    let pids = BTreeSet::from_iter(told.0.iter().map(|(_, _, pid)| *pid).chain([pid]));
    assert_eq!(
        pids.len(),
        3,
        "자식 둘과 부모의 PID가 모두 달라야 합니다\n{text}"
    );

    if available_parallelism().map_or(1, usize::from) == 1 {
        return support::left_out("코어가 하나라 병렬성은 볼 수 없습니다");
    }
    let deadline = Instant::now() + PATIENCE;
    let ratio = loop {
        let ratio = support::busiest_window_of_two_processes()?;
        // 한 번에 하나씩만 돌았다면 1을 넘지 못합니다. 커널의 눈금만큼 넉넉히 봅니다.
        if ratio > 1.1 {
            break ratio;
        }
        assert!(
            Instant::now() < deadline,
            "두 프로세스가 나란히 돈 적이 없습니다. 마지막으로 본 가장 큰 비: {ratio}"
        );
    };
    let what = "두 프로세스가 나란히 돈 토막에서 CPU 시간의 합은 벽시계의 몇 배인가";
    support::evidence(
        "c16",
        &[Evidence::new("C16", what, ratio, "배").at_least(1.0)],
    )?;
    Ok(Completion::Completed)
}

// ---------------------------------------------------------------- C17

/// 주석을 뺀 러스트 글을 토큰으로 나눕니다. 글(문자열)은 토큰 하나입니다.
fn tokens(source: &str) -> Result<Vec<String>, Failed> {
    let regex = Regex::new(r#"//[^\n]*|"(?:[^"\\]|\\.)*"|[\p{L}_][\p{L}\p{N}_]*|\d[\d_]*|\S"#)?;
    let found = regex.find_iter(source).map(|token| token.as_str());
    Ok(found
        .filter(|token| !token.starts_with("//"))
        .map(str::to_owned)
        .collect())
}

/// 가장 긴 공통 부분을 뺀, 앞에만 있는 것과 뒤에만 있는 것입니다.
fn difference(old: &[String], new: &[String]) -> (Vec<String>, Vec<String>) {
    let mut longest = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i][j] = if old[i] == new[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            gone.push(old[i].clone());
            i += 1;
        } else {
            come.push(new[j].clone());
            j += 1;
        }
    }
    (gone, come)
}

/// 스레드 판과 프로세스 판은 가져다 쓰는 이름 둘(만드는 것, 주고받는 것)만 다릅니다.
fn c17_porting_changes_two_things() -> Outcome {
    let source = |name: &str| support::read(&support::root().join(format!("examples/{name}.rs")));
    let thread_text = source("ch02_10_message")?;
    let process_text = source("ch04_01_process_sum")?;
    let (gone, come) = difference(&tokens(&thread_text)?, &tokens(&process_text)?);
    let is_text = |token: &&String| token.starts_with('"');
    // 글은 프로그램의 이름과 제목, 둘뿐입니다.
    assert_eq!(gone.iter().filter(is_text).count(), 2, "{gone:?}");
    assert_eq!(come.iter().filter(is_text).count(), 2, "{come:?}");
    let code = |tokens: &[String]| -> Vec<String> {
        let code = tokens.iter().filter(|token| !is_text(token));
        code.cloned().collect()
    };
    let (gone, come) = (code(&gone), code(&come));
    let changed = gone.len() + come.len();
    assert!(changed > 0, "두 프로그램이 같습니다");
    support::evidence(
        "c17",
        &[Evidence::new(
            "C17",
            "스레드 판을 프로세스 판으로 옮길 때 달라지는 토큰(제목과 주석을 뺌)",
            changed as f64,
            "개",
        )
        .at_most(8.0)],
    )?;

    // 달라진 것은 모두 use 한 줄 안에 있습니다. 그 줄을 빼면 코드가 같습니다.
    let rest = |text: &str, module: &str| -> Result<Vec<String>, Failed> {
        let line = format!("    {module}::{{");
        let used = text.lines().filter(|l| l.starts_with(&line)).count();
        assert_eq!(used, 1, "{module} 을(를) 가져다 쓰는 줄이 하나여야 합니다");
        let others = text.lines().filter(|l| !l.starts_with(&line));
        let others = tokens(&others.collect::<Vec<_>>().join("\n"))?;
        Ok(others.into_iter().filter(|t| !t.starts_with('"')).collect())
    };
    assert_eq!(
        rest(&thread_text, "thread")?,
        rest(&process_text, "process")?
    );

    // 같은 글이 한쪽에서는 한 놀이터에서, 한쪽에서는 여러 놀이터에서 돌아 같은 답을 냅니다.
    let (threads, processes) = (
        run("ch02_10_message", &[])?,
        run("ch04_01_process_sum", &[])?,
    );
    let (threads, processes) = (notes(&threads)?, notes(&processes)?);
    let answers = |notes: &Notes| -> Vec<(u64, u64)> {
        notes.0.iter().map(|(id, part, _)| (*id, *part)).collect()
    };
    assert_eq!(answers(&threads), answers(&processes));
    assert_eq!(threads.1, processes.1);
    assert!(threads.0.iter().all(|(_, _, pid)| *pid == threads.2));
    assert!(processes.0.iter().all(|(_, _, pid)| *pid != processes.2));
    Ok(())
}

// ---------------------------------------------------------------- C18

type Note = Option<u64>;

/// 시키는 대로 한 장씩 보내는 아이입니다. 보낼 때마다 보냈다고 알립니다.
struct Producer {
    orders: Connection<Note>,
    child: JoinHandle<bool>,
}

impl Producer {
    fn start(notes: &Sender<Note>) -> Result<Producer, Failed> {
        let (orders, mut ordered) = pipe::<Note>()?;
        let notes = notes.clone();
        let child = fork(move || {
            while let Ok(note) = ordered.recv() {
                if notes.send(note).and_then(|()| ordered.send(note)).is_err() {
                    return false;
                }
            }
            true
        })?;
        Ok(Producer { orders, child })
    }

    /// 쪽지를 보내게 하고, 큐에 들어간 것을 확인합니다.
    fn send(&mut self, note: Note) -> Outcome {
        self.orders.send(note)?;
        assert_eq!(self.orders.recv()?, note);
        Ok(())
    }

    fn finish(self) -> Outcome {
        drop(self.orders);
        assert!(self.child.join()?);
        Ok(())
    }
}

/// `stops`개의 감시값을 볼 때까지 읽은 값입니다.
fn read_until(arrived: &Receiver<Note>, mut stops: usize) -> Result<Vec<u64>, Failed> {
    let mut read = Vec::new();
    while stops > 0 {
        match arrived.recv()? {
            Some(value) => read.push(value),
            None => stops -= 1,
        }
    }
    Ok(read)
}

/// 아이 셋이 둘씩 보낼 때 있을 수 있는 모든 차례입니다(90가지).
fn schedules() -> Vec<Vec<usize>> {
    fn extend(left: &mut [usize; 3], so_far: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
        if left.iter().all(|n| *n == 0) {
            all.push(so_far.clone());
        }
        for who in 0..3 {
            if left[who] > 0 {
                left[who] -= 1;
                so_far.push(who);
                extend(left, so_far, all);
                so_far.pop();
                left[who] += 1;
            }
        }
    }
    let mut all = Vec::new();
    extend(&mut [2; 3], &mut Vec::new(), &mut all);
    all
}

/// 아이마다 감시값을 하나씩 넣으면, 있을 수 있는 모든 차례에서 빠짐없이 받습니다.
/// 부모가 하나만 넣으면 그 뒤에 온 것을 잃습니다.
fn c18_a_sentinel_ends_the_loop_with_everything_received() -> Outcome {
    let all = schedules();
    assert_eq!(all.len(), 90);
    for schedule in &all {
        let (notes, arrived) = queue()?;
        let mut producers = (0..3)
            .map(|_| Producer::start(&notes))
            .collect::<Result<Vec<_>, _>>()?;
        let mut sent = [false; 3];
        let mut order = Vec::new();
        for &who in schedule {
            let value = 10 * (who as u64 + 1);
            // 첫 차례에는 값을, 둘째 차례에는 감시값을 보냅니다.
            producers[who].send((!sent[who]).then_some(value))?;
            if !sent[who] {
                order.push(value);
            }
            sent[who] = true;
        }
        drop(notes);
        assert_eq!(read_until(&arrived, 3)?, order, "차례 {schedule:?}");
        // 아이들이 아직 살아 있어도 반복문은 끝났고, 남은 것은 없습니다.
        producers.into_iter().try_for_each(Producer::finish)?;
        assert_eq!(arrived.iter().count(), 0, "차례 {schedule:?}");
    }

    let values = [10, 20, 30];
    for waited in 0..=values.len() {
        let (notes, arrived) = queue()?;
        let mut producer = Producer::start(&notes)?;
        for (turn, value) in values.into_iter().enumerate() {
            if turn == waited {
                notes.send(None)?;
            }
            producer.send(Some(value))?;
        }
        producer.finish()?;
        if waited == values.len() {
            notes.send(None)?;
        }
        drop(notes);
        assert_eq!(read_until(&arrived, 1)?, values[..waited]);
        let lost: Vec<_> = arrived.iter().flatten().collect();
        assert_eq!(lost, values[waited..], "STOP 뒤에 온 것이 남아야 합니다");
    }

    let text = run("ch04_02_sentinel", &[])?;
    let told = numbers(
        &text,
        r"STOP: 읽은 쪽지 (\d+)장, 합 (\d+), 남은 쪽지 (\d+)장",
    )?;
    assert_eq!(told, [[3, 60, 0], [2, 30, 1], [3, 60, 0]], "{text}");
    Ok(())
}

// ---------------------------------------------------------------- C20

/// 같은 실행 파일이 한 프로세스로도 여러 프로세스로도 같은 답을 냅니다.
/// 여러 컴퓨터에서 도는 것은 여기서 검사하지 않습니다. 뒤의 장이 맡습니다.
fn c20_the_same_program_moves_to_many_processes() -> Outcome {
    let mut totals = BTreeSet::new();
    for workers in [1, 2, 3, 8] {
        let (pid, text) =
            run_with_pid("ch04_01_process_sum", &["--workers", &workers.to_string()])?;
        let told = notes(&text)?;
        check_parts(&told, 100_000_000, workers)?;
        assert_eq!(told.2, pid);
        let pids = BTreeSet::from_iter(told.0.iter().map(|(_, _, pid)| *pid));
        assert_eq!(pids.len(), workers, "프로세스의 수가 다릅니다\n{text}");
        assert!(!pids.contains(&pid), "부모가 일했습니다\n{text}");
        totals.insert(told.1);
    }
    assert_eq!(totals, BTreeSet::from([4_999_999_950_000_000]));
    Ok(())
}

// ---------------------------------------------------------------- C21

/// 같은 주소에서 자식이 고친 값은 부모에게 보이지 않고, 쪽지는 옵니다.
fn c21_separate_memory_must_exchange_messages() -> Outcome {
    static TOYS: AtomicU64 = AtomicU64::new(1);
    let here = (&raw const TOYS).addr();
    let (mut ours, mut theirs) = pipe::<(u64, u64)>()?;
    let child = fork(move || {
        TOYS.store(42, SeqCst);
        let told = theirs.send(((&raw const TOYS).addr() as u64, TOYS.load(SeqCst)));
        // 부모가 제 값을 볼 때까지, 고친 값을 쥔 채 살아 있습니다.
        told.and_then(|()| theirs.recv())
            .is_ok_and(|(_, parents)| parents == 1 && TOYS.load(SeqCst) == 42)
    })?;
    let (there, told) = ours.recv()?;
    assert_eq!((there, told), (here as u64, 42), "쪽지는 건너와야 합니다");
    assert_eq!(TOYS.load(SeqCst), 1, "자식이 고친 값이 부모에게 보입니다");
    ours.send((0, TOYS.load(SeqCst)))?;
    assert!(child.join()?);
    // 같은 일을 스레드가 하면 보입니다.
    thread::spawn(|| TOYS.store(42, SeqCst))?.join()?;
    assert_eq!(TOYS.load(SeqCst), 42);

    let (pid, text) = run_with_pid("ch04_03_pipe", &["--messages", "20000", "--runs", "3"])?;
    let [child, toys] = once(&text, r"자식\(PID (\d+)\)이 쪽지에 적은 장난감: (\d+)개")?;
    let [parent, kept] = once(&text, r"부모\(PID (\d+)\)가 보는 장난감: (\d+)개")?;
    let [after] = once(&text, r"스레드가 한 뒤: (\d+)개")?;
    assert_eq!((toys, kept, after), (42, 1, 42), "{text}");
    assert!(parent == pid && child != pid, "{text}");
    let regex = Regex::new(
        r"(큐|파이프), (8바이트|1 MiB) 쪽지: 한 장에 ([\d.]+) (ns|µs|ms|s) .*1초에 ([\d.]+) MB",
    )?;
    let mut rows = Vec::new();
    for found in regex.captures_iter(&text) {
        let scale = match &found[4] {
            "ns" => 1.0,
            "µs" => 1e3,
            "ms" => 1e6,
            _ => 1e9,
        };
        let nanos = found[3].parse::<f64>()? * scale;
        let speed = found[5].parse::<f64>()?;
        let (what, size) = (&found[1], &found[2]);
        // 적힌 두 값은 같은 시간에서 나왔습니다. 반올림한 만큼만 어긋납니다.
        let bytes = if size == "1 MiB" {
            f64::from(1 << 20)
        } else {
            8.0
        };
        assert!((bytes / nanos * 1e3 / speed - 1.0).abs() < 0.1, "{text}");
        let (what, figure, unit) = if bytes == 8.0 {
            (
                format!("{what}로 8바이트 쪽지 한 장을 건네는 시간"),
                nanos,
                "ns",
            )
        } else {
            (format!("{what}로 1 MiB 쪽지를 건네는 속도"), speed, "MB/s")
        };
        rows.push(Evidence::new("C21", what, figure, unit).at_least(f64::MIN_POSITIVE));
    }
    assert_eq!(rows.len(), 4, "{text}");
    support::evidence("c21", &rows)
}

// ---------------------------------------------------------------- 바로잡은 것

/// 파이프에 들어가지 않는 쪽지를 보내는 자식은, 꺼내기 전에는 끝나지 못합니다.
fn x_join_before_drain_deadlocks() -> Outcome {
    let big = vec![7_u8; 1 << 20];
    let (notes, arrived) = queue()?;
    let child = fork({
        let big = big.clone();
        move || notes.send(big).is_ok()
    })?;
    // 아무도 꺼내지 않는 동안에는 언제까지 기다려도 끝나지 않습니다.
    assert!(!child.wait_timeout(Duration::from_millis(300))?);
    assert_eq!(arrived.recv()?, big);
    assert!(child.join()?);
    // join이 돌려주는 값은 먼저 읽고 기다리므로 걸리지 않습니다.
    assert_eq!(fork(move || vec![7_u8; 1 << 20])?.join()?, big);

    let text = run("ch04_04_join_before_drain", &[])?;
    if cfg!(target_os = "linux") {
        let [parent] = once(&text, r"부모 PID (\d+): 상태 S")?;
        let [child] = once(&text, r"자식 PID (\d+): 상태 S")?;
        assert_ne!(parent, child);
        let [killed] = once(
            &text,
            r#"부모의 결과: Err\("자식\(PID (\d+)\)이 시그널 SIGKILL\(9\)"#,
        )?;
        assert_eq!(
            killed, child,
            "감시자가 끝낸 것은 그 자식이어야 합니다\n{text}"
        );
    }
    assert_eq!(once(&text, r"\[비운 뒤 기다리기\] (\d+)바이트")?, [1 << 20]);
    assert_eq!(once(&text, r"\[join이 돌려준 값\] (\d+)바이트")?, [1 << 20]);
    // 파이프에 들어가는 크기에서는 같은 차례가 우연히 됩니다.
    let text = run("ch04_04_join_before_drain", &["--kib", "1"])?;
    assert_eq!(once(&text, r"부모의 결과: Ok\((\d+)\)")?, [1024]);
    assert!(!text.contains("감시자"), "{text}");
    Ok(())
}

/// 자식이 어떻게 끝났는지를 저마다 알리고, 부모는 살아 있고, 좀비는 없습니다.
fn x_a_childs_death_is_told_and_leaves_no_zombie() -> Outcome {
    let (pid, text) = run_with_pid("ch04_05_child_dies", &[])?;
    let mut dead = BTreeSet::new();
    for pattern in [
        r"(?m)^exit\(3\): 자식\(PID (\d+)\)이 .*종료 코드 3\D",
        r"(?m)^exit\(0\): 자식\(PID (\d+)\)이 결과를 남기지 않고",
        r"(?m)^abort\(\): 자식\(PID (\d+)\)이 시그널 SIGABRT\(6\)",
        r"(?m)^울타리 밖: 자식\(PID (\d+)\)이 시그널 SIGSEGV\(11\)",
        r"(?m)^kill\(\): 자식\(PID (\d+)\)이 시그널 SIGKILL\(9\)",
    ] {
        let [child] = once(&text, pattern)?;
        dead.insert(child);
    }
    assert_eq!(dead.len(), 5, "{text}");
    assert!(
        text.contains("panic!: 패닉이 났습니다: 장난감이 없습니다\n"),
        "{text}"
    );
    let [parent] = once(
        &text,
        r"부모\(PID (\d+)\)는 살아 있고, 거두지 않은 자식은 없습니다",
    )?;
    assert_eq!(parent, pid);
    Ok(())
}

/// fork한 자식은 값과 파일과 주소를 물려받고, spawn한 자식은 처음부터 시작합니다.
fn x_spawn_starts_afresh_and_fork_copies() -> Outcome {
    let text = run("ch04_06_fork_vs_spawn", &[])?;
    let regex = Regex::new(
        r"(?m)^(부모|fork|spawn): +PID (\d+), 장난감 (\d)개, 부모가 연 파일은 (보임|안 보임), look의 주소 0x([0-9a-f]+)$",
    )?;
    let rows: Vec<[&str; 5]> = regex
        .captures_iter(&text)
        .map(|found| found.extract().1)
        .collect();
    let [parent, forked, spawned] = rows.as_slice() else {
        return Err(format!("세 줄이 아닙니다\n{text}").into());
    };
    assert_eq!(
        (parent[0], forked[0], spawned[0]),
        ("부모", "fork", "spawn")
    );
    assert_eq!(BTreeSet::from([parent[1], forked[1], spawned[1]]).len(), 3);
    assert_eq!(
        parent[2..],
        forked[2..],
        "fork한 자식은 그대로 물려받습니다"
    );
    assert_eq!((parent[2], parent[3]), ("7", "보임"));
    assert_eq!((spawned[2], spawned[3]), ("1", "안 보임"));
    assert!(
        text.contains("process::entry(stranger)를 부르세요"),
        "{text}"
    );
    Ok(())
}

/// 락을 쥔 스레드 곁에서 fork하면 자식의 락은 풀리지 않고, 크레이트는 그런 fork를 거절합니다.
fn x_fork_beside_a_locked_thread_never_unlocks() -> Outcome {
    let text = run("ch04_07_fork_with_threads", &[])?;
    assert_eq!(
        once(&text, r"크레이트의 fork: 스레드가 (\d+)개 살아 있어")?,
        [2]
    );
    assert!(text.contains("부모가 쥘 수 있는가: true\n"), "{text}");
    assert!(
        text.contains("try_lock을 했지만 락은 잠겨 있습니다\n"),
        "{text}"
    );
    assert!(
        text.ends_with("자식: lock에서 깨지 못하고 SIGALRM으로 끝났습니다\n"),
        "{text}"
    );
    Ok(())
}
