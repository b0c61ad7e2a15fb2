//! 프로세스 사이의 큐: 함께 보는 메모리의 둥근 버퍼입니다.
//!
//! 보내는 쪽은 보내는 락을 쥐고 봉투를 담고, 받는 쪽은 받는 락을 쥐고 봉투를 꺼냅니다.
//! 그래서 여럿이 함께 써도 봉투가 섞이거나 찢어지지 않습니다. Python의 `multiprocessing.Queue`와 달리
//! 뒤에서 대신 써 주는 스레드가 없어서, 버퍼가 차면 [`Sender::send`]가 기다립니다.

use std::{
    io::{self, Read, Write},
    marker::PhantomData,
    sync::Arc,
};

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    ends::{End, read_fd, write_fd},
    peers::{self, Peers},
    ring::Ring,
    sigpipe, wire,
};
use crate::{
    Result, gil,
    trace::{self, State},
};

/// 프로세스끼리 쓰는 큐의 두 끝을 만듭니다.
///
/// 끝은 [`fork`](super::fork)의 클로저로 옮기거나 [`spawn`](super::spawn)의 인자로 넘깁니다.
/// 값은 보낸 차례대로 나옵니다(보내는 이마다). 값의 크기에 끝이 없습니다.
///
/// 큐에는 64 KiB(값마다 붙는 길이 8바이트까지)만 쌓입니다. 꺼내는 이가 없는 채로
/// 더 보내면 `send`가 기다립니다. 그러니 자식을 `join`하기 전에 먼저 꺼내세요.
/// 그보다 큰 값은 나누어 건너가므로, 꺼내는 이가 있어야 `send`가 돌아옵니다.
///
/// 기다리는 이는 잠들기 앞에 수십 µs쯤 돌며 기다려 봅니다(코어가 둘 이상일 때). 잠들고 깨는 데에 그만한 시간이 들기
/// 때문입니다. 헛일이 되면 다음에는 덜 돕니다.
///
/// 받는 이는 보내는 끝이 모두 닫히면 끝납니다. fork한 자식이 옮겨 받지 않은 끝은 자식에서 닫히므로 세지 않습니다.
/// 그러나 부모가 쥔 끝은 정말로 더 보낼 수 있는 끝이라 셉니다. 다 나누어 주었으면 버리세요(`drop`).
///
/// # 쓰던 프로세스가 죽으면
/// 잘린 값이 값으로 나오는 일은 없고, 남은 이들이 영영 기다리지도 않습니다(Linux).
///
/// 64 KiB까지의 값은 한꺼번에 들어가고 한꺼번에 나옵니다.
/// - 보내던 이가 넣다가 죽으면: 넣지 않은 것과 같습니다. 남은 이들은 큐를 그대로 씁니다.
/// - 받던 이가 꺼내다가 죽으면: 꺼내지 않은 것과 같거나, 꺼낸 그 값 하나만 사라집니다.
/// - 값이나 락을 기다리던 이가 죽으면: 아무 일도 없습니다. 다음 이가 이어받습니다.
///
/// 그보다 큰 값은 나누어 건너가므로 가운데에서 끊길 수 있습니다.
/// - 보내던 이가 가운데에서 죽으면: 앞서 보낸 값은 온전히 나옵니다. 그 뒤로는 `recv`도, 다른 보내는 이의 `send`도
///   [`Error::Decode`](crate::Error::Decode)입니다. 다른 보내는 이가 잠자코 끝을 쥐고 있으면 받는 이는 0.1초 안에 압니다.
/// - 받던 이가 가운데에서 죽으면: 나머지 받는 이의 `recv`는 [`Error::Decode`](crate::Error::Decode)입니다. 그들이 끝을 버리면 보내던 이는
///   [`Error::Disconnected`](crate::Error::Disconnected)를 받습니다.
///
/// 반대쪽 끝이 모두 닫히면 [`Error::Disconnected`](crate::Error::Disconnected)입니다. 끝을 쥔 채 시그널에 죽은 프로세스의 것은 0.1초 안에 압니다.
/// 받는 이가 그렇게 죽은 것을 보내는 이는, 그 프로세스를 `join`했다면 바로, 아니면 늦어도 하나를 더 보낸 뒤에 압니다.
///
/// macOS에는 튼튼한(robust) 뮤텍스가 없어, 락을 쥔 이가 죽으면 다음 이가 기다립니다.
///
/// # Errors
/// 파일 디스크립터나 메모리를 더 얻지 못하면 [`Error::Os`](crate::Error::Os)입니다.
pub fn queue<T>() -> Result<(Sender<T>, Receiver<T>)> {
    sigpipe::look();
    let (tx, rx) = peers::pair()?;
    let ring = Arc::new(Ring::new()?);
    Ok((
        Sender {
            end: End::new(tx, Some(Arc::clone(&ring))),
            ring: Arc::clone(&ring),
            values: PhantomData,
        },
        Receiver {
            end: End::new(rx, Some(Arc::clone(&ring))),
            ring,
            values: PhantomData,
        },
    ))
}

