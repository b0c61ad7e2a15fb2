//! 검사 한 번에 주어진 것입니다.

use std::{
    fmt::Display,
    fs::File,
    io::Read,
    panic::resume_unwind,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Deserialize;

use crate::{How, SubjectPlan, Wrong, program::RunPlan};

/// `course`가 표준 입력으로 주는 것입니다.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Brief {
    /// 판정에 그대로 돌려줄 비밀입니다.
    pub nonce: String,
    /// 학생마다 다른 씨앗입니다.
    pub seed: u64,
    /// `program`인 문제에서 학생의 프로그램입니다.
    pub submission: Option<PathBuf>,
    /// 기다리는 한계, 밀리초입니다.
    pub patience_ms: u64,
}

/// 검사 한 번에 주어진 것입니다. 일감의 씨앗은 검사마다 새로 뽑은 비밀입니다.
#[derive(Debug)]
pub struct Case {
    pub(crate) brief: Brief,
    pub(crate) secret: u64,
    remarks: Mutex<Vec<String>>,
    /// 이 검사에서 학생의 코드를 돌린 적이 있습니다.
    ran: AtomicBool,
}

impl Case {
    pub(crate) fn new(brief: Brief) -> Case {
        let mut bytes = [0; 8];
        File::open("/dev/urandom")
            .and_then(|mut file| file.read_exact(&mut bytes))
            .expect("/dev/urandom을 읽을 수 있습니다");
        Case {
            brief,
            secret: u64::from_le_bytes(bytes),
            remarks: Mutex::default(),
            ran: AtomicBool::new(false),
        }
    }

    /// 이제부터 학생의 코드가 돕니다.
    pub(crate) fn runs(&self) {
        self.ran.store(true, Ordering::Relaxed);
    }

    /// 재판관이 일을 차리는 데 꼭 되어야 하는 것입니다.
    ///
    /// 이 검사에서 학생의 코드가 돈 다음에 안 되었으면, 그 코드가 남긴 것이 프로세스나 디스크나 폴더를 막은 것입니다.
    /// 그때에는 판정(무너짐)으로 끝냅니다.
    ///
    /// # Panics
    /// 학생의 코드가 돌기도 전에 안 되었을 때입니다. 학생의 잘못이 아니므로 판정을 적지 않습니다.
    pub(crate) fn must<T, E: Display>(&self, what: &str, done: Result<T, E>) -> T {
        match done {
            Ok(done) => done,
            Err(error) if self.ran.load(Ordering::Relaxed) => resume_unwind(Box::new(Wrong::of(
                How::Crash,
                format!("앞서 돌린 코드가 남긴 것 때문에 {what} 수 없습니다({error})."),
            ))),
            Err(error) => panic!("{what} 수 없습니다: {error}"),
        }
    }

    /// 학생마다 다르고, 같은 학생에게는 늘 같은 씨앗입니다.
    pub fn seed(&self) -> u64 {
        self.brief.seed
    }

    /// 틀린 답만 이만큼 기다립니다. 옳은 답은 곧 끝납니다.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.brief.patience_ms)
    }

    /// 미리 알 수 없는 수 `count`개입니다. 하나는 1,000,000보다 작고, 서로 다릅니다.
    ///
    /// # Panics
    /// `count`가 1,000보다 클 때입니다.
    pub fn numbers(&self, count: usize) -> Vec<u64> {
        assert!(count <= 1_000, "한 번에 1,000개까지입니다");
        let mut state = self.secret;
        let mut numbers: Vec<u64> = Vec::with_capacity(count);
        while numbers.len() < count {
            let number = next(&mut state) % 1_000_000;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        numbers
    }

    /// 미리 알 수 없는 수 하나입니다. `low` 이상 `high` 미만입니다. 같은 `salt`에는 같은 수를 줍니다.
    pub fn between(&self, salt: u64, low: u64, high: u64) -> u64 {
        let mut state = self.secret ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        low + next(&mut state) % (high - low)
    }

    /// 판정은 그대로 두고, 문제를 만드는 이에게 알립니다. `cargo course verify`가 보입니다. 학생에게는 보이지 않습니다.
    pub fn remark(&self, text: impl Into<String>) {
        self.told().push(text.into());
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Vec<String>> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// 피고에게 시킬 일을 짭니다.
    pub fn subject(&self, act: &str) -> SubjectPlan<'_> {
        SubjectPlan::new(self, act)
    }

    /// 학생의 프로그램을 실행할 차림입니다(`kind = "program"`).
    ///
    /// # Panics
    /// `kind`가 `program`이 아닐 때입니다.
    pub fn program(&self) -> RunPlan<'_> {
        let path = self.brief.submission.as_deref();
        RunPlan::new(self, path.expect("kind = \"program\"인 문제입니다"))
    }
}

/// splitmix64입니다(Steele, Lea, Flood, 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
