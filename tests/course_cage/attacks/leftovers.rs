//! 끝난 뒤에도 남는 것, 메모리로 세어지지 않는 것을 만들려 합니다.

mod tools;

#[cfg(target_arch = "x86_64")]
const CALLS: [(&str, i64); 7] = [
    ("shmget", 29),
    ("semget", 64),
    ("msgget", 68),
    ("mq_open", 240),
    ("add_key", 248),
    ("memfd_create", 319),
    ("memfd_secret", 447),
];
#[cfg(not(target_arch = "x86_64"))]
const CALLS: [(&str, i64); 7] = [
    ("shmget", 194),
    ("semget", 190),
    ("msgget", 186),
    ("mq_open", 180),
    ("add_key", 217),
    ("memfd_create", 279),
    ("memfd_secret", 447),
];

fn main() {
    let name = tools::c("noriteo");
    let kind = tools::c("user");
    for (call, number) in CALLS {
        let done = unsafe {
            match call {
                "shmget" => tools::syscall(number, 0, 4096, 0o1600),
                "semget" => tools::syscall(number, 0, 1, 0o1600),
                "msgget" => tools::syscall(number, 0, 0o1600),
                "mq_open" => tools::syscall(number, name.as_ptr(), 0o102, 0o600, 0),
                "add_key" => {
                    tools::syscall(number, kind.as_ptr(), name.as_ptr(), name.as_ptr(), 7, -3)
                }
                "memfd_secret" => tools::syscall(number, 0),
                _ => tools::syscall(number, name.as_ptr(), 0),
            }
        };
        tools::broke_call(call, done);
    }
    tools::tried();
}
