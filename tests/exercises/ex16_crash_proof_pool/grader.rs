//! ex16의 채점기입니다.

use std::{
    collections::BTreeSet,
    panic::{self, AssertUnwindSafe},
    process, ptr,
    sync::OnceLock,
};

use nix::{
    sys::{
        resource::{Resource, setrlimit},
        signal::{Signal, kill},
    },
    unistd::getpid,
};
use serde::{Deserialize, Serialize};
use witness::{Case, Seen, Session, Verdict, Work, Wrong, ensure, here};

/// 일 하나의 결과입니다.
type Outcome = Result<u64, String>;

/// 피고가 돌아와서 본 것입니다.
#[derive(Debug, Serialize, Deserialize)]
struct Back {
    /// 결과입니다. 바깥의 `Err`이면 그 까닭입니다.
    outcomes: Result<Vec<Outcome>, String>,
    /// 돌려주는 대신 패닉했습니다.
    panicked: bool,
    /// 거두지 않은 자식이 있었습니다.
    children: bool,
    /// 부르기 앞보다 늘어난 디스크립터의 수입니다.
    descriptors: i64,
}

/// 일이 하는 짓입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Deed {
    Answer,
    Meet,
    Panic,
    Exit(i32),
    Abort,
    Kill,
    OutOfBounds,
}

/// 쓰러뜨리는 짓입니다.
const DEADLY: [Deed; 7] = [
    Deed::Panic,
    Deed::Kill,
    Deed::Exit(0),
    Deed::Abort,
    Deed::Exit(3),
    Deed::OutOfBounds,
    Deed::Exit(1),
];

impl Deed {
    fn is_deadly(self) -> bool {
        !matches!(self, Deed::Answer | Deed::Meet)
    }

    /// 이 짓을 하는 일의 결과입니다.
    fn outcome(self, job: u64) -> Outcome {
        match self {
            Deed::Answer | Deed::Meet => Ok(job * 3 + 1),
            Deed::Panic => Err(format!("패닉: {job}번 장난감이 부서졌습니다")),
            Deed::Exit(code) => Err(format!("코드 {code}")),
            Deed::Abort => Err(format!("시그널 {}", Signal::SIGABRT as i32)),
            Deed::Kill => Err(format!("시그널 {}", Signal::SIGKILL as i32)),
            Deed::OutOfBounds => Err(format!("시그널 {}", Signal::SIGSEGV as i32)),
        }
    }
}

fn main() {
    witness::main(
        &[
            ("answers", answers),
            ("all-inside", all_inside),
            ("causes", causes),
            ("exactly-once", exactly_once),
            ("refilled", refilled),
            ("not-held", not_held),
            ("no-more", no_more),
            ("nothing-left", nothing_left),
        ],
        &[("pool", pool)],
    )
}

fn answers(case: &Case) -> Verdict {
    for (count, workers) in [(0, 2), (1, 1), (2, 4), (7, 3), (40, 3)] {
        let deeds = vec![Deed::Answer; count];
        let (back, _) = back(start(case, &deeds, workers))?;
        expect(&back, &jobs(case, &deeds), |_| true)?;
    }
    Ok(())
}

fn all_inside(case: &Case) -> Verdict {
    for workers in [2, 4] {
        let deeds = vec![Deed::Meet; workers];
        let plan = case.subject("pool").input(&(jobs(case, &deeds), workers));
        let (_, seen) = back(plan.gather(workers).start())?;
        inside(&seen, workers)?;
    }
    Ok(())
}

fn inside(seen: &Seen, workers: usize) -> Verdict {
    let inside: BTreeSet<i32> = seen.met.iter().map(|said| said.pid).collect();
    ensure(
        inside.len() == workers && !inside.contains(&seen.pid),
        format!(
            "work 안에 자식 {workers}개가 있어야 하는데, 프로세스 {}개가 있습니다{}.",
            inside.len(),
            if inside.contains(&seen.pid) {
                "(run_jobs를 부른 프로세스도 있습니다)"
            } else {
                ""
            }
        ),
    )
}

/// 쓰러지는 일을 섞은 것입니다. 자리는 미리 알 수 없습니다.
fn mixed(case: &Case, salt: u64) -> Vec<Deed> {
    let mut deeds = vec![Deed::Answer; 8];
    for (turn, deed) in (0..).zip(DEADLY) {
        let place = case.between(salt * 100 + turn, 0, deeds.len() as u64 + 1);
        deeds.insert(place as usize, deed);
    }
    deeds
}

