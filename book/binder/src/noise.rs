//! 재는 동안 얼마나 시끄러웠는지 읽고, 너무 시끄러우면 다시 재게 합니다.
//!
//! 다른 일이 쓴 CPU는 [`others`]가 셈합니다. 가상 머신이 빼앗긴 시간, cgroup이 멈춰 세운 시간,
//! 열 때문에 느려진 횟수는 앞뒤로 읽어 뺍니다. 읽는 곳은 모두 Linux에 있고, 없으면 모르는 것으로 둡니다.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use noriteo::measure::{Row, cpu_cgroups, format_duration};

use crate::{fault::Result, others};

/// 많아야 이만큼 잽니다.
pub const TRIES: usize = 3;

/// 다른 일이 코어의 이만큼을 넘게 쓰면 시끄럽습니다.
const OTHERS: f64 = 0.1;

/// cgroup이 잰 시간의 이만큼을 넘게 멈춰 세우면 시끄럽습니다.
const THROTTLED: f64 = 0.01;

/// 흔들림((최대 − 최소) ÷ 중앙값)의 중앙값이 이만큼을 넘으면 시끄럽습니다.
///
/// 코어 2개인 컴퓨터에서 CPU를 쓰는 줄들의 값은, 조용할 때(펴낸 이의 값, 다른 일 0.00코어) 17%였고
/// 다른 일이 1.7–1.9코어를 쓸 때 다섯 번 모두 157–284%였습니다. 50%는 둘의 기하 평균쯤입니다.
const SPREAD: f64 = 0.5;

/// `/proc/stat`의 한 눈금입니다. 커널의 설정과 상관없이 사용자에게는 늘 1/100초로 보입니다.
const TICK: Duration = Duration::from_millis(10);

/// 재는 동안 읽은 것입니다. 모르는 것은 비어 있습니다.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// 읽은 동안의 길이입니다.
    pub wall: Duration,
    /// 다른 일이 쓴 평균 코어 수입니다. 가상 머신이 빼앗긴 것도 듭니다.
    pub others: Option<f64>,
    /// 가상 머신이 빼앗긴(steal) 평균 코어 수입니다.
    pub steal: Option<f64>,
    /// cgroup이 할당을 넘었다고 멈춰 세운 횟수입니다.
    pub throttled_periods: Option<u64>,
    /// 그렇게 멈춰 세운 시간입니다. 코어마다의 것을 더한 값이라 흐른 시간보다 길 수 있습니다.
    pub throttled: Option<Duration>,
    /// 열 때문에 코어가 느려진 횟수입니다.
    pub heat: Option<u64>,
}

/// 한 번 재어 본 것입니다.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Try {
    /// 재는 동안 읽은 것입니다.
    pub reading: Reading,
    /// 줄마다의 흔들림의 중앙값입니다.
    pub spread: Option<f64>,
}

/// 재는 동안의 형편입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// 처음부터 끝까지입니다.
    pub whole: Reading,
    /// 방식들을 잰 것 하나하나입니다. 시끄러우면 둘 이상입니다. 방식을 재지 않았으면 비어 있습니다.
    pub tries: Vec<Try>,
    /// 책에 적은 것이 몇째(0부터)인지입니다.
    pub kept: usize,
}

/// 너무 시끄럽다고 보는 까닭입니다.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// 다른 일이 쓴 평균 코어 수입니다.
    Others(f64),
    /// cgroup이 멈춰 세운 시간입니다.
    Throttled(Duration),
    /// 열 때문에 느려진 횟수입니다.
    Heat(u64),
    /// 흔들림입니다.
    Spread(f64),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Others(cores) => write!(f, "다른 일이 평균 {cores:.2}코어를 썼습니다"),
            Why::Throttled(time) => write!(
                f,
                "CPU 할당을 넘어 모두 {} 멈춰 섰습니다",
                format_duration(*time)
            ),
            Why::Heat(times) => write!(f, "뜨거워서 코어가 {times}번 느려졌습니다"),
            Why::Spread(spread) => {
                write!(f, "줄마다의 흔들림의 중앙값이 {}입니다", percent(*spread))
            }
        }
    }
}

