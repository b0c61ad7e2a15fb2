//! ch01_04: 자식이 놀이터 밖에 쓰려다 운영체제에 의해 끝납니다. 부모는 살아 있습니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch01_04_out_of_bounds",
        "자식이 놀이터를 벗어나고, 부모가 그 끝을 봅니다",
    )
    .flag(
        "catch",
        "자식이 SIGSEGV를 붙잡아 말을 남기고 스스로 끝납니다",
    )
    .parse();
    run(args.flag("catch"))
}

#[cfg(unix)]
// ANCHOR: program
fn run(catch: bool) -> Result<()> {
    use std::{process::id, ptr};

    use noriteo::{Error, process::fork};

    // 운영체제는 맨 앞의 주소들을 비워 둡니다. 이 프로세스의 놀이터가 아닙니다.
    const OUTSIDE: *mut u64 = ptr::without_provenance_mut(16);

    // 새로운 것: 이번 자식은 일을 끝까지 하지 못합니다.
    let child = fork(move || -> Result<(), String> {
        if catch {
            catch_segv().map_err(|error| error.to_string())?;
        }
        println!("자식 PID {}: 주소 {OUTSIDE:p}에 씁니다", id());
        // SAFETY: 일부러 Rust의 약속을 어깁니다. 그래서 버려도 되는 자식에서, 더 할 일이 없을 때
        // 씁니다. volatile로 쓰면 컴파일러가 이 쓰기를 없애지 못합니다.
        unsafe { OUTSIDE.write_volatile(42) };
        Err("놀이터 밖에 썼는데 아무 일도 없었습니다".to_owned())
    })?;
    let (me, pid) = (id(), child.pid());
    match child.join() {
        Err(Error::Signaled { signal, name, .. }) => {
            println!("부모 PID {me}: 자식(PID {pid})이 {signal}번 시그널 {name}를 받고 끝났습니다");
        }
        Err(Error::Exited { code, .. }) => {
            println!("부모 PID {me}: 자식(PID {pid})이 종료 코드 {code}로 스스로 끝났습니다");
        }
        Err(error) => return Err(error),
        Ok(told) => return told.map_err(|message| Error::WorkerFailed { message }),
    }
    println!("부모 PID {me}: 나는 살아 있습니다");
    Ok(())
}
// ANCHOR_END: program

#[cfg(unix)]
// ANCHOR: catch
fn catch_segv() -> nix::Result<()> {
    use nix::{
        libc,
        sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
    };

    extern "C" fn caught(_signal: libc::c_int) {
        let words = "자식: SIGSEGV를 붙잡았습니다. 말만 남기고 끝냅니다\n";
        // SAFETY: write와 _exit는 시그널 처리기 안에서 불러도 됩니다(async-signal-safe).
        // println!은 안 됩니다. 돌아가면 같은 쓰기를 되풀이하므로 여기서 끝냅니다.
        unsafe {
            libc::write(1, words.as_ptr().cast(), words.len());
            libc::_exit(42);
        }
    }

    // 스택이 넘쳐서 온 시그널이라면 본디 스택에는 처리기가 설 자리가 없습니다. 그래서 Rust가
    // main 앞에서 따로 마련해 둔 스택에서 돌게 합니다. 자식도 그 스택을 물려받습니다.
    let handler = SigHandler::Handler(caught);
    let action = SigAction::new(handler, SaFlags::SA_ONSTACK, SigSet::empty());
    // SAFETY: 처리기가 부르는 것은 위의 두 함수뿐입니다.
    unsafe { sigaction(Signal::SIGSEGV, &action) }.map(drop)
}
// ANCHOR_END: catch

#[cfg(not(unix))]
fn run(_: bool) -> Result<()> {
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
