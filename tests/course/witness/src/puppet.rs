//! 꼭두각시: 학생의 코드가 실행하고, 재판관이 시키는 대로 하는 프로세스입니다.
//!
//! 피고는 [`Work::puppet`](crate::Work::puppet)이 준 `Command`를 학생의 코드에 건넵니다. 그 명령으로 시작한 프로세스는
//! 물려받은 문(door)으로 재판관과 잇는 줄을 하나 보내고, 줄로 오는 [`Order`]를 하나씩 합니다.
//!
//! * 누가 왔는지(PID)는 커널이 적습니다(`SCM_CREDENTIALS`).
//! * 무엇을 할지는 명령의 인자에 없습니다. 그래서 실행해 보지 않고는 알 수 없습니다.
//! * 줄의 반대쪽 끝은 그 프로세스만 쥡니다. 줄이 끊기면 그 프로세스는 끝난 것입니다.
//! * 재판관이 사라지면 줄이 끊기고, 꼭두각시는 스스로 끝납니다. 아무도 남지 않습니다.

use std::{
    env,
    hint::black_box,
    io::{self, IoSlice, IoSliceMut, Read, Write},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
        unix::process::parent_id,
    },
    process::{self, Command},
    ptr, thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        resource::{Resource, setrlimit},
        signal::{SigHandler, SigSet, SigmaskHow, Signal, kill, signal, sigprocmask},
        socket::{
            AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType,
            UnixCredentials, recv, recvmsg, send, sendmsg, setsockopt, socketpair, sockopt,
        },
    },
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{How, Wrong, channel, judge::GLANCE_MS};

/// 꼭두각시가 들어오는 문의 디스크립터 번호입니다. 피고와 그 자손이 exec 너머까지 물려받습니다.
pub(crate) const DOOR: RawFd = 12;

/// 메시지 하나의 가장 큰 크기, 바이트입니다.
const LARGEST: usize = 4 << 10;

/// 놀이터 밖의 주소입니다. 운영체제는 맨 앞의 주소들을 비워 둡니다.
const OUTSIDE: *mut u64 = ptr::without_provenance_mut(16);

/// 꼭두각시가 할 일 하나입니다. 하고 나면 답을 하나 보냅니다. 끝나는 일에는 답이 없습니다.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// 이 종료 코드로 끝납니다.
    Exit(i32),
    /// 이 번호의 시그널을 저에게 보내 끝납니다. 처리기가 있었으면 처음대로 되돌립니다.
    Signal(i32),
    /// 제 놀이터가 아닌 주소에 씁니다(`SIGSEGV`). 처음 `raise`한 `SIGSEGV`는 Rust의 처리기가 삼키기 때문에 정말로 씁니다.
    Stray,
    /// `abort`합니다(`SIGABRT`).
    Abort,
    /// 패닉합니다(종료 코드 101).
    Panic,
    /// 스택이 넘칠 때까지 저를 부릅니다(`SIGABRT`).
    Overflow,
    /// 이 번호의 시그널을 못 들은 체합니다.
    Ignore(i32),
    /// 이 이름의 꼭두각시를 자식으로 만듭니다. 표준 입력과 출력도 물려줍니다.
    Child(String),
    /// 표준 출력과 표준 오류에 이만큼씩 씁니다, 바이트.
    Print(usize),
    /// 표준 입력을 끝까지 읽어, 바이트마다 앞의 수를 곱하고 뒤의 수를 더해 표준 출력에 씁니다(256으로 나눈 나머지).
    /// 답은 [`Pumped`]입니다.
    Pump(u8, u8),
    /// 표준 입력에서 이만큼만 읽고 버립니다, 바이트. 먼저 끝나면 거기까지입니다. 답은 읽은 수입니다.
    Read(usize),
    /// 표준 입력(소켓)에 한 줄이 다 올 때까지 기다립니다. 읽지는 않습니다. 답은 왔으면 참, 다 오지 않고 끝났으면 거짓입니다.
    Await,
    /// 표준 입력에서 한 줄을 읽습니다. 답은 줄바꿈을 뺀 줄이고, 다 오지 않고 끝났으면 `null`입니다.
    Line,
    /// 표준 출력에 이 글을 그대로 씁니다. 답은 다 썼으면 참입니다.
    Write(String),
    /// 표준 출력(소켓)에 쓴 것을 받는 이가 모두 읽을 때까지 기다립니다. 그 자리까지 읽었음을 보입니다.
    Taken,
    /// 아무것도 하지 않고 답합니다.
    Answer,
}

