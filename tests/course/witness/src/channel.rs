//! 피고와 재판관 사이의 소켓입니다. 메시지 하나가 통째로 가고, 보낸 이의 PID는 커널이 적습니다.

use std::{
    io::{self, IoSliceMut},
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{
        AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixCredentials, recvmsg,
        send, setsockopt, socketpair, sockopt,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// 메시지 하나의 가장 큰 크기, 바이트입니다.
pub(crate) const LARGEST: usize = 128 << 10;

/// 피고가 하는 말입니다.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Word {
    /// 만나는 곳에 왔습니다. 문이 열릴 때까지 기다립니다.
    Meet { tid: u64, tag: String },
    /// 한 일을 장부에 적습니다.
    Note { tid: u64, tag: String, value: Value },
    /// 답입니다.
    Answer(Value),
}

pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (judge, subject) = socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    setsockopt(&judge, sockopt::PassCred, &true)?;
    setsockopt(&subject, sockopt::SndBuf, &(2 * LARGEST))?;
    Ok((judge, subject))
}

pub(crate) fn say(socket: BorrowedFd<'_>, word: &Word) -> io::Result<()> {
    let bytes = serde_json::to_vec(word)?;
    assert!(bytes.len() <= LARGEST, "메시지 하나는 128 KiB까지입니다");
    loop {
        match send(socket.as_raw_fd(), &bytes, MsgFlags::MSG_NOSIGNAL) {
            Err(Errno::EINTR) => {}
            sent => return sent.map(|_| ()).map_err(io::Error::from),
        }
    }
}

/// 말 하나를 받습니다. 말한 이의 PID가 함께 옵니다. 끝이 모두 닫혔으면 `None`입니다.
pub(crate) fn hear(socket: &OwnedFd) -> io::Result<Option<(i32, Word)>> {
    let mut bytes = vec![0; LARGEST];
    let mut space = nix::cmsg_space!(UnixCredentials);
    loop {
        let mut slices = [IoSliceMut::new(&mut bytes)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let heard = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags);
        let (length, pid) = match heard {
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno.into()),
            Ok(message) => {
                let mut pid = None;
                for control in message.cmsgs()? {
                    if let ControlMessageOwned::ScmCredentials(who) = control {
                        pid = Some(who.pid());
                    }
                }
                (message.bytes, pid)
            }
        };
        let Some(pid) = pid.filter(|_| length > 0) else {
            return Ok(None);
        };
        return Ok(Some((pid, serde_json::from_slice(&bytes[..length])?)));
    }
}

/// `fd`에서 읽을 것이 생기거나 끝이 닫히기를 `wait_ms`까지 기다립니다.
pub(crate) fn ready(fd: impl AsFd, wait_ms: u16) -> io::Result<bool> {
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    match poll(&mut fds, PollTimeout::from(wait_ms)) {
        Ok(count) => Ok(count > 0),
        Err(Errno::EINTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// [`ready`]와 같지만 둘을 함께 봅니다. 하나라도 있으면 곧 돌아옵니다.
pub(crate) fn ready_either(
    one: impl AsFd,
    other: impl AsFd,
    wait_ms: u16,
) -> io::Result<(bool, bool)> {
    let mut fds = [&one.as_fd(), &other.as_fd()].map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
    match poll(&mut fds, PollTimeout::from(wait_ms)) {
        Ok(_) => {
            let [one, other] = fds.map(|fd| fd.any().unwrap_or(false));
            Ok((one, other))
        }
        Err(Errno::EINTR) => Ok((false, false)),
        Err(errno) => Err(errno.into()),
    }
}

/// 반대쪽 끝이 모두 닫혔고 읽을 것도 없습니까?
pub(crate) fn closed(socket: impl AsFd) -> bool {
    let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
    let number = socket.as_fd().as_raw_fd();
    matches!(nix::sys::socket::recv(number, &mut [0], flags), Ok(0))
}
