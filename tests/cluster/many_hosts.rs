//! 네트워크가 따로인 세 호스트에서 벌어지는 일입니다.

use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use nix::sys::signal::Signal;
use tempfile::NamedTempFile;

use crate::{
    host::{CLOSED, ENDLESS, Ended, Host, LONG, PATIENCE, SILENT, all_end, all_end_as_promised},
    net::{Net, PORT, address, as_root, hosts_file},
    support::{self, MaybeLeftOut, Outcome},
};

macro_rules! as_root_tests {
    ($($test:ident),* $(,)?) => {
        vec![$(Trial::ignorable_test(
            concat!("hosts_", stringify!($test)),
            || as_root(concat!("hosts_", stringify!($test)), $test),
        )),*]
    };
}

pub fn tests() -> Vec<Trial> {
    as_root_tests![
        a_killed_host_ends_all,
        a_cut_link_ends_all,
        a_late_host_is_waited_for,
        a_missing_host_is_not_waited_for_ever,
        a_taken_port_is_told,
        wrong_hosts_files_are_told,
        a_slow_link_only_slows,
    ]
}

const SUM: &str = "ch06_01_sum";
const WORDS: &str = "ch06_02_word_count";
const MET: &str = "모두 만났습니다";
const DONE: MaybeLeftOut = Ok(Completion::Completed);

/// 세 호스트에서 끝나지 않는 일을 시작하고, 모두 만난 것을 봅니다.
fn endless(net: &Net) -> Result<Vec<Host>, Failed> {
    let file = hosts_file(3)?;
    let patience = PATIENCE.to_string();
    let mut rest = vec!["-r", "--patience", &patience];
    rest.extend(ENDLESS);
    let hosts = (0..3).map(|number| net.start(number, WORDS, &file, &rest));
    let mut hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    for host in &mut hosts {
        host.says(MET, 1)?;
    }
    Ok(hosts)
}

fn named(number: usize) -> String {
    format!("{number}번 호스트({}:{PORT})", address(number))
}

fn a_killed_host_ends_all() -> MaybeLeftOut {
    let net = Net::new(3)?;
    for victim in [0, 2] {
        let mut hosts = endless(&net)?;
        let dead = hosts.remove(victim);
        dead.signal(Signal::SIGKILL)?;
        let told = (
            "killed-host",
            "호스트의 프로그램이 SIGKILL로 죽은 뒤 남은 두 호스트가 모두 끝나기까지",
        );
        for host in all_end_as_promised(hosts, CLOSED, told)? {
            host.gave_up(&[&named(victim)])?;
        }
    }
    DONE
}

/// 선이 뽑히면 아무도 끊겼다고 알려 주지 않습니다. 양쪽 모두 소식이 없다는 것으로 압니다.
fn a_cut_link_ends_all() -> MaybeLeftOut {
    let net = Net::new(3)?;
    let hosts = endless(&net)?;
    net.unplug(2)?;
    let told = (
        "cut-link",
        "호스트의 선을 뽑은 뒤 세 호스트가 모두 끝나기까지(참는 시간 3초)",
    );
    let ended = all_end_as_promised(hosts, SILENT, told)?;
    for (number, host) in ended.iter().enumerate() {
        let lost = if number == 2 {
            vec![named(0), named(1)]
        } else {
            vec![named(2)]
        };
        let lost: Vec<&str> = lost.iter().map(String::as_str).collect();
        host.gave_up(&lost)?;
        if !host.stderr.contains("소식이 없습니다") {
            return Err(format!("소식이 없다고 말해야 합니다\n{host:#?}").into());
        }
    }
    DONE
}

fn right_sum(ended: &[Ended]) -> Outcome {
    for host in ended {
        host.fine()?;
    }
    if ended[0].stdout.contains("합: 499500\n") {
        return Ok(());
    }
    Err(format!("{ended:#?}").into())
}

