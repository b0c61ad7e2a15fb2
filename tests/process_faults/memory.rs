//! 메모리가 모자랄 때.
//!
//! Rust 프로그램은 메모리를 얻지 못하면 그만둡니다(`SIGABRT`). 크기를 다른 프로세스가 정하는 메모리는 그래서는 안 됩니다.
//! `RLIMIT_AS`를 정말로 낮추어 보면 이렇습니다.
//!
//! - 견딥니다: 봉투의 길이가 아무리 커도 온 만큼만 잡습니다. 온 바이트를 담을 자리가 없으면, 처음이든 가운데든
//!   [`Error::Os`](`ErrorKind::OutOfMemory`)입니다. 받던 값은 없어지고, 그 길(큐, 파이프)은 다시 쓸 수 없습니다.
//! - 견디지 못할 수 있습니다: 바이트는 다 담았는데 그것으로 값을 만들 자리가 없을 때입니다. 값을 만드는 것은 그 값의
//!   `BorshDeserialize`이고, 거기서 얻지 못하면 그 프로세스가 그만둡니다.
//! - 자식이 그만두면 부모의 `join`이 `SIGABRT`라고 알립니다.

use std::{
    io::{self, ErrorKind, Read, Write},
    sync::atomic::Ordering,
};

use borsh::{BorshDeserialize, BorshSerialize};
use libtest_mimic::{Failed, Trial};
use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    signal::Signal,
};
use noriteo::{
    Error,
    process::{self, fork, pipe, queue},
};

use crate::{
    support::Outcome,
    world::{assert_killed_by, faults, in_a_host, shared, wait_until_blocked},
};

pub fn entries() {
    process::entry(zeros);
}

pub fn tests() -> Vec<Trial> {
    faults![
        a_result_too_big_for_the_parent,
        a_queue_message_too_big_for_the_receiver,
        a_pipe_message_too_big_for_the_receiver,
        a_message_that_fits_only_as_bytes,
        a_child_that_runs_out_of_memory,
    ]
}

pub const MIB: usize = 1 << 20;

/// 값의 크기와, 받는 쪽이 얻을 수 있는 메모리입니다.
const GIANT: usize = 512 * MIB;
const LITTLE: usize = 64 * MIB;

/// 이 프로세스가 지금보다 `more` 바이트만 더 얻을 수 있게 합니다. 되돌릴 수 있습니다.
pub fn allow(more: usize) -> Outcome {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let used = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let used = used.and_then(|kib| kib.split_whitespace().next());
    let used: u64 = used.ok_or("VmSize가 없습니다")?.parse()?;
    let (_, hard) = getrlimit(Resource::RLIMIT_AS)?;
    setrlimit(Resource::RLIMIT_AS, used * 1024 + more as u64, hard)?;
    Ok(())
}

pub fn allow_all() -> Outcome {
    let (_, hard) = getrlimit(Resource::RLIMIT_AS)?;
    Ok(setrlimit(Resource::RLIMIT_AS, hard, hard)?)
}

/// 0으로 채운 바이트들입니다. 온 것이 몇 바이트든 값으로 읽습니다. 그래서 찢긴 봉투의 나머지를 새 봉투로 잘못 읽으면
/// 보낸 적 없는 값이 되어 나옵니다.
#[derive(Debug, PartialEq)]
struct Zeros(usize);

impl BorshSerialize for Zeros {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        let block = [0; MIB];
        let mut left = self.0;
        while left > 0 {
            let now = left.min(MIB);
            writer.write_all(&block[..now])?;
            left -= now;
        }
        Ok(())
    }
}

impl BorshDeserialize for Zeros {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let count = io::copy(reader, &mut io::sink())?;
        Ok(Zeros(count as usize))
    }
}

fn zeros(count: u64) -> Zeros {
    Zeros(count as usize)
}

fn is_out_of_memory<T>(result: &noriteo::Result<T>) -> bool {
    matches!(result, Err(Error::Os { source, .. }) if source.kind() == ErrorKind::OutOfMemory)
}

/// 결과를 다 받지 못해도 막히지 않고 자식을 거둡니다. 자식은 아직 쓰던 중입니다.
fn a_result_too_big_for_the_parent() -> Outcome {
    in_a_host(|| {
        for by_fork in [true, false] {
            let child = match by_fork {
                true => fork(|| Zeros(GIANT))?,
                false => process::spawn(zeros, GIANT as u64)?,
            };
            allow(LITTLE)?;
            let joined = child.join();
            allow_all()?;
            assert!(is_out_of_memory(&joined), "{joined:?}");
        }
        // 한도를 되돌리면 같은 한도로는 받지 못하던 값도 받습니다.
        assert_eq!(fork(|| Zeros(LITTLE))?.join()?, Zeros(LITTLE));
        Ok(())
    })
}

