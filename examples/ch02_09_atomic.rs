//! ch02_09: 사라진 덧셈의 둘째 처방, 원자 연산입니다.
//! 읽고 더하고 쓰는 일이 한 걸음이라 틈이 없습니다. 돌려받는 옛 값은 번호표가 됩니다.

use std::sync::{
    Arc, Barrier,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use noriteo::{Result, cli::Cli, measure::format_count, thread};

fn main() -> Result<()> {
    let args = Cli::new("ch02_09_atomic", "원자 연산으로 더하면 틈이 없습니다")
        .number("times", 1_000_000, 1..=10_000_000, "한 아이가 더하는 횟수")
        .parse();
    let times = args.number("times");
    let shared = Arc::new((AtomicU64::new(0), Barrier::new(2)));
    let mut children = Vec::new();
    for _ in 0..2 {
        let shared = Arc::clone(&shared);
        children.push(thread::spawn(move || {
            draw_tickets(&shared.0, &shared.1, times)
        })?);
    }
    let mut tickets = Vec::new();
    for child in children {
        tickets.extend(child.join()?);
    }
    let additions = 2 * times;
    let total = shared.0.load(Relaxed);
    println!(
        "1을 {}번 더해 {}",
        format_count(additions),
        format_count(total)
    );
    println!("  사라진 덧셈: {}번", format_count(additions - total));
    // 두 아이가 같은 값을 읽었다면 번호표가 겹쳤을 것입니다.
    tickets.sort_unstable();
    tickets.dedup();
    println!(
        "  서로 다른 번호표: {}장",
        format_count(tickets.len() as u64)
    );
    Ok(())
}

fn draw_tickets(total: &AtomicU64, gate: &Barrier, times: u64) -> Vec<u64> {
    gate.wait();
    // 새로운 것: load와 store 두 걸음이 fetch_add 한 걸음이 되었습니다.
    (0..times).map(|_| total.fetch_add(1, Relaxed)).collect()
}
