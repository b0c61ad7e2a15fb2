//! 문제의 쪽에 끼워 넣을 글(`book/text/exercises/made/`)과 차례를 `exercise.toml`에서 만듭니다.
//!
//! 검사의 표와 도움말을 손으로 옮겨 적으면 어긋납니다. 그래서 쪽은 이야기만 적고, 나머지는 여기서 만든 것을
//! 끼워 넣습니다. 만든 것이 낡았으면 검사 `course_pages`가 알립니다.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    exercise::{Check, Course, Exercise},
    fault::{Fault, Result},
    plans,
};

/// 만든 파일이 모이는 곳입니다. 저장소의 뿌리에서 봅니다.
const MADE: &str = "book/text/exercises/made";

/// 책의 차례입니다.
const SUMMARY: &str = "book/text/SUMMARY.md";

/// 차례에서 문제의 쪽들이 매달리는 줄입니다.
const PARENT: &str = "](exercises.md)";

/// 있어야 할 글과 다른 파일 하나입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// 저장소의 뿌리에서 본 길입니다.
    pub path: PathBuf,
    /// 있어야 할 글입니다. `None`이면 없어야 합니다.
    pub wanted: Option<String>,
}

/// 낡은 것을 모두 찾습니다. 파일은 고치지 않습니다.
///
/// # Errors
/// `exercise.toml`이나 책의 파일을 읽을 수 없거나, 쪽이 없는 문제가 있습니다.
pub fn stale(course: &Course) -> Result<Vec<Stale>> {
    let (found, lacking) = look(course)?;
    complete(&lacking)?;
    Ok(found)
}

/// 낡은 것과, 쪽이 없는 문제의 쪽입니다.
fn look(course: &Course) -> Result<(Vec<Stale>, Vec<PathBuf>)> {
    // 선생님만 가진 문제는 책에 싣지 않습니다.
    let public = Course {
        root: course.root.clone(),
        overlay: None,
    };
    let (exercises, without): (Vec<Exercise>, Vec<Exercise>) = public
        .exercises()?
        .into_iter()
        .partition(|exercise| course.root.join(handout(exercise)).is_file());
    let mut wanted: BTreeMap<PathBuf, String> = BTreeMap::new();
    for exercise in &exercises {
        let path = Path::new(MADE).join(format!("{}.md", exercise.meta.id));
        wanted.insert(path, page(&course.root, exercise)?);
    }
    wanted.insert(
        Path::new(MADE).join("list.md"),
        list(&course.root, &exercises)?,
    );
    for number in 1..=9 {
        if let Some(text) = of_chapter(&course.root, number, &exercises)? {
            wanted.insert(Path::new(MADE).join(line_name(number)), text);
        }
    }
    for (name, text) in plans::made(course, &exercises)? {
        wanted.insert(Path::new(MADE).join(name), text);
    }
    let summary = read(&course.root.join(SUMMARY))?;
    wanted.insert(SUMMARY.into(), with_exercises(&summary, &exercises)?);

    let mut found: Vec<Stale> = old_files(&course.root)?
        .into_iter()
        .filter(|path| !wanted.contains_key(path))
        .map(|path| Stale { path, wanted: None })
        .collect();
    for (path, text) in wanted {
        let now = fs::read_to_string(course.root.join(&path)).ok();
        if now.as_deref() != Some(&text) {
            found.push(Stale {
                path,
                wanted: Some(text),
            });
        }
    }
    Ok((found, without.iter().map(handout).collect()))
}

fn complete(lacking: &[PathBuf]) -> Result<()> {
    if lacking.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = lacking
        .iter()
        .map(|page| page.display().to_string())
        .collect();
    Err(Fault(format!(
        "쪽이 없는 문제가 있습니다: {}. 이야기를 쓰고 `{{{{#include made/<이름>.md}}}}` 한 줄을 넣으세요.",
        names.join(", ")
    )))
}

