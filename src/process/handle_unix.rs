//! 자식의 손잡이(Unix).

use std::{
    env,
    ffi::CString,
    marker::PhantomData,
    os::{
        fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use borsh::{BorshDeserialize, BorshSerialize};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn},
    sys::{
        signal::{SigSet, Signal, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{Pid, getpid},
};

use super::{
    ends, fork,
    lifeline::{self, ChildEnds, ParentEnds},
    ring, sigpipe,
    spawn::MARK,
    wire::{self, Outcome},
};
use crate::{
    Error, Result, gil,
    trace::{self, State},
};

/// [`fork`](super::fork)와 [`spawn`](super::spawn)이 돌려주는 손잡이입니다.
///
/// 버리면 자식을 `SIGKILL`로 끝내고 거둡니다. 스레드의 손잡이와 다른 점입니다.
/// 스레드는 프로세스가 끝나면 함께 사라지지만, 자식 프로세스는 홀로 남을 수 있기 때문입니다.
/// 멈춘 자식도, 시그널을 못 들은 체하는 자식도, 벌써 끝난 자식도 그렇게 거둡니다.
///
/// [`std::mem::forget`]으로 잊으면 자식은 그대로 달립니다. 결과는 받을 수 없고, 파이프보다 큰 결과를 쓰던 자식은
/// 거기서 기다립니다. 먼저 끝난 자식은 이 프로세스가 끝날 때까지 좀비로 남습니다.
/// 이 프로세스가 끝나면 달리던 자식도 끝납니다.
///
/// 프로그램이 `SIGCHLD`를 무시하거나 다른 곳에서 `waitpid(-1)`을 불러 자식이 먼저 거두어졌을 수 있습니다.
/// Linux에서는 그 PID를 물려받은 낯선 프로세스를 죽이지 않도록, 시그널을 보내기 앞에 아직 우리 자식인지 봅니다.
pub struct JoinHandle<T> {
    pid: Pid,
    /// 이 자식을 낳은 프로세스입니다. fork로 베껴진 손잡이가 남의 자식을 건드리지 않게 합니다.
    owner: Pid,
    ends: ParentEnds,
    reaped: bool,
    /// 기록하는 중이면 자식의 줄입니다.
    seat: trace::Seat,
    result: PhantomData<fn() -> T>,
}

impl<T> JoinHandle<T> {
    pub(super) fn new(pid: Pid, ends: ParentEnds) -> Self {
        JoinHandle {
            pid,
            owner: getpid(),
            ends,
            reaped: false,
            seat: trace::Seat::none(),
            result: PhantomData,
        }
    }

    /// 기록하는 중이면 자식이 제 줄을 적을 자리입니다. 자식이 죽은 때를 거기에 적습니다.
    pub(super) fn traced_at(mut self, seat: trace::Seat) -> Self {
        self.seat = seat;
        self
    }

    /// 자식의 PID입니다.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// [`join`](Self::join)이 곧바로 돌아올지 기다리지 않고 알아봅니다.
    ///
    /// 결과가 오기 시작했거나 자식이 끝났으면 참입니다.
    pub fn is_finished(&self) -> bool {
        self.wait_timeout(Duration::ZERO).unwrap_or(true)
    }

    /// 결과가 오기 시작하거나 자식이 끝나기를 `timeout`까지만 기다립니다. 그 안에 끝났으면 참입니다.
    ///
    /// # Errors
    /// 운영체제가 기다려 주지 않으면 [`Error::Os`]입니다.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            // 밀리초로 올려 잡아, 남은 시간이 1 ms보다 짧아도 헛돌지 않습니다.
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            let millis = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
            let mut fds = [PollFd::new(self.ends.result.as_fd(), PollFlags::POLLIN)];
            let wait = PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX);
            match gil::allow_threads(|| trace::during(State::Join, || poll(&mut fds, wait))) {
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return Ok(true),
                Err(errno) => return Err(Error::os("자식을 기다리지 못했습니다", errno)),
            }
        }
    }

    /// 자식에게 `SIGKILL`을 보냅니다. 이미 끝난 자식에게는 아무 일도 하지 않습니다.
    ///
    /// # Errors
    /// 시그널을 보낼 수 없으면 [`Error::Os`]입니다.
    pub fn kill(&self) -> Result<()> {
        self.check_owner()?;
        if !self.is_still_ours() {
            return Ok(());
        }
        kill(self.pid, Signal::SIGKILL)
            .map_err(|errno| Error::os("자식에게 SIGKILL을 보내지 못했습니다", errno))
    }

    /// 이 PID가 아직 거두지 않은 우리 자식의 것인지 커널에게 묻습니다.
    ///
    /// 우리가 거두기 앞이라도, 프로그램이 `SIGCHLD`를 무시하거나 `waitpid(-1)`을 부르면 자식은 사라지고
    /// 그 PID를 다른 프로세스가 받을 수 있습니다. 그 프로세스를 죽여서는 안 됩니다.
    fn is_still_ours(&self) -> bool {
        #[cfg(target_os = "linux")]
        {
            use nix::sys::wait::{Id, WaitPidFlag, waitid};

            let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
            waitid(Id::Pid(self.pid), look) != Err(Errno::ECHILD)
        }
        #[cfg(not(target_os = "linux"))]
        {
            true
        }
    }

    /// 자식에게 봉투 하나를 보냅니다. 자식이 벌써 끝났으면 `join`이 알릴 것이므로 그냥 지나갑니다.
    pub(super) fn tell(&self, frame: &[u8]) -> Result<()> {
        match wire::write(&self.ends.lifeline, frame) {
            Err(Error::Disconnected) => Ok(()),
            other => other,
        }
    }

    fn check_owner(&self) -> Result<()> {
        if getpid() == self.owner {
            Ok(())
        } else {
            Err(Error::BadInput {
                message: format!(
                    "프로세스 {}은(는) 이 프로세스의 자식이 아닙니다. 손잡이를 만든 프로세스에서 부르세요",
                    self.pid
                ),
            })
        }
    }

    /// 자식이 사라졌다고 적습니다.
    fn gone(&mut self) {
        self.reaped = true;
        self.seat.gone();
        ring::child_is_gone();
    }

    /// 자식이 끝나기를 기다려 거둡니다. 커널이나 프로그램이 벌써 거두어 어떻게 끝났는지 모르면 `None`입니다.
    fn reap(&mut self) -> Result<Option<WaitStatus>> {
        loop {
            match gil::allow_threads(|| waitpid(self.pid, None)) {
                Err(Errno::EINTR) => {}
                // 멈춤과 이어 달림은 끝이 아닙니다(요청하지 않았으므로 오지도 않습니다).
                Ok(status @ (WaitStatus::Exited(..) | WaitStatus::Signaled(..))) => {
                    self.gone();
                    return Ok(Some(status));
                }
                Ok(_) => {}
                Err(Errno::ECHILD) => {
                    self.gone();
                    return Ok(None);
                }
                Err(errno) => {
                    self.reaped = true;
                    return Err(Error::os("자식을 거두지 못했습니다", errno));
                }
            }
        }
    }
}

