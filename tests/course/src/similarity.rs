//! 닮은 제출물을 찾는 도구(JPlag, Dolos)가 읽는 폴더를 만듭니다.
//!
//! * JPlag는 폴더 바로 아래의 파일 하나를 제출물 하나로 보고, 바탕 코드의 폴더를 `-bc`로 받습니다
//!   (<https://github.com/jplag/JPlag/wiki/1.-How-to-Use-JPlag>).
//! * Dolos는 `info.csv`의 `filename`을 읽고, 바탕 코드의 파일을 `-i`로 받습니다
//!   (<https://dolos.ugent.be/docs/running>, <https://dolos.ugent.be/docs/adding-metadata>).
//!
//! 도구에는 이름 대신 번호를 줍니다. 번호의 주인은 폴더 밖의 `key.csv`에만 있습니다.

use std::{fs, path::Path};

use crate::{
    digest::Digest,
    durable,
    exercise::Exercise,
    fault::{Fault, Result},
    report::plain,
    roster::Student,
    submissions::{Handed, Submissions},
    variant::Secret,
};

/// 바탕 코드가 있는 폴더의 이름입니다.
const BASE: &str = "base-code";

/// 문제 하나마다 폴더 하나를 만들고, 담은 제출물의 수를 줍니다.
///
/// # Errors
/// 제출물을 읽거나 폴더를 적을 수 없습니다.
pub fn export(
    exercises: &[Exercise],
    roster: &[Student],
    submissions: &Submissions,
    secret: &Secret,
    out: &Path,
) -> Result<usize> {
    let numbers = numbers(roster, secret);
    let mut written = 0;
    for exercise in exercises {
        let folder = out.join(&exercise.meta.id);
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .map_err(|error| Fault::file("지우지 못했습니다", &folder, &error))?;
        }
        let starter = fs::read(&exercise.starter).map_err(|error| {
            Fault::file("출발 파일을 읽지 못했습니다", &exercise.starter, &error)
        })?;
        durable::write_private(&folder.join(BASE).join(exercise.file_name()), &starter)?;
        let mut info = "filename\n".to_owned();
        for (student, number) in roster.iter().zip(&numbers) {
            if let Handed::Source(source) = submissions.find(student, exercise)? {
                let name = format!("{number}.rs");
                durable::write_private(&folder.join(&name), source.as_bytes())?;
                info += &format!("{name}\n");
                written += 1;
            }
        }
        durable::write_private(&folder.join("info.csv"), info.as_bytes())?;
    }
    let mut key = "\u{feff}번호,학번,이름\r\n".to_owned();
    for (student, number) in roster.iter().zip(&numbers) {
        let name = plain(&student.name).replace('"', "\"\"");
        key += &format!("{number},{},\"{name}\"\r\n", plain(&student.id));
    }
    durable::write_private(&out.join("key.csv"), key.as_bytes())?;
    Ok(written)
}

/// 명단의 차례도 학번의 차례도 아닌 번호입니다.
fn numbers(roster: &[Student], secret: &Secret) -> Vec<String> {
    let mut order: Vec<(String, usize)> = roster
        .iter()
        .enumerate()
        .map(|(index, student)| {
            let seed = secret.seed("export-similarity", &student.id);
            let name = Digest::of(format!("{seed} {}", student.id).as_bytes());
            (name, index)
        })
        .collect();
    order.sort();
    let mut numbers = vec![String::new(); roster.len()];
    for (number, (_, index)) in order.into_iter().enumerate() {
        numbers[index] = format!("s{:03}", number + 1);
    }
    numbers
}
