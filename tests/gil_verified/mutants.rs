//! 락을 한 군데씩 고장 낸 것(mutant)의 목록입니다.
//!
//! `tests/build.rs`가 `src/gil/lock.rs`의 글에서 `from`을 `to`로 바꾸어 파일로 만들고,
//! 검사 `gil_verified`가 컴파일해 돌립니다. `from`은 꼭 한 번 나와야 합니다.

/// 고장 하나입니다.
pub struct Mutant {
    /// 모듈의 이름이 됩니다.
    pub name: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    pub fate: Fate,
}

/// 고장 낸 락이 어떻게 되는지입니다.
pub enum Fate {
    /// 들킵니다. 들킨 까닭에 이 말이 있습니다.
    Caught(&'static str),
    /// 글은 달라도 하는 일이 같아 들킬 수 없습니다. 왜 같은지입니다.
    Same(&'static str),
}

use Fate::{Caught, Same};

const fn mutant(name: &'static str, from: &'static str, to: &'static str, fate: Fate) -> Mutant {
    Mutant {
        name,
        from,
        to,
        fate,
    }
}

pub const MUTANTS: &[Mutant] = &[
    // 쥐기
    mutant(
        "does_not_wait",
        "while state.holder.is_some() {",
        "while false {",
        Caught("둘이 함께 쥐었습니다"),
    ),
    mutant(
        "waits_once",
        "while state.holder.is_some() {",
        "if state.holder.is_some() {",
        Caught("둘이 함께 쥐었습니다"),
    ),
    mutant(
        "waiting_not_counted",
        "state.waiting += 1;",
        "",
        Caught("deadlock!"),
    ),
    mutant(
        "waiting_never_uncounted",
        "state.waiting -= 1;",
        "",
        Caught("아무도 기다리지 않는데 깨웠습니다"),
    ),
    mutant(
        "waits_by_an_old_interval",
        "let interval = state.interval;",
        "let interval = Duration::MAX;",
        Caught("max_steps"),
    ),
    mutant(
        "asks_although_the_holder_changed",
        "state.holder.is_some() && state.stats.switches == switches",
        "state.holder.is_some()",
        Caught("한 간격을 꼬박 기다리지 않고 요청했습니다"),
    ),
    mutant(
        "asks_although_nobody_holds",
        "state.holder.is_some() && state.stats.switches == switches",
        "state.stats.switches == switches",
        Caught("한 간격을 꼬박 기다리지 않고 요청했습니다"),
    ),
    mutant(
        "asks_before_the_interval_is_over",
        "wait.timed_out() && stuck",
        "stuck",
        Caught("한 간격을 꼬박 기다리지 않고 요청했습니다"),
    ),
    mutant(
        "never_asks",
        "!shared.drop_request.swap(true, Ordering::Relaxed)",
        "!shared.drop_request.load(Ordering::Relaxed)",
        Caught("한 간격을 꼬박 기다렸는데 요청하지 않았습니다"),
    ),
    mutant(
        "counts_a_repeated_request",
        "&& !shared.drop_request.swap(true, Ordering::Relaxed)",
        "&& { shared.drop_request.swap(true, Ordering::Relaxed); true }",
        Caught("통계: 요청의 횟수"),
    ),
    mutant(
        "request_not_counted",
        "state.stats.drop_requests += 1;",
        "",
        Caught("통계: 요청의 횟수"),
    ),
    mutant(
        "request_not_cleared",
        "shared.drop_request.swap(false, Ordering::Relaxed)",
        "shared.drop_request.load(Ordering::Relaxed)",
        Caught("새로 쥔 스레드가 걸린 요청을 끄지 않았습니다"),
    ),
    mutant(
        "switch_not_told",
        "shared.switched.notify_all();",
        "",
        Caught("deadlock!"),
    ),
    mutant(
        "unlocked_before_clearing",
        "        // 비켜 주고 지켜보는 스레드는 요청이 걸려 있을 때에만 있습니다.\n",
        "        drop(state);\n        let state = ();\n",
        Caught("뮤텍스를 잠그지 않고 락의 속을 고쳤습니다"),
    ),
    mutant(
        "recorded_after_unlocking",
        "        trace::enter(Trace::Held, shared.id());\n        // 비켜",
        "        drop(state);\n        trace::enter(Trace::Held, shared.id());\n        let state = shared.lock();\n        // 비켜",
        Caught("뮤텍스를 잠그지 않고 락의 속을 고쳤습니다"),
    ),
    mutant(
        "entering_counted_late",
        "let in_flight = shared.in_flight.fetch_add(1, Ordering::Relaxed) + 1;",
        "let in_flight = shared.in_flight.fetch_add(1, Ordering::Relaxed);",
        Caught("통계: 함께 안에 있던 수"),
    ),
    // 놓기
    mutant(
        "leaving_not_counted",
        "shared.in_flight.fetch_sub(1, Ordering::Relaxed);",
        "",
        Caught("통계: 함께 안에 있던 수"),
    ),
    mutant(
        "release_wakes_nobody",
        "shared.freed.notify_one();",
        "",
        Caught("deadlock!"),
    ),
    mutant(
        "release_wakes_only_a_crowd",
        "if state.waiting > 0 {",
        "if state.waiting > 1 {",
        Caught("deadlock!"),
    ),
    mutant(
        "release_always_wakes",
        "if state.waiting > 0 {",
        "if true {",
        Caught("아무도 기다리지 않는데 깨웠습니다"),
    ),
    mutant(
        "no_wait_for_the_switch",
        "if leave != Leave::ForGood && shared.drop_request.load(Ordering::Relaxed) {",
        "if false {",
        Caught("비켜 준 스레드가 남보다 먼저 다시 쥐었습니다"),
    ),
    mutant(
        "waits_for_the_switch_unasked",
        "if leave != Leave::ForGood && shared.drop_request.load(Ordering::Relaxed) {",
        "if leave != Leave::ForGood {",
        Caught("deadlock!"),
    ),
    mutant(
        "waits_for_the_switch_only_at_the_end",
        "if leave != Leave::ForGood &&",
        "if leave == Leave::ForGood &&",
        Caught("떠나는 스레드가 남이 쥐기를 기다립니다"),
    ),
    mutant(
        "waits_for_the_switch_even_at_the_end",
        "if leave != Leave::ForGood &&",
        "if",
        Caught("떠나는 스레드가 남이 쥐기를 기다립니다"),
    ),
    mutant(
        "waits_for_the_switch_only_when_forced",
        "if leave != Leave::ForGood &&",
        "if leave == Leave::Forced &&",
        Caught("비켜 준 스레드가 남보다 먼저 다시 쥐었습니다"),
    ),
    mutant(
        "waits_for_the_switch_once",
        "while state.last_holder == Some(self.worker) {",
        "if state.last_holder == Some(self.worker) {",
        Caught("비켜 준 스레드가 남보다 먼저 다시 쥐었습니다"),
    ),
    mutant(
        "waits_for_any_holder",
        "while state.last_holder == Some(self.worker) {",
        "while state.holder.is_none() {",
        Caught("deadlock!"),
    ),
    mutant(
        "does_not_take_again",
        "        self.drop_gil(Leave::Forced);\n        self.take_gil();",
        "        self.drop_gil(Leave::Forced);",
        Caught("둘이 함께 안에 있었습니다"),
    ),
    mutant(
        "takes_without_dropping",
        "        self.drop_gil(Leave::Forced);\n        self.take_gil();",
        "        self.take_gil();",
        Caught("deadlock!"),
    ),
    // 상태
    mutant(
        "holder_not_written",
        "self.holder = Some(Holder { worker, since });",
        "",
        Caught("통계: 조각의 수"),
    ),
    mutant(
        "last_holder_not_written",
        "self.last_holder.replace(worker)",
        "self.last_holder",
        Caught("통계: 바뀐 횟수"),
    ),
    mutant(
        "holder_not_cleared",
        "let Some(Holder { worker, since }) = self.holder.take() else {",
        "let Some(&Holder { worker, since }) = self.holder.as_ref() else {",
        Caught("deadlock!"),
    ),
    mutant(
        "switches_counted_always",
        "if before.is_some_and(|before| before != worker) {",
        "if before.is_some() {",
        Caught("통계: 바뀐 횟수"),
    ),
    // 문
    mutant(
        "checkpoint_does_nothing",
        "if seat.shared.drop_request.load(Ordering::Relaxed) {",
        "if false {",
        Caught("요청이 있는데 남이 쥐기 전에 다음 일을 했습니다"),
    ),
    mutant(
        "checkpoint_always_gives_way",
        "if seat.shared.drop_request.load(Ordering::Relaxed) {",
        "if true {",
        Caught("요청이 없는데 밀려났습니다"),
    ),
    mutant(
        "new_interval_wakes_nobody",
        "        self.freed.notify_all();",
        "",
        Caught("max_steps"),
    ),
    mutant(
        "panic_in_allow_threads_forgets_the_lock",
        "            let _outside = Outside { seat: Some(seat) };\n            f()",
        "            let value = f();\n            drop(Outside { seat: Some(seat) });\n            value",
        Caught("쥐고 있다고 아는 것과 실제가 다릅니다"),
    ),
    mutant(
        "leaving_does_not_release",
        "            seat.drop_gil(self.leave);",
        "",
        Caught("deadlock!"),
    ),
    mutant(
        "allow_threads_does_not_release",
        "            seat.drop_gil(Leave::ToReturn);\n",
        "",
        Caught("deadlock!"),
    ),
    mutant(
        "allow_threads_does_not_return",
        "            seat.take_gil();\n",
        "            seat.shared.in_flight.fetch_add(1, Ordering::Relaxed);\n",
        Caught("통계: 함께 안에 있던 수"),
    ),
    mutant(
        "allow_threads_leaves_for_good",
        "            seat.drop_gil(Leave::ToReturn);\n",
        "            seat.drop_gil(Leave::ForGood);\n",
        Caught("비켜 준 스레드가 남보다 먼저 다시 쥐었습니다"),
    ),
    // 기록
    mutant(
        "waiting_not_recorded",
        "        trace::enter(Trace::LockWait, shared.id());\n        let mut state = shared.lock();\n        while",
        "        let mut state = shared.lock();\n        while",
        Caught("타임라인: 기다림 없이 쥐었습니다"),
    ),
    mutant(
        "release_not_recorded",
        "Leave::ToReturn | Leave::ForGood => trace::enter(Trace::Running, 0),",
        "Leave::ToReturn | Leave::ForGood => {}",
        Caught("둘이 함께 쥐었습니다"),
    ),
    mutant(
        "wait_for_the_switch_not_recorded",
        "            trace::enter(Trace::LockWait, shared.id());\n            while",
        "            while",
        Caught("타임라인: 락을 기다리면서 적지 않았습니다"),
    ),
    mutant(
        "end_of_that_wait_not_recorded",
        "                trace::enter(Trace::Running, 0);",
        "",
        Caught("타임라인이 달림으로 끝나지 않습니다"),
    ),
    mutant(
        "forced_drop_not_counted",
        "            stats.forced_drops += 1;\n",
        "",
        Caught("통계: 밀려난 횟수"),
    ),
    // 하는 일이 같은 것
    mutant(
        "switch_told_to_one",
        "shared.switched.notify_all();",
        "shared.switched.notify_one();",
        Same(
            "`switched`에서 기다리는 스레드는 많아야 하나입니다. 요청이 걸린 채 놓은 스레드만 기다리는데, \
         다음에 쥐는 스레드가 요청을 끄므로 그 전에 또 놓을 스레드가 없습니다.",
        ),
    ),
    mutant(
        "release_wakes_everybody",
        "shared.freed.notify_one();",
        "shared.freed.notify_all();",
        Same("깨어난 스레드는 락이 비었는지 다시 봅니다. 헛되이 깨어날 뿐 하는 일은 같습니다."),
    ),
];
