//! 표마다 하나씩, 잰 값을 막대그림([`Chart`])으로 옮깁니다.

use std::time::Duration;

use noriteo::{
    measure::{self as measured, Load, Spread, format_bytes, format_duration, side_by_side},
    variant::Variant,
};

use crate::{
    chart::{Bar, Chart, Kind, Panel, Row, Unit},
    data::{Data, Piece, PythonData, PythonRow},
    measure,
    parts::{ARTICLE, find, is_cpu, is_io, times},
};

/// 차례로 한 것에 견준 축입니다. 초가 아니라 비율이라, 기사와 파이썬과 우리가 한 축에 섭니다.
const RATIO: &str = "차례로 대비(배)";

/// 조각의 그림입니다. 그릴 값이 없으면 비어 있습니다.
pub fn picture(piece: Piece, data: &Data) -> String {
    let chart = |title: &str, mark: &str, panels: Vec<Panel>| Chart {
        name: piece.name().to_owned(),
        title: title.to_owned(),
        panels,
        mark: mark.to_owned(),
        other: "이 컴퓨터의 파이썬".to_owned(),
    };
    match piece {
        Piece::Sum => chart(
            "기사의 합: 차례로 한 것의 몇 배 걸렸는가",
            "이상(1 ÷ 일꾼의 수, 코어의 수까지)",
            vec![sum(data)],
        ),
        Piece::Io => chart(
            "기다리는 일: 차례로 한 것의 몇 배 걸렸는가",
            "이상(1 ÷ 일꾼의 수)",
            vec![every(data, is_io, None)],
        ),
        Piece::All => chart(
            "모든 방식: 차례로 한 것의 몇 배 걸렸는가",
            "이상(1 ÷ 일꾼의 수, CPU를 쓰는 일은 코어의 수까지)",
            vec![
                every(data, is_cpu, Some("CPU를 쓰는 일")),
                every(data, is_io, Some("기다리는 일")),
            ],
        ),
        Piece::Python => chart(
            "진짜 파이썬: 스레드 하나의 몇 배 걸렸는가",
            "이상(1 ÷ 일꾼의 수, 코어의 수까지)",
            vec![pythons(data)],
        ),
        Piece::SideBySide => chart(
            "GIL의 모형은 진짜 CPython의 몇 배인가",
            "진짜와 같음",
            vec![model(data)],
        ),
        Piece::Creation => chart("일꾼 하나를 만들고 거두는 시간", "", vec![creation(data)]),
        Piece::Memory => chart("쉬는 일꾼 하나의 메모리(PSS)", "", vec![memory(data)]),
    }
    .figure()
}

fn panel(axis: &str, unit: Unit, rows: Vec<Row>) -> Panel {
    Panel {
        title: None,
        axis: axis.to_owned(),
        unit,
        log: false,
        rows,
    }
}

/// 일꾼이 여럿이어도 코어와 CPU 할당보다 빨라질 수는 없습니다. 혼자면 견줄 것이 없습니다.
fn ideal(data: &Data, workers: usize) -> Option<f64> {
    let quota = data.machine.cpu_quota.unwrap_or(f64::INFINITY);
    let together = (workers as f64)
        .min(data.machine.cores as f64)
        .min(quota.max(1.0));
    (workers > 1).then_some(1.0 / together)
}

/// 시간을 `base`의 배로 바꾼 막대입니다.
fn ratio_bar(label: &str, kind: Kind, spread: Option<Spread>, base: Option<Duration>) -> Bar {
    let base = base.map_or(0.0, |base| base.as_secs_f64());
    // 기준이 없거나 0이면 비율이 없습니다.
    let spread = spread.filter(|_| base > 0.0);
    let ratio = spread.map(|spread| spread.median.as_secs_f64() / base);
    let told = match spread {
        Some(spread) => format!("{} ({})", times(ratio), format_duration(spread.median)),
        None => times(None),
    };
    Bar::of(label, kind, spread, |time| time.as_secs_f64() / base, told)
}

fn ours(
    data: &Data,
    load: fn(&Load) -> bool,
    label: &str,
    variant: Variant,
    n: usize,
) -> Option<Bar> {
    let row = find(data, load, variant, n)?;
    let base = data.variants.baseline(row).and_then(measured::Row::wall);
    let base = base.map(|base| base.median);
    let ideal = match load(&Load::Cpu) {
        true => ideal(data, n),
        false => (n > 1).then_some(1.0 / n as f64),
    };
    Some(ratio_bar(label, Kind::Ours, row.wall(), base).marked(ideal))
}

