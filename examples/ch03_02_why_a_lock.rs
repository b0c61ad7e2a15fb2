//! ch03_02: 참조 횟수를 세 가지로 세어 봅니다. 그냥, 원자 연산으로, 락을 쥐고.
//! 파이썬의 값에는 「나를 가리키는 것이 몇인지」가 적혀 있습니다.

use std::{
    hint::black_box,
    sync::{
        Arc, Barrier, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use noriteo::{
    Result,
    cli::Cli,
    measure::{Spread, once},
    thread,
};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch03_02_why_a_lock",
        "참조 횟수를 그냥, 원자 연산으로, 락을 쥐고 셉니다",
    )
    .number("times", 5_000_000, 1..=100_000_000, "저마다 세어 볼 횟수")
    .parse();
    // 락 없이, 읽기와 쓰기가 엇갈리게 차례를 맞춥니다. 운에 맡기지 않습니다.
    let count = Arc::new(AtomicU64::new(1));
    let gate = Arc::new(Barrier::new(2));
    let children = [(); 2].map(|()| {
        let (count, gate) = (Arc::clone(&count), Arc::clone(&gate));
        thread::spawn(move || {
            let seen = count.load(Relaxed);
            gate.wait(); // 둘 다 읽은 뒤에야
            count.store(seen + 1, Relaxed); // 둘 다 씁니다
        })
    });
    for child in children {
        child?.join()?;
    }
    println!(
        "1에서 시작해 두 아이가 하나씩 더한 참조 횟수: {}",
        count.load(Relaxed)
    );

    let times = args.number("times");
    // 새로운 것: 한 스레드에서도 안전한 세기는 값이 더 듭니다. 얼마나 더 드는지 잽니다.
    let (plain, atomic, locked) = (&mut 0u64, AtomicU64::new(0), Mutex::new(0u64));
    let mut walls = [const { Vec::new() }; 3];
    for _ in 0..5 {
        walls[0].push(each(times, || *black_box(&mut *plain) += 1));
        walls[1].push(each(times, || {
            black_box(&atomic).fetch_add(1, Relaxed);
        }));
        walls[2].push(each(times, || {
            *black_box(&locked)
                .lock()
                .unwrap_or_else(PoisonError::into_inner) += 1;
        }));
    }
    let names = ["그냥:", "원자적:", "락을 쥐고:"];
    println!("다툼이 없을 때 한 번 세는 데 걸린 시간({times}번의 평균):");
    for (name, walls) in names.into_iter().zip(walls) {
        if let Some(wall) = Spread::of(walls) {
            let [min, median, max] = [wall.min, wall.median, wall.max];
            let nanos = |wall: Duration| wall.as_secs_f64() * 1e9 / times as f64;
            println!(
                "  {name} {:.2} ns (최소 {:.2} ns, 최대 {:.2} ns)",
                nanos(median),
                nanos(min),
                nanos(max)
            );
        }
    }
    Ok(())
}

fn each(times: u64, mut count: impl FnMut()) -> Duration {
    once(|| (0..times).for_each(|_| count())).1.wall
}
