//! 두 프로세스를 잇는 파이프입니다. 두 끝 모두 보내고 받을 수 있습니다.

use std::{
    io::{self, Read, Write},
    marker::PhantomData,
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::Arc,
};

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    ends::{End, read_fd, write_fd},
    sigpipe, wire,
};
use crate::{
    Error, Result, gil,
    trace::{self, State},
};

/// 서로 이어진 두 끝을 만듭니다. Python의 `multiprocessing.Pipe()`와 같습니다.
///
/// 끝 하나는 한 프로세스만 씁니다. 여럿이 함께 쓰려면 [`queue`](super::queue)를 쓰세요.
///
/// 반대쪽이 값을 쓰다가 죽으면, 앞서 보낸 값은 온전히 나오고 그다음 [`recv`](Connection::recv)는 [`Error::Decode`]입니다.
/// 그 뒤로는 받기도 보내기도 [`Error::Disconnected`]입니다. 잘린 값이 값으로 나오는 일은 없습니다.
///
/// # Errors
/// 파일 디스크립터를 더 얻지 못하면 [`Error::Os`]입니다.
pub fn pipe<T>() -> Result<(Connection<T>, Connection<T>)> {
    sigpipe::look();
    let (left, right) =
        UnixStream::pair().map_err(|source| Error::os("파이프를 만들지 못했습니다", source))?;
    Ok((Connection::new(left.into()), Connection::new(right.into())))
}

/// [`pipe`]의 한쪽 끝입니다.
pub struct Connection<T> {
    end: Arc<End>,
    /// 값 하나를 받다가 말았습니다. 나머지를 새 값으로 잘못 읽지 않도록 더 받지 않습니다.
    torn: bool,
    values: PhantomData<fn(T) -> T>,
}

impl<T> Connection<T> {
    fn new(fd: OwnedFd) -> Self {
        Connection {
            end: End::new(fd, None),
            torn: false,
            values: PhantomData,
        }
    }
}

impl<T: BorshSerialize> Connection<T> {
    /// 값을 반대쪽 끝으로 보냅니다. 가득 찼으면 기다립니다.
    ///
    /// # Errors
    /// 반대쪽 끝이 닫혔으면 [`Error::Disconnected`], fork할 때 옮기지 않은 끝이면 [`Error::BadInput`]입니다.
    pub fn send(&mut self, value: T) -> Result<()> {
        let frame = wire::encode(&value)?;
        let file = self.end.file()?;
        gil::allow_threads(|| trace::during(State::Queue, || wire::write(file, &frame)))
    }
}

impl<T: BorshDeserialize> Connection<T> {
    /// 반대쪽 끝이 보낸 값을 기다려 받습니다.
    ///
    /// # Errors
    /// 반대쪽 끝이 닫혔고 남은 값이 없으면 [`Error::Disconnected`],
    /// 값이 잘렸거나 `T`의 바이트가 아니면 [`Error::Decode`]입니다. 값을 담을 메모리가 모자라면 [`Error::Os`]이고,
    /// 그 뒤로는 더 받을 수 없습니다([`Error::Decode`]).
    pub fn recv(&mut self) -> Result<T> {
        let file = self.end.file()?;
        if self.torn {
            return Err(wire::torn());
        }
        let payload = gil::allow_threads(|| trace::during(State::Queue, || wire::read(file)));
        self.torn = matches!(payload, Err(Error::Os { .. }));
        wire::decode(&payload?)
    }
}

impl<T> BorshSerialize for Connection<T> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_fd(self.end.file().map_err(io::Error::other)?, writer)
    }
}

impl<T> BorshDeserialize for Connection<T> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        Ok(Connection::new(read_fd(reader)?))
    }
}
