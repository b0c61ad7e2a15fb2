//! Linux의 우리입니다. 여기는 밖에서 보는 쪽입니다: 지킴이를 띄우고, 나오는 것을 읽고, 끝을 듣습니다.

mod calls;
mod folder;
mod keeper;
mod probe;
mod rules;
mod tree;
mod view;
mod warden;

use std::{
    env,
    ffi::OsString,
    fmt,
    io::{self, ErrorKind, Read, Write},
    net::Shutdown,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt},
    },
    process::{Command, Stdio, exit},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{ControlMessage, MsgFlags, sendmsg},
    unistd::pipe2,
};
use serde::{Deserialize, Serialize};

use super::{End, Job, Layer, Limits, Outcome, os};
use crate::fault::Fault;

pub use probe::defences;

/// 지킴이로 시작하라는 첫 인자입니다. 사람이 적는 이름이 아닙니다.
const KEEPER: &str = "__cage";

/// 지킴이가 흘러든 디스크립터를 닫지 않게 합니다([`Layer::Closed`]를 두르지 않을 때). 일을 받기 전이라 인자로 줍니다.
const OPEN: &str = "open";

/// 막이를 뚫어 보라는 첫 인자입니다. 우리 안에서 돕니다.
const PROBE: &str = "__probe";

/// 기록은 이만큼까지만 받습니다.
const RECORD: u64 = 64 * 1024;

/// 지킴이에게 건네는 말입니다. 관과 소켓은 따로 건넵니다.
#[derive(Serialize, Deserialize)]
struct Spec {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    dir: OsString,
    readable: Vec<OsString>,
    runnable: Vec<OsString>,
    proc: bool,
    limits: Limits,
    without: Vec<Layer>,
}

/// 지킴이가 마지막에 하는 말입니다.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    /// 줄을 끊어서 끝냈으면 없습니다.
    end: Option<End>,
    left: usize,
    wall: Duration,
    cpu: Duration,
    layers: Layers,
}

/// 정말로 두른 겹입니다.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Layers {
    /// 이름공간입니다: PID, 마운트, 네트워크, IPC.
    namespaces: bool,
    /// 사용자 이름공간입니다.
    user: bool,
    /// 허락한 것만 있는 파일 나무입니다.
    view: bool,
    /// 아무도 쓰지 않는 uid로 내려갔습니다.
    dropped: bool,
    /// Landlock입니다: `full`, `partial`, `none`.
    landlock: String,
    /// seccomp입니다.
    seccomp: bool,
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let landlock = match self.landlock.as_str() {
            "full" => Some("Landlock"),
            "partial" => Some("Landlock 일부"),
            _ => None,
        };
        let all = [
            self.namespaces.then_some("이름공간"),
            self.view.then_some("파일 나무"),
            self.dropped.then_some("다른 사용자"),
            landlock,
            self.seccomp.then_some("seccomp"),
        ];
        let all: Vec<&str> = all.into_iter().flatten().collect();
        if all.is_empty() {
            return f.write_str("두른 겹이 없습니다");
        }
        f.write_str(&all.join(", "))
    }
}

/// 지킴이의 말입니다.
type Word = Result<Report, String>;

pub fn run(job: &Job, without: &[Layer]) -> Result<Outcome, Fault> {
    caged(job, without).map(|(outcome, _)| outcome)
}

/// 시그널에 끊긴 읽기와 아직 없는 것을 가려 냅니다.
fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// 있는 만큼만 읽는 끝입니다. 상대가 닫기를 기다리지 않습니다.
struct Mouth<R> {
    from: R,
    kept: Vec<u8>,
    /// 여기까지만 담습니다.
    limit: u64,
    /// 한계보다 많이 왔습니다.
    over: bool,
    open: bool,
}

impl<R: Read + AsFd> Mouth<R> {
    fn new(from: R, limit: u64) -> Result<Mouth<R>, Fault> {
        unblock(&from).map_err(|error| os("관을 준비하지 못했습니다", error))?;
        Ok(Mouth {
            from,
            kept: Vec::new(),
            limit,
            over: false,
            open: true,
        })
    }

