//! 재기: 얼마나 걸렸고, CPU와 메모리를 얼마나 썼는지 잽니다.
//!
//! [`once`]는 한 번을 재고, [`interleaved`]는 여러 방식을 번갈아 여러 번 재어 [`Report`]로 묶습니다.
//! 보고서에는 잰 컴퓨터([`Machine`])와 때([`now_utc`])가 함께 적힙니다.
//! 컴퓨터와 때가 없는 수치는 견줄 수 없기 때문입니다.
//!
//! 번갈아 재는 까닭은 컴퓨터가 차츰 느려지거나 빨라질 때 모든 방식이 똑같이 겪게 하려는 것입니다.
//! 한 번 한 번은 새 프로세스에서 잽니다. 앞서 쓴 스레드 풀이나 메모리가 뒤의 것에 묻어나지 않습니다.

mod advice;
pub mod evidence;
mod job;
pub(crate) mod json;
mod machine;
pub mod python;
mod report;
mod sample;
pub mod side_by_side;
mod spread;
mod table;

use std::time::SystemTime;

pub use advice::{Advice, TIE, advise};
pub use job::{
    Creation, Job, Load, Step, creation_cost, entry, fresh, interleaved, interleaved_steps,
};
pub use machine::{Machine, cpu_cgroups};
pub use report::{Report, Row};
pub use sample::{Sample, once, pss_bytes};
pub use spread::{Spread, Value};
pub use table::{display_width, format_bytes, format_count, format_duration, pad};

/// 지금 시각을 UTC로, RFC 3339 꼴로, 초까지 적습니다. 예: `2025-01-31T09:00:00Z`.
pub fn now_utc() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
