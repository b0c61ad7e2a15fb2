//! 스레드의 차례를 정하는 세 가지 길입니다.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use shuttle::{
    Config, FailurePersistence, MaxSteps, Runner,
    scheduler::{PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId},
};

/// 제비뽑기의 씨앗입니다. 언제나 같은 차례들을 봅니다.
pub const SEED: u64 = 0x6e6f_7269_7465_6f21;

/// 한 번의 실행에서 차례를 바꿀 수 있는 곳의 최대 개수입니다. 넘으면 끝나지 않는 것으로 봅니다.
const MAX_STEPS: usize = 20_000;

/// 어떤 차례들을 볼지입니다.
#[derive(Clone, Copy, Debug)]
pub enum Search {
    /// 달릴 수 있는 스레드를 빼앗는 횟수가 이 수 이하인 차례를 빠짐없이 봅니다. `None`이면 모든 차례입니다.
    Every(Option<usize>),
    /// 차례를 바꿀 곳마다 아무나 고릅니다. 이 수만큼 봅니다.
    Random(usize),
    /// 스레드마다 우선순위를 뽑고 몇 곳에서만 바꿉니다(PCT). 이 수만큼 봅니다.
    Pct(usize),
}

impl Search {
    /// `body`를 차례를 바꾸어 가며 돌리고, 본 차례의 수를 돌려줍니다. 실패하면 까닭을 돌려줍니다.
    pub fn run(self, body: impl Fn() + Send + Sync + 'static) -> Result<usize, String> {
        let run = AssertUnwindSafe(|| match self {
            Search::Every(preemptions) => {
                Runner::new(Exhaustive::new(preemptions), config()).run(body)
            }
            Search::Random(times) => {
                Runner::new(RandomScheduler::new_from_seed(SEED, times), config()).run(body)
            }
            Search::Pct(times) => {
                Runner::new(PctScheduler::new_from_seed(SEED, 3, times), config()).run(body)
            }
        });
        catch_unwind(run)
            .map_err(|payload| format!("{self:?}, 씨앗 {SEED:#x}: {}", message(payload)))
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 17;
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(MAX_STEPS);
    // 순서를 느슨하게 적은 것(relaxed)을 엄격하게 본다는 경고입니다. `src/gil.rs`에 적었습니다.
    config.silence_warnings = true;
    config
}

fn message(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("까닭을 적지 않은 패닉").to_owned()
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// `f` 안의 패닉을 화면에 적지 않습니다. 고장 낸 락은 패닉하라고 있는 것입니다.
pub fn quietly<T>(f: impl FnOnce() -> T) -> T {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // shuttle은 처음 돌 때 패닉을 적는 함수를 바꿉니다. 그 뒤에 감쌉니다.
        Runner::new(RandomScheduler::new_from_seed(SEED, 1), config()).run(|| ());
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let value = f();
    QUIET.set(false);
    value
}

/// 갈림길 하나에서 고른 것과 고를 수 있던 개수입니다.
#[derive(Debug)]
struct Choice {
    taken: usize,
    of: usize,
}

/// 정해진 수까지 빼앗는 차례를 깊이 우선으로 빠짐없이 고릅니다.
///
/// 달리던 스레드가 더 달릴 수 있는데 남에게 차례를 주는 것이 빼앗기(preemption)입니다.
/// 버그는 대개 빼앗기 한두 번이면 나타납니다(CHESS, Musuvathi·Qadeer, PLDI 2007).
/// shuttle의 `DfsScheduler`와 달리 빼앗는 횟수를 묶을 수 있고, 누구를 깨울지도 모두 골라 봅니다.
#[derive(Debug)]
struct Exhaustive {
    limit: Option<usize>,
    path: Vec<Choice>,
    depth: usize,
    preemptions: usize,
    started: bool,
}

impl Exhaustive {
    fn new(limit: Option<usize>) -> Exhaustive {
        Exhaustive {
            limit,
            path: Vec::new(),
            depth: 0,
            preemptions: 0,
            started: false,
        }
    }

    /// `of`개 가운데 이번에 고를 것입니다. 처음 온 갈림길이면 첫째를 고릅니다.
    fn choose(&mut self, of: usize) -> usize {
        if self.depth == self.path.len() {
            self.path.push(Choice { taken: 0, of });
        }
        let choice = &self.path[self.depth];
        assert_eq!(choice.of, of, "같은 차례인데 갈림길이 다릅니다");
        self.depth += 1;
        choice.taken
    }
}

impl Scheduler for Exhaustive {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.started {
            // 끝에서부터, 아직 고르지 않은 것이 남은 갈림길까지 물러납니다.
            while self.path.last().is_some_and(|c| c.taken + 1 == c.of) {
                self.path.pop();
            }
            self.path.last_mut()?.taken += 1;
        }
        self.started = true;
        self.depth = 0;
        self.preemptions = 0;
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yielding: bool,
    ) -> Option<TaskId> {
        // 그대로 달리는 것이 첫째입니다. 스스로 양보했으면 마지막입니다.
        let mut ids: Vec<TaskId> = runnable.iter().map(|task| task.id()).collect();
        let running = current.filter(|id| ids.contains(id));
        if let Some(id) = running {
            ids.retain(|other| *other != id);
            ids.insert(if yielding { ids.len() } else { 0 }, id);
        }
        let costs = running.is_some() && !yielding;
        if costs && self.limit.is_some_and(|limit| self.preemptions >= limit) {
            ids.truncate(1);
        }
        let taken = self.choose(ids.len());
        if costs && taken > 0 {
            self.preemptions += 1;
        }
        Some(ids[taken])
    }

    fn next_u64(&mut self) -> u64 {
        self.choose(2) as u64
    }
}
