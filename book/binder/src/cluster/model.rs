//! 일꾼을 늘리면 언제까지 빨라지는지 내다보는 식입니다. 잰 값에 맞추고, 얼마나 틀리는지 함께 알립니다.
//!
//! 일꾼이 n이고 한 번에 달릴 수 있는 것이 m(= n과 코어 수 가운데 작은 쪽)일 때
//!
//! > T(n) = s₀ + s₁·n + W·((1 − p) + p/m) + x·R·(n − 1)/n/m
//!
//! - s₀ + s₁·n: 띄우고 만나는 시간입니다. 아무 일도 시키지 않은 실행에서 얻습니다.
//! - W: 혼자서 일하는 시간입니다. p: 그 가운데 나눌 수 있는 몫입니다(암달의 법칙).
//! - x: 기록 하나가 다른 프로세스로 건너가는 값입니다. R: 기록의 수이고, 그 가운데 (n − 1)/n이 건너갑니다.

/// 잰 점 하나입니다: 일꾼의 수와 걸린 시간(초).
pub type Point = (usize, f64);

/// 맞춘 식입니다. 시간은 모두 초입니다.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// 한 번에 달릴 수 있는 일꾼의 수입니다.
    pub cores: usize,
    /// 띄우는 시간 가운데 늘 드는 것입니다.
    pub start: f64,
    /// 띄우는 시간 가운데 일꾼마다 더 드는 것입니다.
    pub start_each: f64,
    /// 혼자서 일하는 시간입니다.
    pub work: f64,
    /// 나눌 수 있는 몫입니다(0–1).
    pub parallel: f64,
    /// 기록 하나가 건너가는 값입니다.
    pub crossing: f64,
    /// 기록의 수입니다. 건너가는 것이 없는 일이면 0입니다.
    pub records: f64,
}

impl Model {
    /// 일꾼이 `n`일 때 걸릴 시간입니다.
    pub fn time(&self, n: usize) -> f64 {
        let (n, m) = (n.max(1) as f64, n.clamp(1, self.cores.max(1)) as f64);
        let alone = 1.0 - self.parallel;
        self.start
            + self.start_each * n
            + self.work * (alone + self.parallel / m)
            + self.crossing * self.records * (n - 1.0) / n / m
    }

    /// 코어가 모자라지 않을 때, 가장 짧게 걸리는 일꾼의 수와 그 시간입니다. `most`까지 봅니다.
    pub fn best(&self, most: usize) -> (usize, f64) {
        let free = Model {
            cores: most,
            ..*self
        };
        let times = (1..=most).map(|n| (n, free.time(n)));
        times
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((1, free.time(1)))
    }

    /// 잰 점들을 얼마나 틀리게 말하는지입니다: 점마다 |식 − 잰 값| ÷ 잰 값의 평균과 가장 큰 것.
    pub fn error(&self, points: &[Point]) -> (f64, f64) {
        let errors = points
            .iter()
            .map(|(n, seconds)| (self.time(*n) - seconds).abs() / seconds);
        let errors: Vec<f64> = errors.collect();
        let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
        (mean, errors.into_iter().fold(0.0, f64::max))
    }
}

/// 식을 잰 점들에 맞춥니다. `idle`은 아무 일도 시키지 않은 실행입니다. 점이 모자라면 없습니다.
///
/// W는 일꾼이 하나일 때의 시간에서 띄우는 시간을 뺀 것입니다. p와 x는 나머지 점들에서 상대 오차의 제곱의 합이
/// 가장 작아지게 합니다(최소 제곱). p는 0–1, x는 0 이상이어야 하므로 벗어나면 가장자리에 둡니다.
pub fn fit(cores: usize, idle: &[Point], points: &[Point], records: f64) -> Option<Model> {
    let (start, start_each) = line(idle)?;
    let alone = points.iter().find(|(n, _)| *n == 1)?.1;
    let work = alone - start - start_each;
    if work <= 0.0 {
        return None;
    }
    let base = Model {
        cores,
        start,
        start_each,
        work,
        parallel: 0.0,
        crossing: 0.0,
        records,
    };
    let rest: Vec<Point> = points.iter().copied().filter(|(n, _)| *n > 1).collect();
    if rest.is_empty() {
        return None;
    }
    // T = base + p·a + x·b 꼴입니다. 양쪽을 잰 값으로 나누어 짧은 것과 긴 것을 고르게 봅니다.
    let terms = rest.iter().map(|(n, seconds)| {
        let (count, m) = (*n as f64, (*n).min(cores) as f64);
        let a = work * (1.0 / m - 1.0) / seconds;
        let b = records * (count - 1.0) / count / m / seconds;
        (a, b, (seconds - base.time(*n)) / seconds)
    });
    let terms: Vec<(f64, f64, f64)> = terms.collect();
    let (parallel, crossing) = two(&terms, records > 0.0);
    Some(Model {
        parallel,
        crossing,
        ..base
    })
}

