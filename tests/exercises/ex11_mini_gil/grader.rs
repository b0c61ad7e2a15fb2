//! ex11의 채점기입니다. 스레드의 차례는 `model_std`가 정합니다.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use model_std::model::{self, Budget, Plan, Search, Shared, explore};
use submission::MiniGil;
use witness::{Case, Verdict, Work, Wrong, ensure};

fn main() {
    witness::main(
        &[
            ("alone", |case| look(case, "alone")),
            ("exclusive", |case| look(case, "exclusive")),
            ("wakeups", |case| look(case, "wakeups")),
            ("handover", |case| look(case, "handover")),
            ("allow-threads", |case| look(case, "allow-threads")),
            ("panic", |case| look(case, "panic")),
            ("owner", |case| look(case, "owner")),
        ],
        &[
            ("alone", alone),
            ("exclusive", exclusive),
            ("wakeups", wakeups),
            ("handover", handover),
            ("allow-threads", allow_threads),
            ("panic", panicking),
            ("owner", owner),
        ],
    )
}

/// 재판관이 주는 것: 씨앗과, 미리 알 수 없는 값입니다.
type Input = (u64, u64);
/// 피고가 내는 것: 놀이마다 본 차례의 수와, 정한 수에서 멈추어 빠짐없이 보지는 못했는지와, 처음 찾은 것입니다.
type Answer = Vec<(usize, bool, Option<String>)>;
type Game = Box<dyn Fn() + Send + Sync>;

fn look(case: &Case, act: &str) -> Verdict {
    let input: Input = (case.between(1, 0, u64::MAX), case.between(2, 0, 1 << 40));
    let answer: Answer = case.subject(act).input(&input).run()?.answer()?;
    ensure(!answer.is_empty(), "본 것이 없습니다.")?;
    let cut = answer.iter().filter(|(_, cut, _)| *cut).count();
    if cut > 0 {
        case.remark(format!("놀이 {}개 가운데 {cut}개는 차례가 많아 빠짐없이 보지 못했습니다", answer.len()));
    }
    for (schedules, _, found) in answer {
        if let Some(found) = found {
            return Err(Wrong::new(format!("{}번째 차례: {found}", schedules + 1)));
        }
        ensure(schedules > 0, "끝까지 간 차례가 없습니다.")?;
    }
    Ok(())
}

/// 놀이를 하나씩, 차례를 바꾸어 가며 돌립니다.
fn play(work: &Work, spurious: usize, games: Vec<Game>) {
    work.hush();
    let (seed, _): Input = work.input();
    let searches = [
        Search::Every { preemptions: Some(2), most: 4_000 },
        Search::Random(500),
        Search::Pct { times: 500, depth: 3 },
    ];
    let budget = Budget { spurious, timeouts: 1, weak: 1 };
    let mut answer: Answer = Vec::new();
    for game in games {
        let plan = Plan { searches: &searches, seed, budget, ..Plan::default() };
        let seen = explore(&plan, game);
        let found = seen.found.map(|found| found.detail());
        let stop = found.is_some();
        answer.push((seen.schedules, seen.cut, found));
        if stop {
            break;
        }
    }
    work.answer(&answer);
}

/// 기다리는 스레드가 없을 때입니다.
fn alone(work: &Work) {
    let (_, secret): Input = work.input();
    let game = move || {
        let gil = MiniGil::new();
        gil.acquire();
        gil.checkpoint();
        gil.checkpoint();
        gil.release();
        gil.acquire();
        let answer = gil.allow_threads(|| secret + 1);
        model::ensure(answer == secret + 1, "allow_threads가 wait의 답을 돌려주지 않습니다");
        gil.checkpoint();
        gil.release();
        let other = MiniGil::default();
        gil.acquire();
        other.acquire();
        other.release();
        gil.release();
    };
    play(work, 1, vec![Box::new(game)]);
}