/// 기사의 합. 기사와 파이썬과 우리를 하는 일끼리 모읍니다.
fn sum(data: &Data) -> Panel {
    let n = data.only.and_then(|only| only.workers);
    let n = n.unwrap_or(measure::PAIR);
    let python = newest(&data.python, |label| !label.contains("GIL 꺼짐"));
    let free = newest(&data.python, |label| label.contains("GIL 꺼짐"));
    let mut rows = Vec::new();
    let mut group = |heading: String, bars: Vec<Option<Bar>>| {
        let bars: Vec<Row> = bars.into_iter().flatten().map(Row::Bar).collect();
        if !bars.is_empty() {
            rows.push(Row::Heading(heading));
            rows.extend(bars);
        }
    };
    let mine = |label, variant, n| ours(data, is_cpu, label, variant, n);
    let theirs = |label: Option<&str>, mode, n| python_bar(data, label?, mode, n);
    group(
        "혼자 차례로".into(),
        vec![
            article(Variant::Sequential, 1),
            theirs(python, "thread", 1),
            mine("차례로", Variant::Sequential, 1),
            mine("락에 묶인 하나", Variant::LockedThread, 1).filter(|_| n > 1),
        ],
    );
    group(
        format!("락(GIL)에 묶인 스레드 {n}개로"),
        vec![
            article(Variant::LockedThread, n),
            theirs(python, "thread", n).filter(|_| n > 1),
            mine("락에 묶인 스레드", Variant::LockedThread, n),
        ],
    );
    group(
        format!("프로세스 {n}개로"),
        vec![
            article(Variant::Fork, n),
            theirs(python, "process", n),
            mine("프로세스(fork)", Variant::Fork, n),
            mine("프로세스(spawn)", Variant::Spawn, n),
        ],
    );
    group(
        format!("락이 없는 스레드 {n}개로"),
        vec![
            theirs(free, "thread", n).filter(|_| n > 1),
            mine("스레드(목록)", Variant::Thread, n),
            mine("스레드(큐)", Variant::ThreadQueue, n),
            mine("rayon", Variant::Rayon, n),
        ],
    );
    panel(RATIO, Unit::Times, rows)
}

/// 기사의 파이썬입니다. 비율로만 견줍니다. 그 컴퓨터의 코어 수를 모르므로 이상은 적지 않습니다.
fn article(variant: Variant, workers: usize) -> Option<Bar> {
    let [(_, _, base), ..] = ARTICLE;
    let mut known = ARTICLE.iter();
    let (_, _, seconds) = known.find(|(v, w, _)| (*v, *w) == (variant, workers))?;
    let ratio = seconds / base;
    Some(Bar {
        label: "기사".to_owned(),
        kind: Kind::Article,
        value: Some(ratio),
        range: None,
        told: format!("{} ({seconds:.1} s)", times(Some(ratio))),
        marks: Vec::new(),
    })
}

/// 가장 새로운 파이썬의 이름입니다.
fn newest(python: &PythonData, wanted: impl Fn(&str) -> bool) -> Option<&str> {
    let labels = python.rows.iter().map(|row| row.label.as_str());
    labels
        .filter(|label| wanted(label))
        .max_by_key(|label| version(label))
}

/// 이름 `CPython 3.13.0 (…)`의 판입니다.
fn version(label: &str) -> Vec<u32> {
    let numbers = label.split_whitespace().nth(1).unwrap_or_default();
    numbers
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

fn python_row<'a>(
    data: &'a Data,
    label: &str,
    mode: &str,
    workers: usize,
) -> Option<&'a PythonRow> {
    let mut rows = data.python.rows.iter();
    rows.find(|row| row.label == label && row.mode == mode && row.workers == workers)
}

fn python_bar(data: &Data, label: &str, mode: &str, workers: usize) -> Option<Bar> {
    let row = python_row(data, label, mode, workers)?;
    let short = label.split(" (").next().unwrap_or(label);
    Some(python_ratio(data, row, short))
}

