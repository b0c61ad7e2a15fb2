//! 잰 컴퓨터입니다.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use serde_json::{Value, json};

use super::{format_bytes, json as read, sample::kib_field};
use crate::Result;

/// 수치를 잰 컴퓨터입니다.
///
/// 수치를 견주는 데 필요한 것만 담습니다. 컴퓨터 이름과 사용자 이름은 담지 않습니다.
/// `Display`는 그림이나 표 밑에 붙일 한 줄입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// CPU의 이름입니다. 알 수 없으면 명령어 집합의 이름(예: `aarch64`)입니다.
    pub cpu: String,
    /// 이 프로그램이 쓸 수 있는 논리 코어의 수입니다([`thread::available_parallelism`]).
    pub cores: usize,
    /// 운영체제와 그 판입니다.
    pub os: String,
    /// 커널의 판입니다.
    pub kernel: Option<String>,
    /// cgroup이 허락한 CPU 시간입니다. 단위는 코어이고, `None`이면 제한이 없거나 Linux가 아닙니다.
    ///
    /// 코어가 2개여도 이 값이 1.0이면 둘이 함께 1코어어치만 일합니다.
    pub cpu_quota: Option<f64>,
    /// 메모리 크기(바이트)입니다.
    pub memory_bytes: Option<u64>,
    /// 가상 머신 안이면 `true`입니다. x86 Linux에서만 압니다.
    pub is_virtual: Option<bool>,
    /// 알아본 때의 1분 평균 부하입니다. 0에 가까워야 조용한 컴퓨터입니다.
    pub load: Option<f64>,
}

