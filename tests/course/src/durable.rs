//! 파일을 통째로 바꿉니다. 어디에서 멈추든 옛 것이나 새 것이 있을 뿐, 반쪽은 없습니다.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::fault::{Fault, Result};

/// 쓰는 동안 쥡니다. 멈추라는 시그널은 이것을 쥔 다음에 프로그램을 끝냅니다([`crate::stop`]).
static WRITING: Mutex<()> = Mutex::new(());

/// 지금 쓰는 이가 없을 때까지 기다리고, 더는 쓰지 못하게 합니다.
pub fn quiet() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 누구나 읽어도 되는 파일을 적습니다.
///
/// # Errors
/// 적을 수 없습니다.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, 0o644)
}

/// 주인만 읽을 파일을 적습니다. 학생의 이름과 점수가 있습니다.
///
/// # Errors
/// 적을 수 없습니다.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, 0o600)
}

/// 옆에 다 적고 디스크까지 내린 뒤 이름을 바꿉니다. 이름이 바뀐 것도 디스크까지 내립니다.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let fault = |error: io::Error| Fault::file("적지 못했습니다", path, &error);
    fs::create_dir_all(folder).map_err(fault)?;
    let _writing = quiet();
    let mut builder = tempfile::Builder::new();
    builder.prefix(DRAFT);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let mut draft = builder.tempfile_in(folder).map_err(fault)?;
    draft.write_all(bytes).map_err(fault)?;
    draft.as_file().sync_all().map_err(fault)?;
    draft.persist(path).map_err(|error| fault(error.error))?;
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(fault)?;
    Ok(())
}

/// 적다 만 파일의 이름은 이것으로 시작합니다.
const DRAFT: &str = ".draft-";

/// 앞서 갑자기 끝난 프로그램이 적다 만 파일을 치웁니다. 그 폴더의 잠금을 쥐고 부릅니다.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(DRAFT) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// 폴더의 잠금입니다. 버리거나 프로그램이 끝나면 풀립니다.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "열어 두는 것이 곧 쥐는 것입니다")] File);

impl Lock {
    /// 쥘 때까지 기다립니다.
    ///
    /// # Errors
    /// 잠금 파일을 만들 수 없습니다.
    pub fn hold(path: &Path) -> Result<Lock> {
        let file = open(path)?;
        file.lock()
            .map_err(|error| Fault::file("잠그지 못했습니다", path, &error))?;
        Ok(Lock(file))
    }

    /// 지금 바로 쥡니다. 다른 이가 쥐고 있으면 `None`입니다.
    ///
    /// # Errors
    /// 잠금 파일을 만들 수 없습니다.
    pub fn try_hold(path: &Path) -> Result<Option<Lock>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Fault::file("잠그지 못했습니다", path, &error)),
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let fault = |error: io::Error| Fault::file("잠금 파일을 만들지 못했습니다", path, &error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fault)?;
    }
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(fault)
}
