//! 안지기입니다. 이름공간의 첫 프로세스로서 프로그램을 띄우고, 고아를 거두고, 끝나면 남은 것을 끝냅니다.

use std::{
    ffi::{CString, OsStr, OsString},
    fs,
    io::{self, Read, Write},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
        unix::{ffi::OsStrExt, net::UnixStream},
    },
    path::Path,
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    libc,
    sched::CloneFlags,
    sys::{
        prctl,
        resource::{Resource, setrlimit},
        signal::{
            SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, kill, sigaction,
            sigprocmask,
        },
        stat::{Mode, umask},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{
        ForkResult, Gid, Pid, Uid, chdir, execve, fork, pipe2, setgroups, setresgid, setresuid,
        setsid,
    },
};
use serde::{Deserialize, Serialize};

use super::{Layers, Spec, calls, rules, tree, view};
use crate::cage::{End, Layer, RECORD_FD};

/// 파일 디스크립터의 수입니다.
const DESCRIPTORS: u64 = 512;

/// 안지기가 받은 것입니다.
pub struct Given<'a> {
    pub spec: &'a Spec,
    /// 새로 만든 이름공간입니다. 없으면 비어 있습니다.
    pub spaces: CloneFlags,
    /// 내려갈 사용자입니다. 내려갈 수 없으면 없습니다.
    pub user: Option<Uid>,
    /// 밖에서의 사용자와 무리입니다.
    pub outside: (Uid, Gid),
    /// 밖에서 센, 이 사용자의 스레드 수입니다.
    pub used: u64,
    pub stdin: &'a OwnedFd,
    pub record: &'a OwnedFd,
    /// 지킴이와 이은 줄입니다.
    pub line: &'a UnixStream,
}

/// 안지기가 지킴이에게 하는 말입니다.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    pub end: End,
    pub left: usize,
    pub layers: Layers,
}

/// 안지기의 말입니다. 오류는 가르치는 쪽의 잘못입니다.
pub type Word = Result<Seen, String>;

/// 하던 일과 거절한 까닭입니다.
fn failed<E: Into<io::Error>>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}({})", error.into())
}

/// 안지기의 처음부터 끝까지입니다. 돌아온 값은 종료 코드입니다.
pub fn guard(given: &Given) -> i32 {
    let word: Word = watch(given);
    let text = serde_json::to_vec(&word).unwrap_or_default();
    let mut line = given.line;
    // 듣는 지킴이가 끝났으면 우리도 곧 끝납니다.
    i32::from(line.write_all(&text).is_err())
}

fn watch(given: &Given) -> Word {
    // 사용자 이름공간을 만든 직후에만 제 번호를 정할 수 있고, 그러려면 `/proc/self`가 제 것이어야 합니다.
    let user = given.spaces.contains(CloneFlags::CLONE_NEWUSER);
    if user {
        map_user(given.outside).map_err(failed("사용자 이름공간에 번호를 정하지 못했습니다"))?;
    }
    // 컴퓨터의 메모리가 모자라면 커널이 이 나무에서 먼저 고르게 합니다(proc_pid_oom_score_adj(5)). 자손이 물려받습니다.
    // 못 하더라도 갇히는 데는 지장이 없습니다.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(failed("지킴이의 끝을 알 수 없습니다"))?;
    // 위의 부름보다 먼저 지킴이가 끝났다면 첫 바이트가 오지 않습니다.
    let mut line = given.line;
    let mut first = [0];
    if !matches!(line.read(&mut first), Ok(1)) {
        return Err("지킴이가 먼저 끝났습니다.".to_owned());
    }
    prctl::set_dumpable(false).map_err(failed("안지기를 숨기지 못했습니다"))?;
    prctl::set_child_subreaper(true).map_err(failed("고아를 받을 수 없습니다"))?;
    let mut layers = Layers {
        namespaces: given.spaces.contains(CloneFlags::CLONE_NEWPID),
        user,
        ..Layers::default()
    };
    let readable = readable(given.spec);
    let readable: Vec<&OsStr> = readable.iter().map(OsString::as_os_str).collect();
    if given.spaces.contains(CloneFlags::CLONE_NEWNS) {
        view::enter(given.spec, &readable)
            .map_err(failed("허락한 것만 있는 파일 나무를 만들지 못했습니다"))?;
        layers.view = true;
    }
    let (told, tells) =
        pipe2(OFlag::O_CLOEXEC).map_err(failed("프로그램의 시작을 들을 수 없습니다"))?;
    // SAFETY: 안지기는 스레드가 하나이므로, 자식은 무엇이든 부를 수 있습니다.
    let program = match unsafe { fork() }.map_err(failed("프로그램을 띄우지 못했습니다"))?
    {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            // 돌아왔다면 실패한 것입니다.
            let (error, tells) = begin(given, layers, &readable, tells);
            let mut tells = fs::File::from(tells);
            let word: Result<Layers, String> = Err(error);
            let _ = tells.write_all(&serde_json::to_vec(&word).unwrap_or_default());
            // SAFETY: 부모의 것을 건드리지 않고 바로 끝냅니다.
            unsafe { libc::_exit(127) }
        }
    };
    drop(tells);
    // exec에 성공하면 이 끝은 커널이 닫습니다. 아직 학생의 코드는 없으므로 끝까지 읽어도 됩니다.
    let mut words = Vec::new();
    fs::File::from(told)
        .read_to_end(&mut words)
        .map_err(failed("프로그램의 시작을 듣지 못했습니다"))?;
    let layers = layers_of(&words)?;
    let end = wait(program)?;
    let left = if layers.namespaces {
        sweep_all()
    } else {
        tree::sweep(given.user)
    };
    Ok(Seen { end, left, layers })
}

