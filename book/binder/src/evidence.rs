//! 시험이 `target/evidence`에 남긴 수치를 모아, 책과 README가 옮겨 적을 펴낸 사본을 만듭니다.
//!
//! 사본은 `book/text/measured/evidence.json`이고, 표는 거기에서만 나옵니다. 아무도 수를 손으로 적지 않습니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io, iter,
    path::{Path, PathBuf},
    time::Duration,
};

use noriteo::measure::{format_count, format_duration};
use serde_json::{Value, json};

use crate::{
    bind::MEASURED,
    chart::{Bar, Chart, Kind, Panel, Row as Line, Unit},
    fault::{Fault, Result},
    parts::{NOTICE, Table, escape, wrapped},
};

/// 시험이 수치를 남기는 폴더입니다.
const LEFT: &str = "target/evidence";

/// 펴낸 사본의 이름입니다.
const PUBLISHED: &str = "evidence.json";

/// 벤치마크의 이름은 이것으로 시작합니다. 줄이 많아 조각을 따로 둡니다.
const SPEED: &str = "speed-";

/// 연습 문제의 판정을 세어 본 것(`cargo course verify`)입니다. 여러 줄이라 표를 따로 둡니다.
const VERDICTS: [(&str, &str); 2] = [
    ("course-verify", "다른 일이 없을 때"),
    ("course-verify-busy", "코어가 모두 바쁠 때"),
];

/// 재는 형편을 적은 줄의 이름은 이렇게 끝납니다.
const CIRCUMSTANCES: [&str; 2] = ["-tries", "-others"];

/// README에서 요약이 놓이는 자리의 앞과 뒤입니다.
const README_MARKS: [&str; 2] = ["<!-- 증거 -->", "<!-- 증거 끝 -->"];

/// 수치 하나입니다.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    id: String,
    what: String,
    figure: Option<f64>,
    unit: String,
    bound: Option<String>,
    holds: bool,
    machine: String,
    date: String,
    whole: Value,
}

impl Row {
    /// 단위를 붙인 값입니다. 긴 나노초는 읽기 좋은 단위로 바꿉니다.
    fn value(&self) -> String {
        match self.figure {
            None => "알 수 없음".to_owned(),
            Some(figure) if self.unit == "ns" && figure >= 1000.0 => {
                format_duration(Duration::from_nanos(figure as u64))
            }
            Some(figure) => format!("{} {}", short(figure), self.unit),
        }
    }
}

/// 시험의 이름마다 남긴 수치들입니다.
type Rows = BTreeMap<String, Vec<Row>>;

/// 새로 적을 파일들을 돌려줍니다.
///
/// 시험이 남긴 것이 앞서 펴낸 것을 대신합니다. 이번에 돌리지 않은 시험의 것은 앞서 펴낸 값을 그대로 둡니다.
pub fn published(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let folder = root.join(MEASURED);
    let mut rows = kept(&folder.join(PUBLISHED))?;
    rows.extend(left(&root.join(LEFT))?);
    let whole: BTreeMap<&String, Vec<&Value>> = rows
        .iter()
        .map(|(name, rows)| (name, rows.iter().map(|row| &row.whole).collect()))
        .collect();
    let mut files = vec![
        (folder.join(PUBLISHED), format!("{:#}\n", json!(whole))),
        (folder.join("evidence.md"), part(&rows)),
        (folder.join("speed.md"), speed_part(&rows)),
        (folder.join("speed-figures.md"), speed_figures(&rows)),
        (folder.join("verdicts.md"), verdicts_part(&rows)),
    ];
    let readme = root.join("README.md");
    match fs::read_to_string(&readme) {
        Ok(text) => {
            if let Some(text) = with_summary(&text, &summary(&rows)) {
                files.push((readme, text));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Fault::file("읽지 못했습니다", &readme, &error)),
    }
    Ok(files)
}

/// 앞서 펴낸 사본입니다. 없으면 비어 있습니다.
fn kept(path: &Path) -> Result<Rows> {
    match fs::read(path) {
        Ok(bytes) => {
            let value = json_of(path, &bytes)?;
            let groups = value
                .as_object()
                .ok_or_else(|| bad(path, "이름과 목록의 짝이 아닙니다"))?;
            groups
                .iter()
                .map(|(name, rows)| Ok((name.clone(), read_rows(path, rows)?)))
                .collect()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Rows::new()),
        Err(error) => Err(Fault::file("펴낸 증거를 읽지 못했습니다", path, &error)),
    }
}

/// 시험이 남긴 것입니다. 없으면 비어 있습니다.
fn left(folder: &Path) -> Result<Rows> {
    let failed = |error: &io::Error| Fault::file("증거를 읽지 못했습니다", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Rows::new()),
        Err(error) => return Err(failed(&error)),
    };
    let mut rows = Rows::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(&error))?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        if let (Some(name), true) = (name, path.extension().is_some_and(|kind| kind == "json")) {
            let bytes = fs::read(&path)
                .map_err(|error| Fault::file("증거를 읽지 못했습니다", &path, &error))?;
            rows.insert(name.to_owned(), read_rows(&path, &json_of(&path, &bytes)?)?);
        }
    }
    Ok(rows)
}

