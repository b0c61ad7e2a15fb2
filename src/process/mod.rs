//! 프로세스: 저마다 놀이터를 따로 쓰는 아이들입니다.
//!
//! [`fork`], [`JoinHandle::join`], [`queue`]의 꼴은 [`crate::thread`]와 같습니다.
//! 다른 것은 둘입니다. 값은 [borsh](https://borsh.io) 바이트가 되어 놀이터 사이를 건너가고,
//! 자식은 부모의 메모리를 고칠 수 없습니다.
//!
//! 자식을 만드는 길은 Python의 `multiprocessing`처럼 둘입니다.
//! - [`fork`] (Unix): 지금 프로세스를 그대로 베낍니다. 클로저를 넘길 수 있습니다.
//! - [`spawn`] (어디서나): 이 프로그램을 처음부터 다시 시작합니다. 클로저는 건너갈 수 없어서
//!   함수와 인자를 넘기고, `main` 맨 위에서 [`entry`]로 그 함수를 등록해 둡니다.
//!
//! 지키는 것:
//! - 손잡이를 버리면 자식을 끝내고 거둡니다. 좀비가 남지 않습니다.
//! - 부모가 어떻게 끝나든 자식도 끝납니다. 고아가 남지 않습니다.
//! - 결과가 아무리 커도 [`JoinHandle::join`]은 먼저 읽고 나서 기다리므로 막히지 않습니다.
//! - 누가 어디에서 죽어도 잘린 값이 값으로 나오지 않고, 남은 이들은 오류로 알게 됩니다.
//!
//! 잘못될 때마다 무슨 일이 일어나는지는 [`fork`], [`spawn`], [`queue`], [`pipe`], [`JoinHandle`]에 적었고,
//! `tests/process_faults.rs`가 그 잘못을 정말로 일으켜 봅니다.
//!
//! # `SIGPIPE`
//! Rust 프로그램은 `SIGPIPE`를 무시하므로, 받는 이가 없으면 [`Error::Disconnected`](crate::Error::Disconnected)를 받습니다.
//! C 프로그램처럼 처음대로(`SIG_DFL`) 되돌린 프로그램에서도 같습니다. 다만 되돌리는 일은 큐나 파이프나 자식을
//! 만들기 앞에 하세요. 만들 때 한 번 보고 정하기 때문입니다. 다른 곳에서 난 `SIGPIPE`는 건드리지 않습니다.

mod spawn;
mod wire;

#[cfg(not(unix))]
mod absent;
#[cfg(unix)]
mod ends;
#[cfg(unix)]
mod fork;
#[cfg(unix)]
mod futex;
#[cfg(unix)]
mod lifeline;
#[cfg(unix)]
mod lock;
#[cfg(unix)]
mod peers;
#[cfg(unix)]
mod pipe;
#[cfg(unix)]
mod queue;
#[cfg(unix)]
mod ring;
#[cfg(unix)]
mod sigpipe;

#[cfg(not(unix))]
#[path = "handle_portable.rs"]
mod handle;
#[cfg(unix)]
#[path = "handle_unix.rs"]
mod handle;

#[cfg(not(unix))]
pub use absent::{Connection, Iter, Receiver, Sender, fork, pipe, queue};
#[cfg(unix)]
pub use fork::fork;
pub use handle::JoinHandle;
#[cfg(unix)]
pub use pipe::{Connection, pipe};
#[cfg(unix)]
pub use queue::{Iter, Receiver, Sender, queue};
pub use spawn::{entry, spawn};