/// 읽게 할 것을 모두 모읍니다. 없는 시스템 폴더는 뺍니다.
fn readable(spec: &Spec) -> Vec<OsString> {
    let system = crate::cage::SYSTEM
        .iter()
        .filter(|path| Path::new(path).exists())
        .map(OsString::from);
    let program = Some(&spec.program).filter(|program| !spec.runnable.contains(program));
    system
        .chain(spec.readable.iter().cloned())
        .chain(program.cloned())
        .collect()
}

/// 마지막 말이 오류이면 시작하지 못한 것입니다.
fn layers_of(words: &[u8]) -> Result<Layers, String> {
    let mut last = Err("프로그램이 시작하기 전에 끝났습니다.".to_owned());
    for word in serde_json::Deserializer::from_slice(words).into_iter::<Result<Layers, String>>() {
        last = word.map_err(|error| error.to_string())?;
    }
    last
}

/// 밖의 제 번호를 안에서도 씁니다. root라면 안에서는 root가 아닌 번호를 씁니다.
fn map_user((uid, gid): (Uid, Gid)) -> io::Result<()> {
    let inside = |id: u32| if id == 0 { 65534 } else { id };
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write(
        "/proc/self/uid_map",
        format!("{} {uid} 1", inside(uid.as_raw())),
    )?;
    fs::write(
        "/proc/self/gid_map",
        format!("{} {gid} 1", inside(gid.as_raw())),
    )
}

/// 프로그램이 끝날 때까지 고아를 거두며 기다립니다.
fn wait(program: Pid) -> Result<End, String> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WUNTRACED)) {
            Ok(WaitStatus::Exited(pid, code)) if pid == program => return Ok(End::Exited(code)),
            // 멈춘 것(SIGSTOP 등)은 스스로 다시 가지 못합니다. 벽시계까지 기다리지 않습니다.
            Ok(WaitStatus::Signaled(pid, signal, _) | WaitStatus::Stopped(pid, signal))
                if pid == program =>
            {
                return Ok(End::Signaled(signal as i32));
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => {
                return Err(failed("프로그램의 끝을 보지 못했습니다")(
                    error,
                ));
            }
        }
    }
}

/// 이름공간에 남은 것을 모두 끝내고 거둡니다. 끝낸 수를 돌려줍니다.
fn sweep_all() -> usize {
    // 이미 끝나 있던 것은 남은 것이 아닙니다.
    while matches!(
        waitpid(None, Some(WaitPidFlag::WNOHANG)),
        Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..))
    ) {}
    // 커널이 목록을 붙들고 훑으므로 그사이 새로 생기는 것도 빠지지 않습니다. 저 자신과 1번은 빠집니다(kill(2)).
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
    let mut left = 0;
    loop {
        match waitpid(None, None) {
            Ok(WaitStatus::Signaled(_, Signal::SIGKILL, _)) => left += 1,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return left,
        }
    }
}

/// 스스로를 가둔 뒤 프로그램이 됩니다. 돌아왔다면 실패한 까닭입니다.
fn begin(given: &Given, layers: Layers, readable: &[&OsStr], tells: OwnedFd) -> (String, OwnedFd) {
    // 표준 디스크립터와 기록 소켓의 자리를 비킵니다.
    let high = fcntl(&tells, FcntlArg::F_DUPFD_CLOEXEC(RECORD_FD + 20));
    let tells = match high {
        // SAFETY: 방금 만든 번호이고, 여기서만 씁니다.
        Ok(fd) => unsafe { OwnedFd::from_raw_fd(fd) },
        Err(error) => return (failed("디스크립터를 옮기지 못했습니다")(error), tells),
    };
    let error = try_begin(given, layers, readable, &tells);
    (error.unwrap_or_default(), tells)
}