/// [`Order::Pump`]의 답입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pumped {
    /// 표준 입력에서 읽은 바이트입니다.
    pub read: usize,
    /// 받는 이가 먼저 끝나 다 쓰지 못했습니다(`EPIPE`).
    pub broken: bool,
}

/// 문으로 들어온 꼭두각시 하나입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// 이름입니다.
    pub name: String,
    /// PID입니다. 커널이 적은 것입니다.
    pub pid: i32,
    /// 부모의 PID입니다. 꼭두각시가 스스로 물어본 것입니다.
    pub parent: i32,
}

/// 재판관이 쥔 꼭두각시의 줄입니다. 놓으면 꼭두각시는 스스로 끝납니다.
#[derive(Debug)]
pub struct Puppet {
    arrival: Arrival,
    line: OwnedFd,
    deadline: Instant,
}

#[derive(Serialize, Deserialize)]
struct Hello {
    name: String,
    parent: i32,
}

impl Puppet {
    /// 이름과 PID입니다.
    pub fn arrival(&self) -> &Arrival {
        &self.arrival
    }

    /// PID입니다. 커널이 적은 것입니다.
    pub fn pid(&self) -> i32 {
        self.arrival.pid
    }

    /// 일을 시킵니다. 답은 기다리지 않습니다. 벌써 끝났으면 아무 일도 없습니다.
    ///
    /// 꼭두각시인 체하는 프로세스는 소켓이 아닌 것을 보내거나, 보낸 줄을 읽지 않을 수 있습니다.
    /// 그런 줄에 시킨 일은 되지 않을 뿐이고, 되지 않은 것은 판정에서 드러납니다.
    pub fn order(&self, order: &Order) {
        let _ = say(&self.line, order, MsgFlags::MSG_DONTWAIT);
    }

    /// 앞에서 시킨 일의 답을 기다립니다. 답하지 않고 끝났으면 `None`입니다.
    ///
    /// # Errors
    /// 기다려도 답하지도 끝나지도 않았습니다([`How::Hang`]).
    pub fn told(&self) -> Result<Option<Value>, Wrong> {
        loop {
            if channel::ready(&self.line, GLANCE_MS).expect("줄을 볼 수 있습니다") {
                return Ok(hear(&self.line));
            }
            self.patient("시킨 일을 끝내지 못했습니다")?;
        }
    }

    /// 일을 시키고 답을 기다립니다.
    ///
    /// # Errors
    /// 기다려도 답하지 않았거나([`How::Hang`]), 답하지 않고 끝났습니다([`How::Wrong`]).
    ///
    /// # Panics
    /// 답의 꼴이 다를 때입니다.
    pub fn ask<T: serde::de::DeserializeOwned>(&self, order: &Order) -> Result<T, Wrong> {
        self.order(order);
        match self.told()? {
            Some(value) => Ok(serde_json::from_value(value).expect("꼭두각시가 낸 꼴입니다")),
            None => Err(Wrong::new("아직 할 일이 있는 명령이 먼저 끝났습니다.")),
        }
    }

    /// 살아 있습니까? 시킨 일에 답하면 살아 있는 것이고, 줄이 끊기면 끝난 것입니다. 둘 가운데 하나는 곧 옵니다.
    ///
    /// # Errors
    /// 기다려도 둘 다 오지 않았습니다([`How::Hang`]).
    pub fn alive(&self) -> Result<bool, Wrong> {
        self.order(&Order::Answer);
        Ok(self.told()?.is_some())
    }

    /// 끝날 때까지 기다립니다. 그사이에 온 답은 버립니다.
    ///
    /// # Errors
    /// 기다려도 끝나지 않았습니다([`How::Hang`]).
    pub fn gone(&self) -> Result<(), Wrong> {
        while self.told()?.is_some() {}
        Ok(())
    }

