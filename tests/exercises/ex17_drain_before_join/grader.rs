//! ex17의 채점기입니다.

use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    sync::OnceLock,
};

use serde::{Deserialize, Serialize};
use witness::{Case, Seen, Session, Verdict, Work, Wrong, ensure, here};

/// 쪽지 한 장을 쓰는 법입니다.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Page {
    /// 이 글입니다.
    Text(String),
    /// 첫머리에 이 수를 적고 이만큼의 바이트로 채웁니다.
    Long(u64, usize),
    /// 만나는 곳에 들른 다음 이 글입니다.
    AfterMeeting(String),
    /// 쓰다가 패닉합니다.
    Panic,
    /// 쓰다가 SIGABRT에 죽습니다.
    Abort,
}

/// 아이마다 쓸 쪽지입니다.
type Plan = Vec<Vec<Page>>;

/// 피고가 돌아와서 본 것입니다.
#[derive(Debug, Serialize, Deserialize)]
struct Back {
    /// `collect`가 `Ok`였습니다.
    fine: bool,
    /// 아이마다 받은 쪽지의 요약입니다. 온 차례대로입니다.
    taken: BTreeMap<usize, Vec<(usize, u64)>>,
    /// 돌려주는 대신 패닉했습니다.
    panicked: bool,
    /// 거두지 않은 자식이 있었습니다.
    children: bool,
    /// 부르기 앞보다 늘어난 디스크립터의 수입니다.
    descriptors: i64,
}

fn main() {
    witness::main(
        &[
            ("every-note", every_note),
            ("any-note", any_note),
            ("larger", larger),
            ("all-inside", all_inside),
            ("as-they-come", as_they_come),
            ("child-dies", child_dies),
            ("nothing-left", nothing_left),
        ],
        &[("collect", collect)],
    )
}

fn every_note(case: &Case) -> Verdict {
    for (children, pages) in [(0, 0), (1, 1), (1, 5), (4, 0), (3, 4), (6, 20)] {
        let plan = texts(case, children, pages);
        let (back, seen) = back(start(case, &plan))?;
        fine(&back, &plan)?;
        own_processes(&seen, children)?;
    }
    // 일찍 끝나는 아이와 늦게 끝나는 아이가 있습니다. 첫 아이가 끝났다고 멈추면 나머지를 잃습니다.
    for _ in 0..3 {
        let mut plan = texts(case, 5, 60);
        for (child, pages) in plan.iter_mut().enumerate() {
            pages.truncate(child * 15);
        }
        let (back, _) = back(start(case, &plan))?;
        fine(&back, &plan)?;
    }
    Ok(())
}

/// 미리 알 수 없는 글입니다.
fn texts(case: &Case, children: usize, pages: usize) -> Plan {
    let numbers = case.numbers(children * pages);
    let text = |number: &u64| Page::Text(format!("{number}번 장난감"));
    (0..children)
        .map(|child| {
            numbers[child * pages..(child + 1) * pages]
                .iter()
                .map(text)
                .collect()
        })
        .collect()
}

/// 아이마다 제 프로세스 하나에서 쓰고, 부모가 건넸는지 봅니다. PID는 커널이 적은 것입니다.
fn own_processes(seen: &Seen, children: usize) -> Verdict {
    let mut writers: BTreeMap<u64, i32> = BTreeMap::new();
    for note in seen.noted("write") {
        let child = note.value.as_u64().unwrap_or_default();
        let first = *writers.entry(child).or_insert(note.pid);
        ensure(
            first == note.pid,
            format!("{child}번 아이의 쪽지를 여러 프로세스가 썼습니다."),
        )?;
    }
    let mut pids: Vec<i32> = writers.into_values().collect();
    pids.sort_unstable();
    pids.dedup();
    ensure(
        pids.len() == children && !pids.contains(&seen.pid),
        format!(
            "아이 {children}명이 저마다 제 프로세스에서 써야 하는데, 자식 {}개가 썼습니다.",
            pids.len()
        ),
    )?;
    ensure(
        seen.noted("take").all(|note| note.pid == seen.pid),
        "take를 부른 것이 collect를 부른 프로세스가 아닙니다.",
    )
}

