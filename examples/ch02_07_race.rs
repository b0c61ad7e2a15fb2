//! ch02_07: 두 아이가 같은 수에 1을 더하는데, 덧셈이 사라집니다.
//! 읽기와 쓰기 사이에 틈이 있습니다. 먼저 틈을 일부러 맞추고, 다음에는 내버려 둡니다.

use std::sync::{
    Arc, Barrier,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use noriteo::{Result, cli::Cli, measure::format_count, thread};

fn main() -> Result<()> {
    let args = Cli::new("ch02_07_race", "두 아이의 덧셈이 사라집니다")
        .number("rounds", 1000, 1..=100_000, "틈을 맞추어 더하는 횟수")
        .number(
            "times",
            10_000_000,
            1..=100_000_000,
            "내버려 두고 더하는 횟수",
        )
        .parse();
    both("틈을 맞추면", in_step, args.number("rounds"))?;
    both("내버려 두면", at_will, args.number("times"))
}

/// 둘 다 읽은 다음에야 쓰고, 둘 다 쓴 다음에야 다시 읽습니다.
fn in_step(total: &AtomicU64, gate: &Barrier, times: u64) {
    for _ in 0..times {
        let seen = total.load(Relaxed);
        gate.wait();
        total.store(seen + 1, Relaxed);
        gate.wait();
    }
}

/// 새로운 것: 똑같이 읽고 쓰지만 차례를 아무도 정하지 않습니다.
fn at_will(total: &AtomicU64, gate: &Barrier, times: u64) {
    gate.wait();
    for _ in 0..times {
        let seen = total.load(Relaxed);
        total.store(seen + 1, Relaxed);
    }
}

/// 두 아이에게 같은 일을 시키고, 덧셈이 몇 번이나 남았는지 봅니다.
fn both(how: &str, work: fn(&AtomicU64, &Barrier, u64), times: u64) -> Result<()> {
    let shared = Arc::new((AtomicU64::new(0), Barrier::new(2)));
    let mut children = Vec::new();
    for _ in 0..2 {
        let shared = Arc::clone(&shared);
        children.push(thread::spawn(move || work(&shared.0, &shared.1, times))?);
    }
    children.into_iter().try_for_each(|child| child.join())?;
    let (additions, total) = (2 * times, shared.0.load(Relaxed));
    println!(
        "{how} 1을 {}번 더해 {}",
        format_count(additions),
        format_count(total)
    );
    println!("  사라진 덧셈: {}번", format_count(additions - total));
    Ok(())
}
