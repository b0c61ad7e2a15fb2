//! 지킴이입니다. 우리 밖에 서서 한계를 재고, 때가 되면 나무를 통째로 끝냅니다.

use std::{
    fs,
    io::{self, IoSliceMut, Read, Write},
    os::{
        fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd},
        unix::net::UnixStream,
    },
    path::Path,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sched::{CloneFlags, clone},
    sys::{
        prctl,
        resource::{UsageWho, getrusage},
        signal::{Signal, kill},
        socket::{ControlMessageOwned, MsgFlags, recvmsg},
        wait::waitpid,
    },
    unistd::{Gid, Pid, Uid, User, getegid, geteuid},
};

use super::{
    Report, Spec, Word, folder, since, tree,
    warden::{self, Given, Seen},
};
use crate::cage::{End, Layer};

/// 한계를 다시 보기까지의 사이입니다.
const GLANCE: Duration = Duration::from_millis(10);

/// 파일을 다시 세기까지, 한계를 보는 횟수입니다.
const DISK_EVERY: u32 = 4;

/// 우리가 셀 때에는 이만큼 더 봐줍니다. 커널이 세면 그 한계를 넘지 않습니다.
const SLACK: u64 = 48;

/// 내려갈 사용자의 번호는 여기에 지킴이의 PID를 더한 것입니다. 지킴이가 사는 동안 그 PID는 하나뿐입니다.
pub const FIRST_USER: u32 = 2_000_000_000;

/// 새로 만드는 이름공간입니다.
const SPACES: CloneFlags = CloneFlags::CLONE_NEWPID
    .union(CloneFlags::CLONE_NEWNS)
    .union(CloneFlags::CLONE_NEWNET)
    .union(CloneFlags::CLONE_NEWIPC);

/// 지킴이의 처음부터 끝까지입니다. 돌아온 값은 종료 코드입니다.
pub fn keep(closes: bool) -> i32 {
    // `course`를 띄운 이에게서 흘러든 디스크립터를 물려주지 않습니다(cargo의 jobserver 등).
    if closes {
        // SAFETY: 방금 시작해 이 번호들을 가진 것이 없습니다.
        unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
    }
    let Ok(line) = io::stdin().as_fd().try_clone_to_owned() else {
        return 1;
    };
    let mut line = UnixStream::from(line);
    let word: Word = hold(&line);
    let text = serde_json::to_vec(&word).unwrap_or_default();
    // 듣는 쪽이 먼저 끝났으면 알릴 곳이 없습니다.
    i32::from(line.write_all(&text).is_err())
}

fn hold(line: &UnixStream) -> Word {
    let (mut spec, stdin, record) = receive(line)?;
    prctl::set_child_subreaper(true)
        .map_err(|error| format!("고아를 받을 수 없습니다({error})"))?;
    let named = |error: io::Error| format!("{} 폴더를 쓸 수 없습니다({error})", spec.dir.display());
    let dir = fs::canonicalize(&spec.dir).map_err(named)?;
    let outside = (geteuid(), getegid());
    let user = if spec.without.contains(&Layer::User) {
        None
    } else {
        user(outside.0)
    };
    if let Some(user) = user {
        folder::own(&dir, user, Gid::from_raw(user.as_raw())).map_err(named)?;
    }
    spec.dir = dir.clone().into();
    let held = guard(line, &spec, user, outside, &stdin, &record);
    let given_back = folder::own(&dir, outside.0, outside.1);
    let report = held?;
    given_back.map_err(|error| format!("{} 폴더를 돌려받지 못했습니다({error})", dir.display()))?;
    Ok(report)
}

