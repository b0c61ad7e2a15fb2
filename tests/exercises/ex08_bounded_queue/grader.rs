//! ex08의 채점기입니다. 스레드의 차례는 `model_std`가 정합니다.

use std::sync::{Arc, Mutex};

use model_std::model::{self, Budget, Plan, Search, explore, violate};
use submission::BoundedQueue;
use witness::{Case, Verdict, Work, Wrong, ensure};

fn main() {
    witness::main(
        &[
            ("order", |case| look(case, "order")),
            ("capacity", |case| look(case, "capacity")),
            ("sleeps", |case| look(case, "sleeps")),
            ("wakeups", |case| look(case, "wakeups")),
            ("spurious", |case| look(case, "spurious")),
            ("close", |case| look(case, "close")),
        ],
        &[
            ("order", |work| order(work)),
            ("capacity", |work| capacity(work)),
            ("sleeps", |work| sleeps(work)),
            ("wakeups", |work| many(work, CALM)),
            ("spurious", |work| spurious(work)),
            ("close", |work| close(work)),
        ],
    )
}

/// 재판관이 주는 것: 씨앗과, 미리 알 수 없는 값들입니다.
type Input = (u64, Vec<u64>);
/// 피고가 내는 것: 놀이마다 본 차례의 수와, 정한 수에서 멈추어 빠짐없이 보지는 못했는지와, 처음 찾은 것입니다.
type Answer = Vec<(usize, bool, Option<String>)>;

