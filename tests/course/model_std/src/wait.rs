//! 차례를 바꾸는 곳과, 잠들고 깨우는 것입니다. 나머지는 모두 이것 위에 짓습니다.
//!
//! shuttle은 모든 스레드를 운영체제의 스레드 하나에서 번갈아 돌리고, [`switch`]에서만 바꿉니다.
//! 그래서 [`switch`]와 [`switch`] 사이는 쪼개지지 않습니다.

use real::{cell::RefCell, vec::Vec};

use shuttle::current;
use shuttle_engine::runtime::{execution::ExecutionState, task::TaskId, thread};

use crate::run;

/// 지금 스레드의 번호입니다. 차례를 바꾸어 가며 도는 중이 아니면 없습니다.
pub(crate) fn me() -> Option<usize> {
    current::try_get_current_task().map(usize::from)
}

/// 여기서 차례가 바뀔 수 있습니다.
pub(crate) fn switch() {
    if !stopping() {
        thread::switch();
    }
}

/// 차례를 내놓습니다. 남이 달린다는 약속은 없습니다. 언제까지나 이어 달리지는 못할 뿐입니다(`schedule::Fair`).
pub(crate) fn give_way() {
    if !stopping() {
        run::with(|run| run.yielded = true);
        ExecutionState::request_yield();
        thread::switch();
    }
}

/// 남에게 먼저 차례를 줍니다. 그대로 이어 달릴 수도 있습니다.
pub(crate) fn linger() {
    if !stopping() {
        ExecutionState::request_yield();
        thread::switch();
    }
}

/// 실행이 끝나 거두는 중입니다. 더는 기다리거나 깨우지 않습니다.
pub(crate) fn stopping() -> bool {
    me().is_none() || ExecutionState::should_stop()
}

/// 실행이 끝나 스택을 거두는 중입니다. 패닉이 아닙니다.
pub(crate) fn being_torn_down() -> bool {
    ExecutionState::unwinding_for_teardown()
}

/// 깨울 때까지 잡니다.
pub(crate) fn sleep() {
    ExecutionState::with(|state| state.current_mut().block(false));
    thread::switch();
}

/// 자는 스레드를 깨웁니다. 자지 않거나 끝났으면 아무 일도 없습니다.
pub(crate) fn wake(thread: usize) {
    if stopping() {
        return;
    }
    ExecutionState::with(|state| {
        if let Some(task) = state.try_get_mut(TaskId::from(thread))
            && task.blocked()
        {
            task.unblock();
        }
    });
}

/// 무언가를 기다리는 스레드들입니다. 깨어나면 저마다 다시 살핍니다.
#[derive(Debug)]
pub(crate) struct Waiters(RefCell<Vec<usize>>);

impl Waiters {
    pub(crate) const fn new() -> Waiters {
        Waiters(RefCell::new(Vec::new()))
    }

    /// `ready`가 참이 될 때까지 잡니다. 앞에서 한 번, 차례가 바뀔 수 있습니다.
    pub(crate) fn until(&self, mut ready: impl FnMut() -> bool) {
        switch();
        while !ready() {
            if stopping() {
                return;
            }
            self.0.borrow_mut().extend(me());
            sleep();
        }
    }

    pub(crate) fn wake_all(&self) {
        for thread in self.0.take() {
            wake(thread);
        }
    }
}
