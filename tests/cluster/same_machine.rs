//! 한 컴퓨터 안의 프로세스들입니다. 어디에서나 돌릴 수 있습니다.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use libtest_mimic::{Failed, Trial};
use nix::sys::signal::Signal;
use noriteo::{story, work};
use tempfile::NamedTempFile;

use crate::{
    host::{CLOSED, ENDLESS, Ended, Host, LONG, PATIENCE, SILENT, all_end, all_end_as_promised},
    support::{self, Outcome},
};

pub fn tests() -> Vec<Trial> {
    support::tests![
        the_sum_is_the_same_every_way,
        the_words_are_the_same_every_way,
        only_what_crosses_processes_is_on_the_wire,
        a_killed_process_ends_all,
        a_process_killed_while_meeting_ends_all,
        a_stopped_process_ends_all,
        a_late_process_is_waited_for,
        a_missing_process_is_not_waited_for_ever,
        a_taken_port_is_told,
        a_stranger_on_the_port_is_told,
        a_silent_stranger_does_not_hold_up_the_meeting,
        different_hosts_files_are_told,
        two_of_the_same_number_are_told,
        the_limit_ends_all,
        launcher_tells_and_ends_all_when_one_dies,
        launcher_ends_even_a_stopped_one,
        launcher_leaves_no_orphans_when_killed,
        launcher_leaves_no_orphans_on_ctrl_c,
    ]
}

const SUM: &str = "ch06_01_sum";
const WORDS: &str = "ch06_02_word_count";
const MET: &str = "모두 만났습니다";

fn example(name: &str, args: &[&str]) -> Result<Command, Failed> {
    let mut command = support::example(name)?;
    command.args(args);
    Ok(command)
}

/// 이 검사만 쓰는 주소입니다. Linux에서는 127로 시작하는 주소가 모두 이 컴퓨터이므로, 검사 프로그램마다 다른 것을 씁니다.
/// 그래서 다른 검사가 함께 돌아도 포트가 겹치지 않습니다.
fn home() -> String {
    let id = std::process::id();
    if cfg!(target_os = "linux") {
        return format!(
            "127.{}.{}.{}",
            1 + (id >> 16) % 254,
            (id >> 8) % 256,
            id % 256
        );
    }
    "127.0.0.1".to_owned()
}

