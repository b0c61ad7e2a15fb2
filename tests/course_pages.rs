//! 책에 실린 문제의 쪽이 `exercise.toml`과 같은지 봅니다.
//!
//! 쪽의 표와 도움말은 `cargo course pages`가 만든 것을 끼워 넣습니다. 문제를 고치고 다시 만들지 않았거나,
//! 쪽이 없거나, 차례에 없으면 무엇을 할지 말하며 실패합니다.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::Failed;
use tempfile::TempDir;

use support::Outcome;

fn main() -> ExitCode {
    support::run_mimic(support::tests![
        pages_are_up_to_date,
        handouts_and_chapters_show_what_is_made,
        a_changed_exercise_is_noticed,
        a_missing_page_is_noticed,
        a_page_out_of_the_summary_is_noticed,
        a_left_over_piece_is_noticed,
        hidden_checks_are_only_counted,
    ])
}

/// `root`의 쪽을 만들거나(`check`가 거짓) 봅니다. 종료 코드와 나온 글입니다.
fn pages(root: &Path, check: bool) -> Result<(Option<i32>, String), Failed> {
    let mut command = Command::new(support::course()?);
    command.args(["pages", "--book"]).arg(root);
    if check {
        command.arg("--check");
    }
    let output = support::run(command, support::LIMIT)?;
    Ok((output.status.code(), output.stdout + &output.stderr))
}

fn expect(what: &str, seen: (Option<i32>, String), code: i32, parts: &[&str]) -> Outcome {
    let lacking: Vec<&&str> = parts
        .iter()
        .filter(|part| !seen.1.contains(**part))
        .collect();
    if seen.0 == Some(code) && lacking.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{what}: 종료 코드 {:?}(바란 것 {code}), 없는 말 {lacking:?}\n{}",
        seen.0, seen.1
    )
    .into())
}

fn pages_are_up_to_date() -> Outcome {
    expect("이 저장소", pages(support::root(), true)?, 0, &[])
}

/// 쪽마다 제 표를, 장마다 제 문제들의 줄을 꼭 한 번 끼워 넣습니다.
fn handouts_and_chapters_show_what_is_made() -> Outcome {
    let text = support::root().join("book/text");
    let mut problems = Vec::new();
    let mut once = |page: &Path, include: &str| -> Outcome {
        let line = format!("{{{{#include {include}}}}}");
        let times = support::read(page)?
            .lines()
            .filter(|one| *one == line)
            .count();
        if times != 1 {
            problems.push(format!(
                "{}: `{line}` 줄이 {times}개입니다. 꼭 하나여야 합니다",
                page.display()
            ));
        }
        Ok(())
    };
    let mut exercises = 0;
    for made in support::files(&text.join("exercises/made"), "md")? {
        let name = made
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name == "list.md" {
            once(&text.join("exercises.md"), "exercises/made/list.md")?;
        } else if name.starts_with("plan-") {
            once(&text.join("teaching.md"), &format!("exercises/made/{name}"))?;
        } else if name.starts_with("ch") {
            let start = name.replace(".md", "-");
            let chapters = support::files(&text, "md")?;
            let chapter = chapters.iter().find(|page| {
                let name = page.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(&start)
            });
            let chapter = chapter.ok_or_else(|| format!("{start}로 시작하는 장이 없습니다"))?;
            once(chapter, &format!("exercises/made/{name}"))?;
        } else {
            exercises += 1;
            once(&text.join("exercises").join(&name), &format!("made/{name}"))?;
        }
    }
    if exercises == 0 {
        problems.push("만든 쪽이 하나도 없습니다".to_owned());
    }
    support::all_clear(problems)
}

/// 고쳐 볼 저장소의 사본입니다. 책의 글과 문제만 있습니다.
struct Copy(TempDir);