/// 큐에 넣는 끝입니다. 복제해서 여러 프로세스에 나누어 줄 수 있습니다.
pub struct Sender<T> {
    end: Arc<End>,
    ring: Arc<Ring>,
    values: PhantomData<fn(T)>,
}

/// 큐에서 꺼내는 끝입니다. 복제하면 값 하나는 그 가운데 하나만 받습니다.
pub struct Receiver<T> {
    end: Arc<End>,
    ring: Arc<Ring>,
    values: PhantomData<fn() -> T>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender {
            end: Arc::clone(&self.end),
            ring: Arc::clone(&self.ring),
            values: PhantomData,
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Receiver {
            end: Arc::clone(&self.end),
            ring: Arc::clone(&self.ring),
            values: PhantomData,
        }
    }
}

impl<T: BorshSerialize> Sender<T> {
    /// 값을 큐에 넣습니다. 버퍼가 찼으면 자리가 날 때까지 기다립니다.
    ///
    /// # Errors
    /// - [`Error::Disconnected`](crate::Error::Disconnected): 받는 끝이 모두 닫혔습니다.
    /// - [`Error::Decode`](crate::Error::Decode): 다른 프로세스가 값을 쓰다가 죽어 큐가 망가졌습니다.
    /// - [`Error::BadInput`](crate::Error::BadInput): fork할 때 자식으로 옮기지 않은 끝입니다.
    pub fn send(&self, value: T) -> Result<()> {
        let peers = Peers(self.end.file()?);
        wire::scratch(|frame| {
            wire::encode_into(&value, frame)?;
            gil::allow_threads(|| trace::during(State::Queue, || self.ring.write(peers, frame)))
        })
    }
}

impl<T: BorshDeserialize> Receiver<T> {
    /// 값이 올 때까지 기다려 하나를 꺼냅니다.
    ///
    /// # Errors
    /// - [`Error::Disconnected`](crate::Error::Disconnected): 큐가 비었고 보내는 끝이 모두 닫혔습니다.
    /// - [`Error::Decode`](crate::Error::Decode): 값이 도중에 잘렸거나 `T`의 바이트가 아닙니다.
    /// - [`Error::BadInput`](crate::Error::BadInput): fork할 때 자식으로 옮기지 않은 끝입니다.
    pub fn recv(&self) -> Result<T> {
        let peers = Peers(self.end.file()?);
        wire::scratch(|payload| {
            gil::allow_threads(|| trace::during(State::Queue, || self.ring.read(peers, payload)))?;
            wire::decode(payload)
        })
    }

    /// 보내는 끝이 모두 닫힐 때까지 값을 하나씩 꺼냅니다.
    ///
    /// 값이 잘리거나 망가져도 거기서 끝납니다. 까닭을 알려면 [`recv`](Self::recv)를 부릅니다.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
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
        write_end(&self.end, &self.ring, writer)
    }
}

impl<T> BorshSerialize for Receiver<T> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_end(&self.end, &self.ring, writer)
    }
}

impl<T> BorshDeserialize for Sender<T> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (end, ring) = read_end(reader)?;
        Ok(Sender {
            end,
            ring,
            values: PhantomData,
        })
    }
}

impl<T> BorshDeserialize for Receiver<T> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (end, ring) = read_end(reader)?;
        Ok(Receiver {
            end,
            ring,
            values: PhantomData,
        })
    }
}

fn write_end(end: &End, ring: &Ring, writer: &mut impl Write) -> io::Result<()> {
    write_fd(end.file().map_err(io::Error::other)?, writer)?;
    write_fd(ring.memory(), writer)
}

fn read_end(reader: &mut impl Read) -> io::Result<(Arc<End>, Arc<Ring>)> {
    let end = read_fd(reader)?;
    let ring = Arc::new(Ring::map(read_fd(reader)?).map_err(io::Error::other)?);
    Ok((End::new(end, Some(Arc::clone(&ring))), ring))
}
