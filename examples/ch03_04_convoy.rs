//! ch03_04: 잠깐씩 일하는 아이가, 쉬지 않고 더하는 아이 곁에서 락을 얼마나 기다리는지 봅니다.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use noriteo::{
    Error, Result,
    cli::Cli,
    gil::{self, Gil},
    measure::{Spread, format_duration},
    trace::{State, during, set_name},
    work::{Responder, sum},
};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch03_04_convoy",
        "락을 다시 쥐기까지 얼마나 기다리는지 봅니다",
    )
    .number("questions", 40, 1..=10_000, "묻는 횟수")
    .number("interval-us", 5_000, 1..=1_000_000, "전환 간격, 마이크로초")
    .timeline()
    .parse();
    let interval = Duration::from_micros(args.number("interval-us"));
    let (responder, questions) = (
        Responder::start(Duration::from_millis(1))?,
        args.number("questions"),
    );
    println!("전환 간격: {}", format_duration(interval));
    for busy in 0..=2 {
        let round = || beside(busy, Gil::new(interval), responder.addr(), questions);
        // --timeline이면 더하는 아이가 한 명일 때를 기록합니다.
        let waits = if busy == 1 {
            args.record(round)
        } else {
            round()
        }?;
        if let Some(wait) = Spread::of(waits) {
            let [min, median, max] = [wait.min, wait.median, wait.max].map(format_duration);
            println!("쉬지 않고 더하는 아이 {busy}명: {median} 기다림 (최소 {min}, 최대 {max})");
        }
    }
    Ok(())
}

/// 쉬지 않고 더하는 아이 `busy`명 곁에서 묻는 아이가 기다린 시간들입니다.
fn beside(busy: u32, gil: Gil, addr: SocketAddr, questions: u64) -> Result<Vec<Duration>> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut adders = Vec::new();
    for _ in 0..busy {
        let stop = Arc::clone(&stop);
        adders.push(gil.spawn(move || {
            set_name("더하는 아이");
            // 락을 쥔 채 쉬지 않고 더합니다. 비켜 달라고 해야 비킵니다.
            while !stop.load(Relaxed) {
                sum(0..100_000);
            }
        })?);
    }
    let waits = gil.spawn(move || ask(addr, questions))?.join()?;
    stop.store(true, Relaxed);
    adders.into_iter().try_for_each(|adder| adder.join())?;
    waits
}

/// 묻고 대답을 받습니다. 대답이 온 때부터 락을 다시 쥘 때까지를 잽니다.
fn ask(addr: SocketAddr, questions: u64) -> Result<Vec<Duration>> {
    let failed = |source| Error::os("묻지 못했습니다", source);
    set_name("묻는 아이");
    let mut stream = TcpStream::connect(addr).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    (0..questions)
        .map(|n| {
            let mut answer = [0; 8];
            // 새로운 것: 대답을 기다리는 동안 락을 놓고, 돌아오는 길에 다시 쥡니다.
            let arrived = gil::allow_threads(|| {
                stream.write_all(&n.to_le_bytes())?;
                during(State::Io, || stream.read_exact(&mut answer))?;
                Ok(Instant::now())
            });
            Ok(arrived.map_err(failed)?.elapsed())
        })
        .collect()
}