/// 까닭들을 한 줄로 적습니다.
pub fn told(why: &[Why]) -> String {
    let why: Vec<String> = why.iter().map(Why::to_string).collect();
    why.join(", ")
}

/// 백분율로 적습니다.
pub fn percent(part: f64) -> String {
    format!("{:.0}%", part * 100.0)
}

impl Reading {
    /// 너무 시끄러운 까닭들입니다. 비어 있으면 조용합니다. `cores`는 논리 코어의 수입니다.
    pub fn too_noisy(&self, cores: usize) -> Vec<Why> {
        let others = self.others.filter(|&used| used > cores as f64 * OTHERS);
        let limit = self.wall.mul_f64(THROTTLED);
        let throttled = self.throttled.filter(|&time| time > limit);
        let heat = self.heat.filter(|&times| times > 0);
        let why = [
            others.map(Why::Others),
            throttled.map(Why::Throttled),
            heat.map(Why::Heat),
        ];
        why.into_iter().flatten().collect()
    }
}

impl Try {
    /// 너무 시끄러운 까닭들입니다. [`Reading::too_noisy`]에 흔들림을 더합니다.
    pub fn too_noisy(&self, cores: usize) -> Vec<Why> {
        let mut why = self.reading.too_noisy(cores);
        why.extend(
            self.spread
                .filter(|&spread| spread > SPREAD)
                .map(Why::Spread),
        );
        why
    }

    /// 더 조용한지입니다. 까닭이 적은 것이 먼저이고, 같으면 덜 흔들린 것입니다.
    fn is_quieter(&self, other: &Try, cores: usize) -> bool {
        let key = |one: &Try| {
            let spread = one.spread.unwrap_or(f64::INFINITY);
            (one.too_noisy(cores).len(), spread)
        };
        key(self) < key(other)
    }
}

impl Noise {
    /// 책에 적은 값을 얻은 때입니다.
    pub fn kept(&self) -> Option<&Try> {
        self.tries.get(self.kept)
    }
}

/// 재고, 너무 시끄러우면 다시 잽니다. 많아야 [`TRIES`]번이고, 가장 조용한 것과 모든 때의 형편을 돌려줍니다.
///
/// `measure`에는 몇째(0부터)인지를 줍니다. `again`은 다시 잴 짬이 있는지 답합니다.
pub fn quietest<T>(
    cores: usize,
    mut measure: impl FnMut(usize) -> Result<(T, Try)>,
    mut again: impl FnMut(&Try, &[Why]) -> bool,
) -> Result<(T, Vec<Try>, usize)> {
    let (mut best, first) = measure(0)?;
    let (mut tries, mut kept) = (vec![first], 0);
    while tries.len() < TRIES {
        let last = tries[tries.len() - 1];
        let why = last.too_noisy(cores);
        if why.is_empty() || !again(&last, &why) {
            break;
        }
        let (value, this) = measure(tries.len())?;
        if this.is_quieter(&tries[kept], cores) {
            (best, kept) = (value, tries.len());
        }
        tries.push(this);
    }
    Ok((best, tries, kept))
}

/// (최대 − 최소) ÷ 중앙값입니다. 중앙값이 0이면 `None`입니다.
pub fn spread(min: f64, median: f64, max: f64) -> Option<f64> {
    (median > 0.0).then(|| (max - min) / median)
}

/// 줄 하나의 흔들림입니다.
pub fn row_spread(row: &Row) -> Option<f64> {
    let wall = row.wall()?;
    let [min, median, max] = [wall.min, wall.median, wall.max].map(|time| time.as_secs_f64());
    spread(min, median, max)
}

