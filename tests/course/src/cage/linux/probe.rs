//! 막이를 하나씩 뚫어 봅니다. 이 프로그램 자신을 우리에 넣고, 밖에 놓아둔 미끼를 건드려 보게 합니다.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    mem::ManuallyDrop,
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        fd::FromRawFd,
        linux::net::SocketAddrExt,
        unix::{
            fs::PermissionsExt,
            net::{SocketAddr, UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
    libc,
    sys::{
        prctl,
        signal::{Signal, kill},
        wait::waitpid,
    },
    unistd::{ForkResult, Pid, fork, getuid, setsid},
};
use serde::{Deserialize, Serialize};

use super::{Layers, PROBE, caged};
use crate::{
    cage::{Defence, End, Job, Layer, Limits, RECORD_FD, os},
    fault::Fault,
};

/// 뚫어 볼 때 허락하는, 더 만들 수 있는 프로세스의 수입니다.
const PROCESSES: u64 = 8;

/// 밖에 놓아둔 미끼입니다.
#[derive(Debug, Serialize, Deserialize)]
struct Bait {
    /// 읽으면 안 되는 파일입니다.
    secret: PathBuf,
    /// 실행할 수만 있는 파일입니다. 같은 사용자라면 주인이므로 권한을 바꾸어 읽으려 들 수 있습니다.
    runnable: PathBuf,
    /// 누구나 쓸 수 있지만 써서는 안 되는 폴더입니다.
    folder: PathBuf,
    tcp: u16,
    udp: u16,
    /// 이름이 파일이 아닌 소켓입니다.
    hidden: String,
    /// 이름이 파일인 소켓입니다.
    named: PathBuf,
    /// 밖에 있는 프로세스, 곧 `course`입니다.
    pid: i32,
    /// 밖의 사용자입니다.
    user: u32,
}

/// 안에서 해 본 것과, 막혔는지입니다.
type Tried = BTreeMap<String, bool>;

/// 막이의 이름, 무엇을 막는지, 꼭 있어야 하는지, 뚫렸을 때의 말입니다.
type Row = (&'static str, &'static str, bool, &'static str);

const ROWS: [Row; 18] = [
    (
        "read",
        "허락하지 않은 파일을 읽는 것",
        true,
        "숨긴 검사를 읽을 수 있습니다. Landlock(Linux 5.13)이나 마운트 이름공간이 있어야 합니다.",
    ),
    (
        "write",
        "허락하지 않은 곳에 쓰는 것",
        true,
        "밖에 파일을 남기거나 성적을 고칠 수 있습니다. Landlock(Linux 5.13)이나 마운트 이름공간이 있어야 합니다.",
    ),
    (
        "grader",
        "실행만 하게 한 파일을 읽는 것",
        true,
        "채점기의 실행 파일에서 숨긴 검사를 읽을 수 있습니다. 다른 사용자나 마운트 이름공간이나 seccomp이 있어야 합니다.",
    ),
    (
        "tcp",
        "TCP로 잇는 것",
        true,
        "답을 밖으로 보내거나 밖에서 받을 수 있습니다. seccomp이 있어야 합니다.",
    ),
    (
        "udp",
        "UDP로 보내는 것",
        true,
        "답을 밖으로 보낼 수 있습니다. seccomp이 있어야 합니다.",
    ),
    (
        "hidden-socket",
        "이름이 파일이 아닌 Unix 소켓에 잇는 것",
        true,
        "데스크톱과 다른 프로그램에 말을 걸 수 있습니다. 네트워크 이름공간이나 Landlock 6판(Linux 6.12)이 있어야 합니다.",
    ),
    (
        "named-socket",
        "이름이 파일인 Unix 소켓에 잇는 것",
        true,
        "Docker나 D-Bus에 말을 걸 수 있습니다. 마운트 이름공간이나 seccomp이 있어야 합니다.",
    ),
    (
        "signal",
        "밖에 시그널을 보내는 것",
        true,
        "채점기를 끝낼 수 있습니다. PID 이름공간이나 다른 사용자나 Landlock 6판(Linux 6.12)이 있어야 합니다.",
    ),
    (
        "ptrace",
        "다른 프로세스를 붙드는 것(ptrace)",
        true,
        "채점기의 메모리를 고칠 수 있습니다. seccomp이 있어야 합니다.",
    ),
    (
        "environ",
        "밖의 프로세스를 /proc에서 들여다보는 것",
        true,
        "채점기의 환경과 메모리를 볼 수 있습니다. Landlock(Linux 5.13)이나 마운트 이름공간이 있어야 합니다.",
    ),
    (
        "privileges",
        "권한(capability)을 얻는 것",
        true,
        "setuid 프로그램으로 권한을 얻을 수 있습니다.",
    ),
    (
        "processes",
        "프로세스를 한없이 만드는 것",
        true,
        "컴퓨터를 멈출 수 있습니다.",
    ),
    (
        "tree",
        "끝난 뒤에도 프로세스가 남는 것",
        true,
        "다음 학생의 채점을 건드릴 수 있습니다.",
    ),
    (
        "memory",
        "메모리를 한없이 쓰는 것",
        true,
        "컴퓨터를 멈출 수 있습니다.",
    ),
    ("wall", "끝나지 않는 것", true, "채점이 끝나지 않습니다."),
    (
        "output",
        "출력을 한없이 쓰는 것",
        true,
        "디스크나 메모리를 채울 수 있습니다.",
    ),
    (
        "keeper",
        "지킴이가 밖에서 끝내져도 프로세스가 남는 것",
        false,
        "가두는 프로세스를 누가 SIGKILL로 끝내면 프로세스가 남을 수 있습니다. PID 이름공간이나 다른 사용자가 있어야 합니다.",
    ),
    (
        "user",
        "같은 사용자로 도는 것",
        false,
        "root가 아니면 다른 사용자가 될 수 없습니다. 나머지 겹이 막습니다.",
    ),
];

pub fn defences(without: &[Layer]) -> Result<Vec<Defence>, Fault> {
    let failed = |error: io::Error| os("뚫어 볼 미끼를 놓지 못했습니다", error);
    let outside = tempfile::tempdir().map_err(failed)?;
    let scratch = tempfile::tempdir().map_err(failed)?;
    let (bait, held) = bait(outside.path()).map_err(failed)?;
    let runnable = vec![bait.runnable.clone()];
    // 어디에 빌드되었든 가둔 사용자가 닿을 수 있도록 일하는 폴더에 베껴 둡니다.
    let program = scratch.path().join("probe");
    env::current_exe()
        .and_then(|me| fs::copy(me, &program))
        .map_err(failed)?;
    let bait = serde_json::to_string(&bait).map_err(|error| Fault::new(error.to_string()))?;
    let run = |words: Vec<OsString>, wall| {
        let mut args = vec![OsString::from(PROBE)];
        args.extend(words);
        let job = Job {
            program: program.clone(),
            args,
            env: Vec::new(),
            dir: scratch.path().to_owned(),
            runnable: runnable.clone(),
            readable: Vec::new(),
            proc: false,
            stdin: Vec::new(),
            limits: Limits {
                wall: Duration::from_millis(wall),
                cpu: Duration::MAX,
                memory: 128 << 20,
                output: 1 << 20,
                file: 16 << 20,
                processes: PROCESSES,
            },
        };
        caged(&job, without)
    };
    let (outcome, layers) = run(vec!["all".into(), bait.into()], 20_000)?;
    drop(held);
    let mut tried: Tried = serde_json::from_slice(&outcome.record).map_err(|_| {
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        Fault::new(format!("뚫어 보지 못했습니다({:?}). {said}", outcome.end))
    })?;
    let lock = File::open(scratch.path().join("lock")).map_err(failed)?;
    let gone = Flock::lock(lock, FlockArg::LockExclusiveNonblock).is_ok();
    tried.insert("tree".to_owned(), gone && outcome.left > 0);
    // 이것만은 뚫어 보지 않고, 정말로 두른 겹을 보고 말합니다.
    let known = layers.namespaces || layers.dropped;
    tried.insert("keeper".to_owned(), known);
    for (name, wall, end) in [
        ("memory", 20_000, End::Memory),
        ("wall", 100, End::Wall),
        ("output", 20_000, End::Output),
    ] {
        let (outcome, _) = run(vec![name.into()], wall)?;
        tried.insert(name.to_owned(), outcome.end == end);
    }
    Ok(ROWS
        .iter()
        .map(|row| judged(row, &tried, &layers))
        .collect())
}

fn judged((name, what, needed, open): &Row, tried: &Tried, layers: &Layers) -> Defence {
    let active = tried.get(*name).copied().unwrap_or(false);
    let why = if active {
        format!("뚫어 보았으나 막혔습니다({layers}).")
    } else {
        (*open).to_owned()
    };
    Defence {
        name,
        what,
        active,
        needed: *needed,
        why,
    }
}

/// 미끼를 놓습니다. 뒤의 것을 쥐고 있는 동안 소켓이 열려 있습니다.
fn bait(folder: &Path) -> io::Result<(Bait, (TcpListener, UdpSocket, UnixListener, UnixListener))> {
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder, open.clone())?;
    let secret = folder.join("secret");
    fs::write(&secret, "숨긴 검사")?;
    let runnable = folder.join("runnable");
    fs::write(&runnable, "숨긴 검사")?;
    fs::set_permissions(&runnable, fs::Permissions::from_mode(0o111))?;
    let tcp = TcpListener::bind("127.0.0.1:0")?;
    let udp = UdpSocket::bind("127.0.0.1:0")?;
    let named = folder.join("socket");
    let by_path = UnixListener::bind(&named)?;
    fs::set_permissions(&named, open)?;
    let hidden = format!("noriteo-cage-{}", folder.display());
    let by_name = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&hidden)?)?;
    let bait = Bait {
        secret,
        runnable,
        folder: folder.to_owned(),
        tcp: tcp.local_addr()?.port(),
        udp: udp.local_addr()?.port(),
        hidden,
        named,
        pid: std::process::id() as i32,
        user: getuid().as_raw(),
    };
    Ok((bait, (tcp, udp, by_path, by_name)))
}

