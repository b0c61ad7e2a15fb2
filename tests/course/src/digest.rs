//! 지문입니다(SHA-256). 바뀐 것만 다시 채점하려고 씁니다.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::{
    exercise::Exercise,
    fault::{Fault, Result},
    kit::Kit,
};

/// 지문을 만듭니다.
#[derive(Clone, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// 빈 것에서 시작합니다.
    pub fn new() -> Digest {
        Digest::default()
    }

    /// 하나를 더합니다. 어디에서 끊었는지도 지문에 들어갑니다.
    #[must_use]
    pub fn add(mut self, bytes: &[u8]) -> Digest {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// 32바이트입니다.
    pub fn bytes(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// 16진수 64자입니다.
    pub fn done(self) -> String {
        self.bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// 하나의 지문입니다.
    pub fn of(bytes: &[u8]) -> String {
        Digest::new().add(bytes).done()
    }
}

impl Exercise {
    /// 판정을 바꿀 수 있는 파일의 지문입니다.
    ///
    /// # Errors
    /// 파일을 읽을 수 없습니다.
    pub fn digest(&self) -> Result<String> {
        let toml = self.folder.join("exercise.toml");
        let mut files = vec![toml, self.grader()];
        if let Some(folder) = &self.added {
            files.push(folder.join("exercise.toml"));
            files.extend(self.added_grader());
        }
        of_files(&files)
    }
}

impl Kit {
    /// 함께 링크하는 것과 컴파일러와 이 프로그램의 지문입니다.
    ///
    /// # Errors
    /// 파일을 읽을 수 없습니다.
    pub fn digest(&self) -> Result<String> {
        let mut files: Vec<PathBuf> = self.crates.values().cloned().collect();
        let own = std::env::current_exe()
            .map_err(|error| Fault(format!("이 프로그램의 자리를 알지 못합니다: {error}")))?;
        files.push(own);
        let whole = of_files(&files)?;
        let compiler = self.sysroot.to_string_lossy();
        Ok(Digest::new()
            .add(whole.as_bytes())
            .add(compiler.as_bytes())
            .done())
    }
}

fn of_files(files: &[PathBuf]) -> Result<String> {
    let mut digest = Digest::new();
    for path in files {
        digest = digest.add(&read(path)?);
    }
    Ok(digest.done())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Fault::file("읽지 못했습니다", path, &error))
}
