//! 연습 문제의 판정이 모두 옳은지 봅니다: 출발 파일은 0점이고, 예시 답과 다른 옳은 답은 만점이고,
//! 틀린 답은 저마다 적힌 검사에서 틀립니다.

mod support;

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    support::run_mimic(support::tests![every_verdict_is_right])
}

/// 한꺼번에 여럿을 돌립니다. 틀린 답 가운데에는 문이 열리지 않아 기다리는 것이 많아, 코어가 놀기 때문입니다.
#[cfg(unix)]
fn every_verdict_is_right() -> support::Outcome {
    let mut verify = std::process::Command::new(support::course()?);
    verify.args(["verify", "--jobs", "16"]);
    let output = support::run(verify, std::time::Duration::from_secs(1800))?;
    if output.status.success() && !output.left_behind {
        println!("{}", output.stdout);
        return Ok(());
    }
    Err(format!(
        "`course verify`가 {}로 끝났습니다(남은 것 {})\n{}{}",
        output.status, output.left_behind, output.stdout, output.stderr
    )
    .into())
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("채점은 유닉스에서만 합니다.");
    ExitCode::SUCCESS
}
