//! ch01_03: 같은 주소에서 두 프로세스가 다른 값을 봅니다.
//! 두 프로세스가 모두 살아 있는 동안에 들여다봅니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    Cli::new(
        "ch01_03_same_address",
        "같은 주소에서 두 프로세스가 다른 값을 봅니다",
    )
    .parse();
    run()
}

#[cfg(unix)]
// ANCHOR: program
fn run() -> Result<()> {
    use std::{
        process::id,
        sync::atomic::{AtomicU64, Ordering::SeqCst},
    };

    use noriteo::{
        Error,
        process::{fork, pipe},
    };

    static TOYS: AtomicU64 = AtomicU64::new(3);

    // 새로운 것: 값만이 아니라 값이 놓인 자리, 곧 주소도 봅니다.
    fn look(who: &str) {
        let (pid, value) = (id(), TOYS.load(SeqCst));
        println!("{who} PID {pid}: 주소 {:p}에 {value}", &TOYS);
    }

    let (mut here, mut there) = pipe()?;
    let child = fork(move || {
        TOYS.store(42, SeqCst);
        look("자식");
        // 값을 고쳤다고 알리고, 부모도 보았다는 답이 올 때까지 살아 있습니다.
        there.send(()).and_then(|()| there.recv()).is_ok()
    })?;
    here.recv()?;
    look("부모");
    here.send(())?;
    if !child.join()? {
        return Err(Error::Disconnected);
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(not(unix))]
fn run() -> Result<()> {
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
