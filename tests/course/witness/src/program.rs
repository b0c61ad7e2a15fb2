//! 학생의 프로그램을 실행합니다(`kind = "program"`). 채점기에는 학생의 코드가 없습니다.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use crate::{Case, Ending, How, Wrong, left};

/// 실행할 차림입니다.
#[derive(Debug)]
pub struct RunPlan<'a> {
    case: &'a Case,
    path: PathBuf,
    args: Vec<String>,
    stdin: Vec<u8>,
}

/// 끝난 프로그램에서 본 것입니다.
#[derive(Debug)]
pub struct Ran {
    /// 프로그램의 PID입니다.
    pub pid: i32,
    /// 어떻게 끝났는지입니다.
    pub ending: Ending,
    /// 표준 출력입니다.
    pub stdout: String,
    /// 표준 오류입니다.
    pub stderr: String,
    /// 프로그램이 끝난 뒤에도 살아 있던 자손이 있었습니다.
    pub left_alive: bool,
    /// 프로그램이 거두지 않은 좀비의 수입니다.
    pub left_zombies: usize,
}

impl<'a> RunPlan<'a> {
    pub(crate) fn new(case: &'a Case, path: &Path) -> RunPlan<'a> {
        RunPlan {
            case,
            path: path.to_owned(),
            args: Vec::new(),
            stdin: Vec::new(),
        }
    }

    /// 인자를 하나 더합니다.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// 표준 입력으로 줄 바이트입니다.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// 실행하고 끝까지 봅니다. 어떻게 끝나든 본 것을 줍니다.
    ///
    /// 출력은 파이프가 아니라 이름을 지운 파일로 받습니다. 손자가 끝을 쥐고 있어도 기다리지 않습니다.
    /// 메모리의 파일(`memfd_create`)은 우리(cage)가 막습니다. 이름을 지운 파일의 크기는 우리가 셉니다.
    ///
    /// # Errors
    /// 기다려도 끝나지 않았습니다([`How::Hang`]).
    ///
    /// # Panics
    /// 파일이나 프로세스를 더 만들 수 없을 때입니다. 판정이 될지는 `Case::must`가 정합니다.
    pub fn run(self) -> Result<Ran, Wrong> {
        let case = self.case;
        let file = || case.must("파일을 만들", nameless());
        let (mut input, stdout, stderr) = (file(), file(), file());
        let written = input
            .write_all(&self.stdin)
            .and_then(|()| input.seek(SeekFrom::Start(0)));
        case.must("표준 입력을 적을", written);
        let same = |file: &File| Stdio::from(case.must("디스크립터를 베낄", file.try_clone()));
        let child = Command::new(&self.path)
            .args(&self.args)
            .stdin(input)
            .stdout(same(&stdout))
            .stderr(same(&stderr))
            .process_group(0)
            .spawn();
        let mut child = case.must("프로세스를 만들", child);
        case.runs();
        let pid = i32::try_from(child.id()).expect("PID는 i32입니다");
        let deadline = Instant::now() + self.case.patience();
        let status = loop {
            match child.try_wait().expect("내 자식입니다") {
                Some(status) => break status,
                None if Instant::now() >= deadline => {
                    let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
                    let _ = child.wait();
                    left::behind(pid);
                    return Err(Wrong::of(
                        How::Hang,
                        "기다려도 프로그램이 끝나지 않았습니다.",
                    ));
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        let left = left::behind(pid);
        let (stdout, stderr) = (text(stdout), text(stderr));
        let ending = Ending::from(status);
        if !ending.success() {
            // 공개된 검사에서는 `course`가 여기에서 패닉한 자리를 찾아 학생에게 보입니다.
            eprint!("{stderr}");
        }
        Ok(Ran {
            pid,
            ending,
            stdout,
            stderr,
            left_alive: left.alive,
            left_zombies: left.zombies,
        })
    }
}

/// 일하는 폴더에 만들고 이름을 지운 파일입니다. 이름은 학생의 프로그램이 미리 차지할 수 없습니다.
fn nameless() -> io::Result<File> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let name = format!(".{:032x}", u128::from_le_bytes(bytes));
    let mut options = File::options();
    let file = options
        .read(true)
        .write(true)
        .create_new(true)
        .open(&name)?;
    fs::remove_file(&name)?;
    Ok(file)
}

fn text(mut file: File) -> String {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.read_to_end(&mut bytes))
        .expect("열어 둔 파일에서 읽습니다");
    String::from_utf8_lossy(&bytes).into_owned()
}
