//! 연습 문제 하나: `tests/exercises/<id>/exercise.toml`과 그 옆의 파일입니다.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use crate::fault::{Fault, Result};

/// 연습 문제가 모여 있는 곳입니다.
#[derive(Clone, Debug)]
pub struct Course {
    /// 저장소의 뿌리입니다. 출발 파일(`examples/<id>.rs`)이 여기에 있습니다.
    pub root: PathBuf,
    /// 선생님만 가진 폴더입니다. 같은 이름의 문제는 이쪽 것을 씁니다.
    pub overlay: Option<PathBuf>,
}

/// 연습 문제 하나입니다.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// 채점기와 예시 답이 있는 폴더입니다.
    pub folder: PathBuf,
    /// 손대지 않은 출발 파일입니다.
    pub starter: PathBuf,
    /// 학생이 고치고 내는 파일입니다(`examples/<id>.rs`).
    pub work: PathBuf,
    /// 선생님의 폴더가 검사를 더했으면 그 폴더입니다. 그 검사의 채점기가 있습니다.
    pub added: Option<PathBuf>,
    /// `exercise.toml`에 적힌 것입니다.
    pub meta: Meta,
}

/// `exercise.toml`의 꼴입니다.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// 이름입니다. 폴더와 출발 파일의 이름과 같습니다(`ex07_par_map`).
    pub id: String,
    /// 장입니다.
    pub chapter: u8,
    /// 제목입니다.
    pub title: String,
    /// 어려움입니다. 1(가벼움)부터 3(생각이 필요함)까지입니다.
    pub level: u8,
    /// 걸리는 시간, 분입니다.
    pub minutes: u16,
    /// 채점기가 학생의 코드를 만나는 방법입니다.
    pub kind: Kind,
    /// 채점에 더 필요한 것입니다.
    #[serde(default)]
    pub needs: BTreeSet<Need>,
    /// 학생이 쓸 수 있는 크레이트입니다. 표준 라이브러리는 늘 쓸 수 있습니다.
    #[serde(default)]
    pub crates: BTreeSet<String>,
    /// 학생의 코드에 `unsafe`를 허락하면 `true`입니다.
    #[serde(default, rename = "unsafe")]
    pub allow_unsafe: bool,
    /// 검사 하나의 벽시계 한계, 초입니다. 넘으면 나무째 끝냅니다.
    #[serde(default = "default_wall")]
    pub wall: u64,
    /// 채점기가 오지 않는 것을 기다리는 한계, 초입니다. `wall`보다 작아야 합니다.
    #[serde(default = "default_patience")]
    pub patience: u64,
    /// 한 걸음씩 보여 줄 도움말입니다.
    pub hints: Vec<String>,
    /// 검사입니다. 적힌 차례로 봅니다.
    pub checks: Vec<Check>,
    /// 그럴듯하지만 틀린 답입니다.
    #[serde(default)]
    pub mutants: Vec<Mutant>,
}

/// 채점기가 학생의 코드를 만나는 방법입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 채점기가 함수를 부릅니다.
    Functions,
    /// 채점기가 프로그램을 실행합니다.
    Program,
}

/// 채점에 더 필요한 것입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// `/proc`을 읽습니다(`noriteo::process::fork`가 스레드를 셉니다).
    Proc,
    /// 스레드와 락의 차례를 shuttle이 정합니다. 학생의 `std`를 바꿔 끼웁니다.
    Model,
    /// 파이썬이 있어야 합니다.
    Python,
    /// 기능 `cluster`(timely)를 켠 크레이트로 짓습니다.
    Cluster,
}

