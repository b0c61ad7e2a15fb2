//! 허락한 것만 있는 파일 나무입니다. 마운트 이름공간 안에서 만들어, 그 밖의 것은 이름조차 보이지 않습니다.
//!
//! 폴더의 권한과도 상관이 없어집니다. 주인만 들어갈 수 있는 폴더 속의 컴파일러도 허락하면 쓸 수 있습니다.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{OpenOptionsExt, symlink},
    },
    path::{Component, Path, PathBuf},
};

use nix::{
    libc,
    mount::{MntFlags, MsFlags, mount, umount2},
    sys::statvfs::{FsFlags, statvfs},
    unistd::{chdir, pivot_root},
};

use super::{Spec, rules::DEVICES};

/// 심볼릭 링크를 이만큼까지만 따라갑니다.
const LINKS: usize = 40;

const NOTHING: Option<&str> = None;

/// 나무를 만들어 그 안으로 옮겨 갑니다. 마운트 이름공간이 새것이어야 합니다.
pub fn enter(spec: &Spec, readable: &[&OsStr]) -> io::Result<()> {
    mount(
        NOTHING,
        "/",
        NOTHING,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        NOTHING,
    )?;
    let dir = Path::new(&spec.dir);
    // 새 나무를 일하는 폴더 위에 세웁니다. 가려질 폴더는 먼저 열어 둡니다.
    let kept = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC)
        .open(dir)?;
    let options = Some("mode=0755,size=1m,nr_inodes=8k");
    let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("tmpfs"), dir, Some("tmpfs"), plain, options)?;
    let mut tree = Tree {
        root: dir.to_owned(),
        bound: Vec::new(),
    };
    let runnable = spec.runnable.iter().map(|path| path.as_os_str());
    for path in readable.iter().copied().chain(runnable) {
        // 일하는 폴더의 것은 폴더와 함께 보입니다.
        if !Path::new(path).starts_with(dir) {
            tree.place(Path::new(path), LINKS)?;
        }
    }
    for device in DEVICES {
        if Path::new(device).exists() {
            let target = tree.at(Path::new(device));
            tree.folder(Path::new("/dev"))?;
            File::create(&target)?;
            mount(Some(device), &target, NOTHING, MsFlags::MS_BIND, NOTHING)?;
        }
    }
    if spec.proc {
        tree.proc()?;
    }
    tree.folder(dir)?;
    let target = tree.at(dir);
    let source = format!("/proc/self/fd/{}", kept.as_raw_fd());
    mount(
        Some(source.as_str()),
        &target,
        NOTHING,
        MsFlags::MS_BIND,
        NOTHING,
    )?;
    restrict(&target, plain)?;
    chdir(dir)?;
    // 같은 자리에 겹쳐 놓고 아래 것을 뗍니다(pivot_root(2)의 `pivot_root(".", ".")`).
    pivot_root(".", ".")?;
    umount2(".", MntFlags::MNT_DETACH)?;
    chdir("/")?;
    restrict(Path::new("/"), plain | MsFlags::MS_RDONLY)
}

/// 마운트의 성질을 더 조입니다. 이미 있던 조임은 그대로 둡니다. 사용자 이름공간에서는 그것을 풀 수 없습니다.
fn restrict(target: &Path, tighter: MsFlags) -> io::Result<()> {
    let had = statvfs(target)?.flags();
    let mut flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | tighter;
    for (bit, flag) in [
        (FsFlags::ST_RDONLY, MsFlags::MS_RDONLY),
        (FsFlags::ST_NOSUID, MsFlags::MS_NOSUID),
        (FsFlags::ST_NODEV, MsFlags::MS_NODEV),
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (FsFlags::ST_NOATIME, MsFlags::MS_NOATIME),
        (FsFlags::ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (FsFlags::ST_RELATIME, MsFlags::MS_RELATIME),
    ] {
        if had.contains(bit) {
            flags |= flag;
        }
    }
    mount(NOTHING, target, NOTHING, flags, NOTHING)?;
    Ok(())
}

struct Tree {
    root: PathBuf,
    bound: Vec<PathBuf>,
}

impl Tree {
    /// 새 나무에서 `path`가 놓일 자리입니다.
    fn at(&self, path: &Path) -> PathBuf {
        let path = path.strip_prefix("/").unwrap_or(path);
        self.root.join(path)
    }

    fn folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(self.at(path))
    }

    /// `path`를 같은 이름으로 놓습니다. 길에 심볼릭 링크가 있으면 링크도, 가리키는 것도 놓습니다.
    fn place(&mut self, path: &Path, links: usize) -> io::Result<()> {
        let parts: Vec<Component> = path.components().collect();
        let mut here = PathBuf::from("/");
        for (index, part) in parts.iter().enumerate() {
            match part {
                Component::Normal(name) => here.push(name),
                Component::ParentDir => {
                    here.pop();
                    continue;
                }
                _ => continue,
            }
            if self.bound.iter().any(|bound| here.starts_with(bound)) {
                return Ok(());
            }
            let kind = fs::symlink_metadata(&here)?.file_type();
            if kind.is_symlink() {
                let to = fs::read_link(&here)?;
                let at = self.at(&here);
                if fs::symlink_metadata(&at).is_err() {
                    symlink(&to, &at)?;
                }
                here.pop();
                let mut rest = here.join(to);
                rest.extend(&parts[index + 1..]);
                if links == 0 {
                    return Err(io::Error::from_raw_os_error(libc::ELOOP));
                }
                return self.place(&rest, links - 1);
            }
            if index + 1 == parts.len() {
                return self.bind(&here, kind.is_dir());
            }
            self.folder(&here)?;
        }
        Ok(())
    }

    fn bind(&mut self, path: &Path, is_dir: bool) -> io::Result<()> {
        let target = self.at(path);
        if is_dir {
            self.folder(path)?;
        } else {
            File::create(&target)?;
        }
        let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
        mount(Some(path), &target, NOTHING, flags, NOTHING)?;
        let tight = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        restrict(&target, tight)?;
        self.bound.push(path.to_owned());
        Ok(())
    }

    /// 이 이름공간의 프로세스만 보이는 `/proc`입니다. 새로 붙이지 못하는 컨테이너에서는 있던 것을 보입니다.
    fn proc(&self) -> io::Result<()> {
        self.folder(Path::new("/proc"))?;
        let target = self.at(Path::new("/proc"));
        let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        if mount(Some("proc"), &target, Some("proc"), plain, NOTHING).is_err() {
            let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
            mount(Some("/proc"), &target, NOTHING, flags, NOTHING)?;
        }
        Ok(())
    }
}