/// 우리 안에서 도는 쪽입니다. 돌아온 값은 종료 코드입니다.
pub fn inside(mut words: impl Iterator<Item = OsString>) -> i32 {
    let word = words.next().unwrap_or_default();
    match word.to_str() {
        Some("all") => {
            let bait = words.next().and_then(|text| text.into_string().ok());
            let bait = bait.and_then(|text| serde_json::from_str::<Bait>(&text).ok());
            bait.map_or(1, |bait| report(&bait))
        }
        Some("memory") => {
            let mut all = Vec::new();
            // 한계의 네 배까지만 씁니다. 막이가 없어도 컴퓨터를 괴롭히지 않습니다.
            for _ in 0..32 {
                all.push(std::hint::black_box(vec![1u8; 16 << 20]));
            }
            // 막이가 보기 전에 끝나지 않도록 기다립니다. 끝내는 것은 벽시계입니다.
            nix::unistd::pause();
            0
        }
        Some("wall") => loop {
            nix::unistd::pause();
        },
        Some("output") => {
            let some = [b'.'; 64 * 1024];
            for _ in 0..64 {
                if io::stdout().write_all(&some).is_err() {
                    break;
                }
            }
            0
        }
        _ => 1,
    }
}

fn report(bait: &Bait) -> i32 {
    let address = || SocketAddr::from_abstract_name(&bait.hidden);
    let tried = [
        ("read", fs::read(&bait.secret).is_err()),
        ("write", File::create(bait.folder.join("mark")).is_err()),
        ("grader", unreadable(&bait.runnable)),
        ("tcp", TcpStream::connect(("127.0.0.1", bait.tcp)).is_err()),
        ("udp", udp(bait.udp).is_err()),
        (
            "hidden-socket",
            address()
                .and_then(|a| UnixStream::connect_addr(&a))
                .is_err(),
        ),
        ("named-socket", UnixStream::connect(&bait.named).is_err()),
        ("signal", kill(Pid::from_raw(bait.pid), None).is_err()),
        ("ptrace", no_ptrace()),
        (
            "environ",
            fs::read(format!("/proc/{}/environ", bait.pid)).is_err(),
        ),
        ("privileges", no_privileges()),
        ("processes", few_processes()),
        ("user", getuid().as_raw() != bait.user),
    ];
    let tried: Tried = tried
        .iter()
        .map(|(name, held)| ((*name).to_owned(), *held))
        .collect();
    if daemon().is_err() {
        return 1;
    }
    // SAFETY: 우리가 열어 준 번호입니다. 닫지 않습니다.
    let mut record = ManuallyDrop::new(unsafe { File::from_raw_fd(RECORD_FD) });
    let text = serde_json::to_vec(&tried).unwrap_or_default();
    i32::from(record.write_all(&text).is_err())
}

