//! ex09의 채점기입니다. 스레드의 차례는 `model_std`가 정합니다.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use model_std::model::{self, Plan, Search, Shared, explore};
use submission::Bank;
use witness::{Case, Verdict, Work, Wrong, ensure};

fn main() {
    witness::main(
        &[
            ("alone", |case| look(case, "alone")),
            ("no-deadlock", |case| look(case, "no-deadlock")),
            ("no-overdraft", |case| look(case, "no-overdraft")),
            ("held", |case| look(case, "held")),
            ("together", |case| look(case, "together")),
            ("total", |case| look(case, "total")),
        ],
        &[
            ("alone", alone),
            ("no-deadlock", no_deadlock),
            ("no-overdraft", no_overdraft),
            ("held", held),
            ("together", together),
            ("total", total),
        ],
    )
}

/// 재판관이 주는 것: 씨앗과, 미리 알 수 없는 값들입니다.
type Input = (u64, Vec<u64>);
/// 피고가 내는 것: 놀이마다 본 차례의 수와, 정한 수에서 멈추어 빠짐없이 보지는 못했는지와, 처음 찾은 것입니다.
type Answer = Vec<(usize, bool, Option<String>)>;
type Game = Box<dyn Fn() + Send + Sync>;

fn look(case: &Case, act: &str) -> Verdict {
    let input: Input = (case.between(1, 0, u64::MAX), case.numbers(4));
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
fn play(work: &Work, games: Vec<Game>) {
    work.hush();
    let (seed, _): Input = work.input();
    let searches = [
        Search::Every { preemptions: Some(2), most: 4_000 },
        Search::Random(300),
        Search::Pct { times: 300, depth: 3 },
    ];
    let mut answer: Answer = Vec::new();
    for game in games {
        let seen = explore(&Plan { searches: &searches, seed, ..Plan::default() }, game);
        let found = seen.found.map(|found| found.detail());
        let stop = found.is_some();
        answer.push((seen.schedules, seen.cut, found));
        if stop {
            break;
        }
    }
    work.answer(&answer);
}

/// 한 스레드가 하나씩 부릅니다.
fn alone(work: &Work) {
    let (_, numbers): Input = work.input();
    let game = move || {
        let (low, high) = (10 + numbers[0], 10 + numbers[1]);
        let called = AtomicUsize::new(0);
        let count = || drop(called.fetch_add(1, Ordering::Relaxed));
        let bank = Bank::new(&[low, high, 0]);
        let has = |expected: [u64; 3], what: &str| {
            model::ensure([0, 1, 2].map(|of| bank.marbles(of)) == expected, what);
            model::ensure(bank.total() == expected.iter().sum::<u64>(), "total이 합과 다릅니다");
        };
        has([low, high, 0], "처음 든 것이 다릅니다");
        model::ensure(bank.transfer(0, 1, 7, count), "모자라지 않은데 false입니다");
        has([low - 7, high + 7, 0], "옮긴 뒤에 든 것이 다릅니다");
        model::ensure(bank.transfer(1, 0, high + 7, count), "있는 것을 모두 옮기지 못합니다");
        has([low + high, 0, 0], "모두 옮긴 뒤에 든 것이 다릅니다");
        model::ensure(!bank.transfer(2, 1, 1, count), "모자란데 true입니다");
        model::ensure(!bank.transfer(1, 1, 1, count), "모자란데 저에게 옮기면 true입니다");
        has([low + high, 0, 0], "모자랄 때 무언가 바뀌었습니다");
        model::ensure(bank.transfer(0, 0, 1, count), "저에게 옮기면 false입니다");
        has([low + high, 0, 0], "저에게 옮겼는데 무언가 바뀌었습니다");
        model::ensure(
            called.load(Ordering::Relaxed) == 3,
            "옮겼을 때마다 record를 꼭 한 번 부르지 않았습니다",
        );
    };
    play(work, vec![Box::new(game)]);
}

/// 스레드마다 옮길 것들입니다(누가, 누구에게).
type Moves = &'static [&'static [(usize, usize)]];

/// 옮기기를 함께 하고 모두 기다립니다.
fn moving(moves: Moves, count: u64, with_total: bool) -> Game {
    Box::new(move || {
        let bank = Arc::new(Bank::new(&[100, 100, 100, 100]));
        let mut children: Vec<_> = moves
            .iter()
            .map(|mine| {
                let bank = Arc::clone(&bank);
                model_std::thread::spawn(move || {
                    for (from, to) in *mine {
                        bank.transfer(*from, *to, count, || ());
                    }
                })
            })
            .collect();
        if with_total {
            let bank = Arc::clone(&bank);
            children.push(model_std::thread::spawn(move || drop(bank.total())));
        }
        children.into_iter().for_each(|child| ended(child.join()));
        model::ensure(bank.total() == 400, "구슬이 늘거나 줄었습니다");
    })
}

fn no_deadlock(work: &Work) {
    play(
        work,
        vec![
            moving(&[&[(0, 1)], &[(1, 0)]], 3, false),
            moving(&[&[(0, 1)], &[(1, 2)], &[(2, 0)]], 3, false),
            moving(&[&[(3, 1), (1, 1)], &[(1, 3), (2, 1)]], 3, false),
            moving(&[&[(0, 3)], &[(3, 0)]], 3, true),
        ],
    );
}

