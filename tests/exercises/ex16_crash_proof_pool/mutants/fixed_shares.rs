//! 틀린 답: 일을 미리 똑같이 나누어 준다.

use std::mem;

use noriteo::{
    Error, Result,
    process::{Connection, JoinHandle, fork, pipe},
};

/// 일 하나의 결과입니다. 일하던 프로세스가 쓰러졌으면 [`cause`]가 적은 까닭입니다.
pub type Outcome = std::result::Result<u64, String>;

/// 할 일을 미리 똑같이 나누어 준다.
pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let mut supervisors = Vec::new();
    let count = jobs.len();
    for turn in 0..workers {
        let share: Vec<(usize, u64)> = jobs
            .iter()
            .copied()
            .enumerate()
            .skip(turn)
            .step_by(workers)
            .collect();
        supervisors.push(fork(move || {
            supervise(share, work).map_err(|error| error.to_string())
        })?);
    }
    let mut outcomes = vec![Err(String::new()); count];
    for supervisor in supervisors {
        let done = supervisor.join()?;
        for (turn, outcome) in done.map_err(|message| Error::WorkerFailed { message })? {
            outcomes[turn] = outcome;
        }
    }
    Ok(outcomes)
}

/// 일꾼 하나를 지켜봅니다. 일꾼이 쓰러지면 까닭을 적고 새 일꾼을 들입니다.
fn supervise(tasks: Vec<(usize, u64)>, work: fn(u64) -> u64) -> Result<Vec<(usize, Outcome)>> {
    let mut outcomes = Vec::new();
    let mut worker = Worker::start(work)?;
    for (turn, job) in tasks {
        let outcome = match worker.ask(job) {
            Ok(answer) => Ok(answer),
            Err(_) => mem::replace(&mut worker, Worker::start(work)?).end(),
        };
        outcomes.push((turn, outcome));
    }
    let _ = worker.end();
    Ok(outcomes)
}

/// 파이프로 일을 받아 답을 돌려주는 프로세스입니다.
struct Worker {
    line: Connection<u64>,
    handle: JoinHandle<()>,
}

impl Worker {
    fn start(work: fn(u64) -> u64) -> Result<Worker> {
        let (line, mut theirs) = pipe()?;
        let handle = fork(move || {
            // 지켜보는 이가 끝을 버리면 recv가 Err이고, 일꾼도 끝납니다.
            while let Ok(job) = theirs.recv() {
                if theirs.send(work(job)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Worker { line, handle })
    }

    /// 일을 시키고 답을 기다립니다. 일꾼이 쓰러졌으면 `Err`입니다.
    fn ask(&mut self, job: u64) -> Result<u64> {
        self.line.send(job)?;
        self.line.recv()
    }

    /// 끝을 버리고, 어떻게 끝났는지 봅니다.
    fn end(self) -> Outcome {
        drop(self.line);
        match self.handle.join() {
            Ok(()) => Err("답하지 않았습니다".to_owned()),
            Err(error) => Err(cause(&error)),
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
