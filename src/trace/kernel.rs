//! 커널이 스레드마다 적어 두는 수입니다.

use std::time::Duration;

/// 커널의 스케줄러가 한 일꾼을 두고 적은 수입니다(Linux).
///
/// `/proc/PID/task/TID/schedstat`와 `status`에서 읽습니다. 프로그램이 스스로 적은 것과 견주어 볼 수 있습니다.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kernel {
    /// 코어 위에서 달린 시간입니다.
    pub run: Duration,
    /// 달릴 준비가 되었지만 코어를 기다린 시간입니다.
    pub wait: Duration,
    /// 코어를 받은 횟수입니다.
    pub slices: u64,
    /// 스스로 기다리느라 코어를 내놓은 횟수입니다(자발적 문맥 전환).
    pub voluntary_switches: u64,
    /// 코어를 빼앗긴 횟수입니다(비자발적 문맥 전환).
    pub involuntary_switches: u64,
}

impl Kernel {
    /// 부른 스레드의 지금까지의 수입니다. Linux가 아니거나 커널이 알려 주지 않으면 `None`입니다.
    #[cfg(target_os = "linux")]
    pub(super) fn now() -> Option<Kernel> {
        use std::fs::read_to_string;

        let folder = "/proc/thread-self";
        let schedstat = read_to_string(format!("{folder}/schedstat")).ok()?;
        let status = read_to_string(format!("{folder}/status")).ok()?;
        Kernel::parse(&schedstat, &status)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn now() -> Option<Kernel> {
        None
    }

    /// `schedstat`은 「달린 나노초, 기다린 나노초, 코어를 받은 횟수」 세 수입니다.
    #[cfg(any(target_os = "linux", test))]
    fn parse(schedstat: &str, status: &str) -> Option<Kernel> {
        let mut numbers = schedstat.split_whitespace().map(str::parse::<u64>);
        let mut next = || numbers.next()?.ok();
        let switches = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse().ok()
        };
        Some(Kernel {
            run: Duration::from_nanos(next()?),
            wait: Duration::from_nanos(next()?),
            slices: next()?,
            voluntary_switches: switches("voluntary_ctxt_switches:")?,
            involuntary_switches: switches("nonvoluntary_ctxt_switches:")?,
        })
    }

    /// `before`부터 늘어난 만큼입니다.
    pub(super) fn since(self, before: Kernel) -> Kernel {
        Kernel {
            run: self.run.saturating_sub(before.run),
            wait: self.wait.saturating_sub(before.wait),
            slices: self.slices.saturating_sub(before.slices),
            voluntary_switches: self
                .voluntary_switches
                .saturating_sub(before.voluntary_switches),
            involuntary_switches: self
                .involuntary_switches
                .saturating_sub(before.involuntary_switches),
        }
    }

    pub(super) fn to_array(self) -> [u64; 5] {
        [
            self.run.as_nanos() as u64,
            self.wait.as_nanos() as u64,
            self.slices,
            self.voluntary_switches,
            self.involuntary_switches,
        ]
    }

    pub(super) fn from_array([run, wait, slices, voluntary, involuntary]: [u64; 5]) -> Kernel {
        Kernel {
            run: Duration::from_nanos(run),
            wait: Duration::from_nanos(wait),
            slices,
            voluntary_switches: voluntary,
            involuntary_switches: involuntary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t9\n";
        let kernel = Kernel::parse("1500 20 3\n", status).unwrap();
        assert_eq!(kernel.to_array(), [1500, 20, 3, 7, 9]);
        assert_eq!(Kernel::from_array(kernel.to_array()), kernel);
        assert_eq!(kernel.since(kernel), Kernel::default());
        assert_eq!(Kernel::parse("1500 20", status), None);
        assert_eq!(Kernel::parse("1500 20 3", ""), None);
    }
}
