//! 시험의 바깥: 시한, 남은 것 살피기, 다른 프로세스가 무엇을 하는지 커널에게 묻기.

use std::{
    collections::BTreeMap,
    fs,
    num::NonZeroUsize,
    sync::atomic::{AtomicU64, Ordering},
    thread as std_thread,
};

use nix::{
    errno::Errno,
    libc,
    sys::{
        mman::{MapFlags, ProtFlags, mmap_anonymous},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{Pid, alarm},
};
use noriteo::{Error, Result, process, thread};

use crate::support::Outcome;

/// 시험 하나의 시한(초)입니다. 넘으면 `SIGALRM`이 이 프로그램을 끝내 실패로 만듭니다.
const LIMIT: u32 = 120;

/// 시험 이름과 시험을 [`watched`]로 감싸 목록으로 만듭니다.
macro_rules! faults {
    ($($test:path),* $(,)?) => {
        vec![$(::libtest_mimic::Trial::test(stringify!($test), || $crate::world::watched($test))),*]
    };
}
pub(crate) use faults;

/// 손자들의 부모가 먼저 죽으면 손자들은 이 프로그램의 자식이 됩니다(`PR_SET_CHILD_SUBREAPER`).
/// 그래서 고아가 남으면 `waitpid`가 알려 줍니다.
pub fn adopt_orphans() {
    // SAFETY: 정수만 받고, 메모리를 건드리지 않습니다.
    let result = unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    assert_eq!(result, 0, "고아를 넘겨받지 못합니다");
}

/// 시험을 시한 안에서 돌리고, 프로세스와 파일 디스크립터와 스레드가 처음대로인지 봅니다.
pub fn watched(test: fn() -> Outcome) -> Outcome {
    let before = descriptors()?;
    alarm::set(LIMIT);
    let outcome = test();
    let left = waitpid(None, Some(WaitPidFlag::WNOHANG));
    let after = descriptors()?;
    let threads = thread::count_settled(1)?;
    alarm::cancel();
    outcome?;
    match left {
        Err(Errno::ECHILD) => {}
        Ok(WaitStatus::StillAlive) => return Err("산 자식이나 고아가 남았습니다".into()),
        Ok(status) => return Err(format!("거두지 않은 프로세스가 남았습니다: {status:?}").into()),
        Err(errno) => return Err(errno.into()),
    }
    assert_eq!(before, after, "열린 파일 디스크립터가 처음과 다릅니다");
    assert_eq!(threads, 1, "스레드가 남았습니다");
    Ok(())
}

/// 지금 열린 파일 디스크립터와 그것이 가리키는 것입니다.
pub fn descriptors() -> std::io::Result<BTreeMap<String, String>> {
    let name = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    // 목록을 읽는 디스크립터도 목록에 있습니다. 그것은 곧 닫히므로 뺍니다.
    let this = format!("/proc/{}/fd", std::process::id());
    let listed = fs::read_dir("/proc/self/fd")?.collect::<std::io::Result<Vec<_>>>()?;
    Ok(listed
        .into_iter()
        .filter_map(|entry| Some((name(entry.path()), name(fs::read_link(entry.path()).ok()?))))
        .filter(|(_, target)| *target != this)
        .collect())
}

/// 넘겨받은 고아들이 스스로 끝나기를 기다려 거두고, 그 PID를 차례대로 돌려줍니다.
///
/// 끝나지 않으면 시한이 시험을 실패로 만듭니다.
pub fn orphans_end() -> std::result::Result<Vec<u32>, Errno> {
    let mut ended = Vec::new();
    loop {
        match waitpid(None, None) {
            Ok(status) => ended.extend(status.pid().map(|pid| pid.as_raw().unsigned_abs())),
            Err(Errno::ECHILD) => break,
            Err(errno) => return Err(errno),
        }
    }
    ended.sort_unstable();
    Ok(ended)
}

/// fork한 자식들과 함께 보는 0입니다. 시스템 호출 없이 알릴 수 있어, 알린 뒤에 자는 곳은 다음에 부른 그곳뿐입니다.
///
/// 한 쪽(page)을 잡고 돌려주지 않습니다. 시험 프로그램이 끝날 때 함께 사라집니다.
pub fn shared() -> &'static AtomicU64 {
    &shared_list(1)[0]
}

/// [`shared`] 여러 개입니다.
pub fn shared_list(count: usize) -> &'static [AtomicU64] {
    let size = NonZeroUsize::new(count * size_of::<AtomicU64>()).expect("0개가 아닙니다");
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: 주소를 정하지 않으므로 다른 메모리를 덮지 않습니다.
    let page =
        unsafe { mmap_anonymous(None, size, protection, MapFlags::MAP_SHARED) }.expect("메모리");
    // SAFETY: 0으로 채워진 `size` 바이트이고, 쪽의 첫머리라 정렬이 맞고, 돌려주지 않습니다.
    unsafe { std::slice::from_raw_parts(page.cast().as_ptr(), count) }
}

/// `value`가 `least` 이상이 될 때까지 기다립니다.
pub fn wait_until(value: &AtomicU64, least: u64) {
    while value.load(Ordering::SeqCst) < least {
        std_thread::yield_now();
    }
}

/// 프로세스의 상태 글자입니다: `R` 달림, `S` 기다림, `T` 멈춤, `Z` 좀비.
pub fn state(pid: u32) -> std::io::Result<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    Ok(after_name.chars().next().unwrap_or('?'))
}

/// 프로세스가 `wanted` 상태가 될 때까지 기다립니다. 그 앞에 끝나면 오류입니다.
pub fn wait_for_state(pid: u32, wanted: char) -> Outcome {
    loop {
        match state(pid)? {
            now if now == wanted => return Ok(()),
            'Z' | 'X' => return Err(format!("{wanted}이(가) 되기 앞에 끝났습니다").into()),
            _ => std_thread::yield_now(),
        }
    }
}

/// 자식이 `at`에 `least`를 적고 나서 잠들 때까지 기다립니다. 적은 바로 뒤에 부른 곳에서 막혔다는 뜻입니다.
pub fn wait_until_blocked(pid: u32, at: &AtomicU64, least: u64) -> Outcome {
    wait_until(at, least);
    wait_for_state(pid, 'S')
}

/// 이 시그널에 죽었다고 `join`이 알렸는지 봅니다.
pub fn assert_killed_by<T: std::fmt::Debug>(joined: Result<T>, signal: nix::sys::signal::Signal) {
    match joined {
        Err(Error::Signaled {
            signal: number,
            name,
            ..
        }) => assert_eq!((number, name.as_str()), (signal as i32, signal.as_str())),
        other => panic!("{signal}에 죽었다고 알려야 합니다: {other:?}"),
    }
}

/// 그 번호의 프로세스가 하나도 없는지 봅니다(좀비도 없습니다).
pub fn assert_gone(pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed());
    assert_eq!(nix::sys::signal::kill(pid, None), Err(Errno::ESRCH));
}

/// 시그널 처리 따위를 마음대로 바꾸어도 되는 프로세스에서 `f`를 합니다. 거기에서도 남은 것을 살핍니다.
pub fn in_a_host(f: fn() -> Outcome) -> Outcome {
    let host = process::fork(move || {
        watched(f).map_err(|failed| failed.message().unwrap_or("까닭을 모릅니다").to_owned())
    })?;
    Ok(host.join()??)
}

/// 씨앗이 같으면 같은 수가 나오는 난수입니다(xorshift64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.max(1))
    }

    /// 0부터 `end` 앞까지의 수입니다.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
