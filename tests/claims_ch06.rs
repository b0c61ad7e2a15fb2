//! 6장이 확인한 기사의 주장입니다: 같은 프로그램이 여러 컴퓨터로 옮겨 갑니다.

mod support;

#[cfg(target_os = "linux")]
#[path = "cluster/host.rs"]
#[allow(dead_code, reason = "도구의 일부만 씁니다")]
mod host;
#[cfg(target_os = "linux")]
#[path = "cluster/net.rs"]
#[allow(dead_code, reason = "도구의 일부만 씁니다")]
mod net;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("거름: 네트워크를 가르는 것은 Linux에서만 됩니다");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let name = "c20_the_same_program_moves_to_many_hosts";
    let test = || net::as_root(name, c20_the_same_program_moves_to_many_hosts);
    support::run_mimic(vec![libtest_mimic::Trial::ignorable_test(name, test)])
}

/// 네트워크가 따로인 세 호스트에서, 한 프로세스 안에서와 같은 합이 나옵니다.
///
/// 증인은 주소입니다. 0번은 다른 두 주소에서 온 쪽지를 받아야만 합을 낼 수 있고, 선을 지나간 바이트는 커널이 셉니다.
#[cfg(target_os = "linux")]
fn c20_the_same_program_moves_to_many_hosts() -> support::MaybeLeftOut {
    use std::collections::BTreeSet;

    use host::{LONG, all_end};
    use libtest_mimic::Completion;
    use regex::Regex;

    let size = ["--size", "100000000"];
    let total = |text: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix("합: "))?;
        line.parse().ok()
    };
    let alone = support::run_example("ch06_01_sum", &size)?;
    assert_eq!(total(&alone.stdout), Some(4_999_999_950_000_000));

    let net = net::Net::new(3)?;
    let file = net::hosts_file(3)?;
    let hosts =
        (0..3).map(|number| net.start(number, "ch06_01_sum", &file, &["-r", size[0], size[1]]));
    let mut hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    for host in &mut hosts {
        host.says("모두 만났습니다", 1)?;
    }
    let pids: BTreeSet<String> = hosts.iter().map(|host| host.pid().to_string()).collect();
    let ended = all_end(hosts, LONG)?;
    for host in &ended {
        host.fine()?;
    }
    assert_eq!(total(&ended[0].stdout), Some(4_999_999_950_000_000));
    // 쪽지를 쓴 셋은 저마다 다른 호스트에서 시작한 그 프로세스들입니다.
    let wrote = Regex::new(r"일꾼 \d+\(PID (\d+)\)")?;
    let wrote = wrote.captures_iter(&ended[0].stdout);
    let wrote: BTreeSet<String> = wrote.map(|found| found[1].to_owned()).collect();
    assert_eq!(wrote, pids, "{}", ended[0].stdout);
    for host in 0..3 {
        let mut command = std::process::Command::new("cat");
        command.args(["/sys/class/net/eth0/statistics/tx_bytes"]);
        let sent = support::run(net.inside(host, &command), LONG)?.stdout;
        let sent: u64 = sent.trim().parse()?;
        assert!(sent > 0, "{host}번 호스트의 선으로 나간 것이 없습니다");
    }
    Ok(Completion::Completed)
}