/// 아무도 쓰지 않은 주소 `n`개로 hosts 파일을 만듭니다. 커널이 나누어 주는 포트의 범위 밖입니다.
fn hosts_file(n: usize) -> Result<(NamedTempFile, Vec<String>), Failed> {
    static NEXT: AtomicU16 = AtomicU16::new(10_000);
    let mut addresses = Vec::new();
    while addresses.len() < n {
        let address = format!("{}:{}", home(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Linux가 아니면 다른 프로그램이 쓰고 있을 수 있습니다.
        if TcpListener::bind(&address).is_ok() {
            addresses.push(address);
        }
    }
    let mut file = NamedTempFile::new()?;
    for address in &addresses {
        writeln!(file, "{address}")?;
    }
    Ok((file, addresses))
}

fn of_file(name: &str, file: &Path, number: usize, rest: &[&str]) -> Result<Host, Failed> {
    let mut command = support::example(name)?;
    command
        .arg("-h")
        .arg(file)
        .args(["-p", &number.to_string()]);
    command.args(rest);
    Host::start(format!("{number}번"), command)
}

/// 같은 hosts 파일로 `n`개를 띄웁니다.
fn company(name: &str, n: usize, rest: &[&str]) -> Result<Vec<Host>, Failed> {
    let (file, _) = hosts_file(n)?;
    let hosts = (0..n).map(|number| of_file(name, file.path(), number, rest));
    let mut hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    // 파일은 읽힌 뒤에 지워져야 합니다.
    if rest.contains(&"-r") {
        for host in &mut hosts {
            host.says(MET, 1)?;
        }
        return Ok(hosts);
    }
    file.keep()?;
    Ok(hosts)
}

fn total(stdout: &str) -> Option<&str> {
    stdout.lines().find_map(|line| line.strip_prefix("합: "))
}

/// 스레드로, 프로세스로, hosts 파일로: 선택지만 다르고 합은 같습니다.
fn the_sum_is_the_same_every_way() -> Outcome {
    let size = 1_000_003;
    let right = work::expected(0..size)?.to_string();
    let size = size.to_string();
    let mut problems = Vec::new();
    for way in [
        &["-w", "1"][..],
        &["-w", "2"],
        &["-w", "7"],
        &["--local", "1"],
        &["--local", "2"],
        &["--local", "3", "-w", "2"],
    ] {
        let mut args = way.to_vec();
        args.extend(["--size", &size]);
        let output = support::run(example(SUM, &args)?, LONG)?;
        if total(&output.stdout) != Some(&right) || !output.status.success() || output.left_behind {
            problems.push(format!("{way:?}: {right}이어야 합니다. {output:#?}"));
        }
    }
    let ended = all_end(company(SUM, 3, &["-r", "--size", &size])?, LONG)?;
    for host in &ended {
        host.fine()?;
    }
    if total(&ended[0].stdout) != Some(&right) {
        problems.push(format!("hosts 파일: {right}이어야 합니다. {ended:#?}"));
    }
    // 답은 한 곳에서만 나옵니다.
    if ended[1..].iter().any(|host| !host.stdout.is_empty()) {
        problems.push(format!("0번이 아닌데 답을 냈습니다. {ended:#?}"));
    }
    support::all_clear(problems)
}

/// 낱말을 홀로, 다른 방법으로 셉니다. 많이 나온 차례입니다.
fn counted_alone(files: u64, lines: u64, seed: u64) -> Vec<(u64, String)> {
    let mut counts = BTreeMap::new();
    for file in 0..files {
        for word in story::file(seed, file, lines).split(['\n', ' ']) {
            if !word.is_empty() {
                *counts.entry(word.to_owned()).or_insert(0u64) += 1;
            }
        }
    }
    let mut rows: Vec<_> = counts.into_iter().map(|(word, n)| (n, word)).collect();
    rows.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    rows
}

/// 낱말의 종류까지 같으므로, 한 낱말이 두 일꾼에게서 따로 세어진 일이 없습니다.
fn the_words_are_the_same_every_way() -> Outcome {
    use noriteo::measure::format_count;

    let rows = counted_alone(7, 300, 11);
    let sum = rows.iter().map(|row| row.0).sum();
    let first = format!(
        "낱말 {}개, 서로 다른 것 {}개",
        format_count(sum),
        rows.len()
    );
    let mut problems = Vec::new();
    for way in [
        &["-w", "1"][..],
        &["-w", "3"],
        &["--local", "2"],
        &["--local", "2", "--combine"],
        &["--local", "3", "-w", "2", "--combine"],
        &["--local", "3", "-w", "2"],
    ] {
        let mut args = way.to_vec();
        args.extend(["--files", "7", "--lines", "300", "--seed", "11"]);
        let output = support::run(example(WORDS, &args)?, LONG)?;
        let mut lines = output.stdout.lines();
        let mut right = lines.next() == Some(&first);
        for (n, word) in rows.iter().take(5) {
            let start = format!("{word}: {}번, 일꾼 ", format_count(*n));
            right &= lines.next().is_some_and(|line| line.starts_with(&start));
        }
        if !right || !output.status.success() {
            problems.push(format!("{way:?}: 「{first}」이어야 합니다. {output:#?}"));
        }
    }
    support::all_clear(problems)
}

/// 프로세스 하나 안에서는 바이트가 오가지 않고, 미리 세어 보내면 덜 오갑니다.
fn only_what_crosses_processes_is_on_the_wire() -> Outcome {
    let wire = |args: &[&str]| -> Result<u64, Failed> {
        let file = NamedTempFile::new()?;
        let mut command = example(WORDS, args)?;
        command.env("NORITEO_CLUSTER_REPORT", file.path());
        let output = support::run(command, LONG)?;
        if !output.status.success() {
            return Err(format!("{output:#?}").into());
        }
        let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(file.path())?)?;
        let hosts = report["hosts"].as_array().cloned().unwrap_or_default();
        let of = |key: &str| hosts.iter().filter_map(|h| h[key].as_u64()).sum::<u64>();
        let (sent, received) = (of("sent"), of("received"));
        if sent != received {
            return Err(format!("보낸 것 {sent}, 받은 것 {received}이(가) 다릅니다").into());
        }
        Ok(sent)
    };
    let threads = wire(&["-w", "2"])?;
    let plain = wire(&["--local", "2"])?;
    let combined = wire(&["--local", "2", "--combine"])?;
    // 낱말 25만 개의 반쯤이 건너갑니다. 하나에 적어도 글자(3바이트)와 횟수(8바이트)입니다.
    if threads == 0 && plain > 256_000 / 4 * 11 && combined > 0 && combined < plain / 2 {
        return Ok(());
    }
    Err(format!("스레드 {threads}, 그대로 {plain}, 모아서 {combined}").into())
}

fn endless(n: usize) -> Result<Vec<Host>, Failed> {
    let patience = PATIENCE.to_string();
    let mut rest = vec!["-r", "--patience", &patience];
    rest.extend(ENDLESS);
    company(WORDS, n, &rest)
}

/// 시그널로 죽은 프로세스는 남은 모두가 알아채고, 누구인지 말합니다.
fn a_killed_process_ends_all() -> Outcome {
    for victim in [0, 1, 2] {
        let mut hosts = endless(3)?;
        let dead = hosts.remove(victim);
        dead.signal(Signal::SIGKILL)?;
        let told = (
            "killed-process",
            "프로세스가 SIGKILL로 죽은 뒤 남은 둘이 모두 끝나기까지",
        );
        let ended = all_end_as_promised(hosts, CLOSED, told)?;
        for host in &ended {
            host.gave_up(&[&format!("{victim}번 호스트({}:", home())])?;
        }
        drop(dead);
    }
    Ok(())
}

/// 셋째를 기다리는 동안 둘째가 죽으면, 첫째는 셋째를 마저 기다리지 않습니다.
fn a_process_killed_while_meeting_ends_all() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let start = |number| of_file(SUM, file.path(), number, &["-r", "--wait", "60"]);
    let mut zero = start(0)?;
    let one = start(1)?;
    zero.says("1번을 만났습니다", 1)?;
    one.signal(Signal::SIGKILL)?;
    zero.ends(CLOSED)?
        .gave_up(&[&format!("1번 호스트({}:", home())])
}