fn json_of(path: &Path, bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|error| bad(path, &format!("JSON이 아닙니다({error})")))
}

fn bad(path: &Path, why: &str) -> Fault {
    Fault::BadInput(format!(
        "{}에서 증거를 읽지 못했습니다: {why}. 그 파일을 지우고 `cargo test`로 다시 남기세요.",
        path.display()
    ))
}

fn read_rows(path: &Path, value: &Value) -> Result<Vec<Row>> {
    let rows = value
        .as_array()
        .ok_or_else(|| bad(path, "목록이 아닙니다"))?;
    rows.iter()
        .map(|row| {
            let text = |name: &str| {
                row.get(name)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
                    .ok_or_else(|| bad(path, &format!("`{name}` 칸이 글이 아닙니다")))
            };
            Ok(Row {
                id: text("id")?,
                what: text("what")?,
                figure: row.get("figure").and_then(Value::as_f64),
                unit: text("unit")?,
                bound: row.get("bound").and_then(Value::as_str).map(str::to_owned),
                holds: row
                    .get("holds")
                    .and_then(Value::as_bool)
                    .ok_or_else(|| bad(path, "`holds` 칸이 참이나 거짓이 아닙니다"))?,
                machine: text("machine")?,
                date: text("date")?,
                whole: row.clone(),
            })
        })
        .collect()
}

/// 「어떻게 쟀는가」가 끌어오는 조각입니다. 벤치마크의 수치는 [`speed_part`]에, 연습 문제의 판정은
/// [`verdicts_part`]에 있습니다.
fn part(rows: &Rows) -> String {
    let elsewhere = |name: &str| {
        name.starts_with(SPEED) || VERDICTS.iter().any(|(verdicts, _)| *verdicts == name)
    };
    let others = rows.iter().filter(|(name, _)| !elsewhere(name));
    let table = table("시험", others.map(|(name, rows)| (name.as_str(), rows)));
    format!(
        "{NOTICE}\n\n{}",
        wrapped(
            "evidence",
            &format!(
                "{}\n\n<details><summary>증거 모두 보기</summary>\n\n{}\n\n</details>",
                summary(rows),
                table.markdown()
            )
        )
    )
}

/// 벤치마크의 수치만 모은 조각입니다. 한계가 있는 것을 먼저 보입니다.
fn speed_part(rows: &Rows) -> String {
    let speed = speed_rows(rows);
    if speed.is_empty() {
        return format!("{NOTICE}\n\n아직 펴낸 벤치마크의 값이 없습니다.\n");
    }
    let only = |bounded: bool| -> Rows {
        let chosen = |row: &&Row| row.bound.is_some() == bounded;
        let rows = speed.iter().map(|(name, rows)| {
            let rows = rows.iter().filter(chosen).cloned().collect();
            (name.clone(), rows)
        });
        rows.collect()
    };
    let [bounded, free] = [only(true), only(false)].map(|rows| {
        let named = rows.iter().map(|(name, rows)| (name.as_str(), rows));
        table("경기", named).markdown()
    });
    format!(
        "{NOTICE}\n\n{}",
        wrapped(
            "speed",
            &format!(
                "{}\n\n<details><summary>한계가 없는 값 모두 보기</summary>\n\n{free}\n\n</details>",
                with_picture(bounded, &ratios(&speed))
            )
        )
    )
}

