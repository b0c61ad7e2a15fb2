//! GIL: 놀이터에 하나뿐인 모자입니다. 모자를 쓴 아이만 놀 수 있습니다.
//!
//! CPython의 전역 인터프리터 락(global interpreter lock)을 본뜬 모형입니다.
//! [`Gil::spawn`]으로 만든 스레드는 락을 쥐어야 달리고, [`checkpoint`]를 지날 때마다
//! 비켜 달라는 요청이 있는지 봅니다. 기다릴 일이 있으면 [`allow_threads`]로 락을 놓습니다.
//!
//! ```
//! use noriteo::{gil::Gil, work};
//!
//! let gil = Gil::default();
//! let left = gil.spawn(|| work::sum(0..1_000))?;
//! let right = gil.spawn(|| work::sum(1_000..2_000))?;
//! assert_eq!(left.join()? + right.join()?, work::expected(0..2_000)?);
//! assert_eq!(gil.stats().max_in_flight, 1); // 두 스레드가 함께 안에 있던 적이 없습니다
//! # Ok::<(), noriteo::Error>(())
//! ```
//!
//! # 알고리즘
//! CPython 3.10–3.13의 [`Python/ceval_gil.c`][source](3.11까지는 `ceval_gil.h`)를 따릅니다.
//!
//! - 락은 「지금 쥔 스레드」를 적은 칸 하나이고, 뮤텍스 하나가 이 칸을 지킵니다.
//!   뮤텍스는 칸을 읽고 쓰는 잠깐만 잠그므로 거의 다투지 않습니다.
//! - 락을 얻으려는 스레드는 조건 변수에서 전환 간격(switch interval, 처음 값 5 ms)만큼 기다립니다.
//!   그사이 쥔 스레드가 한 번도 바뀌지 않았으면 비켜 달라는 요청(`gil_drop_request`)을 겁니다.
//!   바뀌었으면 요청 없이 다시 한 간격을 기다립니다.
//! - 쥔 스레드는 [`checkpoint`]에서 요청을 보면 락을 놓습니다. 그리고 다른 스레드가 락을 쥘 때까지
//!   둘째 조건 변수에서 기다립니다(`FORCE_SWITCHING`). 이 기다림이 없으면 방금 놓은 스레드가
//!   깨어나는 중인 스레드보다 먼저 락을 다시 쥐어 버리곤 합니다.
//!
//! # CPython과 다른 점
//! - CPython은 함수에 들어갈 때와 반복문이 뒤로 돌아갈 때 요청을 봅니다.
//!   여기서는 [`checkpoint`]를 부른 곳에서만 봅니다. [`crate::work::sum`]은 덧셈
//!   [`crate::work::BLOCK`]번마다 부릅니다.
//! - CPython은 두 조건 변수에 뮤텍스를 하나씩 두지만 여기서는 하나가 둘을 맡습니다.
//! - CPython의 `sys.setswitchinterval`은 0 이하를 거절하고, 1 µs 미만은 기다릴 때 1 µs로 칩니다.
//!   여기서는 0을 포함한 1 µs 미만을 모두 1 µs로 칩니다.
//! - 간격을 바꾸면 기다리던 스레드도 새 간격으로 다시 기다립니다. CPython에서는 걸어 둔 기다림이 끝난 뒤부터입니다.
//! - 프로그램이 끝날 때 데몬 스레드를 멈추는 절차, 시그널과 가비지 컬렉션에 얽힌 부분은 없습니다.
//! - CPython은 통계를 남기지 않습니다. 여기서는 [`Gil::stats`]가 횟수와 시각을 알려 줍니다.
//!
//! 이 차이들이 값으로도 보이는지는 [`crate::measure::side_by_side`]가 진짜 CPython 곁에서 잽니다.
//!
//! # 무엇을 확인했는가
//! 알고리즘은 `src/gil/lock.rs` 한 파일에 있습니다. 검사 `gil_verified`는 이 파일을 그대로
//! [shuttle]의 도구 위에서 다시 컴파일합니다. 그러면 스레드의 차례를 운영체제가 아니라 검사가 정합니다.
//! 차례를 바꾸어 가며 돌리고, 한 차례가 끝날 때마다 다음을 봅니다.
//!
//! - 둘이 함께 쥐지 않습니다. 교착 상태와 잃어버린 깨움이 없습니다. 패닉해도 락을 놓습니다.
//! - 요청은 한 간격을 꼬박 기다린 스레드만 겁니다. 그사이 쥔 스레드가 바뀌었으면 걸지 않고, 그대로이면 꼭 겁니다.
//! - 요청이 걸려 있으면, [`checkpoint`]나 [`allow_threads`]는 남이 쥔 뒤에야 다음 일을 합니다.
//! - 통계와 타임라인의 기록은 실제로 일어난 일과 맞습니다.
//!
//! 두 스레드가 한 번씩 들어갔다 나오는 일은 모든 차례를 봅니다. 조금 더 긴 일은 달리는 스레드를 빼앗는 횟수를 정해 두고
//! 그 안에서 빠짐없이 봅니다. 더 큰 일은 차례를 뽑아서(무작위, PCT) 봅니다.
//! 검사가 제구실을 하는지도 봅니다. 이 파일을 한 군데씩 고장 낸 락은 모두 들켜야 합니다.
//! 몇 차례를 보았고 몇 개가 들켰는지는 증거 `gil_verified`와 `gil_verified_mutants`에 남습니다.
//!
//! 검사 `gil_model`도 같은 파일을, 이번에는 가짜 시계 위에서 돌립니다. 책의 3장에 있는 모형이
//! 이 락과 1 µs도 다르지 않게 달리는지 견줍니다.
//!
//! 다음은 확인하지 못했습니다.
//!
//! - 뽑아서 본 것은 모든 차례가 아닙니다. 스레드는 넷까지입니다.
//! - shuttle은 모든 스레드가 메모리를 같은 순서로 본다고 칩니다(순차적 일관성). 느슨한 순서(relaxed)에서만 생기는
//!   일은 보지 못합니다. 락이 지키는 자료는 모두 뮤텍스를 거쳐 오가고, 느슨하게 읽고 쓰는 것은 요청과 계수기뿐입니다.
//!   [loom]은 느슨한 순서도 보지만, 시간이 정해진 기다림이 끝나는 일을 보지 못하고 옳은 프로그램을 교착 상태라고
//!   할 때가 있습니다([tokio-rs/loom#376]).
//! - 검사 안에서는 시간이 흐르지 않습니다. 간격이 다 되는 일은 언제든 일어날 수 있는 일로 칩니다. 한 번의 실행에서
//!   몇 번까지만 일어나고, 그 뒤로는 깨워야만 깨어납니다. 5 ms가 정말 5 ms인지는 검사 `gil`이 봅니다.
//! - 데이터 경합을 실행하면서 잡는 도구인 ThreadSanitizer는 안정판 Rust에 없어 돌리지 않았습니다.
//! - [`Gil::spawn`]과 [`Gil::with`]처럼 이 파일 밖에 있는 것은 검사 `gil`이 진짜 스레드로 봅니다.
//!
//! [shuttle]: https://docs.rs/shuttle
//! [loom]: https://docs.rs/loom
//! [tokio-rs/loom#376]: https://github.com/tokio-rs/loom/issues/376
//! [source]: https://github.com/python/cpython/blob/3.13/Python/ceval_gil.c

