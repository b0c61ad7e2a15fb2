//! ch05_03: 노는 아이 하나가 메모리를 얼마나 쓰고, 쪽지 하나가 얼마나 걸리는지 잽니다.

#[cfg(not(target_os = "linux"))]
fn main() {
    println!(
        "이 프로그램은 /proc/PID/smaps_rollup이 있는 Linux에서만 돕니다. Windows에서는 WSL2에서 해 보세요."
    );
}

#[cfg(target_os = "linux")]
fn main() -> noriteo::Result<()> {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        sync::{Arc, Barrier},
        time::Duration,
    };

    use noriteo::{
        Result,
        cli::Cli,
        measure::{Spread, format_bytes, format_duration, once, pss_bytes},
        process, thread,
    };

    // ANCHOR: program
    pub fn main() -> Result<()> {
        let args = Cli::new("ch05_03_memory_and_messages", "메모리와 쪽지의 값을 잽니다")
            .workers(8)
            .number(
                "messages",
                100_000,
                1..=10_000_000,
                "한 번에 보낼 쪽지의 수",
            )
            .parse();
        let workers = args.workers();
        println!("아이 {workers}명이 놀고만 있을 때 한 명마다 늘어난 메모리(PSS):");
        println!("  스레드:   {}", format_bytes(idle_threads(workers)?));
        println!("  프로세스: {}", format_bytes(idle_processes(workers)?));

        let count = args.number("messages");
        println!("쪽지(u64) 하나를 보내고 받는 데 걸린 시간, {count}개씩 다섯 번:");
        let (mut threads, mut processes) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            threads.push(thread_messages(count)?);
            processes.push(process_messages(count)?);
        }
        for (who, times) in [("스레드:  ", threads), ("프로세스:", processes)] {
            if let Some(each) = Spread::of(times) {
                let [min, median, max] = [each.min, each.median, each.max].map(format_duration);
                println!("  {who} {median} (최소 {min}, 최대 {max})");
            }
        }
        Ok(())
    }

    // ANCHOR_END: program

    /// 새 프로세스 하나에 노는 스레드를 `workers`개 두고, 늘어난 PSS를 하나마다로 나눕니다.
    fn idle_threads(workers: usize) -> Result<u64> {
        let grown = process::fork(move || -> Result<u64, String> {
            let told = |error: noriteo::Error| error.to_string();
            let before = pss_bytes(std::process::id()).map_err(told)?;
            let (ready, done) = (
                Arc::new(Barrier::new(workers + 1)),
                Arc::new(Barrier::new(workers + 1)),
            );
            let mut children = Vec::new();
            for _ in 0..workers {
                let (ready, done) = (Arc::clone(&ready), Arc::clone(&done));
                let idle = move || {
                    ready.wait();
                    done.wait();
                };
                children.push(thread::spawn(idle).map_err(told)?);
            }
            ready.wait();
            let after = pss_bytes(std::process::id()).map_err(told)?;
            done.wait();
            children
                .into_iter()
                .try_for_each(|child| child.join())
                .map_err(told)?;
            Ok(after.saturating_sub(before) / workers as u64)
        })?;
        grown
            .join()?
            .map_err(|message| noriteo::Error::WorkerFailed { message })
    }

    // ANCHOR: program
    /// 노는 프로세스를 `workers`개 두고, 부모와 자식의 PSS를 더해 늘어난 만큼을 하나마다로 나눕니다.
    fn idle_processes(workers: usize) -> Result<u64> {
        let me = std::process::id();
        let before = pss_bytes(me)?;
        let (ready, waiting) = process::queue::<bool>()?;
        let (go, stop) = process::queue::<bool>()?;
        let mut children = Vec::new();
        for _ in 0..workers {
            let (ready, stop) = (ready.clone(), stop.clone());
            children.push(process::fork(move || {
                ready.send(true).is_ok() && stop.recv().is_err()
            })?);
        }
        for _ in 0..workers {
            waiting.recv()?;
        }
        let mut after = pss_bytes(me)?;
        for child in &children {
            after += pss_bytes(child.pid())?;
        }
        drop(go);
        for child in children {
            child.join()?;
        }
        Ok(after.saturating_sub(before) / workers as u64)
    }

    fn thread_messages(count: u64) -> Result<Duration> {
        let (tx, rx) = thread::queue()?;
        let child = thread::spawn(move || (0..count).all(|n| tx.send(n).is_ok()))?;
        let (received, sample) = once(|| rx.iter().count() as u64);
        child.join()?;
        assert_eq!(received, count);
        Ok(sample.wall / count as u32)
    }

    fn process_messages(count: u64) -> Result<Duration> {
        // 새로운 것: 큐와 아이를 부르는 함수의 이름만 바꾸어 울타리를 넘는 쪽지를 잽니다.
        let (tx, rx) = process::queue()?;
        let child = process::fork(move || (0..count).all(|n| tx.send(n).is_ok()))?;
        let (received, sample) = once(|| rx.iter().count() as u64);
        child.join()?;
        assert_eq!(received, count);
        Ok(sample.wall / count as u32)
    }
    // ANCHOR_END: program
}
