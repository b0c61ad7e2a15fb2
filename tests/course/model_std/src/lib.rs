//! 채점할 때 학생의 코드에 `std` 대신 주는 것입니다(`--extern std=libmodel_std.rlib`).
//!
//! 학생은 여느 때처럼 `std::sync`와 `std::thread`를 씁니다. 그런데 스레드의 차례는 운영체제가 아니라
//! shuttle이 정합니다. 그래서 드물게만 나타나는 차례도 하나씩 골라 볼 수 있습니다.
//!
//! * `sync`, `thread`, `time::Instant`, `hint::spin_loop`, `thread_local!`은 여기의 것입니다.
//!   여기에 적지 않은 `std::sync`와 `std::thread`의 이름은 컴파일되지 않습니다. 몰래 빠져나가는 것은 없습니다.
//!   그때 학생에게 할 말은 `course`가 우리말로 만듭니다(`course/src/modelled.rs`). 이를테면
//!   `OnceState`와 `call_once_force`, `Condvar::wait_timeout_ms`, `RwLockWriteGuard::downgrade`,
//!   원자적 변수의 `as_ptr`·`from_ptr`와 `AtomicPtr`의 셈, `os::unix::thread::JoinHandleExt`가 없습니다.
//! * 나머지는 진짜 `std`입니다.
//! * 조건 변수는 까닭 없이 깨고(spurious wakeup), 시간이 정해진 기다림은 언제든 끝날 수 있습니다.
//!   그래서 `sleep`이나 `wait_timeout`으로 다른 스레드를 기다릴 수 없습니다.
//! * 원자적 변수에 적은 순서(`Ordering`)로 앞섬(happens-before)을 셈합니다([`model::Shared`]).
//! * 채점기는 [`model::explore`]로 차례를 바꾸어 가며 돌립니다.
//!
//! 이 모델이 보지 못하는 것이 있습니다. 지나갔다고 옳은 것은 아닙니다.
//!
//! * **낡은 값 읽기.** 원자적 변수는 순서를 어떻게 적었든 마지막에 쓴 값을 읽습니다(순차 일관). 느슨한 순서는
//!   [`model::Shared`]의 데이터 경합으로만 드러나므로, 원자적 변수끼리의 느슨한 순서만으로 틀리는 프로그램
//!   (두 깃발을 relaxed로 세우고 서로의 것을 보는 것 등)은 옳아 보입니다.
//! * **다 보지 못한 차례.** [`model::Search::Every`]는 정한 수에서 멈출 수 있고([`model::Seen::cut`]), 빼앗기가 더
//!   많아야 나오는 것은 제비뽑기로만 봅니다.
//! * **아주 긴 불공평.** 내놓은 차례를 못 들은 체하는 것은 만 걸음쯤까지입니다. 그보다 오래 되풀이하여 자는 답은
//!   남이 달렸다고 믿어도 옳아 보입니다.
//! * **전역 변수.** 한 프로세스에서 거듭 돌리므로 앞의 실행이 남긴 것이 보입니다. 그래서 `course`가 받지 않습니다.
//!
//! 이 크레이트의 `pub`은 학생에게도 `std::…`으로 보입니다. 그래서 [`model`]의 함수는 불러도 제 점수를
//! 바꾸지 못하게 되어 있습니다. 본 것은 [`model::explore`]를 부른 쪽에만 돌아가고, 어긴 것은 지울 수 없습니다.
#![no_std]
#![warn(missing_docs)]

extern crate std as real;

pub use real::*;

mod clock;
pub mod hint;
pub mod model;
pub mod panic;
pub mod prelude;
mod run;
mod schedule;
pub mod sync;
pub mod thread;
pub mod time;
mod wait;

/// `std::thread_local!`과 같습니다. 값은 모델의 스레드마다 따로입니다.
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = const $init:block; $($rest:tt)*) => {
        $crate::thread_local!($(#[$attr])* $vis static $name: $t = const $init);
        $crate::thread_local!($($rest)*);
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr; $($rest:tt)*) => {
        $crate::thread_local!($(#[$attr])* $vis static $name: $t = $init);
        $crate::thread_local!($($rest)*);
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = const $init:block) => {
        $crate::thread_local!($(#[$attr])* $vis static $name: $t = $init);
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr) => {
        $(#[$attr])* $vis static $name: $crate::thread::LocalKey<$t> = {
            $crate::__thread_local!(KEY, $t, $init);
            $crate::thread::LocalKey::new(&KEY)
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __thread_local {
    ($name:ident, $t:ty, $init:expr) => {
        static $name: $crate::thread::ShuttleKey<$t> = $crate::thread::ShuttleKey {
            init: || $init,
            _p: $crate::marker::PhantomData,
        };
    };
}
