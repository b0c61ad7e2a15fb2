//! 틀린 답: 스레드와 catch_unwind로 막을 수 있다고 믿는다.

use std::{panic::catch_unwind, sync::Mutex, thread};

use noriteo::Result;

pub type Outcome = std::result::Result<u64, String>;

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let count = jobs.len();
    let rest = Mutex::new(jobs.into_iter().enumerate());
    let outcomes = Mutex::new(vec![Err(String::new()); count]);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((turn, job)) = { rest.lock().unwrap().next() } {
                    let done = catch_unwind(|| work(job)).map_err(|panic| {
                        match panic.downcast::<String>() {
                            Ok(text) => format!("패닉: {text}"),
                            Err(_) => "패닉".to_owned(),
                        }
                    });
                    outcomes.lock().unwrap()[turn] = done;
                }
            });
        }
    });
    Ok(outcomes.into_inner().unwrap())
}