mod lock;
mod sync;

use std::{
    cell::RefCell,
    fmt,
    sync::{Arc, LazyLock, Weak},
    time::Duration,
};

use self::lock::{Inside, Leave, Seat, Shared};
pub use self::lock::{allow_threads, checkpoint, is_held};
pub use crate::thread::{JoinHandle, Receiver, Sender, queue};
use crate::{Result, thread};

/// 전환 간격의 처음 값입니다: 5 ms. CPython의 `DEFAULT_INTERVAL`(5000 µs)과 같습니다.
pub const DEFAULT_SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// 전환 간격의 가장 작은 값입니다: 1 µs. CPython이 기다릴 때 쓰는 아래 끝과 같습니다.
pub const MIN_SWITCH_INTERVAL: Duration = Duration::from_micros(1);

/// [`Stats::slices`]에 남기는 조각의 최대 개수입니다. 넘친 조각은 [`Stats::slices_dropped`]가 셉니다.
pub const MAX_SLICES: usize = 65_536;

/// 한 번에 한 스레드만 쥘 수 있는 락입니다. 복제하면 같은 락을 함께 씁니다.
///
/// 파이썬 인터프리터 하나에 `Gil` 하나가 해당합니다. 프로그램 전체가 하나를 함께 쓰려면
/// [`Gil::global`]을, 재기와 시험을 따로 하려면 [`Gil::new`]를 씁니다.
#[derive(Clone)]
pub struct Gil {
    shared: Arc<Shared>,
}

