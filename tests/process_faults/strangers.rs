//! 봉투를 지키지 않는 낯선 이가 파이프와 결과의 길에 아무 바이트나 쓸 때.
//! 큐의 길은 함께 보는 메모리라, 거기에 엉터리를 적어 보는 시험은 `src/process/ring.rs`에 있습니다.
//!
//! 크레이트를 거치지 않고 파일 디스크립터에 바로 씁니다. 메모리도 조금만 허락합니다. 길이만 거창한 봉투에 속아
//! 메모리를 잡는다면 그 자리에서 드러납니다. 내용만 엉터리인 것은 `tests/garbage.rs`가 백만 번 넘게 봅니다.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
    os::fd::{BorrowedFd, OwnedFd, RawFd},
};

use libtest_mimic::{Failed, Trial};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    libc,
};
use noriteo::{
    Error,
    process::{fork, pipe},
};

use crate::{
    memory::{MIB, allow, allow_all},
    support::Outcome,
    world::{Random, descriptors, faults, in_a_host},
};

pub fn tests() -> Vec<Trial> {
    faults![
        a_stranger_writes_into_a_pipe,
        a_stranger_writes_into_a_result,
    ]
}

type Value = Vec<String>;

/// 이 호스트가 얻을 수 있는 메모리입니다. 거창한 길이들은 모두 이보다 큽니다.
const LITTLE: usize = 64 * MIB;

fn number(path: &str) -> Option<RawFd> {
    path.rsplit('/').next()?.parse().ok()
}

/// `before` 뒤에 열려서 쓸 수 있는 끝들의 복제입니다. 원래의 번호도 함께 돌려줍니다.
fn writable_since(before: &BTreeMap<String, String>) -> io::Result<Vec<(RawFd, File)>> {
    let mut found = Vec::new();
    for (path, target) in descriptors()? {
        let is_road = target.starts_with("pipe:") || target.starts_with("socket:");
        let (true, Some(fd)) = (is_road && before.get(&path) != Some(&target), number(&path))
        else {
            continue;
        };
        // SAFETY: 방금 목록에서 본 열린 번호이고, 복제하는 동안 아무도 닫지 않습니다.
        let copy: OwnedFd = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?;
        let flags = OFlag::from_bits_truncate(fcntl(&copy, FcntlArg::F_GETFL)?);
        if flags & OFlag::O_ACCMODE != OFlag::O_RDONLY {
            found.push((fd, copy.into()));
        }
    }
    Ok(found)
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u64).to_le_bytes().to_vec();
    frame.extend_from_slice(payload);
    frame
}

fn value(random: &mut Random) -> Value {
    let text = |random: &mut Random| "놀이터".repeat(random.below(4) as usize);
    (0..random.below(5)).map(|_| text(random)).collect()
}

fn bytes(random: &mut Random) -> Vec<u8> {
    let length = random.below(40);
    (0..length).map(|_| random.below(256) as u8).collect()
}

/// 아무 바이트, 거창한 길이, 잘린 봉투, 내용이 어긋난 봉투입니다. 파이프에 다 들어가는 길이입니다.
///
/// 봉투 뒤에 봉투로도 읽힐 수 있는 것을 남기지 않도록, 마지막에 한 번 씁니다.
fn garbage(random: &mut Random) -> Vec<u8> {
    let giant = [1 << 28, 1 << 32, 1 << 40, i64::MAX as u64, u64::MAX];
    let mut garbage = match random.below(5) {
        0 => bytes(random),
        1 | 2 => {
            let giant = giant[random.below(giant.len() as u64) as usize];
            (giant - random.below(3)).to_le_bytes().to_vec()
        }
        3 => frame(&bytes(random)),
        _ => {
            // 내용 속의 길이가 거창합니다.
            let mut payload = (u32::MAX - random.below(3) as u32).to_le_bytes().to_vec();
            payload.extend(bytes(random));
            frame(&payload)
        }
    };
    garbage.extend(bytes(random));
    garbage.truncate(garbage.len() - random.below(garbage.len() as u64 + 1).min(3) as usize);
    garbage
}

