//! 재는 동안 다른 일이 CPU를 얼마나 썼는지 셈합니다(Linux).
//!
//! 부하 평균은 재기 *전*의 일까지 섞인 값이라, 재는 동안 조용했는지는 알려 주지 못합니다.
//! 그래서 컴퓨터 전체가 쓴 CPU 시간에서 우리가 쓴 것을 뺍니다.

use std::{fs, time::Duration};

use noriteo::measure::{Sample, once};

/// `/proc/stat`의 한 눈금입니다. 커널의 설정과 상관없이 사용자에게는 늘 1/100초로 보입니다.
const TICK: Duration = Duration::from_millis(10);

/// `work`를 하고, 그동안 다른 일(가상 머신이 빼앗긴 시간도)이 평균 몇 코어를 썼는지 알립니다.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Option<f64>) {
    let before = whole();
    let (value, ours) = once(work);
    let others = before
        .zip(whole())
        .and_then(|(before, after)| cores(after.saturating_sub(before), &ours));
    (value, others)
}

fn cores(whole: Duration, ours: &Sample) -> Option<f64> {
    let wall = ours.wall.as_secs_f64();
    let others = whole.saturating_sub(ours.cpu()?);
    (wall > 0.0).then(|| (others.as_secs_f64() / wall * 100.0).round() / 100.0)
}

/// 컴퓨터가 켜진 뒤로 모든 코어가 일한 시간의 합입니다.
fn whole() -> Option<Duration> {
    busy(&fs::read_to_string("/proc/stat").ok()?)
}

/// 첫 줄은 `cpu user nice system idle iowait irq softirq steal …`입니다. 노는 시간(idle, iowait)은 뺍니다.
fn busy(stat: &str) -> Option<Duration> {
    let mut fields = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace();
    let ticks: Option<Vec<u32>> = fields.by_ref().take(8).map(|n| n.parse().ok()).collect();
    let ticks = ticks.filter(|ticks| ticks.len() == 8)?;
    let busy = [0, 1, 2, 5, 6, 7].iter().map(|&at| ticks[at]);
    busy.map(|ticks| TICK.checked_mul(ticks)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_not_busy() {
        let stat = "cpu  100 20 30 9999 8888 4 5 6 0 0\ncpu0 1 2 3\n";
        assert_eq!(busy(stat), Some(Duration::from_millis(1650)));
        for odd in ["", "cpu 1 2 3", "cpu  a b c d e f g h", "intr 1"] {
            assert_eq!(busy(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_we_used_is_taken_off() {
        let seconds = Duration::from_secs;
        let ours = Sample {
            wall: seconds(10),
            user: Some(seconds(4)),
            system: Some(seconds(1)),
            peak_rss_bytes: None,
            voluntary_switches: None,
            involuntary_switches: None,
        };
        assert_eq!(cores(seconds(8), &ours), Some(0.3));
        // 우리 것은 마이크로초로, 전체는 눈금으로 세므로 조금 모자랄 수 있습니다.
        assert_eq!(cores(seconds(4), &ours), Some(0.0));
        assert_eq!(cores(seconds(8), &Sample { user: None, ..ours }), None);
    }
}