/// 멈춘 프로세스의 길은 끊기지 않습니다. 소식이 없는 것으로 압니다.
fn a_stopped_process_ends_all() -> Outcome {
    let mut hosts = endless(3)?;
    let stopped = hosts.remove(1);
    stopped.signal(Signal::SIGSTOP)?;
    let told = (
        "stopped-process",
        "프로세스를 SIGSTOP으로 멈춘 뒤 남은 둘이 모두 끝나기까지(참는 시간 3초)",
    );
    for host in all_end_as_promised(hosts, SILENT, told)? {
        host.gave_up(&[&format!("1번 호스트({}:", home())])?;
        if !host.stderr.contains("소식이 없습니다") {
            return Err(format!("소식이 없다고 말해야 합니다\n{host:#?}").into());
        }
    }
    // 다시 깨어난 것도 오래 남지 않습니다.
    stopped.signal(Signal::SIGCONT)?;
    stopped.ends(CLOSED)?.gave_up(&["호스트"])
}

/// 먼저 온 프로세스들은 늦게 온 것을 기다립니다.
fn a_late_process_is_waited_for() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let rest = ["-r", "--size", "1000"];
    let start = |number| of_file(SUM, file.path(), number, &rest);
    // 1번은 0번을 기다리다 못 만난 뒤에야, 0번은 1번이 그렇게 말한 뒤에야 시작합니다.
    let mut first = start(1)?;
    first.says(&format!("0번({}:", home()), 1)?;
    let mut zero = start(0)?;
    zero.says("기다립니다", 1)?;
    let ended = all_end(vec![zero, first, start(2)?], LONG)?;
    for host in &ended {
        host.fine()?;
    }
    match total(&ended[0].stdout) {
        Some("499500") => Ok(()),
        _ => Err(format!("{ended:#?}").into()),
    }
}

