//! ch04_03: 장난감은 울타리를 넘지 못하고, 쪽지는 넘어갑니다.
//! 건너가지 못하는 것을 본 다음, 큐와 파이프로 쪽지를 건네는 값을 잽니다.

use std::{
    process::id,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};

use noriteo::{
    Error, Result,
    cli::Cli,
    measure::{Spread, format_duration},
    process::{fork, pipe, queue},
    thread,
};

static TOYS: AtomicU32 = AtomicU32::new(1);

fn main() -> Result<()> {
    let args = Cli::new("ch04_03_pipe", "쪽지만 울타리를 넘습니다")
        .number("messages", 50_000, 2..=10_000_000, "작은 쪽지의 수")
        .number("runs", 7, 1..=100, "재는 횟수")
        .parse();
    // ANCHOR: toys
    let (mut ours, mut theirs) = pipe()?;
    // 새로운 것: 파이프의 두 끝입니다. 한 끝은 자식에게, 한 끝은 부모에게 있습니다.
    let child = fork(move || {
        theirs
            .send((id(), TOYS.fetch_add(41, Relaxed) + 41))
            .is_ok()
    })?;
    let (pid, toys): (u32, u32) = ours.recv()?;
    child.join()?;
    println!("자식(PID {pid})이 쪽지에 적은 장난감: {toys}개");
    println!("부모(PID {})가 보는 장난감: {}개", id(), TOYS.load(Relaxed));
    thread::spawn(|| TOYS.fetch_add(41, Relaxed))?.join()?;
    println!("같은 덧셈을 스레드가 한 뒤: {}개", TOYS.load(Relaxed));
    // ANCHOR_END: toys

    for (label, bytes, count) in [
        ("8바이트", 8, args.number("messages")),
        ("1 MiB", 1 << 20, 65),
    ] {
        for (name, by_queue) in [("큐", true), ("파이프", false)] {
            let times = (0..args.number("runs")).map(|_| send_all(by_queue, bytes, count));
            let times = times.collect::<Result<Vec<Duration>>>()?;
            let Some(Spread { min, median, max }) = Spread::of(times) else {
                continue;
            };
            let [low, each, high] = [min, median, max].map(format_duration);
            let speed = bytes as f64 / median.as_secs_f64() / 1e6;
            println!("{name}, {label} 쪽지: 한 장에 {each} ({low}–{high}), 1초에 {speed:.1} MB");
        }
    }
    Ok(())
}

// ANCHOR: send_all
/// `bytes`바이트 쪽지를 `count`장 보낼 때 한 장에 드는 시간입니다.
fn send_all(by_queue: bool, bytes: usize, count: u64) -> Result<Duration> {
    let (tx, rx) = queue()?;
    let (mut ours, mut theirs) = pipe()?;
    let child = fork(move || {
        let note = vec![7_u8; bytes];
        (0..count).all(|_| match by_queue {
            true => tx.send(note.clone()).is_ok(),
            false => theirs.send(note.clone()).is_ok(),
        })
    })?;
    let mut receive = || if by_queue { rx.recv() } else { ours.recv() };
    // 첫 쪽지는 세지 않습니다. 그때까지는 자식이 태어나는 시간입니다.
    receive()?;
    let start = Instant::now();
    for _ in 1..count {
        receive()?;
    }
    let elapsed = start.elapsed();
    if child.join()? {
        Ok(elapsed.div_f64((count - 1) as f64))
    } else {
        Err(Error::Disconnected)
    }
}
// ANCHOR_END: send_all
