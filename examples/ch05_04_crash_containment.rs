//! ch05_04: 한 아이가 넘어지면 누가 함께 넘어지는지 봅니다.
//! 같은 사고를 스레드 하나에서, 프로세스 하나에서 일으킵니다.

#[cfg(not(unix))]
fn main() {
    println!("이 프로그램은 fork가 있는 Unix에서만 돕니다. Windows에서는 WSL2에서 해 보세요.");
}

#[cfg(unix)]
fn main() -> noriteo::Result<()> {
    use noriteo::{cli::Cli, process::fork};

    let args = Cli::new(
        "ch05_04_crash_containment",
        "사고가 어디까지 번지는지 봅니다",
    )
    .workers(4)
    .parse();
    let workers = args.workers();
    // 스레드의 사고는 놀이터를 통째로 없앱니다. 그래서 놀이터 하나를 따로 만들어 거기서 일으킵니다.
    let (tx, rx) = noriteo::process::queue()?;
    let playground = fork(move || threads(workers, &tx))?;
    let survivors: Vec<u64> = rx.iter().collect();
    println!("스레드 {workers}개 가운데 하나가 사고를 냈습니다.");
    println!("  일을 마친 아이: {}명", survivors.len());
    println!("  놀이터: {}", told(playground.join()));

    // 새로운 것: 아이마다 놀이터가 따로입니다. 사고를 낸 아이만 끝납니다.
    let children: Vec<_> = (0..workers)
        .map(|id| {
            fork(move || {
                if id == 0 {
                    accident();
                }
                id as u64
            })
        })
        .collect::<noriteo::Result<_>>()?;
    let results: Vec<_> = children.into_iter().map(|child| child.join()).collect();
    let finished = results.iter().filter(|result| result.is_ok()).count();
    println!("프로세스 {workers}개 가운데 하나가 사고를 냈습니다.");
    println!("  일을 마친 아이: {finished}명");
    for error in results.into_iter().filter_map(Result::err) {
        println!("  사고를 낸 아이: {error}");
    }
    Ok(())
}

/// 모두 출발선에 선 뒤에 하나가 사고를 냅니다. 나머지는 그다음에야 일을 마칠 수 있습니다.
#[cfg(unix)]
fn threads(workers: usize, done: &noriteo::process::Sender<u64>) -> bool {
    use std::sync::Barrier;

    let (ready, after) = (Barrier::new(workers), Barrier::new(workers));
    std::thread::scope(|scope| {
        for id in 0..workers {
            let (ready, after) = (&ready, &after);
            scope.spawn(move || {
                ready.wait();
                if id == 0 {
                    accident();
                }
                after.wait();
                done.send(id as u64)
            });
        }
    });
    true
}

/// 이어지지 않은 주소에 씁니다.
#[cfg(unix)]
fn accident() {
    let unmapped = std::ptr::without_provenance_mut::<u8>(1 << 12);
    // SAFETY: 일부러 일으키는 사고입니다. 맨 앞의 주소에는 아무것도 이어지지 않아 망가질 값이 없고,
    // 이 프로세스는 바로 끝나도록 따로 만든 것입니다.
    unsafe { unmapped.write_volatile(1) };
}

#[cfg(unix)]
fn told(result: noriteo::Result<bool>) -> String {
    match result {
        Ok(_) => "무사합니다".to_owned(),
        Err(error) => error.to_string(),
    }
}
