//! 빠르기를 견줍니다: 우리 것과 날것(raw), 우리 것과 다른 라이브러리, 우리 것과 파이썬.
//!
//! 한 경기(contest)의 선수들을 한 번의 실행 안에서 번갈아, 저마다 새 프로세스에서 잽니다.
//! 라운드마다 비율을 구해 그 중앙값을 봅니다. 시끄럽거나 한계를 넘으면 많아야 세 번까지 재고, 그렇다고 말합니다.
//! 어느 선수도 코어에 묶어 두지(pin) 않습니다. 운영체제가 고르는 대로 달립니다.
//!
//! `cargo bench -p noriteo-tests --bench speed -- --help`

#[cfg(unix)]
#[path = "../support/mod.rs"]
mod support;

/// 재는 동안 다른 일이 쓴 CPU는 책을 묶는 이와 같은 방법으로 셉니다.
#[cfg(unix)]
#[path = "../../book/binder/src/others.rs"]
#[allow(
    unused_imports,
    reason = "그 파일의 단위 시험은 묶는 이의 것이고 여기에서는 돌지 않습니다"
)]
mod others;

#[cfg(unix)]
#[path = "speed/calls.rs"]
mod calls;
#[cfg(unix)]
#[path = "speed/contest.rs"]
mod contest;
#[cfg(unix)]
#[path = "speed/cpu.rs"]
mod cpu;
#[cfg(unix)]
#[path = "speed/floor.rs"]
mod floor;
#[cfg(unix)]
#[path = "speed/options.rs"]
mod options;
#[cfg(unix)]
#[path = "speed/process.rs"]
mod process;
#[cfg(unix)]
#[path = "speed/profile.rs"]
mod profile;
#[cfg(unix)]
#[path = "speed/python.rs"]
mod python;
#[cfg(unix)]
#[path = "speed/queue.rs"]
mod queue;
#[cfg(unix)]
#[path = "speed/selfcheck.rs"]
mod selfcheck;
#[cfg(unix)]
#[path = "speed/table.rs"]
mod table;

#[cfg(not(unix))]
fn main() {
    println!("거름: fork와 파이프를 견주므로 Unix에서만 잽니다");
}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    process::leave_if_told();
    process::entries();
    contest::entries();
    calls::run_if_told();
    // `cargo bench`는 `--bench`를 붙여 부릅니다. 없으면 `cargo test`가 부른 것입니다.
    if !std::env::args_os().any(|arg| arg == "--bench") {
        return selfcheck::run();
    }
    let options = options::parse();
    let all = contests();
    if options.list {
        let ids = all.iter().flat_map(contest::Contest::ids);
        ids.chain(calls::ids())
            .filter(|id| options.wants(id))
            .for_each(|id| println!("{id}"));
        return std::process::ExitCode::SUCCESS;
    }
    let mut lines = calls::count(&all, &options);
    for contest in all {
        lines.extend(contest::hold(contest, &options));
    }
    table::show(&lines, &options)
}

/// 모든 경기입니다. 짧은 것부터 합니다.
#[cfg(unix)]
fn contests() -> Vec<contest::Contest> {
    vec![
        process::fork_and_join(),
        process::first_result(),
        queue::ping_pong(),
        queue::stream(),
        queue::big_messages(),
        cpu::two_workers(),
        profile::dev_and_release(),
    ]
}
