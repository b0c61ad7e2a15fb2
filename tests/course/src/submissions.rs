//! 제출물을 찾고 읽습니다. 언제나 파일 하나만 읽습니다.
//!
//! 받는 자리(`S`는 학번, GitHub 계정, 이름 가운데 하나):
//!
//! * `S/<id>.rs`, `S/examples/<id>.rs`
//! * `S_<id>.rs`, `S-<id>.rs`
//! * `무엇-계정/examples/<id>.rs`처럼 이름이 `-계정`으로 끝나는 폴더

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    exercise::Exercise,
    fault::{Fault, Result},
    roster::{Student, nfc},
};

/// 제출물 하나의 가장 큰 크기입니다.
pub const LARGEST: u64 = 256 << 10;

/// 폴더, FIFO, 소켓, 장치를 냈을 때의 말입니다.
const NOT_A_FILE: &str = "보통 파일이 아닙니다.";

/// 제출물입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// 읽었습니다.
    Source(String),
    /// 내지 않았습니다.
    Missing,
    /// 냈지만 받을 수 없습니다. 학생에게 할 말입니다.
    Refused(String),
}

/// 제출물이 모인 곳입니다.
#[derive(Debug)]
pub struct Submissions {
    root: PathBuf,
    /// NFC 이름과 실제 이름입니다.
    entries: BTreeMap<String, Vec<String>>,
    /// 폴더의 이름과 그 주인의 학번입니다(`무엇-계정`).
    clones: BTreeMap<String, String>,
}

impl Submissions {
    /// 폴더를 한 번 훑습니다.
    ///
    /// # Errors
    /// 폴더를 읽을 수 없습니다.
    pub fn scan(root: &Path, roster: &[Student]) -> Result<Submissions> {
        let listing = fs::read_dir(root)
            .map_err(|error| Fault::file("제출물의 폴더를 열지 못했습니다", root, &error))?;
        let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in listing {
            let entry = entry
                .map_err(|error| Fault::file("제출물의 폴더를 읽지 못했습니다", root, &error))?;
            if let Ok(name) = entry.file_name().into_string() {
                entries.entry(nfc(&name)).or_default().push(name);
            }
        }
        let mut clones = BTreeMap::new();
        for name in entries.keys() {
            // `hw-lee-kim`은 계정이 `lee-kim`인 사람의 것이지 `kim`의 것이 아닙니다.
            let owner = roster
                .iter()
                .filter(|student| {
                    !student.github.is_empty()
                        && name
                            .to_lowercase()
                            .ends_with(&format!("-{}", student.github.to_lowercase()))
                })
                .max_by_key(|student| student.github.len());
            if let Some(owner) = owner {
                clones.insert(name.clone(), owner.id.clone());
            }
        }
        Ok(Submissions {
            root: root.to_owned(),
            entries,
            clones,
        })
    }

    /// 학생 한 명의 폴더 하나만 있을 때입니다.
    pub fn of_one(root: &Path) -> Submissions {
        Submissions {
            root: root.to_owned(),
            entries: BTreeMap::new(),
            clones: BTreeMap::new(),
        }
    }

