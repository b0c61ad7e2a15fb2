//! 틀린 답: 만들자마자 기다린다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{Error, Result, process::fork};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let first = fork(move || meet("첫째"))?.join()?;
    let second = fork(move || {
        let grandchild = fork(move || meet("손자")).map_err(|error| error.to_string())?;
        let me = meet("둘째");
        let grandchild = grandchild.join().map_err(|error| error.to_string())?;
        Ok::<_, String>((me, grandchild))
    })?
    .join()?;
    let third = fork(move || meet("셋째"))?.join()?;
    let (second, grandchild) = second.map_err(failed)?;
    Ok(vec![first, second, third, grandchild])
}

fn failed(message: String) -> Error {
    Error::WorkerFailed { message }
}