fn a_queue_message_too_big_for_the_receiver() -> Outcome {
    in_a_host(|| {
        let (tx, rx) = queue::<Zeros>()?;
        let at = shared();
        let producer = fork(move || {
            let first = tx.send(Zeros(5)).is_ok();
            at.store(1, Ordering::SeqCst);
            first && tx.send(Zeros(GIANT)).is_ok()
        })?;
        wait_until_blocked(producer.pid(), at, 1)?;
        allow(LITTLE)?;
        let (first, second, third) = (rx.recv(), rx.recv(), rx.recv());
        allow_all()?;
        assert_eq!(first?, Zeros(5));
        assert!(is_out_of_memory(&second), "{second:?}");
        // 나머지를 값으로 읽지 않습니다. 다른 프로세스가 꺼내도 그렇습니다.
        assert!(matches!(third, Err(Error::Decode { .. })), "{third:?}");
        let again = rx.clone();
        let other = fork(move || matches!(again.recv(), Err(Error::Decode { .. })))?;
        assert!(other.join()?);
        drop(rx);
        assert!(!producer.join()?);
        Ok(())
    })
}

fn a_pipe_message_too_big_for_the_receiver() -> Outcome {
    in_a_host(|| {
        let (mut here, mut there) = pipe::<Zeros>()?;
        let writer = fork(move || {
            let first = there.send(Zeros(5)).is_ok();
            first && there.send(Zeros(GIANT)).is_ok()
        })?;
        assert_eq!(here.recv()?, Zeros(5));
        allow(LITTLE)?;
        let (second, third) = (here.recv(), here.recv());
        allow_all()?;
        assert!(is_out_of_memory(&second), "{second:?}");
        assert!(third.is_err(), "{third:?}");
        drop(here);
        assert!(!writer.join()?);
        Ok(())
    })
}

/// 받은 바이트를 담을 자리는 있어도 값을 만들 자리가 없으면, 그만두는 것은 받는 프로세스입니다. 부모는 그렇다고 듣습니다.
fn a_message_that_fits_only_as_bytes() -> Outcome {
    // glibc는 앞의 시험들이 놓은 메모리를 64 MiB 남짓까지 쥐고 있을 수 있습니다. 그것만으로는 모자랄 크기입니다.
    const SIZE: usize = 128 * MIB;
    #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
    enum End {
        Refused,
        Aborted,
        Received,
    }
    in_a_host(|| {
        let mut ends = Vec::new();
        for more in (0..=20).map(|step| step * 32 * MIB) {
            let (tx, rx) = queue::<Vec<u8>>()?;
            let receiver = fork(move || -> Result<Option<usize>, String> {
                allow(more).map_err(text)?;
                match rx.recv() {
                    Ok(bytes) => Ok(Some(bytes.len())),
                    refused if is_out_of_memory(&refused) => Ok(None),
                    Err(error) => Err(error.to_string()),
                }
            })?;
            let sent = tx.send(vec![1; SIZE]);
            let end = match receiver.join() {
                Ok(told) => match told? {
                    Some(SIZE) => End::Received,
                    Some(other) => return Err(format!("{other} 바이트만 왔습니다").into()),
                    None => End::Refused,
                },
                aborted => {
                    assert_killed_by(aborted, Signal::SIGABRT);
                    End::Aborted
                }
            };
            assert!(sent.is_ok() || end != End::Received, "{sent:?}");
            ends.push(end);
        }
        // 자리가 늘수록 거절, 그만둠, 받음의 차례입니다. 그만두는 때는 없어도 됩니다.
        assert_eq!(ends[0], End::Refused);
        assert_eq!(ends[20], End::Received);
        assert!(ends.is_sorted(), "{ends:?}");
        Ok(())
    })
}

pub fn text(failed: Failed) -> String {
    failed.message().unwrap_or("까닭을 모릅니다").to_owned()
}

/// 결과를 만들다가, 결과를 바이트로 바꾸다가 모자란 자식입니다.
fn a_child_that_runs_out_of_memory() -> Outcome {
    in_a_host(|| {
        let making = fork(|| {
            allow(32 * MIB).map_err(text)?;
            Ok::<_, String>(vec![7u8; 64 * MIB])
        })?;
        assert_killed_by(
            making.join().map(|made| made.map(|v| v.len())),
            Signal::SIGABRT,
        );
        // 값은 있지만 그 바이트를 담을 자리가 없습니다. 그만두지 않고, 보내지 못했다고 적고 1로 끝납니다.
        let result = vec![7u8; 64 * MIB];
        let serializing = fork(move || match allow(32 * MIB) {
            Ok(()) => result,
            Err(_) => Vec::new(),
        })?;
        let ended = serializing.join().map(|bytes| bytes.len());
        assert!(
            matches!(ended, Err(Error::Exited { code: 1, .. })),
            "{ended:?}"
        );
        Ok(())
    })
}