fn look(case: &Case, act: &str) -> Verdict {
    let input: Input = (case.between(1, 0, u64::MAX), case.numbers(8));
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

const CALM: Budget = Budget { spurious: 0, timeouts: 1, weak: 1 };
const RESTLESS: Budget = Budget { spurious: 2, timeouts: 1, weak: 1 };

/// 놀이 하나를 차례를 바꾸어 가며 돌립니다.
fn play(work: &Work, budget: Budget, games: Vec<Box<dyn Fn() + Send + Sync>>) {
    work.hush();
    let (seed, _): Input = work.input();
    let mut answer: Answer = Vec::new();
    for game in games {
        let seen = explore(&Plan { budget, seed, ..Plan::default() }, game);
        let found = seen.found.map(|found| found.detail());
        let stop = found.is_some();
        answer.push((seen.schedules, seen.cut, found));
        if stop {
            break;
        }
    }
    work.answer(&answer);
}

fn game(f: impl Fn() + Send + Sync + 'static) -> Box<dyn Fn() + Send + Sync> {
    Box::new(f)
}

/// 한 명이 넣고 한 명이 꺼냅니다. 같은 차례로 나옵니다.
fn order(work: &Work) {
    let (_, numbers): Input = work.input();
    let games = [1, 2, 3].map(|capacity| {
        let items: Vec<u64> = numbers[..4].to_vec();
        game(move || {
            let queue = Arc::new(BoundedQueue::new(capacity));
            let giver = {
                let (queue, items) = (Arc::clone(&queue), items.clone());
                model_std::thread::spawn(move || {
                    for item in items {
                        model::ensure(
                            queue.push(item).is_ok(),
                            "닫지 않았는데 push가 Err입니다",
                        );
                    }
                })
            };
            for item in &items {
                match queue.pop() {
                    None => violate("닫지 않았는데 pop이 None입니다"),
                    got => model::ensure(got == Some(*item), "넣은 차례와 다르게 나왔습니다"),
                }
            }
            ended(giver.join());
        })
    });
    play(work, CALM, games.into());
}

/// 꼭 `capacity`개까지 들어갑니다.
fn capacity(work: &Work) {
    let (_, numbers): Input = work.input();
    let games = [1, 2, 3].map(|capacity| {
        let items = numbers[..capacity + 2].to_vec();
        game(move || {
            let queue = Arc::new(BoundedQueue::new(capacity));
            let put = Arc::new(Mutex::new(0));
            let giver = {
                let (queue, items, put) = (Arc::clone(&queue), items.clone(), Arc::clone(&put));
                model_std::thread::spawn(move || {
                    for item in items {
                        let _ = queue.push(item);
                        *put.lock().unwrap() += 1;
                    }
                })
            };
            for taken in 0..items.len() {
                settle();
                let expected = (capacity + taken).min(items.len());
                let put = *put.lock().unwrap();
                model::ensure(
                    put <= expected,
                    &format!("{capacity}개까지인데 꺼낸 것보다 {}개 더 들어갔습니다", put - taken.min(put)),
                );
                model::ensure(
                    put >= expected,
                    &format!("자리가 남았는데 넣지 않고 기다립니다({capacity}개까지)"),
                );
                let _ = queue.pop();
            }
            ended(giver.join());
        })
    });
    play(work, CALM, games.into());
}

/// 기다리는 동안 모두 잠듭니다.
fn sleeps(work: &Work) {
    let (_, numbers): Input = work.input();
    let (one, two) = (numbers[0], numbers[1]);
    let takers = game(move || {
        let queue = Arc::new(BoundedQueue::new(1));
        let takers: Vec<_> = (0..2)
            .map(|_| {
                let queue = Arc::clone(&queue);
                model_std::thread::spawn(move || queue.pop())
            })
            .collect();
        settle();
        let _ = queue.push(one);
        settle();
        let _ = queue.push(two);
        let got: Vec<Option<u64>> = takers.into_iter().map(|taker| ended(taker.join())).collect();
        let all = got == [Some(one), Some(two)] || got == [Some(two), Some(one)];
        model::ensure(all, "기다리던 둘이 하나씩 받지 못했습니다");
    });
    let givers = game(move || {
        let queue = Arc::new(BoundedQueue::new(1));
        let _ = queue.push(one);
        let giver = {
            let queue = Arc::clone(&queue);
            model_std::thread::spawn(move || queue.push(two))
        };
        settle();
        model::ensure(queue.pop() == Some(one), "먼저 넣은 것이 먼저 나오지 않았습니다");
        model::ensure(queue.pop() == Some(two), "기다리던 것이 들어가지 않았습니다");
        let _ = ended(giver.join());
    });
    play(work, CALM, vec![takers, givers]);
}

fn many(work: &Work, budget: Budget) {
    let games = crowds(work);
    play(work, budget, games);
}

fn spurious(work: &Work) {
    many(work, RESTLESS);
}

/// 여럿이 넣고 여럿이 꺼냅니다. 하나도 잃지 않고, 아무도 잠든 채 남지 않습니다.
fn crowds(work: &Work) -> Vec<Box<dyn Fn() + Send + Sync>> {
    let (_, numbers): Input = work.input();
    // 넣는 이마다 넣을 개수, 꺼내는 이마다 꺼낼 개수, 자리입니다.
    let shapes: [(&[usize], &[usize], usize); 4] = [
        (&[1, 1], &[1, 1], 1),
        (&[2], &[1, 1], 2),
        (&[1, 1], &[2], 1),
        (&[2, 2], &[2, 2], 1),
    ];
    shapes
        .map(|(gives, takes, capacity)| {
            let numbers = numbers.clone();
            game(move || {
                let queue = Arc::new(BoundedQueue::new(capacity));
                let mut rest = numbers.iter().copied();
                let mut expected: Vec<u64> = Vec::new();
                let givers: Vec<_> = gives
                    .iter()
                    .map(|count| {
                        let items: Vec<u64> = rest.by_ref().take(*count).collect();
                        expected.extend(&items);
                        let queue = Arc::clone(&queue);
                        model_std::thread::spawn(move || {
                            for item in items {
                                model::ensure(
                                    queue.push(item).is_ok(),
                                    "닫지 않았는데 push가 Err입니다",
                                );
                            }
                        })
                    })
                    .collect();
                let takers: Vec<_> = takes
                    .iter()
                    .map(|count| {
                        let (queue, count) = (Arc::clone(&queue), *count);
                        model_std::thread::spawn(move || {
                            let mut got = Vec::new();
                            for _ in 0..count {
                                match queue.pop() {
                                    Some(item) => got.push(item),
                                    None => violate("닫지 않았는데 pop이 None입니다"),
                                }
                            }
                            got
                        })
                    })
                    .collect();
                givers.into_iter().for_each(|giver| ended(giver.join()));
                let mut got: Vec<u64> =
                    takers.into_iter().flat_map(|taker| ended(taker.join())).collect();
                got.sort_unstable();
                expected.sort_unstable();
                model::ensure(got == expected, "넣은 것이 꼭 한 번씩 나오지 않았습니다");
            })
        })
        .into()
}

/// 닫으면 기다리던 이가 모두 깨고, 남은 것은 나옵니다.
fn close(work: &Work) {
    let (_, numbers): Input = work.input();
    let (one, two) = (numbers[0], numbers[1]);
    let takers = game(move || {
        let queue = Arc::new(BoundedQueue::<u64>::new(2));
        let takers: Vec<_> = (0..2)
            .map(|_| {
                let queue = Arc::clone(&queue);
                model_std::thread::spawn(move || queue.pop())
            })
            .collect();
        queue.close();
        for taker in takers {
            model::ensure(ended(taker.join()).is_none(), "닫힌 빈 큐의 pop이 None이 아닙니다");
        }
        queue.close();
        model::ensure(queue.push(one) == Err(one), "닫힌 큐의 push가 Err(item)이 아닙니다");
        model::ensure(queue.pop().is_none(), "닫힌 큐에 들어간 것이 있습니다");
    });
    let givers = game(move || {
        let queue = Arc::new(BoundedQueue::new(1));
        let _ = queue.push(one);
        let givers: Vec<_> = (0..2)
            .map(|_| {
                let queue = Arc::clone(&queue);
                model_std::thread::spawn(move || queue.push(two))
            })
            .collect();
        queue.close();
        for giver in givers {
            model::ensure(
                ended(giver.join()) == Err(two),
                "기다리던 push가 닫힌 뒤에 Err(item)을 돌려주지 않았습니다",
            );
        }
        model::ensure(queue.pop() == Some(one), "닫을 때 남아 있던 것이 나오지 않았습니다");
        model::ensure(queue.pop().is_none(), "닫힌 빈 큐의 pop이 None이 아닙니다");
    });
    let racing = game(move || {
        let queue = Arc::new(BoundedQueue::new(1));
        let giver = {
            let queue = Arc::clone(&queue);
            model_std::thread::spawn(move || [one, two].map(|item| queue.push(item).is_ok()))
        };
        let taker = {
            let queue = Arc::clone(&queue);
            model_std::thread::spawn(move || {
                let mut got = Vec::new();
                while let Some(item) = queue.pop() {
                    got.push(item);
                }
                got
            })
        };
        queue.close();
        let put = ended(giver.join());
        let got = ended(taker.join());
        let expected: Vec<u64> = [one, two]
            .into_iter()
            .zip(put)
            .filter_map(|(item, put)| put.then_some(item))
            .collect();
        model::ensure(got == expected, "push가 Ok인 것과 나온 것이 다릅니다");
    });
    play(work, CALM, vec![takers, givers, racing]);
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
