//! 틀린 답: 첫째의 몫을 내가 한다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{Error, Result, process::fork};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let second = fork(move || {
        let grandchild = fork(move || meet("손자")).map_err(|error| error.to_string())?;
        let me = meet("둘째");
        let grandchild = grandchild.join().map_err(|error| error.to_string())?;
        Ok::<_, String>((me, grandchild))
    })?;
    let third = fork(move || meet("셋째"))?;
    // 놀이터에는 벌써 아이가 하나 있으니, 첫째는 나입니다.
    let first = meet("첫째");
    let (second, grandchild) = second.join()?.map_err(failed)?;
    Ok(vec![first, second, third.join()?, grandchild])
}

fn failed(message: String) -> Error {
    Error::WorkerFailed { message }
}
