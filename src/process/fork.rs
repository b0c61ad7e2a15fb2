//! `fork`: 지금 프로세스를 그대로 베낍니다.

use std::{
    io::{self, Write},
    mem,
    panic::{self, AssertUnwindSafe},
};

use borsh::{BorshDeserialize, BorshSerialize};
use nix::{
    libc,
    unistd::{ForkResult, fork as sys_fork},
};

use super::{
    JoinHandle,
    ends::{self, Before, Kept},
    lifeline::{self, ChildEnds},
    wire::{self, Outcome},
};
use crate::{
    Error, Result, thread,
    trace::{self, State},
};

/// 지금 프로세스를 베껴 자식을 만들고, 자식에서 `f`를 부릅니다.
///
/// 자식은 부모의 메모리를 그대로 베껴 받습니다. 그 뒤로는 서로의 변화를 보지 못합니다.
/// 큐의 끝은 [`std::thread::spawn`]처럼 `move` 클로저로 옮긴 것만 자식의 것이 됩니다.
/// 옮기지 않은 끝은 자식에서 닫히므로, 보내는 끝을 잊어 받는 쪽이 영영 기다리는 일이 없습니다.
///
/// 자식은 `f`가 끝나면 표준 출력을 비우고 `_exit`합니다. 부모의 소멸자와 `atexit`는 돌지 않습니다.
///
/// 자식의 패닉은 자식 안에서 끝나고 말은 [`JoinHandle::join`]이 전합니다. 결과를 바이트로 바꾸거나 버리다가 난
/// 패닉도 같습니다. `fork`를 부른 곳으로 풀려 올라오지 않습니다.
///
/// 부모가 어떻게 끝나든(시그널, 패닉, `exit`, `abort`) 자식도 끝나고, 자식이 낳은 자손도 차례로 끝납니다.
/// 자식은 이를 `SIGIO`로 압니다. 부모가 막아 둔 시그널을 물려받지만 이 시그널만은 풉니다.
/// `SIGIO`를 자식 안에서 막거나 처리기를 바꾸면 알지 못합니다. 멈춘(`SIGSTOP`) 자식은 이어 달릴 때 끝납니다.
///
/// # Errors
/// - [`Error::ThreadsAlive`]: 다른 스레드가 살아 있습니다. fork는 부른 스레드만 베낍니다.
///   다른 스레드가 쥐고 있던 락은 잠긴 채 베껴져 아무도 풀 수 없습니다(`fork(2)`).
///   방금 `join`한 스레드가 사라지기를 최대 1초 기다려 보고 거절합니다.
///   표준 라이브러리의 스레드, GIL에 묶인 스레드, rayon의 스레드 무리를 가리지 않습니다.
/// - [`Error::Os`]: 프로세스나 파일 디스크립터를 더 만들 수 없습니다.
///
/// # 운영체제
/// Unix에만 있습니다. 스레드 수를 셀 수 없는 Unix에서는 [`Error::Unsupported`]입니다.
pub fn fork<T, F>(f: F) -> Result<JoinHandle<T>>
where
    F: FnOnce() -> T + 'static,
    T: BorshSerialize + BorshDeserialize + 'static,
{
    let count = thread::count_settled(1)?;
    if count > 1 {
        return Err(Error::ThreadsAlive { count });
    }
    let (parent, child) = lifeline::link()?;
    // 비우지 않은 출력이 베껴지면 같은 글이 두 번 나옵니다.
    let flushed = io::stdout().flush().and_then(|()| io::stderr().flush());
    flushed.map_err(|source| Error::os("표준 출력을 비우지 못했습니다", source))?;
    let before = ends::snapshot();
    let seat = trace::seat();

    // SAFETY: 이 프로세스의 스레드는 하나뿐이라고 방금 확인했습니다. 그래서 다른 스레드가
    // 쥔 락이나 고치다 만 자료가 베껴질 수 없고, 자식에서 어떤 함수를 불러도 됩니다.
    match unsafe { sys_fork() } {
        Err(errno) => Err(Error::os("프로세스를 만들지 못했습니다", errno)),
        Ok(ForkResult::Child) => {
            let _leave = LeaveAnyway;
            drop(parent);
            let seated = seat.sit();
            let code = run_child(f, &child, before);
            drop(seated);
            // 곧 끝나면서 커널이 닫습니다.
            mem::forget(child);
            // SAFETY: _exit는 언제 불러도 됩니다. 부모가 적어 둔 atexit와 소멸자를 돌리지 않으려고 씁니다.
            unsafe { libc::_exit(code) }
        }
        Ok(ForkResult::Parent { child: pid }) => {
            drop(child);
            parent.remember();
            let handle = JoinHandle::new(pid, parent).traced_at(seat);
            // 클로저로 옮긴 것은 이제 자식의 것입니다. 여기서 버리면서 큐의 끝 가운데
            // 무엇이 옮겨졌는지 알아내 자식에게 알립니다.
            drop(f);
            if let Some(before) = before {
                handle.tell(&wire::encode(&before.moved())?)?;
            }
            Ok(handle)
        }
    }
}

