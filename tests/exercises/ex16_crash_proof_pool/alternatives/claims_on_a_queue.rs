//! 다른 옳은 답: 일꾼이 스스로 일을 꺼내며, 하기 앞에 어느 일인지 지켜보는 이에게 적어 둔다.

use noriteo::{
    Error, Result,
    process::{Receiver, fork, queue},
};

pub type Outcome = std::result::Result<u64, String>;

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let (hand_out, tasks) = queue::<(usize, u64)>()?;
    let mut supervisors = Vec::new();
    for _ in 0..workers.min(jobs.len()) {
        let tasks = tasks.clone();
        supervisors.push(fork(move || {
            supervise(tasks, work).map_err(|error| error.to_string())
        })?);
    }
    drop(tasks);
    let mut outcomes: Vec<Option<Outcome>> = vec![None; jobs.len()];
    for task in jobs.into_iter().enumerate() {
        hand_out.send(task)?;
    }
    drop(hand_out);
    for supervisor in supervisors {
        let done = supervisor.join()?;
        for (turn, outcome) in done.map_err(|message| Error::WorkerFailed { message })? {
            outcomes[turn] = Some(outcome);
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}

fn supervise(tasks: Receiver<(usize, u64)>, work: fn(u64) -> u64) -> Result<Vec<(usize, Outcome)>> {
    let mut outcomes = Vec::new();
    loop {
        let (notes, arrived) = queue::<(usize, Option<u64>)>()?;
        let tasks = tasks.clone();
        let worker = fork(move || {
            for (turn, job) in &tasks {
                notes.send((turn, None)).unwrap();
                notes.send((turn, Some(work(job)))).unwrap();
            }
        })?;
        let mut doing = None;
        for (turn, answer) in &arrived {
            match answer {
                None => doing = Some(turn),
                Some(answer) => {
                    doing = None;
                    outcomes.push((turn, Ok(answer)));
                }
            }
        }
        match (worker.join(), doing) {
            (Err(error), Some(turn)) => outcomes.push((turn, Err(cause(&error)))),
            (Ok(()), _) => return Ok(outcomes),
            (Err(error), None) => return Err(error),
        }
    }
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
