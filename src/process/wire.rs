//! 바이트의 길: 값을 바이트로 바꾸어 봉투(frame)에 담고, 봉투에서 꺼냅니다.
//!
//! 봉투는 길이 8바이트(little-endian)와 내용입니다. 길이에 끝이 없습니다.
//! 다른 프로세스에서 온 바이트는 믿지 않습니다. 길이가 터무니없어도
//! 실제로 온 만큼만 메모리를 잡고, 내용이 어긋나면 [`Error::Decode`]가 됩니다.

use std::{
    cell::Cell,
    io::{self, ErrorKind, Read, Write},
};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Error, Result};

/// 봉투 앞에 붙는 길이의 바이트 수입니다.
pub(super) const HEADER: usize = 8;

/// 자식이 남기는 마지막 봉투의 내용입니다.
pub(super) type Outcome<T> = std::result::Result<T, String>;

/// 값을 봉투 하나로 만듭니다.
pub(super) fn encode<T: BorshSerialize>(value: &T) -> Result<Vec<u8>> {
    let mut frame = Vec::new();
    encode_into(value, &mut frame)?;
    Ok(frame)
}

/// 값을 봉투 하나로 만들어 빈 `frame`에 담습니다.
pub(super) fn encode_into<T: BorshSerialize>(value: &T, frame: &mut Vec<u8>) -> Result<()> {
    frame.resize(HEADER, 0);
    value
        .serialize(&mut Growing(frame))
        .map_err(|source| Error::os("값을 바이트로 바꾸지 못했습니다", source))?;
    let length = (frame.len() - HEADER) as u64;
    frame[..HEADER].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// 자라다가 메모리를 얻지 못하면 프로그램을 그만두게 하지 않고 오류를 내는 종이입니다.
struct Growing<'a>(&'a mut Vec<u8>);

impl Write for Growing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.0.try_reserve(bytes.len());
        room.map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

thread_local! {
    /// 봉투를 만들고 푸는 빈 종이입니다. 봉투마다 메모리를 새로 얻지 않습니다.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// 다시 쓰려고 남겨 두는 종이의 크기입니다. 더 커졌으면 운영체제에 돌려줍니다.
const KEEP: usize = 4 << 20;

/// 빈 종이를 빌려 `f`를 부릅니다. `f` 안에서 또 빌리면 새 종이를 줍니다.
pub(super) fn scratch<R>(f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    // 스레드가 끝나는 중이라 종이가 치워졌으면 새것을 씁니다.
    let mut paper = SCRATCH.try_with(Cell::take).unwrap_or_default();
    paper.clear();
    let result = f(&mut paper);
    if paper.capacity() <= KEEP {
        let _ = SCRATCH.try_with(|kept| kept.set(paper));
    }
    result
}

/// 봉투를 보냅니다. 받는 끝이 사라졌으면 [`Error::Disconnected`]입니다.
pub(super) fn write(mut writer: impl Write, frame: &[u8]) -> Result<()> {
    let send = || {
        writer.write_all(frame).map_err(|source| {
            if matches!(
                source.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            ) {
                Error::Disconnected
            } else {
                Error::os("값을 보내지 못했습니다", source)
            }
        })
    };
    #[cfg(unix)]
    return super::sigpipe::shielded(send);
    #[cfg(not(unix))]
    send()
}

/// 값이 도중에 끊겼다는 오류입니다.
pub(super) fn torn() -> Error {
    Error::Decode {
        reason: "보내던 프로세스가 도중에 끝나 값이 잘렸습니다".to_owned(),
    }
}

/// 봉투 하나를 읽어 내용만 돌려줍니다.
///
/// 봉투와 봉투 사이에서 끝났으면 [`Error::Disconnected`], 봉투 가운데에서 끝났으면 [`Error::Decode`]입니다.
pub(super) fn read(mut reader: impl Read) -> Result<Vec<u8>> {
    let failed = |source: io::Error| Error::os("값을 받지 못했습니다", source);
    let mut header = Vec::with_capacity(HEADER);
    (&mut reader)
        .take(HEADER as u64)
        .read_to_end(&mut header)
        .map_err(failed)?;
    let length = match <[u8; HEADER]>::try_from(header.as_slice()) {
        Ok(bytes) => u64::from_le_bytes(bytes),
        Err(_) if header.is_empty() => return Err(Error::Disconnected),
        Err(_) => return Err(torn()),
    };
    let mut payload = Vec::new();
    // 적힌 길이를 믿지 않고, 온 만큼만 늘립니다. 먼저 잡는 것은 많아야 1 MiB입니다.
    payload
        .try_reserve(length.min(1 << 20) as usize)
        .map_err(|_| failed(ErrorKind::OutOfMemory.into()))?;
    (&mut reader)
        .take(length)
        .read_to_end(&mut payload)
        .map_err(failed)?;
    if payload.len() as u64 == length {
        Ok(payload)
    } else {
        Err(torn())
    }
}

/// 내용을 값으로 읽습니다. 남는 바이트가 있어도 오류입니다.
pub(super) fn decode<T: BorshDeserialize>(payload: &[u8]) -> Result<T> {
    borsh::from_slice(payload).map_err(|source| Error::Decode {
        reason: source.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_trip() -> Result<()> {
        let mut bytes = encode(&(7u64, "놀이터".to_owned()))?;
        bytes.extend(encode(&Some(3u8))?);
        let mut reader = bytes.as_slice();
        assert_eq!(
            decode::<(u64, String)>(&read(&mut reader)?)?,
            (7, "놀이터".to_owned())
        );
        assert_eq!(decode::<Option<u8>>(&read(&mut reader)?)?, Some(3));
        assert!(matches!(read(&mut reader), Err(Error::Disconnected)));
        Ok(())
    }

    #[test]
    fn a_cut_frame_is_never_a_value() -> Result<()> {
        let bytes = encode(&"잘릴 글".to_owned())?;
        for cut in 1..bytes.len() {
            assert!(matches!(read(&bytes[..cut]), Err(Error::Decode { .. })));
        }
        Ok(())
    }

    #[test]
    fn a_huge_length_does_not_allocate() {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.push(1);
        assert!(matches!(read(bytes.as_slice()), Err(Error::Decode { .. })));
        // 내용 안의 길이도 믿지 않습니다.
        assert!(decode::<Vec<u64>>(&u32::MAX.to_le_bytes()).is_err());
        assert!(decode::<u8>(&[1, 2]).is_err());
    }
}