impl Copy {
    fn new() -> Result<Copy, Failed> {
        let copy = Copy(tempfile::tempdir()?);
        for folder in ["book/text", "tests/exercises"] {
            copy_folder(&support::root().join(folder), &copy.0.path().join(folder))?;
        }
        expect("고치기 전의 사본", pages(copy.0.path(), true)?, 0, &[])?;
        Ok(copy)
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    /// 파일에서 한 군데를 바꿉니다.
    fn change(&self, file: &str, from: &str, to: &str) -> Outcome {
        let text = support::read(&self.path(file))?;
        if text.matches(from).count() != 1 {
            return Err(format!("{file}에 {from:?}이(가) 꼭 한 번 있어야 합니다").into());
        }
        fs::write(self.path(file), text.replacen(from, to, 1))?;
        Ok(())
    }

    fn check(&self) -> Result<(Option<i32>, String), Failed> {
        pages(self.0.path(), true)
    }

    /// 다시 만들면 낡은 것이 없어집니다.
    fn made_again(&self) -> Outcome {
        expect("다시 만들기", pages(self.0.path(), false)?, 0, &[])?;
        expect("다시 만든 뒤", self.check()?, 0, &[])
    }
}

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(&path, &to)?;
        } else {
            fs::copy(&path, &to)?;
        }
    }
    Ok(())
}

const TOML: &str = "tests/exercises/ex07_par_map/exercise.toml";
const MADE: &str = "book/text/exercises/made/ex07_par_map.md";
const SUMMARY: &str = "book/text/SUMMARY.md";

fn a_changed_exercise_is_noticed() -> Outcome {
    for (from, to) in [
        ("minutes = 30", "minutes = 31"),
        (
            "title = \"f를 꼭 한 번씩 부른다\"",
            "title = \"f를 두 번씩 부른다\"",
        ),
        ("`enumerate`를 보세요.", "`zip`을 보세요."),
    ] {
        let copy = Copy::new()?;
        copy.change(TOML, from, to)?;
        expect(to, copy.check()?, 1, &[MADE, "`cargo course pages`"])?;
        copy.made_again()?;
    }
    let copy = Copy::new()?;
    copy.change(
        TOML,
        "title = \"여럿이 나누어 바꾸기\"",
        "title = \"나누어 바꾸기\"",
    )?;
    let places = [
        SUMMARY,
        "made/list.md",
        "made/ch02.md",
        "`cargo course pages`",
    ];
    expect("제목", copy.check()?, 1, &places)?;
    copy.made_again()
}

fn a_missing_page_is_noticed() -> Outcome {
    let copy = Copy::new()?;
    let page = "book/text/exercises/ex07_par_map.md";
    fs::remove_file(copy.path(page))?;
    expect("쪽이 없음", copy.check()?, 2, &[page])?;
    // 나머지는 만들고, 없다고 알립니다. 없는 쪽은 차례에 넣지 않습니다.
    expect("쪽이 없음", pages(copy.0.path(), false)?, 2, &[page])?;
    if support::read(&copy.path(SUMMARY))?.contains("ex07_par_map") {
        return Err("없는 쪽이 차례에 있습니다".into());
    }
    Ok(())
}

fn a_page_out_of_the_summary_is_noticed() -> Outcome {
    let copy = Copy::new()?;
    copy.change(
        SUMMARY,
        "(exercises/ex07_par_map.md)",
        "(exercises/other.md)",
    )?;
    expect(
        "차례에 없음",
        copy.check()?,
        1,
        &[SUMMARY, "`cargo course pages`"],
    )?;
    copy.made_again()
}

fn a_left_over_piece_is_noticed() -> Outcome {
    let copy = Copy::new()?;
    let old = "book/text/exercises/made/ex99_gone.md";
    fs::write(copy.path(old), "옛 글")?;
    expect("남은 글", copy.check()?, 1, &[old])?;
    copy.made_again()?;
    if copy.path(old).exists() {
        return Err("없어진 문제의 글이 남았습니다".into());
    }
    Ok(())
}

fn hidden_checks_are_only_counted() -> Outcome {
    let copy = Copy::new()?;
    let more = "\n[[checks]]\nid = \"secret\"\npoints = 7\nvisible = false\n\
                title = \"아무도 모르는 검사\"\nsays = \"더 생각해 보세요.\"\n";
    let text = support::read(&copy.path(TOML))?;
    fs::write(copy.path(TOML), text + more)?;
    copy.made_again()?;
    let page = support::read(&copy.path(MADE))?;
    let told = page.contains("| 숨긴 검사 1개 | 7 |") && page.contains("17점");
    let kept = !page.contains("아무도 모르는") && !page.contains("더 생각해 보세요");
    // 도움말은 하나씩 따로 접혀 있습니다.
    let folded = page.matches("<details>").count() == 3;
    if told && kept && folded {
        Ok(())
    } else {
        Err(format!("숨긴 검사를 개수로만 적고 도움말을 하나씩 접어야 합니다.\n{page}").into())
    }
}
