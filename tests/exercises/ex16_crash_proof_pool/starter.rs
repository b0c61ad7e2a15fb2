//! ex16: 쓰러져도 이어지는 풀. `run_jobs`를 채우세요.
//!
//! 실행: `cargo run --example ex16_crash_proof_pool`
//! 검사: `cargo course check ex16`

use noriteo::{Error, Result};

/// 일 하나의 결과입니다. 일하던 프로세스가 쓰러졌으면 [`cause`]가 적은 까닭입니다.
pub type Outcome = std::result::Result<u64, String>;

/// 자식 프로세스 `workers`개로 이루어진 풀이 `jobs`의 일을 하고, 같은 차례의 결과를 줍니다.
///
/// 일마다 자식 프로세스에서 `work(job)`을 꼭 한 번 부릅니다. 어떤 일은 그것을 하던 프로세스를
/// 쓰러뜨립니다(패닉, `exit`, `abort`, 시그널).
///
/// * 쓰러진 프로세스가 하던 일의 자리에만 `Err(까닭)`이 있습니다. 그 일을 다시 시키지 않습니다.
///   `exit(0)`도 답을 내지 않고 끝난 것이므로 `Err`입니다. 다른 일은 모두 `Ok`입니다.
/// * 남은 일이 `workers`개 이상이면, 몇이 쓰러진 뒤에도 `workers`개의 프로세스가 함께 `work` 안에 있을 수 있어야 합니다.
/// * 오래 걸리는 일 하나가 다른 일을 붙들지 않습니다. 그 일을 하는 프로세스 말고는 나머지 일을 계속합니다
///   (`workers`가 2 이상일 때).
/// * 프로세스를 일마다 새로 만들지 않습니다. `work`를 부르는 프로세스는 모두 합하여
///   `workers` + 쓰러뜨리는 일의 수까지입니다. `run_jobs`를 부른 프로세스는 부르지 않습니다.
/// * 돌아온 뒤에는 자식도, 좀비도, 새로 연 파일 디스크립터도 남지 않습니다.
///
/// 프로세스를 더 만들 수 없는 것처럼 풀이 일할 수 없을 때에만 바깥의 `Err`입니다.
pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let _ = (jobs, workers, work, cause);
    todo!("일꾼마다 지켜보는 프로세스를 두면 어떨까요")
}

/// `join`이 알린 오류를 까닭으로 적습니다. 고치지 말고 쓰세요.
fn cause(error: &Error) -> String {
    match error {
        Error::Panicked { message } => format!("패닉: {message}"),
        Error::Exited { code, .. } => format!("코드 {code}"),
        Error::NoResult { .. } => "코드 0".to_owned(),
        Error::Signaled { signal, .. } => format!("시그널 {signal}"),
        other => other.to_string(),
    }
}

fn main() -> Result<()> {
    fn play(toy: u64) -> u64 {
        match toy {
            3 => panic!("{toy}번 장난감이 부서졌습니다"),
            5 => std::process::exit(3),
            7 => std::process::abort(),
            _ => toy * 10,
        }
    }
    for (toy, outcome) in (1..).zip(run_jobs((1..=9).collect(), 2, play)?) {
        println!("{toy}번: {outcome:?}");
    }
    Ok(())
}
