//! `spawn`: 이 프로그램을 처음부터 다시 시작합니다.

use std::{
    any::type_name,
    collections::BTreeSet,
    env,
    ffi::OsStr,
    mem,
    process::exit,
    sync::{Mutex, PoisonError},
};

use borsh::{BorshDeserialize, BorshSerialize};

use super::{JoinHandle, handle};
use crate::{Error, Result};

/// 다시 시작한 프로그램에게 「너는 자식이다」라고 알리는 첫 인자입니다.
pub(super) const MARK: &str = "--noriteo-entry";

static REGISTERED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// `spawn`으로 부를 함수를 등록합니다. `main` 맨 위에서 부릅니다.
///
/// 이 프로세스가 그 함수를 위해 `spawn`된 자식이면, 여기서 인자를 받아 함수를 부르고
/// 결과를 부모에게 보낸 뒤 끝납니다. 그래서 `main`의 나머지는 자식에서 돌지 않습니다.
///
/// ```no_run
/// use noriteo::process;
///
/// fn double(n: u64) -> u64 {
///     n * 2
/// }
///
/// fn main() -> noriteo::Result<()> {
///     process::entry(double);
///     let child = process::spawn(double, 21)?;
///     assert_eq!(child.join()?, 42);
///     Ok(())
/// }
/// ```
///
/// # Panics
/// 클로저가 값을 붙잡았거나 함수 포인터면 패닉합니다. 이름이 있는 함수를 넘기세요.
pub fn entry<A, R, F>(f: F)
where
    F: Fn(A) -> R + Copy + 'static,
    A: BorshDeserialize,
    R: BorshSerialize,
{
    let name = function_name::<F>();
    let mut args = env::args_os().skip(1);
    let is_child = args.next().as_deref() == Some(OsStr::new(MARK))
        && args.next().as_deref() == Some(OsStr::new(name));
    if is_child {
        let code = args
            .next()
            .and_then(|address| address.into_string().ok())
            .map_or(1, |address| handle::serve(&address, f));
        exit(code);
    }
    // 목록에 넣다가 패닉하는 일은 없으므로, 오염되었다는 표시는 무시해도 됩니다.
    REGISTERED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name);
}

/// 이 프로그램을 새로 시작해 `f(arg)`를 부릅니다. 어느 운영체제에서나 됩니다.
///
/// 새 프로세스는 부모의 메모리를 물려받지 않습니다. 인자와 결과만 바이트가 되어 오갑니다.
/// Unix에서는 인자 속에 [`queue`](super::queue)와 [`pipe`](super::pipe)의 끝을 넣을 수 있습니다.
/// 다른 스레드가 살아 있어도 안전합니다. 인자와 결과의 크기에 끝이 없습니다.
///
/// 새 프로세스가 인자를 읽기 앞에 끝나도 `spawn`은 오류를 내지 않고, 어떻게 끝났는지를
/// [`JoinHandle::join`]이 알립니다. 패닉, 시그널, 부모의 끝을 다루는 것은 [`fork`](super::fork)와 같습니다.
/// 막아 둔 시그널은 물려주지 않습니다.
///
/// # Errors
/// - [`Error::NotRegistered`]: `main` 맨 위에서 [`entry`]로 등록하지 않았습니다.
/// - [`Error::Os`]: 프로세스나 파일 디스크립터를 더 만들 수 없습니다.
///
/// # Panics
/// [`entry`]와 같습니다.
pub fn spawn<A, R, F>(f: F, arg: A) -> Result<JoinHandle<R>>
where
    F: Fn(A) -> R + Copy + 'static,
    A: BorshSerialize,
    R: BorshDeserialize,
{
    let _ = f;
    let name = function_name::<F>();
    let known = REGISTERED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .contains(name);
    if !known {
        return Err(Error::NotRegistered {
            name: name.to_owned(),
        });
    }
    handle::start(name, &arg)
}

/// 함수마다 다른 이름입니다. 같은 실행 파일 안에서는 언제나 같습니다.
fn function_name<F>() -> &'static str {
    assert!(
        mem::size_of::<F>() == 0,
        "process::spawn에는 아무것도 붙잡지 않은, 이름이 있는 함수만 넘길 수 있습니다"
    );
    type_name::<F>()
}
