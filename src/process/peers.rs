//! 반대쪽이 남았는지 커널에게 묻기.
//!
//! 유닉스 소켓 한 쌍이지만 바이트는 하나도 오가지 않습니다. 한쪽 끝을 쥔 프로세스가 어떻게 끝나든 커널이 그 끝을
//! 닫아 주므로, 물어보기만 하면 반대쪽이 모두 사라진 것을 압니다.

use std::{
    fs::File,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};

use crate::{Error, Result};

/// 두 끝을 만듭니다. exec 때 닫힙니다.
pub(super) fn pair() -> Result<(OwnedFd, OwnedFd)> {
    let (left, right) =
        UnixStream::pair().map_err(|source| Error::os("큐의 두 끝을 만들지 못했습니다", source))?;
    Ok((left.into(), right.into()))
}

/// 한쪽 끝에서 본 반대쪽입니다.
#[derive(Clone, Copy)]
pub(super) struct Peers<'a>(pub(super) &'a File);

impl Peers<'_> {
    /// 반대쪽 끝이 모두 닫혔는지 기다리지 않고 봅니다.
    pub(super) fn gone(self) -> Result<bool> {
        let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::empty())];
        loop {
            match poll(&mut fds, PollTimeout::ZERO) {
                Ok(count) => return Ok(count > 0),
                Err(Errno::EINTR) => {}
                Err(errno) => {
                    return Err(Error::os("큐의 반대쪽이 남았는지 묻지 못했습니다", errno));
                }
            }
        }
    }
}
