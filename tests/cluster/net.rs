//! 커널의 네트워크를 갈라 만든 호스트들입니다(network namespace). 저마다 주소와 방화벽과 `lo`가 따로이고,
//! 가상의 선(veth)으로 스위치(bridge)에 이어져 있습니다. 만들려면 root여야 합니다.
//!
//! root가 아니면 `sudo`로 이 검사 프로그램을 다시 부릅니다. 그것도 안 되면 걸렀다고 알리고, CI에서는 실패합니다.

use std::{
    env,
    io::Write,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use libtest_mimic::{Completion, Failed};
use tempfile::NamedTempFile;

use crate::{
    host::Host,
    support::{self, MaybeLeftOut, Outcome},
};

/// `sudo`로 다시 불렸음을 알리는 환경 변수입니다. 두 번 부르지 않습니다.
const AGAIN: &str = "NORITEO_TEST_AS_ROOT";

/// 호스트마다 쓰는 포트입니다.
pub const PORT: u16 = 2101;

/// 한 명령을 기다리는 시간입니다.
const LIMIT: Duration = Duration::from_secs(30);

/// 갈라 놓은 네트워크입니다. 버리면 모두 없앱니다.
pub struct Net {
    prefix: String,
    hosts: usize,
}

fn ip(words: &str) -> Outcome {
    let mut command = Command::new("ip");
    command.args(words.split_whitespace());
    let output = support::run(command, LIMIT)?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {words}: {}", output.stderr).into())
}

impl Net {
    /// 스위치 하나와 거기에 이어진 호스트 `hosts`개를 만듭니다.
    pub fn new(hosts: usize) -> Result<Net, Failed> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let net = Net {
            prefix: format!("nrt{}-{number}-", process::id()),
            hosts,
        };
        let switch = net.switch();
        ip(&format!("netns add {switch}"))?;
        ip(&format!("-n {switch} link add br0 type bridge"))?;
        ip(&format!("-n {switch} link set br0 up"))?;
        for host in 0..hosts {
            let name = net.name(host);
            ip(&format!("netns add {name}"))?;
            // 선의 두 끝을 처음부터 저마다의 네트워크에 놓습니다. 바깥의 이름과 겹치지 않습니다.
            ip(&format!(
                "-n {switch} link add port{host} type veth peer name eth0 netns {name}"
            ))?;
            ip(&format!("-n {switch} link set port{host} master br0 up"))?;
            ip(&format!("-n {name} link set lo up"))?;
            ip(&format!("-n {name} addr add {}/24 dev eth0", address(host)))?;
            ip(&format!("-n {name} link set eth0 up"))?;
        }
        Ok(net)
    }

    fn switch(&self) -> String {
        format!("{}switch", self.prefix)
    }

    /// 호스트의 네트워크 이름입니다.
    pub fn name(&self, host: usize) -> String {
        format!("{}{host}", self.prefix)
    }

    /// 그 호스트에서 부를 명령입니다. `ip`는 자리를 내주고 사라지므로 PID는 프로그램의 것입니다.
    pub fn inside(&self, host: usize, command: &Command) -> Command {
        let mut wrapped = Command::new("ip");
        wrapped.args(["netns", "exec", &self.name(host)]);
        wrapped.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(key, value),
                None => wrapped.env_remove(key),
            };
        }
        wrapped
    }

    /// `number`번 호스트에서 예제를 시작합니다.
    pub fn start(
        &self,
        number: usize,
        example: &str,
        hosts: &NamedTempFile,
        rest: &[&str],
    ) -> Result<Host, Failed> {
        let mut command = support::example(example)?;
        command
            .arg("-h")
            .arg(hosts.path())
            .args(["-p", &number.to_string()])
            .args(rest);
        Host::start(format!("{number}번"), self.inside(number, &command))
    }

    /// 호스트의 선을 스위치 쪽에서 뽑습니다. 호스트는 아무 말도 듣지 못합니다.
    pub fn unplug(&self, host: usize) -> Outcome {
        ip(&format!("-n {} link set port{host} down", self.switch()))
    }

    /// 호스트에서 나가는 길을 좁힙니다. 무엇으로 좁혔는지 돌려줍니다. 커널에 아무것도 없으면 `None`입니다.
    pub fn narrow(&self, host: usize) -> Result<Option<&'static str>, Failed> {
        for (what, how) in [
            ("netem", "netem delay 40ms rate 4mbit"),
            ("tbf", "tbf rate 4mbit burst 16k latency 400ms"),
        ] {
            let mut command = Command::new("tc");
            let name = self.name(host);
            command.args(["-n", &name, "qdisc", "replace", "dev", "eth0", "root"]);
            command.args(how.split(' '));
            if support::run(command, LIMIT)?.status.success() {
                return Ok(Some(what));
            }
        }
        Ok(None)
    }

    /// 좁힌 길을 지나간 바이트와, 자리가 없어 기다린 횟수입니다. 커널이 센 것입니다.
    pub fn passed(&self, host: usize) -> Result<(u64, u64), Failed> {
        let mut command = Command::new("tc");
        command.args(["-n", &self.name(host), "-s", "qdisc", "show", "dev", "eth0"]);
        let shown = support::run(command, LIMIT)?.stdout;
        let number = |after: &str| -> Option<u64> {
            let rest = &shown[shown.find(after)? + after.len()..];
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        };
        match (number("Sent "), number("overlimits ")) {
            (Some(sent), Some(waited)) => Ok((sent, waited)),
            _ => Err(format!("tc의 말을 알 수 없습니다\n{shown}").into()),
        }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // 선은 두 끝 가운데 하나가 사라지면 함께 사라집니다.
        for host in 0..self.hosts {
            let _ = ip(&format!("netns del {}", self.name(host)));
        }
        let _ = ip(&format!("netns del {}", self.switch()));
    }
}

