//! ch01_02: 자식이 장난감을 더해도 부모의 장난감은 그대로입니다.
//! `TOYS`는 프로그램 어디에서나 보이는 이름 하나입니다. 그런데 놀이터가 둘이 되면 값도 둘이 됩니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    Cli::new(
        "ch01_02_own_space",
        "자식이 장난감을 더해도 부모의 장난감은 그대로입니다",
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

    use noriteo::process::fork;

    static TOYS: AtomicU64 = AtomicU64::new(3);

    println!("부모 PID {}: 장난감 {}개", id(), TOYS.load(SeqCst));
    // 새로운 것: fork는 지금 프로세스를 베껴 자식을 만들고, 자식에서 괄호 안의 일을 시킵니다.
    let child = fork(|| {
        println!("자식 PID {}: 물려받은 장난감 {}개", id(), TOYS.load(SeqCst));
        TOYS.fetch_add(1, SeqCst);
        println!("자식 PID {}: 하나를 더해 {}개", id(), TOYS.load(SeqCst));
    })?;
    // join은 자식이 끝나기를 기다립니다. 그러므로 아래 줄은 자식이 더한 다음에 실행됩니다.
    child.join()?;
    println!("부모 PID {}: 장난감 {}개", id(), TOYS.load(SeqCst));
    Ok(())
}
// ANCHOR_END: program

#[cfg(not(unix))]
fn run() -> Result<()> {
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
