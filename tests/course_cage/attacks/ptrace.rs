//! 다른 프로세스를 붙들거나 그 메모리와 디스크립터를 꺼내려 합니다.

mod tools;

const TRACEME: i64 = 0;
const ATTACH: i64 = 16;
const SEIZE: i64 = 0x4206;

fn main() {
    let child = tools::child(|| tools::stay());
    let parent = unsafe { tools::getppid() };
    let decoy = tools::number("DECOY");
    for pid in [child, parent, decoy, 1] {
        for request in [ATTACH, SEIZE] {
            let done = unsafe { tools::ptrace(request, pid, 0, 0) };
            tools::broke_call(format!("{pid}를 붙듦({request})"), done);
        }
        let mut bytes = [0u8; 8];
        let here = [bytes.as_mut_ptr() as usize, 8];
        for call in [VM_READ, VM_WRITE] {
            let done = unsafe { tools::syscall(call, pid, &here, 1, &here, 1, 0) };
            tools::broke_call(format!("{pid}의 메모리({call})"), done);
        }
        let handle = unsafe { tools::syscall(434, pid, 0) };
        if handle >= 0 {
            for fd in 0..8 {
                let done = unsafe { tools::syscall(438, handle, fd, 0) };
                tools::broke_call(format!("{pid}의 디스크립터 {fd}"), done);
            }
        }
    }
    let done = unsafe { tools::ptrace(TRACEME, 0, 0, 0) };
    tools::broke_call("나를 붙들라고 함", done);
    unsafe { tools::kill(child, tools::SIGKILL) };
    tools::tried();
}

#[cfg(target_arch = "x86_64")]
const VM_READ: i64 = 310;
#[cfg(target_arch = "x86_64")]
const VM_WRITE: i64 = 311;
#[cfg(not(target_arch = "x86_64"))]
const VM_READ: i64 = 270;
#[cfg(not(target_arch = "x86_64"))]
const VM_WRITE: i64 = 271;
