//! `std::sync::atomic`입니다.
//!
//! 값은 순서를 어떻게 적었든 하나의 차례로 바뀝니다(순차 일관). 적은 순서는 앞섬의 시계(`clock`)로 따집니다.
//! 그래서 느슨한 순서 때문에 낡은 값을 *읽는* 일은 보이지 않지만, 느슨한 순서로 지킨 자료는
//! 데이터 경합으로 드러납니다([`crate::model::Shared`]).

pub use real::sync::atomic::{Ordering, compiler_fence};

use real::{cell::Cell, fmt};

use shuttle_engine::runtime::execution::ExecutionState;

use crate::{
    clock::{self, Left},
    run, wait,
};

/// 울타리입니다.
///
/// # Panics
/// `Relaxed`일 때입니다.
pub fn fence(order: Ordering) {
    assert!(
        order != Ordering::Relaxed,
        "there is no such thing as a relaxed fence"
    );
    wait::switch();
    clock::fence(order);
}

/// 원자적 변수의 알맹이입니다.
struct Cellular<T> {
    value: Cell<T>,
    left: Left,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
unsafe impl<T> Sync for Cellular<T> {}

impl<T> real::panic::RefUnwindSafe for Cellular<T> {}

impl<T: Copy + PartialEq> Cellular<T> {
    const fn new(value: T) -> Cellular<T> {
        Cellular {
            value: Cell::new(value),
            left: Left::new(),
        }
    }

    fn load(&self, order: Ordering) -> T {
        match order {
            Ordering::Release => panic!("there is no such thing as a release load"),
            Ordering::AcqRel => panic!("there is no such thing as an acquire-release load"),
            _ => {}
        }
        wait::switch();
        self.left.read(order);
        self.value.get()
    }

    fn store(&self, value: T, order: Ordering) {
        match order {
            Ordering::Acquire => panic!("there is no such thing as an acquire store"),
            Ordering::AcqRel => panic!("there is no such thing as an acquire-release store"),
            _ => {}
        }
        wait::switch();
        self.left.write(order, false);
        self.value.set(value);
    }

    fn update(&self, order: Ordering, f: impl FnOnce(T) -> T) -> T {
        wait::switch();
        self.left.read(order);
        self.left.write(order, true);
        let before = self.value.get();
        self.value.set(f(before));
        before
    }

    fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
        weak: bool,
    ) -> Result<T, T> {
        match failure {
            Ordering::Release => panic!("there is no such thing as a release failure ordering"),
            Ordering::AcqRel => {
                panic!("there is no such thing as an acquire-release failure ordering")
            }
            _ => {}
        }
        wait::switch();
        let before = self.value.get();
        if before == current && !(weak && fails_anyway()) {
            self.left.read(success);
            self.left.write(success, true);
            self.value.set(new);
            Ok(before)
        } else {
            self.left.read(failure);
            Err(before)
        }
    }
}

/// `compare_exchange_weak`는 값이 같아도 실패할 수 있습니다.
fn fails_anyway() -> bool {
    if wait::stopping() || run::with(|run| run.budget.weak == 0) {
        return false;
    }
    let fails = ExecutionState::next_u64() & 1 == 1;
    run::with(|run| run.budget.weak -= usize::from(fails));
    fails
}

macro_rules! common {
    ($name:ident $(<$t:ident>)?, $value:ty) => {
        impl $(<$t>)? $name $(<$t>)? {
            /// 새로 만듭니다.
            #[must_use]
            pub const fn new(value: $value) -> Self {
                Self(Cellular::new(value))
            }

            /// 읽습니다.
            pub fn load(&self, order: Ordering) -> $value {
                self.0.load(order)
            }

            /// 씁니다.
            pub fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, order);
            }

            /// 쓰고, 앞의 값을 줍니다.
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |_| value)
            }

            /// 값이 `current`이면 `new`로 바꿉니다.
            ///
            /// # Errors
            /// 값이 `current`가 아닙니다.
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange(current, new, success, failure, false)
            }

            /// 값이 `current`이면 `new`로 바꿉니다. 같아도 실패할 수 있습니다.
            ///
            /// # Errors
            /// 값이 `current`가 아니거나 까닭 없이 실패했습니다.
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange(current, new, success, failure, true)
            }

            /// `f`가 준 값으로 바꿉니다. 그 사이에 바뀌었으면 다시 합니다.
            ///
            /// # Errors
            /// `f`가 `None`을 주었습니다.
            pub fn fetch_update<F>(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut f: F,
            ) -> Result<$value, $value>
            where
                F: FnMut($value) -> Option<$value>,
            {
                let mut before = self.load(fetch);
                while let Some(next) = f(before) {
                    match self.compare_exchange_weak(before, next, set, fetch) {
                        Ok(before) => return Ok(before),
                        Err(now) => before = now,
                    }
                }
                Err(before)
            }

            /// `fetch_update`의 새 이름입니다.
            ///
            /// # Errors
            /// `f`가 `None`을 주었습니다.
            pub fn try_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.fetch_update(set, fetch, f)
            }

            /// `f`가 준 값으로 바꾸고, 앞의 값을 줍니다. 그 사이에 바뀌었으면 다시 합니다.
            pub fn update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut f: impl FnMut($value) -> $value,
            ) -> $value {
                let mut before = self.load(fetch);
                loop {
                    match self.compare_exchange_weak(before, f(before), set, fetch) {
                        Ok(before) => return before,
                        Err(now) => before = now,
                    }
                }
            }

            /// 안의 값입니다.
            pub fn get_mut(&mut self) -> &mut $value {
                self.0.left.read(Ordering::Acquire);
                self.0.value.get_mut()
            }

            /// 안의 값을 꺼냅니다.
            #[must_use]
            pub fn into_inner(self) -> $value {
                self.0.left.read(Ordering::Acquire);
                self.0.value.into_inner()
            }
        }

        impl $(<$t>)? From<$value> for $name $(<$t>)? {
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }

        impl $(<$t>)? fmt::Debug for $name $(<$t>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.value.get().fmt(f)
            }
        }
    };
}

