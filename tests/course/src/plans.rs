//! 수업의 계획표를 `exercise.toml`에서 만듭니다. 분을 손으로 더하지 않습니다.
//!
//! 무엇을 고를지는 규칙으로 정합니다. 문제가 늘거나 분이 바뀌면 표가 따라 바뀝니다.

use std::fmt::Write as _;

use crate::{
    exercise::{Course, Exercise},
    fault::Result,
    pages,
};

/// 한 장을 읽고 실행하는 수업의 분입니다. 장마다 40분에서 60분이라고 적었으므로 길게 잡습니다.
const LESSON: u32 = 60;

/// 한 번의 수업입니다.
struct Lesson<'a> {
    when: String,
    chapter: u8,
    /// 그 장을 처음 하는 수업입니다.
    first: bool,
    exercises: Vec<&'a Exercise>,
}

/// 계획표의 파일 이름과 글입니다.
///
/// # Errors
/// 책의 폴더를 읽을 수 없습니다.
pub fn made(course: &Course, exercises: &[Exercise]) -> Result<Vec<(&'static str, String)>> {
    let mut chapters = Vec::new();
    for number in 1..=9 {
        if pages::chapter(&course.root, number)?.is_some() {
            chapters.push(number);
        }
    }
    let plans = [
        ("plan-1-week.md", one_week(&chapters, exercises)),
        ("plan-3-weeks.md", three_weeks(&chapters, exercises)),
        ("plan-8-weeks.md", eight_weeks(&chapters, exercises)),
    ];
    plans
        .into_iter()
        .map(|(name, lessons)| Ok((name, table(course, &lessons)?)))
        .collect()
}

fn of(chapter: u8, level: u8, exercises: &[Exercise]) -> Vec<&Exercise> {
    let mine = || exercises.iter().filter(|one| one.meta.chapter == chapter);
    let fit: Vec<&Exercise> = mine().filter(|one| one.meta.level <= level).collect();
    if fit.is_empty() {
        // 그만큼 쉬운 것이 없으면 가장 짧은 것 하나입니다.
        return mine()
            .min_by_key(|one| one.meta.minutes)
            .into_iter()
            .collect();
    }
    fit
}

/// 날마다 한 장, 가벼운 문제만 합니다.
fn one_week<'a>(chapters: &[u8], exercises: &'a [Exercise]) -> Vec<Lesson<'a>> {
    let lesson = |(index, &chapter): (usize, &u8)| Lesson {
        when: format!("{}일", index + 1),
        chapter,
        first: true,
        exercises: of(chapter, 1, exercises),
    };
    chapters.iter().enumerate().map(lesson).collect()
}

/// 한 주에 두 장, 어려움 둘까지 합니다.
fn three_weeks<'a>(chapters: &[u8], exercises: &'a [Exercise]) -> Vec<Lesson<'a>> {
    let lesson = |(index, &chapter): (usize, &u8)| Lesson {
        when: format!("{}주 {}회", index / 2 + 1, index % 2 + 1),
        chapter,
        first: true,
        exercises: of(chapter, 2, exercises),
    };
    chapters.iter().enumerate().map(lesson).collect()
}

/// 모든 문제를 합니다. 남는 주는 연습이 가장 긴 장에 한 주씩 더 줍니다.
fn eight_weeks<'a>(chapters: &[u8], exercises: &'a [Exercise]) -> Vec<Lesson<'a>> {
    let weight = |chapter: u8| minutes(&of(chapter, 3, exercises));
    let mut longest: Vec<u8> = chapters.to_vec();
    longest.sort_by_key(|&chapter| std::cmp::Reverse(weight(chapter)));
    longest.truncate(8_usize.saturating_sub(chapters.len()));
    let mut lessons = Vec::new();
    for &chapter in chapters {
        let mine = of(chapter, 3, exercises);
        let cut = if longest.contains(&chapter) {
            // 두 주의 분이 가장 가까운 곳에서 나눕니다.
            (0..=mine.len())
                .min_by_key(|&count| minutes(&mine[..count]).abs_diff(minutes(&mine[count..])))
                .unwrap_or_default()
        } else {
            mine.len()
        };
        let (now, later) = mine.split_at(cut);
        let weeks = if longest.contains(&chapter) {
            vec![now, later]
        } else {
            vec![now]
        };
        for (part, exercises) in weeks.into_iter().enumerate() {
            lessons.push(Lesson {
                when: format!("{}주", lessons.len() + 1),
                chapter,
                first: part == 0,
                exercises: exercises.to_vec(),
            });
        }
    }
    lessons
}

fn minutes(exercises: &[&Exercise]) -> u32 {
    exercises
        .iter()
        .map(|one| u32::from(one.meta.minutes))
        .sum()
}

fn table(course: &Course, lessons: &[Lesson<'_>]) -> Result<String> {
    let mut text = String::from(
        "<!-- `cargo course pages`가 tests/exercises의 exercise.toml들로 만듭니다. 손으로 고치지 않습니다. -->\n\n\
         | 때 | 수업 | 연습 | 수업(분) | 연습(분) |\n|---|---|---|---:|---:|\n",
    );
    let (mut taught, mut practised) = (0, 0);
    for lesson in lessons {
        let file = pages::chapter(&course.root, lesson.chapter)?.unwrap_or_default();
        let class = if lesson.first {
            format!("[{}장]({file})을 읽고 실행하기", lesson.chapter)
        } else {
            format!("{}장의 답을 서로 읽고 말하기", lesson.chapter)
        };
        let links: Vec<String> = lesson
            .exercises
            .iter()
            .map(|one| {
                let short = pages::short(one);
                let title = pages::cell(&one.meta.title);
                format!(
                    "[{short} {title}](exercises/{}.md) {}",
                    one.meta.id, one.meta.minutes
                )
            })
            .collect();
        let links = if links.is_empty() {
            "–".to_owned()
        } else {
            links.join(", ")
        };
        let mine = minutes(&lesson.exercises);
        let _ = writeln!(
            text,
            "| {} | {class} | {links} | {LESSON} | {mine} |",
            lesson.when
        );
        taught += LESSON;
        practised += mine;
    }
    let _ = writeln!(text, "| 모두 | | | {taught} | {practised} |");
    Ok(text)
}
