//! 모자랄 때: 파일 디스크립터와 프로세스를 더 얻지 못합니다.
//!
//! 한도를 정말로 낮춥니다. 한도는 되돌릴 수 없게 남을 수 있으므로 따로 낳은 프로세스에서 낮춥니다([`in_a_host`]).
//! 모자라면 오류를 받고, 새거나 남는 것이 없고, 한도를 되돌리면 그대로 다시 씁니다.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    fs, io,
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicBool, Ordering},
};

use libtest_mimic::{Completion, Failed, Trial};
use nix::{
    errno::Errno,
    libc,
    sys::resource::{Resource, getrlimit, setrlimit},
    unistd::{Gid, Uid, setgid, setgroups, setuid},
};
use noriteo::{
    Error,
    process::{self, Receiver, Sender, fork, pipe, queue},
};

use crate::{
    support::{self, MaybeLeftOut, Outcome},
    world::{descriptors, faults, in_a_host, watched},
};

pub fn entries() {
    process::entry(double);
    process::entry(relay);
}

pub fn tests() -> Vec<Trial> {
    let mut tests = faults![
        every_number_of_descriptors_left,
        a_child_left_without_descriptors,
    ];
    tests.push(Trial::ignorable_test(
        "no_processes_left",
        no_processes_left,
    ));
    tests
}

fn double(n: u64) -> u64 {
    n * 2
}

/// 받은 것을 두 배로 돌려보냅니다.
fn relay((rx, tx): (Receiver<u64>, Sender<u64>)) -> bool {
    rx.recv().and_then(|n| tx.send(n * 2)).is_ok()
}

/// 새로 열 수 있는 디스크립터가 `count`개만 남도록 한도를 낮추고 `f`를 부른 뒤 되돌립니다.
fn with_descriptors_left<R>(count: usize, f: impl FnOnce() -> R) -> Result<R, Failed> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let open = descriptors()?;
    let open: BTreeSet<u64> = open
        .keys()
        .filter_map(|path| path.rsplit('/').next()?.parse().ok())
        .collect();
    // 한도는 수가 아니라 번호의 끝입니다. 다음 빈 번호 바로 앞에서 끊으면 빈 번호가 꼭 `count`개 남습니다.
    let limit = (0..).filter(|fd| !open.contains(fd)).nth(count);
    setrlimit(Resource::RLIMIT_NOFILE, limit.unwrap_or(soft), hard)?;
    let result = f();
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard)?;
    Ok(result)
}

/// 모자라서 못 한다는 오류인지, 우리말로 알리는지 봅니다.
fn refused_with(error: &Error, wanted: Errno) -> bool {
    let told = error.to_string();
    let korean = told.contains("못했습니다") && told.contains("거절했습니다");
    matches!(error, Error::Os { source, .. } if source.raw_os_error() == Some(wanted as i32))
        && korean
}

/// 남은 것이 몇이든, 되거나 모자란다는 오류를 냅니다. 넉넉해지면 됩니다. 새는 것이 없습니다.
///
/// 자식이 모자라서 시작하지 못한 것은 `join`이 종료 코드로 알립니다.
fn for_every_number_left<T: Debug + PartialEq>(
    name: &str,
    expected: &T,
    f: impl Fn() -> noriteo::Result<T>,
) -> Outcome {
    const ENOUGH: usize = 24;
    let before = descriptors()?;
    let mut worked = Vec::new();
    for count in 0..=ENOUGH {
        let result = with_descriptors_left(count, &f)?;
        assert_eq!(
            descriptors()?,
            before,
            "{name}: {count}개 남았을 때 샜습니다"
        );
        match &result {
            Ok(value) => assert_eq!(value, expected, "{name}: {count}"),
            Err(Error::Exited { code, .. }) => assert!(matches!(code, 1 | 127), "{name}: {code}"),
            Err(error) => assert!(
                refused_with(error, Errno::EMFILE),
                "{name}: {count}: {error}"
            ),
        }
        worked.push(result.is_ok());
    }
    // 하나도 없으면 안 되고, 되기 시작하면 더 있을 때 늘 됩니다.
    assert!(!worked[0] && worked[ENOUGH], "{name}: {worked:?}");
    assert!(worked.is_sorted(), "{name}: {worked:?}");
    // 한도를 되돌렸으니 다시 됩니다.
    assert_eq!(&f()?, expected, "{name}");
    Ok(())
}