/// 호스트의 주소입니다.
pub fn address(host: usize) -> String {
    format!("10.77.0.{}", host + 1)
}

/// 호스트 `n`개의 hosts 파일입니다.
pub fn hosts_file(n: usize) -> Result<NamedTempFile, Failed> {
    let mut file = NamedTempFile::new()?;
    for host in 0..n {
        writeln!(file, "{}:{PORT}", address(host))?;
    }
    Ok(file)
}

/// root로 `test`를 부릅니다. `name`은 이 검사의 이름입니다.
pub fn as_root(name: &str, test: fn() -> MaybeLeftOut) -> MaybeLeftOut {
    let runs = |program: &str, argument: &str| {
        let mut command = Command::new(program);
        command.arg(argument);
        support::run(command, LIMIT).is_ok_and(|output| output.status.success())
    };
    if !runs("ip", "-V") {
        return support::left_out("네트워크를 가를 `ip`(iproute2)가 없습니다");
    }
    if nix::unistd::geteuid().is_root() {
        let probe = format!("nrt{}-probe", process::id());
        if let Err(failed) = ip(&format!("netns add {probe}")) {
            return support::left_out(format!(
                "네트워크를 가를 수 없습니다. {}",
                failed.message().unwrap_or_default()
            ));
        }
        ip(&format!("netns del {probe}"))?;
        return test();
    }
    if env::var_os(AGAIN).is_some() || !runs("sudo", "-nv") {
        return support::left_out("네트워크를 가르려면 root여야 합니다");
    }
    // 예제를 먼저 지어 둡니다. root가 지으면 target에 root의 파일이 남습니다.
    support::built_with_features()?;
    let mut command = Command::new("sudo");
    command
        .args(["-n", "--preserve-env"])
        .arg(format!("{AGAIN}=1"));
    for key in ["PATH", "CI", "CARGO", "CARGO_HOME", "RUSTUP_HOME", "HOME"] {
        if let Ok(value) = env::var(key) {
            command.arg(format!("{key}={value}"));
        }
    }
    command.arg(env::current_exe()?).args(["--exact", name]);
    let output = support::run(command, Duration::from_secs(600))?;
    if output.status.success() && output.stdout.contains("1 passed") {
        return Ok(Completion::Completed);
    }
    Err(format!(
        "root로 부른 검사가 실패했습니다\n{}{}",
        output.stdout, output.stderr
    )
    .into())
}
