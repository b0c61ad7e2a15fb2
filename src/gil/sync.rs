//! [`super::lock`]이 쓰는 도구입니다: 스레드가 서로 만나는 것, 시계, 기록입니다.
//!
//! 알고리즘을 검사할 때에는 이 모듈만 바꾸어 끼웁니다.

pub(super) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread_local,
    time::Instant,
};

pub(super) use crate::trace::{self, State as Trace};
