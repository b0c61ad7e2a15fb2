//! 두 컴퓨터의 값을 나란히 놓습니다.
//!
//! 비율은 B의 중앙값을 A의 중앙값으로 나눈 것입니다. 최소–최대의 구간이 겹치면 「흔들림 안」이라고 적습니다.
//! 그럴 때는 어느 쪽이 빠르다고 말할 수 없습니다. 한 일이 서로 다르면 나누지 않고, 견줄 수 없다고 알립니다.

use std::time::Duration;

use noriteo::measure::{Load, Row, Spread, Value, format_bytes, format_count, format_duration};

use crate::{
    data::{Cost, Data, Piece, PythonRow, SideBySideData},
    parts::{self, Table, UNKNOWN, is_cpu, is_io, times},
};

/// 견줄 줄 하나입니다: 이름과 두 쪽의 값입니다.
type Pair<T> = (Vec<String>, Option<Spread<T>>, Option<Spread<T>>);

/// 두 데이터를 나란히 놓은 마크다운입니다. 한글의 너비에 맞추므로 터미널에서도 줄이 맞습니다.
pub fn compare(a: &Data, b: &Data) -> String {
    let mut text = String::from("# A와 B를 나란히\n\n");
    for (name, data) in [("A", a), ("B", b)] {
        text += &format!(
            "- {name}: {}, {}.{}\n",
            data.machine,
            data.date,
            parts::noisy(Some(Piece::All), data)
        );
    }
    text += "\nB ÷ A는 중앙값의 비율입니다. 최소–최대의 구간이 겹치면 「흔들림 안」이고, 어느 쪽이 빠르다고 말할 수 없습니다.\n";
    let mut section = |title: &str, body: String| {
        text += &format!("\n## {title}\n\n{body}\n");
    };
    section("컴퓨터", machines(a, b).markdown());
    for (title, piece, load) in [
        ("CPU를 쓰는 일", Piece::Sum, is_cpu as fn(&Load) -> bool),
        ("기다리는 일", Piece::Io, is_io),
    ] {
        section(title, work(a.of(piece), b.of(piece), load));
    }
    // 모두를 따로 다시 쟀을 때만 위와 다른 값이 있습니다.
    if [a, b]
        .iter()
        .any(|data| data.again.contains_key(&Piece::All))
    {
        let [a, b] = [a, b].map(|data| data.of(Piece::All));
        section("모든 방식: CPU를 쓰는 일", work(a, b, is_cpu));
        section("모든 방식: 기다리는 일", work(a, b, is_io));
    }
    let both = |piece| [a, b].map(|data| data.of(piece));
    let [one, other] = both(Piece::Creation);
    section(
        "일꾼 하나를 만들고 거두기",
        costs(&one.creation, &other.creation, format_duration, |time| {
            time.as_secs_f64()
        }),
    );
    let [one, other] = both(Piece::Memory);
    section(
        "쉬는 일꾼 하나의 메모리",
        costs(&one.memory, &other.memory, format_bytes, |size| size as f64),
    );
    let [one, other] = both(Piece::Python);
    section("파이썬으로 한 같은 일", python(one, other));
    let [one, other] = both(Piece::SideBySide);
    section(
        "GIL의 모형과 진짜 CPython",
        side_by_side(one.side_by_side.as_ref(), other.side_by_side.as_ref()),
    );
    text
}

/// 두 컴퓨터입니다. 한쪽에만 있는 항목도 보입니다.
fn machines(a: &Data, b: &Data) -> Table {
    let [a, b] = [a, b].map(|data| parts::machine(data).rows);
    let mut names: Vec<&String> = Vec::new();
    for row in a.iter().chain(&b) {
        if !names.contains(&&row[0]) {
            names.push(&row[0]);
        }
    }
    let mut table = Table::new(&["항목", "A", "B"]);
    let value = |rows: &[Vec<String>], name: &String| {
        let found = rows.iter().find(|row| row[0] == *name);
        found.map_or(UNKNOWN.into(), |row| row[1].clone())
    };
    for name in names {
        table
            .rows
            .push(vec![name.clone(), value(&a, name), value(&b, name)]);
    }
    table
}

/// 같은 일을 한 방식끼리 견줍니다.
fn work(a: &Data, b: &Data, load: fn(&Load) -> bool) -> String {
    let of = |data: &Data| -> Vec<Row> {
        let rows = data.variants.rows.iter();
        rows.filter(|row| load(&row.job.workload))
            .cloned()
            .collect()
    };
    let [a, b] = [of(a), of(b)];
    if let (Some(one), Some(other)) = (a.first(), b.first())
        && (one.job.workload, &one.job.range) != (other.job.workload, &other.job.range)
    {
        return not_comparable([one, other].map(|row| {
            let end = format_count(row.job.range.end);
            match row.job.workload {
                Load::Cpu => format!("{end} 앞까지 더했고"),
                Load::Io { delay } => {
                    format!("{end}개를 물었고(대답까지 {})", format_duration(delay))
                }
            }
        }));
    }
    let key = |row: &Row| (row.job.variant, row.job.workers);
    let name = |row: &Row| {
        vec![
            row.job.variant.label().to_owned(),
            row.job.workers.to_string(),
        ]
    };
    let pairs = pair(&a, &b, key, name, Row::wall);
    table(&["방식", "일꾼"], pairs, format_duration, |time| {
        time.as_secs_f64()
    })
}

