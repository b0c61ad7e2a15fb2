//! 틀린 답: 큐로 받고 손잡이를 잊는다.

use std::{collections::BTreeMap, mem, os::unix::process::parent_id, process::id};

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
    // 손잡이를 버리면 자식이 죽는다니, 잊어버립니다.
    for child in [first, second, third] {
        mem::forget(child);
    }
    Ok(members.into_values().collect())
}