fn a_late_host_is_waited_for() -> MaybeLeftOut {
    let net = Net::new(3)?;
    let file = hosts_file(3)?;
    let start = |number| net.start(number, SUM, &file, &["-r", "--size", "1000"]);
    let mut last = start(2)?;
    last.says(&format!("0번({}:", address(0)), 1)?;
    let mut zero = start(0)?;
    zero.says("기다립니다", 1)?;
    right_sum(&all_end(vec![zero, start(1)?, last], LONG)?)?;
    DONE
}

fn a_missing_host_is_not_waited_for_ever() -> MaybeLeftOut {
    let net = Net::new(3)?;
    let file = hosts_file(3)?;
    let hosts = [0, 2].map(|number| net.start(number, SUM, &file, &["--wait", "3"]));
    let hosts = hosts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let told = (
        "missing-host",
        "세 호스트 가운데 하나가 오지 않을 때 온 두 호스트가 모두 끝나기까지(기다리는 시간 3초)",
    );
    for host in all_end_as_promised(hosts, Duration::from_secs(3 + 5), told)? {
        host.gave_up(&[&format!("1번({}:", address(1))])?;
    }
    DONE
}

fn a_taken_port_is_told() -> MaybeLeftOut {
    let net = Net::new(2)?;
    let file = hosts_file(2)?;
    // 먼저 온 것이 포트를 쥐고 1번을 기다립니다.
    let mut holder = net.start(0, SUM, &file, &["-r"])?;
    holder.says("기다립니다", 1)?;
    let second = net.start(0, SUM, &file, &[])?;
    second
        .ends(CLOSED)?
        .gave_up(&["포트를 다른 프로그램이 쓰고 있습니다"])?;
    DONE
}

fn wrong_hosts_files_are_told() -> MaybeLeftOut {
    let net = Net::new(3)?;
    let right = hosts_file(3)?;
    let written = |order: &[usize]| -> Result<NamedTempFile, Failed> {
        use std::io::Write;

        let mut file = NamedTempFile::new()?;
        for host in order {
            writeln!(file, "{}:{PORT}", address(*host))?;
        }
        Ok(file)
    };
    // 차례가 다르면 1번은 제 주소가 아닌 곳에서 기다리려 합니다.
    let swapped = written(&[0, 2, 1])?;
    let wait = ["--wait", "6"];
    let wrong = net.start(1, SUM, &swapped, &wait)?;
    wrong
        .ends(Duration::from_secs(6 + 5))?
        .gave_up(&["이 컴퓨터의 주소가 아닙니다"])?;
    // 수가 다르면 서로 만나 인사할 때 압니다.
    let short = written(&[0, 1])?;
    let hosts = vec![
        net.start(0, SUM, &right, &wait)?,
        net.start(1, SUM, &short, &wait)?,
    ];
    for host in all_end(hosts, Duration::from_secs(6 + 5))? {
        host.gave_up(&["호스트의 수가 다릅니다"])?;
    }
    DONE
}

/// 길이 좁으면 늦을 뿐, 답은 같습니다. 길이 정말 좁았는지는 커널이 셉니다.
fn a_slow_link_only_slows() -> MaybeLeftOut {
    let net = Net::new(3)?;
    let Some(what) = net.narrow(2)? else {
        return support::left_out("커널에 길을 좁히는 것(netem, tbf)이 없습니다");
    };
    let file = hosts_file(3)?;
    // 참는 시간을 짧게 주어도, 느린 것을 죽은 것으로 보지 않습니다.
    let rest = ["--patience", "3", "--lines", "500", "--files", "8"];
    let hosts = (0..3).map(|number| net.start(number, WORDS, &file, &rest));
    let ended = all_end(hosts.collect::<Result<Vec<_>, _>>()?, LONG)?;
    for host in &ended {
        host.fine()?;
    }
    if !ended[0].stdout.starts_with("낱말 32,000개, ") {
        return Err(format!("{ended:#?}").into());
    }
    let (sent, waited) = net.passed(2)?;
    if sent < 100_000 || (what == "tbf" && waited == 0) {
        return Err(format!("{what}: {sent}바이트가 지나며 {waited}번 기다렸습니다").into());
    }
    DONE
}
