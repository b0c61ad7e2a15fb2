//! 여러 번 잰 값의 최소, 중앙값, 최대입니다.

use std::{cmp::Ordering, time::Duration};

/// 여러 번 잰 값의 최소, 중앙값, 최대입니다.
///
/// 평균 대신 중앙값을 씁니다. 다른 프로그램이 끼어들어 한 번 크게 튄 값에 흔들리지 않습니다.
///
/// ```
/// use noriteo::measure::Spread;
///
/// let spread = Spread::of([30_u64, 10, 20, 90]);
/// assert_eq!(spread, Some(Spread { min: 10, median: 25, max: 90 }));
/// assert_eq!(Spread::<u64>::of([]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread<T = Duration> {
    /// 가장 작은 값입니다.
    pub min: T,
    /// 크기순으로 한가운데 값입니다. 개수가 짝수이면 가운데 두 값의 평균입니다.
    pub median: T,
    /// 가장 큰 값입니다.
    pub max: T,
}

impl<T: Value> Spread<T> {
    /// 잰 값들에서 최소, 중앙값, 최대를 구합니다. 값이 하나도 없으면 `None`입니다.
    pub fn of(values: impl IntoIterator<Item = T>) -> Option<Spread<T>> {
        let mut sorted: Vec<T> = values.into_iter().collect();
        sorted.sort_by(T::order);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => T::mean(*sorted.get(middle.checked_sub(1)?)?, *sorted.get(middle)?),
            _ => *sorted.get(middle)?,
        };
        Some(Spread {
            min: *sorted.first()?,
            median,
            max: *sorted.last()?,
        })
    }
}

/// [`Spread`]로 묶을 수 있는 값입니다: 걸린 시간, 개수, 비율.
pub trait Value: Copy {
    /// 두 값의 크기를 견줍니다. `f64`의 NaN은 가장 큰 값으로 칩니다.
    fn order(&self, other: &Self) -> Ordering;
    /// 두 값의 평균입니다. 넘치지 않습니다. 정수의 나머지는 버립니다.
    fn mean(low: Self, high: Self) -> Self;
}

impl Value for Duration {
    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }

    fn mean(low: Self, high: Self) -> Self {
        low + high.saturating_sub(low) / 2
    }
}

impl Value for u64 {
    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }

    fn mean(low: Self, high: Self) -> Self {
        low.midpoint(high)
    }
}

impl Value for f64 {
    fn order(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }

    fn mean(low: Self, high: Self) -> Self {
        low.midpoint(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(Spread::<Duration>::of([]), None);
        let one = Spread::of([7_u64]).map(|s| (s.min, s.median, s.max));
        assert_eq!(one, Some((7, 7, 7)));
        let odd = Spread::of([5_u64, 1, 1000]).map(|s| (s.min, s.median, s.max));
        assert_eq!(odd, Some((1, 5, 1000)));
        let even = Spread::of([4, 1, 2, 1000].map(Duration::from_nanos)).map(|s| s.median);
        assert_eq!(even, Some(Duration::from_nanos(3)));
    }

    #[test]
    fn the_largest_values_do_not_overflow() {
        let longest = Spread::of([Duration::MAX, Duration::MAX]).map(|s| s.median);
        assert_eq!(longest, Some(Duration::MAX));
        let largest = Spread::of([u64::MAX, u64::MAX - 2]).map(|s| s.median);
        assert_eq!(largest, Some(u64::MAX - 1));
        assert!(Spread::of([f64::NAN, 1.0]).is_some_and(|s| s.max.is_nan() && s.min == 1.0));
    }
}
