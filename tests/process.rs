//! `noriteo::process`가 약속을 지키는지 봅니다. fork하므로 본 스레드에서 하나씩 돌립니다.
//! 잘못되는 길은 `process_faults.rs`가 봅니다.

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
        process::{self as std_process, ExitCode},
        sync::{Arc, mpsc},
        thread as std_thread,
        time::Duration,
    };

    use nix::{
        errno::Errno,
        sys::wait::{WaitPidFlag, waitpid},
    };
    use noriteo::{
        Error,
        process::{self, Receiver, Sender, fork, queue},
        thread,
    };

    use crate::support::{self, Outcome, tests};

    pub fn main() -> ExitCode {
        // 막힌 시험은 이 프로그램을 끝내 실패로 만듭니다.
        nix::unistd::alarm::set(300);
        process::entry(double);
        process::entry(relay);
        support::run_mimic(tests![
            result_crosses_over,
            child_has_its_own_pid_and_memory,
            a_child_holds_no_pipe_of_its_sibling,
            ends_left_behind_say_so,
            pipe_carries_both_ways,
            spawn_runs_the_function_afresh,
            spawn_takes_queue_ends,
            spawn_needs_entry,
            spawn_is_allowed_while_threads_live,
            descriptors_return_to_the_start,
            wait_timeout_tells_a_running_child_from_an_ended_one,
        ])
    }

    fn double(n: u64) -> u64 {
        n * 2
    }

    fn relay((from, to): (Receiver<u64>, Sender<u64>)) -> Result<u64, String> {
        let mut count = 0;
        for n in &from {
            to.send(n + 1).map_err(|error| error.to_string())?;
            count += 1;
        }
        Ok(count)
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

    fn no_children_left() -> bool {
        waitpid(None, Some(WaitPidFlag::WNOHANG)) == Err(Errno::ECHILD)
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