    /// 끝난 것을 그 부모가 거둘 때까지 `within`만큼만 기다려 봅니다. 거두었으면 참입니다.
    ///
    /// 옳은 답도 나중에 거둘 수 있으므로 판정에는 쓰지 않습니다. 차례를 벌려 틀린 답이 드러나게 할 때만 씁니다.
    pub fn reaped(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        loop {
            // 좀비에게도 시그널을 보낼 수 있습니다. 거두고 나면 그런 번호가 없습니다.
            if kill(Pid::from_raw(self.arrival.pid), None) == Err(Errno::ESRCH) {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn patient(&self, what: &str) -> Result<(), Wrong> {
        if Instant::now() < self.deadline {
            return Ok(());
        }
        Err(Wrong::of(
            How::Hang,
            format!("기다려도 명령이 {what}(PID {}).", self.arrival.pid),
        ))
    }
}

/// 재판관의 끝과, 피고에게 물려줄 끝입니다.
pub(crate) fn door() -> io::Result<(OwnedFd, OwnedFd)> {
    let (judge, subject) = pair()?;
    setsockopt(&judge, sockopt::PassCred, &true)?;
    Ok((judge, subject))
}

fn pair() -> nix::Result<(OwnedFd, OwnedFd)> {
    let flags = SockFlag::SOCK_CLOEXEC;
    socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)
}

/// 문으로 들어온 것을 하나 받습니다. 꼭두각시가 아닌 것이 보낸 말은 버리고 `None`을 줍니다.
pub(crate) fn arrive(door: &OwnedFd, deadline: Instant) -> Option<Puppet> {
    let mut bytes = [0; LARGEST];
    let mut slices = [IoSliceMut::new(&mut bytes)];
    let mut space = nix::cmsg_space!(UnixCredentials, [RawFd; 4]);
    let flags = MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_DONTWAIT;
    let heard = recvmsg::<()>(door.as_raw_fd(), &mut slices, Some(&mut space), flags).ok()?;
    let (mut pid, mut lines) = (None, Vec::new());
    for control in heard.cmsgs().ok()? {
        match control {
            ControlMessageOwned::ScmCredentials(who) => pid = Some(who.pid()),
            ControlMessageOwned::ScmRights(fds) => {
                // SAFETY: 방금 이 메시지로 받아 우리 것이 된 번호들입니다. 한 번씩만 가져갑니다.
                lines.extend(fds.iter().map(|&fd| unsafe { OwnedFd::from_raw_fd(fd) }));
            }
            _ => {}
        }
    }
    let length = heard.bytes;
    let hello: Hello = serde_json::from_slice(&bytes[..length]).ok()?;
    Some(Puppet {
        arrival: Arrival {
            name: hello.name,
            pid: pid?,
            parent: hello.parent,
        },
        line: lines.into_iter().next()?,
        deadline,
    })
}

fn say(line: &OwnedFd, word: &impl Serialize, how: MsgFlags) -> nix::Result<()> {
    let bytes = serde_json::to_vec(word).expect("JSON으로 적을 수 있습니다");
    assert!(bytes.len() <= LARGEST, "메시지 하나는 4 KiB까지입니다");
    loop {
        match send(line.as_raw_fd(), &bytes, MsgFlags::MSG_NOSIGNAL | how) {
            Err(Errno::EINTR) => {}
            sent => return sent.map(drop),
        }
    }
}

/// 말 하나를 기다려 받습니다. 줄이 끊겼으면 `None`입니다.
fn hear<T: serde::de::DeserializeOwned>(line: &OwnedFd) -> Option<T> {
    let mut bytes = [0; LARGEST];
    loop {
        match recv(line.as_raw_fd(), &mut bytes, MsgFlags::empty()) {
            Err(Errno::EINTR) => {}
            Err(_) | Ok(0) => return None,
            Ok(length) => return serde_json::from_slice(&bytes[..length]).ok(),
        }
    }
}

/// 이 프로그램을 이름이 `name`인 꼭두각시로 시작하는 명령입니다.
pub(crate) fn command(name: &str) -> Command {
    // `/proc`을 읽지 못하는 곳에서도 압니다: 재판관이 절대 경로로 시작했고, 그것이 첫 인자입니다.
    let program = env::args_os().next().expect("첫 인자는 프로그램입니다");
    let mut command = Command::new(program);
    command.args(["--puppet", name]);
    command
}

pub(crate) fn main(name: &str) -> ! {
    // 코어 파일은 남기지 않습니다.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let (line, theirs) = pair().expect("소켓을 만들 수 있습니다");
    enter(name, &theirs).expect("문이 열려 있습니다");
    drop(theirs);
    // 패닉이 풀려 올라가는 동안에도 닫지 않습니다. 닫으면 지켜보던 스레드가 재판관이 사라진 줄 압니다.
    let line: &'static OwnedFd = Box::leak(Box::new(line));
    // 입출력에 막혀 있는 동안에도, 재판관이 사라지면 끝납니다.
    let _ = thread::Builder::new().spawn(move || leave_with_judge(line.as_fd()));
    while let Some(order) = hear(line) {
        let reply = obey(&order);
        if say(line, &reply, MsgFlags::empty()).is_err() {
            break;
        }
    }
    process::exit(70)
}

fn enter(name: &str, line: &OwnedFd) -> nix::Result<()> {
    let hello = Hello {
        name: name.to_owned(),
        parent: i32::try_from(parent_id()).expect("PID는 i32입니다"),
    };
    let bytes = serde_json::to_vec(&hello).expect("JSON으로 적을 수 있습니다");
    let rights = [line.as_raw_fd()];
    sendmsg::<()>(
        DOOR,
        &[IoSlice::new(&bytes)],
        &[ControlMessage::ScmRights(&rights)],
        MsgFlags::MSG_NOSIGNAL,
        None,
    )
    .map(drop)
}

fn leave_with_judge(line: BorrowedFd<'_>) {
    loop {
        let mut fds = [PollFd::new(line, PollFlags::empty())];
        if poll(&mut fds, PollTimeout::NONE).is_ok_and(|count| count > 0) {
            // SAFETY: _exit는 언제 불러도 됩니다. 주 스레드가 표준 출력을 쥐고 있을 수 있어 exit는 부르지 않습니다.
            unsafe { libc::_exit(70) }
        }
    }
}

fn obey(order: &Order) -> Value {
    match order {
        Order::Exit(code) => process::exit(*code),
        Order::Signal(number) => die_of(*number),
        Order::Stray => {
            // SAFETY: 일부러 Rust의 약속을 어깁니다. 더 할 일이 없는 프로세스입니다.
            unsafe { OUTSIDE.write_volatile(42) };
            process::exit(70)
        }
        Order::Abort => process::abort(),
        Order::Panic => panic!("일부러 낸 패닉입니다"),
        Order::Overflow => {
            // 주 스레드의 스택이 어디까지인지는 `/proc`에서 읽습니다. 읽지 못하면 넘친 것을 알아보지 못해 SIGSEGV로 끝납니다.
            let deep = thread::spawn(|| deeper(0)).join();
            json!(deep.is_ok())
        }
        Order::Ignore(number) => {
            let number = Signal::try_from(*number).expect("있는 시그널입니다");
            // SAFETY: 처리기를 두지 않고 무시하기만 합니다.
            let ignored = unsafe { signal(number, SigHandler::SigIgn) };
            json!(ignored.is_ok())
        }
        Order::Child(name) => json!(child(name)),
        Order::Print(count) => {
            let bytes = vec![b'.'; *count];
            let out = io::stdout().lock().write_all(&bytes);
            let err = io::stderr().lock().write_all(&bytes);
            json!(out.is_ok() && err.is_ok())
        }
        Order::Pump(times, add) => json!(pump(*times, *add)),
        Order::Read(count) => {
            let read = io::copy(&mut Read::take(raw(0), *count as u64), &mut io::sink());
            json!(read.unwrap_or(0))
        }
        Order::Await => json!(awaited()),
        Order::Line => json!(line()),
        Order::Write(text) => json!(raw(1).write_all(text.as_bytes()).is_ok()),
        Order::Taken => json!(taken()),
        Order::Answer => Value::Null,
    }
}

#[expect(clippy::zombie_processes, reason = "재판관이 끝내고 거둡니다")]
fn child(name: &str) -> u32 {
    let child = command(name).spawn().expect("프로세스를 만들 수 있습니다");
    child.id()
}

fn die_of(number: i32) -> ! {
    // SAFETY: 처리기를 처음대로 되돌리고, 저에게 보냅니다. 더 할 일이 없는 프로세스입니다.
    unsafe { libc::signal(number, libc::SIG_DFL) };
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    match Signal::try_from(number) {
        Ok(number) => drop(kill(Pid::this(), number)),
        // SAFETY: 실시간 시그널은 nix에 이름이 없어 번호로 보냅니다.
        Err(_) => drop(unsafe { libc::kill(libc::getpid(), number) }),
    }
    thread::sleep(Duration::from_secs(5));
    process::exit(70)
}

#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if black_box(depth) == u64::MAX {
        return frame[0];
    }
    deeper(depth + 1) + frame[1]
}

