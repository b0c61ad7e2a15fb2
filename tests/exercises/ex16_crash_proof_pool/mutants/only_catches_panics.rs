//! 틀린 답: 일꾼이 catch_unwind로 모든 죽음을 막을 수 있다고 믿는다.

use std::panic::catch_unwind;

use noriteo::{
    Result,
    process::{fork, queue},
};

pub type Outcome = std::result::Result<u64, String>;

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let (hand_out, tasks) = queue::<(usize, u64)>()?;
    let (notes, arrived) = queue::<(usize, Outcome)>()?;
    let mut children = Vec::new();
    for _ in 0..workers {
        let (tasks, notes) = (tasks.clone(), notes.clone());
        children.push(fork(move || {
            for (turn, job) in &tasks {
                let done =
                    catch_unwind(|| work(job)).map_err(|panic| match panic.downcast::<String>() {
                        Ok(text) => format!("패닉: {text}"),
                        Err(_) => "패닉".to_owned(),
                    });
                let _ = notes.send((turn, done));
            }
        })?);
    }
    drop((tasks, notes));
    let count = jobs.len();
    for task in jobs.into_iter().enumerate() {
        hand_out.send(task)?;
    }
    drop(hand_out);
    let mut outcomes = vec![Err(String::new()); count];
    for (turn, outcome) in &arrived {
        outcomes[turn] = outcome;
    }
    for child in children {
        child.join()?;
    }
    Ok(outcomes)
}
