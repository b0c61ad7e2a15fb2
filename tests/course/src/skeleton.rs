//! 새 문제의 뼈대를 만듭니다. 무엇이 더 있어야 하는지는 `verify`가 말합니다.

use std::path::{Path, PathBuf};

use crate::{
    durable,
    exercise::Course,
    fault::{Fault, Result},
};

/// 뼈대의 파일을 만들고 그 길을 줍니다.
///
/// # Errors
/// 이름이 쓸 수 없는 것이거나 이미 있습니다.
pub fn new(course: &Course, id: &str) -> Result<Vec<PathBuf>> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let number = id
        .strip_prefix("ex")
        .and_then(|rest| rest.split('_').next());
    let named = number.is_some_and(|number| {
        number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !named || id.len() < 6 || !id.chars().all(word) {
        return Err(Fault(format!(
            "`{id}`: 이름은 `ex19_short_name`처럼 ex와 두 자리 수, 밑줄, 영문 소문자로 적습니다."
        )));
    }
    let (folder, example) = match &course.overlay {
        Some(overlay) => (overlay.join(id), None),
        None => (
            course.root.join("tests/exercises").join(id),
            Some(course.root.join("examples").join(format!("{id}.rs"))),
        ),
    };
    let starter = STARTER.replace("ID", id);
    let mut files = vec![
        (folder.join("exercise.toml"), TOML.replace("ID", id)),
        (folder.join("grader.rs"), GRADER.replace("ID", id)),
        (
            folder.join("solution.rs"),
            starter.replace("starter", "solution"),
        ),
        (folder.join("starter.rs"), starter.clone()),
    ];
    files.extend(example.map(|path| (path, starter)));
    if let Some((taken, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Fault(format!("{}: 이미 있습니다.", taken.display())));
    }
    for (path, text) in &files {
        durable::write(path, text.as_bytes())?;
    }
    make(&folder.join("mutants"))?;
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Fault::file("폴더를 만들지 못했습니다", folder, &error))
}

const STARTER: &str = "//! ID: 제목. `twice`를 채우세요.
//!
//! 실행: `cargo run --example ID`
//! 검사: `cargo course check ID`

/// `number`의 두 배를 줍니다.
pub fn twice(number: u64) -> u64 {
    let _ = number;
    todo!(\"두 배를 돌려주세요\")
}

fn main() {
    println!(\"{}\", twice(21));
}
";

const TOML: &str = "id = \"ID\"
chapter = 1
title = \"제목\"
level = 1
minutes = 20
kind = \"functions\"
hints = [
    \"첫 도움말은 물음으로 시작하세요.\",
]

[[checks]]
id = \"right\"
points = 1
title = \"무엇을 보는지\"
says = \"틀렸을 때 무엇을 해 볼지\"

# 그럴듯하지만 틀린 답을 다섯 개 넘게 적습니다. 파일은 mutants/이름.rs 입니다.
# [[mutants]]
# file = \"이름\"
# fails = \"right\"
# why = \"어떤 오해인지\"
";

const GRADER: &str = "//! ID의 채점기입니다.

use witness::{Case, Verdict, Work, ensure};

fn main() {
    witness::main(&[(\"right\", right)], &[(\"call\", call)])
}

/// 일감은 미리 알 수 없는 수입니다. 피고만 학생의 코드를 부르고, 재판관은 밖에서 봅니다.
fn right(case: &Case) -> Verdict {
    let number = case.numbers(1)[0];
    let seen = case.subject(\"call\").input(&number).run()?;
    let answer: u64 = seen.answer()?;
    ensure(answer == 2 * number, format!(\"{number}의 두 배가 아닙니다.\"))
}

fn call(work: &Work) {
    work.answer(&submission::twice(work.input()));
}
";
