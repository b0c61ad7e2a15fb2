//! 틀린 답: 일을 미리 나누어 주고, 쓰러진 일꾼의 남은 몫을 함께 버린다.

use noriteo::{
    Error, Result,
    process::{fork, queue},
};

pub type Outcome = std::result::Result<u64, String>;

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let (notes, arrived) = queue::<(usize, u64)>()?;
    let mut children = Vec::new();
    for child in 0..workers {
        let share: Vec<(usize, u64)> = jobs
            .iter()
            .copied()
            .enumerate()
            .skip(child)
            .step_by(workers)
            .collect();
        let notes = notes.clone();
        children.push(fork(move || {
            for (turn, job) in share {
                let _ = notes.send((turn, work(job)));
            }
        })?);
    }
    drop(notes);
    let mut outcomes: Vec<Option<Outcome>> = vec![None; jobs.len()];
    for (turn, answer) in &arrived {
        outcomes[turn] = Some(Ok(answer));
    }
    for (child, handle) in children.into_iter().enumerate() {
        if let Err(error) = handle.join() {
            for outcome in outcomes.iter_mut().skip(child).step_by(workers) {
                outcome.get_or_insert_with(|| Err(cause(&error)));
            }
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
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
