//! 틀린 답: 한 묶음이 모두 끝나야 다음 묶음을 시작한다.

use noriteo::{Error, Result, process::fork};

pub type Outcome = std::result::Result<u64, String>;

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for batch in jobs.chunks(workers) {
        let mut children = Vec::new();
        for &job in batch {
            children.push(fork(move || work(job))?);
        }
        for child in children {
            outcomes.push(child.join().map_err(|error| cause(&error)));
        }
    }
    Ok(outcomes)
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