impl Gil {
    /// 아무도 쥐지 않은 새 락을 만듭니다.
    ///
    /// `switch_interval`은 기다리는 스레드가 비켜 달라고 하기까지 참는 시간입니다.
    /// [`MIN_SWITCH_INTERVAL`]보다 짧으면(0 포함) 그 값으로 올립니다. 위 끝은 없습니다.
    pub fn new(switch_interval: Duration) -> Gil {
        Gil {
            shared: Arc::new(Shared::new(switch_interval.max(MIN_SWITCH_INTERVAL))),
        }
    }

    /// 프로그램에 하나뿐인 락입니다. 처음 부를 때 간격 5 ms로 만들어집니다.
    pub fn global() -> &'static Gil {
        static GLOBAL: LazyLock<Gil> = LazyLock::new(Gil::default);
        &GLOBAL
    }

    /// 새 스레드를 만들어 락을 쥔 채 `f`를 부릅니다. 패닉해도 락은 놓입니다.
    ///
    /// 락을 쥔 스레드가 불러도 됩니다. 새 스레드는 차례가 올 때까지 기다립니다.
    /// 작업자 번호는 이 함수를 부른 차례로 매깁니다.
    ///
    /// # Errors
    /// 운영체제가 스레드를 더 만들어 주지 않으면 [`crate::Error::Os`]입니다.
    pub fn spawn<T, F>(&self, f: F) -> Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let seat = self.new_seat();
        thread::spawn(move || {
            remember(&seat);
            let _inside = Inside::enter(seat, Leave::ForGood);
            f()
        })
    }

    /// 부른 스레드가 락을 쥐고 `f`를 부른 뒤 놓습니다. 패닉해도 놓습니다.
    ///
    /// 이 락을 이미 쥐고 있으면 `f`만 부릅니다. 다른 `Gil`을 쥐고 있으면 그것을 놓고 들어갔다가
    /// 돌아와서 다시 쥡니다. 그래서 둘을 한꺼번에 쥐는 일이 없습니다
    /// (CPython 3.12부터 인터프리터를 옮겨 갈 때도 이렇게 합니다).
    ///
    /// 같은 스레드는 몇 번을 들어와도 작업자 번호가 같습니다. 놓을 때 비켜 달라는 요청이 있으면
    /// 다른 스레드가 쥘 때까지 기다렸다가 돌아옵니다.
    ///
    /// # Panics
    /// 스레드가 끝나면서 스레드 지역 변수를 치우는 동안 부르면 패닉합니다.
    pub fn with<T>(&self, f: impl FnOnce() -> T) -> T {
        if lock::holds(&self.shared) {
            return f();
        }
        allow_threads(|| {
            let _inside = Inside::enter(self.seat(), Leave::ToReturn);
            f()
        })
    }

    /// 지금의 전환 간격입니다.
    pub fn switch_interval(&self) -> Duration {
        self.shared.lock().interval
    }

    /// 전환 간격을 바꿉니다. 기다리던 스레드도 새 간격으로 처음부터 다시 기다립니다.
    ///
    /// [`MIN_SWITCH_INTERVAL`]보다 짧으면(0 포함) 그 값으로 올립니다. 위 끝은 없습니다.
    pub fn set_switch_interval(&self, switch_interval: Duration) {
        let switch_interval = switch_interval.max(MIN_SWITCH_INTERVAL);
        self.shared.set_interval(switch_interval);
    }

    /// 지금까지의 통계를 복사해 돌려줍니다. 락을 쥐지 않고도 부를 수 있습니다.
    ///
    /// 복사하는 동안(조각이 가장 많을 때 3 MiB 남짓) 락을 쥐고 놓는 일이 미뤄집니다.
    /// 재는 도중에는 드물게 부르세요.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// 부른 스레드의 자리입니다. 처음이면 새 번호를 받습니다.
    fn seat(&self) -> Seat {
        let known = SEATS.with_borrow(|seats| {
            let mine =
                |(gil, _): &&(Weak<Shared>, usize)| gil.as_ptr() == Arc::as_ptr(&self.shared);
            seats.iter().find(mine).map(|&(_, worker)| worker)
        });
        match known {
            Some(worker) => Seat {
                shared: Arc::clone(&self.shared),
                worker,
            },
            None => {
                let seat = self.new_seat();
                remember(&seat);
                seat
            }
        }
    }

    fn new_seat(&self) -> Seat {
        Seat::new(&self.shared)
    }
}