/// 함께 가져가도 없는 것을 가져가지는 못합니다.
fn no_overdraft(work: &Work) {
    let (_, numbers): Input = work.input();
    let has = 5 + numbers[0];
    let game = move || {
        let bank = Arc::new(Bank::new(&[has, 0, 0]));
        let children: Vec<_> = [1, 2]
            .map(|to| {
                let bank = Arc::clone(&bank);
                model_std::thread::spawn(move || bank.transfer(0, to, has - 1, || ()))
            })
            .into();
        let moved: Vec<bool> = children.into_iter().map(|child| ended(child.join())).collect();
        let all = [0, 1, 2].map(|of| bank.marbles(of));
        let expected = match moved.as_slice() {
            [true, false] => [1, has - 1, 0],
            [false, true] => [1, 0, has - 1],
            _ => {
                model::violate("하나만 옮길 수 있는데 둘 다 옮겼거나 아무도 옮기지 못했습니다");
                return;
            }
        };
        model::ensure(all == expected, "옮긴 뒤에 든 것이 다릅니다");
    };
    let chain = move || {
        let bank = Arc::new(Bank::new(&[has, has, has]));
        let children: Vec<_> = [(0, 1), (1, 2), (1, 0)]
            .map(|(from, to)| {
                let bank = Arc::clone(&bank);
                model_std::thread::spawn(move || bank.transfer(from, to, 2, || ()))
            })
            .into();
        for child in children {
            model::ensure(ended(child.join()), "모자라지 않은데 false입니다");
        }
        let all = [0, 1, 2].map(|of| bank.marbles(of));
        model::ensure(all == [has, has - 2, has + 2], "함께 옮긴 것 가운데 사라진 것이 있습니다");
    };
    play(work, vec![Box::new(game), Box::new(chain)]);
}

/// `record`는 두 주머니를 쥔 채로 부릅니다. 주머니마다의 장부를 혼자 만질 수 있어야 합니다.
fn held(work: &Work) {
    let game = |moves: [(usize, usize); 2]| -> Game {
        Box::new(move || {
            let bank = Arc::new(Bank::new(&[9, 9, 9]));
            let books: Arc<Vec<Shared<u64>>> = Arc::new((0..3).map(|_| Shared::new(0)).collect());
            let children: Vec<_> = moves
                .map(|(from, to)| {
                    let (bank, books) = (Arc::clone(&bank), Arc::clone(&books));
                    model_std::thread::spawn(move || {
                        bank.transfer(from, to, 1, || {
                            books[from].write(|times| *times += 1);
                            if to != from {
                                books[to].write(|times| *times += 1);
                            }
                        });
                    })
                })
                .into();
            children.into_iter().for_each(|child| ended(child.join()));
            let times: u64 = books.iter().map(|book| book.read(|times| *times)).sum();
            let expected: u64 = moves.iter().map(|(from, to)| 1 + u64::from(from != to)).sum();
            model::ensure(times == expected, "record를 꼭 한 번씩 부르지 않았습니다");
        })
    };
    play(work, [[(0, 1), (1, 2)], [(0, 1), (0, 2)], [(2, 0), (0, 2)], [(1, 1), (0, 1)]].map(game).into());
}

/// 겹치지 않는 둘은 함께 `record` 안에 있을 수 있습니다.
fn together(work: &Work) {
    let game = |moves: [(usize, usize); 2]| -> Game {
        Box::new(move || {
            let bank = Arc::new(Bank::new(&[9; 5]));
            let both = Arc::new(model_std::sync::Barrier::new(2));
            let children: Vec<_> = moves
                .map(|(from, to)| {
                    let (bank, both) = (Arc::clone(&bank), Arc::clone(&both));
                    model_std::thread::spawn(move || bank.transfer(from, to, 1, || drop(both.wait())))
                })
                .into();
            for child in children {
                model::ensure(ended(child.join()), "모자라지 않은데 false입니다");
            }
        })
    };
    play(work, [[(0, 1), (2, 3)], [(3, 0), (1, 2)], [(4, 4), (0, 2)]].map(game).into());
}

/// 세는 동안에도 합은 그대로입니다.
fn total(work: &Work) {
    let game = |moves: &'static [(usize, usize)]| -> Game {
        Box::new(move || {
            let bank = Arc::new(Bank::new(&[7, 7, 7]));
            let child = {
                let bank = Arc::clone(&bank);
                model_std::thread::spawn(move || {
                    for (from, to) in moves {
                        bank.transfer(*from, *to, 5, || ());
                    }
                })
            };
            model::ensure(bank.total() == 21, "세는 동안에 옮긴 것을 빠뜨리거나 두 번 셌습니다");
            ended(child.join());
        })
    };
    play(work, vec![game(&[(0, 2)]), game(&[(2, 0)]), game(&[(0, 1), (1, 2)])]);
}

/// 스레드의 패닉은 그대로 전합니다.
fn ended<T>(end: model_std::thread::Result<T>) -> T {
    end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
