//! 조언: 잰 것을 보고 어느 방식이 나은지 말합니다.

use std::time::Duration;

use super::{Report, Row, Spread, format_duration};
use crate::variant::Variant;

/// 가장 빠른 것보다 이만큼까지 느린 것은 비긴 것으로 칩니다(10%).
///
/// 코어가 둘뿐인 바쁜 컴퓨터에서 같은 일을 다시 재면 이만큼은 쉽게 달라집니다.
pub const TIE: f64 = 1.10;

/// 무엇을 고를지와 그 까닭입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// 고른 방식입니다.
    pub choice: Variant,
    /// 왜 골랐는지 우리말로 적은 것입니다.
    pub reason: String,
}

/// 같은 일을 여러 방식으로 잰 보고서에서 하나를 고릅니다.
///
/// 벽시계의 중앙값이 가장 짧은 것이 이깁니다. 다만 [`TIE`] 안에 드는 것들은 비긴 것으로 보고,
/// 그 가운데 가장 가벼운 것(차례로 하기, 스레드, 프로세스의 차례)을 고릅니다.
/// 가볍다는 것은 만드는 값과 메모리가 적게 든다는 뜻입니다.
///
/// 잰 것이 없거나 서로 다른 일이 섞여 있으면 `None`입니다.
pub fn advise(report: &Report) -> Option<Advice> {
    let first = &report.rows.first()?.job;
    let same_task = |row: &Row| row.job.workload == first.workload && row.job.range == first.range;
    if !report.rows.iter().all(same_task) {
        return None;
    }
    let measured: Vec<(Variant, Spread)> = report
        .rows
        .iter()
        .map(|row| Some((row.job.variant, row.wall()?)))
        .collect::<Option<_>>()?;
    let (winner, best) = measured
        .iter()
        .min_by_key(|(_, wall)| wall.median)
        .copied()?;
    let limit = best.median.mul_f64(TIE);
    let (choice, wall) = measured
        .iter()
        .filter(|(_, wall)| wall.median <= limit)
        .min_by_key(|(variant, _)| weight(*variant))
        .copied()?;
    let fastest = format!(
        "벽시계의 중앙값은 “{}”의 {}가 가장 짧습니다.",
        winner.label(),
        format_duration(best.median)
    );
    let reason = if choice == winner {
        let others = measured.iter().filter(|(variant, _)| *variant != choice);
        let compared: Vec<String> = others
            .map(|(variant, other)| against(*variant, other.median, wall.median))
            .collect();
        format!("{fastest} 견주면 {}입니다.", compared.join(", "))
    } else {
        format!(
            "{fastest} 하지만 “{}”의 {}도 {:.0}% 안이라 비긴 것으로 봅니다. \
             비겼다면 만드는 값과 메모리가 적게 드는 쪽이 낫습니다.",
            choice.label(),
            format_duration(wall.median),
            (TIE - 1.0) * 100.0,
        )
    };
    Some(Advice { choice, reason })
}

fn against(variant: Variant, other: Duration, chosen: Duration) -> String {
    let times = other.as_secs_f64() / chosen.as_secs_f64().max(f64::MIN_POSITIVE);
    format!("“{}” {times:.2}배", variant.label())
}

/// 비겼을 때 앞서는 차례입니다. 작을수록 가볍습니다.
fn weight(variant: Variant) -> u8 {
    match variant {
        Variant::Sequential => 0,
        Variant::Thread | Variant::ThreadQueue | Variant::Rayon | Variant::LockedThread => 1,
        Variant::Fork => 2,
        Variant::Spawn => 3,
    }
}