/// 일과 디스크립터를 받습니다.
fn receive(mut line: &UnixStream) -> Result<(Spec, OwnedFd, OwnedFd), String> {
    let failed = |error: String| format!("일을 받지 못했습니다({error})");
    let mut length = [0; 8];
    let mut space = nix::cmsg_space!([RawFd; 2]);
    let mut fds = Vec::new();
    {
        let mut parts = [IoSliceMut::new(&mut length)];
        let message = recvmsg::<()>(
            line.as_raw_fd(),
            &mut parts,
            Some(&mut space),
            MsgFlags::MSG_CMSG_CLOEXEC,
        )
        .map_err(|error| failed(error.to_string()))?;
        if message.bytes != 8 {
            return Err(failed("줄이 끊어졌습니다".to_owned()));
        }
        for control in message.cmsgs().map_err(|error| failed(error.to_string()))? {
            if let ControlMessageOwned::ScmRights(received) = control {
                // SAFETY: 방금 받은 번호이고 여기서만 소유합니다.
                fds.extend(
                    received
                        .iter()
                        .map(|fd| unsafe { OwnedFd::from_raw_fd(*fd) }),
                );
            }
        }
    }
    let mut spec = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap_or(0)];
    line.read_exact(&mut spec)
        .map_err(|error| failed(error.to_string()))?;
    let spec = serde_json::from_slice(&spec).map_err(|error| failed(error.to_string()))?;
    let mut fds = fds.into_iter();
    match (fds.next(), fds.next()) {
        (Some(stdin), Some(record)) => Ok((spec, stdin, record)),
        _ => Err(failed("디스크립터가 없습니다".to_owned())),
    }
}

/// 내려갈 사용자입니다. root가 아니거나, 이름공간이 그 번호를 모르면 없습니다.
fn user(now: Uid) -> Option<Uid> {
    if !now.is_root() {
        return None;
    }
    let map = fs::read_to_string("/proc/self/uid_map").ok()?;
    let ranges: Vec<(u64, u64)> = map
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse::<u64>);
            let (first, _, count) = (numbers.next()?, numbers.next()?, numbers.next()?);
            Some((first.ok()?, count.ok()?))
        })
        .collect();
    let known = |id: u64| {
        ranges
            .iter()
            .any(|(first, count)| (*first..first + count).contains(&id))
    };
    let me = u64::from(std::process::id());
    let wanted = [u64::from(FIRST_USER) + me, 40_000 + me % 20_000];
    wanted
        .into_iter()
        .filter(|id| known(*id))
        .map(|id| Uid::from_raw(id as u32))
        .find(|id| matches!(User::from_uid(*id), Ok(None)) && tree::threads_of(*id) == 0)
}

/// 안지기를 띄우고, 끝나거나 한계를 넘을 때까지 봅니다.
fn guard(
    line: &UnixStream,
    spec: &Spec,
    user: Option<Uid>,
    outside: (Uid, Gid),
    stdin: &OwnedFd,
    record: &OwnedFd,
) -> Result<Report, String> {
    let used = tree::threads_of(outside.0);
    let start = Instant::now();
    let bare = spec.without.contains(&Layer::Namespaces);
    // 다른 사용자로 내려갈 수 있으면 사용자 이름공간이 없어도 됩니다. 없으면 그 안에서 권한을 버립니다.
    let spaces = match user {
        Some(_) => SPACES,
        None => SPACES | CloneFlags::CLONE_NEWUSER,
    };
    let plans = [spaces, CloneFlags::empty()];
    let plans = &plans[usize::from(bare)..];
    let (pid, ours, spaces) = start_warden(plans, |spaces, theirs| {
        warden::guard(&Given {
            spec,
            spaces,
            user,
            outside,
            used,
            stdin,
            record,
            line: theirs,
        })
    })?;
    // 안지기는 제 번호를 정한 뒤 이 바이트를 기다립니다. 그 뒤로는 우리를 들여다볼 까닭이 없습니다.
    let _ = (&ours).write_all(&[1]);
    let _ = prctl::set_dumpable(false);
    let mut heard = Vec::new();
    let end = watch(line, &ours, pid, spec, start, &mut heard);
    // PID 이름공간이 통째로 끝날 때에는 커널이 그 안의 CPU 시간을 우리에게 더해 주지 않습니다.
    let running = if spaces.contains(CloneFlags::CLONE_NEWPID) {
        tree::cpu(&tree::members(pid))
    } else {
        Duration::ZERO
    };
    // 이미 끝났더라도 거두기 전이므로 이 번호는 안지기의 것입니다.
    let _ = kill(pid, Signal::SIGKILL);
    while waitpid(pid, None) == Err(Errno::EINTR) {}
    // 이름공간이 없으면 고아는 우리에게 옵니다.
    tree::sweep(user);
    let wall = since(start);
    let cpu = getrusage(UsageWho::RUSAGE_CHILDREN).map_or(Duration::ZERO, |usage| {
        let time = |value: nix::sys::time::TimeVal| {
            Duration::from_secs(value.tv_sec().max(0) as u64)
                + Duration::from_micros(value.tv_usec().max(0) as u64)
        };
        running + time(usage.user_time()) + time(usage.system_time())
    });
    let seen: Option<warden::Word> = serde_json::from_slice(&heard).ok();
    match (end, seen) {
        (None, Some(seen)) => {
            let Seen { end, left, layers } = seen?;
            Ok(Report {
                end: Some(end),
                left,
                wall,
                cpu,
                layers,
            })
        }
        (None, None) => {
            Err("안지기가 말없이 끝났습니다. 컴퓨터의 메모리가 모자랐을 수 있습니다.".to_owned())
        }
        (Some(end), _) => Ok(Report {
            end,
            left: 0,
            wall,
            cpu,
            layers: Default::default(),
        }),
    }
}