/// 장들이 경기마다 골라 끌어오는 표입니다. 한계가 있는 것이 먼저이고, 재는 형편(횟수, 다른 일이 쓴 CPU)은 뺍니다.
fn speed_figures(rows: &Rows) -> String {
    let mut text = format!("{NOTICE}\n");
    for (name, mut rows) in speed_rows(rows) {
        rows.retain(|row| !CIRCUMSTANCES.iter().any(|end| row.id.ends_with(end)));
        rows.sort_by_key(|row| row.bound.is_none());
        let mut table = Table::new(&["무엇", "값", "한계"]);
        for row in &rows {
            let bound = row.bound.as_ref().map(|bound| match row.holds {
                true => bound.clone(),
                false => format!("{bound}, 지키지 못함"),
            });
            let cells = vec![row.what.clone(), row.value(), bound.unwrap_or("–".into())];
            table.rows.push(cells);
        }
        text.push_str(&format!(
            "<!-- ANCHOR: {name} -->\n{}<!-- ANCHOR_END: {name} -->\n",
            wrapped(
                "speed-figures",
                &with_picture(table.markdown(), &contest(&name, &rows))
            )
        ));
    }
    text
}

/// 「가르치는 이에게」가 끌어오는 조각입니다: 문제마다 옳은 판정의 수와 판정의 수입니다.
fn verdicts_part(rows: &Rows) -> String {
    // 한계가 `= 20`이면 스무 번 모두 옳아야 했습니다.
    let asked = |row: &Row| -> f64 {
        let bound = row.bound.as_deref().unwrap_or_default();
        bound.trim_start_matches("= ").parse().unwrap_or_default()
    };
    let mut text = String::new();
    for (name, when) in VERDICTS {
        let Some(rows) = rows.get(name) else {
            continue;
        };
        // 줄의 이름은 `ex07_par_map-solution`처럼 문제와 답의 갈래입니다.
        let mut counts: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
        for row in rows {
            if let Some((exercise, kind)) = row.id.rsplit_once('-') {
                let right = row.figure.unwrap_or_default();
                let cell = format!("{}/{}", short(right), short(asked(row)));
                counts.entry(exercise).or_default().insert(kind, cell);
            }
        }
        let mut table = Table::new(&["문제", "출발 파일", "예시 답", "다른 옳은 답", "틀린 답"]);
        for (exercise, cells) in &counts {
            let cell = |kind| cells.get(kind).cloned().unwrap_or_else(|| "–".to_owned());
            let kinds = ["starter", "solution", "alternatives", "mutants"].map(cell);
            let row = iter::once((*exercise).to_owned()).chain(kinds);
            table.rows.push(row.collect());
        }
        let right: f64 = rows.iter().filter_map(|row| row.figure).sum();
        let day = rows.iter().filter_map(|row| row.date.get(..10)).max();
        let words = format!(
            "{when}: 판정 {}번 가운데 {}번이 옳았습니다({}).",
            short(rows.iter().map(asked).sum()),
            short(right),
            day.unwrap_or_default()
        );
        text.push_str(&wrapped(
            "verdicts",
            &format!(
                "{words}\n\n<details><summary>문제마다 보기</summary>\n\n{}\n\n</details>",
                table.markdown()
            ),
        ));
    }
    if text.is_empty() {
        text.push_str("아직 펴낸 판정이 없습니다.\n");
    }
    format!("{NOTICE}\n\n{text}")
}

/// 표 아래에 그림을 둡니다. 그릴 것이 없으면 표만 둡니다.
fn with_picture(table: String, chart: &Chart) -> String {
    match chart.figure() {
        picture if picture.is_empty() => table,
        picture => format!("{table}\n\n{picture}"),
    }
}

