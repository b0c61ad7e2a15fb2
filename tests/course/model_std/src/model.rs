//! 채점기가 쓰는 것입니다: 차례를 바꾸어 가며 돌리고, 어긴 것을 찾습니다.
//!
//! 학생의 코드도 이것을 부를 수 있지만 얻는 것이 없습니다. 본 것은 [`explore`]를 부른 쪽에만 돌아가고,
//! 한 번 어긴 것은 지울 수 없고, 도는 중에 다시 부르면 어긴 것이 됩니다. 차례를 미루는 [`settle`]만은
//! `unsafe`라서 학생의 코드가 부르지 못합니다.

use real::{
    any::Any,
    boxed::Box,
    cell::{Cell, RefCell},
    format,
    panic::{self, AssertUnwindSafe},
    string::{String, ToString},
    sync::Once,
};

use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use shuttle_engine::runtime::{execution::ExecutionState, task::TaskId};

use crate::{
    clock::{self, Clock},
    run::{self, Turn},
    schedule::{Explorer, WAIVED},
    wait,
};

pub use crate::run::Budget;

/// 어떤 차례들을 볼지입니다.
#[derive(Clone, Copy, Debug)]
pub enum Search {
    /// 달릴 수 있는 스레드를 빼앗는 횟수가 `preemptions` 이하인 차례를 빠짐없이, `most`개까지 봅니다.
    /// `most`개를 보고도 남은 것이 있으면 [`Seen::cut`]이 참입니다. 내놓은 차례는 공평하게 돕니다.
    Every {
        /// 빼앗는 횟수입니다. `None`이면 묶지 않습니다.
        preemptions: Option<usize>,
        /// 차례의 수입니다.
        most: usize,
    },
    /// 차례를 바꿀 곳마다 아무나 고릅니다. 이 수만큼 봅니다.
    Random(usize),
    /// 스레드마다 우선순위를 뽑고 `depth - 1`곳에서만 바꿉니다.
    Pct {
        /// 차례의 수입니다.
        times: usize,
        /// 버그의 깊이입니다.
        depth: usize,
    },
}

/// 어떻게 볼지입니다.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// 적힌 차례대로 봅니다. 어긴 것을 찾으면 멈춥니다.
    pub searches: &'a [Search],
    /// 일찍 깨어나는 횟수입니다.
    pub budget: Budget,
    /// 실행 한 번에 차례를 바꿀 수 있는 곳의 최대 개수입니다. 넘으면 끝나지 않는 것으로 봅니다.
    pub steps: usize,
    /// 제비뽑기의 씨앗입니다.
    pub seed: u64,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Plan {
            searches: &[
                Search::Every {
                    preemptions: Some(2),
                    most: 4_000,
                },
                Search::Random(500),
                Search::Pct {
                    times: 500,
                    depth: 3,
                },
            ],
            budget: Budget {
                spurious: 1,
                timeouts: 1,
                weak: 1,
            },
            steps: 20_000,
            seed: 1,
        }
    }
}

/// 찾은 것입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// 모두가 서로를 기다립니다.
    Deadlock,
    /// 정한 만큼 돌아도 끝나지 않습니다.
    Endless,
    /// 패닉했습니다.
    Panic(String),
    /// 채점기가 본 것이 약속과 다릅니다.
    Violated(String),
}

/// 본 것입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// 끝까지 본 차례의 수입니다.
    pub schedules: usize,
    /// [`Search::Every`]가 `most`에서 멈추었습니다. 참이면 빠짐없이 본 것이 아닙니다.
    pub cut: bool,
    /// 처음 찾은 것입니다.
    pub found: Option<Found>,
}