fn python_ratio(data: &Data, row: &PythonRow, label: &str) -> Bar {
    let one = python_row(data, &row.label, "thread", 1).and_then(PythonRow::wall);
    ratio_bar(label, Kind::Other, row.wall(), one.map(|one| one.median))
        .marked(ideal(data, row.workers))
}

fn pythons(data: &Data) -> Panel {
    let mut rows = Vec::new();
    let mut last = "";
    for row in &data.python.rows {
        if row.label != last {
            rows.push(Row::Heading(row.label.clone()));
            last = &row.label;
        }
        rows.push(Row::Bar(python_ratio(data, row, &row.how())));
    }
    panel("스레드 하나 대비(배)", Unit::Times, rows)
}

/// 모든 방식을 표의 차례대로 놓습니다.
fn every(data: &Data, load: fn(&Load) -> bool, title: Option<&str>) -> Panel {
    let rows = data.variants.rows.iter();
    let bars = rows
        .filter(|row| load(&row.job.workload))
        .filter_map(|row| {
            let (variant, n) = (row.job.variant, row.job.workers);
            let label = match variant {
                Variant::Sequential => variant.label().to_owned(),
                _ => format!("{} ×{n}", variant.label()),
            };
            ours(data, load, &label, variant, n).map(Row::Bar)
        });
    Panel {
        title: title.map(str::to_owned),
        ..panel(RATIO, Unit::Times, bars.collect())
    }
}

fn model(data: &Data) -> Panel {
    let mut rows = Vec::new();
    let mut last = "";
    let lines = data.side_by_side.iter().flat_map(|both| &both.lines);
    // 덧셈 한 번의 빠르기는 Rust와 파이썬의 차이일 뿐, 모형이 닮았는지와 상관없습니다.
    for line in lines.filter(|line| line.unit != side_by_side::SPEED) {
        if line.group != last {
            rows.push(Row::Heading(line.group.clone()));
            last = &line.group;
        }
        // 같은 바퀴에 잰 것끼리 나눈 비율들의 처음과 끝입니다.
        let pairs = line.model.iter().zip(&line.python);
        let each = pairs.filter(|(_, python)| **python > 0.0);
        let spread = Spread::of(each.map(|(model, python)| model / python));
        let value = line.ratio();
        rows.push(Row::Bar(Bar {
            label: line.what.clone(),
            kind: Kind::Ours,
            value,
            range: spread.map(|spread| (spread.min, spread.max)),
            told: times(value),
            marks: value.map(|_| 1.0).into_iter().collect(),
        }));
    }
    panel("모형 ÷ 진짜(배)", Unit::Times, rows)
}

fn creation(data: &Data) -> Panel {
    let bars = data.creation.iter().map(|cost| {
        let kind = if cost.kind.starts_with("python-") {
            Kind::Other
        } else {
            Kind::Ours
        };
        let nanos = |time: Duration| time.as_nanos() as f64;
        let told = format_duration(cost.spread.median);
        Row::Bar(Bar::of(&cost.label, kind, Some(cost.spread), nanos, told))
    });
    Panel {
        // 스레드와 프로세스는 늘 수십 배 넘게 벌어집니다.
        log: true,
        ..panel("만들고 거두는 시간", Unit::Nanos, bars.collect())
    }
}

fn memory(data: &Data) -> Panel {
    let bars = data.memory.iter().map(|cost| {
        let told = format_bytes(cost.spread.median);
        let bytes = |size: u64| size as f64;
        Row::Bar(Bar::of(
            &cost.label,
            Kind::Ours,
            Some(cost.spread),
            bytes,
            told,
        ))
    });
    panel("일꾼 하나가 늘린 PSS", Unit::Bytes, bars.collect())
}

#[cfg(test)]
mod tests {
    use noriteo::measure::Row as Measured;

    use super::*;
    use crate::data;

