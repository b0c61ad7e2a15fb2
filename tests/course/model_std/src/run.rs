//! 실행 한 번의 장부입니다. 실행마다 비웁니다.

use real::{cell::RefCell, string::String, time::Duration, vec::Vec};

use crate::{clock::Clocks, model::Found};

/// 달릴 수는 있지만 남이 먼저인 스레드입니다.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    /// 여느 스레드입니다.
    #[default]
    Usual,
    /// 모두가 잠들어야 합니다(`model::settle`).
    Settled,
}

/// 일찍 깨어나거나 까닭 없이 실패하는 횟수입니다. 실행 한 번에 이만큼입니다.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// 조건 변수가 까닭 없이 깨는 횟수입니다.
    pub spurious: usize,
    /// 다른 스레드가 한 번도 달리지 못했는데 시간이 다 되는 횟수입니다.
    pub timeouts: usize,
    /// `compare_exchange_weak`가 까닭 없이 실패하는 횟수입니다.
    pub weak: usize,
}

#[derive(Debug)]
pub(crate) struct Run {
    threads: Vec<Clocks>,
    turns: Vec<Turn>,
    /// 방금 차례를 내놓았습니다.
    pub(crate) yielded: bool,
    pub(crate) budget: Budget,
    pub(crate) clock: Duration,
    /// 락과 통로를 쓴 횟수입니다.
    pub(crate) ready_made: usize,
    /// 볼 차례가 남았는데 정한 수에서 멈추었습니다.
    pub(crate) cut: bool,
    /// 처음 어긴 것입니다. 지우지 않습니다.
    pub(crate) found: Option<Found>,
    /// 처음 난 패닉의 글입니다.
    pub(crate) panicked: Option<String>,
}

impl Run {
    const fn new() -> Run {
        Run {
            threads: Vec::new(),
            turns: Vec::new(),
            yielded: false,
            budget: Budget {
                spurious: 0,
                timeouts: 0,
                weak: 0,
            },
            clock: Duration::from_secs(1),
            ready_made: 0,
            cut: false,
            found: None,
            panicked: None,
        }
    }

    /// 실행 하나를 시작합니다.
    pub(crate) fn reset(&mut self, budget: Budget) {
        *self = Run {
            budget,
            ..Run::new()
        };
    }

    pub(crate) fn clocks(&mut self, thread: usize) -> &mut Clocks {
        while self.threads.len() <= thread {
            let new = self.threads.len();
            let mut clocks = Clocks::default();
            clocks.now.set(new, 1);
            self.threads.push(clocks);
        }
        &mut self.threads[thread]
    }

    pub(crate) fn turn(&self, thread: usize) -> Turn {
        self.turns.get(thread).copied().unwrap_or_default()
    }

    pub(crate) fn set_turn(&mut self, thread: usize, turn: Turn) {
        if self.turns.len() <= thread {
            self.turns.resize(thread + 1, Turn::Usual);
        }
        self.turns[thread] = turn;
    }
}

real::thread_local! {
    static RUN: RefCell<Run> = const { RefCell::new(Run::new()) };
}

/// 지금 실행의 장부입니다. `f` 안에서 차례를 바꾸지 않습니다.
pub(crate) fn with<R>(f: impl FnOnce(&mut Run) -> R) -> R {
    RUN.with_borrow_mut(f)
}