/// 버퍼 없이 읽고 씁니다.
fn raw(fd: RawFd) -> Raw {
    Raw(fd)
}

struct Raw(RawFd);

impl Read for Raw {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        // SAFETY: 표준 입력과 출력은 프로세스가 끝날 때까지 닫지 않습니다.
        let fd = unsafe { BorrowedFd::borrow_raw(self.0) };
        Ok(nix::unistd::read(fd, bytes)?)
    }
}

impl Write for Raw {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: 위와 같습니다.
        let fd = unsafe { BorrowedFd::borrow_raw(self.0) };
        Ok(nix::unistd::write(fd, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// 한 줄이 다 왔습니까? 다 오지 않고 끝났으면 거짓입니다.
fn awaited() -> bool {
    let mut bytes = [0; LARGEST];
    let mut seen = 0;
    loop {
        match recv(0, &mut bytes, MsgFlags::MSG_PEEK) {
            Err(Errno::EINTR) => {}
            Err(_) | Ok(0) => return false,
            Ok(length) if bytes[..length].contains(&b'\n') => return true,
            // 읽지 않고 두었으므로 다시 물으면 곧바로 답합니다. 늘지 않았으면 조금 있다가 묻습니다.
            Ok(length) if length > seen => seen = length,
            Ok(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// 쓴 것을 받는 이가 다 읽었거나, 받는 이가 사라졌습니다. 읽은 것을 알려 주는 이가 없어 거듭 물어봅니다.
fn taken() -> bool {
    loop {
        let mut left: libc::c_int = 0;
        // SAFETY: TIOCOUTQ는 아직 읽지 않은 크기를 이 정수에 적을 뿐입니다.
        let asked = unsafe { libc::ioctl(1, libc::TIOCOUTQ, &raw mut left) };
        if asked != 0 || left == 0 {
            return asked == 0;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// 한 줄입니다. 한 바이트씩 읽어 다음 줄을 건드리지 않습니다.
fn line() -> Option<String> {
    let (mut input, mut line) = (raw(0), Vec::new());
    let mut byte = [0];
    loop {
        input.read_exact(&mut byte).ok()?;
        match byte {
            [b'\n'] => return Some(String::from_utf8_lossy(&line).into_owned()),
            [byte] => line.push(byte),
        }
    }
}

fn pump(times: u8, add: u8) -> Pumped {
    let (mut input, mut output) = (raw(0), raw(1));
    let mut bytes = vec![0; 64 << 10];
    let mut done = Pumped {
        read: 0,
        broken: false,
    };
    loop {
        match input.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) | Ok(0) => return done,
            Ok(length) => {
                done.read += length;
                let piece = &mut bytes[..length];
                piece
                    .iter_mut()
                    .for_each(|byte| *byte = byte.wrapping_mul(times).wrapping_add(add));
                if output.write_all(piece).is_err() {
                    done.broken = true;
                    return done;
                }
            }
        }
    }
}
