//! 학생의 잘못이 아닌 것입니다. 채점하는 쪽이 고쳐야 하며, 종료 코드는 2입니다.

use std::{fmt, io, path::Path};

/// 채점하는 쪽의 잘못입니다. 무엇을 하면 되는지까지 적습니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// 채점하는 쪽의 잘못이 있을 수 있는 일의 결과입니다.
pub type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// 글 하나로 만듭니다.
    pub fn new(text: impl Into<String>) -> Fault {
        Fault(text.into())
    }

    /// 파일을 다루지 못했을 때입니다.
    pub fn file(what: &str, path: &Path, error: &io::Error) -> Fault {
        Fault(format!("{}: {what} ({error})", path.display()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}