/// `body`를 차례를 바꾸어 가며 돌립니다. `body`가 돌아오면 그 실행은 끝납니다.
pub fn explore(plan: &Plan<'_>, body: impl Fn() + Send + Sync + 'static) -> Seen {
    if wait::me().is_some() {
        violate("모델 안에서 모델을 다시 돌렸습니다");
        return Seen {
            schedules: 0,
            cut: false,
            found: Some(Found::Endless),
        };
    }
    run::with(|run| run.reset(plan.budget));
    quiet();
    let body = real::sync::Arc::new(body);
    let (mut schedules, mut cut) = (0, false);
    for (index, search) in plan.searches.iter().enumerate() {
        let count = real::sync::Arc::new(real::sync::atomic::AtomicUsize::new(0));
        let (body, counter) = (
            real::sync::Arc::clone(&body),
            real::sync::Arc::clone(&count),
        );
        let explorer = Explorer::new(*search, plan.budget, plan.seed.wrapping_add(index as u64));
        let runner = Runner::new(explorer, config(plan.steps));
        INSIDE.set(true);
        let ended = panic::catch_unwind(AssertUnwindSafe(|| {
            runner.run(move || {
                body();
                leave_the_rest();
                counter.fetch_add(1, real::sync::atomic::Ordering::Relaxed);
            })
        }));
        INSIDE.set(false);
        schedules += count.load(real::sync::atomic::Ordering::Relaxed);
        cut |= run::with(|run| run.cut);
        let found = run::with(|run| run.found.clone());
        let found = found.or_else(|| ended.err().map(|payload| what(&*payload)));
        if found.is_some() {
            return Seen {
                schedules,
                cut,
                found,
            };
        }
    }
    Seen {
        schedules,
        cut,
        found: None,
    }
}

/// `main`이 끝나면 프로그램도 끝납니다. 남은 스레드를 기다리지 않습니다.
fn leave_the_rest() {
    ExecutionState::with(|state| {
        let mut thread = 1;
        while state.try_get(TaskId::from(thread)).is_some() {
            if !state.get(TaskId::from(thread)).finished() {
                state.detach(TaskId::from(thread));
            }
            thread += 1;
        }
    });
}

fn config(steps: usize) -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 17;
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(steps + WAIVED);
    config.silence_warnings = true;
    config
}

fn what(payload: &(dyn Any + Send)) -> Found {
    let text = said(payload);
    if text.starts_with("deadlock!") {
        Found::Deadlock
    } else if text.starts_with("exceeded max_steps bound") {
        Found::Endless
    } else {
        let first = run::with(|run| run.panicked.clone());
        Found::Panic(first.unwrap_or(text))
    }
}

pub(crate) fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("까닭을 적지 않은 패닉").to_string()
}

real::thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// 도는 동안의 패닉을 화면에 적지 않고, 처음 것의 글을 적어 둡니다.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // shuttle은 처음 돌 때 패닉을 적는 함수를 바꿉니다. 그 뒤에 감쌉니다.
        let once = shuttle::scheduler::RandomScheduler::new_from_seed(1, 1);
        Runner::new(once, config(100)).run(|| ());
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                loud(info);
                return;
            }
            let text = said(info.payload());
            run::with(|run| run.panicked.get_or_insert(text).len());
        }));
    });
}

/// 약속과 다른 것을 보았습니다. 지울 수 없고, 이 실행은 여기서 멈춥니다.
pub fn violate(what: impl Into<String>) {
    let what = Found::Violated(what.into());
    run::with(|run| run.found.get_or_insert(what) == &Found::Deadlock);
    wait::switch();
}

/// `held`가 거짓이면 [`violate`]입니다.
pub fn ensure(held: bool, what: &str) {
    if !held {
        violate(what);
    }
}

/// 다른 스레드가 모두 잠들거나 끝날 때까지 기다립니다.
///
/// 돌며 기다리는 스레드가 있으면 오지 않습니다. 그때 실행은 [`Found::Endless`]로 끝납니다.
///
/// # Safety
/// 메모리는 위험하지 않습니다. 학생이 이것으로 차례를 미루면 틀린 답도 옳아 보이므로, 학생의 코드
/// (`-F unsafe_code`)가 부르지 못하게 `unsafe`로 둡니다. 채점기만 부릅니다.
pub unsafe fn settle() {
    let Some(me) = wait::me() else { return };
    run::with(|run| run.set_turn(me, Turn::Settled));
    wait::linger();
    run::with(|run| run.set_turn(me, Turn::Usual));
}