/// 성공하면 돌아오지 않습니다.
fn try_begin(
    given: &Given,
    mut layers: Layers,
    readable: &[&OsStr],
    tells: &OwnedFd,
) -> Option<String> {
    let spec = given.spec;
    let with = |layer| !spec.without.contains(&layer);
    let mut prepare = || -> Result<(CString, Vec<CString>, Vec<CString>), String> {
        setsid().map_err(failed("세션을 새로 만들지 못했습니다"))?;
        plain_signals().map_err(failed("시그널을 처음으로 되돌리지 못했습니다"))?;
        put(given.stdin.as_raw_fd(), 0).map_err(failed("표준 입력을 잇지 못했습니다"))?;
        put(given.record.as_raw_fd(), RECORD_FD).map_err(failed("기록 소켓을 잇지 못했습니다"))?;
        if with(Layer::OnExec) {
            close_on_exec(RECORD_FD + 1).map_err(failed("디스크립터를 닫지 못했습니다"))?;
        }
        umask(Mode::from_bits_truncate(0o022));
        chdir(Path::new(&spec.dir)).map_err(failed("일하는 폴더로 가지 못했습니다"))?;
        limit(spec).map_err(failed("한계를 정하지 못했습니다"))?;
        let rules = with(Layer::Landlock).then(|| rules::prepare(spec, readable));
        let rules = rules.transpose()?;
        if let Some(user) = given.user {
            drop_to(user).map_err(failed("권한을 내려놓지 못했습니다"))?;
            layers.dropped = true;
        }
        limit_processes(given).map_err(failed("프로세스의 수를 정하지 못했습니다"))?;
        prctl::set_no_new_privs().map_err(failed("권한을 다시 얻는 길을 막지 못했습니다"))?;
        // 사용자가 바뀌면 지워지므로 여기서 정합니다.
        prctl::set_pdeathsig(Signal::SIGKILL).map_err(failed("안지기의 끝을 알 수 없습니다"))?;
        layers.landlock = match rules {
            Some(rules) => rules::enforce(rules)?.to_owned(),
            None => "none".to_owned(),
        };
        let words = words(spec)?;
        if with(Layer::Seccomp) {
            let keeps_modes = !layers.view && !spec.runnable.is_empty();
            calls::enforce(layers.view, keeps_modes)?;
            layers.seccomp = true;
        }
        Ok(words)
    };
    let (program, args, env) = match prepare() {
        Ok(words) => words,
        Err(error) => return Some(error),
    };
    let word: Result<Layers, String> = Ok(layers);
    let told = serde_json::to_vec(&word).unwrap_or_default();
    if let Err(error) = nix::unistd::write(tells, &told) {
        return Some(failed("시작을 알리지 못했습니다")(error));
    }
    match execve(&program, &args, &env) {
        Ok(never) => match never {},
        Err(error) => Some(format!(
            "{} 을(를) 시작하지 못했습니다({})",
            spec.program.display(),
            io::Error::from(error)
        )),
    }
}

/// 프로그램, 인자, 환경입니다.
fn words(spec: &Spec) -> Result<(CString, Vec<CString>, Vec<CString>), String> {
    let text = |bytes: &[u8]| {
        CString::new(bytes).map_err(|_| "인자나 환경에 0인 바이트가 있습니다".to_owned())
    };
    let program = text(spec.program.as_bytes())?;
    let mut args = vec![program.clone()];
    for arg in &spec.args {
        args.push(text(arg.as_bytes())?);
    }
    let mut env = Vec::new();
    let mut has_temp = false;
    for (name, value) in &spec.env {
        has_temp |= name == "TMPDIR";
        env.push(text(&[name.as_bytes(), b"=", value.as_bytes()].concat())?);
    }
    if !has_temp {
        // 임시 파일을 둘 곳이 여기뿐입니다.
        env.push(text(&[b"TMPDIR=", spec.dir.as_bytes()].concat())?);
    }
    Ok((program, args, env))
}