impl Machine {
    /// 지금 이 컴퓨터를 알아봅니다. 알 수 없는 것은 비워 둡니다.
    pub fn detect() -> Machine {
        let cpuinfo = file("/proc/cpuinfo").unwrap_or_default();
        Machine {
            cpu: cpu_model(&cpuinfo)
                .or_else(|| macos("sysctl", &["-n", "machdep.cpu.brand_string"]))
                .or_else(|| env::var("PROCESSOR_IDENTIFIER").ok())
                .unwrap_or_else(|| env::consts::ARCH.to_owned()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            os: os(),
            kernel: file("/proc/sys/kernel/osrelease")
                .map(|text| text.trim().to_owned())
                .or_else(|| macos("uname", &["-r"])),
            cpu_quota: file("/proc/self/cgroup").and_then(|text| cpu_quota(&text, file)),
            memory_bytes: file("/proc/meminfo")
                .and_then(|text| kib_field(&text, "MemTotal:"))
                .map(|kib| kib.saturating_mul(1024))
                .or_else(|| macos("sysctl", &["-n", "hw.memsize"])?.parse().ok()),
            is_virtual: is_virtual(&cpuinfo),
            load: file("/proc/loadavg")
                .or_else(|| macos("sysctl", &["-n", "vm.loadavg"]))
                .and_then(|text| first_number(&text)),
        }
    }

    /// JSON으로 적습니다. 알 수 없는 것은 null입니다.
    pub fn to_json(&self) -> Value {
        json!({
            "cpu": self.cpu,
            "cores": self.cores,
            "os": self.os,
            "kernel": self.kernel,
            "cpu_quota": self.cpu_quota,
            "memory_bytes": self.memory_bytes,
            "is_virtual": self.is_virtual,
            "load": self.load,
        })
    }

    /// [`Machine::to_json`]이 적은 것을 읽습니다.
    ///
    /// # Errors
    /// 빠지거나 어긋난 칸이 있으면 [`crate::Error::Decode`]입니다.
    pub fn from_json(value: &Value) -> Result<Machine> {
        Ok(Machine {
            cpu: read::text(value, "cpu")?,
            cores: read::size(value, "cores")?,
            os: read::text(value, "os")?,
            kernel: read::optional(value, "kernel", read::text)?,
            cpu_quota: read::optional(value, "cpu_quota", read::number)?,
            memory_bytes: read::optional(value, "memory_bytes", read::integer)?,
            is_virtual: read::optional(value, "is_virtual", read::boolean)?,
            load: read::optional(value, "load", read::number)?,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, 논리 코어 {}개", self.cpu, self.cores)?;
        if let Some(quota) = self.cpu_quota {
            write!(f, "(CPU 할당 {quota}코어)")?;
        }
        if let Some(bytes) = self.memory_bytes {
            write!(f, ", 메모리 {}", format_bytes(bytes))?;
        }
        write!(f, ", {}", self.os)?;
        if let Some(kernel) = &self.kernel {
            write!(f, ", 커널 {kernel}")?;
        }
        if self.is_virtual == Some(true) {
            f.write_str(", 가상 머신")?;
        }
        Ok(())
    }
}

fn file(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// macOS에서 명령의 첫 줄을 얻습니다. 다른 곳에서는 부르지 않습니다.
fn macos(command: &str, args: &[&str]) -> Option<String> {
    if !cfg!(target_os = "macos") {
        return None;
    }
    let output = Command::new(command).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

/// x86은 `model name`, 일부 ARM 보드는 `Model` 줄에 이름이 있습니다.
fn cpu_model(cpuinfo: &str) -> Option<String> {
    ["model name", "Model", "cpu model"]
        .iter()
        .find_map(|key| cpuinfo_field(cpuinfo, key))
        .filter(|name| !name.is_empty())
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn is_virtual(cpuinfo: &str) -> Option<bool> {
    let flags = cpuinfo_field(cpuinfo, "flags")?;
    Some(flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

fn cpuinfo_field<'a>(cpuinfo: &'a str, key: &str) -> Option<&'a str> {
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(name, value)| (name.trim() == key).then_some(value.trim()))
}

fn os() -> String {
    let linux = ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .find_map(file)
        .and_then(|text| pretty_name(&text));
    linux
        .or_else(|| {
            macos("sw_vers", &["-productVersion"]).map(|version| format!("macOS {version}"))
        })
        .unwrap_or_else(|| env::consts::OS.to_owned())
}

fn pretty_name(os_release: &str) -> Option<String> {
    let line = os_release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    let name = line.trim().trim_matches(['"', '\'']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// `0.12 0.25 …`(Linux)나 `{ 0.12 0.25 … }`(macOS)의 첫 수입니다.
fn first_number(text: &str) -> Option<f64> {
    text.split_whitespace()
        .find_map(|word| word.parse().ok())
        .filter(|number: &f64| number.is_finite())
}

/// `/proc/self/cgroup`의 글(`cgroups(7)`)에서, CPU를 나누는 cgroup의 폴더들을 찾습니다(Linux).
///
/// 계층 하나가 한 칸입니다. 그 안의 둘은 그 계층을 붙여 둘 만한 두 자리이며, 같은 것을 가리키는 두 이름일 수 있습니다.
/// 저마다 이 프로세스의 cgroup에서 뿌리까지의 폴더입니다. 실제로 있는지는 보지 않습니다.
pub fn cpu_cgroups(self_cgroup: &str) -> Vec<[Vec<PathBuf>; 2]> {
    let hierarchies = self_cgroup.lines().filter_map(|line| {
        // 한 줄은 `번호:제어기들:경로`입니다. v2는 제어기 칸이 비어 있습니다.
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let mounts = if controllers.is_empty() {
            ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        } else if controllers.split(',').any(|name| name == "cpu") {
            ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"]
        } else {
            return None;
        };
        Some(mounts.map(|mount| {
            let groups = Path::new(path.trim_start_matches('/')).ancestors();
            groups.map(|group| Path::new(mount).join(group)).collect()
        }))
    });
    hierarchies.collect()
}

/// cgroup의 CPU 할당량을 코어 수로 읽습니다.
///
/// 할당량은 조상 cgroup에 걸려 있어도 듣습니다. 뿌리까지 올라가며 가장 작은 값을 찾습니다.
fn cpu_quota(self_cgroup: &str, read: impl Fn(PathBuf) -> Option<String>) -> Option<f64> {
    let mut smallest: Option<f64> = None;
    for directory in cpu_cgroups(self_cgroup).into_iter().flatten().flatten() {
        let quota = quota_v2(read(directory.join("cpu.max"))).or_else(|| {
            quota_v1(
                read(directory.join("cpu.cfs_quota_us")),
                read(directory.join("cpu.cfs_period_us")),
            )
        });
        if let Some(quota) = quota {
            smallest = Some(smallest.map_or(quota, |known| known.min(quota)));
        }
    }
    // 백분의 일 코어까지만 적습니다.
    smallest.map(|cores| (cores * 100.0).round() / 100.0)
}

/// `cpu.max`: `할당 주기`(마이크로초)이거나 `max 주기`(제한 없음)입니다.
fn quota_v2(text: Option<String>) -> Option<f64> {
    let text = text?;
    let mut words = text.split_whitespace();
    cores(words.next()?, words.next()?)
}

/// v1은 두 파일에 나눠 적습니다. 할당이 -1이면 제한이 없습니다.
fn quota_v1(quota: Option<String>, period: Option<String>) -> Option<f64> {
    cores(quota?.trim(), period?.trim())
}

fn cores(quota: &str, period: &str) -> Option<f64> {
    let (quota, period): (u64, u64) = (quota.parse().ok()?, period.parse().ok()?);
    (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 경로와 내용의 표를 파일처럼 읽습니다.
    fn files(table: &'static [(&str, &str)]) -> impl Fn(PathBuf) -> Option<String> {
        |path| {
            let found = table.iter().find(|(name, _)| Path::new(name) == path)?;
            Some(found.1.to_owned())
        }
    }

    #[test]
    fn quota_of_v2_is_the_smallest_on_the_way_up() {
        let tree = files(&[
            ("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/cpu.max", "400000 100000\n"),
        ]);
        assert_eq!(cpu_quota("0::/a/b\n", &tree), Some(1.5));
        assert_eq!(cpu_quota("0::/\n", &tree), Some(4.0));
        assert_eq!(cpu_quota("0::/x\n", files(&[])), None);
    }

    #[test]
    fn quota_of_v1_is_split_over_two_files() {
        let tree = files(&[
            ("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000\n"),
            ("/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
        ]);
        assert_eq!(
            cpu_quota("4:memory:/job\n2:cpu,cpuacct:/job\n0::/\n", &tree),
            Some(0.5)
        );
        assert_eq!(cpu_quota("2:cpu:/\n", &tree), None);
        assert_eq!(cpu_quota("4:cpuset:/job\n", &tree), None);
    }

    #[test]
    fn odd_files_are_not_believed() {
        for odd in ["", "max", "-5 0", "1 0", "많이 100", "1"] {
            assert_eq!(quota_v2(Some(odd.to_owned())), None, "{odd:?}");
        }
        assert_eq!(cpu_quota("엉뚱한 줄\n:::\n", files(&[])), None);
        assert_eq!(first_number("{ 1.50 1.20 }"), Some(1.5));
        assert_eq!(first_number("nan"), None);
        assert_eq!(pretty_name("PRETTY_NAME=\"\"\n"), None);
        assert_eq!(cpu_model("model name\t:\n"), None);
    }

    #[test]
    fn cpuinfo_tells_name_and_hypervisor() {
        let info = "processor\t: 0\nmodel name\t: AMD  EPYC \nflags\t\t: fpu hypervisor sse\n";
        assert_eq!(cpu_model(info).as_deref(), Some("AMD EPYC"));
        assert_eq!(is_virtual(info), Some(true));
        assert_eq!(is_virtual("flags : fpu hypervisors\n"), Some(false));
        assert_eq!(is_virtual("Features : fp asimd\n"), None);
        let pretty = pretty_name("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");
        assert_eq!(pretty.as_deref(), Some("Debian GNU/Linux 12"));
    }
}
