//! 다른 옳은 답: 값은 큐로 받고, 손잡이는 끝을 기다리는 데만 쓴다.

use std::{collections::BTreeMap, os::unix::process::parent_id, process::id};

use noriteo::{
    Result,
    process::{fork, queue},
};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let (sender, receiver) = queue::<(u8, Member)>()?;
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let (one, two, three) = (sender.clone(), sender.clone(), sender);
    let first = fork(move || one.send((0, meet("첫째"))).is_ok())?;
    let second = fork(move || {
        let inner = two.clone();
        let grandchild = fork(move || inner.send((3, meet("손자"))).is_ok());
        let sent = two.send((1, meet("둘째"))).is_ok();
        drop(two);
        sent && grandchild.and_then(|grandchild| grandchild.join()).unwrap_or(false)
    })?;
    let third = fork(move || three.send((2, meet("셋째"))).is_ok())?;
    let members: BTreeMap<u8, Member> = receiver.iter().take(4).collect();
    for child in [third, second, first] {
        child.join()?;
    }
    Ok(members.into_values().collect())
}
