//! ex01: 네 식구의 번호판. 예시 답입니다.

use std::{os::unix::process::parent_id, process::id};

use noriteo::{Result, process::fork};

/// 식구 하나가 알려 온 것입니다: 제 PID, 부모의 PID, `greet`에게 받은 장난감.
pub type Member = (u32, u32, u64);

/// 먼저 모두 만들고, 그다음에 기다립니다. 둘째는 인사하기 앞에 손자를 만듭니다.
pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let first = fork(move || meet("첫째"))?;
    let second = fork(move || {
        let grandchild = fork(move || meet("손자")).map_err(|error| error.to_string())?;
        let me = meet("둘째");
        // 손자의 것은 나를 거쳐 갑니다.
        let grandchild = grandchild.join().map_err(|error| error.to_string())?;
        Ok::<_, String>((me, grandchild))
    })?;
    let third = fork(move || meet("셋째"))?;
    let first = first.join()?;
    let second = second.join()?;
    let third = third.join()?;
    let (second, grandchild) =
        second.map_err(|message| noriteo::Error::WorkerFailed { message })?;
    Ok(vec![first, second, third, grandchild])
}

fn main() -> Result<()> {
    println!("나: PID {}", id());
    let members = family(|name| {
        println!("{name}: PID {}", id());
        name.len() as u64 + u64::from(id())
    })?;
    for (pid, parent, toy) in members {
        println!("PID {pid}의 부모는 PID {parent}, 장난감은 {toy}");
    }
    Ok(())
}
