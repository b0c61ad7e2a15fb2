//! ch04_05: 자식이 여러 가지로 쓰러집니다. 부모는 까닭을 듣고 계속 놉니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    Cli::new(
        "ch04_05_child_dies",
        "자식이 쓰러져도 부모는 까닭을 듣고 계속합니다",
    )
    .parse();
    run()
}

#[cfg(unix)]
// ANCHOR: program
fn run() -> Result<()> {
    use std::{
        process::{abort, exit, id},
        ptr, thread,
    };

    use nix::{
        errno::Errno,
        sys::{
            resource::{Resource, setrlimit},
            wait::{WaitPidFlag, waitpid},
        },
    };
    use noriteo::{
        Error,
        process::{JoinHandle, fork},
    };

    fn report(how: &str, child: JoinHandle<()>) {
        match child.join() {
            Ok(()) => println!("{how}: 결과를 남기고 끝났습니다"),
            Err(error) => println!("{how}: {error}"),
        }
    }

    // 쓰러진 자식이 메모리를 통째로 적은 파일(core)을 남기지 않게 합니다.
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
        .map_err(|errno| Error::os("core 파일의 크기를 줄이지 못했습니다", errno))?;
    report("할 일을 마치면", fork(|| ())?);
    report("exit(3)", fork(|| exit(3))?);
    report("exit(0)", fork(|| exit(0))?);
    report("panic!", fork(|| panic!("장난감이 없습니다"))?);
    report("abort()", fork(|| abort())?);
    report("울타리 밖", fork(leave_playground)?);
    // 새로운 것: 자식 스스로가 아니라 부모가 끝냅니다. 스레드에는 없는 방법입니다.
    let child = fork(|| {
        loop {
            thread::park();
        }
    })?;
    child.kill()?;
    report("kill()", child);

    fn leave_playground() {
        let outside = ptr::without_provenance_mut::<u8>(8);
        // SAFETY: 일부러 규칙을 어깁니다. 주소 8이 든 첫 쪽은 비어 있어서, 쓰면 꼭 SIGSEGV를 받습니다.
        unsafe { outside.write_volatile(1) }
    }

    // 아무 자식이나 거두어 봅니다. 자식이 없다는 대답(ECHILD)이 와야 좀비도 없는 것입니다.
    let zombies = waitpid(None, Some(WaitPidFlag::WNOHANG)) != Err(Errno::ECHILD);
    println!(
        "부모(PID {})는 살아 있고, 거두지 않은 자식은 {}",
        id(),
        if zombies {
            "있습니다"
        } else {
            "없습니다"
        }
    );
    Ok(())
}
// ANCHOR_END: program

#[cfg(not(unix))]
fn run() -> Result<()> {
    println!("이 프로그램은 fork가 있는 Unix에서 돕니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
