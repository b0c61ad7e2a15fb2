//! ch04_07: 다른 스레드가 락을 쥔 채로 fork하면, 자식의 락은 영영 풀리지 않습니다.
//! 먼저 크레이트의 fork가 거절하는 것을 보고, 거절하지 않는 운영체제의 fork를 조심스럽게 부릅니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    Cli::new(
        "ch04_07_fork_with_threads",
        "락을 쥔 스레드가 있을 때 fork합니다",
    )
    .parse();
    run()
}

#[cfg(unix)]
// ANCHOR: program
fn run() -> Result<()> {
    use std::{
        io::{Error as IoError, PipeReader, Read, Write, pipe},
        sync::Mutex,
    };

    use nix::{
        libc,
        sys::wait::{WaitStatus, waitpid},
        unistd::Pid,
    };
    use noriteo::{
        Error,
        process::fork,
        thread::{queue, spawn},
    };

    static TOY: Mutex<()> = Mutex::new(());

    /// 자식이 하는 일입니다. 위험을 보이려는 TOY 말고는 async-signal-safe한 것만 씁니다.
    fn child(mut released: PipeReader) -> ! {
        let text = "자식: 그 소식을 듣고 try_lock을 했지만 락은 잠겨 있습니다\n";
        // SAFETY: alarm, write, _exit는 이런 자식에서도 불러도 됩니다(signal-safety(7)).
        unsafe {
            // 부모가 먼저 끝나도 홀로 남지 않도록 자명종을 맞춥니다.
            libc::alarm(60);
            if released.read(&mut [0]).is_err() || TOY.try_lock().is_ok() {
                libc::_exit(1);
            }
            libc::write(1, text.as_ptr().cast(), text.len());
            // 이제 1초만 기다려 봅니다. 자명종(SIGALRM)은 잠든 프로세스도 끝냅니다.
            libc::alarm(1);
            let _toy = TOY.lock();
            libc::_exit(2)
        }
    }

    let (holding, held) = queue()?;
    let (let_go, go) = queue::<()>()?;
    let holder = spawn(move || {
        let _toy = TOY.lock();
        holding.send(()).and_then(|()| go.recv())
    })?;
    held.recv()?;
    println!("다른 스레드가 락을 쥐고 있습니다.");
    if let Err(error) = fork(|| ()) {
        println!("크레이트의 fork: {error}");
    }

    let failed = |source| Error::os("fork를 시험하지 못했습니다", source);
    let (released, mut news) = pipe().map_err(failed)?;
    // 새로운 것: 운영체제의 fork를 곧바로 부릅니다.
    // SAFETY: 자식은 `child`에서 async-signal-safe한 것만 하고 _exit로 끝납니다.
    let pid = match unsafe { libc::fork() } {
        -1 => return Err(failed(IoError::last_os_error())),
        0 => child(released),
        pid => Pid::from_raw(pid),
    };
    let_go.send(())?;
    holder.join()??;
    let free = TOY.try_lock().is_ok();
    println!("부모: 스레드가 락을 놓았습니다. 부모가 쥘 수 있는가: {free}");
    news.write_all(b"!").map_err(failed)?;
    match waitpid(pid, None).map_err(|errno| failed(errno.into()))? {
        WaitStatus::Signaled(_, signal, _) => {
            println!("자식: lock에서 깨지 못하고 {signal}으로 끝났습니다")
        }
        other => println!("자식: 뜻밖에도 {other:?}"),
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(not(unix))]
fn run() -> Result<()> {
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
