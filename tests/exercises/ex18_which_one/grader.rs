//! ex18의 채점기입니다.
//!
//! 어느 방식이 무엇을 채우는지를 적어 두지 않습니다. 방식마다 정말로 해 보고, 함께 있었는지, 고친 것이 보였는지,
//! 사고 뒤에 몇이 남았는지를 봅니다. 시간은 재지 않습니다. 적어 둔 것은 일마다 무엇이 필요한가뿐입니다.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use noriteo::{
    gil::{self, Gil},
    process, thread,
};
use serde::{Deserialize, Serialize};
use submission::{Because, Choice, Job, Way};
use witness::{Case, Verdict, Work, Wrong, ensure, here};

fn main() {
    witness::main(
        &[
            ("alone", |case| right(case, &[Job::SmallSum, Job::HashChain])),
            ("compute", |case| right(case, &[Job::Photos, Job::PhotosGil, Job::HashFilesGil])),
            ("wait", |case| right(case, &[Job::DownloadsGil, Job::ChatGil])),
            ("fence", |case| right(case, &[Job::SharedTable, Job::ForeignFilter, Job::Submissions])),
            ("because", because),
        ],
        &[("choose", choose), ("together", together), ("seen", seen), ("fall", fall)],
    )
}

const JOBS: [Job; 10] = [
    Job::SmallSum,
    Job::HashChain,
    Job::Photos,
    Job::PhotosGil,
    Job::DownloadsGil,
    Job::HashFilesGil,
    Job::SharedTable,
    Job::ForeignFilter,
    Job::Submissions,
    Job::ChatGil,
];

const WAYS: [Way; 4] = [Way::Single, Way::Thread, Way::LockedThread, Way::Process];

const BECAUSES: [Because; 7] = [
    Because::CreationCost,
    Because::OneAfterAnother,
    Because::ComputedTogether,
    Because::WaitedTogether,
    Because::SeenByAll,
    Because::Survived,
    Because::Stopped,
];

/// 일이 되려면 꼭 있어야 하는 것입니다.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// 언어가 지키는 동안 함께 계산합니다.
    Compute,
    /// GIL이 있어도 놓고 하는 계산을 함께 합니다.
    ComputeReleased,
    Wait,
    Seen,
    Survive,
    Stop,
}

impl Need {
    fn because(self) -> Because {
        match self {
            Need::Compute | Need::ComputeReleased => Because::ComputedTogether,
            Need::Wait => Because::WaitedTogether,
            Need::Seen => Because::SeenByAll,
            Need::Survive => Because::Survived,
            Need::Stop => Because::Stopped,
        }
    }
}

fn needs(job: Job) -> &'static [Need] {
    match job {
        Job::SmallSum | Job::HashChain => &[],
        Job::Photos | Job::PhotosGil => &[Need::Compute],
        Job::DownloadsGil => &[Need::Wait],
        Job::HashFilesGil => &[Need::ComputeReleased],
        Job::SharedTable => &[Need::Compute, Need::Seen],
        Job::ForeignFilter => &[Need::Survive],
        Job::Submissions => &[Need::Stop],
        Job::ChatGil => &[Need::Wait, Need::Seen],
    }
}

/// 그 언어에 있는 방식입니까?
fn exists(job: Job, way: Way) -> bool {
    let gil = matches!(
        job,
        Job::PhotosGil | Job::DownloadsGil | Job::HashFilesGil | Job::ChatGil
    );
    match way {
        Way::Single | Way::Process => true,
        Way::Thread => !gil,
        Way::LockedThread => gil,
    }
}

fn weight(way: Way) -> u8 {
    match way {
        Way::Single => 0,
        Way::Thread | Way::LockedThread => 1,
        Way::Process => 2,
    }
}

fn name(way: Way) -> &'static str {
    match way {
        Way::Single => "한 스레드",
        Way::Thread => "스레드",
        Way::LockedThread => "GIL에 묶인 스레드",
        Way::Process => "프로세스",
    }
}

fn index<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().position(|other| other == one).expect("모두 적어 두었습니다")
}

