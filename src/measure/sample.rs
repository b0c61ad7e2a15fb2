//! 한 번 재기입니다.

use std::time::{Duration, Instant};

use crate::{Error, Result};

/// 한 번 잰 값입니다. 단위가 이름에 없는 시간은 [`Duration`]입니다.
///
/// 벽시계 말고는 운영체제가 세어 주는 값이라, Unix가 아니면 `None`입니다.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// 벽시계로 잰 시간입니다([`Instant`]).
    pub wall: Duration,
    /// 사용자 코드가 쓴 CPU 시간입니다. 모든 스레드와, 그 사이에 끝난 자식의 것을 더합니다.
    ///
    /// Linux는 CPU 시간의 합을 정확히 세지만, 이 값과 [`Sample::system`]으로 나누는 일은
    /// 커널 설정에 따라 어림잡습니다. 짧은 시간에는 [`Sample::cpu`]를 믿으세요.
    pub user: Option<Duration>,
    /// 커널이 이 프로그램을 위해 쓴 CPU 시간입니다. 더하는 법은 [`Sample::user`]와 같습니다.
    pub system: Option<Duration>,
    /// 메모리에 가장 많이 올라왔을 때의 크기(바이트)입니다.
    ///
    /// `once`에 넘긴 함수만의 값이 아니라 *프로세스가 시작한 뒤의 최고 기록*입니다.
    /// 기다려 거둔 자식이 있으면 그 자식들까지 견주어 가장 큰 프로세스 *하나*의 값이며, 합이 아닙니다.
    pub peak_rss_bytes: Option<u64>,
    /// 스스로 기다리느라 CPU를 내놓은 횟수(자발적 문맥 전환)입니다.
    pub voluntary_switches: Option<u64>,
    /// 더 하고 싶은데 CPU를 빼앗긴 횟수(비자발적 문맥 전환)입니다.
    pub involuntary_switches: Option<u64>,
}

impl Sample {
    /// 사용자와 커널의 CPU 시간을 더합니다. 두 코어가 함께 일하면 벽시계보다 큽니다.
    pub fn cpu(&self) -> Option<Duration> {
        Some(self.user?.saturating_add(self.system?))
    }
}

/// `f`를 한 번 부르고, 걸린 시간과 쓴 자원을 잽니다.
///
/// CPU 시간과 문맥 전환은 `f` 앞뒤의 차이입니다. `f` 안에서 끝나고 기다려 거둔(wait) 자식의 몫도 들어갑니다.
/// 값은 운영체제의 `getrusage(2)`에서 옵니다. 같은 때에 다른 스레드가 한 일도 섞이므로,
/// 방식끼리 견줄 때는 [`super::fresh`]처럼 새 프로세스에서 재세요.
///
/// ```
/// use noriteo::{measure, work};
///
/// let (total, sample) = measure::once(|| work::sum(0..1_000_000));
/// assert_eq!(total, 499_999_500_000);
/// println!("{} 걸렸습니다", measure::format_duration(sample.wall));
/// ```
pub fn once<T>(f: impl FnOnce() -> T) -> (T, Sample) {
    let before = Usage::now();
    let start = Instant::now();
    let value = f();
    let wall = start.elapsed();
    let after = Usage::now();
    let used = before.zip(after).map(|(before, after)| Usage {
        user: after.user.saturating_sub(before.user),
        system: after.system.saturating_sub(before.system),
        peak_rss_bytes: after.peak_rss_bytes,
        voluntary: after.voluntary.saturating_sub(before.voluntary),
        involuntary: after.involuntary.saturating_sub(before.involuntary),
    });
    let sample = Sample {
        wall,
        user: used.map(|used| used.user),
        system: used.map(|used| used.system),
        peak_rss_bytes: used.map(|used| used.peak_rss_bytes),
        voluntary_switches: used.map(|used| used.voluntary),
        involuntary_switches: used.map(|used| used.involuntary),
    };
    (value, sample)
}