/// 주인이라면 권한부터 풀고 읽어 봅니다.
fn unreadable(path: &Path) -> bool {
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o777));
    fs::read(path).is_err()
}

fn udp(port: u16) -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(b"x", ("127.0.0.1", port)).map(drop)
}

/// 제 자식을 붙들어 봅니다. 자식도 못 붙들면 남은 더욱 못 붙듭니다.
fn no_ptrace() -> bool {
    // SAFETY: 스레드가 하나이고, 자식은 기다리기만 합니다.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => loop {
            nix::unistd::pause();
        },
        Ok(ForkResult::Parent { child }) => {
            // SAFETY: 주소를 넘기지 않습니다.
            let seized = unsafe { libc::ptrace(libc::PTRACE_SEIZE, child.as_raw(), 0, 0) };
            let held = Errno::result(seized).is_err();
            let _ = kill(child, Signal::SIGKILL);
            let _ = waitpid(child, None);
            held
        }
        Err(_) => false,
    }
}

/// 지금 가진 권한도 없고, exec로 얻을 길도 없습니다.
fn no_privileges() -> bool {
    // 3판: 머리(판, 프로세스)와 32비트 셋씩 둘입니다(capget(2)).
    let mut head = [0x2008_0522u32, 0];
    let mut data = [[u32::MAX; 3]; 2];
    // SAFETY: 커널이 적는 만큼의 자리입니다.
    let got = unsafe { libc::syscall(libc::SYS_capget, head.as_mut_ptr(), data.as_mut_ptr()) };
    got == 0 && data == [[0; 3]; 2] && prctl::get_no_new_privs() == Ok(true)
}

