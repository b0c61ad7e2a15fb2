//! 틀린 답: 하나가 다음 하나를 만드는 줄을 세운다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{Result, process::fork};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let mut line = descend(&["첫째", "둘째", "손자", "셋째"], greet)?;
    // 답의 차례는 첫째, 둘째, 셋째, 손자입니다.
    line.swap(2, 3);
    Ok(line)
}

fn descend(names: &'static [&'static str], greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let [name, rest @ ..] = names else {
        return Ok(Vec::new());
    };
    let child = fork(move || {
        let below = descend_all(rest, greet);
        let toy = greet(name);
        (vec![(id(), parent_id(), toy)], below())
    })?;
    let (mut me, below) = child.join()?;
    me.extend(below);
    Ok(me)
}

/// 아래를 먼저 만들어 두고, 나중에 받습니다.
fn descend_all(
    names: &'static [&'static str],
    greet: fn(&str) -> u64,
) -> impl FnOnce() -> Vec<Member> {
    let child = names.first().map(|name| {
        let rest = &names[1..];
        fork(move || {
            let below = Box::new(descend_all(rest, greet)) as Box<dyn FnOnce() -> Vec<Member>>;
            let toy = greet(name);
            let mut all = vec![(id(), parent_id(), toy)];
            all.extend(below());
            all
        })
        .expect("자식을 만듭니다")
    });
    move || child.map_or_else(Vec::new, |child| child.join().expect("자식이 끝납니다"))
}