/// 참인 값 몇 개 뒤에 엉터리를 씁니다. 참인 값은 모두 나오고, 그 뒤로는 끝날 때까지 오류이거나 우연히 참인 값입니다.
fn stream(random: &mut Random) -> io::Result<(Vec<Value>, Vec<u8>)> {
    let values: Vec<Value> = (0..random.below(4)).map(|_| value(random)).collect();
    let mut bytes = Vec::new();
    for value in &values {
        bytes.extend(frame(&borsh::to_vec(value)?));
    }
    bytes.extend(garbage(random));
    Ok((values, bytes))
}

/// 앞의 값들이 온전히 나오고, 그 뒤가 막히지 않고 오류로 끝나는지 봅니다.
fn ends_in_an_error(
    values: &[Value],
    length: usize,
    mut recv: impl FnMut() -> noriteo::Result<Value>,
) -> Outcome {
    for value in values {
        assert_eq!(&recv()?, value);
    }
    // 받을 때마다 8바이트는 줄어듭니다.
    let rest: Vec<_> = (0..length / 8 + 2).map(|_| recv()).collect();
    for received in &rest {
        if let Err(error) = received {
            let known = matches!(error, Error::Decode { .. } | Error::Disconnected);
            assert!(known, "{error}");
        }
    }
    assert!(rest.last().is_some_and(Result::is_err));
    Ok(())
}

/// 씨앗마다 한 번씩 합니다. 실패하면 씨앗을 알립니다.
fn rounds(count: u64, round: fn(&mut Random) -> Outcome) -> Outcome {
    allow(LITTLE)?;
    let told = (1..=count).try_for_each(|seed| {
        let caught = std::panic::catch_unwind(|| round(&mut Random::new(seed * 0x9e37_79b9)));
        match caught {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failed)) => Err(format!("씨앗 {seed}: {:?}", failed.message())),
            Err(_) => Err(format!("씨앗 {seed}: 패닉")),
        }
    });
    allow_all()?;
    told.map_err(Failed::from)
}

fn a_stranger_writes_into_a_pipe() -> Outcome {
    in_a_host(|| {
        rounds(2_000, |random| {
            let before = descriptors()?;
            let (mut here, there) = pipe::<Value>()?;
            let mut ends = writable_since(&before)?;
            assert_eq!(ends.len(), 2, "두 끝 모두 쓸 수 있습니다");
            // 저쪽 끝을 닫고 나서도 남은 번호가 이쪽의 것입니다.
            drop(there);
            let left = descriptors()?;
            ends.retain(|(fd, _)| !left.keys().any(|path| number(path) == Some(*fd)));
            let [(_, there)] = &mut ends[..] else {
                return Err("저쪽 끝을 찾지 못했습니다".into());
            };
            let (values, bytes) = stream(random)?;
            there.write_all(&bytes)?;
            drop(ends);
            ends_in_an_error(&values, bytes.len(), || here.recv())
        })
    })
}

/// 결과를 남기지 않고 결과의 길에 아무 바이트나 쓰고 끝난 자식입니다.
fn a_stranger_writes_into_a_result() -> Outcome {
    in_a_host(|| {
        rounds(500, |random| {
            let before = descriptors()?;
            let mut garbage = garbage(random);
            let right = random.below(8) == 0;
            if right {
                // 참인 결과 뒤에 무엇이 더 있든, 결과는 그 봉투 하나입니다.
                let mut first = frame(&borsh::to_vec(&Ok::<_, String>(value(&mut Random::new(
                    9,
                ))))?);
                first.extend(garbage);
                garbage = first;
            }
            let child = fork(move || -> Value {
                let ends = writable_since(&before).expect("끝");
                assert_eq!(ends.len(), 1, "쓰는 끝은 하나입니다");
                (&ends[0].1).write_all(&garbage).expect("쓰기");
                // SAFETY: _exit는 언제 불러도 됩니다.
                unsafe { libc::_exit(0) }
            })?;
            match child.join() {
                Ok(joined) if right => assert_eq!(joined, value(&mut Random::new(9))),
                Err(Error::Decode { .. } | Error::NoResult { .. }) if !right => {}
                // 우연히 패닉의 말로도 읽힐 수 있습니다.
                Ok(_) | Err(Error::Panicked { .. }) if !right => {}
                other => return Err(format!("{other:?}").into()),
            }
            Ok(())
        })
    })
}
