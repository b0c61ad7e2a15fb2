//! 피고: 학생의 코드를 부르는 프로세스입니다.

use std::{
    fs::File,
    io::Read,
    os::fd::{AsFd, FromRawFd, OwnedFd},
    process::{self, Command},
    sync::OnceLock,
};

use nix::unistd::gettid;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Act,
    channel::{self, Word},
    puppet,
};

/// 재판관에게 말하는 소켓의 디스크립터 번호입니다.
pub(crate) const WORDS: i32 = 10;
/// 만나는 곳의 문이 되는 파이프의 번호입니다. 한 바이트에 하나씩 지나갑니다.
pub(crate) const GATE: i32 = 11;

static HERE: OnceLock<Work> = OnceLock::new();

/// 피고에게 주어진 일입니다. fork한 자식에서도 그대로 쓸 수 있습니다.
#[derive(Debug)]
pub struct Work {
    words: OwnedFd,
    gate: File,
    input: Value,
}

/// 지금 피고의 일입니다. 클로저가 빌릴 수 없는 곳(`'static`)에서 씁니다.
///
/// # Panics
/// 피고가 아닌 프로세스에서 부를 때입니다.
pub fn here() -> &'static Work {
    HERE.get().expect("피고에서만 부릅니다")
}

impl Work {
    /// 재판관이 준 일감입니다.
    ///
    /// # Panics
    /// 재판관이 준 것과 꼴이 다를 때입니다.
    pub fn input<T: DeserializeOwned>(&self) -> T {
        serde_json::from_value(self.input.clone()).expect("재판관이 준 꼴입니다")
    }

    /// 만나는 곳에 왔다고 알리고, 재판관이 문을 열 때까지 기다립니다.
    ///
    /// 모두가 올 때까지 열리지 않습니다. 그래서 문이 열렸으면 모두가 함께 안에 있었습니다.
    pub fn meet(&self, tag: &str) {
        self.say(&Word::Meet {
            tid: tid(),
            tag: tag.to_owned(),
        });
        let mut pass = [0];
        if (&self.gate).read_exact(&mut pass).is_err() {
            // 재판관이 사라졌습니다.
            process::exit(70);
        }
    }

    /// 한 일을 재판관의 장부에 적습니다.
    pub fn note(&self, tag: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).expect("JSON으로 적을 수 있습니다");
        self.say(&Word::Note {
            tid: tid(),
            tag: tag.to_owned(),
            value,
        });
    }

    /// 답을 냅니다. 마지막에 낸 것만 봅니다.
    pub fn answer(&self, value: &impl Serialize) {
        let value = serde_json::to_value(value).expect("JSON으로 적을 수 있습니다");
        self.say(&Word::Answer(value));
    }

    /// 이름이 `name`인 꼭두각시를 시작하는 명령입니다. 무엇을 할지는 재판관이 줄로 시킵니다.
    pub fn puppet(&self, name: &str) -> Command {
        puppet::command(name)
    }

    /// 여기서부터 표준 출력과 표준 오류를 버립니다. 수천 번 돌리는 학생의 코드가 찍는 것으로
    /// 출력의 한계를 넘기지 않게 합니다.
    ///
    /// # Panics
    /// `/dev/null`을 열지 못할 때입니다.
    pub fn hush(&self) {
        let null = File::options().write(true).open("/dev/null");
        let null = null.expect("/dev/null을 열 수 있습니다");
        nix::unistd::dup2_stdout(&null).expect("열려 있습니다");
        nix::unistd::dup2_stderr(&null).expect("열려 있습니다");
    }

    fn say(&self, word: &Word) {
        if channel::say(self.words.as_fd(), word).is_err() {
            process::exit(70);
        }
    }
}

fn tid() -> u64 {
    gettid().as_raw().unsigned_abs().into()
}

pub(crate) fn main(name: &str, acts: &[(&str, Act)]) -> ! {
    // SAFETY: 재판관이 이 두 번호로 열어 넘겼고, 여기서 한 번만 가져갑니다.
    let (words, gate) = unsafe { (OwnedFd::from_raw_fd(WORDS), File::from_raw_fd(GATE)) };
    // 학생의 코드가 exec하는 프로그램에는 넘기지 않습니다.
    for fd in [words.as_fd(), gate.as_fd()] {
        let close = nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC);
        nix::fcntl::fcntl(fd, close).expect("열려 있습니다");
    }
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    let input = read
        .ok()
        .and_then(|_| serde_json::from_str(&text).ok())
        .expect("일감은 JSON입니다");
    let (_, act) = acts
        .iter()
        .find(|(id, _)| *id == name)
        .expect("있는 일입니다");
    let work = HERE.get_or_init(|| Work { words, gate, input });
    act(work);
    process::exit(0)
}
