//! 씨앗으로 지어내는 글과, 글이 담긴 파일들입니다. 6장의 낱말 세기가 셉니다.
//!
//! 씨앗과 파일 번호가 같으면 어느 컴퓨터에서나 같은 글이 나옵니다. 그래서 파일을 나르지 않고도
//! 여러 컴퓨터가 같은 책꽂이를 나누어 읽을 수 있고, 답이 맞는지도 어디에서나 다시 셀 수 있습니다.

use std::{
    env,
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{Error, Result};

/// 한 줄에 드는 낱말의 수입니다.
pub const WORDS_A_LINE: u64 = 8;

/// 낱말을 짓는 조각입니다.
const PIECES: [&str; 16] = [
    "놀이터",
    "아이",
    "그네",
    "시소",
    "모래",
    "공",
    "친구",
    "바람",
    "나무",
    "구름",
    "사다리",
    "울타리",
    "모자",
    "쪽지",
    "손",
    "햇살",
];

/// 낱말의 종류는 2의 이 거듭제곱보다 하나 적습니다.
const BITS: u64 = 13;

/// `file`번 파일의 글입니다. 줄마다 낱말이 [`WORDS_A_LINE`]개이고 빈칸 하나로 나뉩니다.
///
/// 낱말은 고르지 않게 나옵니다. 흔한 것 하나는 드문 것 수천 개를 모은 만큼 나옵니다. 사람의 글도 그렇습니다.
///
/// ```
/// use noriteo::story;
///
/// assert_eq!(story::file(7, 0, 3), story::file(7, 0, 3));
/// assert_ne!(story::file(7, 0, 3), story::file(7, 1, 3));
/// assert_eq!(story::file(7, 0, 3).split_whitespace().count(), 24);
/// ```
pub fn file(seed: u64, file: u64, lines: u64) -> String {
    let mut state = mix(seed ^ mix(file));
    let mut text = String::new();
    for _ in 0..lines {
        for place in 0..WORDS_A_LINE {
            // splitmix64입니다. 더하고 섞기만 하므로 어느 컴퓨터에서나 같습니다.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let dice = mix(state);
            // 먼저 몇 자리 수인지를 고르고 그 안에서 고르게 뽑습니다. 자리마다 기회가 같으므로 작은 수가 자주 나옵니다.
            let bits = dice % BITS;
            let rank = (1 << bits) - 1 + (dice >> 32) % (1 << bits);
            word(rank, &mut text);
            text.push(if place + 1 == WORDS_A_LINE { '\n' } else { ' ' });
        }
    }
    text
}

/// 나누어 읽을 글들입니다. 글 하나가 파일 하나이고, 번호는 0부터입니다.
#[derive(Clone, Debug)]
pub enum Texts {
    /// 씨앗으로 지어내는 글입니다. 읽는 이의 컴퓨터에서 임시 파일에 적었다가 읽습니다([`Texts::read`]).
    Seeded {
        /// 씨앗입니다.
        seed: u64,
        /// 글의 수입니다.
        files: u64,
        /// 글 하나의 줄 수입니다.
        lines: u64,
    },
    /// 폴더에 있는 글입니다([`Texts::folder`]).
    Folder {
        /// 파일들입니다. 이름의 차례입니다.
        files: Arc<[PathBuf]>,
        /// 파일의 이름과 글을 섞은 수입니다. 두 컴퓨터의 폴더가 같은지 견줄 때 씁니다.
        fingerprint: u64,
    },
}

impl Texts {
    /// `folder`에 바로 있는 파일들입니다. 하위 폴더와, 이름이 `.`으로 시작하는 파일은 건너뜁니다.
    ///
    /// 모두 한 번씩 읽어 봅니다. 일을 시작한 뒤에 못 읽는 글이 나오면 하던 일을 버려야 하기 때문입니다.
    ///
    /// # Errors
    /// 폴더나 파일을 읽지 못하거나, UTF-8이 아닌 글이 있거나, 글이 하나도 없으면 [`Error::BadInput`]입니다.
    pub fn folder(folder: &Path) -> Result<Texts> {
        let wrong = |path: &Path, error: io::Error| Error::BadInput {
            message: unread(path, &error),
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| wrong(folder, error))? {
            let entry = entry.map_err(|error| wrong(folder, error))?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let what = fs::metadata(&path).map_err(|error| wrong(&path, error))?;
            if what.is_file() {
                files.push((entry.file_name(), path));
            }
        }
        files.sort();
        if files.is_empty() {
            return Err(Error::BadInput {
                message: format!("{}에 글이 하나도 없습니다.", folder.display()),
            });
        }
        let mut fingerprint = 0;
        for (name, path) in &files {
            let text = fs::read_to_string(path).map_err(|error| wrong(path, error))?;
            for part in [name.as_encoded_bytes(), text.as_bytes()] {
                // 길이도 섞으므로 이름과 글의 경계가 달라지면 수도 달라집니다.
                let start = mix(fingerprint ^ part.len() as u64);
                let bytes = part.iter();
                fingerprint = bytes.fold(start, |hash, byte| {
                    (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
                });
            }
        }
        let files = files.into_iter().map(|(_, path)| path).collect();
        Ok(Texts::Folder { files, fingerprint })
    }

    /// 글의 수입니다.
    pub fn count(&self) -> u64 {
        match self {
            Texts::Seeded { files, .. } => *files,
            Texts::Folder { files, .. } => files.len() as u64,
        }
    }

    /// `number`번 글을 파일에서 읽습니다.
    ///
    /// 지어내는 글은 먼저 임시 파일에 적습니다. 그 파일은 만들자마자 이름을 지우므로, 프로그램이 어떻게 끝나든
    /// (SIGKILL이라도) 남지 않습니다. 이름이 없어도 열려 있는 동안에는 쓰고 읽을 수 있습니다.
    ///
    /// # Errors
    /// 적거나 읽지 못하면 [`Error::BadInput`]입니다.
    ///
    /// # Panics
    /// `number`가 [`Texts::count`]보다 작지 않으면 패닉할 수 있습니다.
    pub fn read(&self, number: u64) -> Result<String> {
        let (read, place) = match self {
            Texts::Seeded { seed, lines, .. } => (
                through_a_file(&env::temp_dir(), &file(*seed, number, *lines)),
                env::temp_dir(),
            ),
            Texts::Folder { files, .. } => {
                let path = &files[number as usize];
                (fs::read_to_string(path), path.clone())
            }
        };
        read.map_err(|error| Error::BadInput {
            message: unread(&place, &error),
        })
    }

    /// 모든 글을 `folder`에 파일로 적습니다. 폴더가 없으면 만들고, 있는 파일은 덮어쓰지 않습니다.
    ///
    /// # Errors
    /// 적지 못하거나 같은 이름의 파일이 있으면 [`Error::BadInput`]입니다.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let wrong = |path: &Path, error: io::Error| Error::BadInput {
            message: match error.kind() {
                io::ErrorKind::AlreadyExists => format!(
                    "{}이(가) 이미 있어 덮어쓰지 않았습니다. 빈 폴더를 주세요.",
                    path.display()
                ),
                _ => format!("{}에 적지 못했습니다({error}).", path.display()),
            },
        };
        fs::create_dir_all(folder).map_err(|error| wrong(folder, error))?;
        for number in 0..self.count() {
            let text = self.read(number)?;
            let path = folder.join(format!("{number:05}.txt"));
            File::create_new(&path)
                .and_then(|mut to| to.write_all(text.as_bytes()))
                .map_err(|error| wrong(&path, error))?;
        }
        Ok(())
    }
}

