//! ch01_06: 한 프로세스의 두 스레드는 메모리와 열어 둔 파일을 함께 씁니다.
//! 그보다 먼저 갈라져 나간 자식 프로세스는 둘 다 함께 쓰지 못합니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    Cli::new(
        "ch01_06_shared_toys",
        "두 스레드는 함께 쓰고, 자식 프로세스는 따로 씁니다",
    )
    .parse();
    run()
}

#[cfg(unix)]
// ANCHOR: program
fn run() -> Result<()> {
    use std::{
        io::{Read, pipe},
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering::SeqCst},
        },
    };

    use nix::{
        fcntl::{FcntlArg::F_DUPFD_CLOEXEC, fcntl},
        unistd::close,
    };
    use noriteo::{Error, process, thread};

    let toy = Arc::new(AtomicU64::new(7));
    // 스레드가 하나일 때만 fork할 수 있으므로 자식을 먼저 내보냅니다. 차례가 올 때까지 기다립니다.
    let (mut here, mut there) = process::pipe()?;
    let mine = toy.clone();
    let child = process::fork(move || -> Result<(), String> {
        let number = there.recv().map_err(|error| error.to_string())?;
        look_and_write("자식", &mine, number);
        Ok(())
    })?;

    // 새로운 것: 스레드 둘. 첫째가 값을 바꾸고 파일(여기서는 파이프)을 연 다음 번호를 알립니다.
    let (tell, hear) = thread::queue()?;
    let mine = toy.clone();
    let first = thread::spawn(move || -> Result<_> {
        mine.store(8, SeqCst);
        let (read_end, write_end) = pipe().map_err(|e| Error::os("파이프 열기", e))?;
        // 자식이 이미 쓰는 번호와 겹치지 않게, 100번부터 비어 있는 번호를 달라고 합니다.
        let number =
            fcntl(write_end, F_DUPFD_CLOEXEC(100)).map_err(|e| Error::os("번호 얻기", e))?;
        look_and_write("첫째", &mine, number);
        tell.send(number)?;
        Ok(read_end)
    })?;
    let mine = toy.clone();
    let second = thread::spawn(move || -> Result<_> {
        let number = hear.recv()?;
        look_and_write("둘째", &mine, number);
        Ok(number)
    })?;

    let (mut read_end, number) = (first.join()??, second.join()??);
    here.send(number)?;
    child
        .join()?
        .map_err(|message| Error::WorkerFailed { message })?;
    close(number).map_err(|e| Error::os("파일 닫기", e))?;
    let mut text = String::new();
    read_end
        .read_to_string(&mut text)
        .map_err(|e| Error::os("읽기", e))?;
    println!("파일에 쓰인 글: {text}");
    Ok(())
}

/// 장난감의 값을 보고, `number`번으로 열린 파일에 제 이름을 씁니다.
#[cfg(unix)]
fn look_and_write(who: &str, toy: &std::sync::atomic::AtomicU64, number: std::os::fd::RawFd) {
    use std::{process::id, sync::atomic::Ordering::SeqCst};

    use nix::{errno::Errno, libc};

    let value = toy.load(SeqCst);
    // SAFETY: `who`는 이 호출 동안 살아 있습니다. 열려 있지 않은 번호면 오류를 돌려줄 뿐입니다.
    let written = unsafe { libc::write(number, who.as_ptr().cast(), who.len()) };
    let outcome = match Errno::result(written) {
        Ok(_) => "성공".to_owned(),
        Err(errno) => format!("실패({errno:?})"),
    };
    println!("{who} PID {}, 스레드 번호 {}", id(), noriteo::thread::id());
    println!("     주소 {toy:p}의 값 {value}, {number}번 파일에 쓰기 {outcome}");
}
// ANCHOR_END: program

#[cfg(not(unix))]
fn run() -> Result<()> {
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
