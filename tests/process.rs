//! `noriteo::process`가 약속을 지키는지 봅니다. fork하므로 본 스레드에서 하나씩 돌립니다.

mod support;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("거름: 이 시험들은 /proc에서 자식의 속을 들여다보므로 Linux에서만 돕니다");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::BTreeSet,
        fs,
        io::Read,
        process::{self as std_process, Command, ExitCode, Stdio},
        sync::{Arc, mpsc},
        thread as std_thread,
        time::Duration,
    };

    use nix::{
        errno::Errno,
        libc,
        sys::{
            signal::{Signal, kill, raise},
            wait::{WaitPidFlag, waitpid},
        },
        unistd::Pid,
    };
    use noriteo::{
        Error,
        process::{self, Receiver, Sender, fork, queue},
        thread,
    };

    use crate::support::{self, Outcome, tests};

    /// 이 환경 변수가 있으면 시험 대신 [`parent_of_two`]를 합니다.
    const HELPER: &str = "NORITEO_TEST_PARENT_OF_TWO";

    pub fn main() -> ExitCode {
        if std::env::var_os(HELPER).is_some() {
            parent_of_two();
        }
        // 막힌 시험은 이 프로그램을 끝내 실패로 만듭니다.
        nix::unistd::alarm::set(300);
        process::entry(double);
        process::entry(relay);
        process::entry(panics);
        support::run_mimic(tests![
            result_crosses_over,
            child_has_its_own_pid_and_memory,
            a_result_larger_than_the_pipe_does_not_block_join,
            how_a_child_ended_is_told,
            panic_message_arrives,
            dropped_handle_leaves_no_zombie,
            fork_is_refused_while_threads_live,
            children_die_with_their_parent,
            a_child_holds_no_pipe_of_its_sibling,
            queue_keeps_every_message_of_many_producers,
            queue_ends_when_the_senders_are_gone,
            sender_learns_that_the_receiver_is_gone,
            ends_left_behind_say_so,
            a_sender_killed_in_a_message_breaks_the_queue_but_tears_nothing,
            a_receiver_killed_while_waiting_harms_nobody,
            pipe_carries_both_ways,
            spawn_runs_the_function_afresh,
            spawn_takes_queue_ends,
            spawn_needs_entry,
            spawn_is_allowed_while_threads_live,
            nested_forks_work,
            descriptors_return_to_the_start,
            wait_timeout_tells_a_running_child_from_an_ended_one,
        ])
    }

    fn double(n: u64) -> u64 {
        n * 2
    }

    fn panics(what: String) -> u8 {
        panic!("{what}")
    }

    fn relay((from, to): (Receiver<u64>, Sender<u64>)) -> Result<u64, String> {
        let mut count = 0;
        for n in &from {
            to.send(n + 1).map_err(|error| error.to_string())?;
            count += 1;
        }
        Ok(count)
    }

    /// 자식 둘을 낳아 PID를 적고, 죽을 때까지 기다립니다.
    fn parent_of_two() -> ! {
        let child = || {
            fork(|| {
                loop {
                    std_thread::park();
                }
                #[expect(unreachable_code, reason = "결과의 타입을 정합니다")]
                0u8
            })
        };
        let (one, two) = (child().expect("자식"), child().expect("자식"));
        println!("{} {}", one.pid(), two.pid());
        loop {
            std_thread::park();
        }
    }

    fn result_crosses_over() -> Outcome {
        let child = fork(|| (7u64, "놀이터".to_owned(), vec![Some(1u8), None]))?;
        assert_eq!(child.join()?, (7, "놀이터".to_owned(), vec![Some(1), None]));
        Ok(())
    }

    fn child_has_its_own_pid_and_memory() -> Outcome {
        let mut value = Box::new(1u64);
        let child = fork(move || {
            *value = 2;
            (std_process::id(), *value)
        })?;
        let pid = child.pid();
        assert_ne!(pid, std_process::id());
        assert_eq!(child.join()?, (pid, 2));
        Ok(())
    }

    fn a_result_larger_than_the_pipe_does_not_block_join() -> Outcome {
        let bytes = fork(|| vec![7u8; 8 << 20])?.join()?;
        assert!(bytes.len() == 8 << 20 && bytes.iter().all(|byte| *byte == 7));
        Ok(())
    }

    fn how_a_child_ended_is_told() -> Outcome {
        let ended = |how: fn()| {
            fork(move || {
                how();
                1u8
            })?
            .join()
        };
        assert!(matches!(
            ended(|| std_process::exit(3)),
            Err(Error::Exited { code: 3, .. })
        ));
        assert!(matches!(
            ended(|| std_process::exit(0)),
            Err(Error::NoResult { .. })
        ));
        for (signal, how) in [
            (Signal::SIGABRT, (|| std_process::abort()) as fn()),
            (Signal::SIGKILL, || raise(Signal::SIGKILL).unwrap_or(())),
            (Signal::SIGTERM, || raise(Signal::SIGTERM).unwrap_or(())),
            (Signal::SIGSEGV, || {
                // SAFETY: 일부러 이 자식을 죽이려고 쓰지 못하는 주소에 씁니다.
                unsafe { std::ptr::with_exposed_provenance_mut::<u8>(1 << 12).write_volatile(1) }
            }),
        ] {
            match ended(how) {
                Err(Error::Signaled {
                    signal: number,
                    name,
                    ..
                }) => assert_eq!((number, name.as_str()), (signal as i32, signal.as_str())),
                other => return Err(format!("{signal}: {other:?}").into()),
            }
        }
        Ok(())
    }

    fn panic_message_arrives() -> Outcome {
        let told = |result: noriteo::Result<u8>| match result {
            Err(Error::Panicked { message }) => message,
            other => format!("{other:?}"),
        };
        let text = "넘어졌습니다".to_owned();
        assert_eq!(told(fork(move || panic!("{text}"))?.join()), "넘어졌습니다");
        assert!(told(fork(|| std::panic::panic_any(3))?.join()).contains("글이 아닌"));
        let child = process::spawn(panics, "새 프로세스".to_owned())?;
        assert_eq!(told(child.join()), "새 프로세스");
        Ok(())
    }

    fn no_children_left() -> bool {
        waitpid(None, Some(WaitPidFlag::WNOHANG)) == Err(Errno::ECHILD)
    }

    fn dropped_handle_leaves_no_zombie() -> Outcome {
        let (tx, rx) = queue::<u8>()?;
        let child = fork(move || rx.recv().is_ok())?;
        let pid = Pid::from_raw(child.pid() as i32);
        drop(child);
        assert!(no_children_left());
        assert_eq!(kill(pid, None), Err(Errno::ESRCH));
        drop(tx);
        Ok(())
    }

    fn fork_is_refused_while_threads_live() -> Outcome {
        let (stop, wait) = mpsc::channel::<()>();
        let other = std_thread::spawn(move || wait.recv().is_err());
        assert!(matches!(
            fork(|| 1u8).err(),
            Some(Error::ThreadsAlive { count: 2 })
        ));
        drop(stop);
        assert!(other.join().is_ok_and(|ended| ended));
        assert_eq!(fork(|| 1u8)?.join()?, 1);
        Ok(())
    }

    /// 둘째는 첫째의 결과 파이프와 생명줄을 물려받지 않습니다.
    fn a_child_holds_no_pipe_of_its_sibling() -> Outcome {
        fn pipes() -> u64 {
            let links = fs::read_dir("/proc/self/fd")
                .into_iter()
                .flatten()
                .flatten();
            links
                .filter_map(|entry| fs::read_link(entry.path()).ok())
                .filter(|target| target.to_string_lossy().starts_with("pipe:"))
                .count() as u64
        }
        let alone = fork(pipes)?.join()?;
        let (tx, rx) = queue::<u8>()?;
        let sibling = fork(move || rx.recv().is_ok())?;
        let beside = fork(pipes)?.join()?;
        tx.send(1)?;
        assert!(sibling.join()?);
        assert_eq!(alone, beside);
        Ok(())
    }

    /// 부모를 SIGKILL로 죽이면 자식 둘이 사라집니다.
    fn children_die_with_their_parent() -> Outcome {
        let mut parent = Command::new(std::env::current_exe()?)
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .env(HELPER, "1")
            .spawn()?;
        let mut line = Vec::new();
        let mut stdout = parent.stdout.take().ok_or("표준 출력이 없습니다")?;
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            stdout.read_exact(&mut byte)?;
            line.push(byte[0]);
        }
        let pids: Vec<i32> = String::from_utf8(line)?
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        assert_eq!(pids.len(), 2);
        for pid in &pids {
            assert!(fs::metadata(format!("/proc/{pid}")).is_ok());
        }
        parent.kill()?;
        parent.wait()?;
        // 자식들은 표준 출력을 물려받았습니다. 둘 다 끝나야 파이프의 끝이 옵니다.
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest)?;
        assert!(rest.is_empty());
        Ok(())
    }

    fn queue_keeps_every_message_of_many_producers() -> Outcome {
        const EACH: u64 = 2_000;
        let (tx, rx) = queue()?;
        let producers: Vec<_> = (0..4u64)
            .map(|id| {
                let tx = tx.clone();
                fork(move || {
                    // 길이가 파이프의 원자적 쓰기(4096바이트)를 넘나듭니다.
                    (0..EACH).all(|n| {
                        tx.send((id, n, vec![id as u8; (n % 97 * 90) as usize]))
                            .is_ok()
                    })
                })
            })
            .collect::<Result<_, _>>()?;
        drop(tx);
        let (counted, results) = queue()?;
        let consumers: Vec<_> = (0..2)
            .map(|_| {
                let (rx, counted) = (rx.clone(), counted.clone());
                fork(move || {
                    rx.iter().all(|(id, n, bytes): (u64, u64, Vec<u8>)| {
                        bytes.len() as u64 == n % 97 * 90
                            && bytes.iter().all(|byte| u64::from(*byte) == id)
                            && counted.send((id, n)).is_ok()
                    })
                })
            })
            .collect::<Result<_, _>>()?;
        drop((rx, counted));
        let seen: Vec<(u64, u64)> = results.iter().collect();
        assert_eq!(seen.len() as u64, 4 * EACH);
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len() as u64, 4 * EACH);
        for child in producers.into_iter().chain(consumers) {
            assert!(child.join()?);
        }
        Ok(())
    }

    fn queue_ends_when_the_senders_are_gone() -> Outcome {
        let (tx, rx) = queue()?;
        // 받는 자식도 fork로 보내는 끝을 베껴 받습니다. 그래도 끝나야 합니다.
        let child = fork({
            let rx = rx.clone();
            move || rx.iter().sum::<u64>()
        })?;
        drop(rx);
        for n in 1..=10u64 {
            tx.send(n)?;
        }
        drop(tx);
        assert_eq!(child.join()?, 55);
        Ok(())
    }

    fn sender_learns_that_the_receiver_is_gone() -> Outcome {
        let (tx, rx) = queue::<Vec<u8>>()?;
        let child = fork(move || {
            loop {
                if let Err(error) = tx.send(vec![0; 1 << 16]) {
                    return matches!(error, Error::Disconnected);
                }
            }
        })?;
        rx.recv()?;
        drop(rx);
        assert!(child.join()?);
        Ok(())
    }

    fn ends_left_behind_say_so() -> Outcome {
        let (tx, _rx) = queue::<u64>()?;
        // Arc 속의 끝은 부모에 남으므로 자식의 것이 아닙니다.
        let shared = Arc::new(tx);
        let child = fork({
            let shared = Arc::clone(&shared);
            move || shared.send(1).map_err(|error| error.to_string())
        })?;
        let told = child.join()?.err().ok_or("보내졌습니다")?;
        assert!(told.contains("옮기지 않아"), "{told}");
        assert!(shared.send(1).is_ok());
        Ok(())
    }

    fn a_sender_killed_in_a_message_breaks_the_queue_but_tears_nothing() -> Outcome {
        let (tx, rx) = queue::<Vec<u8>>()?;
        let child = fork({
            let tx = tx.clone();
            move || tx.send(vec![1; 10]).is_ok() && tx.send(vec![2; 8 << 20]).is_ok()
        })?;
        assert_eq!(rx.recv()?, [1; 10]);
        // 둘째 값은 파이프보다 크므로, 우리가 읽지 않는 동안 자식은 반드시 그 가운데에 있습니다.
        // 파이프에 무엇이든 들어왔으면 쓰기 시작한 것입니다.
        wait_until_sleeping_in_write(child.pid())?;
        child.kill()?;
        assert!(matches!(child.join(), Err(Error::Signaled { .. })));
        // 살아 있는 보내는 이는 망가졌다는 것을 알게 되고, 받는 이는 잘린 값을 값으로 받지 않습니다.
        assert!(matches!(tx.send(vec![3]), Err(Error::Decode { .. })));
        drop(tx);
        assert!(matches!(rx.recv(), Err(Error::Decode { .. })));
        Ok(())
    }

    /// 자식이 파이프에 쓰다가 막혔음을 커널에게서 듣습니다.
    fn wait_until_sleeping_in_write(pid: u32) -> Outcome {
        loop {
            let call = fs::read_to_string(format!("/proc/{pid}/syscall"))?;
            let number = call.split(' ').next().and_then(|n| n.parse::<i64>().ok());
            if number == Some(libc::SYS_write) {
                return Ok(());
            }
            std_thread::yield_now();
        }
    }

    fn a_receiver_killed_while_waiting_harms_nobody() -> Outcome {
        let (tx, rx) = queue::<u64>()?;
        let child = fork({
            let rx = rx.clone();
            move || rx.recv().is_ok()
        })?;
        // 락을 쥐고 값을 기다리는 중입니다(poll).
        loop {
            let call = fs::read_to_string(format!("/proc/{}/syscall", child.pid()))?;
            let number = call.split(' ').next().and_then(|n| n.parse::<i64>().ok());
            if number == Some(libc::SYS_poll) || number == Some(libc::SYS_ppoll) {
                break;
            }
            std_thread::yield_now();
        }
        child.kill()?;
        assert!(matches!(child.join(), Err(Error::Signaled { .. })));
        tx.send(5)?;
        assert_eq!(rx.recv()?, 5);
        Ok(())
    }

    fn pipe_carries_both_ways() -> Outcome {
        let (mut here, mut there) = process::pipe::<u64>()?;
        let child = fork(move || -> Result<(), String> {
            let n = there.recv().map_err(|error| error.to_string())?;
            there.send(n * 2).map_err(|error| error.to_string())
        })?;
        here.send(21)?;
        assert_eq!(here.recv()?, 42);
        child.join()??;
        assert!(matches!(here.recv(), Err(Error::Disconnected)));
        Ok(())
    }

    fn spawn_runs_the_function_afresh() -> Outcome {
        assert_eq!(process::spawn(double, 21)?.join()?, 42);
        Ok(())
    }

    fn spawn_takes_queue_ends() -> Outcome {
        let (to, from) = queue()?;
        let (answer, answers) = queue()?;
        let child = process::spawn(relay, (from, answer))?;
        for n in 0..5 {
            to.send(n)?;
        }
        drop(to);
        assert_eq!(answers.iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(child.join()??, 5);
        Ok(())
    }

    fn spawn_needs_entry() -> Outcome {
        fn unknown(n: u64) -> u64 {
            n
        }
        match process::spawn(unknown, 1) {
            Err(error @ Error::NotRegistered { .. }) => {
                assert!(error.to_string().contains("process::entry(unknown)"));
                Ok(())
            }
            other => Err(format!("{:?}", other.err()).into()),
        }
    }

    fn spawn_is_allowed_while_threads_live() -> Outcome {
        let (stop, wait) = mpsc::channel::<()>();
        let other = std_thread::spawn(move || wait.recv().is_err());
        assert_eq!(process::spawn(double, 4)?.join()?, 8);
        drop(stop);
        assert!(other.join().is_ok());
        Ok(())
    }

    fn nested_forks_work() -> Outcome {
        let child = fork(|| -> Result<(u32, u32), String> {
            let grandchild = fork(std_process::id).map_err(|error| error.to_string())?;
            let pid = grandchild.pid();
            let told = grandchild.join().map_err(|error| error.to_string())?;
            Ok((pid, told))
        })?;
        let (pid, told) = child.join()??;
        assert_eq!(pid, told);
        Ok(())
    }

    fn descriptors_return_to_the_start() -> Outcome {
        let open = || -> Result<BTreeSet<String>, std::io::Error> {
            fs::read_dir("/proc/self/fd")?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect()
        };
        let before = open()?;
        for n in 0..50u64 {
            let (tx, rx) = queue()?;
            let child = fork(move || tx.send(n).is_ok())?;
            assert_eq!(rx.recv()?, n);
            assert!(child.join()?);
            drop(fork(|| 1u8)?);
            assert_eq!(process::spawn(double, n)?.join()?, n * 2);
        }
        assert_eq!(open()?, before);
        assert!(no_children_left());
        assert_eq!(thread::count_settled(1)?, 1);
        Ok(())
    }

    fn wait_timeout_tells_a_running_child_from_an_ended_one() -> Outcome {
        let (tx, rx) = queue::<u8>()?;
        let child = fork(move || rx.recv().is_ok())?;
        assert!(!child.wait_timeout(Duration::from_millis(1))?);
        assert!(!child.is_finished());
        tx.send(1)?;
        assert!(child.wait_timeout(Duration::from_secs(60))?);
        assert!(child.join()?);
        Ok(())
    }
}
