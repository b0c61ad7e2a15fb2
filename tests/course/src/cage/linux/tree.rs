//! 나무를 봅니다: 누가 있는지, 메모리와 파일을 얼마나 쓰는지. 그리고 남은 것을 끝냅니다.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{
    errno::Errno,
    libc,
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, SysconfVar, Uid, fork, geteuid, getppid, setresuid, sysconf},
};

/// `/proc`의 프로세스와 그 부모입니다.
fn parents() -> Vec<(i32, i32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pairs = entries.flatten().filter_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // `PID (이름) 상태 부모 …`: 이름에는 괄호와 빈칸이 있을 수 있습니다(proc_pid_stat(5)).
        let parent = stat.rsplit(") ").next()?.split(' ').nth(1)?;
        Some((pid, parent.parse().ok()?))
    });
    pairs.collect()
}

/// `root`의 자손입니다. `root`는 들지 않습니다.
pub fn members(root: Pid) -> Vec<i32> {
    let mut found = Vec::new();
    let mut next = vec![root.as_raw()];
    let mut all = None;
    while let Some(pid) = next.pop() {
        let children = match children(pid) {
            Some(children) => children,
            // 커널이 이 파일을 만들지 않습니다(CONFIG_PROC_CHILDREN). 모두 훑습니다.
            None => {
                let all = all.get_or_insert_with(parents);
                all.iter()
                    .filter(|one| one.1 == pid)
                    .map(|one| one.0)
                    .collect()
            }
        };
        for child in children {
            if !found.contains(&child) {
                found.push(child);
                next.push(child);
            }
        }
    }
    found
}

/// 자식은 만든 스레드마다 적혀 있습니다(proc_pid_children(5)).
fn children(pid: i32) -> Option<Vec<i32>> {
    let mut all = Vec::new();
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        // 그사이 끝났습니다.
        return Some(all);
    };
    for task in tasks.flatten() {
        match fs::read_to_string(task.path().join("children")) {
            Ok(text) => all.extend(
                text.split_whitespace()
                    .filter_map(|pid| pid.parse::<i32>().ok()),
            ),
            Err(_) if task.path().exists() => return None,
            Err(_) => {}
        }
    }
    Some(all)
}

/// 나무의 프로세스와 스레드의 수입니다.
pub fn tasks(members: &[i32]) -> u64 {
    let count = |pid: &i32| fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    members.iter().map(count).sum::<usize>() as u64
}

/// 나무가 쓰는 메모리가 `limit`을 넘었는지입니다.
///
/// 함께 쓰는 쪽은 사는 프로세스마다 다시 세어지므로(RSS), 넘은 듯할 때에만 나누어 센 값(PSS)으로 확인합니다.
pub fn over_memory(members: &[i32], limit: u64) -> bool {
    let sum = |of: fn(i32) -> u64| members.iter().map(|pid| of(*pid)).sum::<u64>();
    sum(resident) > limit && sum(proportional) > limit
}

/// `이름:  값 kB` 꼴의 줄들을 더합니다(바이트).
fn fields(text: &str, names: &[&str]) -> u64 {
    let values = text.lines().filter_map(|line| {
        let (name, rest) = line.split_once(':')?;
        names.contains(&name).then_some(())?;
        rest.split_whitespace().next()?.parse::<u64>().ok()
    });
    values.sum::<u64>() * 1024
}

fn resident(pid: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    fields(&text, &["VmRSS", "VmSwap", "VmPTE"])
}

fn proportional(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    match fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) {
        Ok(text) => fields(&text, &["Pss", "SwapPss"]) + fields(&status, &["VmPTE"]),
        Err(_) => fields(&status, &["VmRSS", "VmSwap", "VmPTE"]),
    }
}

/// 아직 도는 이들이 지금까지 쓴 CPU 시간입니다. 한계를 넘어 끝낼 때에는 커널이 더해 주지 않습니다.
pub fn cpu(members: &[i32]) -> Duration {
    let per_second = sysconf(SysconfVar::CLK_TCK)
        .ok()
        .flatten()
        .unwrap_or(100)
        .max(1) as u64;
    let ticks = members.iter().filter_map(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // 이름 뒤로 열두째와 열셋째가 utime과 stime, 그다음 둘은 거둔 자식의 것입니다(proc_pid_stat(5)).
        let fields = stat.rsplit(") ").next()?.split(' ').skip(11).take(4);
        Some(
            fields
                .filter_map(|field| field.parse::<u64>().ok())
                .sum::<u64>(),
        )
    });
    Duration::from_millis(ticks.sum::<u64>() * 1000 / per_second)
}

