//! 《놀이터의 아이들》의 동반 크레이트 `noriteo`(놀이터)입니다.
//!
//! 같은 일을 스레드로, 락에 묶인 스레드로, 프로세스로 합니다. 세 방식은 꼴이 같습니다.
//!
//! | 하는 일 | [`thread`] | [`gil`] | [`process`] |
//! |---|---|---|---|
//! | 시작 | `thread::spawn(f)` | `gil::spawn(f)` | `process::fork(f)` |
//! | 기다림 | `join()` | `join()` | `join()` |
//! | 주고받음 | `thread::queue()` | `gil::queue()` | `process::queue()` |
//!
//! 나머지는 [`work`] (하는 일), [`variant`] (방식을 이름으로 고르기), [`measure`] (재기),
//! [`trace`] (누가 언제 달렸는가), [`interleave`] (손으로 따져 볼 차례), [`cli`] (예제의 명령줄)입니다.
//! [`story`]는 씨앗으로 글을 지어냅니다. 기능 `cluster`를 켜면 여러 컴퓨터에서 하는 일(`cluster`, 6장)이 더해집니다.

#![warn(missing_docs)]

pub mod cli;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod gil;
pub mod interleave;
pub mod measure;
pub mod process;
pub mod story;
pub mod thread;
pub mod trace;
pub mod variant;
pub mod work;

mod error;

pub use error::{Error, Result};
