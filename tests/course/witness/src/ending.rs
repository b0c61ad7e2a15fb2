//! 프로세스가 어떻게 끝났는지입니다.

use std::{fmt, os::unix::process::ExitStatusExt, process::ExitStatus};

use nix::sys::signal::Signal;

/// 프로세스가 어떻게 끝났는지입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// 종료 코드로 끝났습니다.
    Code(i32),
    /// 시그널에 끝났습니다.
    Signal(i32),
}

impl Ending {
    /// 종료 코드 0입니까?
    pub fn success(self) -> bool {
        self == Ending::Code(0)
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Ending {
        match status.signal() {
            Some(signal) => Ending::Signal(signal),
            // 멈추거나 이어진 것은 기다리지 않으므로 코드가 있습니다.
            None => Ending::Code(status.code().unwrap_or(-1)),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Ending::Code(101) => write!(f, "패닉(코드 101)으로 끝났습니다"),
            Ending::Code(code) => write!(f, "코드 {code}로 끝났습니다"),
            Ending::Signal(number) => match Signal::try_from(number) {
                Ok(signal) => write!(f, "{}로 끝났습니다", signal.as_str()),
                Err(_) => write!(f, "시그널 {number}로 끝났습니다"),
            },
        }
    }
}
