//! ch01_07: 한 놀이터에 아이가 늘었다가 줄어듭니다. 프로세스 하나의 스레드 수를 셉니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch01_07_children",
        "한 프로세스의 스레드가 늘었다가 줄어듭니다",
    )
    .workers(3)
    .parse();
    run(args.workers())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
// ANCHOR: program
fn run(workers: usize) -> Result<()> {
    use std::{
        process::id,
        sync::{Arc, Barrier},
    };

    use noriteo::thread;

    println!("PID {}: 스레드 {}개", id(), thread::count()?);
    // 새로운 것: 모두 모일 때까지 기다리는 곳입니다. 아이들과 주 스레드가 함께 모입니다.
    let (gathered, go_home) = (
        Arc::new(Barrier::new(workers + 1)),
        Arc::new(Barrier::new(workers + 1)),
    );
    let mut children = Vec::new();
    for _ in 0..workers {
        let (gathered, go_home) = (gathered.clone(), go_home.clone());
        children.push(thread::spawn(move || {
            gathered.wait();
            go_home.wait();
            (id(), thread::id())
        })?);
    }
    gathered.wait();
    // 아이들은 모두 와 있고, 아래의 wait를 부를 때까지 아무도 돌아가지 못합니다.
    println!("PID {}: 스레드 {}개", id(), thread::count()?);
    go_home.wait();
    for (name, child) in (1..).zip(children) {
        let (pid, tid) = child.join()?;
        println!("{name}번 아이가 다녀갔습니다: PID {pid}, 스레드 번호 {tid}");
    }
    // join 바로 뒤에는 끝난 스레드가 잠깐 더 보일 수 있어, 1개가 되기를 기다렸다가 셉니다.
    println!("PID {}: 스레드 {}개", id(), thread::count_settled(1)?);
    Ok(())
}
// ANCHOR_END: program

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn run(_: usize) -> Result<()> {
    println!(
        "이 프로그램은 스레드 수를 셀 수 있는 Linux와 macOS에서 돕니다. Windows에서는 WSL2에서 실행해 보세요."
    );
    Ok(())
}
