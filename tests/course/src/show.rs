//! 터미널에 보일 글과 표입니다. 한글은 두 칸입니다.

use comfy_table::{CellAlignment, Table, presets::UTF8_HORIZONTAL_ONLY};

use crate::{
    check::{Mark, Report},
    exercise::{Course, Exercise},
    progress::{Progress, shown},
    verify::{Kind, Row},
};

/// 검사한 결과입니다.
pub fn report(exercise: &Exercise, report: &Report) -> String {
    let mut text = format!(
        "{} {} ({}점 만점)\n",
        exercise.meta.id, exercise.meta.title, report.full
    );
    if let Some(said) = &report.refused {
        return text + said.trim_end() + "\n";
    }
    let mut places = Vec::new();
    for one in &report.checks {
        let sign = match one.result {
            Mark::Passed => "통과",
            Mark::Skipped => "보지 않음",
            Mark::Wrong | Mark::Crash | Mark::Hang | Mark::Silent => "아직",
        };
        text += &format!("  {sign}  {} ({}/{})\n", one.title, one.points, one.full);
        let detail = one.detail.iter().cloned();
        // 같은 자리는 한 번만 적습니다.
        let place = one.panicked.iter().filter(|place| !places.contains(*place));
        let place: Vec<String> = place.cloned().collect();
        let told = place.iter().map(|place| format!("패닉한 자리: {place}"));
        for line in detail.chain(told).chain(one.says.iter().cloned()) {
            text += &format!("        {line}\n");
        }
        places.extend(place);
    }
    text + &format!("{}/{}점\n", report.points, report.full)
}

/// 문제와 진도의 표입니다.
pub fn list(exercises: &[Exercise], progress: &Progress) -> Table {
    let mut table = table(&["장", "이름", "제목", "어려움", "분", "점수"]);
    for exercise in exercises {
        let meta = &exercise.meta;
        let standing = progress
            .exercises
            .get(&meta.id)
            .cloned()
            .unwrap_or_default();
        let points = match standing.checks {
            0 => format!("–/{}", exercise.full()),
            _ if standing.passed() => format!("{}/{} 통과", standing.best, standing.full),
            _ => format!("{}/{}", standing.best, standing.full),
        };
        table.add_row([
            meta.chapter.to_string(),
            meta.id.clone(),
            meta.title.clone(),
            "★".repeat(usize::from(meta.level)),
            meta.minutes.to_string(),
            points,
        ]);
    }
    right(&mut table, &[4]);
    table
}

/// 문제를 시작하는 법입니다.
pub fn start(course: &Course, exercise: &Exercise) -> String {
    let meta = &exercise.meta;
    format!(
        "{}장 {} {} ({}분쯤)\n  고칠 파일  {}\n  실행        {}\n  검사        cargo course check {}\n  도움말      cargo course hint {}",
        meta.chapter,
        meta.id,
        meta.title,
        meta.minutes,
        shown(course, &exercise.work),
        exercise.command(),
        meta.id,
        meta.id
    )
}

/// 판정표입니다.
pub fn verdicts(rows: &[Row]) -> Table {
    let mut table = table(&["문제", "출발", "예시 답", "다른 옳은 답", "틀린 답"]);
    let mut ids: Vec<&str> = rows.iter().map(|row| row.exercise.as_str()).collect();
    ids.dedup();
    for id in ids {
        let cell = |kind: Kind| {
            let mine = || {
                rows.iter()
                    .filter(|row| row.exercise == id && row.kind == kind)
            };
            let runs: u32 = mine().map(|row| row.runs).sum();
            let right: u32 = mine().map(|row| row.right).sum();
            match mine().count() {
                0 => "–".to_owned(),
                1 => format!("{right}/{runs}"),
                many => format!("{right}/{runs} ({many}개)"),
            }
        };
        table.add_row([
            id.to_owned(),
            cell(Kind::Starter),
            cell(Kind::Solution),
            cell(Kind::Alternative),
            cell(Kind::Mutant),
        ]);
    }
    table
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(head);
    table
}

fn right(table: &mut Table, columns: &[usize]) {
    for &at in columns {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