macro_rules! integers {
    ($($name:ident $value:ident),* $(,)?) => { $(
        #[doc = concat!("`std::sync::atomic::", stringify!($name), "`입니다.")]
        pub struct $name(Cellular<$value>);

        common!($name, $value);

        impl Default for $name {
            fn default() -> Self {
                Self::new(0)
            }
        }

        impl $name {
            /// 더하고, 앞의 값을 줍니다.
            pub fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| before.wrapping_add(value))
            }

            /// 빼고, 앞의 값을 줍니다.
            pub fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| before.wrapping_sub(value))
            }

            /// 비트마다 그리고(and), 앞의 값을 줍니다.
            pub fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| before & value)
            }

            /// 비트마다 그리고의 반대(nand), 앞의 값을 줍니다.
            pub fn fetch_nand(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| !(before & value))
            }

            /// 비트마다 또는(or), 앞의 값을 줍니다.
            pub fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| before | value)
            }

            /// 비트마다 서로 다름(xor), 앞의 값을 줍니다.
            pub fn fetch_xor(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| before ^ value)
            }

            /// 큰 쪽으로 바꾸고, 앞의 값을 줍니다.
            pub fn fetch_max(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| before.max(value))
            }

            /// 작은 쪽으로 바꾸고, 앞의 값을 줍니다.
            pub fn fetch_min(&self, value: $value, order: Ordering) -> $value {
                self.0.update(order, |before| before.min(value))
            }
        }
    )* };
}

integers!(
    AtomicI8 i8, AtomicI16 i16, AtomicI32 i32, AtomicI64 i64, AtomicIsize isize,
    AtomicU8 u8, AtomicU16 u16, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize,
);

/// `std::sync::atomic::AtomicBool`입니다.
pub struct AtomicBool(Cellular<bool>);

common!(AtomicBool, bool);

impl Default for AtomicBool {
    fn default() -> Self {
        Self::new(false)
    }
}

impl AtomicBool {
    /// 그리고(and), 앞의 값을 줍니다.
    pub fn fetch_and(&self, value: bool, order: Ordering) -> bool {
        self.0.update(order, |before| before & value)
    }

    /// 그리고의 반대(nand), 앞의 값을 줍니다.
    pub fn fetch_nand(&self, value: bool, order: Ordering) -> bool {
        self.0.update(order, |before| !(before & value))
    }

    /// 또는(or), 앞의 값을 줍니다.
    pub fn fetch_or(&self, value: bool, order: Ordering) -> bool {
        self.0.update(order, |before| before | value)
    }

    /// 서로 다름(xor), 앞의 값을 줍니다.
    pub fn fetch_xor(&self, value: bool, order: Ordering) -> bool {
        self.0.update(order, |before| before ^ value)
    }

    /// 뒤집고, 앞의 값을 줍니다.
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.0.update(order, |before| !before)
    }
}

/// `std::sync::atomic::AtomicPtr`입니다.
pub struct AtomicPtr<T>(Cellular<*mut T>);

// SAFETY: 가리키는 것을 만지는 일은 학생의 `unsafe`가 책임집니다. 진짜도 `T`를 가리지 않습니다.
unsafe impl<T> Send for AtomicPtr<T> {}

common!(AtomicPtr<T>, *mut T);

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(real::ptr::null_mut())
    }
}
