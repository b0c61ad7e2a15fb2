//! 피고가 아직 쥐고 있는 것을 셉니다: 거두지 않은 자식과 열린 디스크립터입니다.
//!
//! `/proc`을 읽지 않습니다. 채점기의 코드가 학생의 함수를 부르기 앞과 뒤에 부릅니다.

use nix::{
    errno::Errno,
    libc,
    sys::wait::{Id, WaitPidFlag, waitid},
};

use crate::Work;

/// 디스크립터를 이 번호까지 봅니다. 운영체제는 빈 번호 가운데 가장 작은 것을 줍니다.
const LARGEST: i32 = 4_096;

impl Work {
    /// 거두지 않은 자식이 있습니까? 살아 있는 자식도 좀비도 셉니다. 아무것도 거두지 않습니다.
    ///
    /// # Panics
    /// 운영체제가 뜻밖의 대답을 할 때입니다.
    pub fn has_children(&self) -> bool {
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        match waitid(Id::All, look) {
            Ok(_) => true,
            Err(Errno::ECHILD) => false,
            Err(errno) => panic!("자식을 보지 못했습니다: {errno}"),
        }
    }

    /// 열린 디스크립터의 수입니다.
    pub fn descriptors(&self) -> usize {
        // SAFETY: F_GETFD는 메모리를 건드리지 않습니다. 열려 있지 않은 번호면 EBADF일 뿐입니다.
        let open = |fd: &i32| unsafe { libc::fcntl(*fd, libc::F_GETFD) } != -1;
        (0..LARGEST).filter(open).count()
    }
}