    /// 지금 있는 것을 읽습니다. 끝없이 쓰는 이에게 붙잡히지 않도록 한 번에 1 MiB까지입니다.
    fn drink(&mut self) {
        let mut some = [0; 16 * 1024];
        for _ in 0..64 {
            match self.from.read(&mut some) {
                Ok(0) => self.open = false,
                Ok(count) => {
                    let room = self.limit.saturating_sub(self.kept.len() as u64);
                    let taken = count.min(usize::try_from(room).unwrap_or(usize::MAX));
                    self.kept.extend_from_slice(&some[..taken]);
                    self.over |= taken < count;
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if is_later(&error) => {}
                Err(_) => self.open = false,
            }
            break;
        }
    }

    fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.open.then(|| self.from.as_fd())
    }
}

/// 일을 돌립니다. 어떤 겹을 둘렀는지도 돌려줍니다.
fn caged(job: &Job, without: &[Layer]) -> Result<(Outcome, Layers), Fault> {
    let failed = |error: io::Error| os("우리를 만들지 못했습니다", error);
    let (mut line, theirs) = UnixStream::pair().map_err(failed)?;
    let (record, record_theirs) = UnixStream::pair().map_err(failed)?;
    let (mut feed, stdin) = Feed::new(&job.stdin).map_err(|error| failed(error.into()))?;
    // 경로가 아니라 지금 도는 파일 그 자체를 엽니다. 그사이 다시 빌드되어도 같은 프로그램입니다.
    let mut keeper = Command::new("/proc/self/exe")
        .arg(KEEPER)
        .args(without.contains(&Layer::Closed).then_some(OPEN))
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // 터미널의 Ctrl-C는 `course`가 받습니다. 지킴이는 줄이 끊어지는 것을 봅니다.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let (Some(stdout), Some(stderr)) = (keeper.stdout.take(), keeper.stderr.take()) else {
        return Err(Fault::new("지킴이의 출력을 받지 못했습니다."));
    };
    let told = tell(&line, job, without, &stdin, &record_theirs);
    drop((stdin, record_theirs));
    let mut stdout = Mouth::new(stdout, job.limits.output)?;
    let mut stderr = Mouth::new(stderr, job.limits.output)?;
    let mut record = Mouth::new(record, RECORD)?;
    let mut heard = Mouth::new(line.try_clone().map_err(failed)?, u64::MAX)?;
    if told.is_err() {
        let _ = line.shutdown(Shutdown::Both);
    }
    let mut stopped = false;
    while heard.open {
        let mouths = [
            heard.watched(),
            stdout.watched(),
            stderr.watched(),
            record.watched(),
        ];
        wait_for(&mouths, feed.into.as_ref())?;
        feed.pour();
        heard.drink();
        stdout.drink();
        stderr.drink();
        record.drink();
        if (stdout.over || stderr.over) && !stopped {
            stopped = true;
            // 쓰는 쪽만 닫습니다. 지킴이는 이것을 보고 나무를 끝낸 뒤 마지막 말을 합니다.
            let _ = line.shutdown(Shutdown::Write);
        }
    }
    // 나무가 다 끝났으므로 더 쓸 이가 없습니다. 관에 남은 것만 마저 읽습니다.
    while [
        take_rest(&mut stdout),
        take_rest(&mut stderr),
        take_rest(&mut record),
    ]
    .contains(&true)
    {}
    let _ = line.flush();
    let _ = keeper.wait();
    told?;
    let word: Word = serde_json::from_slice(&heard.kept).map_err(|_| {
        // 이름공간이 없었다면 남은 것이 있을 수 있습니다. 지킴이의 번호로 정한 사용자의 것은 모두 우리의 것입니다.
        tree::kill_users(keeper::FIRST_USER + keeper.id());
        Fault::new("지킴이가 밖에서 끝내졌습니다. 다시 해 보세요.")
    })?;
    let report = word.map_err(Fault::new)?;
    let over = stdout.over || stderr.over;
    let end = match report.end {
        _ if over => End::Output,
        Some(end) => end,
        None => return Err(Fault::new("지킴이가 까닭 없이 멈추었습니다.")),
    };
    let outcome = Outcome {
        end,
        stdout: stdout.kept,
        stderr: stderr.kept,
        record: record.kept,
        left: report.left,
        wall: report.wall,
        cpu: report.cpu,
    };
    Ok((outcome, report.layers))
}

