//! 다른 옳은 답: 값은 파이프로 받고, 손잡이는 끝을 기다리는 데만 쓴다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{
    Result,
    process::{fork, pipe},
};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let (mut from_first, mut one) = pipe::<Member>()?;
    let (mut from_second, mut two) = pipe::<Member>()?;
    let (mut from_third, mut three) = pipe::<Member>()?;
    let first = fork(move || one.send(meet("첫째")).is_ok())?;
    let second = fork(move || {
        let grandchild = fork(move || meet("손자"));
        let sent = two.send(meet("둘째")).is_ok();
        match grandchild.and_then(|grandchild| grandchild.join()) {
            Ok(told) => sent && two.send(told).is_ok(),
            Err(_) => false,
        }
    })?;
    let third = fork(move || three.send(meet("셋째")).is_ok())?;
    let members = vec![
        from_first.recv()?,
        from_second.recv()?,
        from_third.recv()?,
        from_second.recv()?,
    ];
    for child in [third, second, first] {
        child.join()?;
    }
    Ok(members)
}
