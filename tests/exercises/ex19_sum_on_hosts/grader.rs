//! ex19의 채점기입니다.
//!
//! 우리(cage) 안에서는 TCP를 쓸 수 없습니다. 그래서 호스트마다 프로세스를 하나씩 만들고 소켓 쌍으로 모두 이어 줍니다.
//! timely는 이어 준 것이 무엇인지 보지 않으므로, 학생의 길은 TCP에서와 똑같이 걷습니다.

use std::{
    any::Any,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
    os::unix::net::UnixStream,
    panic, process,
    rc::Rc,
    sync::OnceLock,
};

use noriteo::{
    cluster::timely::{
        WorkerConfig,
        communication::{
            AllocatorBuilder, Hooks,
            allocator::{
                ProcessBuilder, zero_copy::initialize::initialize_networking_from_sockets,
            },
        },
        execute::execute_from,
    },
    process::fork,
};
use serde::{Deserialize, Serialize};
use witness::{Case, Seen, Verdict, Work, Wrong, ensure, here};

/// 판 하나입니다.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plan {
    range: Range<u64>,
    hosts: usize,
    /// 호스트마다의 일꾼입니다.
    workers: usize,
    /// 일꾼들이 `work` 안에서 만납니다.
    meet: bool,
    /// 호스트마다 다른 값을 내게 하는 비밀입니다.
    secrets: Vec<u64>,
}

/// `work`를 부른 것 하나입니다.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Part {
    range: Range<u64>,
    sum: u64,
}

/// 호스트의 수와, 호스트마다의 일꾼의 수입니다. 스레드로만, 프로세스로만, 둘 다로 돕니다.
const SHAPES: [(usize, usize); 4] = [(1, 3), (2, 1), (3, 1), (2, 2)];

fn main() {
    witness::main(
        &[
            ("alone", alone),
            ("each-once", each_once),
            ("all-inside", all_inside),
            ("gathered", gathered),
            ("through-the-wire", through_the_wire),
        ],
        &[("hosts", hosts)],
    )
}

fn alone(case: &Case) -> Verdict {
    for size in [0, 1, 10] {
        let seen = run(case, &plan(case, size, (1, 1)))?;
        total(&seen)?;
    }
    Ok(())
}

fn each_once(case: &Case) -> Verdict {
    for shape in SHAPES {
        // 나누어떨어지지 않는 것, 나누어떨어지는 것, 일꾼보다 적은 것, 없는 것입니다.
        let workers = (shape.0 * shape.1) as u64;
        for size in [5 * workers + 1, 4 * workers, workers - 1, 0] {
            let plan = plan(case, size, shape);
            let seen = run(case, &plan)?;
            cover(&plan.range, &parts(&seen))?;
        }
    }
    Ok(())
}

/// 토막들이 빠짐도 겹침도 없이 `range`를 덮는지 봅니다.
fn cover(range: &Range<u64>, parts: &[Part]) -> Verdict {
    let mut times: BTreeMap<u64, u32> = range.clone().map(|number| (number, 0)).collect();
    let size = times.len();
    for part in parts {
        ensure(
            part.range.start >= range.start && part.range.end <= range.end,
            format!("{range:?}를 더해야 하는데 {:?}를 더했습니다.", part.range),
        )?;
        for number in part.range.clone() {
            *times.entry(number).or_default() += 1;
        }
    }
    let twice = times.values().filter(|times| **times > 1).count();
    let never = times.values().filter(|times| **times == 0).count();
    ensure(
        twice == 0 && never == 0,
        format!("수 {size}개 가운데 더하지 않은 것이 {never}개, 거듭 더한 것이 {twice}개입니다."),
    )
}

fn all_inside(case: &Case) -> Verdict {
    for (hosts, workers) in [(1, 3), (3, 1), (2, 2)] {
        let all = hosts * workers;
        let plan = Plan {
            meet: true,
            ..plan(case, 3 * all as u64 + 1, (hosts, workers))
        };
        let started = case.subject("hosts").input(&plan).gather(all).start();
        let seen = finish(started.end()?)?;
        let mut inside: BTreeMap<i32, BTreeSet<u64>> = BTreeMap::new();
        for said in &seen.met {
            inside.entry(said.pid).or_default().insert(said.tid);
        }
        ensure(
            inside.len() == hosts && inside.values().all(|threads| threads.len() == workers),
            format!(
                "호스트 {hosts}개의 일꾼 {workers}명씩이 들어와야 하는데, 들어온 것은 {:?}명입니다.",
                inside.values().map(BTreeSet::len).collect::<Vec<_>>()
            ),
        )?;
    }
    Ok(())
}

fn gathered(case: &Case) -> Verdict {
    for shape in SHAPES {
        for size in [17, 1] {
            let seen = run(case, &plan(case, size, shape))?;
            let zero = seen.noted("worker").find(|note| note.value == 0);
            let zero = zero.ok_or_else(|| Wrong::new("0번 일꾼이 시작하지 않았습니다."))?;
            let answers: Vec<_> = seen.noted("answer").collect();
            ensure(
                answers.len() == 1,
                format!("답은 하나여야 하는데 {}번 냈습니다.", answers.len()),
            )?;
            ensure(
                answers[0].pid == zero.pid,
                "답을 낸 것이 0번 일꾼의 호스트가 아닙니다.",
            )?;
            ensure(
                answers[0].tid == zero.tid,
                "답을 낸 것이 0번 일꾼이 아니라 같은 호스트의 다른 일꾼입니다.",
            )?;
        }
    }
    Ok(())
}

fn through_the_wire(case: &Case) -> Verdict {
    for shape in SHAPES {
        for size in [23, 1, 0] {
            total(&run(case, &plan(case, size, shape))?)?;
        }
    }
    Ok(())
}