/// 한 일이 달라 나눌 수 없다고 알립니다.
fn not_comparable([a, b]: [String; 2]) -> String {
    format!(
        "견줄 수 없습니다. A는 {a} B는 {b} 서로 다른 일을 쟀습니다. 같은 크기로 다시 재어 견주세요."
    )
}

fn costs<T: Value>(
    a: &[Cost<T>],
    b: &[Cost<T>],
    format: fn(T) -> String,
    number: fn(T) -> f64,
) -> String {
    let key = |cost: &Cost<T>| (cost.kind.clone(), cost.label.clone());
    let name = |cost: &Cost<T>| vec![cost.label.clone()];
    let pairs = pair(a, b, key, name, |cost| Some(cost.spread));
    table(&["무엇"], pairs, format, number)
}

fn python(a: &Data, b: &Data) -> String {
    let [one, other] = [&a.python, &b.python];
    if !one.rows.is_empty() && !other.rows.is_empty() && one.end != other.end {
        let told = |end| format!("{} 앞까지 더했고", format_count(end));
        return not_comparable([told(one.end), told(other.end)]);
    }
    let key = |row: &PythonRow| {
        let (label, mode) = (row.label.clone(), row.mode.clone());
        (label, mode, row.workers, row.start_method.clone())
    };
    let name = |row: &PythonRow| vec![row.label.clone(), row.how()];
    let pairs = pair(&one.rows, &other.rows, key, name, PythonRow::wall);
    table(&["파이썬", "방법"], pairs, format_duration, |time| {
        time.as_secs_f64()
    })
}

/// 모형이 진짜의 몇 배인지를 견줍니다. 값 자체는 컴퓨터의 빠르기에 달렸지만 닮은 정도는 그렇지 않습니다.
fn side_by_side(a: Option<&SideBySideData>, b: Option<&SideBySideData>) -> String {
    let (Some(a), Some(b)) = (a, b) else {
        return "두 쪽 모두에서 재지 않아 견줄 것이 없습니다.".to_owned();
    };
    if a.window != b.window {
        let told = |window: Duration| format!("한 번에 {}씩 쟀고", format_duration(window));
        return not_comparable([told(a.window), told(b.window)]);
    }
    let mut table = Table::new(&["무엇", "모양", "A: 모형 ÷ 진짜", "B: 모형 ÷ 진짜"]);
    for line in &a.lines {
        let same = |other: &&noriteo::measure::side_by_side::Line| {
            (&other.group, &other.what) == (&line.group, &line.what)
        };
        let other = b.lines.iter().find(same);
        table.rows.push(vec![
            line.group.clone(),
            line.what.clone(),
            times(line.ratio()),
            times(other.and_then(|other| other.ratio())),
        ]);
    }
    table.markdown()
}

/// 열쇠가 같은 것끼리 짝을 짓습니다. A의 차례를 따르고, B에만 있는 것은 뒤에 둡니다.
fn pair<R, K: PartialEq, T: Value>(
    a: &[R],
    b: &[R],
    key: impl Fn(&R) -> K,
    name: impl Fn(&R) -> Vec<String>,
    spread: impl Fn(&R) -> Option<Spread<T>>,
) -> Vec<Pair<T>> {
    let find = |rows: &[R], wanted: &K| {
        let found = rows.iter().find(|row| key(row) == *wanted);
        found.and_then(&spread)
    };
    let first = a
        .iter()
        .map(|row| (name(row), spread(row), find(b, &key(row))));
    let rest = b
        .iter()
        .filter(|row| !a.iter().any(|other| key(other) == key(row)));
    first
        .chain(rest.map(|row| (name(row), None, spread(row))))
        .collect()
}

fn table<T: Value>(
    names: &[&str],
    pairs: Vec<Pair<T>>,
    format: fn(T) -> String,
    number: fn(T) -> f64,
) -> String {
    if pairs.is_empty() {
        return "두 쪽 모두에서 재지 않아 견줄 것이 없습니다.".to_owned();
    }
    let mut table = Table::new(&[names, &["A", "B", "B ÷ A", "구간"]].concat());
    let cell = |spread: Option<Spread<T>>| {
        spread.map_or(UNKNOWN.into(), |Spread { min, median, max }| {
            format!("{} ({}–{})", format(median), format(min), format(max))
        })
    };
    for (mut row, a, b) in pairs {
        let both = a.zip(b).map(|(a, b)| {
            let [a, b] = [a, b].map(|one| [one.min, one.median, one.max].map(number));
            let ratio = (a[1] > 0.0).then(|| b[1] / a[1]);
            let overlap = a[0] <= b[2] && b[0] <= a[2];
            (
                ratio,
                if overlap {
                    "흔들림 안"
                } else {
                    "벗어남"
                },
            )
        });
        row.push(cell(a));
        row.push(cell(b));
        row.push(times(both.and_then(|(ratio, _)| ratio)));
        row.push(both.map_or(UNKNOWN, |(_, overlap)| overlap).to_owned());
        table.rows.push(row);
    }
    table.markdown()
}