/// 학생이 고른 것입니다.
fn chosen(case: &Case, jobs: &[Job]) -> Result<Vec<Choice>, Wrong> {
    let asked: Vec<usize> = jobs.iter().map(|job| index(&JOBS, job)).collect();
    let told: Vec<(usize, usize)> = case.subject("choose").input(&asked).run()?.answer()?;
    Ok(told
        .into_iter()
        .map(|(way, because)| Choice { way: WAYS[way], because: BECAUSES[because] })
        .collect())
}

fn choose(work: &Work) {
    let asked: Vec<usize> = work.input();
    let told: Vec<(usize, usize)> = asked
        .into_iter()
        .map(|job| submission::choose(JOBS[job]))
        .map(|choice| (index(&WAYS, &choice.way), index(&BECAUSES, &choice.because)))
        .collect();
    work.answer(&told);
}

fn right(case: &Case, jobs: &[Job]) -> Verdict {
    for (job, choice) in jobs.iter().zip(chosen(case, jobs)?) {
        let way = choice.way;
        ensure(exists(*job, way), format!("{job:?}: 그 언어에는 없는 방식입니다."))?;
        for need in needs(*job) {
            if let Err(saw) = fills(case, way, *need) {
                return Err(Wrong::new(format!("{job:?}: {}(으)로 해 보았더니 {saw}.", name(way))));
            }
        }
        let lighter = WAYS
            .iter()
            .filter(|other| exists(*job, **other) && weight(**other) < weight(way))
            .find(|other| needs(*job).iter().all(|need| fills(case, **other, *need).is_ok()));
        ensure(lighter.is_none(), format!("{job:?}: 더 가벼운 것으로도 됩니다."))?;
    }
    Ok(())
}

fn because(case: &Case) -> Verdict {
    for (job, choice) in JOBS.iter().zip(chosen(case, &JOBS)?) {
        let held = match job {
            Job::SmallSum => choice.because == Because::CreationCost,
            Job::HashChain => choice.because == Because::OneAfterAnother,
            _ => needs(*job)
                .iter()
                .filter(|need| need.because() == choice.because)
                .any(|need| {
                    WAYS.iter()
                        .any(|way| exists(*job, *way) && fills(case, *way, *need).is_err())
                }),
        };
        ensure(held, format!("{job:?}: 그 까닭은 이 일에 꼭 필요한 것이 아니거나 방식을 가르지 못합니다."))?;
    }
    Ok(())
}

// ---------------------------------------------------------------- 정말로 해 보기

/// 해 볼 것입니다.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Trial {
    way: usize,
    /// 일하는 동안 GIL을 놓습니다.
    released: bool,
    /// 스스로 쓰러지면 `true`, 밖에서 멈출 때까지 끝나지 않으면 `false`입니다.
    falls: bool,
}

/// `way`가 `need`를 채우는지 해 봅니다. 채우지 못하면 본 것을 돌려줍니다.
///
/// 학생의 코드는 여기에 없습니다. 그래서 해 보는 일이 잘못되면 채점하는 쪽의 잘못입니다(패닉).
fn fills(case: &Case, way: Way, need: Need) -> Result<(), String> {
    let trial = |released, falls| Trial { way: index(&WAYS, &way), released, falls };
    let said = |wrong: Wrong| -> ! { panic!("{}", wrong.detail) };
    match need {
        Need::Compute | Need::ComputeReleased | Need::Wait => {
            let trial = trial(need != Need::Compute, false);
            let mut plan = case.subject("together").input(&trial);
            if meets(trial) {
                plan = plan.gather(2);
            }
            let seen = plan.run().unwrap_or_else(|wrong| said(wrong));
            let children: BTreeSet<(i32, u64)> = seen.notes.iter().map(|note| (note.pid, note.tid)).collect();
            let inside: usize = seen.answer().unwrap_or_else(|wrong| said(wrong));
            let together = inside.min(children.len());
            if together >= 2 { Ok(()) } else { Err(format!("함께 안에 있던 아이가 많아야 {together}명이었습니다")) }
        }
        Need::Seen => {
            let seen = case.subject("seen").input(&trial(false, false)).run();
            let seen = seen.unwrap_or_else(|wrong| said(wrong));
            let count: u64 = seen.answer().unwrap_or_else(|wrong| said(wrong));
            if count == 2 { Ok(()) } else { Err(format!("둘이 고쳤는데 {count}번만 보였습니다")) }
        }
        Need::Survive | Need::Stop => {
            let mut session = case.subject("fall").input(&trial(false, need == Need::Survive)).start();
            if need == Need::Stop {
                let said = session.noted("endless", 1).unwrap_or_else(|wrong| said(wrong));
                // 말한 이의 PID는 커널이 적었습니다. 운영체제가 밖에서 멈출 수 있는 것은 프로세스뿐입니다.
                kill(Pid::from_raw(said[0].pid), Signal::SIGKILL).expect("멈출 수 있습니다");
            }
            let seen = session.end().unwrap_or_else(|wrong| said(wrong));
            let done = seen.noted("done").count();
            if done == 2 { Ok(()) } else { Err(format!("나머지 둘 가운데 {done}명이 일을 마쳤습니다")) }
        }
    }
}

