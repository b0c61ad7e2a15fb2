//! 크레이트의 오류입니다.

use std::{fmt, io};

/// 이 크레이트의 결과입니다. 오류는 언제나 [`Error`]입니다.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// 스레드, 락, 프로세스를 다룰 때 생기는 오류입니다.
///
/// 무엇이 잘못되었는지와 다음에 무엇을 하면 되는지를 우리말로 알립니다.
/// `main`이 `Result<(), Error>`를 돌려주는 예제가 많으므로 `Debug`도 같은 글을 보여 줍니다.
#[non_exhaustive]
pub enum Error {
    /// 운영체제가 부탁을 거절했습니다. `what`은 하려던 일입니다.
    Os {
        /// 하려던 일. 「…하지 못했습니다」 앞에 놓일 말입니다.
        what: String,
        /// 운영체제가 알려 준 까닭입니다.
        source: io::Error,
    },
    /// 다른 스레드가 살아 있어 `fork`를 거절했습니다.
    ThreadsAlive {
        /// 지금 이 프로세스의 스레드 수입니다(2 이상).
        count: usize,
    },
    /// 자식이 결과를 남기지 않고 0이 아닌 코드로 끝났습니다.
    Exited {
        /// 자식의 PID입니다.
        pid: u32,
        /// 종료 코드입니다(1–255).
        code: i32,
    },
    /// 자식이 코드 0으로 끝났지만 결과를 남기지 않았습니다.
    NoResult {
        /// 자식의 PID입니다.
        pid: u32,
    },
    /// 자식이 시그널을 받아 끝났습니다.
    Signaled {
        /// 자식의 PID입니다.
        pid: u32,
        /// 시그널 번호입니다.
        signal: i32,
        /// 시그널 이름입니다. 예: `SIGSEGV`.
        name: String,
    },
    /// 스레드나 자식 프로세스가 패닉했습니다.
    Panicked {
        /// 패닉이 남긴 말입니다.
        message: String,
    },
    /// 일꾼이 제 일을 마치지 못하고 까닭을 알려 왔습니다.
    WorkerFailed {
        /// 일꾼이 알린 까닭입니다.
        message: String,
    },
    /// 여러 호스트가 함께 하던 일을 마치지 못했습니다(기능 `cluster`).
    Cluster {
        /// 어느 호스트에 무슨 일이 있었고 무엇을 하면 되는지 알립니다.
        message: String,
    },
    /// 반대쪽 끝이 모두 닫혔습니다.
    Disconnected,
    /// 다른 프로세스에서 온 바이트를 값으로 읽지 못했습니다.
    Decode {
        /// 무엇이 어긋났는지 알립니다.
        reason: String,
    },
    /// `process::spawn`에 넘긴 함수를 `main` 맨 위에서 등록하지 않았습니다.
    NotRegistered {
        /// 함수의 전체 이름입니다.
        name: String,
    },
    /// 이 운영체제에서는 할 수 없는 일입니다.
    Unsupported {
        /// 할 수 없는 일입니다.
        what: String,
    },
    /// 넘겨받은 값이 범위를 벗어났습니다.
    BadInput {
        /// 무엇이 잘못되었고 어떻게 고치는지 알립니다.
        message: String,
    },
}

impl Error {
    /// 운영체제 오류에 하려던 일을 붙입니다.
    pub fn os(what: impl Into<String>, source: impl Into<io::Error>) -> Error {
        Error::Os {
            what: what.into(),
            source: source.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Os { what, source } => write!(f, "{what}: 운영체제가 거절했습니다({source})"),
            Error::ThreadsAlive { count } => write!(
                f,
                "스레드가 {count}개 살아 있어 fork하지 않았습니다. \
                 다른 스레드를 모두 join한 뒤에 fork하거나 process::spawn을 쓰세요"
            ),
            Error::Exited { pid, code } => write!(
                f,
                "자식(PID {pid})이 결과 없이 끝났습니다(종료 코드 {code}). 자식이 남긴 오류 글을 살펴보세요"
            ),
            Error::NoResult { pid } => write!(
                f,
                "자식(PID {pid})이 결과를 남기지 않고 끝났습니다. 자식 안에서 std::process::exit를 부르지 않았는지 살펴보세요"
            ),
            Error::Signaled { pid, signal, name } => write!(
                f,
                "자식(PID {pid})이 시그널 {name}({signal})을 받아 끝났습니다"
            ),
            Error::Panicked { message } => write!(f, "패닉이 났습니다: {message}"),
            Error::WorkerFailed { message } => {
                write!(f, "일꾼이 일을 마치지 못했습니다: {message}")
            }
            Error::Disconnected => write!(
                f,
                "반대쪽 끝이 모두 닫혔습니다. 더 주고받을 상대가 없습니다"
            ),
            Error::Decode { reason } => write!(
                f,
                "받은 바이트를 값으로 읽지 못했습니다: {reason}. 보내는 쪽과 받는 쪽의 타입이 같은지 살펴보세요"
            ),
            Error::NotRegistered { name } => write!(
                f,
                "{name} 함수가 등록되지 않았습니다. main 맨 위에서 process::entry({})를 부르세요",
                name.rsplit("::").next().unwrap_or(name)
            ),
            Error::Unsupported { what } => write!(
                f,
                "{what}: 이 운영체제에서는 할 수 없습니다. Linux(Windows에서는 WSL2)에서 해 보세요"
            ),
            Error::BadInput { message } | Error::Cluster { message } => f.write_str(message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Os { source, .. } => Some(source),
            _ => None,
        }
    }
}
