//! Ctrl-C를 누르면: 적던 파일을 마저 적고, 임시 폴더를 치우고, 끝납니다.
//!
//! 우리(cage)에서 돌던 것은 이 프로그램이 끝나면 함께 끝납니다. 어떻게 끝나든 그렇습니다.

use crate::fault::Result;

/// Ctrl-C에 끝났을 때의 종료 코드입니다(128 + SIGINT).
#[cfg(unix)]
const INTERRUPTED: i32 = 130;

/// 시그널을 듣는 스레드를 하나 둡니다.
///
/// # Errors
/// 스레드나 시그널을 다룰 수 없습니다.
#[cfg(unix)]
pub fn listen() -> Result<()> {
    use std::{process, thread};

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
    };

    use crate::{durable, fault::Fault, scratch};

    let fault = |error: std::io::Error| Fault(format!("시그널을 듣지 못합니다: {error}"));
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(fault)?;
    thread::Builder::new()
        .name("stop".to_owned())
        .spawn(move || {
            if signals.forever().next().is_some() {
                let _quiet = durable::quiet();
                scratch::clear();
                process::exit(INTERRUPTED);
            }
        })
        .map_err(fault)?;
    Ok(())
}

/// 유닉스 밖에서는 운영체제가 끝냅니다. 파일은 통째로만 바뀌므로 반쪽이 남지 않습니다.
#[cfg(not(unix))]
pub fn listen() -> Result<()> {
    Ok(())
}