fn any_note(case: &Case) -> Verdict {
    let words = ["", "STOP", "None", "END", "0", "\n", "", "끝", "stop", "\0"];
    let mut plan = texts(case, 3, 2);
    for pages in &mut plan {
        let last = pages.pop();
        pages.extend(words.map(|word| Page::Text(word.to_owned())));
        pages.extend(last);
    }
    let (back, _) = back(start(case, &plan))?;
    fine(&back, &plan)
}

fn larger(case: &Case) -> Verdict {
    let number = |salt: u64| case.between(salt, 0, 1_000_000);
    // 한 장이 큰 것, 모아서 큰 것, 섞인 것입니다.
    let one = |child: u64| vec![Page::Long(number(child), 300 << 10)];
    let many = |child: u64| {
        (0..50)
            .map(|page| Page::Long(number(child * 100 + page), 4_000))
            .collect()
    };
    let plans: [Plan; 4] = [
        vec![one(1)],
        vec![many(1)],
        (0..4).map(one).collect(),
        (0..5)
            .map(|child| {
                if child % 2 == 0 {
                    one(child)
                } else {
                    many(child)
                }
            })
            .collect(),
    ];
    for plan in plans {
        let (back, _) = back(start(case, &plan))?;
        fine(&back, &plan)?;
    }
    Ok(())
}

fn all_inside(case: &Case) -> Verdict {
    for children in [2, 5] {
        let plan: Plan = (0..children)
            .map(|_| {
                vec![
                    Page::AfterMeeting("안녕".to_owned()),
                    Page::Text("그만".to_owned()),
                ]
            })
            .collect();
        let session = case
            .subject("collect")
            .input(&plan)
            .gather(children)
            .start();
        let (back, seen) = back(session)?;
        fine(&back, &plan)?;
        own_processes(&seen, children)?;
    }
    Ok(())
}

fn as_they_come(case: &Case) -> Verdict {
    let text = |salt: u64| format!("{}번 그네", case.between(salt, 0, 1_000_000));
    for children in [1, 3] {
        // 아이마다 한 장을 보내고 다음 장 앞에서 멈추어 있습니다. 그동안 첫 장이 모두 건네져야 합니다.
        let mut plan: Plan = (0..children)
            .map(|child| {
                vec![
                    Page::Text(text(child)),
                    Page::AfterMeeting(text(child + 50)),
                ]
            })
            .collect();
        if children > 1 {
            // 0번 아이는 첫 장도 쓰지 못하고 멈추어 있습니다.
            plan[0].remove(0);
        }
        let first: usize = plan.iter().map(|pages| pages.len() - 1).sum();
        let mut session = start(case, &plan);
        session.gathered(plan.len())?;
        session.noted("take", first)?;
        session.open(plan.len());
        let (back, _) = back(session)?;
        fine(&back, &plan)?;
    }
    Ok(())
}

fn child_dies(case: &Case) -> Verdict {
    for (children, death) in [(1, Page::Panic), (3, Page::Abort), (4, Page::Panic)] {
        let mut plan = texts(case, children, 3);
        let dead = case.between(children as u64, 0, children as u64) as usize;
        plan[dead][2] = death;
        // 쓰러지지 않은 아이의 쪽지는 큐에 쌓이는 것보다 큽니다.
        for (child, pages) in plan.iter_mut().enumerate() {
            if child != dead {
                pages.push(Page::Long(child as u64, 100 << 10));
            }
        }
        let (back, _) = back(start(case, &plan))?;
        ensure(
            !back.fine,
            "아이가 쓰러졌는데 collect가 Ok를 돌려주었습니다.",
        )?;
        all_taken(&back, &plan)?;
    }
    Ok(())
}

fn nothing_left(case: &Case) -> Verdict {
    let mut dying = texts(case, 3, 2);
    dying[1].push(Page::Panic);
    for plan in [texts(case, 4, 3), dying] {
        let (back, seen) = back(start(case, &plan))?;
        all_taken(&back, &plan)?;
        ensure(
            !back.children && !seen.left_alive && seen.left_zombies == 0,
            "collect가 돌아온 뒤에 거두지 않은 자식이 남아 있습니다.",
        )?;
        ensure(
            back.descriptors <= 0,
            format!(
                "돌아온 뒤에 파일 디스크립터가 {}개 늘었습니다.",
                back.descriptors
            ),
        )?;
    }
    Ok(())
}