/// 이 사용자의 스레드 수입니다.
pub fn threads_of(user: Uid) -> u64 {
    let Ok(entries) = fs::read_dir("/proc") else {
        return 0;
    };
    let threads = entries.flatten().filter_map(|entry| {
        let _: i32 = entry.file_name().to_str()?.parse().ok()?;
        (entry.metadata().ok()?.uid() == user.as_raw()).then_some(())?;
        Some(fs::read_dir(entry.path().join("task")).ok()?.count() as u64)
    });
    threads.sum()
}

/// 폴더 하나에 이보다 많은 것을 만들면 넘친 것으로 봅니다.
const ENTRIES: u64 = 20_000;

/// 이보다 깊은 폴더는 만들 까닭이 없습니다.
const DEPTH: usize = 24;

/// 폴더에 든 것의 크기입니다. 이름이 없어진 뒤에도 열려 있는 파일까지 셉니다.
pub fn over_disk(dir: &Path, members: &[i32], limit: u64) -> bool {
    let mut seen = BTreeSet::new();
    let mut total = 0;
    let mut folders: Vec<(PathBuf, usize)> = vec![(dir.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // 그사이 지웠습니다.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            // 들여다볼 수 없게 했거나 이름이 너무 깁니다. 거기에 얼마나 쌓는지 알 수 없습니다.
            Err(_) => return true,
        };
        for entry in entries.flatten() {
            let seen_as = match fs::symlink_metadata(entry.path()) {
                Ok(seen_as) => seen_as,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(_) => return true,
            };
            if seen_as.is_dir() {
                if depth + 1 > DEPTH {
                    return true;
                }
                folders.push((entry.path(), depth + 1));
            }
            if seen.insert((seen_as.dev(), seen_as.ino())) {
                total += seen_as.blocks() * 512;
            }
            if seen.len() as u64 > ENTRIES {
                return true;
            }
        }
    }
    for pid in members {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd"));
        for entry in descriptors.into_iter().flatten().flatten() {
            // 링크를 따라가 본 것입니다. 지워진 파일도 보입니다.
            let Ok(open) = fs::metadata(entry.path()) else {
                continue;
            };
            if open.is_file() && open.nlink() == 0 && seen.insert((open.dev(), open.ino())) {
                total += open.blocks() * 512;
            }
        }
    }
    total > limit
}

/// 이 프로세스에게 온 자손이 하나도 없을 때까지 끝내고 거둡니다. 끝낸 수를 돌려줍니다. 이름공간이 없을 때 씁니다.
pub fn sweep(user: Option<Uid>) -> usize {
    let me = Pid::this();
    while matches!(
        waitpid(None, Some(WaitPidFlag::WNOHANG)),
        Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..))
    ) {}
    let mut left = 0;
    loop {
        if let Some(user) = user {
            kill_all_of(user);
        }
        // 거두기 전인 제 자식의 번호만 씁니다. 남의 것일 수 없는 번호입니다. 손자는 제 부모가 끝나면 우리에게 옵니다.
        let children = children(me.as_raw()).unwrap_or_else(|| {
            let all = parents();
            all.iter()
                .filter(|one| one.1 == me.as_raw())
                .map(|one| one.0)
                .collect()
        });
        for child in &children {
            let _ = kill(Pid::from_raw(*child), Signal::SIGKILL);
        }
        let flag = children.is_empty().then_some(WaitPidFlag::WNOHANG);
        match waitpid(None, flag) {
            Ok(WaitStatus::Signaled(_, Signal::SIGKILL, _)) => left += 1,
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return left,
            _ => {}
        }
    }
}

/// 이 사용자의 프로세스를 하나도 없을 때까지 끝냅니다. root가 아니면 아무것도 하지 않습니다.
pub fn kill_users(user: u32) {
    if !geteuid().is_root() {
        return;
    }
    loop {
        let mut any = false;
        for (pid, _) in parents() {
            let owner = fs::metadata(format!("/proc/{pid}")).map(|seen| seen.uid());
            let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // 좀비는 이미 끝났고, 거두는 것은 부모의 일입니다.
            if owner.is_ok_and(|owner| owner == user) && !state.contains(") Z ") {
                any |= kill(Pid::from_raw(pid), Signal::SIGKILL).is_ok();
            }
        }
        if !any {
            return;
        }
    }
}

/// 그 사용자가 되어 모두에게 보냅니다. 커널이 한 번에 훑으므로 끝없이 갈라지는 것도 빠져나가지 못합니다.
fn kill_all_of(user: Uid) {
    let parent = Pid::this();
    // SAFETY: 이 프로세스는 스레드가 하나이고, 자식은 시스템 호출만 하고 끝납니다.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            if getppid() == parent && setresuid(user, user, user).is_ok() {
                let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
            }
            // SAFETY: 부모의 것을 건드리지 않고 바로 끝냅니다.
            unsafe { libc::_exit(0) }
        }
        Ok(ForkResult::Parent { child }) => {
            let _ = waitpid(child, None);
        }
        // 더 만들 수 없으면 하나씩 끝내는 길만 남습니다.
        Err(_) => {}
    }
}