impl<T: BorshDeserialize> JoinHandle<T> {
    /// 자식의 결과를 받고 자식을 거둡니다. 결과가 파이프보다 커도 막히지 않습니다.
    ///
    /// 멈춘(`SIGSTOP`) 자식은 이어 달려 끝날 때까지 기다립니다.
    ///
    /// # Errors
    /// - [`Error::Panicked`]: 자식이 패닉했습니다. 글이 아닌 값으로 패닉했으면 그렇다고 알립니다.
    /// - [`Error::Signaled`]: 시그널에 죽었습니다. 결과를 쓰다가 죽었어도 같습니다.
    /// - [`Error::Exited`]: 0이 아닌 코드로 끝났습니다. 결과를 쓰다가 끝났어도 같습니다.
    /// - [`Error::NoResult`]: 코드 0으로 끝났지만 결과를 남기지 않았습니다.
    /// - [`Error::Decode`]: 코드 0으로 끝났지만 결과가 잘렸거나 `T`의 바이트가 아닙니다.
    /// - [`Error::Os`]: 결과를 담을 메모리가 모자라 받지 못하고 자식을 끝냈거나, 다른 곳에서 자식을 먼저 거두어(`SIGCHLD`를 무시해도 그렇습니다) 어떻게 끝났는지 모르고,
    ///   결과도 오지 않았습니다. 결과나 패닉의 말이 다 왔으면 그것을 돌려줍니다.
    /// - [`Error::BadInput`]: 이 프로세스가 낳은 자식이 아닙니다.
    pub fn join(mut self) -> Result<T> {
        self.check_owner()?;
        // 먼저 읽고 나중에 거둡니다. 거꾸로 하면 큰 결과를 쓰던 자식이 끝나지 못합니다.
        let payload =
            gil::allow_threads(|| trace::during(State::Join, || wire::read(&self.ends.result)));
        if let Err(Error::Os { .. }) = payload {
            // 다 받지 못한 결과를 쓰던 자식은 스스로 끝나지 못합니다.
            self.kill()?;
        }
        let status = trace::during(State::Join, || self.reap())?;
        let pid = self.pid();
        let outcome = payload.and_then(|payload| wire::decode::<Outcome<T>>(&payload));
        match (status, outcome) {
            (_, Err(error @ Error::Os { .. })) => Err(error),
            (_, Ok(Err(message))) => Err(Error::Panicked { message }),
            // 어떻게 끝났는지 몰라도, 다 온 결과는 결과입니다.
            (None | Some(WaitStatus::Exited(_, 0)), Ok(Ok(value))) => Ok(value),
            (None, Err(_)) => Err(Error::os(
                format!(
                    "자식(PID {pid})이 어떻게 끝났는지 알아내지 못했습니다. \
                     이 프로그램이 SIGCHLD를 무시하거나 다른 곳에서 wait를 불러 먼저 거두었습니다"
                ),
                Errno::ECHILD,
            )),
            (Some(WaitStatus::Exited(_, 0)), Err(Error::Disconnected)) => {
                Err(Error::NoResult { pid })
            }
            (Some(WaitStatus::Exited(_, 0)), Err(error)) => Err(error),
            (Some(WaitStatus::Exited(_, code)), _) => Err(Error::Exited { pid, code }),
            (Some(WaitStatus::Signaled(_, signal, _)), _) => Err(Error::Signaled {
                pid,
                signal: signal as i32,
                name: signal.as_str().to_owned(),
            }),
            (Some(other), _) => Err(Error::Decode {
                reason: format!("자식이 어떻게 끝났는지 알 수 없습니다({other:?})"),
            }),
        }
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        if !self.reaped && getpid() == self.owner {
            let _ = self.kill();
            let _ = self.reap();
        }
        self.ends.forget();
    }
}