/// 여기서 차례가 바뀔 수 있습니다.
pub fn step() {
    wait::switch();
}

/// 지금 스레드의 번호입니다. 처음 것이 0입니다.
pub fn thread() -> usize {
    wait::me().unwrap_or(0)
}

/// 이번 실행에서 `std`의 락과 통로를 쓴 횟수입니다. 원자적 변수로만 지어야 하는 문제에서 봅니다.
pub fn ready_made() -> usize {
    run::with(|run| run.ready_made)
}

/// 아직 시작하지 않은 것까지, 만든 스레드의 수입니다. 처음 것도 셉니다.
pub fn threads() -> usize {
    ExecutionState::with(|state| {
        let mut count = 0;
        while state.try_get(TaskId::from(count)).is_some() {
            count += 1;
        }
        count
    })
}

/// 락이 지켜야 할 자료입니다. 채점기가 가지고 있습니다.
///
/// 두 스레드가 함께 만지거나, 함께 만지지 않았더라도 앞선 것이 뒤의 것에 보인다는 보장이 없으면(데이터 경합)
/// 어긴 것입니다. 보장은 학생이 적은 `Ordering`으로 따집니다.
#[derive(Debug)]
pub struct Shared<T> {
    value: RefCell<T>,
    inside: Cell<usize>,
    reads: RefCell<Clock>,
    writes: RefCell<Clock>,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌립니다. `value`를 빌린 동안에는
// 차례를 바꾸지 않습니다.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// 새로 만듭니다.
    pub fn new(value: T) -> Shared<T> {
        Shared {
            value: RefCell::new(value),
            inside: Cell::new(0),
            reads: RefCell::new(Clock::new()),
            writes: RefCell::new(Clock::new()),
        }
    }

    /// 만집니다. 앞에서 차례가 바뀔 수 있습니다. 다른 스레드가 안에 있으면 어긴 것입니다.
    pub fn write<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        self.enter();
        if let Some((me, now)) = clock::now() {
            let alone = self.writes.borrow().before(&now) && self.reads.borrow().before(&now);
            ensure(
                alone,
                "앞서 만진 것이 보인다는 보장 없이 만졌습니다(데이터 경합)",
            );
            self.writes.borrow_mut().set(me, now.at(me));
        }
        let value = f(&mut self.value.borrow_mut());
        self.leave();
        value
    }

    /// 봅니다. 앞에서 차례가 바뀔 수 있습니다. 다른 스레드가 안에 있으면 어긴 것입니다.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        self.enter();
        if let Some((me, now)) = clock::now() {
            ensure(
                self.writes.borrow().before(&now),
                "앞서 쓴 것이 보인다는 보장 없이 보았습니다(데이터 경합)",
            );
            self.reads.borrow_mut().set(me, now.at(me));
        }
        let value = f(&self.value.borrow());
        self.leave();
        value
    }

    fn enter(&self) {
        self.inside.set(self.inside.get() + 1);
        wait::switch();
        ensure(self.inside.get() == 1, "두 스레드가 함께 안에 있습니다");
    }

    fn leave(&self) {
        self.inside.set(self.inside.get() - 1);
    }
}

/// 글로 적습니다. 종류와, 학생에게 보일 말입니다.
impl Found {
    /// 종류의 이름입니다.
    pub fn kind(&self) -> &'static str {
        match self {
            Found::Deadlock => "deadlock",
            Found::Endless => "endless",
            Found::Panic(_) => "panic",
            Found::Violated(_) => "violated",
        }
    }

    /// 학생에게 보일 말입니다.
    pub fn detail(&self) -> String {
        match self {
            Found::Deadlock => {
                "모두가 잠들어 아무도 깨우지 않는 차례가 있습니다(교착 상태).".to_string()
            }
            Found::Endless => {
                "끝나지 않는 차례가 있습니다. 돌며 기다리는(바쁜 기다림) 곳을 보세요.".to_string()
            }
            Found::Panic(text) => format!("패닉하는 차례가 있습니다: {text}"),
            Found::Violated(text) => format!("{text}."),
        }
    }
}