/// 둘이 만날 수 있는 방식에서는 만남으로 봅니다. 만날 수 없는 방식에서는 만나기를 기다리지 않고 셉니다.
fn meets(trial: Trial) -> bool {
    match WAYS[trial.way] {
        Way::Single => false,
        Way::LockedThread => trial.released,
        Way::Thread | Way::Process => true,
    }
}

/// 맡긴 일입니다.
enum Child {
    Done,
    Thread(thread::JoinHandle<()>),
    Process(process::JoinHandle<()>),
}

impl Child {
    /// 기다립니다. 사고로 끝났어도 기다린 것입니다.
    fn wait(self) {
        match self {
            Child::Done => {}
            Child::Thread(child) => drop(child.join()),
            Child::Process(child) => drop(child.join()),
        }
    }
}

fn give(way: Way, gil: &Gil, f: impl FnOnce() + Send + 'static) -> Child {
    let made = "아이를 만들 수 있습니다";
    match way {
        Way::Single => {
            f();
            Child::Done
        }
        Way::Thread => Child::Thread(thread::spawn(f).expect(made)),
        Way::LockedThread => Child::Thread(gil.spawn(f).expect(made)),
        Way::Process => Child::Process(process::fork(f).expect(made)),
    }
}

/// 둘이 일하고, 안에 함께 있던 수를 답합니다.
fn together(work: &Work) {
    let trial: Trial = work.input();
    let way = WAYS[trial.way];
    let gil = Gil::default();
    let child = move || {
        let inside = || {
            here().note("inside", 1);
            if meets(trial) {
                here().meet("inside");
            } else {
                (0..1_000).for_each(|_| gil::checkpoint());
            }
        };
        if trial.released { gil::allow_threads(inside) } else { inside() }
    };
    let children = [give(way, &gil, child), give(way, &gil, child)];
    children.map(Child::wait);
    // 만났으면 둘이 함께 있었습니다. 아니면 락이 센 것, 한 스레드이면 하나입니다.
    let inside = match way {
        _ if meets(trial) => 2,
        Way::LockedThread => gil.stats().max_in_flight,
        _ => 1,
    };
    work.answer(&inside);
}

/// 둘이 하나씩 더하고, 맡긴 쪽에서 본 수를 답합니다.
fn seen(work: &Work) {
    let trial: Trial = work.input();
    let gil = Gil::default();
    let table = Arc::new(AtomicU64::new(0));
    let children = [0, 1].map(|_| {
        let table = Arc::clone(&table);
        give(WAYS[trial.way], &gil, move || drop(table.fetch_add(1, SeqCst)))
    });
    children.map(Child::wait);
    work.answer(&table.load(SeqCst));
}

/// 하나가 쓰러지거나 밖에서 멈춘 다음에 나머지 둘이 일합니다.
fn fall(work: &Work) {
    let trial: Trial = work.input();
    let way = WAYS[trial.way];
    let gil = Gil::default();
    let fallen = give(way, &gil, move || {
        if trial.falls {
            std::process::abort();
        }
        here().note("endless", 1);
        loop {
            std::thread::park();
        }
    });
    fallen.wait();
    [0, 1]
        .map(|_| give(way, &gil, || here().note("done", 1)))
        .map(Child::wait);
}
