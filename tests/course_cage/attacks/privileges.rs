//! 권한을 얻거나, 이름공간을 새로 만들거나, 걸러지지 않는 길로 커널을 부르려 합니다.

mod tools;

use std::process::Command;

/// CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET
const NEW: [i32; 4] = [0x1000_0000, 0x0002_0000, 0x2000_0000, 0x4000_0000];

fn main() {
    tools::broke_call("setuid(0)", unsafe { tools::setuid(0) }.into());
    for flags in NEW {
        tools::broke_call(
            format!("unshare {flags:#x}"),
            unsafe { tools::unshare(flags) }.into(),
        );
        // 새 스택 없이 부르면 fork와 같습니다. 자식이 생기면 뚫린 것입니다.
        let done = unsafe { tools::syscall(CLONE, i64::from(flags) | 17, 0, 0, 0, 0) };
        if done == 0 {
            unsafe { tools::_exit(0) }
        }
        tools::broke_call(format!("clone {flags:#x}"), done);
        let ask: [u64; 8] = [flags as u64, 0, 0, 0, 17, 0, 0, 0];
        let done = unsafe { tools::syscall(435, &ask, 64) };
        if done == 0 {
            unsafe { tools::_exit(0) }
        }
        tools::broke_call(format!("clone3 {flags:#x}"), done);
    }
    tools::broke_call(
        "chroot",
        unsafe { tools::chroot(tools::c(".").as_ptr()) }.into(),
    );
    // io_uring_setup, open_tree, fsopen
    let ring = [0u64; 32];
    tools::broke_call("io_uring", unsafe { tools::syscall(425, 1, &ring) });
    tools::broke_call("open_tree", unsafe {
        tools::syscall(428, -100, tools::c(".").as_ptr(), 1)
    });
    tools::broke_call("fsopen", unsafe {
        tools::syscall(430, tools::c("tmpfs").as_ptr(), 0)
    });
    // 남의 한계와 우선순위입니다.
    let parent = unsafe { tools::getppid() };
    let limits = [1u64, 1];
    tools::broke_call("남의 한계", unsafe {
        tools::syscall(PRLIMIT, parent, 0, &limits, 0)
    });
    tools::broke_call("사용자의 우선순위", unsafe {
        tools::syscall(SETPRIORITY, 2, 0, 19)
    });
    // 아직 모르는 번호와, 다른 이름판의 번호입니다. ENOSYS여야 합니다.
    tools::broke_call("x32의 getpid", unsafe { tools::syscall(0x4000_0000 + 39) });
    other_table();
    // 권한을 주는 파일을 실행해도 그대로여야 합니다.
    if let Ok(path) = std::env::var("SUID") {
        let said = Command::new(path).output().expect("실행할 수 있습니다");
        let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        assert!(!said.is_empty(), "번호를 말해야 합니다");
        if said == "0" {
            tools::got("setuid 파일");
        }
    }
    tools::tried();
}

/// 32비트의 호출 표로 부릅니다. 거른 표와 번호가 다릅니다.
#[cfg(target_arch = "x86_64")]
fn other_table() {
    let pid = tools::child(|| {
        let result: i64;
        // 20번은 32비트에서 getpid입니다.
        unsafe { std::arch::asm!("int 0x80", inlateout("rax") 20i64 => result) };
        tools::broke_call("int 0x80", result);
    });
    unsafe { tools::waitpid(pid, std::ptr::null_mut(), 0) };
}

#[cfg(not(target_arch = "x86_64"))]
fn other_table() {}

#[cfg(target_arch = "x86_64")]
const CLONE: i64 = 56;
#[cfg(target_arch = "x86_64")]
const PRLIMIT: i64 = 302;
#[cfg(target_arch = "x86_64")]
const SETPRIORITY: i64 = 141;
#[cfg(not(target_arch = "x86_64"))]
const CLONE: i64 = 220;
#[cfg(not(target_arch = "x86_64"))]
const PRLIMIT: i64 = 261;
#[cfg(not(target_arch = "x86_64"))]
const SETPRIORITY: i64 = 140;
