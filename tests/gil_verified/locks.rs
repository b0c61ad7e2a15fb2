//! 진짜 락과 고장 낸 락을 같은 얼굴로 다룹니다.

use std::{sync::Arc, time::Duration};

use noriteo::gil::Stats;

/// `src/gil/lock.rs`가 하는 일입니다.
pub trait Lock: Send + Sync {
    /// 다음 작업자의 자리입니다.
    fn seat(&self) -> Box<dyn Seat>;
    fn checkpoint(&self);
    fn allow_threads(&self, body: &mut dyn FnMut());
    fn is_held(&self) -> bool;
    fn set_interval(&self, interval: Duration);
    fn stats(&self) -> Stats;
}

/// 작업자 하나가 쓰는 자리입니다.
pub trait Seat: Send {
    /// 락을 쥐고 `body`를 부른 뒤 놓습니다. 돌아오지 않을 것이면 `for_good`입니다.
    fn hold(&self, for_good: bool, body: &mut dyn FnMut());
}

/// 주어진 간격으로 새 락을 만듭니다.
pub type NewLock = fn(Duration) -> Arc<dyn Lock>;

/// `$file`에 있는 락을 [`crate::sync`] 위에서 컴파일합니다.
macro_rules! lock_module {
    ($name:ident, $file:literal) => {
        pub mod $name {
            use std::{sync::Arc, time::Duration};

            use noriteo::gil::{MAX_SLICES, Slice, Stats, WorkerStats};

            use crate::{locks, sync};

            #[path = $file]
            #[allow(
                warnings,
                clippy::all,
                reason = "고장 낸 락에는 이상한 줄이 있고, 진짜 락은 noriteo에서 이미 봅니다"
            )]
            mod lock;

            struct Model(Arc<lock::Shared>);

            struct Seat {
                shared: Arc<lock::Shared>,
                worker: usize,
            }

            pub fn new(interval: Duration) -> Arc<dyn locks::Lock> {
                Arc::new(Model(Arc::new(lock::Shared::new(interval))))
            }

            impl locks::Lock for Model {
                fn seat(&self) -> Box<dyn locks::Seat> {
                    let lock::Seat { shared, worker } = lock::Seat::new(&self.0);
                    Box::new(Seat { shared, worker })
                }

                fn checkpoint(&self) {
                    lock::checkpoint();
                }

                fn allow_threads(&self, body: &mut dyn FnMut()) {
                    lock::allow_threads(body);
                }

                fn is_held(&self) -> bool {
                    assert_eq!(lock::is_held(), lock::holds(&self.0));
                    lock::is_held()
                }

                fn set_interval(&self, interval: Duration) {
                    self.0.set_interval(interval);
                }

                fn stats(&self) -> Stats {
                    self.0.stats()
                }
            }

            impl locks::Seat for Seat {
                fn hold(&self, for_good: bool, body: &mut dyn FnMut()) {
                    let seat = lock::Seat {
                        shared: Arc::clone(&self.shared),
                        worker: self.worker,
                    };
                    let leave = if for_good {
                        lock::Leave::ForGood
                    } else {
                        lock::Leave::ToReturn
                    };
                    let _inside = lock::Inside::enter(seat, leave);
                    body();
                    if for_good {
                        sync::log(sync::Event::Farewell);
                    }
                }
            }
        }
    };
}
pub(crate) use lock_module;
