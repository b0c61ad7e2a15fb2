//! 파일을 저장할 때마다 검사합니다.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use notify::{RecursiveMode, Watcher};

use crate::{
    digest::Digest,
    fault::{Fault, Result},
};

/// 편집기는 저장하면서 여러 번 알립니다. 이만큼 조용하면 다 저장한 것으로 봅니다.
const QUIET: Duration = Duration::from_millis(200);

/// `folder`의 파일이 바뀔 때마다 `changed`를 부릅니다. 끝나지 않습니다.
///
/// # Errors
/// 폴더를 지켜볼 수 없거나 `changed`가 실패했습니다.
pub fn watch(folder: &Path, mut changed: impl FnMut(&Path) -> Result<()>) -> Result<()> {
    let fault = |error: notify::Error| Fault(format!("{}: {error}", folder.display()));
    let (send, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(send).map_err(fault)?;
    watcher
        .watch(folder, RecursiveMode::NonRecursive)
        .map_err(fault)?;
    let mut seen: BTreeMap<PathBuf, String> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        seen.insert(entry.path(), content(&entry.path()));
    }
    println!(
        "{}를 지켜봅니다. 끝내려면 Ctrl-C를 누르세요.",
        folder.display()
    );
    while let Ok(first) = events.recv() {
        let mut paths = first.map_err(fault)?.paths;
        loop {
            match events.recv_timeout(QUIET) {
                Ok(more) => paths.extend(more.map_err(fault)?.paths),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
        paths.sort();
        paths.dedup();
        for path in paths {
            let now = content(&path);
            // 내용이 그대로면(열어 보기만 했으면) 다시 검사하지 않습니다.
            if seen.insert(path.clone(), now.clone()).as_ref() != Some(&now) && path.is_file() {
                changed(&path)?;
            }
        }
    }
    Ok(())
}

fn content(path: &Path) -> String {
    std::fs::read(path).map_or_else(|_| String::new(), |bytes| Digest::of(&bytes))
}
