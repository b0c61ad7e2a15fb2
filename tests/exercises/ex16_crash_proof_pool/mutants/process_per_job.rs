//! 틀린 답: 일마다 프로세스를 새로 만든다.

use noriteo::{
    Error, Result,
    process::{fork, queue},
};

pub type Outcome = std::result::Result<u64, String>;

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let (hand_out, tasks) = queue::<(usize, u64)>()?;
    let mut supervisors = Vec::new();
    for _ in 0..workers {
        let tasks = tasks.clone();
        supervisors.push(fork(move || {
            let mut done: Vec<(usize, Outcome)> = Vec::new();
            for (turn, job) in &tasks {
                let child = fork(move || work(job)).unwrap();
                done.push((turn, child.join().map_err(|error| cause(&error))));
            }
            done
        })?);
    }
    drop(tasks);
    let count = jobs.len();
    for task in jobs.into_iter().enumerate() {
        hand_out.send(task)?;
    }
    drop(hand_out);
    let mut outcomes = vec![Err(String::new()); count];
    for supervisor in supervisors {
        for (turn, outcome) in supervisor.join()? {
            outcomes[turn] = outcome;
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
