//! 틀린 답: 쓰러진 일꾼의 자리를 비워 둔다.

use noriteo::{
    Error, Result,
    process::{fork, queue},
};

pub type Outcome = std::result::Result<u64, String>;

type Note = (usize, usize, Option<u64>);

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let (hand_out, tasks) = queue::<(usize, u64)>()?;
    let (notes, arrived) = queue::<Note>()?;
    let mut children = Vec::new();
    for child in 0..workers {
        let (tasks, notes) = (tasks.clone(), notes.clone());
        children.push(fork(move || {
            for (turn, job) in &tasks {
                let _ = notes.send((child, turn, None));
                let _ = notes.send((child, turn, Some(work(job))));
            }
        })?);
    }
    drop((tasks, notes));
    let count = jobs.len();
    for task in jobs.into_iter().enumerate() {
        if hand_out.send(task).is_err() {
            break;
        }
    }
    drop(hand_out);
    let mut outcomes = vec![Err("아무도 하지 않았습니다".to_owned()); count];
    let mut doing = vec![None; workers];
    for (child, turn, answer) in &arrived {
        doing[child] = Some(turn);
        if let Some(answer) = answer {
            outcomes[turn] = Ok(answer);
        }
    }
    for (child, turn) in children.into_iter().zip(doing) {
        if let (Err(error), Some(turn)) = (child.join(), turn) {
            outcomes[turn] = Err(cause(&error));
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
