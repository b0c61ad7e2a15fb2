//! 명단(`roster.csv`)입니다. 엑셀이 저장한 그대로 읽습니다: UTF-8(BOM이 있어도 됩니다)이나 CP949.

use std::{collections::BTreeMap, fs, path::Path};

use encoding_rs::{EUC_KR, Encoding};
use unicode_normalization::UnicodeNormalization;

use crate::fault::{Fault, Result};

/// 학생 한 명입니다. 이름은 모두 NFC입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Student {
    /// 학번입니다. 성적의 이름이 됩니다.
    pub id: String,
    /// 이름입니다. 없으면 비어 있습니다.
    pub name: String,
    /// GitHub 계정입니다. 없으면 비어 있습니다.
    pub github: String,
}

/// 열의 이름으로 받는 것입니다. 대소문자를 가리지 않습니다.
const ID: &[&str] = &["학번", "id", "student_id", "sid"];
const NAME: &[&str] = &["이름", "성명", "name", "full_name"];
const GITHUB: &[&str] = &["github", "깃허브", "github_username", "username"];

impl Student {
    /// 명단 없이 학번만 아는 학생입니다.
    ///
    /// # Errors
    /// 파일의 이름으로 쓸 수 없는 학번입니다.
    pub fn alone(id: &str) -> Result<Student> {
        let id = nfc(id);
        usable(&id).map_err(Fault)?;
        Ok(Student {
            name: String::new(),
            github: String::new(),
            id,
        })
    }
}

/// 한글을 모아 쓴 꼴(NFC)로 바꾸고 앞뒤의 빈칸을 없앱니다. macOS의 파일 이름은 풀어 쓴 꼴일 수 있습니다.
pub fn nfc(text: &str) -> String {
    text.trim().nfc().collect()
}

/// 명단을 읽습니다.
///
/// # Errors
/// 읽을 수 없거나, 글자를 알 수 없거나, 학번이 없거나 겹칩니다. 몇째 줄인지 말합니다.
pub fn read(path: &Path) -> Result<Vec<Student>> {
    let bytes =
        fs::read(path).map_err(|error| Fault::file("명단을 읽지 못했습니다", path, &error))?;
    parse(&bytes).map_err(|why| Fault(format!("{}: {why}", path.display())))
}

fn parse(bytes: &[u8]) -> std::result::Result<Vec<Student>, String> {
    let text = decode(bytes)?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains('\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |names: &[&str]| {
        headers
            .iter()
            .position(|header| names.contains(&nfc(header).to_lowercase().as_str()))
    };
    let id = column(ID).ok_or("첫 줄에 `학번`이나 `id`라는 열이 없습니다.")?;
    let (name, github) = (column(NAME), column(GITHUB));
    let mut students = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: Option<usize>| nfc(at.and_then(|at| record.get(at)).unwrap_or_default());
        let student = Student {
            id: cell(Some(id)),
            name: cell(name),
            github: cell(github),
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        usable(&student.id).map_err(|why| format!("{line}째 줄: {why}"))?;
        if let Some(before) = lines.insert(student.id.to_lowercase(), line) {
            return Err(format!(
                "학번 `{}`가 {before}째 줄과 {line}째 줄에 있습니다.",
                student.id
            ));
        }
        students.push(student);
    }
    if students.is_empty() {
        return Err("학생이 한 명도 없습니다.".to_owned());
    }
    Ok(students)
}

/// 바이트를 글로 바꿉니다.
fn decode(bytes: &[u8]) -> std::result::Result<String, String> {
    let (encoding, skip) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None if std::str::from_utf8(bytes).is_ok() => (encoding_rs::UTF_8, 0),
        None => (EUC_KR, 0),
    };
    let (text, broken) = encoding.decode_without_bom_handling(&bytes[skip..]);
    if broken {
        return Err(
            "글자를 알 수 없습니다. 엑셀에서 `CSV UTF-8(쉼표로 분리)`로 다시 저장하세요."
                .to_owned(),
        );
    }
    Ok(text.into_owned())
}

/// 성적 파일의 이름이 되어도 되는 학번인지 봅니다.
fn usable(id: &str) -> std::result::Result<(), String> {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    if id.is_empty() {
        return Err("학번이 비어 있습니다.".to_owned());
    }
    if id.starts_with('.') || id.len() > 100 || !id.chars().all(fine) {
        return Err(format!(
            "학번 `{id}`를 파일의 이름으로 쓸 수 없습니다. 글자, 숫자, -, _, ., @만 쓰세요."
        ));
    }
    Ok(())
}
