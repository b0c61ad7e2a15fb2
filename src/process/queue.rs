//! 프로세스 사이의 큐: 파이프 하나와 락 둘입니다.
//!
//! 보내는 쪽은 보내는 락을 쥐고 봉투를 쓰고, 받는 쪽은 받는 락을 쥐고 봉투를 읽습니다.
//! 그래서 여럿이 함께 써도 봉투가 섞이거나 찢어지지 않습니다. Python의 `multiprocessing.Queue`와 달리
//! 뒤에서 대신 써 주는 스레드가 없어서, 파이프가 차면 [`Sender::send`]가 기다립니다.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Write},
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
    sigpipe, wire,
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
/// 받는 이는 보내는 끝이 모두 닫히면 끝납니다. fork한 자식이 옮겨 받지 않은 끝은 자식에서 닫히므로 세지 않습니다.
/// 그러나 부모가 쥔 끝은 정말로 더 보낼 수 있는 끝이라 셉니다. 다 나누어 주었으면 버리세요(`drop`).
///
/// # 쓰던 프로세스가 죽으면
/// 잘린 값이 값으로 나오는 일은 없고, 남은 이들이 영영 기다리지도 않습니다(Linux).
/// - 보내던 이가 값 가운데에서: 앞서 보낸 값은 온전히 나옵니다. 그 뒤로는 `recv`도, 다른 보내는 이의 `send`도
///   [`Error::Decode`]입니다. 보내는 끝이 하나도 남지 않았고 잘린 값도 없으면 [`Error::Disconnected`]입니다.
///   다른 보내는 이가 잠자코 끝을 쥐고 있으면 받는 이는 0.1초 안에 압니다.
/// - 받던 이가 값을 기다리다가: 아무 일도 없습니다. 다음 받는 이가 이어받습니다.
/// - 받던 이가 값을 반쯤 꺼내다가: 나머지 받는 이의 `recv`는 [`Error::Decode`]입니다. 그들이 끝을 버리면 보내던 이는
///   [`Error::Disconnected`]를 받습니다.
/// - 받던 이가 값을 다 꺼낸 뒤에: 그 값 하나만 사라지고 큐는 그대로 씁니다.
/// - 락을 기다리던 이가: 아무 일도 없습니다.
///
/// macOS에는 튼튼한(robust) 뮤텍스가 없어, 락을 쥔 이가 죽으면 다음 이가 기다립니다.
///
/// # Errors
/// 파일 디스크립터나 메모리를 더 얻지 못하면 [`Error::Os`]입니다.
pub fn queue<T>() -> Result<(Sender<T>, Receiver<T>)> {
    sigpipe::look();
    let (rx, tx) = lifeline::pipe()?;
    // 받는 이는 커널 안에서 마냥 기다리지 않고, 기다리는 동안 보내던 이가 죽었는지 봅니다.
    lifeline::set_nonblocking(&rx)?;
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
                    wait_readable(file, &self.lock)?;
                    busy.during(|| {
                        wire::read(Watchful {
                            file,
                            lock: &self.lock,
                        })
                    })
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

/// 기다리는 이가 보내던 이의 죽음을 살피는 틈입니다(ms). 큐가 조용할 때만 살피므로 빠르기와는 상관없습니다.
const WATCH: u16 = 100;

/// 바이트가 오거나 보내는 끝이 모두 닫힐 때까지 기다립니다. 보내던 이가 값 가운데에서 죽었으면 오류입니다.
///
/// 다른 보내는 이가 살아 있으면 파이프는 닫히지 않으므로, 살피지 않으면 잘린 나머지를 영영 기다리게 됩니다.
fn wait_readable(file: impl AsFd, lock: &SharedLock) -> Result<()> {
    loop {
        let mut fds = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(WATCH)) {
            Ok(0) => lock.check_senders()?,
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::os("값을 기다리지 못했습니다", errno)),
        }
    }
}

/// 값 가운데에서도 [`wait_readable`]로 기다리는, 큐의 읽는 쪽입니다.
struct Watchful<'a> {
    file: &'a File,
    lock: &'a SharedLock,
}

impl Read for Watchful<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    wait_readable(self.file, self.lock).map_err(io::Error::other)?;
                }
                done => return done,
            }
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