/// 낡은 것을 새로 씁니다. 새로 쓴 것을 돌려줍니다. 쪽이 없는 문제가 있으면 나머지를 쓴 다음에 알립니다.
///
/// # Errors
/// [`stale`]과 같고, 쓸 수 없을 때입니다.
pub fn write(course: &Course) -> Result<Vec<Stale>> {
    let (found, lacking) = look(course)?;
    let made = course.root.join(MADE);
    fs::create_dir_all(&made)
        .map_err(|error| Fault::file("폴더를 만들지 못했습니다", &made, &error))?;
    for one in &found {
        let path = course.root.join(&one.path);
        match &one.wanted {
            Some(text) => fs::write(&path, text)
                .map_err(|error| Fault::file("쓰지 못했습니다", &path, &error))?,
            None => fs::remove_file(&path)
                .map_err(|error| Fault::file("지우지 못했습니다", &path, &error))?,
        }
    }
    complete(&lacking)?;
    Ok(found)
}

/// 문제의 쪽입니다. 저장소의 뿌리에서 봅니다.
fn handout(exercise: &Exercise) -> PathBuf {
    Path::new("book/text/exercises").join(format!("{}.md", exercise.meta.id))
}

/// 명령에 적는 짧은 이름입니다(`ex07_par_map`이면 `ex07`).
pub fn short(exercise: &Exercise) -> &str {
    let id = &exercise.meta.id;
    id.split('_').next().unwrap_or(id)
}

/// 문제 하나에 끼워 넣을 글입니다.
fn page(root: &Path, exercise: &Exercise) -> Result<String> {
    let meta = &exercise.meta;
    let (id, short) = (&meta.id, short(exercise));
    let mut text = format!(
        "<!-- `cargo course pages`가 tests/exercises/{id}/exercise.toml로 만듭니다. 손으로 고치지 않습니다. -->\n\n"
    );
    let chapter = chapter(root, meta.chapter)?.map_or_else(
        || format!("{}장", meta.chapter),
        |file| format!("[{}장](../{file})", meta.chapter),
    );
    let _ = write!(
        text,
        "## 풀고 검사하기 {{#check}}\n\n{chapter} · 어려움 {} · {}분쯤 · {}점\n\n\
         고칠 파일은 `examples/{id}.rs` 하나입니다. 실행해 보고, 고칠 때마다 검사합니다.\n\n\
         ```console\n$ {}\n$ cargo course check {short}\n```\n\n",
        stars(meta.level),
        meta.minutes,
        exercise.full(),
        exercise.command(),
    );
    let (seen, hidden): (Vec<&Check>, Vec<&Check>) =
        meta.checks.iter().partition(|check| check.visible);
    text += "| 검사 | 점수 |\n|---|---:|\n";
    for check in &seen {
        let gate = if check.gate { " (먼저)" } else { "" };
        let _ = writeln!(text, "| {}{gate} | {} |", cell(&check.title), check.points);
    }
    if !hidden.is_empty() {
        let points: u32 = hidden.iter().map(|check| check.points).sum();
        let _ = writeln!(text, "| 숨긴 검사 {}개 | {points} |", hidden.len());
    }
    if meta.checks.iter().any(|check| check.gate) {
        text += "\n“먼저”라고 적힌 검사를 지나지 못하면 뒤의 것은 보지 않고 모두 0점입니다.\n";
    }
    let _ = write!(
        text,
        "\n### 도움말 {{#hints}}\n\n하나씩 펼치세요. `cargo course hint {short}`도 하나씩 보여 줍니다.\n"
    );
    for (index, hint) in meta.hints.iter().enumerate() {
        let _ = write!(
            text,
            "\n<details>\n<summary>도움말 {}</summary>\n\n{}\n\n</details>\n",
            index + 1,
            hint.trim()
        );
    }
    Ok(text)
}

