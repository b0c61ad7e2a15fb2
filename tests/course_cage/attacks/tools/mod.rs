//! 공격들이 함께 쓰는 것입니다. 학생이 쓸 수 있는 것(std와 libc의 이름들)만 씁니다.
#![allow(dead_code)]

use std::{env, ffi::CString, io};

/// `signal(2)`의 SIG_IGN입니다.
pub const IGNORE: usize = 1;
pub const SIGKILL: i32 = 9;
pub const SIGXFSZ: i32 = 25;

unsafe extern "C" {
    pub fn fork() -> i32;
    pub fn setsid() -> i32;
    pub fn kill(pid: i32, signal: i32) -> i32;
    pub fn getpid() -> i32;
    pub fn getppid() -> i32;
    pub fn getuid() -> u32;
    pub fn geteuid() -> u32;
    pub fn setuid(user: u32) -> i32;
    pub fn pause() -> i32;
    pub fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    pub fn _exit(code: i32) -> !;
    pub fn signal(signal: i32, handler: usize) -> usize;
    pub fn syscall(number: i64, ...) -> i64;
    pub fn socket(domain: i32, kind: i32, protocol: i32) -> i32;
    pub fn ptrace(request: i64, pid: i32, address: usize, data: usize) -> i64;
    pub fn fcntl(fd: i32, command: i32, ...) -> i32;
    pub fn mmap(at: usize, size: usize, how: i32, flags: i32, fd: i32, offset: i64) -> *mut u8;
    pub fn chroot(path: *const i8) -> i32;
    pub fn mknod(path: *const i8, mode: u32, device: u64) -> i32;
    pub fn unshare(flags: i32) -> i32;
    fn write(fd: i32, bytes: *const u8, count: usize) -> isize;
}

/// 기록 소켓에 한 줄 적습니다.
pub fn say(line: &str) {
    let line = format!("{line}\n");
    unsafe { write(3, line.as_ptr(), line.len()) };
}

/// 뚫었습니다.
pub fn got(what: impl std::fmt::Display) {
    say(&format!("뚫림 {what}"));
}

/// 뚫으려던 것이 되었으면 적습니다.
pub fn broke<T>(what: impl std::fmt::Display, done: io::Result<T>) {
    if done.is_ok() {
        got(what);
    }
}

/// 음수이면 실패인 부름입니다.
pub fn broke_call(what: impl std::fmt::Display, result: i64) {
    if result >= 0 {
        got(what);
    }
}

/// 끝까지 해 보았습니다. 이것이 없으면 시험은 실패합니다.
pub fn tried() {
    say("다 해 봄");
}

pub fn var(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name}을(를) 받지 못했습니다"))
}

pub fn number(name: &str) -> i32 {
    var(name).parse().expect("수입니다")
}

pub fn c(text: &str) -> CString {
    CString::new(text).expect("0이 없습니다")
}

/// 자식에서 `work`를 합니다. 자식의 PID를 돌려줍니다.
pub fn child(work: impl FnOnce()) -> i32 {
    match unsafe { fork() } {
        0 => {
            work();
            unsafe { _exit(0) }
        }
        pid => pid,
    }
}

/// 영영 기다립니다.
pub fn stay() -> ! {
    loop {
        unsafe { pause() };
    }
}

/// 무시할 수 있는 시그널을 모두 무시합니다.
pub fn ignore_all() {
    for number in 1..32 {
        unsafe { signal(number, IGNORE) };
    }
}