/// 프로세스가 시작한 뒤로 쓴 자원입니다. 자식의 몫을 더한 값입니다.
#[derive(Clone, Copy)]
struct Usage {
    user: Duration,
    system: Duration,
    peak_rss_bytes: u64,
    voluntary: u64,
    involuntary: u64,
}

impl Usage {
    #[cfg(unix)]
    fn now() -> Option<Usage> {
        use nix::sys::resource::{UsageWho, getrusage};

        let own = getrusage(UsageWho::RUSAGE_SELF).ok()?;
        let children = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
        let count = |n: nix::libc::c_long| u64::try_from(n).unwrap_or(0);
        // macOS의 ru_maxrss는 바이트, Linux와 BSD의 것은 KiB입니다.
        let unit = if cfg!(target_vendor = "apple") {
            1
        } else {
            1024
        };
        let own_peak = status_peak_bytes().unwrap_or(count(own.max_rss()) * unit);
        Some(Usage {
            user: duration(own.user_time()) + duration(children.user_time()),
            system: duration(own.system_time()) + duration(children.system_time()),
            peak_rss_bytes: own_peak.max(count(children.max_rss()) * unit),
            voluntary: count(own.voluntary_context_switches())
                + count(children.voluntary_context_switches()),
            involuntary: count(own.involuntary_context_switches())
                + count(children.involuntary_context_switches()),
        })
    }

    #[cfg(not(unix))]
    fn now() -> Option<Usage> {
        None
    }
}

#[cfg(unix)]
fn duration(time: nix::sys::time::TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec()).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

/// Linux가 적어 둔 이 프로세스의 메모리 최고 기록입니다.
///
/// Linux의 `ru_maxrss`는 exec을 지나도 지워지지 않아, 큰 프로그램이 띄운 작은 프로그램이
/// 부모의 기록을 물려받습니다. `VmHWM`은 exec에서 새로 시작합니다.
#[cfg(unix)]
fn status_peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kib_field(&status, "VmHWM:").map(|kib| kib.saturating_mul(1024))
}

/// 프로세스 `pid`의 PSS(바이트)를 읽습니다.
///
/// PSS(proportional set size)는 여러 프로세스가 함께 쓰는 페이지를 나눠 셈한 크기입니다.
/// 그래서 모든 프로세스의 PSS를 더하면 실제로 쓴 메모리가 됩니다. RSS는 함께 쓰는 페이지를 거듭 셉니다.
/// 값은 `/proc/PID/smaps_rollup`(Linux 4.14부터)에서 옵니다.
///
/// # Errors
/// 그런 프로세스가 없거나 볼 권한이 없으면 [`Error::Os`], Linux가 아니면 [`Error::Unsupported`]입니다.
pub fn pss_bytes(pid: u32) -> Result<u64> {
    if !cfg!(target_os = "linux") {
        return Err(Error::Unsupported {
            what: "프로세스의 PSS 읽기".to_owned(),
        });
    }
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = std::fs::read_to_string(&path)
        .map_err(|source| Error::os(format!("{path}을 읽지 못했습니다"), source))?;
    kib_field(&text, "Pss:")
        .map(|kib| kib.saturating_mul(1024))
        .ok_or_else(|| Error::Decode {
            reason: format!("{path}에 Pss 줄이 없습니다"),
        })
}

/// `이름:   123 kB` 꼴의 줄에서 수를 꺼냅니다.
pub(super) fn kib_field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "55d0-7ffd [rollup]\nPss_Dirty:  116 kB\nPss:     390 kB\nSwapPss:  1 kB\n";
        assert_eq!(kib_field(text, "Pss:"), Some(390));
        assert_eq!(kib_field(text, "Rss:"), None);
        assert_eq!(kib_field("Pss: 많음 kB", "Pss:"), None);
        assert_eq!(kib_field("Pss:", "Pss:"), None);
    }
}
