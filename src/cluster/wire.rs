//! 글을 싣는 통로입니다: 인사와 소식이 쓰는 짧은 묶음과, 오간 바이트를 세는 통로.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use borsh::{BorshDeserialize, BorshSerialize, from_slice, to_vec};
use timely::communication::allocator::zero_copy::stream::Stream;

/// 묶음 하나의 가장 긴 길이입니다. 낯선 프로그램이 보낸 아무 글이나 길이로 믿지 않습니다.
const LONGEST: u32 = 1 << 20;

/// 길이를 앞세워 값을 적습니다.
pub(super) fn write(mut to: impl Write, value: &impl BorshSerialize) -> io::Result<()> {
    let body = to_vec(value)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| io::Error::other("묶음이 너무 깁니다"))?;
    // 두 번에 나누어 쓰면 그 사이에 죽었을 때 길이만 남습니다.
    to.write_all(&[&length.to_be_bytes()[..], &body].concat())
}

/// [`write()`]가 적은 값을 읽습니다.
pub(super) fn read<T: BorshDeserialize>(mut from: impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length as usize];
    from.read_exact(&mut body)?;
    from_slice(&body).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// 한 호스트가 다른 호스트들과 주고받은 바이트입니다. 만남과 소식은 세지 않습니다.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
}

/// timely가 쓰는 통로입니다. 지나가는 바이트를 셉니다.
pub(super) struct Counted {
    inner: TcpStream,
    counts: Arc<Counts>,
}

impl Counted {
    pub(super) fn new(inner: TcpStream, counts: &Arc<Counts>) -> Counted {
        Counted {
            inner,
            counts: Arc::clone(counts),
        }
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.counts
            .received
            .fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.inner.write(bytes)?;
        self.counts.sent.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Stream for Counted {
    fn try_clone(&self) -> io::Result<Counted> {
        Ok(Counted::new(self.inner.try_clone()?, &self.counts))
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.inner.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self.inner.shutdown(how) {
            // macOS는 저쪽이 먼저 닫은 통로를 닫으면 이렇게 답합니다.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_whole_or_not_at_all() {
        let mut bytes = Vec::new();
        write(&mut bytes, &(3u8, "소식".to_owned())).unwrap();
        let back: (u8, String) = read(&bytes[..]).unwrap();
        assert_eq!(back, (3, "소식".to_owned()));
        for cut in 0..bytes.len() {
            assert!(read::<(u8, String)>(&bytes[..cut]).is_err(), "{cut}");
        }
        // 낯선 프로그램이 보낸 글을 길이로 믿고 메모리를 잡지 않습니다.
        let stranger = b"GET / HTTP/1.1\r\n\r\n";
        assert!(read::<(u8, String)>(&stranger[..]).is_err());
    }
}