/// 더 읽은 것이 있으면 참입니다.
fn take_rest<R: Read + AsFd>(mouth: &mut Mouth<R>) -> bool {
    let before = (mouth.kept.len(), mouth.over);
    if mouth.open && !mouth.over {
        mouth.drink();
    }
    before != (mouth.kept.len(), mouth.over)
}

/// 프로그램의 표준 입력입니다. 한 번 읽으면 사라지는 관이라, 앞의 프로세스가 읽은 것을 뒤의 프로세스가 다시 읽지 못합니다.
struct Feed<'a> {
    into: Option<OwnedFd>,
    rest: &'a [u8],
}

impl<'a> Feed<'a> {
    /// 읽는 끝도 함께 돌려줍니다.
    fn new(bytes: &'a [u8]) -> nix::Result<(Feed<'a>, OwnedFd)> {
        let (from, into) = pipe2(OFlag::O_CLOEXEC)?;
        unblock(&into)?;
        let mut feed = Feed {
            into: Some(into),
            rest: bytes,
        };
        feed.pour();
        Ok((feed, from))
    }

    /// 들어가는 만큼 넣습니다. 다 넣었거나 읽을 이가 없으면 닫습니다.
    fn pour(&mut self) {
        while let (Some(into), false) = (&self.into, self.rest.is_empty()) {
            match nix::unistd::write(into, self.rest) {
                Ok(count) => self.rest = &self.rest[count..],
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return,
                Err(_) => break,
            }
        }
        self.into = None;
    }
}

/// 기다리지 않는 끝으로 만듭니다.
fn unblock(fd: &impl AsFd) -> nix::Result<()> {
    let flags = fcntl(fd, FcntlArg::F_GETFL)?;
    let flags = OFlag::from_bits_retain(flags) | OFlag::O_NONBLOCK;
    fcntl(fd, FcntlArg::F_SETFL(flags)).map(drop)
}

/// 일과, 일이 쓸 디스크립터를 지킴이에게 건넵니다.
fn tell(
    mut line: &UnixStream,
    job: &Job,
    without: &[Layer],
    stdin: &OwnedFd,
    record: &UnixStream,
) -> Result<(), Fault> {
    let failed = |error: io::Error| os("지킴이에게 일을 건네지 못했습니다", error);
    let spec = Spec {
        program: job.program.clone().into(),
        args: job.args.clone(),
        env: job.env.clone(),
        dir: job.dir.clone().into(),
        readable: job.readable.iter().map(OsString::from).collect(),
        runnable: job.runnable.iter().map(OsString::from).collect(),
        proc: job.proc,
        limits: job.limits,
        without: without.to_vec(),
    };
    let spec = serde_json::to_vec(&spec).map_err(|error| Fault::new(error.to_string()))?;
    let length = (spec.len() as u64).to_le_bytes();
    let fds = [stdin.as_raw_fd(), record.as_raw_fd()];
    let sent = sendmsg::<()>(
        line.as_raw_fd(),
        &[io::IoSlice::new(&length)],
        &[ControlMessage::ScmRights(&fds)],
        MsgFlags::MSG_NOSIGNAL,
        None,
    );
    match sent {
        Ok(8) => line.write_all(&spec).map_err(failed),
        Ok(_) => Err(Fault::new("지킴이에게 일을 다 건네지 못했습니다.")),
        Err(error) => Err(failed(error.into())),
    }
}

/// 하나라도 읽을 것이 생기거나 더 넣을 수 있을 때까지 기다립니다.
fn wait_for(mouths: &[Option<BorrowedFd<'_>>], feed: Option<&OwnedFd>) -> Result<(), Fault> {
    let read = mouths.iter().flatten();
    let read = read.map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
    let write = feed.map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLOUT));
    let mut polled: Vec<PollFd> = read.chain(write).collect();
    match poll(&mut polled, PollTimeout::NONE) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(os("출력을 기다리지 못했습니다", error)),
    }
}

pub fn entry() {
    let mut words = env::args_os().skip(1);
    match words.next() {
        Some(word) if word == KEEPER => {
            exit(keeper::keep(words.next().is_none_or(|word| word != OPEN)))
        }
        Some(word) if word == PROBE => exit(probe::inside(words)),
        _ => {}
    }
}

/// 지금까지 흐른 시간입니다.
fn since(start: Instant) -> Duration {
    start.elapsed()
}