/// 줄마다의 흔들림의 중앙값입니다.
pub fn typical_spread<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<f64> {
    let mut spreads: Vec<f64> = rows.filter_map(row_spread).collect();
    spreads.sort_by(f64::total_cmp);
    spreads.get(spreads.len() / 2).copied()
}

/// `work`를 하고, 그동안 얼마나 시끄러웠는지 읽습니다.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Reading) {
    let ((value, reading), others) = others::watch(|| {
        let (before, start) = (Counters::now(), Instant::now());
        let value = work();
        (value, before.until(&Counters::now(), start.elapsed()))
    });
    (value, Reading { others, ..reading })
}

/// 컴퓨터가 켜진 뒤로 쌓인 값들입니다.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    /// 가상 머신의 모든 코어가 빼앗긴 시간입니다.
    steal: Option<Duration>,
    throttled: Option<(u64, Duration)>,
    heat: Option<u64>,
}

impl Counters {
    fn now() -> Counters {
        let read = |path: PathBuf| fs::read_to_string(path).ok();
        Counters {
            steal: read("/proc/stat".into()).and_then(|text| stolen(&text)),
            throttled: read("/proc/self/cgroup".into()).and_then(|text| throttled(&text, read)),
            heat: heat(Path::new("/sys/devices/system/cpu")),
        }
    }

    fn until(&self, after: &Counters, wall: Duration) -> Reading {
        let steal = self.steal.zip(after.steal).and_then(|(from, to)| {
            let stolen = to.saturating_sub(from).as_secs_f64();
            let cores = stolen / wall.as_secs_f64();
            (!wall.is_zero()).then(|| (cores * 100.0).round() / 100.0)
        });
        let throttled = self.throttled.zip(after.throttled);
        Reading {
            wall,
            others: None,
            steal,
            throttled_periods: throttled.map(|(from, to)| to.0.saturating_sub(from.0)),
            throttled: throttled.map(|(from, to)| to.1.saturating_sub(from.1)),
            heat: self
                .heat
                .zip(after.heat)
                .map(|(from, to)| to.saturating_sub(from)),
        }
    }
}

/// 첫 줄은 `cpu user nice system idle iowait irq softirq steal …`입니다. 여덟째가 빼앗긴 시간입니다.
fn stolen(stat: &str) -> Option<Duration> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?;
    TICK.checked_mul(fields.split_whitespace().nth(7)?.parse().ok()?)
}

/// 우리 cgroup과 그 조상들의 `cpu.stat`에 쌓인, 멈춰 세운 횟수와 시간입니다. 할당은 조상에 걸려 있어도 듣습니다.
fn throttled(
    self_cgroup: &str,
    read: impl Fn(PathBuf) -> Option<String>,
) -> Option<(u64, Duration)> {
    let mut sum: Option<(u64, Duration)> = None;
    for mounts in cpu_cgroups(self_cgroup) {
        // 둘은 같은 것을 가리키는 두 이름일 수 있으므로 먼저 읽히는 쪽만 더합니다.
        let found = mounts.iter().find_map(|groups| {
            let stats = groups
                .iter()
                .filter_map(|group| cpu_stat(&read(group.join("cpu.stat"))?));
            stats.reduce(|one, other| (one.0 + other.0, one.1 + other.1))
        });
        if let Some((periods, time)) = found {
            let (periods_before, time_before) = sum.unwrap_or_default();
            sum = Some((periods_before + periods, time_before + time));
        }
    }
    sum
}

/// v2는 `throttled_usec`(마이크로초), v1은 `throttled_time`(나노초)으로 적습니다.
fn cpu_stat(text: &str) -> Option<(u64, Duration)> {
    let field = |name: &str| -> Option<u64> {
        let mut words = text.lines().map(str::split_whitespace);
        words.find_map(|mut words| {
            (words.next() == Some(name)).then(|| words.next()?.parse().ok())?
        })
    };
    let time = field("throttled_usec")
        .map(Duration::from_micros)
        .or_else(|| field("throttled_time").map(Duration::from_nanos))?;
    Some((field("nr_throttled")?, time))
}