impl Default for Gil {
    /// 전환 간격이 [`DEFAULT_SWITCH_INTERVAL`]인 새 락입니다.
    fn default() -> Gil {
        Gil::new(DEFAULT_SWITCH_INTERVAL)
    }
}

impl fmt::Debug for Gil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Gil")
            .field("switch_interval", &state.interval)
            .field("holder", &state.holder.as_ref().map(|holder| holder.worker))
            .finish_non_exhaustive()
    }
}

/// 락이 만들어진 뒤로 일어난 일입니다. 시각과 시간은 [`Gil::new`]부터 잽니다.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// 락을 쥔 횟수입니다. 비켜 준 뒤 다시 쥔 것도 셉니다.
    pub acquisitions: u64,
    /// 바로 전과 다른 스레드가 락을 쥔 횟수입니다.
    ///
    /// 맨 처음 쥔 것은 세지 않습니다(CPython의 `switch_number`는 셉니다).
    pub switches: u64,
    /// 비켜 달라는 요청이 걸린 횟수입니다. 이미 걸린 요청에 겹쳐 건 것은 세지 않습니다.
    pub drop_requests: u64,
    /// [`checkpoint`]에서 요청을 보고 락을 놓은 횟수입니다. `drop_requests` 이하입니다.
    pub forced_drops: u64,
    /// 락 안에 함께 있던 스레드가 가장 많았을 때의 수입니다.
    ///
    /// 락과 따로 두고 들어간 바로 뒤에 더하고 나오기 바로 앞에 뺀 원자적 계수기로 잽니다.
    /// 락이 옳다면 0(아무도 쥐지 않았음)이나 1입니다.
    pub max_in_flight: usize,
    /// 누군가 락을 쥐고 있던 시간을 더한 값입니다. 지금 쥐고 있는 몫도 들어갑니다.
    pub held: Duration,
    /// 작업자마다의 통계입니다. `workers[i].ordinal == i`입니다.
    pub workers: Vec<WorkerStats>,
    /// 락을 쥐고 있던 조각들입니다. 시간 차례이고 겹치지 않으며, 지금 쥐고 있는 조각은 없습니다.
    ///
    /// 처음 [`MAX_SLICES`]개만 남깁니다.
    pub slices: Vec<Slice>,
    /// 자리가 없어 `slices`에 남기지 못한 조각의 개수입니다.
    pub slices_dropped: u64,
}

/// 작업자 하나의 통계입니다. 작업자는 이 락을 쓰는 스레드 하나입니다.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerStats {
    /// 작업자 번호입니다(0부터). [`Gil::spawn`]을 부르거나 [`Gil::with`]로 처음 들어온 차례입니다.
    pub ordinal: usize,
    /// 이 스레드가 락을 쥔 횟수입니다.
    pub acquisitions: u64,
    /// 이 스레드가 요청을 보고 락을 놓은 횟수입니다.
    pub forced_drops: u64,
    /// 이 스레드가 락을 쥐고 있던 시간입니다. 지금 쥐고 있는 몫도 들어갑니다.
    pub held: Duration,
}

