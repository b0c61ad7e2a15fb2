//! 학생마다 다른 씨앗입니다. 같은 학생에게는 늘 같습니다.

use std::{fs, io::ErrorKind, path::Path};

use crate::{
    digest::Digest,
    fault::{Fault, Result},
    roster::nfc,
};

/// 씨앗은 이보다 작습니다. 명령줄에 옮겨 적기 좋은 아홉 자리입니다.
const SEEDS: u64 = 1_000_000_000;

/// 선생님의 폴더에 있는 비밀(`secret.txt`)입니다. 없으면 학번만으로 씨앗을 만들므로 누구나 셈할 수 있습니다.
#[derive(Clone, Debug, Default)]
pub struct Secret(String);

impl Secret {
    /// 비밀을 읽습니다.
    ///
    /// # Errors
    /// 있는데 읽을 수 없습니다.
    pub fn read(overlay: Option<&Path>) -> Result<Secret> {
        let Some(path) = overlay.map(|folder| folder.join("secret.txt")) else {
            return Ok(Secret::default());
        };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Secret(text.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Secret::default()),
            Err(error) => Err(Fault::file("비밀을 읽지 못했습니다", &path, &error)),
        }
    }

    /// 이 문제에서 이 학생의 씨앗입니다. 1 이상 1,000,000,000 미만입니다.
    pub fn seed(&self, exercise: &str, student: &str) -> u64 {
        let bytes = Digest::new()
            .add(self.0.as_bytes())
            .add(exercise.as_bytes())
            .add(nfc(student).as_bytes())
            .bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[..8]);
        1 + u64::from_le_bytes(first) % (SEEDS - 1)
    }
}