/// 검사 하나입니다.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// 이름입니다.
    pub id: String,
    /// 점수입니다.
    pub points: u32,
    /// 이것이 틀리면 뒤의 것을 보지 않고 모두 0점입니다.
    #[serde(default)]
    pub gate: bool,
    /// 본 것을 학생에게 보이면 `true`입니다.
    #[serde(default = "yes")]
    pub visible: bool,
    /// 무엇을 보는지입니다. 문제의 쪽에 실립니다.
    pub title: String,
    /// 틀렸을 때 무엇을 해 보라고 할지입니다.
    pub says: String,
    /// 선생님의 폴더가 더한 것입니다.
    #[serde(skip)]
    pub added: bool,
}

/// 그럴듯하지만 틀린 답입니다.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// `mutants/` 안의 파일 이름에서 `.rs`를 뺀 것입니다.
    pub file: String,
    /// 틀려야 하는 검사입니다.
    pub fails: String,
    /// 어떤 오해인지입니다.
    pub why: String,
    /// 선생님의 폴더가 더한 것입니다.
    #[serde(skip)]
    pub added: bool,
}

/// `id`가 없는 `exercise.toml`입니다. 선생님의 폴더에서 이미 있는 문제에 검사를 더합니다.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    checks: Vec<Check>,
    #[serde(default)]
    mutants: Vec<Mutant>,
}

fn default_wall() -> u64 {
    60
}

fn default_patience() -> u64 {
    15
}

fn yes() -> bool {
    true
}

impl Course {
    /// 모든 문제입니다. 이름의 차례입니다.
    ///
    /// # Errors
    /// `exercise.toml`을 읽을 수 없거나 꼴이 다릅니다.
    pub fn exercises(&self) -> Result<Vec<Exercise>> {
        let mut ids = BTreeSet::new();
        for folder in self.folders() {
            let entries = fs::read_dir(&folder)
                .map_err(|error| Fault::file("폴더를 열지 못했습니다", &folder, &error))?;
            for entry in entries.flatten() {
                if entry.path().join("exercise.toml").is_file()
                    && let Ok(id) = entry.file_name().into_string()
                {
                    ids.insert(id);
                }
            }
        }
        ids.iter().map(|id| self.exercise(id)).collect()
    }

    /// 이름이 `id`인 문제입니다. 앞부분만 적어도 하나로 정해지면 됩니다(`ex07`).
    ///
    /// # Errors
    /// 그런 문제가 없거나 `exercise.toml`이 잘못되었습니다.
    pub fn find(&self, id: &str) -> Result<Exercise> {
        if let Ok(exercise) = self.exercise(id) {
            return Ok(exercise);
        }
        let all = self.exercises()?;
        let near: Vec<&Exercise> = all
            .iter()
            .filter(|one| one.meta.id.starts_with(id))
            .collect();
        match near.as_slice() {
            [one] => Ok((*one).clone()),
            _ => {
                let ids: Vec<&str> = all.iter().map(|one| one.meta.id.as_str()).collect();
                Err(Fault(format!(
                    "`{id}`라는 문제를 찾지 못했습니다. 있는 문제: {}",
                    ids.join(", ")
                )))
            }
        }
    }

    fn exercise(&self, id: &str) -> Result<Exercise> {
        let mut added = None;
        for folder in self.folders().map(|folder| folder.join(id)) {
            let path = folder.join("exercise.toml");
            if !path.is_file() {
                continue;
            }
            let text = fs::read_to_string(&path)
                .map_err(|error| Fault::file("읽지 못했습니다", &path, &error))?;
            let bad = |error: toml::de::Error| Fault(format!("{}: {error}", path.display()));
            let table: toml::Table = toml::from_str(&text).map_err(bad)?;
            if !table.contains_key("id") && self.private(&folder) {
                added = Some((folder, additions(table).map_err(bad)?));
                continue;
            }
            let meta: Meta = toml::from_str(&text).map_err(bad)?;
            if meta.id != id {
                return Err(Fault(format!(
                    "{}: id는 폴더의 이름(`{id}`)과 같아야 합니다.",
                    path.display()
                )));
            }
            let mut exercise = self.whole(id, folder, meta);
            if let Some((folder, more)) = added {
                exercise.meta.checks.extend(more.checks);
                exercise.meta.mutants.extend(more.mutants);
                exercise.added = Some(folder);
            }
            return Ok(exercise);
        }
        Err(Fault(match added {
            Some((folder, _)) => format!(
                "{}: 검사를 더할 문제 `{id}`가 없습니다. 새 문제라면 exercise.toml에 id를 적으세요.",
                folder.display()
            ),
            None => format!("`{id}`라는 문제가 없습니다."),
        }))
    }