#[cfg(test)]
mod tests {
    use noriteo::measure::display_width;

    use super::*;
    use crate::data::tests::{both, only, sample};

    fn cells(text: &str, first: &str) -> Vec<String> {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("| {first} ")));
        let line = line.unwrap_or_else(|| panic!("{first} 줄이 없습니다\n{text}"));
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    }

    fn wall(millis: &[u64]) -> Data {
        let mut data = sample();
        let row = &mut data.variants.rows[0];
        let one = row.samples[0];
        row.samples = millis
            .iter()
            .map(|&millis| {
                let mut sample = one;
                sample.wall = Duration::from_millis(millis);
                sample
            })
            .collect();
        data
    }

    #[test]
    fn medians_are_divided_and_ranges_are_told_apart() {
        let a = wall(&[10, 20, 30]);
        let text = compare(&a, &wall(&[30, 50, 60]));
        let row = cells(&text, "프로세스(fork)");
        assert_eq!(
            row,
            [
                "프로세스(fork)",
                "2",
                "20.0 ms (10.0 ms–30.0 ms)",
                "50.0 ms (30.0 ms–60.0 ms)",
                "2.50배",
                "흔들림 안"
            ]
        );
        for (other, told) in [
            (&[31, 50, 60], "벗어남"),
            (&[1, 5, 9], "벗어남"),
            (&[1, 20, 99], "흔들림 안"),
        ] {
            assert_eq!(
                cells(&compare(&a, &wall(other)), "프로세스(fork)")[5],
                told,
                "{other:?}"
            );
        }
        // 바꾸어 놓으면 비율은 뒤집히고 구간은 그대로입니다.
        let row = cells(&compare(&wall(&[30, 50, 60]), &a), "프로세스(fork)");
        assert_eq!(row[4..], ["0.40배", "흔들림 안"]);
    }

    #[test]
    fn different_work_is_not_divided() {
        let a = sample();
        let mut b = sample();
        b.variants.rows[0].job.range = 0..20;
        b.python.end = 1000;
        let text = compare(&a, &b);
        assert!(
            text.contains("A는 10개를 물었고(대답까지 2.00 ms) B는 20개를 물었고"),
            "{text}"
        );
        assert!(
            text.contains("A는 100 앞까지 더했고 B는 1,000 앞까지 더했고"),
            "{text}"
        );
        let (_, io) = text.split_once("## 기다리는 일").unwrap();
        let io = io.split("## ").next().unwrap();
        assert!(!io.contains('|'), "{io}");
        let mut b = sample();
        b.variants.rows[0].job.workload = Load::Io {
            delay: Duration::from_millis(3),
        };
        assert!(compare(&a, &b).contains("대답까지 3.00 ms"));
    }

    #[test]
    fn what_stands_on_one_side_only_is_not_divided() {
        let a = sample();
        let mut b = sample();
        b.creation[0].label = "다른 것|<b>".into();
        b.memory.clear();
        let text = compare(&a, &b);
        assert_eq!(cells(&text, "스레드")[2..], ["–", "–", "–"]);
        assert_eq!(cells(&text, "다른 것&#124;&lt;b&gt;")[1], "–");
        let (_, memory) = text.split_once("## 쉬는 일꾼").unwrap();
        assert_eq!(
            cells(memory, "프로세스(fork)")[1..],
            ["2 B (1 B–3 B)", "–", "–", "–"]
        );
        assert!(text.contains("두 쪽 모두에서 재지 않아"), "{text}");
    }

    #[test]
    fn zero_is_never_a_divisor() {
        let row = cells(&compare(&wall(&[0]), &wall(&[1])), "프로세스(fork)");
        assert_eq!(row[4..], ["–", "벗어남"]);
    }

    #[test]
    fn a_piece_measured_again_takes_its_place_and_columns_line_up() {
        let (mut a, mut b) = (sample(), sample());
        (a.side_by_side, b.side_by_side) = (Some(both()), Some(both()));
        let mut again = only(Piece::Io, None);
        again.variants.rows[0].samples[0].wall = Duration::from_millis(7);
        b.merge(again);
        let text = compare(&a, &b);
        assert_eq!(cells(&text, "프로세스(fork)")[4], "7.00배");
        assert!(text.contains("| 왕복 | 하나 |"), "{text}");
        for block in text.split("\n\n").filter(|block| block.starts_with('|')) {
            let widths: Vec<usize> = block.lines().map(display_width).collect();
            assert!(widths.windows(2).all(|two| two[0] == two[1]), "{block}");
        }
        b.side_by_side.as_mut().unwrap().window = Duration::from_millis(20);
        let told = "A는 한 번에 250 ms씩 쟀고 B는 한 번에 20.0 ms씩 쟀고";
        assert!(compare(&a, &b).contains(told));
    }
}
