//! ch04_04: 큐를 비우기 전에 자식을 기다리면 둘 다 멈춥니다.
//! 멈추게 할 놀이터를 따로 만들고, 바깥에서 지켜보다가 끝냅니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    let args = Cli::new("ch04_04_join_before_drain", "비우기 전에 기다리면 멈춥니다")
        .number("kib", 1024, 1..=65_536, "쪽지 한 장의 크기(KiB)")
        .timeline()
        .parse();
    let bytes = args.number("kib") as usize * 1024;
    args.record(|| wrong_way(bytes))?;
    right_way(bytes)
}

#[cfg(unix)]
fn wrong_way(bytes: usize) -> Result<()> {
    use std::{fs::read_to_string, time::Duration};

    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    use noriteo::{
        Error,
        process::{Connection, fork, pipe, queue},
        trace::set_name,
    };

    // ANCHOR: wrong
    /// 기사의 차례입니다. 먼저 기다리고, 나중에 꺼냅니다.
    fn join_then_drain(bytes: usize, mut watcher: Connection<u32>) -> Result<usize> {
        let (notes, arrived) = queue()?;
        set_name("부모");
        let child = fork(move || {
            set_name("자식");
            notes.send(vec![7_u8; bytes]).is_ok()
        })?;
        watcher.send(child.pid())?;
        child.join()?;
        Ok(arrived.recv()?.len())
    }
    // ANCHOR_END: wrong

    /// 프로세스가 지금 무엇을 하는지 커널에 묻습니다. Linux가 아니면 물음표가 나옵니다.
    fn doing(pid: u32) -> String {
        let file = |name| read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let stat = file("stat");
        let state = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next());
        format!("상태 {}, 커널 함수 {}", state.unwrap_or('?'), file("wchan"))
    }

    set_name("감시자");
    // 새로운 것: 부모와 자식 바깥에 감시자가 있습니다. 이 프로세스입니다.
    let (mut news, watcher) = pipe()?;
    let parent = fork(move || join_then_drain(bytes, watcher).map_err(|error| error.to_string()))?;
    let child = news.recv()?;
    println!("[기다린 뒤 비우기] {bytes}바이트 쪽지 한 장");
    // ANCHOR: watch
    // 1초마다 들여다봅니다. 둘 가운데 하나라도 달리고 있으면 멈춘 것이 아니라 느린 것입니다.
    while !parent.wait_timeout(Duration::from_secs(1))? {
        let states = [("부모", parent.pid()), ("자식", child)]
            .map(|(who, pid)| format!("{who} PID {pid}: {}", doing(pid)));
        let asleep = |state: &String| state.contains("상태 S") || !cfg!(target_os = "linux");
        if states.iter().all(asleep) {
            println!("{}", states.join("\n"));
            println!("둘 다 잠들어 있습니다. 감시자가 자식을 끝냅니다.");
            kill(Pid::from_raw(child.cast_signed()), Signal::SIGKILL)
                .map_err(|errno| Error::os("자식을 끝내지 못했습니다", errno))?;
        }
    }
    println!("부모의 결과: {:?}", parent.join()?);
    // ANCHOR_END: watch
    Ok(())
}

#[cfg(unix)]
fn right_way(bytes: usize) -> Result<()> {
    use noriteo::process::{fork, queue};

    // ANCHOR: right
    let (notes, arrived) = queue()?;
    let child = fork(move || notes.send(vec![7_u8; bytes]).is_ok())?;
    let note: Vec<u8> = arrived.recv()?;
    child.join()?;
    println!("[비운 뒤 기다리기] {}바이트를 받았습니다", note.len());
    let child = fork(move || vec![7_u8; bytes])?;
    println!(
        "[join이 돌려준 값] {}바이트를 받았습니다",
        child.join()?.len()
    );
    // ANCHOR_END: right
    Ok(())
}

#[cfg(not(unix))]
fn right_way(_: usize) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn wrong_way(_: usize) -> Result<()> {
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
