//! ex01의 채점기입니다. 인사한 프로세스의 PID는 커널이 적고, 부모의 PID는 그 프로세스 안에서 채점기가 물어봅니다.

use std::{collections::BTreeSet, os::unix::process::parent_id};

use serde_json::json;
use witness::{Case, Seen, Verdict, Work, Wrong, ensure, here};

const NAMES: [&str; 4] = ["첫째", "둘째", "셋째", "손자"];

/// 알려 온 것입니다: 제 PID, 부모의 PID, 장난감.
type Member = (u32, u32, u64);

/// 밖에서 본 것입니다.
struct Greeted {
    pid: i32,
    parent: i32,
}

fn main() {
    witness::main(
        &[
            ("told", told),
            ("four", four),
            ("tree", tree),
            ("truth", truth),
            ("together", together),
            ("none-left", none_left),
        ],
        &[("family", family), ("family-meeting", family_meeting)],
    )
}

fn told(case: &Case) -> Verdict {
    let seen = run(case)?;
    let members = members(&seen)?;
    let toys: Vec<u64> = members.iter().map(|member| member.2).collect();
    ensure(
        toys.len() == 4,
        format!("넷이 알려 와야 하는데 답에 {}이 있습니다.", toys.len()),
    )?;
    ensure(
        toys == toys_of(case),
        "장난감이 다릅니다. 첫째, 둘째, 셋째, 손자의 차례로 저마다 받은 것을 전해야 합니다.",
    )
}

fn four(case: &Case) -> Verdict {
    let seen = run(case)?;
    let greeted = greeted(&seen)?;
    for (name, one) in NAMES.iter().zip(&greeted) {
        ensure(
            one.pid != seen.pid,
            format!("{name}의 인사를 부모가 했습니다(PID {}).", one.pid),
        )?;
    }
    let pids: BTreeSet<i32> = greeted.iter().map(|one| one.pid).collect();
    ensure(
        pids.len() == 4,
        format!("네 프로세스가 인사해야 하는데 {}뿐입니다.", pids.len()),
    )
}

fn tree(case: &Case) -> Verdict {
    let seen = run(case)?;
    let greeted = greeted(&seen)?;
    for (place, (name, one)) in NAMES.iter().zip(&greeted).enumerate() {
        let (parent, who) = if place == 3 {
            (greeted[1].pid, "둘째")
        } else {
            (seen.pid, "나")
        };
        ensure(
            one.parent == parent,
            format!(
                "{name}의 부모는 {who}(PID {parent})여야 하는데 PID {}입니다.",
                one.parent
            ),
        )?;
    }
    Ok(())
}

fn truth(case: &Case) -> Verdict {
    let seen = run(case)?;
    let (greeted, members) = (greeted(&seen)?, members(&seen)?);
    for ((name, one), (pid, parent, _)) in NAMES.iter().zip(&greeted).zip(members) {
        ensure(
            i64::from(one.pid) == i64::from(pid) && i64::from(one.parent) == i64::from(parent),
            format!(
                "{name}는 PID {pid}, 부모 PID {parent}라고 알려 왔는데 밖에서 보니 PID {}, 부모 PID {}입니다.",
                one.pid, one.parent
            ),
        )?;
    }
    Ok(())
}

fn together(case: &Case) -> Verdict {
    // 넷이 모두 와야 문이 열립니다. 나중에 다시 불러도 문은 넷이 모여야 열립니다.
    let seen = case
        .subject("family-meeting")
        .input(&toys_of(case))
        .gather(4)
        .run()?;
    let inside: BTreeSet<i32> = seen.met.iter().map(|said| said.pid).collect();
    ensure(
        inside.len() == 4,
        format!("함께 있던 프로세스가 {}뿐입니다.", inside.len()),
    )
}

fn none_left(case: &Case) -> Verdict {
    let seen = run(case)?;
    ensure(!seen.left_alive, "살아 있는 자손을 두고 돌아갔습니다.")?;
    ensure(
        seen.left_zombies == 0,
        format!("거두지 않은 자손(좀비)이 {} 남았습니다.", seen.left_zombies),
    )
}

fn run(case: &Case) -> Result<Seen, Wrong> {
    case.subject("family").input(&toys_of(case)).run()
}

fn toys_of(case: &Case) -> Vec<u64> {
    case.numbers(4)
}

fn members(seen: &Seen) -> Result<Vec<Member>, Wrong> {
    let said: Result<Vec<Member>, String> = seen.answer()?;
    said.map_err(|error| Wrong::new(format!("family가 오류를 돌려주었습니다: {error}.")))
}

/// 이름마다 꼭 한 번 인사했는지 보고, 이름의 차례로 줍니다.
fn greeted(seen: &Seen) -> Result<Vec<Greeted>, Wrong> {
    let mut all = Vec::new();
    for name in NAMES {
        let mut said = seen
            .noted("greet")
            .filter(|note| note.value["name"] == name);
        let (Some(one), None) = (said.next(), said.next()) else {
            return Err(Wrong::new(format!("{name}는 꼭 한 번 인사해야 합니다.")));
        };
        let parent = one.value["parent"].as_i64().unwrap_or_default();
        all.push(Greeted {
            pid: one.pid,
            parent: i32::try_from(parent).expect("PID는 i32입니다"),
        });
    }
    let times = seen.noted("greet").count();
    ensure(
        times == 4,
        format!("넷이 한 번씩 인사해야 하는데 {times}번 인사했습니다."),
    )?;
    Ok(all)
}

fn family(work: &Work) {
    answer(work, greet);
}

fn family_meeting(work: &Work) {
    answer(work, |name| {
        here().meet(name);
        greet(name)
    });
}

fn answer(work: &Work, greet: fn(&str) -> u64) {
    let said = submission::family(greet).map_err(|error| error.to_string());
    work.answer(&said);
}

fn greet(name: &str) -> u64 {
    let toys: Vec<u64> = here().input();
    here().note("greet", json!({"name": name, "parent": parent_id()}));
    let place = NAMES.iter().position(|one| *one == name);
    place.map_or(0, |place| toys[place])
}