/// 직선 s₀ + s₁·n을 맞춥니다. 둘 다 0보다 작을 수 없습니다.
fn line(points: &[Point]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    if points.len() < 2 {
        return None;
    }
    let mean_n = points.iter().map(|(n, _)| *n as f64).sum::<f64>() / count;
    let mean = points.iter().map(|(_, t)| t).sum::<f64>() / count;
    let spread = |(n, _): &Point| *n as f64 - mean_n;
    let up: f64 = points
        .iter()
        .map(|point| spread(point) * (point.1 - mean))
        .sum();
    let down: f64 = points.iter().map(|point| spread(point).powi(2)).sum();
    let slope = if down > 0.0 {
        (up / down).max(0.0)
    } else {
        0.0
    };
    Some(((mean - slope * mean_n).max(0.0), slope))
}

/// Σ(a·p + b·x − c)²이 가장 작은 (p, x)입니다. 0 ≤ p ≤ 1, x ≥ 0 안에서 고릅니다.
fn two(terms: &[(f64, f64, f64)], crossing: bool) -> (f64, f64) {
    let sum = |f: &dyn Fn(&(f64, f64, f64)) -> f64| terms.iter().map(f).sum::<f64>();
    let (aa, bb, ab) = (
        sum(&|t| t.0 * t.0),
        sum(&|t| t.1 * t.1),
        sum(&|t| t.0 * t.1),
    );
    let (ac, bc) = (sum(&|t| t.0 * t.2), sum(&|t| t.1 * t.2));
    let only_p = |x: f64| {
        let p = if aa > 0.0 { (ac - x * ab) / aa } else { 0.0 };
        p.clamp(0.0, 1.0)
    };
    let only_x = |p: f64| {
        let x = if bb > 0.0 { (bc - p * ab) / bb } else { 0.0 };
        x.max(0.0)
    };
    if !crossing {
        return (only_p(0.0), 0.0);
    }
    let mut candidates = vec![(only_p(0.0), 0.0), (0.0, only_x(0.0)), (1.0, only_x(1.0))];
    let determinant = aa * bb - ab * ab;
    if determinant.abs() > f64::EPSILON * aa * bb {
        let p = (ac * bb - bc * ab) / determinant;
        let x = (bc * aa - ac * ab) / determinant;
        if (0.0..=1.0).contains(&p) && x >= 0.0 {
            candidates.push((p, x));
        }
    }
    let cost = |(p, x): &(f64, f64)| sum(&|t| (t.0 * p + t.1 * x - t.2).powi(2));
    candidates
        .into_iter()
        .min_by(|a, b| cost(a).total_cmp(&cost(b)))
        .unwrap_or((0.0, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [usize; 5] = [1, 2, 4, 8, 16];

    fn known(cores: usize, records: f64) -> Model {
        Model {
            cores,
            start: 0.004,
            start_each: 0.002,
            work: 0.5,
            parallel: 0.9,
            crossing: 2e-7,
            records,
        }
    }

    fn points(model: &Model) -> Vec<Point> {
        COUNTS.iter().map(|n| (*n, model.time(*n))).collect()
    }

    #[test]
    fn a_known_model_is_found_again() {
        for (cores, records) in [(2, 1e6), (8, 1e6), (2, 0.0)] {
            let model = known(cores, records);
            let idle = Model {
                work: 0.0,
                records: 0.0,
                ..model
            };
            let found = fit(cores, &points(&idle), &points(&model), records).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(near(found.start_each, 0.002), "{found:?}");
            assert!(near(found.work, 0.5), "{found:?}");
            assert!((found.parallel - 0.9).abs() < 1e-6, "{found:?}");
            let crossing = if records > 0.0 { 2e-7 } else { 0.0 };
            assert!((found.crossing - crossing).abs() < 1e-12, "{found:?}");
            assert!(found.error(&points(&model)).1 < 1e-6);
        }
    }

    #[test]
    fn more_workers_stop_helping_where_the_derivative_is_zero() {
        // 건너가는 것이 없으면 s₁·n + W·p/n이 가장 작은 곳은 √(W·p/s₁) = 15입니다.
        let model = known(2, 0.0);
        let (n, seconds) = model.best(1000);
        assert_eq!(n, 15);
        assert!(seconds < model.time(1));
        // 띄우는 값이 일보다 크면 하나가 가장 낫습니다.
        let small = Model {
            work: 0.001,
            ..model
        };
        assert_eq!(small.best(1000).0, 1);
    }

    #[test]
    fn shares_stay_shares() {
        // 나눌수록 늦어지는 값에는 나눌 수 있는 몫이 0입니다.
        let worse: Vec<Point> = COUNTS.iter().map(|n| (*n, 0.1 * *n as f64 + 0.5)).collect();
        let idle = [(1, 0.01), (2, 0.01)];
        let found = fit(2, &idle, &worse, 0.0).unwrap();
        assert_eq!(found.parallel, 0.0);
        assert!(found.error(&worse).1 > 0.1);
        assert_eq!(fit(2, &idle, &worse[1..], 0.0), None);
        assert_eq!(fit(2, &idle[..1], &worse, 0.0), None);
    }
}
