//! ch02_08: 사라진 덧셈의 첫째 처방, 락입니다.
//! 읽고 쓰는 동안 락을 쥡니다. 쥔 아이가 놓을 때까지 다른 아이는 들어오지 못합니다.

use std::sync::{
    Arc, Barrier, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use noriteo::{Result, cli::Cli, measure::format_count, thread};

struct Playground {
    gate: Barrier,
    total: Mutex<u64>,
    /// 락 안에 있는 아이의 수와 그 최고 기록입니다. 락이 제 일을 하는지 지켜봅니다.
    inside: AtomicUsize,
    most_inside: AtomicUsize,
}

fn main() -> Result<()> {
    let args = Cli::new("ch02_08_lock", "락을 쥐고 더하면 덧셈이 사라지지 않습니다")
        .number("times", 1_000_000, 1..=10_000_000, "한 아이가 더하는 횟수")
        .parse();
    let times = args.number("times");
    let shared = Arc::new(Playground {
        gate: Barrier::new(2),
        total: Mutex::new(0),
        inside: AtomicUsize::new(0),
        most_inside: AtomicUsize::new(0),
    });
    let mut children = Vec::new();
    for _ in 0..2 {
        let shared = Arc::clone(&shared);
        children.push(thread::spawn(move || add_up(&shared, times))?);
    }
    children.into_iter().try_for_each(|child| child.join())?;
    let (additions, total) = (
        2 * times,
        *shared.total.lock().unwrap_or_else(PoisonError::into_inner),
    );
    println!(
        "1을 {}번 더해 {}",
        format_count(additions),
        format_count(total)
    );
    println!("  사라진 덧셈: {}번", format_count(additions - total));
    println!(
        "  락 안에 함께 있던 아이: 많아야 {}명",
        shared.most_inside.load(Relaxed)
    );
    Ok(())
}

fn add_up(shared: &Playground, times: u64) {
    shared.gate.wait();
    for _ in 0..times {
        // 새로운 것: 읽기 전에 락을 쥡니다. total이 사라지는 닫는 중괄호에서 저절로 놓습니다.
        let mut total = shared.total.lock().unwrap_or_else(PoisonError::into_inner);
        let now = shared.inside.fetch_add(1, Relaxed) + 1;
        shared.most_inside.fetch_max(now, Relaxed);
        let seen = *total;
        *total = seen + 1;
        shared.inside.fetch_sub(1, Relaxed);
    }
}