/// `spawn`의 부모 쪽: 이 프로그램을 다시 시작하고 인자를 보냅니다.
pub(super) fn start<A: BorshSerialize, R>(name: &str, arg: &A) -> Result<JoinHandle<R>> {
    let (frame, passed) = ends::passing(|| wire::encode(arg));
    let frame = frame?;
    let (parent, child) = lifeline::link()?;
    let address = format!(
        "{},{}",
        child.result.as_raw_fd(),
        child.lifeline.as_raw_fd()
    );
    let inherited = [child.result.as_raw_fd(), child.lifeline.as_raw_fd()]
        .into_iter()
        .chain(passed.iter().map(AsRawFd::as_raw_fd));
    let pid = launch(&this_program()?, [MARK, name, &address], inherited)
        .map_err(|source| Error::os("프로세스를 시작하지 못했습니다", source))?;
    drop(child);
    parent.remember();
    let handle = JoinHandle::new(pid, parent);
    handle.tell(&frame)?;
    Ok(handle)
}

/// 프로그램을 시작합니다. `inherited`의 디스크립터만 같은 번호로 물려줍니다.
///
/// `fork`한 뒤 `exec`하지 않고 `posix_spawn(3)`을 씁니다. 곧 버릴 메모리를 베끼지 않으므로 덜 걸립니다.
fn launch(
    program: &Path,
    args: [&str; 3],
    inherited: impl Iterator<Item = RawFd>,
) -> std::result::Result<Pid, Errno> {
    let mut actions = PosixSpawnFileActions::init()?;
    for fd in inherited {
        // 같은 번호로 옮기라고 하면 exec 때 닫는다는 표시를 지우라는 뜻입니다(POSIX.1-2024).
        actions.add_dup2(fd, fd)?;
    }
    let mut attributes = PosixSpawnAttr::init()?;
    // 표준 라이브러리의 Command처럼, 막아 둔 시그널과 SIGPIPE를 무시하는 것은 물려주지 않습니다.
    let mut sigpipe = SigSet::empty();
    sigpipe.add(Signal::SIGPIPE);
    attributes.set_sigdefault(&sigpipe)?;
    attributes.set_sigmask(&SigSet::empty())?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK,
    )?;
    let text = |bytes: Vec<u8>| CString::new(bytes).map_err(|_| Errno::EINVAL);
    let path = program.as_os_str().as_bytes().to_vec();
    let args = std::iter::once(path)
        .chain(args.map(|arg| arg.as_bytes().to_vec()))
        .map(text)
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let environment = env::vars_os()
        .map(|(name, value)| text([name.as_bytes(), b"=", value.as_bytes()].concat()))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    posix_spawn(program, &actions, &attributes, &args, &environment)
}

