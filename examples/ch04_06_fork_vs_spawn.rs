//! ch04_06: 복제한 자식(fork)과 새로 시작한 자식(spawn)은 물려받는 것이 다릅니다.

use noriteo::{Result, cli::Cli};

#[cfg(unix)]
// ANCHOR: program
static TOYS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);

#[cfg(unix)]
fn main() -> Result<()> {
    use std::{fs::File, os::fd::AsRawFd, sync::atomic::Ordering::Relaxed};

    use noriteo::{
        Error,
        process::{entry, fork, spawn},
    };

    // 새로운 것: spawn한 자식은 main을 처음부터 실행하다가 여기서 look을 부르고 끝납니다.
    entry(look);
    Cli::new(
        "ch04_06_fork_vs_spawn",
        "복제한 자식과 새로 시작한 자식을 견줍니다",
    )
    .parse();

    // 프로그램 파일에는 없고, 실행하면서 생긴 것 둘입니다.
    TOYS.store(7, Relaxed);
    let file = File::open("/dev/null")
        .map_err(|source| Error::os("/dev/null을 열지 못했습니다", source))?;
    let fd = file.as_raw_fd();
    println!("부모:  {}", look(fd));
    println!("fork:  {}", fork(move || look(fd))?.join()?);
    println!("spawn: {}", spawn(look, fd)?.join()?);
    match spawn(stranger, ()) {
        Ok(child) => child.join()?,
        Err(error) => println!("등록하지 않은 함수: {error}"),
    }
    Ok(())
}

/// 이 프로세스에서 보이는 것을 적습니다. 부모와 두 자식이 똑같이 부릅니다.
#[cfg(unix)]
fn look(fd: i32) -> String {
    use std::{path::Path, process::id, sync::atomic::Ordering::Relaxed};

    let open = Path::new(&format!("/dev/fd/{fd}")).exists();
    format!(
        "PID {}, 장난감 {}개, 부모가 연 파일은 {}, look의 주소 {:p}",
        id(),
        TOYS.load(Relaxed),
        if open { "보임" } else { "안 보임" },
        look as *const ()
    )
}
// ANCHOR_END: program

#[cfg(unix)]
fn stranger(_: ()) {}

#[cfg(not(unix))]
fn main() -> Result<()> {
    Cli::new(
        "ch04_06_fork_vs_spawn",
        "복제한 자식과 새로 시작한 자식을 견줍니다",
    )
    .parse();
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