fn every_number_of_descriptors_left() -> Outcome {
    in_a_host(|| {
        for_every_number_left("queue", &7, || {
            let (tx, rx) = queue::<u64>()?;
            tx.send(7)?;
            rx.recv()
        })?;
        for_every_number_left("pipe", &7, || {
            let (mut here, mut there) = pipe::<u64>()?;
            there.send(7)?;
            here.recv()
        })?;
        for_every_number_left("fork", &7, || fork(|| 7u64)?.join())?;
        for_every_number_left("spawn", &42, || process::spawn(double, 21)?.join())?;
        // 끝을 쥐고 있어 자식이 그것들을 막아야 하는 fork
        let (kept, other) = queue::<u64>()?;
        let (mut here, there) = pipe::<u64>()?;
        let sibling = fork(move || {
            let mut there = there;
            there.recv().unwrap_or(0)
        })?;
        for_every_number_left("fork 안의 send", &7, || {
            let tx = kept.clone();
            let child = fork(move || tx.send(7).is_ok())?;
            if !child.join()? {
                return Err(Error::Disconnected);
            }
            other.recv()
        })?;
        here.send(3)?;
        assert_eq!(sibling.join()?, 3);
        // 끝을 인자로 넘기는 spawn
        let (tx, rx) = queue::<u64>()?;
        let (back, answers) = queue::<u64>()?;
        for_every_number_left("spawn의 인자", &42, || {
            let child = process::spawn(relay, (rx.clone(), back.clone()))?;
            // 자식이 시작하지 못하면 이 값은 남아 있다가 다음 자식이 받습니다.
            let held = LEFT_OVER.swap(true, Ordering::SeqCst);
            if !held {
                tx.send(21)?;
            }
            if !child.join()? {
                return Err(Error::Disconnected);
            }
            LEFT_OVER.store(false, Ordering::SeqCst);
            answers.recv()
        })?;
        Ok(())
    })
}

/// 시작하지 못한 자식에게 보낸 값이 큐에 남아 있습니다.
static LEFT_OVER: AtomicBool = AtomicBool::new(false);

/// fork된 자식이 곧바로 한도를 낮출지 정합니다.
static STARVE: AtomicBool = AtomicBool::new(false);

/// 자식만 모자랄 때입니다. 새로 시작한 자식은 위의 시험에서 부모의 한도를 물려받아 모자랍니다. fork된 자식은 크레이트의 코드에 닿기도 전에 하나도 열 수 없게 됩니다.
fn a_child_left_without_descriptors() -> Outcome {
    extern "C" fn starve() {
        if STARVE.load(Ordering::SeqCst) {
            let none = libc::rlimit {
                rlim_cur: 1,
                rlim_max: 1,
            };
            // SAFETY: 살아 있는 값을 읽기만 합니다.
            unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &none) };
        }
    }
    fn told(ended: noriteo::Result<u64>) -> bool {
        matches!(ended, Err(Error::Exited { code: 1, .. }))
    }
    in_a_host(|| {
        // SAFETY: 처리기는 setrlimit만 부르고, 이 호스트와 그 자식에만 있습니다.
        let code = unsafe { libc::pthread_atfork(None, None, Some(starve)) };
        assert_eq!(code, 0);
        let before = descriptors()?;
        let starved = |f: &dyn Fn() -> noriteo::Result<u64>| {
            STARVE.store(true, Ordering::SeqCst);
            let result = f();
            STARVE.store(false, Ordering::SeqCst);
            result
        };
        // 태어난 뒤에 모자라면 자식이 부르는 것마다 오류를 냅니다.
        let child = fork(|| {
            let none = setrlimit(Resource::RLIMIT_NOFILE, 1, 1).is_ok();
            let errors = [
                queue::<u64>().err(),
                pipe::<u64>().err(),
                fork(|| 1u64).err(),
                process::spawn(double, 1).err(),
            ];
            let told = |error: Error| refused_with(&error, Errno::EMFILE);
            none && errors.into_iter().all(|error| error.is_some_and(told))
        })?;
        assert!(child.join()?);
        // 부모의 끝들을 물려받아 막아야 하는데 막지 못하면, 남의 끝을 쥔 채 돌지 않고 그만둡니다.
        let (tx, rx) = queue::<u64>()?;
        assert!(told(starved(&|| fork(|| 7u64)?.join())));
        assert!(told(starved(&|| {
            let tx = tx.clone();
            fork(move || tx.send(1).map_or(0, |()| 1))?.join()
        })));
        // 형제의 생명줄을 물려받은 때도 같습니다.
        drop((tx, rx));
        let (mut tx, mut rx) = pipe::<u64>()?;
        let sibling = fork(move || rx.recv().unwrap_or(0))?;
        assert!(told(starved(&|| fork(|| 7u64)?.join())));
        // 형제도 부모도 그대로입니다.
        tx.send(9)?;
        assert_eq!(sibling.join()?, 9);
        drop(tx);
        assert_eq!(fork(|| 7u64)?.join()?, 7);
        assert_eq!(process::spawn(double, 21)?.join()?, 42);
        assert_eq!(descriptors()?, before);
        Ok(())
    })
}