    /// 차례로 100 ms, 그 밖은 60 ms인 합과, 스레드 하나로 2초인 파이썬입니다.
    fn known() -> Data {
        let ms = Duration::from_millis;
        let mut data = data::tests::sample();
        let first = data.variants.rows[0].clone();
        data.variants.rows = measure::sum_rows(measure::PAIR)
            .into_iter()
            .map(|(variant, workers)| {
                let mut row: Measured = first.clone();
                row.job.variant = variant;
                row.job.workers = workers;
                row.job.workload = Load::Cpu;
                row.samples[0].wall = ms(if variant == Variant::Sequential {
                    100
                } else {
                    60
                });
                row
            })
            .collect();
        let python = |label: &str, mode: &str, workers, wall| PythonRow {
            label: label.into(),
            mode: mode.into(),
            workers,
            start_method: "fork".into(),
            wall: vec![ms(wall)],
            cpu: Vec::new(),
        };
        data.python.rows = [
            ("CPython 3.9.18 (GIL 있음)", 9),
            ("CPython 3.13.0 (GIL 켜짐)", 2),
        ]
        .into_iter()
        .flat_map(|(label, seconds)| {
            [
                python(label, "thread", 1, seconds * 1000),
                python(label, "thread", 2, seconds * 1020),
                python(label, "process", 2, seconds * 550),
            ]
        })
        .collect();
        data
    }

    fn told(picture: &str) -> &str {
        let (_, desc) = picture.split_once("-desc\">").unwrap();
        desc.split("</desc>").next().unwrap()
    }

    #[test]
    fn the_article_python_ours_and_the_ideal_stand_on_one_axis() {
        let mut data = known();
        (data.machine.cores, data.machine.cpu_quota) = (8, None);
        let picture = picture(Piece::Sum, &data);
        let told = told(&picture);
        for part in [
            "가로축: 차례로 대비(배).",
            "기사 1.00배 (4.6 s).",
            "기사 0.57배 (2.6 s).",
            // 여럿 가운데 가장 새로운 것을 고릅니다. 글자가 아니라 수로 견줍니다(13 > 9).
            "CPython 3.13.0 1.02배 (2.04 s)(최소 1.02, 최대 1.02), 이상(1 ÷ 일꾼의 수, 코어의 수까지) 0.5.",
            "CPython 3.13.0 0.55배 (1.10 s)",
            "차례로 1.00배 (100 ms)",
            "프로세스(fork) 0.60배 (60.0 ms)(최소 0.6, 최대 0.6), 이상(1 ÷ 일꾼의 수, 코어의 수까지) 0.5.",
        ] {
            assert!(told.contains(part), "{part}\n{told}");
        }
        assert!(!told.contains("3.9.18"), "{told}");
    }

    #[test]
    fn the_ideal_is_bounded_by_the_cores_and_the_quota() {
        let mut data = known();
        (data.machine.cores, data.machine.cpu_quota) = (8, None);
        assert_eq!(ideal(&data, 16), Some(1.0 / 8.0));
        data.machine.cpu_quota = Some(2.5);
        assert_eq!(ideal(&data, 16), Some(0.4));
        // 1코어보다 적게 허락받아도, 차례로 한 것 역시 그만큼 느립니다.
        data.machine.cpu_quota = Some(0.5);
        assert_eq!(ideal(&data, 16), Some(1.0));
        assert_eq!(ideal(&data, 1), None);
    }

    #[test]
    fn what_was_not_measured_is_not_drawn() {
        let mut data = data::tests::sample();
        data.variants.rows.clear();
        data.python.rows.clear();
        data.creation.clear();
        data.memory.clear();
        for piece in Piece::ALL.into_iter().filter(|&piece| piece != Piece::Sum) {
            assert_eq!(picture(piece, &data), "", "{piece:?}");
        }
        // 기사의 값은 늘 있습니다.
        assert!(picture(Piece::Sum, &data).contains("기사 0.57배"));
        let mut odd = known();
        odd.creation[0].label = "<script>".into();
        let picture = picture(Piece::Creation, &odd);
        assert!(picture.contains("&lt;script&gt;") && !picture.contains("<script>"));
    }

    #[test]
    fn the_model_is_told_as_a_ratio_of_the_real_one() {
        let mut data = data::tests::sample();
        data.side_by_side = Some(data::tests::both());
        let picture = picture(Piece::SideBySide, &data);
        // 모형 3, 1, 2를 CPython 4 하나에 견줍니다. 짝이 있는 것은 첫 바퀴(3 ÷ 4)뿐입니다.
        let told = told(&picture);
        assert!(
            told.contains("하나 0.50배(최소 0.75, 최대 0.75), 진짜와 같음 1."),
            "{told}"
        );
        assert!(told.ends_with("둘 –."), "{told}");
    }
}