/// 한계가 있는 비율들을 한 축에 놓습니다. 한계는 견줄 자리로 표시합니다.
fn ratios(speed: &Rows) -> Chart {
    let mut lines = Vec::new();
    for (name, rows) in speed {
        let bounded = rows
            .iter()
            .filter(|row| row.bound.is_some() && row.unit == "배");
        let bars: Vec<Line> = bounded.map(|row| Line::Bar(bar(row, Kind::Ours))).collect();
        if !bars.is_empty() {
            lines.push(Line::Heading(name.clone()));
            lines.extend(bars);
        }
    }
    chart(
        "speed",
        "견준 것의 몇 배인가",
        ("비율(배)", Unit::Times),
        lines,
    )
}

/// 경기 하나의 시간이나 횟수를 한 축에 놓습니다. 우리 프로세스와 큐를 다른 것에 견주는 경기만 그립니다.
fn contest(name: &str, rows: &[Row]) -> Chart {
    let ours = |row: &&Row| row.what.starts_with("process::");
    let (axis, unit, what) = match rows.iter().find(ours).map(|_| name.starts_with("calls-")) {
        None => ("", Unit::Nanos, "없음"),
        Some(true) => ("한 번에 드는 횟수(번)", Unit::Count, "번"),
        Some(false) => ("한 번의 시간", Unit::Nanos, "ns"),
    };
    let lines = rows.iter().filter(|row| row.unit == what).map(|row| {
        let kind = if ours(&row) { Kind::Ours } else { Kind::Other };
        Line::Bar(bar(row, kind))
    });
    let title = format!("{name}: {axis}");
    chart(
        &format!("speed-{name}"),
        &title,
        (axis, unit),
        lines.collect(),
    )
}

fn chart(name: &str, title: &str, (axis, unit): (&str, Unit), rows: Vec<Line>) -> Chart {
    Chart {
        name: name.to_owned(),
        title: title.to_owned(),
        mark: "한계".to_owned(),
        other: "견준 것".to_owned(),
        panels: vec![Panel {
            title: None,
            axis: axis.to_owned(),
            unit,
            log: false,
            rows,
        }],
    }
}

fn bar(row: &Row, kind: Kind) -> Bar {
    Bar {
        label: row.what.clone(),
        kind,
        value: row.figure,
        range: None,
        told: match &row.bound {
            Some(bound) => format!("{} ({bound})", row.value()),
            None => row.value(),
        },
        marks: row.bound.as_deref().map(numbers).unwrap_or_default(),
    }
}

/// 한계를 적은 글(`≥ 0.98`, `0.95–1.05`) 속의 수들입니다.
fn numbers(bound: &str) -> Vec<f64> {
    let words = bound.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words.filter_map(|word| word.parse().ok()).collect()
}

/// 벤치마크의 수치입니다. 이름에서 앞의 [`SPEED`]를 뺐습니다.
fn speed_rows(rows: &Rows) -> Rows {
    rows.iter()
        .filter_map(|(name, rows)| Some((name.strip_prefix(SPEED)?.to_owned(), rows.clone())))
        .collect()
}

fn table<'a>(first: &'static str, groups: impl Iterator<Item = (&'a str, &'a Vec<Row>)>) -> Table {
    let mut table = Table::new(&[first, "무엇", "값", "한계", "지켰나"]);
    for (name, rows) in groups {
        for row in rows {
            table.rows.push(vec![
                name.to_owned(),
                row.what.clone(),
                row.value(),
                row.bound.clone().unwrap_or_else(|| "–".into()),
                if row.holds { "예" } else { "아니요" }.into(),
            ]);
        }
    }
    table
}

/// 개수와, 어느 컴퓨터에서 언제 남긴 것인지입니다.
fn summary(rows: &Rows) -> String {
    let all: Vec<&Row> = rows.values().flatten().collect();
    if all.is_empty() {
        return "아직 펴낸 증거가 없습니다.".to_owned();
    }
    let bounded = all.iter().filter(|row| row.bound.is_some());
    let held = bounded.clone().filter(|row| row.holds).count();
    let machines: BTreeSet<&str> = all.iter().map(|row| row.machine.as_str()).collect();
    let days: BTreeSet<&str> = all
        .iter()
        .map(|row| row.date.get(..10).unwrap_or(&row.date))
        .collect();
    let days: Vec<&str> = days.into_iter().collect();
    let when = match days[..] {
        [first, .., last] => format!("{first}부터 {last}까지"),
        [day] => format!("{day}에"),
        [] => String::new(),
    };
    let machines: Vec<String> = machines.into_iter().map(escape).collect();
    format!(
        "시험 {}가지가 남긴 수치는 {}개입니다. 한계가 있는 {}개 가운데 {}개가 한계를 지켰습니다. \
         펴낸 이가 {when} 남긴 것입니다({}).",
        rows.len(),
        all.len(),
        bounded.count(),
        held,
        machines.join("; ")
    )
}