/// 다른 프로세스가 없을 사용자입니다.
const NOBODY_ELSE: u32 = 54_321;

/// root가 아닌 사용자가 됩니다. root에게는 프로세스 수의 한도가 없습니다.
fn become_a_plain_user() -> io::Result<()> {
    setgroups(&[])?;
    setgid(Gid::from_raw(NOBODY_ELSE))?;
    setuid(Uid::from_raw(NOBODY_ELSE))?;
    // 사용자를 바꾸면 커널이 /proc/self를 root의 것으로 돌립니다. 우리가 볼 수 있게 되돌립니다.
    // SAFETY: 정수만 받고, 메모리를 건드리지 않습니다.
    match unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// 이 사용자의 프로세스를 `count`개까지만 허락하고 `f`를 부른 뒤 되돌립니다.
fn with_processes_allowed<R>(count: u64, f: impl FnOnce() -> R) -> Result<R, Failed> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NPROC)?;
    setrlimit(Resource::RLIMIT_NPROC, count, hard)?;
    let result = f();
    setrlimit(Resource::RLIMIT_NPROC, soft, hard)?;
    Ok(result)
}

/// 하나까지만 허락하면 이미 이 프로세스가 있으므로 더 낳을 수 없습니다.
///
/// root로 돌면 다른 사용자가 됩니다. 실행 파일이 있는 폴더를 그 사용자가 볼 수 없어도 spawn은 됩니다. `/proc/self/exe`는
/// 길을 따라가지 않고 지금 도는 파일을 바로 가리키기 때문입니다. 파일 자체만 실행할 수 있으면 됩니다.
fn no_processes_left() -> MaybeLeftOut {
    let mode = fs::metadata("/proc/self/exe")?.permissions().mode();
    if Uid::effective().is_root() && mode & 0o001 == 0 {
        return support::left_out("이 시험 프로그램을 다른 사용자가 실행할 수 없습니다");
    }
    watched(|| {
        in_a_host(|| {
            let alone = Uid::effective().is_root();
            if alone {
                become_a_plain_user()?;
            }
            let before = descriptors()?;
            // 앞에서: 이 사용자로도 다 됩니다.
            assert_eq!(fork(|| 7u64)?.join()?, 7);
            assert_eq!(process::spawn(double, 21)?.join()?, 42);
            let (tx, rx) = queue::<u64>()?;
            let held = descriptors()?;
            for _ in 0..100 {
                let refused = with_processes_allowed(1, || {
                    let moved = tx.clone();
                    [
                        fork(|| 7u64).map(drop).err(),
                        fork(move || moved.send(1).is_ok()).map(drop).err(),
                        process::spawn(double, 21).map(drop).err(),
                        process::spawn(relay, (rx.clone(), tx.clone()))
                            .map(drop)
                            .err(),
                    ]
                })?;
                for error in refused {
                    let error = error.ok_or("프로세스를 더 낳았습니다")?;
                    assert!(refused_with(&error, Errno::EAGAIN), "{error}");
                }
                assert_eq!(descriptors()?, held);
            }
            // 둘까지 허락하면 자식은 낳아도 손자는 낳지 못합니다. 자식도 오류로 압니다.
            // 이 사용자의 프로세스가 이것뿐일 때에만 수가 맞습니다.
            if alone {
                let in_the_child = with_processes_allowed(2, || {
                    fork(|| {
                        let error = fork(|| 7u64).map(drop).err();
                        error.is_some_and(|error| refused_with(&error, Errno::EAGAIN))
                    })?
                    .join()
                })?;
                assert!(in_the_child?);
            }
            // 실패한 fork가 옮겨 간 끝은 버려졌지만, 남은 끝은 그대로 씁니다.
            tx.send(5)?;
            assert_eq!(rx.recv()?, 5);
            drop(tx);
            assert!(matches!(rx.recv(), Err(Error::Disconnected)));
            drop(rx);
            // 한도를 되돌리면 다시 됩니다.
            assert_eq!(fork(|| 7u64)?.join()?, 7);
            assert_eq!(process::spawn(double, 21)?.join()?, 42);
            assert_eq!(descriptors()?, before);
            Ok(())
        })
    })?;
    Ok(Completion::Completed)
}