fn causes(case: &Case) -> Verdict {
    for (salt, workers) in [(1, 1), (2, 2), (3, 4)] {
        let deeds = mixed(case, salt);
        let (back, _) = back(start(case, &deeds, workers))?;
        expect(&back, &jobs(case, &deeds), Deed::is_deadly)?;
    }
    Ok(())
}

fn exactly_once(case: &Case) -> Verdict {
    for (salt, workers) in [(4, 1), (5, 2), (6, 4)] {
        let deeds = mixed(case, salt);
        let jobs = jobs(case, &deeds);
        let (back, seen) = back(start(case, &deeds, workers))?;
        let mut done: Vec<u64> = seen
            .noted("did")
            .filter_map(|note| note.value.as_u64())
            .collect();
        let mut asked: Vec<u64> = jobs.iter().map(|(job, _)| *job).collect();
        done.sort_unstable();
        asked.sort_unstable();
        let twice = done.windows(2).filter(|two| two[0] == two[1]).count();
        let never = asked.iter().filter(|job| !done.contains(job)).count();
        ensure(
            done == asked,
            format!(
                "일 {}개 가운데 두 번 한 것이 {twice}개, 하지 않은 것이 {never}개입니다.",
                asked.len()
            ),
        )?;
        expect(&back, &jobs, |deed| !deed.is_deadly())?;
    }
    Ok(())
}

fn refilled(case: &Case) -> Verdict {
    for workers in [2, 3] {
        let mut deeds: Vec<Deed> = DEADLY
            .iter()
            .copied()
            .cycle()
            .take(2 * workers + 1)
            .collect();
        deeds.extend(vec![Deed::Meet; workers]);
        let plan = case.subject("pool").input(&(jobs(case, &deeds), workers));
        let (back, seen) = back(plan.gather(workers).start())?;
        inside(&seen, workers)?;
        expect(&back, &jobs(case, &deeds), |_| true)?;
    }
    Ok(())
}

fn not_held(case: &Case) -> Verdict {
    // 나누어 준 몫이나 묶음의 끝에 놓인 일은 아무도 붙들지 않습니다.
    // 처음에 놓은 것은 앞에서부터 하는 몫과 묶음을, 끝에 놓은 것은 뒤에서부터 하는 것을 드러냅니다.
    let middle = case.between(1, 1, 11) as usize;
    for workers in [2, 3] {
        for place in [0, middle, 11] {
            // 오래 걸리는 일 하나를 붙들어 둔 채, 나머지를 모두 했다는 말을 기다립니다.
            let mut deeds = vec![Deed::Answer; 12];
            deeds[place] = Deed::Meet;
            let mut session = start(case, &deeds, workers);
            session.gathered(1)?;
            session.noted("did", deeds.len())?;
            session.open(1);
            let (back, _) = back(session)?;
            expect(&back, &jobs(case, &deeds), |_| true)?;
        }
    }
    Ok(())
}

fn no_more(case: &Case) -> Verdict {
    for (salt, workers) in [(7, 1), (8, 2), (9, 3)] {
        for deeds in [vec![Deed::Answer; 20], mixed(case, salt)] {
            let deadly = deeds.iter().filter(|deed| deed.is_deadly()).count();
            let (_, seen) = back(start(case, &deeds, workers))?;
            let callers: BTreeSet<i32> = seen.noted("did").map(|note| note.pid).collect();
            ensure(
                callers.len() <= workers + deadly && !callers.contains(&seen.pid),
                format!(
                    "일꾼 {workers}명이고 쓰러뜨리는 일이 {deadly}개인데 프로세스 {}개가 일했습니다.",
                    callers.len()
                ),
            )?;
        }
    }
    Ok(())
}

