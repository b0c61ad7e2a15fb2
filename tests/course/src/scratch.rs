//! 컴파일하고 돌릴 임시 폴더입니다. 갑자기 끝난 프로그램이 남긴 것은 다음 프로그램이 치웁니다.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::OnceLock,
};

use tempfile::TempDir;

use crate::{
    durable::Lock,
    fault::{Fault, Result},
};

/// 이 프로그램의 폴더입니다. 잠금을 쥐고 있는 동안 다른 프로그램이 치우지 않습니다.
struct Mine {
    folder: PathBuf,
    _lock: Lock,
}

static MINE: OnceLock<Mine> = OnceLock::new();

/// 빈 폴더를 하나 만듭니다. 버리면 사라집니다.
///
/// # Errors
/// 만들 수 없습니다.
pub fn folder() -> Result<TempDir> {
    if MINE.get().is_none() {
        let _ = MINE.set(make()?);
    }
    let mine = MINE.get().ok_or_else(|| Fault::new("임시 폴더"))?;
    tempfile::Builder::new()
        .prefix("job-")
        .tempdir_in(&mine.folder)
        .map_err(|error| Fault::file("임시 폴더를 만들지 못했습니다", &mine.folder, &error))
}

/// 이 프로그램의 폴더를 치웁니다. 끝나기 바로 앞에 부릅니다.
pub fn clear() {
    if let Some(mine) = MINE.get() {
        let _ = fs::remove_dir_all(&mine.folder);
    }
}

/// 폴더의 이름은 `noriteo-course-번호-…`이고, 잠금 파일은 그 옆에 있습니다.
const PREFIX: &str = "noriteo-course-";

fn make() -> Result<Mine> {
    let all = env::temp_dir();
    sweep(&all);
    let fault = |error: std::io::Error| Fault::file("임시 폴더를 만들지 못했습니다", &all, &error);
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{PREFIX}{}-", process::id());
    builder.prefix(&prefix);
    // 우리(cage)가 다른 사용자로 돌릴 때 지나갈 수만 있게 합니다.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o711));
    let draft = builder.tempdir_in(&all).map_err(fault)?.keep();
    // 잠근 다음에 이름을 바꿉니다. 잠그기 전의 것을 다른 프로그램이 치우지 못합니다.
    let lock = Lock::hold(&draft.join(LOCK))?;
    let name = draft.file_name().unwrap_or_default().to_string_lossy();
    let folder = all.join(name.trim_start_matches('.'));
    fs::rename(&draft, &folder).map_err(fault)?;
    Ok(Mine {
        folder,
        _lock: lock,
    })
}

const LOCK: &str = "lock";

/// 주인이 끝난 폴더를 치웁니다. 주인이 살아 있으면 잠금을 쥐고 있습니다.
fn sweep(all: &Path) {
    let Ok(entries) = fs::read_dir(all) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let lock = entry.path().join(LOCK);
        if ours && lock.is_file() && matches!(Lock::try_hold(&lock), Ok(Some(_))) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