/// 한 스레드가 락을 쥐었다가 놓기까지의 조각입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// 쥔 작업자의 번호입니다.
    pub worker: usize,
    /// 쥔 시각입니다. 락이 만들어진 때부터 잽니다.
    pub start: Duration,
    /// 놓은 시각입니다. `start` 이상입니다.
    pub end: Duration,
    /// 요청을 보고 놓았으면 `true`, 기다리거나 끝나느라 스스로 놓았으면 `false`입니다.
    pub forced: bool,
}

/// [`Gil::global`]의 락을 쥔 채 달리는 스레드를 만듭니다.
///
/// # Errors
/// [`Gil::spawn`]과 같습니다.
pub fn spawn<T, F>(f: F) -> Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Gil::global().spawn(f)
}

thread_local! {
    /// 이 스레드가 락마다 받은 번호입니다.
    static SEATS: RefCell<Vec<(Weak<Shared>, usize)>> = const { RefCell::new(Vec::new()) };
}

/// 같은 스레드가 다시 오면 같은 번호를 쓰도록 적어 둡니다.
fn remember(seat: &Seat) {
    SEATS.with_borrow_mut(|seats| {
        seats.retain(|(gil, _)| gil.strong_count() > 0);
        seats.push((Arc::downgrade(&seat.shared), seat.worker));
    });
}

#[cfg(test)]
mod tests {
    use super::{lock::State, *};

    const MS: Duration = Duration::from_millis(1);

    fn state(workers: usize) -> State {
        let mut state = State::new(DEFAULT_SWITCH_INTERVAL);
        state.stats.workers = vec![WorkerStats::default(); workers];
        state
    }

    #[test]
    fn only_a_change_of_holder_is_a_switch() {
        let mut state = state(2);
        for (i, worker) in [0, 0, 1, 0, 0].into_iter().enumerate() {
            let start = 10 * MS * i as u32;
            state.start_slice(worker, start);
            state.end_slice(start + MS, false);
        }
        assert_eq!(state.stats.acquisitions, 5);
        assert_eq!(state.stats.switches, 2);
        assert_eq!(state.stats.workers[0].acquisitions, 4);
        assert_eq!(state.stats.workers[1].acquisitions, 1);
    }

    #[test]
    fn a_slice_remembers_who_when_and_whether_by_force() {
        let mut state = state(2);
        state.start_slice(1, 3 * MS);
        state.end_slice(8 * MS, true);
        state.start_slice(0, 9 * MS);
        state.end_slice(10 * MS, false);
        let expected =
            [(1, 3, 8, true), (0, 9, 10, false)].map(|(worker, start, end, forced)| Slice {
                worker,
                start: start * MS,
                end: end * MS,
                forced,
            });
        assert_eq!(state.stats.slices, expected);
        assert_eq!(state.stats.held, 6 * MS);
        assert_eq!(state.stats.workers[1].held, 5 * MS);
        assert_eq!(state.stats.forced_drops, 1);
        assert_eq!(state.stats.workers[0].forced_drops, 0);
        assert_eq!(state.stats.workers[1].forced_drops, 1);
    }

    #[test]
    fn slices_stop_growing_and_the_rest_is_counted() {
        let mut state = state(1);
        for _ in 0..MAX_SLICES + 3 {
            state.start_slice(0, MS);
            state.end_slice(2 * MS, true);
        }
        assert_eq!(state.stats.slices.len(), MAX_SLICES);
        assert_eq!(state.stats.slices_dropped, 3);
        // 남기지 못한 조각도 횟수와 시간에는 들어갑니다.
        assert_eq!(state.stats.held, MS * (MAX_SLICES as u32 + 3));
        assert_eq!(state.stats.forced_drops, MAX_SLICES as u64 + 3);
    }

    #[test]
    fn seats_of_dropped_locks_are_forgotten() {
        for _ in 0..10 {
            Gil::default().with(|| ());
        }
        let kept = Gil::default();
        kept.with(|| ());
        let alive = SEATS.with_borrow(|seats| seats.len());
        assert_eq!(alive, 1);
    }
}