/// 되는 첫 이름공간 안에서 안지기를 띄웁니다.
fn start_warden(
    plans: &[CloneFlags],
    guard: impl Fn(CloneFlags, &UnixStream) -> i32,
) -> Result<(Pid, UnixStream, CloneFlags), String> {
    let mut last = Errno::UnknownErrno;
    for spaces in plans.iter().copied() {
        let (ours, theirs) = UnixStream::pair().map_err(|error| error.to_string())?;
        let mut stack = vec![0; 1 << 20];
        let child = || guard(spaces, &theirs) as isize;
        // SAFETY: 지킴이는 스레드가 하나이고 메모리를 나누지 않으므로(CLONE_VM 없음) fork와 같습니다.
        match unsafe { clone(Box::new(child), &mut stack, spaces, Some(libc::SIGCHLD)) } {
            Ok(pid) => return Ok((pid, ours, spaces)),
            Err(error) => last = error,
        }
    }
    Err(format!("프로세스를 만들지 못했습니다({last})"))
}

/// 무엇이 먼저인지 봅니다. 안지기가 먼저 끝났으면 `None`이고, 그때 한 말은 `heard`에 있습니다.
///
/// 안쪽 `Option`이 없으면 밖에서 줄을 끊은 것입니다.
fn watch(
    line: &UnixStream,
    mut warden: &UnixStream,
    pid: Pid,
    spec: &Spec,
    start: Instant,
    heard: &mut Vec<u8>,
) -> Option<Option<End>> {
    let limits = spec.limits;
    let dir = Path::new(&spec.dir);
    for turn in 0u32.. {
        let left = limits.wall.saturating_sub(since(start));
        if left.is_zero() {
            return Some(Some(End::Wall));
        }
        let wait = left.min(GLANCE).as_millis().max(1) as u16;
        let mut fds = [
            PollFd::new(line.as_fd(), PollFlags::POLLIN),
            PollFd::new(warden.as_fd(), PollFlags::POLLIN),
        ];
        if poll(&mut fds, PollTimeout::from(wait)).is_ok_and(|ready| ready > 0) {
            let [outer, inner] = fds.map(|fd| fd.any().unwrap_or(true));
            if inner {
                let mut some = [0; 4096];
                match warden.read(&mut some) {
                    Ok(0) => return None,
                    Ok(count) => heard.extend_from_slice(&some[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return None,
                }
                continue;
            }
            if outer {
                return Some(None);
            }
        }
        let members = tree::members(pid);
        if tree::over_memory(&members, limits.memory) {
            return Some(Some(End::Memory));
        }
        // 커널이 세어 주지 않는 곳(root로 남은 컴퓨터 등)에서는 우리가 셉니다.
        if tree::tasks(&members) > limits.processes + SLACK {
            return Some(Some(End::Signaled(Signal::SIGKILL as i32)));
        }
        if limits.cpu < Duration::MAX && tree::cpu(&members) > limits.cpu {
            return Some(Some(End::Cpu));
        }
        if turn % DISK_EVERY == 0 && tree::over_disk(dir, &members, limits.memory) {
            return Some(Some(End::Output));
        }
    }
    None
}