fn unread(path: &Path, error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "그런 것이 없습니다".to_owned(),
        io::ErrorKind::NotADirectory => "폴더가 아닙니다".to_owned(),
        io::ErrorKind::PermissionDenied => "읽을 권한이 없습니다".to_owned(),
        io::ErrorKind::InvalidData => "UTF-8로 적은 글이 아닙니다".to_owned(),
        _ => error.to_string(),
    };
    format!("{}의 글을 읽지 못했습니다. {why}.", path.display())
}

/// `folder`의 임시 파일에 적었다가 처음부터 다시 읽습니다.
fn through_a_file(folder: &Path, text: &str) -> io::Result<String> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut file = loop {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("noriteo-text-{}-{number}.txt", process::id()));
        let new = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        match new {
            // 만들고 이름을 지우는 사이에 죽은 프로세스가 남긴 것입니다. PID는 다시 쓰이므로 만날 수 있습니다.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            new => {
                let file = new?;
                fs::remove_file(&path)?;
                break file;
            }
        }
    };
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    let mut back = String::with_capacity(text.len());
    file.read_to_string(&mut back)?;
    Ok(back)
}

/// `rank`번째로 흔한 낱말을 덧붙입니다. 번호가 다르면 낱말도 다릅니다.
fn word(rank: u64, text: &mut String) {
    let count = PIECES.len() as u64;
    let mut rest = rank;
    loop {
        text.push_str(PIECES[(rest % count) as usize]);
        if rest < count {
            return;
        }
        // 1을 빼므로 「놀이터」와 「놀이터놀이터」처럼 길이가 다른 낱말도 저마다 번호가 있습니다.
        rest = rest / count - 1;
    }
}