/// 스레드 하나가 하는 일입니다. 글자마다 `c`는 checkpoint, `a`는 allow_threads, `r`은 놓고 다시 쥐기입니다.
fn child(gil: &MiniGil, toys: &Shared<u32>, script: &str) {
    let touch = || toys.write(|toys| *toys += 1);
    gil.acquire();
    touch();
    for act in script.chars() {
        match act {
            'c' => gil.checkpoint(),
            'a' => gil.allow_threads(model::step),
            _ => {
                gil.release();
                gil.acquire();
            }
        }
        touch();
    }
    gil.release();
}

/// 스레드마다 하는 일을 함께 돌리고 모두 기다립니다.
fn children(scripts: &'static [&'static str]) -> Game {
    Box::new(move || {
        let gil = Arc::new(MiniGil::new());
        let toys = Arc::new(Shared::new(0));
        let children: Vec<_> = scripts
            .iter()
            .map(|script| {
                let (gil, toys) = (Arc::clone(&gil), Arc::clone(&toys));
                model_std::thread::spawn(move || child(&gil, &toys, script))
            })
            .collect();
        children.into_iter().for_each(|child| ended(child.join()));
        let expected: usize = scripts.iter().map(|script| 1 + script.len()).sum();
        toys.read(|toys| model::ensure(*toys as usize == expected, "한 일이 사라졌습니다"));
    })
}

/// 둘이 함께 쥐지 않습니다. 까닭 없이 깨어나도 그렇습니다.
fn exclusive(work: &Work) {
    play(work, 2, vec![children(&["", ""]), children(&["c", "c"]), children(&["a", "r"]), children(&["", "", ""])]);
}

/// 모두 잠들어 남는 차례가 없습니다.
fn wakeups(work: &Work) {
    play(
        work,
        0,
        vec![
            children(&["c", "c"]),
            children(&["cc", "r"]),
            children(&["a", "c"]),
            children(&["c", "", ""]),
            children(&["c", "c", "c"]),
            children(&["ca", "c", "r"]),
        ],
    );
}

/// 기다리는 스레드가 있으면, checkpoint는 다른 스레드가 쥔 뒤에 돌아옵니다.
fn handover(work: &Work) {
    let game = |waiters: usize| -> Game {
        Box::new(move || {
            let gil = Arc::new(MiniGil::new());
            let turns = Arc::new(AtomicUsize::new(0));
            gil.acquire();
            let children: Vec<_> = (0..waiters)
                .map(|_| {
                    let (gil, turns) = (Arc::clone(&gil), Arc::clone(&turns));
                    model_std::thread::spawn(move || {
                        gil.acquire();
                        turns.fetch_add(1, Relaxed);
                        gil.release();
                    })
                })
                .collect();
            // 모두 acquire에서 잠들 때까지 기다립니다.
            settle();
            model::ensure(turns.load(Relaxed) == 0, "쥐고 있는데 다른 스레드의 acquire가 돌아왔습니다");
            for turn in 1..=waiters {
                gil.checkpoint();
                model::ensure(
                    turns.load(Relaxed) >= turn.min(1),
                    "기다리는 스레드가 있는데 아무도 쥐기 전에 도로 쥐었습니다",
                );
                settle();
            }
            model::ensure(
                turns.load(Relaxed) == waiters,
                "checkpoint를 기다리는 스레드만큼 불렀는데 아직 쥐지 못한 스레드가 있습니다",
            );
            gil.release();
            children.into_iter().for_each(|child| ended(child.join()));
        })
    };
    play(work, 0, vec![game(1), game(2)]);
}

