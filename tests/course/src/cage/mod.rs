//! 우리(cage): 믿을 수 없는 프로그램을 가두어 돌립니다. 컴파일도 여기서 합니다.

mod plain;

use std::{ffi::OsString, path::PathBuf, time::Duration};

pub use plain::run;

/// 우리 안에서 돌릴 일 하나입니다.
#[derive(Clone, Debug)]
pub struct Job {
    /// 실행할 파일의 절대 경로입니다.
    pub program: PathBuf,
    /// 인자입니다. 프로그램의 이름은 넣지 않습니다.
    pub args: Vec<OsString>,
    /// 환경 변수입니다. 여기에 없는 것은 물려주지 않습니다.
    pub env: Vec<(OsString, OsString)>,
    /// 일하는 폴더이자, 쓸 수 있는 단 하나의 폴더입니다.
    pub dir: PathBuf,
    /// 읽고 실행할 수 있는 파일과 폴더입니다.
    pub readable: Vec<PathBuf>,
    /// `/proc`을 읽게 하면 `true`입니다. 쓰기는 언제나 막습니다.
    pub proc: bool,
    /// 표준 입력으로 줄 바이트입니다.
    pub stdin: Vec<u8>,
    /// 한계입니다.
    pub limits: Limits,
}

/// 일 하나의 한계입니다.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// 벽시계입니다. 넘으면 자손까지 모두 SIGKILL로 끝납니다.
    pub wall: Duration,
    /// 나무 전체의 메모리, 바이트입니다.
    pub memory: u64,
    /// 표준 출력과 표준 오류 각각의 바이트입니다. 넘으면 끝납니다.
    pub output: u64,
    /// 파일 하나의 바이트입니다(`RLIMIT_FSIZE`).
    pub file: u64,
    /// 더 만들 수 있는 프로세스와 스레드의 수입니다.
    pub processes: u64,
}

/// 일이 어떻게 끝났는지입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// 스스로 끝났습니다.
    Exited(i32),
    /// 시그널에 끝났습니다.
    Signaled(i32),
    /// 벽시계의 한계를 넘었습니다.
    Wall,
    /// 메모리의 한계를 넘었습니다.
    Memory,
    /// 출력의 한계를 넘었습니다.
    Output,
}

/// 일이 끝난 뒤에 본 것입니다.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// 어떻게 끝났는지입니다.
    pub end: End,
    /// 표준 출력입니다. 한계까지만 있습니다.
    pub stdout: Vec<u8>,
    /// 표준 오류입니다. 한계까지만 있습니다.
    pub stderr: Vec<u8>,
    /// 기록 소켓([`RECORD_FD`])으로 온 바이트입니다. 64 KiB까지만 있습니다.
    pub record: Vec<u8>,
    /// 프로그램이 끝난 뒤에도 살아 있어 끝낸 자손의 수입니다.
    pub left: usize,
    /// 벽시계입니다.
    pub wall: Duration,
    /// 나무 전체의 CPU 시간입니다(거둔 것만).
    pub cpu: Duration,
}

/// 프로그램이 판정을 적는 소켓의 디스크립터 번호입니다. `Job`의 프로그램에 열린 채 넘어갑니다.
///
/// 파이프가 아니라 소켓인 까닭: 파이프는 `/proc/self/fd/N`으로 다시 열 수 있지만 소켓은 열리지 않습니다(ENXIO).
pub const RECORD_FD: i32 = 3;
