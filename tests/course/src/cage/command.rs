//! `course cage`와 `course defences`입니다.

use std::{
    env,
    ffi::OsString,
    io::{self, Read},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use serde_json::json;

use super::{Defence, End, Job, Limits, Outcome, os};
use crate::fault::Result;

/// 프로그램 하나를 가두어 돌리고 결과를 JSON으로 적습니다.
#[derive(Args, Debug)]
pub struct Cage {
    /// 벽시계의 한계(초)
    #[arg(long, value_name = "초", default_value_t = 10.0)]
    wall: f64,
    /// 나무 전체의 CPU 시간의 한계(초). 없으면 재지 않습니다
    #[arg(long, value_name = "초")]
    cpu: Option<f64>,
    /// 나무 전체의 메모리와 쓴 파일의 한계(MiB)
    #[arg(long, value_name = "MiB", default_value_t = 1024)]
    memory: u64,
    /// 표준 출력과 표준 오류 각각의 한계(바이트)
    #[arg(long, value_name = "바이트", default_value_t = 1 << 20)]
    output: u64,
    /// 파일 하나의 한계(MiB)
    #[arg(long, value_name = "MiB", default_value_t = 64)]
    file: u64,
    /// 더 만들 수 있는 프로세스와 스레드의 수
    #[arg(long, value_name = "수", default_value_t = 48)]
    processes: u64,
    /// 일하는 폴더. 없으면 임시로 만들고 끝나면 지웁니다
    #[arg(long, value_name = "폴더")]
    dir: Option<PathBuf>,
    /// 읽고 실행하게 할 파일이나 폴더. 여러 번 적을 수 있습니다
    #[arg(long = "read", value_name = "경로")]
    readable: Vec<PathBuf>,
    /// 실행할 수만 있고 읽을 수는 없게 할 파일. 여러 번 적을 수 있습니다
    #[arg(long = "run", value_name = "경로")]
    runnable: Vec<PathBuf>,
    /// 물려줄 환경 변수. 여러 번 적을 수 있습니다
    #[arg(long = "env", value_name = "이름=값")]
    env: Vec<String>,
    /// `/proc`을 읽게 합니다
    #[arg(long)]
    proc: bool,
    /// 이 명령의 표준 입력을 프로그램에 줍니다
    #[arg(long)]
    stdin: bool,
    /// 프로그램과 인자
    #[arg(last = true, required = true, value_name = "프로그램")]
    words: Vec<OsString>,
}

impl Cage {
    /// 돌리고 적습니다. 가둔 프로그램이 어떻게 끝났든 0입니다.
    pub fn main(self) -> Result<ExitCode> {
        let outcome = self.run()?;
        println!("{}", told(&outcome));
        Ok(ExitCode::SUCCESS)
    }

    fn run(self) -> Result<Outcome> {
        let failed = |what: &'static str| move |error: io::Error| os(what, error);
        let scratch;
        let dir = match self.dir {
            Some(dir) => dir,
            None => {
                scratch = tempfile::tempdir().map_err(failed("임시 폴더를 만들지 못했습니다"))?;
                scratch.path().to_owned()
            }
        };
        let mut words = self.words.into_iter();
        let program = words.next().unwrap_or_default();
        let program = env::current_dir()
            .map_err(failed("지금 폴더를 알 수 없습니다"))?
            .join(program);
        let mut stdin = Vec::new();
        if self.stdin {
            io::stdin()
                .read_to_end(&mut stdin)
                .map_err(failed("표준 입력을 읽지 못했습니다"))?;
        }
        let pair = |text: String| match text.split_once('=') {
            Some((name, value)) => (name.into(), value.into()),
            None => (text.into(), OsString::new()),
        };
        let job = Job {
            program,
            args: words.collect(),
            env: self.env.into_iter().map(pair).collect(),
            dir,
            runnable: self.runnable,
            readable: self.readable,
            proc: self.proc,
            stdin,
            limits: Limits {
                wall: seconds(self.wall),
                cpu: self.cpu.map_or(Duration::MAX, seconds),
                memory: self.memory << 20,
                output: self.output,
                file: self.file << 20,
                processes: self.processes,
            },
        };
        super::run(&job)
    }
}

/// 너무 크거나 음수이면 한계가 없는 것으로 봅니다.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX)
}

fn told(outcome: &Outcome) -> serde_json::Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let end = match outcome.end {
        End::Exited(code) => json!({ "exited": code }),
        End::Signaled(signal) => json!({ "signaled": signal }),
        End::Wall => json!("wall"),
        End::Cpu => json!("cpu"),
        End::Memory => json!("memory"),
        End::Output => json!("output"),
    };
    json!({
        "end": end,
        "stdout": text(&outcome.stdout),
        "stderr": text(&outcome.stderr),
        "record": text(&outcome.record),
        "left": outcome.left,
        "wall_s": outcome.wall.as_secs_f64(),
        "cpu_s": outcome.cpu.as_secs_f64(),
    })
}

/// 이 컴퓨터의 막이를 표로 적습니다.
#[derive(Args, Debug)]
pub struct Defences {
    /// 표 대신 JSON으로 적습니다
    #[arg(long)]
    json: bool,
}

impl Defences {
    pub fn main(self) -> Result<ExitCode> {
        let all = super::defences()?;
        if self.json {
            println!("{}", json!(all));
        } else {
            show(&all);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(all: &[Defence]) {
    for one in all {
        let held = if one.active { "막음" } else { "뚫림" };
        println!("{held}  {:<14} {}", one.name, one.what);
        if !one.active {
            println!("      {:<14} {}", "", one.why);
        }
    }
    match all.iter().filter(|one| !one.active && one.needed).count() {
        0 => println!(
            "\n숨긴 검사를 돌려도 됩니다. {}",
            all.first().map_or("", |one| &one.why)
        ),
        count => println!("\n꼭 막아야 할 것 {count}가지가 뚫립니다. 숨긴 검사는 돌리지 않습니다."),
    }
}