/// 한계의 여덟 배까지 만들어 봅니다.
fn few_processes() -> bool {
    let mut children = Vec::new();
    while children.len() < 8 * PROCESSES as usize {
        // SAFETY: 스레드가 하나이고, 자식은 기다리기만 합니다.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => loop {
                nix::unistd::pause();
            },
            Ok(ForkResult::Parent { child }) => children.push(child),
            Err(_) => break,
        }
    }
    for child in &children {
        let _ = kill(*child, Signal::SIGKILL);
        let _ = waitpid(*child, None);
    }
    // 이름공간이 없으면 같은 사용자의 다른 프로세스가 그사이 끝나 몇 개 더 될 수 있습니다.
    children.len() <= 2 * PROCESSES as usize
}

/// 두 번 갈라져 세션을 떠난 프로세스를 남깁니다. 살아 있는 동안 자물쇠를 쥡니다.
fn daemon() -> nix::Result<()> {
    let file = OpenOptions::new().create(true).append(true).open("lock");
    let lock = file
        .ok()
        .and_then(|file| Flock::lock(file, FlockArg::LockExclusive).ok())
        .ok_or(Errno::EIO)?;
    // SAFETY: 스레드가 하나이고, 자식은 시스템 호출만 합니다.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let _ = setsid();
            // SAFETY: 위와 같습니다.
            if matches!(unsafe { fork() }, Ok(ForkResult::Child)) {
                loop {
                    nix::unistd::pause();
                }
            }
            // SAFETY: 부모의 것을 건드리지 않고 바로 끝냅니다.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            waitpid(child, None)?;
            // 닫기만 합니다. 버리면 자손의 것까지 풀립니다(LOCK_UN).
            std::mem::forget(lock);
            Ok(())
        }
    }
}