fn a_missing_process_is_not_waited_for_ever() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let rest = ["-r", "--wait", "3"];
    let hosts = [0, 1].map(|number| of_file(SUM, file.path(), number, &rest));
    let hosts = hosts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let told = (
        "missing-process",
        "셋 가운데 하나가 오지 않을 때 온 둘이 모두 끝나기까지(기다리는 시간 3초)",
    );
    for host in all_end_as_promised(hosts, Duration::from_secs(3 + 5), told)? {
        host.gave_up(&[&format!("2번({}:", home())])?;
    }
    Ok(())
}

fn a_taken_port_is_told() -> Outcome {
    let (file, addresses) = hosts_file(2)?;
    let _taken = TcpListener::bind(&addresses[0])?;
    of_file(SUM, file.path(), 0, &[])?
        .ends(CLOSED)?
        .gave_up(&["포트를 다른 프로그램이 쓰고 있습니다"])
}

/// 그 포트에서 다른 프로그램이 답하면, 기다리다가 그렇게 말합니다.
fn a_stranger_on_the_port_is_told() -> Outcome {
    let (file, addresses) = hosts_file(2)?;
    let stranger = TcpListener::bind(&addresses[0])?;
    stranger.set_nonblocking(true)?;
    let answering = std::thread::spawn(move || {
        let until = std::time::Instant::now() + Duration::from_secs(8);
        while std::time::Instant::now() < until {
            match stranger.accept() {
                Ok((mut stream, _)) => {
                    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                }
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    });
    let host = of_file(SUM, file.path(), 1, &["--wait", "2"])?;
    let ended = host.ends(Duration::from_secs(2 + 5))?;
    let told = ended.gave_up(&["이 프로그램이 아닌 것이 그 포트에서 답합니다"]);
    answering.join().map_err(|_| "낯선 이가 패닉했습니다")?;
    told
}

/// 말없이 이어 두기만 한 낯선 이가 있어도 우리끼리는 만납니다.
fn a_silent_stranger_does_not_hold_up_the_meeting() -> Outcome {
    let (file, addresses) = hosts_file(2)?;
    let rest = ["-r", "--size", "1000"];
    let mut zero = of_file(SUM, file.path(), 0, &rest)?;
    zero.says("기다립니다", 1)?;
    let _silent = TcpStream::connect(&addresses[0])?;
    let mut rude = TcpStream::connect(&addresses[0])?;
    rude.write_all(&[0xff; 64])?;
    let ended = all_end(vec![zero, of_file(SUM, file.path(), 1, &rest)?], LONG)?;
    for host in &ended {
        host.fine()?;
    }
    match total(&ended[0].stdout) {
        Some("499500") => Ok(()),
        _ => Err(format!("{ended:#?}").into()),
    }
}

/// hosts 파일이 서로 다르면 두 쪽 모두 무엇이 다른지 말합니다.
fn different_hosts_files_are_told() -> Outcome {
    let (one, addresses) = hosts_file(3)?;
    let mut other = NamedTempFile::new()?;
    // 둘째 줄만 다른 포트입니다.
    let elsewhere = format!("{}:9999", home());
    write!(other, "{}\n{elsewhere}\n{}\n", addresses[0], addresses[2])?;
    let mut short = NamedTempFile::new()?;
    write!(short, "{}\n{}\n", addresses[0], addresses[1])?;
    for (file, part) in [
        (&other, "hosts 파일이 다릅니다. 1번 호스트가"),
        (&short, "호스트의 수가 다릅니다"),
    ] {
        let hosts = vec![
            of_file(SUM, one.path(), 0, &["--wait", "6"])?,
            of_file(SUM, file.path(), 1, &["--wait", "6"])?,
        ];
        for host in all_end(hosts, Duration::from_secs(6 + 5))? {
            host.gave_up(&[part])?;
        }
    }
    Ok(())
}

fn two_of_the_same_number_are_told() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let mut zero = of_file(SUM, file.path(), 0, &["-r", "--wait", "6"])?;
    zero.says("기다립니다", 1)?;
    // 2번은 기다리는 자리가 없으므로 둘이 떠도 포트가 겹치지 않습니다.
    let twice = [2, 2].map(|number| of_file(SUM, file.path(), number, &["--wait", "6"]));
    let mut hosts = twice.into_iter().collect::<Result<Vec<_>, _>>()?;
    hosts.push(zero);
    let ended = all_end(hosts, Duration::from_secs(6 + 5))?;
    for host in &ended {
        host.gave_up(&[
            "둘입니다",
            &format!("0번 호스트({}:", home()),
            &format!("0번({}:", home()),
        ])?;
    }
    if ended.iter().any(|host| host.stderr.contains("둘입니다")) {
        return Ok(());
    }
    Err(format!("둘이라고 말해야 합니다\n{ended:#?}").into())
}

/// 참는 시간보다 오래 일해도, 소식이 오가는 동안에는 잃은 것으로 보지 않습니다. 끝내는 것은 `--limit`입니다.
fn the_limit_ends_all() -> Outcome {
    let mut rest = vec!["-r", "--patience", "2", "--limit", "5"];
    rest.extend(ENDLESS);
    let ended = all_end(company(WORDS, 2, &rest)?, Duration::from_secs(5 + 5))?;
    for host in &ended {
        host.gave_up(&["5초가 지나도록"])?;
    }
    let mut alone = vec!["-w", "2", "--limit", "2"];
    alone.extend(ENDLESS);
    let alone = Host::start("홀로", example(WORDS, &alone)?)?;
    alone
        .ends(Duration::from_secs(2 + 5))?
        .gave_up(&["2초가 지나도록"])
}

/// 끝나지 않는 일을 하는 프로세스 셋을 띄운 이와, 그 셋의 PID입니다.
fn launched() -> Result<(Host, Vec<i32>), Failed> {
    let mut args = vec!["--local", "3", "-r"];
    args.extend(ENDLESS);
    let mut launcher = Host::start("띄운 이", example(WORDS, &args)?)?;
    launcher.says(MET, 3)?;
    let pid = regex::Regex::new(r"\(PID (\d+)\): 호스트 3개가")?;
    let told = launcher.stderr()?;
    let pids: Vec<i32> = pid
        .captures_iter(&told)
        .filter_map(|found| found[1].parse().ok())
        .collect();
    if pids.len() != 3 {
        return Err(format!("PID 셋을 알 수 없습니다\n{told}").into());
    }
    Ok((launcher, pids))
}

/// 약속한 시간 안에 모두 사라지는지 봅니다.
fn all_gone(pids: &[i32]) -> Outcome {
    let until = std::time::Instant::now() + CLOSED;
    for pid in pids {
        // 거두는 이가 없어 좀비로 남은 것은 산 것이 아닙니다.
        while fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z "))
            || (cfg!(not(target_os = "linux"))
                && nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), None).is_ok())
        {
            if std::time::Instant::now() > until {
                return Err(format!("{pid}이(가) 아직 돌고 있습니다").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}

fn launcher_tells_and_ends_all_when_one_dies() -> Outcome {
    let (launcher, pids) = launched()?;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pids[1]), Signal::SIGKILL)?;
    let ended: Ended = launcher.ends(CLOSED)?;
    ended.gave_up(&["SIGKILL"])?;
    all_gone(&pids)
}

/// 스스로 끝나지 못하는 것(멈춘 프로세스)도 띄운 이가 끝냅니다.
fn launcher_ends_even_a_stopped_one() -> Outcome {
    let (launcher, pids) = launched()?;
    let send = |pid: i32, signal| nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal);
    send(pids[2], Signal::SIGSTOP)?;
    send(pids[1], Signal::SIGKILL)?;
    launcher.ends(CLOSED)?.gave_up(&["SIGKILL"])?;
    all_gone(&pids)
}

fn launcher_leaves_no_orphans_when_killed() -> Outcome {
    let (launcher, pids) = launched()?;
    launcher.signal(Signal::SIGKILL)?;
    all_gone(&pids)?;
    let ended = launcher.ends(CLOSED)?;
    if ended.stderr.contains("띄운 프로그램이 끝났습니다") {
        return Ok(());
    }
    Err(format!("{ended:#?}").into())
}

fn launcher_leaves_no_orphans_on_ctrl_c() -> Outcome {
    let (launcher, pids) = launched()?;
    support::interrupt_group(launcher.pid());
    all_gone(&pids)?;
    let ended = launcher.ends(CLOSED)?;
    if ended.status.success() || ended.stdout.contains("낱말 ") {
        return Err(format!("{ended:#?}").into());
    }
    Ok(())
}