/// README의 표시 사이를 `summary`로 바꿉니다. 표시가 없으면 `None`입니다.
fn with_summary(readme: &str, summary: &str) -> Option<String> {
    let [open, close] = README_MARKS;
    let (before, rest) = readme.split_once(open)?;
    let (_, after) = rest.split_once(close)?;
    Some(format!("{before}{open}\n{summary}\n{close}{after}"))
}

/// 정수는 세 자리마다 끊고, 아니면 유효 숫자 셋쯤만 적습니다.
fn short(figure: f64) -> String {
    if figure.fract() == 0.0 && (0.0..9e15).contains(&figure) {
        return format_count(figure as u64);
    }
    let digits = match figure.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    format!("{figure:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(figure: f64, bound: Option<&str>, holds: bool) -> Value {
        json!({
            "id": "C07", "what": "무엇|을", "figure": figure, "unit": "배", "bound": bound,
            "holds": holds, "machine": "컴퓨터", "date": "2026-01-02T03:04:05Z",
        })
    }

    fn leave(root: &Path, name: &str, rows: &Value) {
        let folder = root.join(LEFT);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.json")), rows.to_string()).unwrap();
    }

    fn write_all(files: &[(PathBuf, String)]) {
        for (path, text) in files {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn what_the_tests_left_is_published_and_told() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::write(
            root.join("README.md"),
            "앞\n<!-- 증거 -->\n옛\n<!-- 증거 끝 -->\n뒤\n",
        )
        .unwrap();
        leave(
            root,
            "a",
            &json!([row(1.234, Some("≥ 1"), true), row(7.0, None, true)]),
        );
        leave(root, "b", &json!([row(0.5, Some("≥ 1"), false)]));
        let files = published(root).unwrap();
        write_all(&files);
        let page = fs::read_to_string(root.join(MEASURED).join("evidence.md")).unwrap();
        for part in [
            "무엇&#124;을",
            "1.23 배",
            "7 배",
            "아니요",
            "한계가 있는 2개 가운데 1개",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let readme = fs::read_to_string(root.join("README.md")).unwrap();
        assert!(
            readme.starts_with("앞\n<!-- 증거 -->\n시험 2가지가 남긴 수치는 3개"),
            "{readme}"
        );
        assert!(readme.ends_with("\n<!-- 증거 끝 -->\n뒤\n") && !readme.contains('옛'));
        // 남긴 것이 없을 때 다시 적으면 한 글자도 달라지지 않습니다.
        fs::remove_dir_all(root.join(LEFT)).unwrap();
        assert_eq!(published(root).unwrap(), files);
        // 이번에 돌리지 않은 시험의 것은 남습니다.
        leave(root, "b", &json!([row(2.0, Some("≥ 1"), true)]));
        write_all(&published(root).unwrap());
        let page = fs::read_to_string(root.join(MEASURED).join("evidence.md")).unwrap();
        assert!(
            page.contains("1.23 배") && page.contains("2개 가운데 2개"),
            "{page}"
        );
    }

    #[test]
    fn benchmarks_have_a_page_of_their_own() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let page = |file: &str| fs::read_to_string(root.join(MEASURED).join(file)).unwrap();
        leave(root, "a", &json!([row(7.0, None, true)]));
        write_all(&published(root).unwrap());
        assert!(page("speed.md").contains("아직 펴낸 벤치마크의 값이 없습니다"));
        leave(
            root,
            "speed-queue",
            &json!([row(0.28, None, true), row(1.05, Some("≤ 1.1"), true)]),
        );
        write_all(&published(root).unwrap());
        let speed = page("speed.md");
        let (bounded, free) = speed.split_once("<details>").unwrap();
        assert!(
            bounded.contains("1.05 배") && bounded.contains("≤ 1.1"),
            "{speed}"
        );
        assert!(
            free.contains("0.28 배") && !free.contains("1.05 배"),
            "{speed}"
        );
        assert!(
            speed.contains("| queue |") && !speed.contains("7 배"),
            "{speed}"
        );
        let figures = page("speed-figures.md");
        let (head, table) = figures.split_once("<!-- ANCHOR: queue -->").unwrap();
        assert!(head.contains("손으로 고치지 않습니다"));
        assert!(table.contains("<!-- ANCHOR_END: queue -->"));
        // 한계가 있는 것이 먼저입니다.
        assert!(table.find("1.05 배") < table.find("0.28 배"), "{table}");
        let others = page("evidence.md");
        assert!(
            others.contains("7 배") && !others.contains("0.28"),
            "{others}"
        );
        assert!(others.contains("시험 2가지가 남긴 수치는 3개"), "{others}");
    }

    #[test]
    fn verdicts_are_counted_by_exercise() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let page = |file: &str| fs::read_to_string(root.join(MEASURED).join(file)).unwrap();
        let verdict = |id: &str, right: f64, all: &str| {
            let mut row = row(right, Some(all), true);
            row["id"] = json!(id);
            row
        };
        leave(root, "a", &json!([row(7.0, None, true)]));
        write_all(&published(root).unwrap());
        assert!(page("verdicts.md").contains("아직 펴낸 판정이 없습니다"));
        leave(
            root,
            "course-verify-busy",
            &json!([
                verdict("ex90_a-solution", 20.0, "= 20"),
                verdict("ex90_a-mutants", 1099.0, "= 1100"),
                verdict("ex91_b-solution", 20.0, "= 20"),
            ]),
        );
        write_all(&published(root).unwrap());
        let verdicts = page("verdicts.md");
        for part in [
            "코어가 모두 바쁠 때: 판정 1,140번 가운데 1,139번이",
            "1,099/1,100",
            "ex91&#95;b",
        ] {
            assert!(verdicts.contains(part), "{part}: {verdicts}");
        }
        assert!(!verdicts.contains("다른 일이 없을 때"), "{verdicts}");
        assert!(!page("evidence.md").contains("course-verify"));
    }

    #[test]
    fn long_nanoseconds_become_readable() {
        let value = |figure: f64| {
            let mut row = row(figure, None, true);
            row["unit"] = json!("ns");
            let rows = read_rows(Path::new("a"), &json!([row])).unwrap();
            rows[0].value()
        };
        assert_eq!(value(0.14), "0.14 ns");
        assert_eq!(value(999.0), "999 ns");
        assert_eq!(value(274_461.0), "274 µs");
    }

    /// 저장소에 둔 조각은 저장소에 둔 사본에서 나온 그대로입니다. 손으로 고친 것은 여기서 드러납니다.
    #[test]
    fn the_tracked_pages_come_from_the_tracked_copy() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(MEASURED);
        let rows = kept(&folder.join(PUBLISHED)).unwrap();
        for (file, text) in [
            ("evidence.md", part(&rows)),
            ("speed.md", speed_part(&rows)),
            ("speed-figures.md", speed_figures(&rows)),
            ("verdicts.md", verdicts_part(&rows)),
        ] {
            assert_eq!(
                fs::read_to_string(folder.join(file)).unwrap(),
                text,
                "{file}"
            );
        }
    }

    #[test]
    fn odd_evidence_is_refused_by_name() {
        let root = tempfile::tempdir().unwrap();
        let mut broken = row(1.0, None, true);
        broken.as_object_mut().unwrap().remove("holds");
        for (rows, why) in [(json!([broken]), "holds"), (json!({}), "목록")] {
            leave(root.path(), "a", &rows);
            let Err(Fault::BadInput(told)) = published(root.path()) else {
                panic!("{rows}");
            };
            assert!(told.contains(why) && told.contains("a.json"), "{told}");
        }
    }
}