/// `spawn`의 자식 쪽: 인자를 받아 `f`를 부르고 결과를 보냅니다. 종료 코드를 돌려줍니다.
pub(super) fn serve<A, R>(address: &str, f: impl Fn(A) -> R) -> i32
where
    A: BorshDeserialize,
    R: BorshSerialize,
{
    let prepared = || -> Result<(A, ChildEnds)> {
        // 이 프로그램의 main이 entry를 부르기 앞에 되돌려 두었을 수 있습니다.
        sigpipe::look();
        let ends = child_ends(address)?;
        let payload = wire::read(&ends.lifeline)?;
        let arg = ends::receiving(|| wire::decode(&payload))?;
        ends.adopt()?;
        Ok((arg, ends))
    };
    match prepared() {
        Ok((arg, ends)) => fork::run(|| f(arg), &ends),
        Err(error) => {
            eprintln!("자식을 준비하지 못했습니다: {error}");
            1
        }
    }
}

fn child_ends(address: &str) -> Result<ChildEnds> {
    let bad = || Error::BadInput {
        message: format!("{MARK}는 process::spawn이 쓰는 인자입니다. 직접 쓰지 마세요"),
    };
    let numbers: Option<Vec<RawFd>> = address.split(',').map(|text| text.parse().ok()).collect();
    let [result, lifeline] = numbers.ok_or_else(bad)?[..] else {
        return Err(bad());
    };
    if result <= 2 || lifeline <= 2 || result == lifeline {
        return Err(bad());
    }
    let own = |fd: RawFd| -> Result<OwnedFd> {
        // 열려 있지 않은 번호면 여기서 오류가 됩니다.
        lifeline::set_cloexec(fd, true).map_err(|_| bad())?;
        // SAFETY: 부모가 이 프로세스를 위해 열어 둔 디스크립터이고, 다른 누구도 쥐고 있지 않습니다.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    };
    Ok(ChildEnds {
        result: own(result)?.into(),
        lifeline: own(lifeline)?.into(),
    })
}

fn this_program() -> Result<PathBuf> {
    // 도는 동안 파일이 새로 컴파일되어 바뀌어도, Linux의 이 이름은 지금 도는 것을 가리킵니다.
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    env::current_exe().map_err(|source| Error::os("실행 파일을 찾지 못했습니다", source))
}
