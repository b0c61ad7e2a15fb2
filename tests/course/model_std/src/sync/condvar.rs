use real::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{LockResult, PoisonError},
    time::Duration,
    vec::Vec,
};

use shuttle_engine::runtime::execution::ExecutionState;

use super::MutexGuard;
use crate::{run, wait};

/// `std::sync::Condvar`입니다. 까닭 없이 깰 수 있고, 누구를 깨울지도 정해져 있지 않습니다.
#[derive(Debug, Default)]
pub struct Condvar {
    sleepers: RefCell<Vec<Rc<Sleeper>>>,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
unsafe impl Send for Condvar {}
// SAFETY: 위와 같습니다.
unsafe impl Sync for Condvar {}

impl real::panic::UnwindSafe for Condvar {}
impl real::panic::RefUnwindSafe for Condvar {}

#[derive(Debug)]
struct Sleeper {
    thread: usize,
    notified: Cell<bool>,
}

/// `std::sync::WaitTimeoutResult`입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// 시간이 다 되었습니까?
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// 깨우기 전에 깰 수 있는지입니다.
#[derive(Clone, Copy, PartialEq)]
enum Early {
    Never,
    /// 아무 때나입니다.
    Anytime,
    /// 차례를 내놓은 뒤입니다.
    Later,
}

impl Condvar {
    /// 새로 만듭니다.
    #[must_use]
    pub const fn new() -> Condvar {
        Condvar {
            sleepers: RefCell::new(Vec::new()),
        }
    }

    /// 놓고 잠들었다가, 깨면 다시 잠급니다.
    ///
    /// # Errors
    /// 쥔 스레드가 패닉했습니다.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        wait::switch();
        let spend = run::with(|run| {
            let spend = run.budget.spurious > 0;
            run.budget.spurious -= usize::from(spend);
            spend
        });
        let early = if spend { Early::Anytime } else { Early::Never };
        let (mutex, notified) = self.sleep(guard, early);
        if spend && notified {
            run::with(|run| run.budget.spurious += 1);
        }
        mutex.lock()
    }

    /// `condition`이 거짓이 될 때까지 기다립니다.
    ///
    /// # Errors
    /// 쥔 스레드가 패닉했습니다.
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// 시간이 다 되면 깨우지 않아도 깹니다.
    ///
    /// # Errors
    /// 쥔 스레드가 패닉했습니다.
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        duration: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        wait::switch();
        let (spend, until) = run::with(|run| {
            let spend = run.budget.timeouts > 0;
            run.budget.timeouts -= usize::from(spend);
            (spend, run.clock.saturating_add(duration))
        });
        let early = if spend { Early::Anytime } else { Early::Later };
        let (mutex, notified) = self.sleep(guard, early);
        run::with(|run| {
            if !notified {
                run.clock = run.clock.max(until);
            } else if spend {
                run.budget.timeouts += 1;
            }
        });
        let told = WaitTimeoutResult(!notified);
        match mutex.lock() {
            Ok(guard) => Ok((guard, told)),
            Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), told))),
        }
    }

    /// `condition`이 거짓이 되거나 시간이 다 될 때까지 기다립니다.
    ///
    /// # Errors
    /// 쥔 스레드가 패닉했습니다.
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        duration: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>
    where
        F: FnMut(&mut T) -> bool,
    {
        let until = run::with(|run| run.clock.saturating_add(duration));
        loop {
            if !condition(&mut guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            let left = until.saturating_sub(run::with(|run| run.clock));
            if left.is_zero() {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            guard = self.wait_timeout(guard, left)?.0;
        }
    }

    /// 뮤텍스를 놓고 잡니다. 누가 깨웠으면 `true`를 함께 줍니다.
    fn sleep<'a, T>(&self, guard: MutexGuard<'a, T>, early: Early) -> (&'a super::Mutex<T>, bool) {
        let Some(thread) = wait::me() else {
            panic!("모델의 밖에서는 기다리지 못합니다");
        };
        let me = Rc::new(Sleeper {
            thread,
            notified: Cell::new(false),
        });
        self.sleepers.borrow_mut().push(Rc::clone(&me));
        let mutex = guard.unlock();
        match early {
            Early::Never => {
                while !me.notified.get() && !wait::stopping() {
                    wait::sleep();
                }
            }
            // 달릴 수 있는 채로 둡니다. 깨우기 전에 차례가 오면 일찍 깬 것입니다.
            Early::Anytime => wait::linger(),
            Early::Later => wait::give_way(),
        }
        let notified = me.notified.get();
        if !notified {
            self.sleepers
                .borrow_mut()
                .retain(|other| !Rc::ptr_eq(other, &me));
        }
        (mutex, notified)
    }

    /// 하나를 깨웁니다.
    pub fn notify_one(&self) {
        wait::switch();
        if wait::stopping() || self.sleepers.borrow().is_empty() {
            return;
        }
        let last = self.sleepers.borrow().len() - 1;
        let chosen = (0..last).find(|_| ExecutionState::next_u64() & 1 == 0);
        let sleeper = self.sleepers.borrow_mut().remove(chosen.unwrap_or(last));
        sleeper.rouse();
    }

    /// 모두 깨웁니다.
    pub fn notify_all(&self) {
        wait::switch();
        for sleeper in self.sleepers.take() {
            sleeper.rouse();
        }
    }
}

impl Sleeper {
    fn rouse(&self) {
        self.notified.set(true);
        wait::wake(self.thread);
    }
}