/// 비트를 고루 섞습니다(Steele 외, 2014의 splitmix64).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn words_are_as_many_as_their_numbers() {
        let words: BTreeSet<String> = (0..(1 << BITS) - 1)
            .map(|rank| {
                let mut text = String::new();
                word(rank, &mut text);
                text
            })
            .collect();
        assert_eq!(words.len(), (1 << BITS) - 1);
    }

    /// 앞서 죽은 프로세스가 같은 이름의 임시 파일을 남겼어도 덮어쓰지 않고 지나갑니다.
    #[test]
    fn a_left_over_name_is_passed_over() {
        let folder = env::temp_dir().join(format!("noriteo-left-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        // 다른 시험이 벌써 몇 번까지 썼는지 알 수 없으므로 넉넉히 둡니다.
        let left: Vec<_> = (0..1_000)
            .map(|number| folder.join(format!("noriteo-text-{}-{number}.txt", process::id())))
            .collect();
        for path in &left {
            fs::write(path, "남은 것").unwrap();
        }
        let read = through_a_file(&folder, "그네");
        let untouched = left
            .iter()
            .filter(|path| fs::read_to_string(path).is_ok_and(|text| text == "남은 것"));
        let untouched = untouched.count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!((read.unwrap().as_str(), untouched), ("그네", 1_000));
    }

    /// 폴더에 적은 것을 읽어도, 임시 파일을 거쳐 읽어도 같은 글입니다.
    #[test]
    fn texts_are_the_same_from_a_folder() {
        let seeded = Texts::Seeded {
            seed: 3,
            files: 12,
            lines: 2,
        };
        let folder = env::temp_dir().join(format!("noriteo-story-{}", process::id()));
        seeded.write(&folder).unwrap();
        let kept = Texts::folder(&folder).unwrap();
        assert_eq!((seeded.count(), kept.count()), (12, 12));
        for number in 0..12 {
            assert_eq!(seeded.read(number).unwrap(), file(3, number, 2));
            assert_eq!(kept.read(number).unwrap(), file(3, number, 2));
        }
        // 있는 것은 덮어쓰지 않습니다.
        let again = seeded.write(&folder).unwrap_err().to_string();
        assert!(again.contains("이미 있어"), "{again}");
        let fingerprint = |texts: Texts| match texts {
            Texts::Folder { fingerprint, .. } => fingerprint,
            Texts::Seeded { .. } => 0,
        };
        let first = fingerprint(kept);
        assert_eq!(fingerprint(Texts::folder(&folder).unwrap()), first);
        // 글이 같아도 이름이 바뀌면 번호가 달라질 수 있습니다.
        fs::rename(folder.join("00000.txt"), folder.join("a.txt")).unwrap();
        let renamed = fingerprint(Texts::folder(&folder).unwrap());
        assert_ne!(renamed, first);
        fs::write(folder.join("a.txt"), "그네").unwrap();
        assert_ne!(fingerprint(Texts::folder(&folder).unwrap()), renamed);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn common_words_are_common() {
        let text = file(1, 0, 10_000);
        let mut counts = BTreeMap::new();
        for word in text.split_whitespace() {
            *counts.entry(word).or_insert(0u64) += 1;
        }
        let total: u64 = counts.values().sum();
        assert_eq!(total, 10_000 * WORDS_A_LINE);
        // 자리 13개에서 하나를 고르므로 첫 낱말은 13분의 1쯤입니다.
        let first = counts["놀이터"];
        assert!((total / 15..total / 11).contains(&first), "{first}/{total}");
        assert!(counts.len() > 5_000, "{}", counts.len());
    }
}