/// 자식의 패닉이 `fork`를 부른 곳까지 풀려 올라가면 부모의 코드를 둘이서 돌게 됩니다. 그 앞에서 끝냅니다.
struct LeaveAnyway;

impl Drop for LeaveAnyway {
    fn drop(&mut self) {
        // SAFETY: _exit는 언제 불러도 됩니다.
        unsafe { libc::_exit(101) }
    }
}

fn run_child<T, F>(f: F, ends: &ChildEnds, before: Option<Before>) -> i32
where
    F: FnOnce() -> T,
    T: BorshSerialize,
{
    let prepared = || -> Result<()> {
        lifeline::block_inherited()?;
        if let Some(before) = before {
            let kept: Kept = wire::decode(&wire::read(&ends.lifeline)?)?;
            before.keep_only(&kept)?;
        }
        ends.adopt()
    };
    match prepared() {
        Ok(()) => run(f, ends),
        Err(error) => {
            eprintln!("자식을 준비하지 못했습니다: {error}");
            1
        }
    }
}

/// 자식에서 `f`를 부르고 결과를 남깁니다. 종료 코드를 돌려줍니다.
pub(super) fn run<T: BorshSerialize>(f: impl FnOnce() -> T, ends: &ChildEnds) -> i32 {
    // 결과를 바이트로 바꾸고 버리는 것도 부른 이의 코드입니다. 거기서 난 패닉도 여기서 받습니다.
    // 패닉한 뒤에는 글만 남기고 끝나므로, 반쯤 고쳐진 값을 볼 코드가 없습니다.
    let done = panic::catch_unwind(AssertUnwindSafe(|| wire::encode(&Outcome::Ok(&f()))));
    let (frame, code) = match done {
        Ok(frame) => (frame, 0),
        Err(payload) => {
            let message = thread::panic_message(payload.as_ref());
            // 패닉이 남긴 값도 버려질 때 패닉할 수 있습니다. 곧 끝나므로 버리지 않습니다.
            mem::forget(payload);
            (wire::encode(&Outcome::<()>::Err(message)), 101)
        }
    };
    let flushed = io::stdout().flush();
    // 막지 못해도 곧 끝나면서 닫힙니다. 반대쪽이 조금 늦게 알 뿐입니다.
    let _ = ends::close_all();
    let write = |frame: Vec<u8>| trace::during(State::Queue, || wire::write(&ends.result, &frame));
    match frame.and_then(write) {
        // 부모가 결과를 기다리지 않고 손잡이를 버렸다면 알릴 곳이 없습니다.
        Ok(()) | Err(Error::Disconnected) if flushed.is_ok() => code,
        Ok(()) | Err(Error::Disconnected) => 1,
        Err(error) => {
            eprintln!("결과를 보내지 못했습니다: {error}");
            1
        }
    }
}
