//! 일하는 폴더의 주인을 바꿉니다. 안의 것은 믿을 수 없는 프로그램이 만든 것입니다.
//!
//! 경로로 걷지 않고 연 폴더에서 한 칸씩 내려갑니다. 그래서 심볼릭 링크를 따라가지 않고, 경로가 아무리 길어도 닿습니다.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::Path,
};

use nix::{
    fcntl::{AtFlags, OFlag, openat, renameat},
    libc::{S_IFDIR, S_IFLNK, S_IFMT},
    sys::stat::{FchmodatFlags, FileStat, Mode, fchmodat, fstatat},
    unistd::{Gid, Uid, fchownat, geteuid},
};

/// 이보다 깊이 있는 폴더는 맨 위로 옮깁니다. 지우는 이가 폴더를 이만큼만 열어 두면 됩니다.
const DEPTH: usize = 30;

/// 폴더와 그 안의 것의 주인을 바꾸고, 주인이 들어가 지울 수 있게 합니다. 안에서 도는 프로그램이 없어야 합니다.
pub fn own(dir: &Path, user: Uid, group: Gid) -> io::Result<()> {
    // 열기 전에 들어갈 수 있게 합니다.
    let outside = File::open("/")?;
    let owner = Owner { user, group };
    owner.give(
        &outside,
        dir.as_os_str(),
        &fstatat(&outside, dir, AtFlags::AT_SYMLINK_NOFOLLOW)?,
    )?;
    let top = File::open(dir)?;
    let mut lifted = 0;
    // 옮긴 것이 있으면 그 속도 보아야 합니다.
    loop {
        let before = lifted;
        owner.walk(&top, top.as_fd(), 0, &mut lifted)?;
        if lifted == before {
            return Ok(());
        }
    }
}

struct Owner {
    user: Uid,
    group: Gid,
}

impl Owner {
    fn walk(
        &self,
        folder: &impl AsFd,
        top: BorrowedFd,
        depth: usize,
        lifted: &mut usize,
    ) -> io::Result<()> {
        for name in names(folder)? {
            let seen = fstatat(folder, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
            let kind = seen.st_mode & S_IFMT;
            if kind == S_IFDIR {
                self.give(folder, &name, &seen)?;
                if depth < DEPTH {
                    let inner = open(folder, &name)?;
                    self.walk(&inner, top, depth + 1, lifted)?;
                    continue;
                }
                *lifted += 1;
                let place = format!("lifted-{}-{lifted}", std::process::id());
                renameat(folder, name.as_os_str(), top, place.as_str())?;
            } else if kind == S_IFLNK || seen.st_nlink == 1 {
                // 이름이 여럿인 파일은 이 폴더 밖의 것일 수 있으므로 두고 봅니다.
                self.give(folder, &name, &seen)?;
            }
        }
        Ok(())
    }

    fn give(&self, folder: &impl AsFd, name: &OsStr, seen: &FileStat) -> io::Result<()> {
        // 보통 사용자는 주인을 바꿀 수도, 바꿀 까닭도 없습니다. 가둔 프로그램도 같은 사용자입니다.
        let other = (seen.st_uid, seen.st_gid) != (self.user.as_raw(), self.group.as_raw());
        if other && geteuid().is_root() {
            let flags = AtFlags::AT_SYMLINK_NOFOLLOW;
            fchownat(folder, name, Some(self.user), Some(self.group), flags)?;
        }
        if seen.st_mode & S_IFMT == S_IFDIR && seen.st_mode & 0o700 != 0o700 {
            let mode = Mode::from_bits_truncate(seen.st_mode & 0o777 | 0o700);
            // 방금 폴더로 보았고, 그사이 링크로 바꿀 이가 없습니다.
            fchmodat(folder, name, mode, FchmodatFlags::FollowSymlink)?;
        }
        Ok(())
    }
}

fn open(folder: &impl AsFd, name: &OsStr) -> nix::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(folder, name, flags, Mode::empty())
}

/// 연 폴더에 든 이름들입니다.
fn names(folder: &impl AsFd) -> io::Result<Vec<OsString>> {
    let path = format!("/proc/self/fd/{}", folder.as_fd().as_raw_fd());
    let entries = fs::read_dir(path)?;
    entries.map(|entry| Ok(entry?.file_name())).collect()
}
