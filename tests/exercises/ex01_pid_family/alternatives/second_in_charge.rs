//! 다른 옳은 답: 스스로 인사하고, 둘째만 목록을 돌려준다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{
    Result,
    process::{JoinHandle, fork},
};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    // 셋째부터 거꾸로 만듭니다.
    let mut children: Vec<JoinHandle<Vec<Member>>> = Vec::new();
    for name in ["셋째", "둘째", "첫째"] {
        children.push(fork(move || alone_or_with_child(name, greet))?);
    }
    children.reverse();
    let mut grandchild = Vec::new();
    let mut members = Vec::new();
    for child in children {
        let mut told = child.join()?.into_iter();
        members.extend(told.next());
        grandchild.extend(told);
    }
    members.append(&mut grandchild);
    Ok(members)
}

fn alone_or_with_child(name: &str, greet: fn(&str) -> u64) -> Vec<Member> {
    let below = (name == "둘째").then(|| fork(move || alone_or_with_child("손자", greet)));
    // 번호는 인사하기 앞에 물어봅니다.
    let (me, parent) = (id(), parent_id());
    let mut told = vec![(me, parent, greet(name))];
    if let Some(Ok(child)) = below {
        told.extend(child.join().unwrap_or_default());
    }
    told
}
