//! ch02_02: 아무도 부르지 않아도 첫째 아이가 있습니다.
//! 첫째 아이, 곧 주 스레드가 떠나면 놀이터는 문을 닫습니다.

use std::{process, thread::park};

use noriteo::{Result, cli::Cli, thread};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch02_02_main_thread",
        "첫째 아이(주 스레드)가 떠나면 놀이터가 문을 닫습니다",
    )
    .workers(2)
    .parse();
    println!("이 놀이터의 PID: {}", process::id());
    println!("첫째 아이의 스레드 번호: {}", thread::id());
    println!("스레드 수: {}", how_many(1));

    let (tell, told) = thread::queue()?;
    let mut children = Vec::new();
    for id in 1..=args.workers() {
        let tell = tell.clone();
        // 새로운 것: 기다리지 않을 아이들입니다. 번호를 알리고는 끝없이 놉니다.
        children.push(thread::spawn(move || -> Result<()> {
            tell.send((id, process::id(), thread::id()))?;
            loop {
                park();
            }
        })?);
    }
    // 모두 알려 올 때까지 기다리므로, 아래의 수를 셀 때 아이들은 모두 놀고 있습니다.
    for (id, pid, thread) in told.iter().take(args.workers()) {
        println!("부른 아이 {id}: PID {pid}, 스레드 번호 {thread}");
    }
    println!("스레드 수: {}", how_many(1 + args.workers()));
    let playing = children.iter().filter(|child| !child.is_finished()).count();
    println!("아직 노는 아이 {playing}명을 두고 첫째 아이가 떠납니다.");
    Ok(())
}

/// 운영체제가 센 스레드의 수입니다. 세어 주지 않는 운영체제에서는 그렇다고 적습니다.
fn how_many(expected: usize) -> String {
    match thread::count_settled(expected) {
        Ok(count) => count.to_string(),
        Err(error) => error.to_string(),
    }
}
