//! 앞섬(happens-before)의 시계입니다.
//!
//! 스레드마다 벡터 시계를 하나씩 둡니다(Lamport 1978, Mattern 1989). 놓는 쪽(release)이 제 시계를 맡겨 두고,
//! 얻는 쪽(acquire)이 그것을 이어받습니다. 이어받지 못한 두 접근은 데이터 경합입니다(FastTrack, PLDI 2009).
//! 표준의 규칙 그대로입니다: relaxed는 맡기지도 이어받지도 않고, RMW는 앞의 놓음을 이어 주며,
//! 울타리(fence)는 앞뒤의 relaxed를 놓음과 얻음으로 만듭니다(C++20 [intro.races], [atomics.fences]).

use real::{cell::RefCell, vec::Vec};

use crate::{run, sync::atomic::Ordering, wait};

/// 스레드의 번호로 찾는 때입니다. 없으면 0입니다.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Clock(Vec<u32>);

impl Clock {
    pub(crate) const fn new() -> Clock {
        Clock(Vec::new())
    }

    pub(crate) fn at(&self, thread: usize) -> u32 {
        self.0.get(thread).copied().unwrap_or(0)
    }

    pub(crate) fn set(&mut self, thread: usize, time: u32) {
        if self.0.len() <= thread {
            self.0.resize(thread + 1, 0);
        }
        self.0[thread] = time;
    }

    pub(crate) fn join(&mut self, other: &Clock) {
        for (thread, time) in other.0.iter().enumerate() {
            if self.at(thread) < *time {
                self.set(thread, *time);
            }
        }
    }

    /// 여기에 적힌 일이 모두 `other`보다 앞섭니까?
    pub(crate) fn before(&self, other: &Clock) -> bool {
        self.0
            .iter()
            .enumerate()
            .all(|(thread, time)| *time <= other.at(thread))
    }
}

/// 스레드 하나의 시계들입니다.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    pub(crate) now: Clock,
    /// relaxed로 읽어 아직 이어받지 않은 것입니다. 얻는 울타리가 이어받습니다.
    unacquired: Clock,
    /// 마지막 놓는 울타리 때의 시계입니다. 그 뒤의 relaxed 쓰기가 맡깁니다.
    fenced: Clock,
}

fn acquires(order: Ordering) -> bool {
    matches!(
        order,
        Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst
    )
}

fn releases(order: Ordering) -> bool {
    matches!(
        order,
        Ordering::Release | Ordering::AcqRel | Ordering::SeqCst
    )
}

/// 맡겨 둔 시계입니다. 원자적 변수나 락마다 하나씩 있습니다.
#[derive(Debug)]
pub(crate) struct Left(RefCell<Clock>);

impl Left {
    pub(crate) const fn new() -> Left {
        Left(RefCell::new(Clock::new()))
    }

    /// 락처럼 순서를 적지 않는 것이 놓습니다. 앞의 것에 보탭니다.
    pub(crate) fn release(&self) {
        with(|me, clocks| {
            self.0.borrow_mut().join(&clocks.now);
            tick(me, clocks);
        });
    }

    /// 락처럼 순서를 적지 않는 것이 얻습니다.
    pub(crate) fn acquire(&self) {
        with(|_, clocks| clocks.now.join(&self.0.borrow()));
    }

    /// 원자적 변수를 읽었습니다.
    pub(crate) fn read(&self, order: Ordering) {
        with(|_, clocks| {
            let left = self.0.borrow();
            if acquires(order) {
                clocks.now.join(&left);
            } else {
                clocks.unacquired.join(&left);
            }
        });
    }

    /// 원자적 변수에 썼습니다. `continues`이면 RMW라서 앞의 놓음을 이어 줍니다.
    pub(crate) fn write(&self, order: Ordering, continues: bool) {
        with(|me, clocks| {
            let mut left = self.0.borrow_mut();
            if !continues {
                *left = Clock::new();
            }
            if releases(order) {
                left.join(&clocks.now);
                tick(me, clocks);
            } else {
                left.join(&clocks.fenced);
            }
        });
    }
}

pub(crate) fn fence(order: Ordering) {
    with(|me, clocks| {
        if acquires(order) {
            let unacquired = real::mem::take(&mut clocks.unacquired);
            clocks.now.join(&unacquired);
        }
        if releases(order) {
            clocks.fenced = clocks.now.clone();
            tick(me, clocks);
        }
    });
}

fn tick(me: usize, clocks: &mut Clocks) {
    let time = clocks.now.at(me) + 1;
    clocks.now.set(me, time);
}

fn with(f: impl FnOnce(usize, &mut Clocks)) {
    if let Some(me) = wait::me() {
        run::with(|run| f(me, run.clocks(me)));
    }
}

/// 지금 스레드의 번호와 시계입니다.
pub(crate) fn now() -> Option<(usize, Clock)> {
    let me = wait::me()?;
    run::with(|run| Some((me, run.clocks(me).now.clone())))
}