    /// 한 학생이 낸 문제 하나를 읽습니다.
    ///
    /// # Errors
    /// 같은 문제를 두 자리에 냈거나, 운영체제가 읽지 못하게 합니다. 학생의 0점이 아닙니다.
    pub fn find(&self, student: &Student, exercise: &Exercise) -> Result<Handed> {
        let file = exercise.file_name();
        let mut places = Vec::new();
        if self.entries.is_empty() {
            places.push(vec![file.clone()]);
            places.push(vec!["examples".to_owned(), file.clone()]);
        }
        let keys = [&student.id, &student.github, &student.name];
        for key in keys.into_iter().filter(|key| !key.is_empty()) {
            for folder in self.named(key) {
                places.push(vec![folder.clone(), file.clone()]);
                places.push(vec![folder, "examples".to_owned(), file.clone()]);
            }
            for joint in ["_", "-"] {
                for name in self.named(&format!("{key}{joint}{file}")) {
                    places.push(vec![name]);
                }
            }
        }
        for (name, owner) in &self.clones {
            if *owner == student.id {
                for folder in self.named(name) {
                    places.push(vec![folder.clone(), file.clone()]);
                    places.push(vec![folder, "examples".to_owned(), file.clone()]);
                }
            }
        }
        let mut found = BTreeSet::new();
        for place in places {
            if self.there(&place)? {
                found.insert(place);
            }
        }
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (None, _) => Ok(Handed::Missing),
            (Some(place), None) => self.read(&place),
            (Some(one), Some(other)) => Err(Fault(format!(
                "{}의 {}가 `{}`와 `{}` 두 자리에 있습니다. 하나만 남기세요.",
                student.id,
                file,
                one.join("/"),
                other.join("/")
            ))),
        }
    }

    /// 명단의 누구 것도 아닌 이름입니다.
    pub fn strangers(&self, roster: &[Student], exercises: &[Exercise]) -> Vec<String> {
        let mut known: BTreeSet<String> = BTreeSet::new();
        for student in roster {
            for key in [&student.id, &student.github, &student.name] {
                known.insert(nfc(key));
                for exercise in exercises {
                    known.insert(nfc(&format!("{key}_{}", exercise.file_name())));
                    known.insert(nfc(&format!("{key}-{}", exercise.file_name())));
                }
            }
        }
        self.entries
            .keys()
            .filter(|name| {
                !name.starts_with('.') && !known.contains(*name) && !self.clones.contains_key(*name)
            })
            .cloned()
            .collect()
    }

    fn named(&self, name: &str) -> Vec<String> {
        self.entries.get(&nfc(name)).cloned().unwrap_or_default()
    }

    fn path(&self, place: &[String]) -> PathBuf {
        place
            .iter()
            .fold(self.root.clone(), |path, part| path.join(part))
    }

    fn there(&self, place: &[String]) -> Result<bool> {
        let path = self.path(place);
        match path.symlink_metadata() {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Ok(false),
                _ => Err(Fault::file("제출물을 찾지 못했습니다", &path, &error)),
            },
        }
    }

    fn read(&self, place: &[String]) -> Result<Handed> {
        // 길 위의 어느 것도 심볼릭 링크가 아니어야 합니다. 링크는 숨긴 검사를 가리킬 수 있습니다.
        for depth in 1..=place.len() {
            let path = self.path(&place[..depth]);
            let meta = path
                .symlink_metadata()
                .map_err(|error| Fault::file("제출물을 읽지 못했습니다", &path, &error))?;
            if meta.is_symlink() {
                return Ok(Handed::Refused(
                    "심볼릭 링크는 받지 않습니다. 파일을 내세요.".to_owned(),
                ));
            }
            // 소켓은 열 수도 없으므로 열기 전에 봅니다.
            if depth == place.len() && !meta.is_file() {
                return Ok(Handed::Refused(NOT_A_FILE.to_owned()));
            }
        }
        let path = self.path(place);
        let fault = |error: std::io::Error| Fault::file("제출물을 읽지 못했습니다", &path, &error);
        let mut options = File::options();
        options.read(true);
        // 방금 본 것과 여는 것이 다를 수 있으므로 여는 순간에도 막습니다. FIFO를 기다리지도 않습니다.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(
            &mut options,
            nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK,
        );
        let mut file = options.open(&path).map_err(fault)?;
        let meta = file.metadata().map_err(fault)?;
        if !meta.is_file() {
            return Ok(Handed::Refused(NOT_A_FILE.to_owned()));
        }
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::nlink(&meta) > 1 {
            return Err(Fault(format!(
                "{}: 하드 링크라서 다른 파일일 수 있습니다. 베낀 파일로 바꾸세요.",
                path.display()
            )));
        }
        let mut bytes = Vec::new();
        file.by_ref()
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(fault)?;
        Ok(text(bytes))
    }
}

/// 파일 하나를 읽습니다. 학생이 제 파일을 검사할 때 씁니다.
///
/// # Errors
/// 파일을 읽을 수 없습니다.
pub fn read(path: &Path) -> Result<Handed> {
    let file =
        File::open(path).map_err(|error| Fault::file("파일을 읽지 못했습니다", path, &error))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Fault::file("파일을 읽지 못했습니다", path, &error))?;
    Ok(text(bytes))
}

fn text(bytes: Vec<u8>) -> Handed {
    if bytes.len() as u64 > LARGEST {
        return Handed::Refused(format!(
            "파일이 {} KiB보다 큽니다. 소스만 내세요.",
            LARGEST >> 10
        ));
    }
    match String::from_utf8(bytes) {
        Ok(source) => Handed::Source(source),
        Err(_) => Handed::Refused(
            "UTF-8이 아닙니다. 편집기에서 인코딩을 UTF-8로 바꾸어 저장하세요.".to_owned(),
        ),
    }
}