fn nothing_left(case: &Case) -> Verdict {
    for deeds in [vec![Deed::Answer; 5], mixed(case, 10)] {
        let (back, seen) = back(start(case, &deeds, 3))?;
        expect(&back, &jobs(case, &deeds), |_| true)?;
        ensure(
            !back.children && !seen.left_alive && seen.left_zombies == 0,
            "run_jobs가 돌아온 뒤에 거두지 않은 자식이 남아 있습니다.",
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

/// 일마다 미리 알 수 없는 수를 붙입니다.
fn jobs(case: &Case, deeds: &[Deed]) -> Vec<(u64, Deed)> {
    case.numbers(deeds.len())
        .into_iter()
        .zip(deeds.iter().copied())
        .collect()
}

fn start(case: &Case, deeds: &[Deed], workers: usize) -> Session {
    case.subject("pool")
        .input(&(jobs(case, deeds), workers))
        .start()
}

/// `wanted`인 일의 자리에 있어야 할 결과가 있는지 봅니다.
fn expect(back: &Back, jobs: &[(u64, Deed)], wanted: impl Fn(Deed) -> bool) -> Verdict {
    let outcomes = match &back.outcomes {
        Ok(outcomes) => outcomes,
        Err(why) => {
            return Err(Wrong::new(format!(
                "run_jobs가 Err를 돌려주었습니다: {why}"
            )));
        }
    };
    ensure(
        outcomes.len() == jobs.len(),
        format!(
            "일은 {}개인데 결과는 {}개입니다.",
            jobs.len(),
            outcomes.len()
        ),
    )?;
    for (outcome, (job, deed)) in outcomes.iter().zip(jobs) {
        let expected = deed.outcome(*job);
        ensure(
            !wanted(*deed) || *outcome == expected,
            format!("{expected:?}여야 하는데 {outcome:?}입니다."),
        )?;
    }
    Ok(())
}

/// 끝까지 보고 피고가 본 것을 꺼냅니다. 돌려주지 않고 무너졌으면 그것을 알립니다.
fn back(session: Session) -> Result<(Back, Seen), Wrong> {
    let seen = session.end()?;
    if !seen.ending.success() {
        return Err(Wrong::new(format!(
            "run_jobs를 부른 프로세스까지 {}.",
            seen.ending
        )));
    }
    let back: Back = seen.answer()?;
    ensure(!back.panicked, "run_jobs가 패닉했습니다.")?;
    Ok((back, seen))
}

/// 일마다 무엇을 하는지입니다.
static DEEDS: OnceLock<Vec<(u64, Deed)>> = OnceLock::new();

fn pool(work: &Work) {
    let (jobs, workers): (Vec<(u64, Deed)>, usize) = work.input();
    // 쓰러진 프로세스가 메모리를 통째로 적은 파일(core)을 남기지 않게 합니다.
    setrlimit(Resource::RLIMIT_CORE, 0, 0).expect("줄이는 것은 언제나 됩니다");
    let numbers = jobs.iter().map(|(job, _)| *job).collect();
    DEEDS.get_or_init(|| jobs);
    let before = work.descriptors();
    let called = || submission::run_jobs(numbers, workers, play).map_err(|error| error.to_string());
    let outcomes = panic::catch_unwind(AssertUnwindSafe(called));
    work.answer(&Back {
        panicked: outcomes.is_err(),
        outcomes: outcomes.unwrap_or_else(|_| Ok(Vec::new())),
        children: work.has_children(),
        descriptors: work.descriptors() as i64 - before as i64,
    });
}

/// 학생의 풀이 부르는 일입니다.
fn play(job: u64) -> u64 {
    let work = here();
    let deeds = DEEDS.get().expect("부르기 앞에 정했습니다");
    let deed = deeds
        .iter()
        .find(|(one, _)| *one == job)
        .map(|(_, deed)| *deed);
    work.note("did", job);
    match deed.expect("재판관이 준 일입니다") {
        Deed::Answer => {}
        Deed::Meet => work.meet("inside"),
        Deed::Panic => panic!("{job}번 장난감이 부서졌습니다"),
        Deed::Exit(code) => process::exit(code),
        Deed::Abort => process::abort(),
        Deed::Kill => {
            kill(getpid(), Signal::SIGKILL).expect("저 자신에게 보냅니다");
        }
        Deed::OutOfBounds => {
            let outside = ptr::without_provenance_mut::<u8>(8);
            // SAFETY: 일부러 규칙을 어깁니다. 주소 8이 든 첫 쪽은 비어 있어서, 쓰면 꼭 SIGSEGV를 받습니다.
            unsafe { outside.write_volatile(1) }
        }
    }
    job * 3 + 1
}
