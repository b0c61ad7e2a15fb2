//! ex01: 네 식구의 번호판. `family`를 채우세요.
//!
//! 실행: `cargo run --example ex01_pid_family`
//! 검사: `cargo course check ex01`

use std::process::id;

use noriteo::Result;

/// 식구 하나가 알려 온 것입니다: 제 PID, 부모의 PID, `greet`에게 받은 장난감.
pub type Member = (u32, u32, u64);

/// 네 프로세스를 만들고, 저마다 알려 온 것을 「첫째」, 「둘째」, 「셋째」, 「손자」의 차례로 돌려줍니다.
///
/// ```text
/// 나 ─┬─ 첫째
///     ├─ 둘째 ─── 손자
///     └─ 셋째
/// ```
///
/// * 네 프로세스는 저마다 제 안에서 `greet`를 꼭 한 번 부릅니다. 넘기는 글은 제 이름입니다
///   (`"첫째"`, `"둘째"`, `"셋째"`, `"손자"`). 나는 부르지 않습니다.
/// * `greet`는 네 프로세스가 모두 부를 때까지 돌아오지 않을 수 있습니다.
/// * 장난감은 `greet`를 부른 프로세스만 압니다. 부모에게는 전해 주어야 합니다.
/// * 돌아올 때에는 산 자손도 좀비도 없습니다.
/// * 프로세스는 `noriteo::process::fork`로 만듭니다.
pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let _ = greet;
    todo!("fork로 자식 셋을 만들고, 둘째 안에서 손자를 만드세요")
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