/// 코어마다, 열 때문에 느려진 횟수를 더합니다. 알려 주는 컴퓨터(x86의 실물)에서만 압니다.
fn heat(folder: &Path) -> Option<u64> {
    let cpus = fs::read_dir(folder).ok()?.flatten();
    let counts = cpus.filter_map(|cpu| {
        let file = cpu.path().join("thermal_throttle/core_throttle_count");
        fs::read_to_string(file).ok()?.trim().parse::<u64>().ok()
    });
    counts.reduce(|one, other| one.saturating_add(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn quiet() -> Reading {
        Reading {
            wall: SECOND * 10,
            others: Some(0.0),
            steal: Some(0.0),
            throttled_periods: Some(0),
            throttled: Some(Duration::ZERO),
            heat: Some(0),
        }
    }

    fn a_try(others: f64, spread: f64) -> Try {
        Try {
            reading: Reading {
                others: Some(others),
                ..quiet()
            },
            spread: Some(spread),
        }
    }

    #[test]
    fn the_rule_is_what_it_says() {
        let noisy = |reading: Reading| reading.too_noisy(4);
        assert_eq!(noisy(quiet()), []);
        assert_eq!(
            noisy(Reading::default()),
            [],
            "모르는 것은 까닭이 되지 않습니다"
        );
        let others = |cores| Reading {
            others: Some(cores),
            ..quiet()
        };
        assert_eq!(noisy(others(0.4)), []);
        assert_eq!(noisy(others(0.41)), [Why::Others(0.41)]);
        let stopped = |millis| Reading {
            throttled: Some(Duration::from_millis(millis)),
            ..quiet()
        };
        assert_eq!(noisy(stopped(100)), []);
        let why = Why::Throttled(Duration::from_millis(101));
        assert_eq!(noisy(stopped(101)), [why]);
        let hot = Reading {
            heat: Some(1),
            ..quiet()
        };
        assert_eq!(noisy(hot), [Why::Heat(1)]);
        assert_eq!(a_try(0.0, 0.5).too_noisy(4), []);
        assert_eq!(
            a_try(1.0, 0.51).too_noisy(4),
            [Why::Others(1.0), Why::Spread(0.51)]
        );
        assert_eq!(
            told(&a_try(1.0, 0.51).too_noisy(4)),
            "다른 일이 평균 1.00코어를 썼습니다, 줄마다의 흔들림의 중앙값이 51%입니다"
        );
    }

    /// 정해 둔 형편들을 차례로 겪게 합니다. 돌려주는 값은 몇째 것을 골랐는지와 몇 번 쟀는지입니다.
    fn chosen(tries: &[Try], mut time_left: usize) -> (usize, usize) {
        let mut asked = 0;
        let measure = |at: usize| {
            asked += 1;
            Ok((at, tries[at]))
        };
        let again = |_: &Try, why: &[Why]| {
            assert!(!why.is_empty());
            let left = time_left > 0;
            time_left = time_left.saturating_sub(1);
            left
        };
        let (value, seen, kept) = quietest(2, measure, again).unwrap();
        assert_eq!(value, kept);
        assert_eq!(seen, tries[..asked]);
        (kept, asked)
    }

    #[test]
    fn a_noisy_run_is_measured_again_and_the_quietest_is_kept() {
        let (quiet, noisy) = (a_try(0.0, 0.1), a_try(1.0, 0.9));
        assert_eq!(
            chosen(&[quiet, noisy], 9),
            (0, 1),
            "조용하면 다시 재지 않습니다"
        );
        assert_eq!(chosen(&[noisy, quiet, noisy], 9), (1, 2));
        assert_eq!(chosen(&[noisy, noisy, quiet], 9), (2, 3));
        assert_eq!(
            chosen(&[noisy, quiet], 0),
            (0, 1),
            "짬이 없으면 다시 재지 않습니다"
        );
    }

    #[test]
    fn at_most_three_tries_are_made() {
        // 넷째를 재려 하면 목록을 벗어나 패닉합니다.
        let tries = [a_try(1.0, 0.9), a_try(1.0, 0.7), a_try(1.0, 0.8)];
        assert_eq!(
            chosen(&tries, 9),
            (1, 3),
            "모두 시끄러우면 덜 흔들린 것입니다"
        );
        let tries = [a_try(1.0, 0.9), a_try(0.0, 0.95), a_try(1.0, 0.6)];
        assert_eq!(chosen(&tries, 9), (1, 3), "까닭이 적은 것이 먼저입니다");
    }

    #[test]
    fn stolen_time_is_the_eighth() {
        let stat = "cpu  100 20 30 9999 8888 4 5 6 7 8\ncpu0 1 2 3\n";
        assert_eq!(stolen(stat), Some(Duration::from_millis(60)));
        for odd in ["", "cpu 1 2 3", "cpu  a b c d e f g h", "intr 1"] {
            assert_eq!(stolen(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_was_there_before_is_taken_off() {
        let counters = |steal: u32, throttled, heat| Counters {
            steal: Some(SECOND * steal),
            throttled: Some(throttled),
            heat: Some(heat),
        };
        let before = counters(1, (5, SECOND), 7);
        let after = counters(3, (9, SECOND * 2), 8);
        assert_eq!(
            before.until(&after, SECOND * 10),
            Reading {
                wall: SECOND * 10,
                others: None,
                steal: Some(0.2),
                throttled_periods: Some(4),
                throttled: Some(SECOND),
                heat: Some(1),
            }
        );
        let unknown = Counters::default().until(&after, SECOND);
        assert_eq!(
            (unknown.steal, unknown.throttled, unknown.heat),
            (None, None, None)
        );
        assert_eq!(before.until(&after, Duration::ZERO).steal, None);
    }

    #[test]
    fn throttling_is_read_from_both_versions_and_from_ancestors() {
        let files = |path: PathBuf| {
            let text = match path.to_str()? {
                "/sys/fs/cgroup/a/b/cpu.stat" => {
                    "usage_usec 9\nnr_periods 8\nnr_throttled 2\nthrottled_usec 500\n"
                }
                "/sys/fs/cgroup/a/cpu.stat" => "nr_throttled 1\nthrottled_usec 250\n",
                // 뿌리의 것에는 멈춰 세운 칸이 없습니다.
                "/sys/fs/cgroup/cpu.stat" => "usage_usec 9\n",
                "/sys/fs/cgroup/cpu,cpuacct/job/cpu.stat" => {
                    "nr_periods 8\nnr_throttled 3\nthrottled_time 4000\n"
                }
                _ => return None,
            };
            Some(text.to_owned())
        };
        let micros = Duration::from_micros;
        assert_eq!(throttled("0::/a/b\n", files), Some((3, micros(750))));
        assert_eq!(
            throttled("2:cpu,cpuacct:/job\n", files),
            Some((3, micros(4)))
        );
        for odd in ["", "0::/\n", "4:memory:/a/b\n", "엉뚱한 줄\n:::\n"] {
            assert_eq!(throttled(odd, files), None, "{odd}");
        }
        assert_eq!(cpu_stat("nr_throttled 많이\nthrottled_usec 1\n"), None);
    }

    #[test]
    fn heat_is_summed_over_the_cores() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(heat(folder.path()), None);
        for (cpu, count) in [("cpu0", "3\n"), ("cpu1", "4\n"), ("cpufreq", "")] {
            let inside = folder.path().join(cpu).join("thermal_throttle");
            fs::create_dir_all(&inside).unwrap();
            fs::write(inside.join("core_throttle_count"), count).unwrap();
        }
        assert_eq!(heat(folder.path()), Some(7));
        assert_eq!(heat(&folder.path().join("없는 폴더")), None);
    }
}
