//! `std::sync`입니다. 모두 모델의 것이고, [`Arc`]처럼 기다리지 않는 것만 진짜입니다.

pub mod atomic;
mod barrier;
mod condvar;
pub mod mpsc;
mod mutex;
mod once;
mod rwlock;

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use once::{LazyLock, Once, OnceLock};
pub use real::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
