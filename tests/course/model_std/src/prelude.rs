//! `std::prelude`입니다. 길을 적지 않고 쓰는 `thread_local!`도 모델의 것이어야 합니다.

macro_rules! preludes {
    ($($edition:ident),*) => { $(
        #[doc = concat!("`std::prelude::", stringify!($edition), "`입니다.")]
        pub mod $edition {
            pub use crate::thread_local;
            pub use real::prelude::$edition::*;
        }
    )* };
}

preludes!(v1, rust_2015, rust_2018, rust_2021, rust_2024);
