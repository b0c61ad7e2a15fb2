//! 틀린 답: fork하기 앞에 받아 둔 번호를 부모의 번호라고 한다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{Error, Result, process::fork};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    // 부모의 번호는 모두 나의 번호일 테니 한 번만 받아 둡니다.
    let parent = id();
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent, toy)
    };
    let first = fork(move || meet("첫째"))?;
    let second = fork(move || {
        let grandchild = fork(move || meet("손자")).map_err(|error| error.to_string())?;
        let me = meet("둘째");
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
