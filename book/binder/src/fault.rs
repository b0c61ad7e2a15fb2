//! 멈추게 하는 일들과 그 종료 코드입니다.

use std::{fmt, io, path::Path};

use noriteo::Error;

/// 이 프로그램의 결과입니다.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// 하던 일을 그만두게 하는 까닭입니다.
#[derive(Debug)]
pub enum Fault {
    /// 명령줄이나 파일로 받은 값이 잘못되었습니다(종료 코드 2).
    BadInput(String),
    /// 일을 끝내지 못했습니다(종료 코드 1).
    Failed(String),
    /// 사람이 Ctrl-C로 멈추었습니다(종료 코드 130).
    Stopped,
}

impl Fault {
    /// 파일을 다루다 난 오류에 하려던 일과 자리를 붙입니다.
    pub fn file(what: &str, path: &Path, error: &io::Error) -> Fault {
        let advice = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                " 쓸 수 있는 폴더인지 권한을 살펴보거나 `--out`으로 다른 폴더를 고르세요."
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                " 같은 이름의 파일이 길을 막고 있습니다. `--out`으로 다른 폴더를 고르세요."
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                " 저장 공간을 비운 뒤 다시 해 보세요."
            }
            io::ErrorKind::NotFound => " 경로를 다시 살펴보세요.",
            _ => "",
        };
        Fault::Failed(format!("{what}: {}({error}).{advice}", path.display()))
    }

    /// 운영체제에 알릴 종료 코드입니다.
    pub fn code(&self) -> u8 {
        match self {
            Fault::Failed(_) => 1,
            Fault::BadInput(_) => 2,
            Fault::Stopped => 130,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::BadInput(message) | Fault::Failed(message) => write!(f, "오류: {message}"),
            Fault::Stopped => f.write_str("멈추었습니다. 쓰다 만 파일은 남기지 않았습니다."),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match error {
            Error::BadInput { message } => Fault::BadInput(message),
            other => Fault::Failed(other.to_string()),
        }
    }
}
