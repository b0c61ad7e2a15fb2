//! ch03_05: 락(GIL)이 있어도 여러분의 셈은 지켜 주지 않습니다.
//! 읽기와 쓰기 사이에서 차례가 바뀌면 덧셈이 사라집니다.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use noriteo::{
    Result,
    cli::Cli,
    gil::{self, Gil},
    thread,
};

fn main() -> Result<()> {
    let args = Cli::new("ch03_05_not_your_lock", "GIL이 있어도 덧셈은 사라집니다")
        .number("times", 100, 1..=100_000, "아이마다 더하는 횟수")
        .parse();
    let times = args.number("times");
    for (name, own_lock) in [("GIL만", false), ("GIL과 나의 락", true)] {
        let (total, inside) = count(times, own_lock)?;
        println!(
            "{name}: {}번 더해 {total}, 사라진 덧셈 {}번, GIL 안에 함께 있던 아이 {inside}명",
            2 * times,
            2 * times - total
        );
    }
    Ok(())
}

fn count(times: u64, own_lock: bool) -> Result<(u64, usize)> {
    let gil = Gil::default();
    let total = Arc::new(AtomicU64::new(0));
    let lock = Arc::new(Mutex::new(()));
    // 두 아이가 번갈아 「읽기」와 「쓰기」 사이에 서도록 쪽지를 주고받습니다.
    let ((to_b, at_b), (to_a, at_a)) = (thread::queue()?, thread::queue()?);
    let links = [(to_b, at_a), (to_a, at_b)];
    let children = links.map(|(to_other, from_other)| {
        let (total, lock) = (Arc::clone(&total), Arc::clone(&lock));
        gil.spawn(move || -> Result<()> {
            for _ in 0..times {
                // 새로운 것: 읽고 쓰는 동안 나의 락을 쥡니다. 기다릴 때에는 GIL을 놓습니다.
                let _mine = own_lock.then(|| {
                    gil::allow_threads(|| lock.lock().unwrap_or_else(PoisonError::into_inner))
                });
                let seen = total.load(Relaxed);
                if !own_lock {
                    // 여기서 차례가 바뀝니다. recv는 다른 아이도 읽을 때까지 GIL을 놓고 기다립니다.
                    to_other.send(())?;
                    from_other.recv()?;
                }
                total.store(seen + 1, Relaxed);
                if !own_lock {
                    // 둘 다 쓴 뒤에 다음으로 넘어갑니다.
                    to_other.send(())?;
                    from_other.recv()?;
                }
            }
            Ok(())
        })
    });
    for child in children {
        child?.join()??;
    }
    Ok((total.load(Relaxed), gil.stats().max_in_flight))
}
