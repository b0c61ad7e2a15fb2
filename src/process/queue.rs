//! 프로세스 사이의 큐: 파이프 하나와 락 둘입니다.
//!
//! 보내는 쪽은 보내는 락을 쥐고 봉투를 쓰고, 받는 쪽은 받는 락을 쥐고 봉투를 읽습니다.
//! 그래서 여럿이 함께 써도 봉투가 섞이거나 찢어지지 않습니다. Python의 `multiprocessing.Queue`와 달리
//! 뒤에서 대신 써 주는 스레드가 없어서, 파이프가 차면 [`Sender::send`]가 기다립니다.

use std::{
    io::{self, Read, Write},
    marker::PhantomData,
    os::fd::AsFd,
    sync::Arc,
};

use borsh::{BorshDeserialize, BorshSerialize};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};

use super::{
    ends::{End, read_fd, write_fd},
    lifeline,
    lock::{SharedLock, Side},
    wire,
};
use crate::{
    Error, Result, gil,
    trace::{self, State},
};

/// 프로세스끼리 쓰는 큐의 두 끝을 만듭니다.
///
/// 끝은 [`fork`](super::fork)의 클로저로 옮기거나 [`spawn`](super::spawn)의 인자로 넘깁니다.
/// 값은 보낸 차례대로 나옵니다(보내는 이마다). 값의 크기에 끝이 없습니다.
///
/// 파이프에는 정해진 크기(Linux에서 처음에 64 KiB)까지만 쌓입니다. 받는 이가 없는 채로
/// 더 보내면 `send`가 기다립니다. 그러니 자식을 `join`하기 전에 먼저 꺼내세요.
///
/// # Errors
/// 파일 디스크립터나 메모리를 더 얻지 못하면 [`Error::Os`]입니다.
pub fn queue<T>() -> Result<(Sender<T>, Receiver<T>)> {
    let (rx, tx) = lifeline::pipe()?;
    let lock = Arc::new(SharedLock::new()?);
    Ok((
        Sender {
            end: End::new(tx),
            lock: Arc::clone(&lock),
            values: PhantomData,
        },
        Receiver {
            end: End::new(rx),
            lock,
            values: PhantomData,
        },
    ))
}

/// 큐에 넣는 끝입니다. 복제해서 여러 프로세스에 나누어 줄 수 있습니다.
pub struct Sender<T> {
    end: Arc<End>,
    lock: Arc<SharedLock>,
    values: PhantomData<fn(T)>,
}

/// 큐에서 꺼내는 끝입니다. 복제하면 값 하나는 그 가운데 하나만 받습니다.
pub struct Receiver<T> {
    end: Arc<End>,
    lock: Arc<SharedLock>,
    values: PhantomData<fn() -> T>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender {
            end: Arc::clone(&self.end),
            lock: Arc::clone(&self.lock),
            values: PhantomData,
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Receiver {
            end: Arc::clone(&self.end),
            lock: Arc::clone(&self.lock),
            values: PhantomData,
        }
    }
}

impl<T: BorshSerialize> Sender<T> {
    /// 값을 큐에 넣습니다. 파이프가 찼으면 자리가 날 때까지 기다립니다.
    ///
    /// # Errors
    /// - [`Error::Disconnected`]: 받는 끝이 모두 닫혔습니다.
    /// - [`Error::Decode`]: 다른 프로세스가 값을 쓰다가 죽어 큐가 망가졌습니다.
    /// - [`Error::BadInput`]: fork할 때 자식으로 옮기지 않은 끝입니다.
    pub fn send(&self, value: T) -> Result<()> {
        let file = self.end.file()?;
        let frame = wire::encode(&value)?;
        gil::allow_threads(|| {
            trace::during(State::Queue, || {
                self.lock
                    .with(Side::Send, |busy| busy.during(|| wire::write(file, &frame)))
            })
        })?
    }
}

impl<T: BorshDeserialize> Receiver<T> {
    /// 값이 올 때까지 기다려 하나를 꺼냅니다.
    ///
    /// # Errors
    /// - [`Error::Disconnected`]: 큐가 비었고 보내는 끝이 모두 닫혔습니다.
    /// - [`Error::Decode`]: 값이 도중에 잘렸거나 `T`의 바이트가 아닙니다.
    /// - [`Error::BadInput`]: fork할 때 자식으로 옮기지 않은 끝입니다.
    pub fn recv(&self) -> Result<T> {
        let file = self.end.file()?;
        let payload = gil::allow_threads(|| {
            trace::during(State::Queue, || {
                self.lock.with(Side::Recv, |busy| {
                    // 기다리는 동안 죽은 이는 봉투를 찢지 않았습니다. 올 것이 온 뒤부터 「읽는 중」입니다.
                    wait_readable(file)?;
                    busy.during(|| wire::read(file))
                })
            })
        })??;
        wire::decode(&payload)
    }

    /// 보내는 끝이 모두 닫힐 때까지 값을 하나씩 꺼냅니다.
    ///
    /// 값이 잘리거나 망가져도 거기서 끝납니다. 까닭을 알려면 [`recv`](Self::recv)를 부릅니다.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }
}

fn wait_readable(file: impl AsFd) -> Result<()> {
    loop {
        let mut fds = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::os("값을 기다리지 못했습니다", errno)),
        }
    }
}

/// [`Receiver::iter`]의 반복자입니다.
pub struct Iter<'a, T> {
    receiver: &'a Receiver<T>,
}

impl<T: BorshDeserialize> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<'a, T: BorshDeserialize> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> BorshSerialize for Sender<T> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_end(&self.end, &self.lock, writer)
    }
}

impl<T> BorshSerialize for Receiver<T> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_end(&self.end, &self.lock, writer)
    }
}

impl<T> BorshDeserialize for Sender<T> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (end, lock) = read_end(reader)?;
        Ok(Sender {
            end,
            lock,
            values: PhantomData,
        })
    }
}

impl<T> BorshDeserialize for Receiver<T> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (end, lock) = read_end(reader)?;
        Ok(Receiver {
            end,
            lock,
            values: PhantomData,
        })
    }
}

fn write_end(end: &End, lock: &SharedLock, writer: &mut impl Write) -> io::Result<()> {
    write_fd(end.file().map_err(io::Error::other)?, writer)?;
    write_fd(lock.memory(), writer)
}

fn read_end(reader: &mut impl Read) -> io::Result<(Arc<End>, Arc<SharedLock>)> {
    let end = End::new(read_fd(reader)?);
    let lock = SharedLock::map(read_fd(reader)?).map_err(io::Error::other)?;
    Ok((end, Arc::new(lock)))
}