/// 기다리는 동안 다른 스레드가 쥘 수 있고, 돌아오면 다시 쥐고 있습니다.
fn allow_threads(work: &Work) {
    let lets_in = || {
        let gil = Arc::new(MiniGil::new());
        gil.acquire();
        let other = {
            let gil = Arc::clone(&gil);
            model_std::thread::spawn(move || {
                gil.acquire();
                gil.release();
            })
        };
        // 놓지 않으면 여기서 서로를 기다립니다.
        gil.allow_threads(|| ended(other.join()));
        gil.release();
    };
    let takes_back = || {
        let gil = Arc::new(MiniGil::new());
        let turns = Arc::new(AtomicUsize::new(0));
        gil.acquire();
        gil.allow_threads(|| ());
        let other = {
            let (gil, turns) = (Arc::clone(&gil), Arc::clone(&turns));
            model_std::thread::spawn(move || {
                gil.acquire();
                turns.fetch_add(1, Relaxed);
                gil.release();
            })
        };
        settle();
        model::ensure(turns.load(Relaxed) == 0, "allow_threads에서 돌아왔는데 쥐고 있지 않습니다");
        gil.release();
        ended(other.join());
    };
    play(work, 0, vec![Box::new(lets_in), Box::new(takes_back), children(&["a", "a"])]);
}

/// 기다리다가 패닉해도 다시 쥔 뒤에 전합니다.
fn panicking(work: &Work) {
    let (_, secret): Input = work.input();
    let game = move || {
        let gil = Arc::new(MiniGil::new());
        let turns = Arc::new(AtomicUsize::new(0));
        gil.acquire();
        let caught = model_std::panic::catch_unwind(AssertUnwindSafe(|| {
            gil.allow_threads(|| std::panic::resume_unwind(Box::new(secret)))
        }));
        let told = caught.err().and_then(|panic| panic.downcast_ref::<u64>().copied());
        model::ensure(told == Some(secret), "wait의 패닉을 그대로 전하지 않았습니다");
        let other = {
            let (gil, turns) = (Arc::clone(&gil), Arc::clone(&turns));
            model_std::thread::spawn(move || {
                gil.acquire();
                turns.fetch_add(1, Relaxed);
                gil.release();
            })
        };
        settle();
        model::ensure(turns.load(Relaxed) == 0, "패닉한 뒤에 쥐고 있지 않습니다");
        gil.checkpoint();
        model::ensure(turns.load(Relaxed) == 1, "패닉한 뒤의 checkpoint가 비켜 주지 않습니다");
        gil.release();
        ended(other.join());
    };
    play(work, 0, vec![Box::new(game)]);
}

/// 쥐지 않은 스레드는 놓지 못합니다.
fn owner(work: &Work) {
    let game = || {
        let gil = Arc::new(MiniGil::new());
        let turns = Arc::new(AtomicUsize::new(0));
        gil.acquire();
        let stranger = {
            let gil = Arc::clone(&gil);
            model_std::thread::spawn(move || gil.release())
        };
        model::ensure(stranger.join().is_err(), "쥐지 않은 스레드의 release가 패닉하지 않았습니다");
        let other = {
            let (gil, turns) = (Arc::clone(&gil), Arc::clone(&turns));
            model_std::thread::spawn(move || {
                gil.acquire();
                turns.fetch_add(1, Relaxed);
                gil.release();
            })
        };
        settle();
        model::ensure(turns.load(Relaxed) == 0, "쥐지 않은 스레드가 놓아 버렸습니다");
        gil.checkpoint();
        gil.release();
        ended(other.join());
        model::ensure(turns.load(Relaxed) == 1, "그 뒤로 쓸 수 없게 되었습니다");
    };
    let empty = || {
        let gil = MiniGil::new();
        let told = model_std::panic::catch_unwind(AssertUnwindSafe(|| gil.release()));
        model::ensure(told.is_err(), "아무도 쥐지 않은 GIL의 release가 패닉하지 않았습니다");
        gil.acquire();
        gil.release();
    };
    play(work, 0, vec![Box::new(game), Box::new(empty)]);
}

/// 다른 스레드가 모두 잠들거나 끝날 때까지 기다립니다.
fn settle() {
    // SAFETY: 채점기입니다.
    unsafe { model::settle() }
}

/// 스레드의 패닉은 그대로 전합니다.
fn ended<T>(end: model_std::thread::Result<T>) -> T {
    end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
