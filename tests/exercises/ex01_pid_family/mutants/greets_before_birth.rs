//! 틀린 답: 둘째가 인사를 마친 다음에 손자를 만든다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{Error, Result, process::fork};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let first = fork(move || meet("첫째"))?;
    let second = fork(move || {
        let me = meet("둘째");
        let grandchild = fork(move || meet("손자")).map_err(|error| error.to_string())?;
        let grandchild = grandchild.join().map_err(|error| error.to_string())?;
        Ok::<_, String>((me, grandchild))
    })?;
    let third = fork(move || meet("셋째"))?;
    let (first, second, third) = (first.join()?, second.join()?, third.join()?);
    let (second, grandchild) = second.map_err(failed)?;
    Ok(vec![first, second, third, grandchild])
}

fn failed(message: String) -> Error {
    Error::WorkerFailed { message }
}