fn start(case: &Case, plan: &Plan) -> Session {
    case.subject("collect").input(plan).start()
}

fn fine(back: &Back, plan: &Plan) -> Verdict {
    ensure(back.fine, "아무도 쓰러지지 않았는데 Err입니다.")?;
    all_taken(back, plan)
}

/// 아이마다 쓴 쪽지가 쓴 차례대로, 꼭 한 번씩 건네졌는지 봅니다.
fn all_taken(back: &Back, plan: &Plan) -> Verdict {
    for (child, pages) in plan.iter().enumerate() {
        let written: Vec<(usize, u64)> = pages
            .iter()
            .filter_map(|page| page.bytes().map(|note| digest(&note)))
            .collect();
        let taken = back.taken.get(&child).cloned().unwrap_or_default();
        ensure(
            taken.len() == written.len(),
            format!(
                "{child}번 아이는 쪽지 {}장을 썼는데 {}장을 건넸습니다.",
                written.len(),
                taken.len()
            ),
        )?;
        ensure(
            taken == written,
            format!("{child}번 아이의 쪽지가 쓴 것과 내용이나 차례가 다릅니다."),
        )?;
    }
    ensure(
        back.taken.keys().all(|child| *child < plan.len()),
        "없는 아이의 쪽지를 건넸습니다.",
    )
}

/// 끝까지 보고 피고가 본 것을 꺼냅니다. 돌려주지 않고 무너졌으면 그것을 알립니다.
fn back(session: Session) -> Result<(Back, Seen), Wrong> {
    let seen = session.end()?;
    if !seen.ending.success() {
        return Err(Wrong::new(format!("프로그램이 {}.", seen.ending)));
    }
    let back: Back = seen.answer()?;
    ensure(!back.panicked, "collect가 패닉했습니다.")?;
    Ok((back, seen))
}

impl Page {
    /// 쪽지의 내용입니다. 쓰지 못하는 것이면 `None`입니다.
    fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Page::Text(text) | Page::AfterMeeting(text) => Some(text.clone().into_bytes()),
            Page::Long(number, length) => {
                let mut note = number.to_le_bytes().to_vec();
                note.resize(*length, *number as u8);
                Some(note)
            }
            Page::Panic | Page::Abort => None,
        }
    }
}

/// 쪽지의 길이와, 바이트의 차례까지 담은 요약(FNV-1a)입니다.
fn digest(note: &[u8]) -> (usize, u64) {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    (note.len(), note.iter().fold(0xcbf2_9ce4_8422_2325, mix))
}

/// 아이마다 쓸 쪽지입니다.
static PLAN: OnceLock<Plan> = OnceLock::new();

fn write(child: usize, page: usize) -> Option<Vec<u8>> {
    let work = here();
    work.note("write", child);
    let plan = PLAN.get().expect("부르기 앞에 정했습니다");
    let page = plan.get(child)?.get(page)?;
    match page {
        Page::AfterMeeting(_) => work.meet("writing"),
        Page::Panic => panic!("일부러 낸 패닉입니다"),
        Page::Abort => std::process::abort(),
        Page::Text(_) | Page::Long(..) => {}
    }
    page.bytes()
}

/// 학생의 함수를 부르고, 돌아와서 본 것을 답합니다.
fn collect(work: &Work) {
    let plan: Plan = work.input();
    // 쓰러진 아이가 메모리를 통째로 적은 파일(core)을 남기지 않게 합니다.
    let core = nix::sys::resource::Resource::RLIMIT_CORE;
    nix::sys::resource::setrlimit(core, 0, 0).expect("줄이는 것은 언제나 됩니다");
    let children = plan.len();
    PLAN.get_or_init(|| plan);
    let before = work.descriptors();
    let mut taken: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new();
    let called = || {
        submission::collect(children, write, |child, note| {
            here().note("take", child);
            taken.entry(child).or_default().push(digest(&note));
        })
        .is_ok()
    };
    let fine = panic::catch_unwind(AssertUnwindSafe(called));
    work.answer(&Back {
        panicked: fine.is_err(),
        fine: fine.unwrap_or(false),
        taken,
        children: work.has_children(),
        descriptors: work.descriptors() as i64 - before as i64,
    });
}
