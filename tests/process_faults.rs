//! 잘못되는 온갖 길에서도 `noriteo::process`가 약속을 지키는지 봅니다.
//!
//! 잘못은 흉내 내지 않고 정말로 일으킵니다. 프로세스를 죽이고, 멈추고, 끝을 닫고, 시그널을 바꿉니다.
//! 시험마다 시한이 있고, 끝나면 좀비와 고아와 열린 파일이 남지 않았는지 커널에게 묻습니다
//! ([`world::watched`]). fork하므로 본 스레드에서 하나씩 돌립니다.

mod support;

#[cfg(target_os = "linux")]
#[path = "process_faults/host.rs"]
mod host;
#[cfg(target_os = "linux")]
#[path = "process_faults/killed.rs"]
mod killed;
#[cfg(target_os = "linux")]
#[path = "process_faults/limits.rs"]
mod limits;
#[cfg(target_os = "linux")]
#[path = "process_faults/many.rs"]
mod many;
#[cfg(target_os = "linux")]
#[path = "process_faults/memory.rs"]
mod memory;
#[cfg(target_os = "linux")]
#[path = "process_faults/parent.rs"]
mod parent;
#[cfg(target_os = "linux")]
#[path = "process_faults/storms.rs"]
mod storms;
#[cfg(target_os = "linux")]
#[path = "process_faults/strangers.rs"]
mod strangers;
#[cfg(target_os = "linux")]
#[path = "process_faults/torn.rs"]
mod torn;
#[cfg(target_os = "linux")]
#[path = "process_faults/world.rs"]
mod world;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("거름: 이 시험들은 /proc에서 자식의 속을 들여다보므로 Linux에서만 돕니다");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    host::die_early_if_told();
    storms::storm_if_told();
    killed::entries();
    limits::entries();
    many::entries();
    torn::entries();
    memory::entries();
    parent::entries();
    storms::entries();
    world::adopt_orphans();
    let mut tests = killed::tests();
    tests.extend(torn::tests());
    tests.extend(many::tests());
    tests.extend(parent::tests());
    tests.extend(host::tests());
    tests.extend(limits::tests());
    tests.extend(memory::tests());
    tests.extend(storms::tests());
    tests.extend(strangers::tests());
    support::run_mimic(tests)
}
