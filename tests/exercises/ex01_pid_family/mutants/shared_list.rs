//! 틀린 답: 자식이 부모의 목록에 적으면 부모가 볼 줄 안다.

use std::{
    os::unix::process::parent_id,
    process::id,
    sync::{Arc, Mutex},
};

use noriteo::{Result, process::fork};

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let list: Arc<Mutex<Vec<Member>>> = Arc::default();
    let write = {
        let list = list.clone();
        move |name: &str| {
            let toy = greet(name);
            list.lock().unwrap().push((id(), parent_id(), toy));
        }
    };
    let (one, two, three) = (write.clone(), write.clone(), write);
    let first = fork(move || one("첫째"))?;
    let second = fork(move || {
        let inner = two.clone();
        let grandchild = fork(move || inner("손자")).expect("손자를 만듭니다");
        two("둘째");
        grandchild.join().expect("손자가 끝납니다");
    })?;
    let third = fork(move || three("셋째"))?;
    first.join()?;
    second.join()?;
    third.join()?;
    let members = list.lock().unwrap().clone();
    Ok(members)
}