/// 무시하던 시그널도, 막아 두던 시그널도 없게 합니다. 둘 다 exec 뒤에도 남기 때문입니다.
fn plain_signals() -> nix::Result<()> {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    for signal in Signal::iterator() {
        if !matches!(signal, Signal::SIGKILL | Signal::SIGSTOP) {
            // SAFETY: 처리기를 다는 것이 아니라 떼는 것입니다.
            unsafe { sigaction(signal, &default) }?;
        }
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

/// `fd`를 `to`번으로 둡니다. exec 뒤에도 열려 있습니다.
fn put(fd: RawFd, to: RawFd) -> nix::Result<()> {
    if fd == to {
        // SAFETY: 열려 있는 번호의 깃발만 바꿉니다.
        return Errno::result(unsafe { libc::fcntl(fd, libc::F_SETFD, 0) }).map(drop);
    }
    // SAFETY: `to`는 이 프로세스에서 아무도 소유하지 않거나 더는 쓰지 않는 번호입니다.
    Errno::result(unsafe { libc::dup2(fd, to) }).map(drop)
}

/// `first`번부터는 exec할 때 닫습니다.
fn close_on_exec(first: RawFd) -> nix::Result<()> {
    let flags = libc::CLOSE_RANGE_CLOEXEC as libc::c_uint;
    // SAFETY: 깃발만 바꿉니다.
    let done = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first as libc::c_uint,
            u32::MAX,
            flags,
        )
    };
    match Errno::result(done) {
        // 5.11보다 오래된 커널입니다. 우리가 연 것에는 이미 깃발이 있고, 물려받은 것은 지킴이가 닫았습니다.
        Err(Errno::ENOSYS | Errno::EINVAL) => Ok(()),
        done => done.map(drop),
    }
}

fn limit(spec: &Spec) -> nix::Result<()> {
    let set = |resource, value| setrlimit(resource, value, value);
    // 1바이트로 두면 파일로도, 관으로 받는 프로그램에게도 남기지 않습니다(`core(5)`; 0은 관을 막지 못합니다).
    set(Resource::RLIMIT_CORE, 1)?;
    set(Resource::RLIMIT_FSIZE, spec.limits.file)?;
    set(Resource::RLIMIT_NOFILE, DESCRIPTORS)?;
    set(Resource::RLIMIT_STACK, 8 << 20)?;
    set(Resource::RLIMIT_MEMLOCK, 64 << 10)?;
    set(Resource::RLIMIT_MSGQUEUE, 0)?;
    // 주소 공간은 잡아만 두고 쓰지 않는 일이 많아 넉넉히 둡니다. 쓰는 양은 지킴이가 잽니다.
    set(
        Resource::RLIMIT_AS,
        spec.limits.memory.saturating_mul(2).saturating_add(4 << 30),
    )
}

/// 커널이 세는 한계입니다. 스레드도 하나로 셉니다.
fn limit_processes(given: &Given) -> nix::Result<()> {
    let set = |value| setrlimit(Resource::RLIMIT_NPROC, value, value);
    let more = given.spec.limits.processes;
    if given.user.is_some() {
        // 이 사용자는 이 프로그램과 그 자손뿐입니다.
        return set(more + 1);
    }
    if given.spaces.contains(CloneFlags::CLONE_NEWUSER) {
        // 이름공간마다 따로 세는 커널(5.14부터)이면 안지기와 프로그램뿐입니다. 하나 더 만들어 보아 알아냅니다.
        set_soft(more + 2)?;
        // SAFETY: 스레드가 하나이고, 자식은 바로 끝납니다.
        match unsafe { fork() } {
            // SAFETY: 부모의 것을 건드리지 않고 바로 끝냅니다.
            Ok(ForkResult::Child) => unsafe { libc::_exit(0) },
            Ok(ForkResult::Parent { child }) => {
                waitpid(child, None)?;
                return set(more + 2);
            }
            Err(Errno::EAGAIN) => {}
            Err(error) => return Err(error),
        }
    }
    // 이 사용자의 다른 프로세스도 함께 세어집니다.
    set(given.used + more + 2)
}

fn set_soft(value: u64) -> nix::Result<()> {
    let (_, hard) = nix::sys::resource::getrlimit(Resource::RLIMIT_NPROC)?;
    setrlimit(Resource::RLIMIT_NPROC, value.min(hard), hard)
}

/// 무리를 비우고 사용자를 바꿉니다. 0이 아닌 번호가 되므로 권한(capability)도 모두 사라집니다(`capabilities(7)`).
fn drop_to(user: Uid) -> nix::Result<()> {
    let group = Gid::from_raw(user.as_raw());
    setgroups(&[])?;
    setresgid(group, group, group)?;
    setresuid(user, user, user)
}