/// 모든 문제의 표입니다. `book/text/exercises.md`에 끼워 넣습니다.
fn list(root: &Path, exercises: &[Exercise]) -> Result<String> {
    let mut text = String::from(
        "<!-- `cargo course pages`가 tests/exercises의 exercise.toml들로 만듭니다. 손으로 고치지 않습니다. -->\n\n\
         | 문제 | 장 | 어려움 | 분 | 점수 |\n|---|---|---|---:|---:|\n",
    );
    for exercise in exercises {
        let meta = &exercise.meta;
        let chapter = chapter(root, meta.chapter)?.map_or_else(
            || format!("{}장", meta.chapter),
            |file| format!("[{}장]({file})", meta.chapter),
        );
        let _ = writeln!(
            text,
            "| [{} {}](exercises/{}.md) | {chapter} | {} | {} | {} |",
            short(exercise),
            cell(&meta.title),
            meta.id,
            stars(meta.level),
            meta.minutes,
            exercise.full(),
        );
    }
    let minutes: u32 = exercises
        .iter()
        .map(|exercise| u32::from(exercise.meta.minutes))
        .sum();
    let points: u32 = exercises.iter().map(Exercise::full).sum();
    let _ = writeln!(
        text,
        "\n모두 {}문제, {minutes}분, {points}점입니다.",
        exercises.len()
    );
    Ok(text)
}

/// 장의 「연습 문제」에 끼워 넣을 파일의 이름입니다.
fn line_name(number: u8) -> String {
    format!("ch{number:02}.md")
}

/// 장마다 한 줄, 그 장의 채점되는 연습들입니다. 문제도 끼워 넣은 곳도 없으면 `None`입니다.
fn of_chapter(root: &Path, number: u8, exercises: &[Exercise]) -> Result<Option<String>> {
    let Some(file) = chapter(root, number)? else {
        return Ok(None);
    };
    let links: Vec<String> = exercises
        .iter()
        .filter(|exercise| exercise.meta.chapter == number)
        .map(|exercise| {
            let (short, meta) = (short(exercise), &exercise.meta);
            format!("[{short} {}](exercises/{}.md)", meta.title, meta.id)
        })
        .collect();
    let include = format!("exercises/made/{}", line_name(number));
    let shown = read(&root.join("book/text").join(file))?.contains(&include);
    if links.is_empty() && !shown {
        return Ok(None);
    }
    let mut text = String::from(
        "<!-- `cargo course pages`가 tests/exercises의 exercise.toml들로 만듭니다. 손으로 고치지 않습니다. -->\n",
    );
    if !links.is_empty() {
        let _ = writeln!(text, "\n**채점되는 연습**: {}.", links.join(", "));
    }
    Ok(Some(text))
}

/// 차례의 「연습」 아래에 문제의 쪽들을 매답니다. 다른 줄은 그대로 둡니다.
fn with_exercises(summary: &str, exercises: &[Exercise]) -> Result<String> {
    let mut text = String::new();
    let mut hung = false;
    for line in summary.lines() {
        if line.starts_with("  - [") && line.contains("](exercises/") {
            continue;
        }
        text += line;
        text.push('\n');
        if line.contains(PARENT) {
            hung = true;
            for exercise in exercises {
                let _ = writeln!(
                    text,
                    "  - [{} {}](exercises/{}.md)",
                    short(exercise),
                    exercise.meta.title,
                    exercise.meta.id
                );
            }
        }
    }
    if hung {
        Ok(text)
    } else {
        Err(Fault(format!(
            "{SUMMARY}: `- [연습](exercises.md)` 줄이 없습니다. 문제의 쪽들을 그 아래에 답니다."
        )))
    }
}

/// 장의 파일 이름입니다. 아직 쓰지 않은 장이면 `None`입니다.
pub fn chapter(root: &Path, number: u8) -> Result<Option<String>> {
    let folder = root.join("book/text");
    let start = format!("ch{number:02}-");
    Ok(names(&folder)?
        .into_iter()
        .find(|name| name.starts_with(&start) && name.ends_with(".md")))
}

/// 이미 만들어져 있는 파일입니다. 저장소의 뿌리에서 봅니다.
fn old_files(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join(MADE);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = names(&folder)?;
    Ok(names
        .into_iter()
        .map(|name| Path::new(MADE).join(name))
        .collect())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder).and_then(Iterator::collect);
    let mut names: Vec<String> = entries
        .map_err(|error| Fault::file("폴더를 열지 못했습니다", folder, &error))?
        .into_iter()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Fault::file("읽지 못했습니다", path, &error))
}

fn stars(level: u8) -> String {
    let full = usize::from(level.min(3));
    "★".repeat(full) + &"☆".repeat(3 - full)
}

/// 표의 칸을 나누는 막대를 글자로 적습니다.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
