//! 파이썬 선수들입니다. 파이썬이 스스로 잰 시간을 받아 옵니다. 파이썬을 띄우는 시간은 들지 않습니다.

use std::{process::Command, time::Duration};

use noriteo::Result;
use serde_json::Value;

use crate::{
    contest::{Entrant, Place, failed},
    support,
};

/// 파이썬 하나가 한 라운드에 쓸 수 있는 가장 긴 시간입니다.
const LIMIT: Duration = Duration::from_secs(60);

const SCRIPT: &str = "tests/benches/python/speed.py";

/// 파이썬이 있어야 달릴 수 있는 선수입니다.
pub fn entrant(
    name: &'static str,
    label: &'static str,
    count: u64,
    run: fn(u64) -> Result<Duration>,
) -> Entrant {
    Entrant {
        name,
        label,
        count,
        each: 1,
        run,
        place: Place::Own(missing),
    }
}

fn missing() -> Option<String> {
    match support::python() {
        Some(_) => None,
        None => Some("python3이 없거나 돌지 않습니다".to_owned()),
    }
}

/// `mode`를 `count`번 하고 걸린 시간입니다.
pub fn run(mode: &str, count: u64) -> Result<Duration> {
    let python = support::python().ok_or_else(|| failed("파이썬이 없습니다"))?;
    let mut command = Command::new(python.command);
    command
        .arg(support::root().join(SCRIPT))
        .args([mode, &count.to_string()])
        .current_dir(support::root());
    let told = |error: libtest_mimic::Failed| failed(error.message().unwrap_or("까닭을 모릅니다"));
    let output = support::run(command, LIMIT).map_err(told)?;
    if !output.status.success() {
        return Err(failed(format!(
            "{SCRIPT} {mode}: {}\n{}",
            output.status, output.stderr
        )));
    }
    let answer: Value = serde_json::from_str(&output.stdout).map_err(failed)?;
    answer["nanos"]
        .as_u64()
        .map(Duration::from_nanos)
        .ok_or_else(|| failed(format!("{SCRIPT} {mode}: 시간을 알리지 않았습니다")))
}
