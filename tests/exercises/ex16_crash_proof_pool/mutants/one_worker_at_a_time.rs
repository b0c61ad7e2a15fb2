//! 틀린 답: 부모가 일꾼 하나에게 묻고 답을 기다린 다음에야 다음 일꾼에게 묻는다.

use std::mem;

use noriteo::{
    Error, Result,
    process::{Connection, JoinHandle, fork, pipe},
};

/// 일 하나의 결과입니다. 일하던 프로세스가 쓰러졌으면 [`cause`]가 적은 까닭입니다.
pub type Outcome = std::result::Result<u64, String>;

/// 일꾼은 여럿이지만 돌아가며 하나씩만 일한다.
pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let mut team = Vec::new();
    for _ in 0..workers {
        team.push(Worker::start(work)?);
    }
    let mut outcomes = Vec::new();
    for (turn, job) in jobs.into_iter().enumerate() {
        let worker = &mut team[turn % workers];
        outcomes.push(match worker.ask(job) {
            Ok(answer) => Ok(answer),
            Err(_) => mem::replace(worker, Worker::start(work)?).end(),
        });
    }
    for worker in team {
        let _ = worker.end();
    }
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
