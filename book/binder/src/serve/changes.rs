//! 글이나 예제를 고치면 책을 다시 묶고, 열려 있는 쪽에 알립니다.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use notify::{Event, EventKind, RecursiveMode, Watcher, event::AccessKind};
use tokio::sync::watch;

/// 지켜볼 곳입니다. 없는 것은 건너뜁니다.
const WATCHED: [&str; 5] = [
    "book.toml",
    "book/text",
    "book/theme",
    "examples",
    "tests/outputs",
];

/// 편집기는 파일 하나를 여러 걸음에 적습니다. 이만큼 잠잠해지면 다 적은 것으로 봅니다.
const QUIET: Duration = Duration::from_millis(50);

/// 지금 보이는 책입니다.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// 묶을 때마다 하나씩 느는 번호입니다. 쪽에 적힌 번호와 다르면 쪽이 오래된 것입니다.
    pub binding: u64,
    /// 고친 뒤에 묶지 못한 까닭입니다. 앞서 묶은 책은 그대로 있습니다.
    pub fault: Option<String>,
}

/// 지켜보기 시작합니다. 고칠 때마다 `rebind`를 부르고 그 결과를 `news`에 알립니다.
///
/// 지켜볼 수 없으면(inotify의 한도가 다한 때 따위) 까닭을 알리고, 책은 그대로 보입니다.
pub fn watch(
    root: &Path,
    news: Arc<watch::Sender<News>>,
    rebind: impl Fn() -> Result<(), String> + Send + 'static,
) {
    let root = root.to_owned();
    let (changed, changes) = mpsc::channel();
    let heard = move |event: notify::Result<Event>| {
        // 읽기만 한 것은 고친 것이 아닙니다. 묶는 일도 읽습니다.
        let read_only = |kind: &EventKind| matches!(kind, EventKind::Access(kind) if !matches!(kind, AccessKind::Close(_)));
        if event.is_ok_and(|event| !read_only(&event.kind) && event.paths.iter().any(|p| counts(p)))
        {
            let _ = changed.send(());
        }
    };
    let started = notify::recommended_watcher(heard).and_then(|mut watcher| {
        for path in WATCHED.iter().map(|place| root.join(place)) {
            if path.exists() {
                watcher.watch(&path, RecursiveMode::Recursive)?;
            }
        }
        Ok(watcher)
    });
    let watcher = match started {
        Ok(watcher) => watcher,
        Err(error) => {
            eprintln!("글을 고쳐도 쪽이 저절로 바뀌지는 않습니다({error}).");
            return;
        }
    };
    thread::spawn(move || {
        let _watcher = watcher;
        while changes.recv().is_ok() {
            while changes.recv_timeout(QUIET).is_ok() {}
            let fault = rebind().err();
            if let Some(why) = &fault {
                eprintln!("{why}");
            }
            news.send_modify(|news| {
                news.binding += u64::from(fault.is_none());
                news.fault = fault;
            });
        }
    });
}

/// 편집기가 옆에 만드는 임시 파일은 세지 않습니다.
fn counts(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !(name.starts_with('.') || name.ends_with('~') || name.starts_with('#') || name == "4913")
}

/// 묶는 일에 드는 것들입니다.
pub struct Binding {
    /// 책이 있는 폴더입니다.
    pub root: PathBuf,
    /// 책을 놓는 폴더입니다.
    pub out: PathBuf,
    /// 본문에 넣을 조각들입니다.
    pub parts: Vec<crate::parts::Part>,
}

impl Binding {
    /// 책을 다시 묶습니다.
    pub fn again(&self) -> Result<(), String> {
        crate::bind::bind(&self.root, &self.out, &self.parts)
            .map(drop)
            .map_err(|fault| fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_leave_beside_is_not_counted() {
        for name in [".ch01.md.swp", "ch01.md~", "#ch01.md#", ".#ch01.md", "4913"] {
            assert!(!counts(Path::new(name)), "{name}");
        }
        assert!(counts(Path::new("book/text/ch01-process.md")));
    }
}
