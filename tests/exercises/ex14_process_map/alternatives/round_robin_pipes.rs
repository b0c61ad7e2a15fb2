//! 다른 옳은 답: 돌아가며 나누고, 자식마다 파이프를 둔다. 자식이 패닉을 스스로 받아 글로 알린다.

use std::panic::catch_unwind;

use noriteo::{
    Error, Result,
    process::{Connection, JoinHandle, fork, pipe},
};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let mut children: Vec<(Connection<Option<Vec<u64>>>, JoinHandle<()>)> = Vec::new();
    for child in 0..workers.min(items.len()) {
        let (ours, mut theirs) = pipe()?;
        let share: Vec<u64> = items.iter().copied().skip(child).step_by(workers).collect();
        let child = fork(move || {
            let done = catch_unwind(|| share.into_iter().map(f).collect());
            let _ = theirs.send(done.ok());
        })?;
        children.push((ours, child));
    }
    let mut answers = vec![0; items.len()];
    let mut failed = false;
    for (turn, (mut ours, child)) in children.into_iter().enumerate() {
        match ours.recv()? {
            Some(share) => {
                for (place, answer) in answers.iter_mut().skip(turn).step_by(workers).zip(share) {
                    *place = answer;
                }
            }
            None => failed = true,
        }
        child.join()?;
    }
    if failed {
        return Err(Error::WorkerFailed {
            message: "자식이 패닉했습니다".to_owned(),
        });
    }
    Ok(answers)
}
