//! 학생의 진도입니다. 저장소의 `.course/progress.json`에 있고, git은 보지 않습니다.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    check::Report,
    durable::{self, Lock},
    exercise::{Course, Exercise},
    fault::{Fault, Result},
};

/// 진도를 두는 폴더입니다.
const FOLDER: &str = ".course";

/// 지금까지의 진도입니다.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// 문제마다의 진도입니다.
    #[serde(default)]
    pub exercises: BTreeMap<String, Standing>,
    /// 마지막으로 검사한 문제입니다.
    #[serde(default)]
    pub last: Option<String>,
}

/// 문제 하나의 진도입니다.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// 가장 높은 점수입니다.
    #[serde(default)]
    pub best: u32,
    /// 만점입니다.
    #[serde(default)]
    pub full: u32,
    /// 검사한 횟수입니다.
    #[serde(default)]
    pub checks: u32,
    /// 본 도움말의 수입니다.
    #[serde(default)]
    pub hints: usize,
    /// 마지막으로 쓴 씨앗입니다.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl Standing {
    /// 만점을 받았습니다.
    pub fn passed(&self) -> bool {
        self.full > 0 && self.best >= self.full
    }
}

/// 진도의 파일입니다.
#[derive(Clone, Debug)]
pub struct Book {
    folder: PathBuf,
}

impl Book {
    /// 이 저장소의 것입니다.
    pub fn of(course: &Course) -> Book {
        Book {
            folder: course.root.join(FOLDER),
        }
    }

    /// 지금까지의 진도를 읽습니다. 없으면 비어 있습니다.
    ///
    /// # Errors
    /// 읽을 수 없습니다. 꼴이 다르면 어떻게 할지 말합니다.
    pub fn read(&self) -> Result<Progress> {
        let path = self.path();
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Fault(format!(
                    "{}: 진도를 읽지 못했습니다({error}). 그 파일을 다른 곳으로 옮기면 처음부터 다시 셉니다.",
                    path.display()
                ))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Progress::default()),
            Err(error) => Err(Fault::file("진도를 읽지 못했습니다", &path, &error)),
        }
    }

    /// 읽고, 고치고, 적습니다. 둘이 함께 해도 한 사람의 것이 사라지지 않습니다.
    ///
    /// # Errors
    /// 읽거나 적을 수 없습니다.
    pub fn change<T>(&self, change: impl FnOnce(&mut Progress) -> T) -> Result<T> {
        let _lock = Lock::hold(&self.folder.join("lock"))?;
        durable::sweep(&self.folder);
        let mut progress = self.read()?;
        let done = change(&mut progress);
        let text = serde_json::to_string_pretty(&progress)
            .map_err(|error| Fault(format!("진도를 적지 못했습니다: {error}")))?;
        durable::write(&self.path(), (text + "\n").as_bytes())?;
        Ok(done)
    }

    /// 검사한 결과를 적습니다.
    ///
    /// # Errors
    /// 읽거나 적을 수 없습니다.
    pub fn checked(&self, exercise: &Exercise, report: &Report, seed: Option<u64>) -> Result<()> {
        self.change(|progress| {
            let id = exercise.meta.id.clone();
            progress.last = Some(id.clone());
            let standing = progress.exercises.entry(id).or_default();
            standing.best = standing.best.max(report.points);
            standing.full = report.full;
            standing.checks += 1;
            standing.seed = seed.or(standing.seed);
        })
    }

    /// 고치던 파일을 베껴 둘 자리입니다. 앞의 것을 덮지 않습니다.
    pub fn backup(&self, id: &str) -> PathBuf {
        let folder = self.folder.join("backup");
        (1..)
            .map(|number| folder.join(format!("{id}-{number}.rs")))
            .find(|path| !path.exists())
            .unwrap_or_else(|| folder.join(format!("{id}.rs")))
    }

    fn path(&self) -> PathBuf {
        self.folder.join("progress.json")
    }
}

/// 뿌리에서 본 길입니다. 학생이 아는 이름입니다.
pub fn shown(course: &Course, path: &Path) -> String {
    path.strip_prefix(&course.root)
        .unwrap_or(path)
        .display()
        .to_string()
}
