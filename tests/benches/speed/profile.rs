//! 개발용 빌드(dev)와 배포용 빌드(release)의 빠르기를 견줍니다.
//!
//! 책의 예제 하나를 두 프로필로 지어 번갈아 돌립니다. 안쪽 cargo는 제 빌드 폴더(`target/speed-profile`)를 씁니다.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use noriteo::{Result, measure::evidence, work::expected};

use crate::{
    contest::{Bound, Contest, Entrant, Figure, Place, Row, failed},
    support,
};

/// 돌려 보는 예제입니다. 한 스레드로 여섯 번 더합니다(합을 보이려고 한 번, 재려고 다섯 번).
const EXAMPLE: &str = "ch02_03_sum_one_thread";

/// 예제의 `--size`입니다.
const SIZE: u64 = 100_000_000;

/// 예제가 한 번 돌 때 더하는 횟수는 `--size`의 이만큼입니다.
const SUMS: u64 = 6;

/// 짓는 데 주는 시간입니다.
const LIMIT: Duration = Duration::from_secs(1800);

pub fn dev_and_release() -> Contest {
    let entrant = |name, label, run| Entrant {
        name,
        label,
        count: SIZE,
        each: SUMS,
        run,
        place: Place::Own(|| None),
    };
    let ratio = |id, what| Row::ratio(id, what, "dev", "release");
    let mut best = ratio(
        "best",
        "dev 빌드의 가장 빠른 시간은 release 빌드의 몇 배인가",
    )
    .bound(Bound::Within(0.95, 1.05));
    best.figure = Figure::Best;
    Contest {
        name: "profile",
        title: "예제를 dev와 release로 지어 돌리기",
        rounds: 21,
        noisy: 0.05,
        entrants: vec![
            entrant("dev", "dev로 지은 예제의 덧셈 하나", |size| {
                run("dev", size)
            }),
            entrant(
                "release",
                "release로 지은 예제의 덧셈 하나",
                |size| run("release", size),
            ),
        ],
        rows: vec![
            best,
            ratio(
                "median",
                "dev 빌드의 시간은 release 빌드의 몇 배인가(라운드마다의 중앙값)",
            ),
        ],
    }
}

/// 예제를 한 번 돌려, 시작부터 끝까지 걸린 시간을 돌려줍니다. 합이 옳은지도 봅니다.
fn run(profile: &str, size: u64) -> Result<Duration> {
    let mut command = Command::new(program(profile)?);
    command
        .args(["--size", &size.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let start = Instant::now();
    let output = command.output().map_err(failed)?;
    let took = start.elapsed();
    let answer = format!("합: {}", expected(0..size)?);
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.lines().any(|line| line == answer) {
        Ok(took)
    } else {
        Err(failed(format!(
            "{EXAMPLE}({profile})이 합을 구하지 못했습니다:\n{said}"
        )))
    }
}

/// `profile`로 지은 예제입니다. 처음 부를 때 짓습니다.
fn program(profile: &str) -> Result<PathBuf> {
    static DEV: OnceLock<Result<PathBuf>> = OnceLock::new();
    static RELEASE: OnceLock<Result<PathBuf>> = OnceLock::new();
    let built = if profile == "dev" { &DEV } else { &RELEASE };
    let built = built.get_or_init(|| build(profile)).as_ref();
    built.cloned().map_err(failed)
}

fn build(profile: &str) -> Result<PathBuf> {
    let folder = evidence::dir()?.with_file_name("speed-profile");
    let mut command = support::cargo();
    command
        .args(["build", "-p", "noriteo", "--example", EXAMPLE])
        .args(["--profile", profile, "--target-dir"])
        .arg(&folder);
    let told = |error: libtest_mimic::Failed| failed(error.message().unwrap_or("까닭을 모릅니다"));
    let output = support::run(command, LIMIT).map_err(told)?;
    if !output.status.success() {
        return Err(failed(format!(
            "{EXAMPLE}을 {profile}로 짓지 못했습니다:\n{}",
            output.stderr
        )));
    }
    let kind = if profile == "dev" { "debug" } else { profile };
    Ok(folder.join(kind).join("examples").join(EXAMPLE))
}
