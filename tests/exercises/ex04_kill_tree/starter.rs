//! ex04: 손자까지 멈추기. `run_until`을 채우세요.
//!
//! 실행: `cargo run --example ex04_kill_tree`
//! 검사: `cargo course check ex04`

#[cfg(unix)]
use std::{
    io,
    process::{Command, ExitStatus},
    sync::mpsc::Receiver,
};

/// 명령이 어떻게 끝났는지입니다.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// 스스로 끝났습니다. 다른 이가 보낸 시그널에 끝난 것도 여기입니다.
    Itself(ExitStatus),
    /// 멈추라는 신호가 와서 우리가 끝냈습니다.
    Stopped,
}

/// `command`를 실행하여, 스스로 끝나거나 `stop`으로 신호가 올 때까지 기다립니다.
///
/// * 신호가 오면 명령과 그 자손을 모두 `SIGKILL`로 끝냅니다. 부탁(`SIGTERM`)은 못 들은 체할 수 있습니다.
///   자손은 스스로 무리(process group)를 옮기지 않습니다.
/// * 명령이 스스로 끝나면 아무도 죽이지 않습니다. 명령이 남기고 간 자손도 그대로 둡니다.
/// * 어느 쪽이든 명령을 거둡니다. 손자는 거둘 수 없습니다. 우리의 자식이 아니기 때문입니다.
/// * 시작하지 못하면 그 오류를 돌려줍니다.
/// * 신호를 보내는 쪽은 `run_until`이 돌아올 때까지 살아 있습니다. 신호는 오지 않을 수도 있습니다.
///
/// `nix` 크레이트를 쓸 수 있습니다(`nix::sys::signal`).
#[cfg(unix)]
pub fn run_until(command: &mut Command, stop: Receiver<()>) -> io::Result<Ended> {
    let _ = (command, stop);
    todo!("명령을 새 무리의 우두머리로 시작하세요")
}

#[cfg(unix)]
fn main() -> io::Result<()> {
    use std::{sync::mpsc, thread};

    let (send, stop) = mpsc::channel();
    // 셸이 자식을 하나 두고 그 자식을 기다립니다.
    let line = "sleep 60 & echo \"셸 $$, 그 자식 $!. 엔터를 누르면 멈춥니다\"; wait";
    thread::spawn(move || {
        let _ = io::stdin().read_line(&mut String::new());
        let _ = send.send(());
        // 보내는 쪽은 끝까지 살아 있습니다.
        thread::park();
    });
    let ended = run_until(Command::new("sh").args(["-c", line]), stop)?;
    println!("{ended:?}");
    Ok(())
}

#[cfg(not(unix))]
fn main() {
    println!(
        "이 문제는 프로세스의 무리가 있는 Unix에서 풉니다. Windows에서는 WSL2에서 실행해 보세요."
    );
}