/// 마지막 답이 모든 호스트가 낸 토막의 합을 더한 것인지 봅니다. 토막의 합은 그것을 낸 호스트만 압니다.
fn total(seen: &Seen) -> Verdict {
    let wanted: u64 = parts(seen).iter().map(|part| part.sum).sum();
    let last = seen.noted("answer").last();
    let told = last.and_then(|note| note.value.as_u64());
    let told = told.ok_or_else(|| Wrong::new("아무도 답을 내지 않았습니다."))?;
    ensure(
        told == wanted,
        format!("토막의 합을 모두 더하면 {wanted}인데 답은 {told}입니다."),
    )
}

fn plan(case: &Case, size: u64, (hosts, workers): (usize, usize)) -> Plan {
    let start = case.between(size, 0, 1_000);
    Plan {
        range: start..start + size,
        hosts,
        workers,
        meet: false,
        secrets: case.numbers(hosts),
    }
}

fn parts(seen: &Seen) -> Vec<Part> {
    let part = |note: &witness::Said| Part::deserialize(&note.value).expect("채점기가 낸 꼴입니다");
    seen.noted("part").map(part).collect()
}

fn run(case: &Case, plan: &Plan) -> Result<Seen, Wrong> {
    finish(case.subject("hosts").input(plan).start().end()?)
}

/// 모든 호스트가 끝까지 갔는지 봅니다.
fn finish(seen: Seen) -> Result<Seen, Wrong> {
    let lost: Vec<Option<String>> = seen.answer()?;
    for (host, why) in lost.iter().enumerate() {
        if let Some(why) = why {
            return Err(Wrong::new(format!(
                "{host}번 호스트가 끝까지 가지 못했습니다: {why}"
            )));
        }
    }
    Ok(seen)
}

/// 호스트를 모두 만들고, 모두 끝나기를 기다립니다. 호스트마다 끝까지 가지 못한 까닭을 답합니다.
fn hosts(work: &Work) {
    let plan: Plan = work.input();
    let lines = Rc::new(RefCell::new(lines(plan.hosts)));
    let mut handles = Vec::new();
    for me in 0..plan.hosts {
        let (plan, others) = (plan.clone(), Rc::clone(&lines));
        let mine = lines.borrow_mut().pop_front().unwrap_or_default();
        handles.push(fork(move || {
            // 다른 호스트의 끝을 쥐고 있으면, 그 호스트가 죽어도 길이 끊기지 않습니다.
            others.take();
            host(me, mine, plan);
        }));
    }
    let ended = |handle: noriteo::Result<noriteo::process::JoinHandle<()>>| {
        let ended = handle.and_then(|handle| handle.join());
        ended.err().map(|error| error.to_string())
    };
    work.answer(&handles.into_iter().map(ended).collect::<Vec<_>>());
}

/// 호스트마다, 다른 호스트와 이어진 소켓입니다. 저 자신의 자리는 비었습니다.
type Lines = Vec<Option<UnixStream>>;

fn lines(hosts: usize) -> VecDeque<Lines> {
    let empty = || (0..hosts).map(|_| None).collect();
    let mut lines: VecDeque<Lines> = (0..hosts).map(|_| empty()).collect();
    for one in 0..hosts {
        for other in 0..one {
            let (near, far) = UnixStream::pair().expect("소켓을 만들 수 있습니다");
            lines[one][other] = Some(near);
            lines[other][one] = Some(far);
        }
    }
    lines
}

/// `work`가 읽는 것입니다. 호스트마다 다릅니다.
static HERE: OnceLock<(u64, bool)> = OnceLock::new();

/// 호스트 하나입니다. 일꾼들이 학생의 코드를 부르고, 길이 빌 때까지 걷습니다.
fn host(me: usize, lines: Lines, plan: Plan) {
    // 일꾼 하나가 패닉하면 남은 일꾼은 영영 기다립니다. 그래서 호스트를 통째로 끝냅니다.
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        told(info);
        process::exit(101)
    }));
    HERE.get_or_init(|| (plan.secrets[me], plan.meet));
    let hooks = Hooks::default();
    let mine = ProcessBuilder::new_typed_vector(plan.workers, hooks.refill.clone(), None);
    let (builders, guard): (Vec<AllocatorBuilder>, Box<dyn Any + Send>) = if plan.hosts > 1 {
        let joined = initialize_networking_from_sockets(mine, lines, me, plan.workers, hooks);
        let (builders, guard) = joined.expect("이어 둔 소켓입니다");
        let builders = builders.into_iter().map(AllocatorBuilder::Tcp);
        (builders.collect(), Box::new(guard))
    } else {
        let builders = mine.into_iter().map(AllocatorBuilder::Process);
        (builders.collect(), Box::new(()))
    };
    let range = plan.range;
    let guards = execute_from(builders, guard, WorkerConfig::default(), move |worker| {
        here().note("worker", worker.index());
        let answer = |sum| here().note("answer", sum);
        submission::sum_on_hosts(worker, range.clone(), add, answer);
    });
    for ended in guards.expect("일꾼을 만들 수 있습니다").join() {
        ended.expect("패닉하면 호스트가 끝납니다");
    }
}

/// 학생의 길이 부르는 일입니다. 같은 토막이라도 호스트마다 다른 값을 냅니다.
fn add(range: Range<u64>) -> u64 {
    if range.is_empty() {
        return 0;
    }
    let (secret, meet) = *HERE.get().expect("부르기 앞에 정했습니다");
    let sum = secret + range.clone().map(|number| number * 7 + 3).sum::<u64>();
    here().note("part", Part { range, sum });
    if meet {
        here().meet("inside");
    }
    sum
}
