//! 틀린 답: 손자도 내가 만든다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{Result, process::fork};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let mut children = Vec::new();
    for name in ["첫째", "둘째", "셋째", "손자"] {
        children.push(fork(move || meet(name))?);
    }
    children.into_iter().map(|child| child.join()).collect()
}