    fn whole(&self, id: &str, folder: PathBuf, meta: Meta) -> Exercise {
        let work = self.root.join("examples").join(format!("{id}.rs"));
        let kept = folder.join("starter.rs");
        Exercise {
            starter: if kept.is_file() { kept } else { work.clone() },
            work,
            added: None,
            folder,
            meta,
        }
    }

    fn private(&self, folder: &Path) -> bool {
        self.overlay
            .as_ref()
            .is_some_and(|overlay| folder.starts_with(overlay))
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        let public = self.root.join("tests/exercises");
        self.overlay.clone().into_iter().chain([public])
    }
}

impl Exercise {
    /// 채점기입니다.
    pub fn grader(&self) -> PathBuf {
        self.folder.join("grader.rs")
    }

    /// 예시 답입니다.
    pub fn solution(&self) -> PathBuf {
        self.folder.join("solution.rs")
    }

    /// 더한 검사의 채점기입니다.
    pub fn added_grader(&self) -> Option<PathBuf> {
        self.added.as_ref().map(|folder| folder.join("grader.rs"))
    }

    /// 예시 답과 다르지만 옳은 답들입니다(`alternatives/*.rs`). 이름의 차례이고, 없어도 됩니다.
    ///
    /// # Errors
    /// 폴더를 읽지 못했습니다.
    pub fn alternatives(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder.join("alternatives");
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&folder)
            .map_err(|error| Fault::file("폴더를 열지 못했습니다", &folder, &error))?;
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ext| ext == "rs"))
            .collect();
        paths.sort();
        Ok(paths)
    }

    /// 틀린 답의 파일입니다.
    pub fn mutant(&self, mutant: &Mutant) -> PathBuf {
        let folder = self.added.as_ref().filter(|_| mutant.added);
        folder
            .unwrap_or(&self.folder)
            .join("mutants")
            .join(format!("{}.rs", mutant.file))
    }

    /// 만점입니다.
    pub fn full(&self) -> u32 {
        self.meta.checks.iter().map(|check| check.points).sum()
    }

    /// 검사 하나의 벽시계 한계입니다.
    pub fn wall(&self) -> Duration {
        Duration::from_secs(self.meta.wall)
    }

    /// 고칠 파일을 실행하는 명령입니다.
    pub fn command(&self) -> String {
        let features = if self.meta.needs.contains(&Need::Cluster) {
            "--features cluster "
        } else {
            ""
        };
        format!("cargo run {features}--example {}", self.meta.id)
    }

    /// 학생이 낼 파일의 이름입니다.
    pub fn file_name(&self) -> String {
        format!("{}.rs", self.meta.id)
    }
}

/// 더한 검사는 따로 적지 않으면 숨긴 것입니다.
fn additions(mut table: toml::Table) -> std::result::Result<Added, toml::de::Error> {
    if let Some(toml::Value::Array(checks)) = table.get_mut("checks") {
        for check in checks.iter_mut().filter_map(toml::Value::as_table_mut) {
            check
                .entry("visible")
                .or_insert(toml::Value::Boolean(false));
        }
    }
    let mut added: Added = toml::Value::Table(table).try_into()?;
    for check in &mut added.checks {
        check.added = true;
    }
    for mutant in &mut added.mutants {
        mutant.added = true;
    }
    Ok(added)
}

/// 저장소의 뿌리입니다. 이 프로그램이 지어진 곳에서 찾습니다.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
