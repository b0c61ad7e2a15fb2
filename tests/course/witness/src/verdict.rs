//! 판정입니다.

use serde::{Deserialize, Serialize};

/// 검사 하나의 결과입니다.
pub type Verdict = Result<(), Wrong>;

/// 어떻게 틀렸는지입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// 답이나 한 일이 틀렸습니다.
    Wrong,
    /// 패닉, 시그널, 0이 아닌 코드로 끝났습니다.
    Crash,
    /// 기다려도 오지 않았습니다.
    Hang,
    /// 답을 내지 않고 끝났습니다(`exit(0)` 등).
    Silent,
}

/// 틀린 까닭입니다. 본 것을 적은 글은 공개된 검사에서만 학생에게 보입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// 어떻게 틀렸는지입니다.
    pub how: How,
    /// 무엇을 보았는지입니다. 합니다체 한 문장입니다.
    pub detail: String,
}

impl Wrong {
    /// 답이나 한 일이 틀렸을 때입니다.
    pub fn new(detail: impl Into<String>) -> Wrong {
        Wrong {
            how: How::Wrong,
            detail: detail.into(),
        }
    }

    pub(crate) fn of(how: How, detail: impl Into<String>) -> Wrong {
        Wrong {
            how,
            detail: detail.into(),
        }
    }
}

/// `held`가 거짓이면 틀린 것입니다.
pub fn ensure(held: bool, detail: impl Into<String>) -> Verdict {
    if held {
        Ok(())
    } else {
        Err(Wrong::new(detail))
    }
}
