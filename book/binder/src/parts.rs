//! 잰 값을 본문이 끌어오는 조각(마크다운)으로 바꿉니다.
//!
//! 본문은 `{{#include measured/sum.md}}`처럼 조각을 끌어옵니다. 저장소에는 펴낸 이의 조각이 있고,
//! 묶는 이는 책의 사본에서 그 자리에 읽는 이의 조각을 놓습니다.
//! 글 속의 수 하나는 `{{#include measured/figures.md:NAME}}`으로 끌어옵니다.

use std::time::Duration;

use noriteo::{
    measure::{
        Creation, Load, Machine, Row, Spread, Value, display_width, format_bytes, format_count,
        format_duration,
    },
    variant::Variant,
};

use crate::{
    data::{Data, Piece},
    measure, memory,
    noise::{self, Reading},
    pictures,
    timeline::{self, FIGURES},
};

/// 조각 하나입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// `book/text/measured/` 아래의 파일 이름입니다.
    pub file: String,
    /// 담을 글입니다.
    pub text: String,
}

/// 누가 잰 값인지입니다. 표마다 적힙니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// 펴낸 이가 재어 저장소에 둔 값입니다.
    Publisher,
    /// 지금 이 컴퓨터에서 잰 값입니다.
    Here,
    /// 앞서 재어 파일에 둔 값입니다.
    Earlier,
}

/// 기사가 파이썬으로 잰 값(초)입니다. 0부터 100,000,000 앞까지의 합입니다.
pub const ARTICLE: [(Variant, usize, f64); 3] = [
    (Variant::Sequential, 1, 4.6),
    (Variant::LockedThread, 2, 4.6),
    (Variant::Fork, 2, 2.6),
];

/// 조각의 첫 줄입니다.
pub const NOTICE: &str =
    "<!-- 손으로 고치지 않습니다. `cargo run -- measure --publish`가 만듭니다. -->";

/// 재는 프로그램이 커서 생기는 차이를 숨기지 않습니다.
const SPAWN_NOTE: &str = "spawn이 다시 시작하는 것은 mdBook까지 담은 이 프로그램이라, \
    작은 프로그램보다 오래 걸리고 메모리도 더 씁니다. ";

/// 알 수 없는 값의 자리입니다.
pub const UNKNOWN: &str = "–";

/// 모든 조각을 만듭니다.
pub fn parts(data: &Data, whose: Whose) -> Vec<Part> {
    let mut parts: Vec<Part> = Piece::ALL
        .into_iter()
        .map(|piece| {
            let own = data.of(piece);
            // 펴낸 이의 책에 더해도, 따로 다시 잰 것은 이 컴퓨터의 값입니다.
            let whose = match (own.only, whose) {
                (Some(_), Whose::Publisher) => Whose::Here,
                _ => whose,
            };
            self::piece(piece, own, whose)
        })
        .collect();
    parts.push(part(
        "machine",
        &machine(data).markdown(),
        &origin(data, whose),
    ));
    parts.push(Part {
        file: "figures.md".into(),
        text: figures(data),
    });
    for figure in &FIGURES {
        if let Some(trace) = data.traces.get(figure.name) {
            let told = told(&trace.machine, &trace.date, whose);
            parts.push(Part {
                file: format!("{}.md", figure.id()),
                text: format!("{NOTICE}\n\n{}", timeline::figure(figure, trace, &told)),
            });
        }
    }
    parts
}

/// 조각 하나를 만듭니다.
fn piece(piece: Piece, data: &Data, whose: Whose) -> Part {
    let note = match piece {
        Piece::Sum => format!(
            "0부터 {} 앞까지의 합입니다. 기사의 값은 파이썬으로 0부터 100,000,000 앞까지 더한 것입니다. {}",
            format_count(end(data, is_cpu)),
            each(data)
        ),
        Piece::Io => questions(data) + &each(data),
        Piece::All => format!(
            "한 칸은 최소–중앙값–최대입니다. CPU를 쓰는 일은 0부터 {} 앞까지의 합입니다. 기다리는 일에서는 {}{}",
            format_count(end(data, is_cpu)),
            questions(data),
            each(data)
        ),
        Piece::Python | Piece::SideBySide => String::new(),
        Piece::Creation => {
            format!("아무 일도 하지 않는 일꾼을 하나씩 만들고 거두었습니다. {SPAWN_NOTE}")
        }
        Piece::Memory => {
            format!("쉬는 일꾼 여럿이 늘린 PSS를 일꾼의 수로 나누었습니다. {SPAWN_NOTE}")
        }
    };
    let (table, picture) = (body(piece, data), pictures::picture(piece, data));
    let body = match picture.is_empty() {
        true => table,
        false => format!("{table}\n\n{picture}"),
    };
    part(
        piece.name(),
        &body,
        &(note + &told(&data.machine, &data.date, whose) + &noisy(Some(piece), data)),
    )
}

fn part(name: &str, body: &str, told: &str) -> Part {
    Part {
        file: format!("{name}.md"),
        text: format!(
            "{NOTICE}\n\n{}",
            wrapped(
                name,
                &format!("{body}\n\n<p class=\"measured-on\">{told}</p>")
            )
        ),
    }
}

/// 쪽의 스크립트가 조각을 찾을 수 있게 감쌉니다. 안의 마크다운은 그대로 풀립니다.
pub fn wrapped(name: &str, body: &str) -> String {
    format!("<div class=\"measured\" data-part=\"{name}\">\n\n{body}\n\n</div>\n")
}

/// 조각의 표입니다.
fn body(piece: Piece, data: &Data) -> String {
    match piece {
        Piece::Sum => sum(data).markdown(),
        Piece::Io => io(data).markdown(),
        Piece::All => all(data).markdown(),
        Piece::Python => python(data),
        Piece::SideBySide => side_by_side(data),
        Piece::Creation => creation(data).markdown(),
        Piece::Memory => memory_of_workers(data),
    }
}

fn end(data: &Data, load: fn(&Load) -> bool) -> u64 {
    let mut rows = data.variants.rows.iter();
    let row = rows.find(|row| load(&row.job.workload));
    row.map_or(0, |row| row.job.range.end)
}

fn each(data: &Data) -> String {
    format!("방식마다 {}번씩 번갈아 쟀습니다. ", data.runs)
}

fn questions(data: &Data) -> String {
    format!(
        "물음은 {}개이고 대답까지 {}가 걸립니다. ",
        format_count(end(data, is_io)),
        delay(data)
    )
}

/// 터미널에 보일 글입니다.
pub fn summary(data: &Data) -> String {
    let mut text = format!("{}\n{}\n\n", data.machine, data.date);
    if let Some(only) = data.only {
        return format!(
            "{text}{}\n\n재는 동안의 형편\n\n{}\n",
            body(only.piece, data),
            noise_summary(data)
        );
    }
    for (title, body) in [
        ("재는 동안의 형편", noise_summary(data)),
        ("CPU를 쓰는 일", every(data, is_cpu).markdown()),
        ("기다리는 일", every(data, is_io).markdown()),
        ("일꾼 하나를 만들고 거두기", creation(data).markdown()),
        ("쉬는 일꾼 하나의 메모리", memory_of_workers(data)),
        ("파이썬으로 한 같은 일", python(data)),
        ("GIL의 모형과 진짜 CPython", side_by_side(data)),
    ] {
        text.push_str(&format!("{title}\n\n{body}\n\n"));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// 재는 동안의 형편을 터미널에 보입니다.
fn noise_summary(data: &Data) -> String {
    let mut table = Table::new(&["항목", "값"]);
    let known = |text: Option<String>| text.unwrap_or_else(|| "알 수 없음".into());
    let [load, others] = [data.machine.load, data.others];
    for (name, value) in [
        (
            "재기 전의 1분 평균 부하",
            load.map(|load| format!("{load:.2}")),
        ),
        (
            "재는 동안 다른 일이 쓴 CPU",
            others.map(|cores| format!("평균 {cores:.2}코어")),
        ),
    ] {
        table.rows.push(vec![name.to_owned(), known(value)]);
    }
    table.rows.extend(circumstances(data));
    let told = noisy(
        data.only.map_or(Some(Piece::All), |only| Some(only.piece)),
        data,
    );
    match told.trim() {
        "" => table.markdown(),
        told => format!("{}\n\n{told}", table.markdown()),
    }
}

/// 어느 컴퓨터에서 언제 잰 값인지 알립니다.
fn origin(data: &Data, whose: Whose) -> String {
    told(&data.machine, &data.date, whose) + &noisy(None, data)
}

/// 어느 컴퓨터에서 언제 기록하거나 잰 것인지 한 문장으로 적습니다.
pub fn told(machine: &Machine, date: &str, whose: Whose) -> String {
    let (machine, day) = (escape(&machine.to_string()), day(date));
    match whose {
        Whose::Publisher => format!("펴낸 이의 컴퓨터({machine})에서 {day}에 쟀습니다."),
        Whose::Here => format!("이 컴퓨터({machine})에서 {day}에 쟀습니다."),
        Whose::Earlier => format!("{machine}에서 {day}에 재어 둔 값입니다."),
    }
}

/// 재는 동안 시끄러웠으면 그렇다고 알립니다. 시끄러우면 다시 재는 조각에서는 몇 번 쟀는지도 알립니다.
pub fn noisy(piece: Option<Piece>, data: &Data) -> String {
    let cores = data.machine.cores;
    let again = match piece {
        Some(Piece::Sum | Piece::All) => true,
        // 기다리는 일은 따로 잴 때만 다시 잽니다.
        Some(Piece::Io) => data.only.is_some(),
        _ => false,
    };
    let tries = data.noise.as_ref().filter(|_| again);
    let Some((noise, kept)) = tries.and_then(|noise| Some((noise, noise.kept()?))) else {
        let why = noise::told(&whole(data).too_noisy(cores));
        return match why.is_empty() {
            true => String::new(),
            false => format!(" 재는 동안 시끄러워 값이 흔들립니다({why})."),
        };
    };
    let why = noise::told(&kept.too_noisy(cores));
    let (all, this) = (noise.tries.len(), noise.kept + 1);
    match (all, why.is_empty()) {
        (1, true) => String::new(),
        (1, false) => format!(" 재는 동안 시끄러워 값이 흔들립니다({why})."),
        (_, true) => format!(
            " 처음에는 시끄러워({}) 다시 쟀고, {this}번째에 얻은 값입니다.",
            noise::told(&noise.tries[0].too_noisy(cores))
        ),
        (_, false) => format!(
            " {all}번 쟀지만 조용한 때가 없어, 가장 조용했던 {this}번째의 값을 적었습니다({why})."
        ),
    }
}

/// 처음부터 끝까지의 형편입니다. 옛 데이터에서는 다른 일이 쓴 CPU만 압니다.
fn whole(data: &Data) -> Reading {
    data.noise.as_ref().map_or(
        Reading {
            others: data.others,
            ..Reading::default()
        },
        |noise| noise.whole,
    )
}

/// (최대 − 최소) ÷ 중앙값입니다.
fn swing<T: Value>(spread: Option<Spread<T>>, number: impl Fn(T) -> f64) -> String {
    let part = spread.and_then(|spread| {
        let [min, median, max] = [spread.min, spread.median, spread.max].map(number);
        noise::spread(min, median, max)
    });
    part.map_or(UNKNOWN.into(), noise::percent)
}

fn time_swing(spread: Option<Spread>) -> String {
    swing(spread, |time: Duration| time.as_secs_f64())
}

/// `2025-01-31T09:00:00Z`에서 날짜와 분까지만 남깁니다.
fn day(date: &str) -> String {
    match (date.get(..10), date.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => escape(date),
    }
}

pub fn is_cpu(load: &Load) -> bool {
    *load == Load::Cpu
}

pub fn is_io(load: &Load) -> bool {
    !is_cpu(load)
}

fn delay(data: &Data) -> String {
    data.variants
        .rows
        .iter()
        .find_map(|row| match row.job.workload {
            Load::Io { delay } => Some(format_duration(delay)),
            Load::Cpu => None,
        })
        .unwrap_or_else(|| UNKNOWN.into())
}

pub fn find(
    data: &Data,
    load: impl Fn(&Load) -> bool,
    variant: Variant,
    workers: usize,
) -> Option<&Row> {
    data.variants.rows.iter().find(|row| {
        load(&row.job.workload) && row.job.variant == variant && row.job.workers == workers
    })
}

/// 2장부터 4장까지의 표: 기사의 합을 방식마다 합니다.
fn sum(data: &Data) -> Table {
    let mut table = Table::new(&[&TIMED[..], &["기사(파이썬)"]].concat());
    let [(_, _, article_base), ..] = ARTICLE;
    let workers = data.only.and_then(|only| only.workers);
    for (variant, workers) in measure::sum_rows(workers.unwrap_or(measure::PAIR)) {
        let Some(row) = find(data, is_cpu, variant, workers) else {
            continue;
        };
        let article = ARTICLE
            .iter()
            .find(|(v, w, _)| (*v, *w) == (variant, workers))
            .map_or(UNKNOWN.into(), |(_, _, seconds)| {
                format!("{seconds:.1} s, {}", times(Some(seconds / article_base)))
            });
        let mut cells = timed(data, row);
        cells.push(article);
        table.rows.push(cells);
    }
    table
}

/// 3장의 표: 기다리는 일을 방식마다 합니다.
fn io(data: &Data) -> Table {
    every(data, is_io)
}

/// 방식마다 한 줄입니다.
fn every(data: &Data, load: fn(&Load) -> bool) -> Table {
    let mut table = Table::new(&TIMED);
    let rows = data.variants.rows.iter();
    let rows = rows.filter(|row| load(&row.job.workload));
    table.rows.extend(rows.map(|row| timed(data, row)));
    table
}

/// [`timed`]가 채우는 칸들입니다.
const TIMED: [&str; 7] = [
    "방식",
    "일꾼",
    "중앙값",
    "최소–최대",
    "흔들림",
    "CPU 시간",
    "차례로 대비",
];

fn timed(data: &Data, row: &Row) -> Vec<String> {
    vec![
        row.job.variant.label().to_owned(),
        row.job.workers.to_string(),
        median(row.wall()),
        range(row.wall()),
        time_swing(row.wall()),
        median(row.cpu()),
        times(data.variants.ratio(row)),
    ]
}

/// 5장의 표: 모든 방식과 두 가지 일을 나란히 놓습니다.
fn all(data: &Data) -> Table {
    let mut table = Table::new(&[
        "방식",
        "일꾼",
        "CPU를 쓰는 일",
        "차례로 대비",
        "기다리는 일",
        "차례로 대비",
    ]);
    for row in data
        .variants
        .rows
        .iter()
        .filter(|row| is_cpu(&row.job.workload))
    {
        let (variant, workers) = (row.job.variant, row.job.workers);
        let io = find(data, is_io, variant, workers);
        table.rows.push(vec![
            variant.label().to_owned(),
            workers.to_string(),
            spread(row.wall()),
            times(data.variants.ratio(row)),
            io.map_or(UNKNOWN.into(), |row| spread(row.wall())),
            times(io.and_then(|row| data.variants.ratio(row))),
        ]);
    }
    table
}

fn python(data: &Data) -> String {
    let python = &data.python;
    let mut text = if python.rows.is_empty() {
        "이 값을 잰 컴퓨터에는 쓸 수 있는 파이썬이 없어, 진짜 파이썬의 값은 비어 있습니다."
            .to_owned()
    } else {
        let mut table = Table::new(&[
            "파이썬",
            "방법",
            "중앙값",
            "최소–최대",
            "흔들림",
            "CPU 시간",
            "스레드 하나 대비",
        ]);
        for row in &python.rows {
            table.rows.push(vec![
                row.label.clone(),
                row.how(),
                median(row.wall()),
                range(row.wall()),
                time_swing(row.wall()),
                median(row.cpu()),
                times(python.ratio(row)),
            ]);
        }
        let runs = python
            .rows
            .iter()
            .map(|row| row.wall.len())
            .max()
            .unwrap_or(0);
        format!(
            "{}\n\n진짜 파이썬으로 0부터 {} 앞까지 더하기를 {runs}번씩 번갈아 잰 것입니다.",
            table.markdown(),
            format_count(python.end)
        )
    };
    if !python.odd.is_empty() {
        text.push_str("\n\n이름은 파이썬이지만 값을 얻지 못한 것도 있었습니다.\n");
        let mut reasons: Vec<&str> = python.odd.iter().map(|odd| odd.why.as_str()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        for reason in reasons {
            let same = python.odd.iter().filter(|odd| odd.why == reason);
            let names: Vec<String> = same
                .map(|odd| format!("`{}`", odd.name.replace('`', "")))
                .collect();
            text.push_str(&format!("\n- {}: {}", names.join(", "), escape(reason)));
        }
    }
    text
}

/// 3장의 표: GIL의 모형과 진짜 CPython을 나란히 놓습니다.
fn side_by_side(data: &Data) -> String {
    let Some(both) = &data.side_by_side else {
        return "이 값을 잰 때에는 모형과 진짜를 나란히 재지 않았습니다. `cargo run`으로 다시 재면 채워집니다."
            .into();
    };
    let real = both.label.as_deref().unwrap_or("진짜 CPython");
    let mut table = Table::new(&["무엇", "모양", real, "모형", "모형 ÷ 진짜"]);
    for (at, line) in both.lines.iter().enumerate() {
        let again = at > 0 && both.lines[at - 1].group == line.group;
        let group = if again { "" } else { &line.group };
        table.rows.push(vec![
            group.to_owned(),
            line.what.clone(),
            line.cell(&line.python),
            line.cell(&line.model),
            times(line.ratio()),
        ]);
    }
    let told = match both.label {
        Some(_) => "",
        None => " 이 값을 잰 컴퓨터에서는 GIL이 켜진 CPython의 값을 얻지 못해 모형만 쟀습니다.",
    };
    format!(
        "{}\n\n한 번에 {}씩 {}번, 진짜와 모형을 번갈아 잰 중앙값입니다.{told}",
        table.markdown(),
        format_duration(both.window),
        both.runs
    )
}

fn creation(data: &Data) -> Table {
    let mut table = Table::new(&[
        "만드는 것",
        "중앙값",
        "최소–최대",
        "흔들림",
        "스레드 대비",
        "횟수",
    ]);
    let thread = data
        .creation
        .iter()
        .find(|cost| cost.kind == Variant::Thread.name())
        .map(|cost| cost.spread.median.as_secs_f64());
    for cost in &data.creation {
        let ratio = thread
            .filter(|thread| *thread > 0.0)
            .map(|thread| cost.spread.median.as_secs_f64() / thread);
        table.rows.push(vec![
            cost.label.clone(),
            median(Some(cost.spread)),
            range(Some(cost.spread)),
            time_swing(Some(cost.spread)),
            times(ratio),
            cost.count.to_string(),
        ]);
    }
    table
}

fn memory_of_workers(data: &Data) -> String {
    if data.memory.is_empty() {
        return "일꾼의 메모리(PSS)는 Linux에서만 잽니다. 이 값을 잰 컴퓨터에서는 비워 둡니다."
            .into();
    }
    let mut table = Table::new(&["쉬는 일꾼", "중앙값", "최소–최대", "흔들림", "횟수"]);
    for cost in &data.memory {
        let Spread { min, median, max } = cost.spread;
        table.rows.push(vec![
            cost.label.clone(),
            format_bytes(median),
            format!("{}–{}", format_bytes(min), format_bytes(max)),
            swing(Some(cost.spread), |bytes| bytes as f64),
            cost.count.to_string(),
        ]);
    }
    table.markdown()
}

pub fn machine(data: &Data) -> Table {
    let Machine {
        cpu,
        cores,
        os,
        kernel,
        cpu_quota,
        memory_bytes,
        is_virtual,
        load,
    } = &data.machine;
    let known = |text: Option<String>| text.unwrap_or_else(|| "알 수 없음".into());
    let mut table = Table::new(&["항목", "이 값을 잰 컴퓨터"]);
    for (name, value) in [
        ("CPU", cpu.clone()),
        ("논리 코어", format!("{cores}개")),
        (
            "CPU 할당(cgroup)",
            cpu_quota.map_or("제한 없음".into(), |cores| format!("{cores}코어")),
        ),
        ("메모리", known(memory_bytes.map(format_bytes))),
        ("운영체제", os.clone()),
        ("커널", known(kernel.clone())),
        (
            "가상 머신",
            known(is_virtual.map(|is| if is { "예" } else { "아니요" }.into())),
        ),
        (
            "재는 동안 다른 일이 쓴 CPU",
            known(data.others.map(|cores| format!("평균 {cores:.2}코어"))),
        ),
        (
            "재기 전의 1분 평균 부하",
            known(load.map(|load| format!("{load:.2}"))),
        ),
        ("잰 때", day(&data.date)),
        ("방식마다 잰 횟수", format!("{}번", data.runs)),
    ] {
        table.rows.push(vec![name.to_owned(), value]);
    }
    table.rows.extend(circumstances(data));
    table
}

/// 재는 동안의 형편입니다. 데이터에 없는 것은 빠집니다.
fn circumstances(data: &Data) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    if let Some(noise) = &data.noise {
        let known = |text: Option<String>| text.unwrap_or_else(|| "알 수 없음".into());
        let Reading {
            steal,
            throttled,
            throttled_periods,
            heat,
            ..
        } = noise.whole;
        let stopped = throttled.zip(throttled_periods);
        row(
            "가상 머신이 빼앗긴 CPU(steal)",
            known(steal.map(|cores| format!("평균 {cores:.2}코어"))),
        );
        row(
            "CPU 할당을 넘어 멈춰 선 시간",
            known(stopped.map(|(time, times)| format!("{}, {times}번", format_duration(time)))),
        );
        row(
            "열 때문에 느려진 횟수",
            known(heat.map(|times| format!("{times}번"))),
        );
        match noise.tries.len() {
            0 => {}
            1 => row("시끄러워 다시 잰 횟수", "0번".into()),
            all => row(
                "시끄러워 다시 잰 횟수",
                format!("{}번, {}번째 값을 씀", all - 1, noise.kept + 1),
            ),
        }
    }
    for (name, load) in [
        ("CPU를 쓰는", is_cpu as fn(&Load) -> bool),
        ("기다리는", is_io),
    ] {
        let of = || {
            data.variants
                .rows
                .iter()
                .filter(|row| load(&row.job.workload))
        };
        let widest = of()
            .filter_map(|row| Some((row, noise::row_spread(row)?)))
            .max_by(|one, other| one.1.total_cmp(&other.1));
        if let (Some(typical), Some((most, spread))) = (noise::typical_spread(of()), widest) {
            row(
                &format!("{name} 줄의 흔들림"),
                format!(
                    "중앙값 {}, 가장 큰 것 {}({} ×{})",
                    noise::percent(typical),
                    noise::percent(spread),
                    most.job.variant.label(),
                    most.job.workers
                ),
            );
        }
    }
    rows
}

/// 글 속에 넣을 수들입니다. 앵커 하나가 수 하나입니다.
///
/// 재지 못한 것도 이름은 있으므로(값은 `–`), 어느 운영체제에서 묶어도 글에 빈자리가 생기지 않습니다.
fn figures(data: &Data) -> String {
    let mut found: Vec<(String, String)> = Vec::new();
    for (work, load) in [("sum", is_cpu as fn(&Load) -> bool), ("io", is_io)] {
        for variant in Variant::ALL {
            for &workers in measure::worker_counts(variant) {
                let row = find(data, load, variant, workers);
                let name = format!("{work}-{variant}-{workers}");
                found.push((format!("{name}-wall"), median(row.and_then(Row::wall))));
                found.push((format!("{name}-cpu"), median(row.and_then(Row::cpu))));
                let ratio = row.and_then(|row| data.variants.ratio(row));
                found.push((format!("{name}-ratio"), times(ratio)));
            }
        }
    }
    for kind in Creation::ALL.map(Creation::variant) {
        let cost = data.creation.iter().find(|cost| cost.kind == kind.name());
        found.push((
            format!("creation-{kind}"),
            median(cost.map(|cost| cost.spread)),
        ));
    }
    for kind in memory::KINDS.map(Creation::variant) {
        let cost = data.memory.iter().find(|cost| cost.kind == kind.name());
        found.push((
            format!("memory-{kind}"),
            cost.map_or(UNKNOWN.into(), |cost| format_bytes(cost.spread.median)),
        ));
    }
    found.push(("machine".into(), escape(&data.machine.to_string())));
    found.push(("cores".into(), data.machine.cores.to_string()));
    found.push(("date".into(), day(&data.date)));
    found.push(("runs".into(), data.runs.to_string()));
    let mut text = format!("{NOTICE}\n");
    for (name, value) in found {
        text.push_str(&format!(
            "<!-- ANCHOR: {name} -->\n{value}\n<!-- ANCHOR_END: {name} -->\n"
        ));
    }
    text
}

fn median(spread: Option<Spread>) -> String {
    spread.map_or(UNKNOWN.into(), |spread| format_duration(spread.median))
}

fn range(spread: Option<Spread>) -> String {
    spread.map_or(UNKNOWN.into(), |spread| {
        format!(
            "{}–{}",
            format_duration(spread.min),
            format_duration(spread.max)
        )
    })
}

/// 최소–중앙값–최대를 한 칸에 적습니다. 단위는 중앙값에 맞춥니다.
fn spread(spread: Option<Spread>) -> String {
    let Some(Spread { min, median, max }) = spread else {
        return UNKNOWN.into();
    };
    let (unit, scale) = if median < Duration::from_micros(1000) {
        ("µs", 1e6)
    } else if median < Duration::from_secs(1) {
        ("ms", 1e3)
    } else {
        ("s", 1.0)
    };
    let number = |time: Duration| {
        let value = time.as_secs_f64() * scale;
        let digits = if value < 9.995 {
            2
        } else if value < 99.95 {
            1
        } else {
            0
        };
        format!("{value:.digits$}")
    };
    format!("{}–{}–{} {unit}", number(min), number(median), number(max))
}

pub fn times(ratio: Option<f64>) -> String {
    match ratio {
        Some(ratio) if ratio < 9.995 => format!("{ratio:.2}배"),
        Some(ratio) => format!("{ratio:.0}배"),
        None => UNKNOWN.into(),
    }
}

/// 마크다운과 HTML에서 뜻이 있는 글자를 가립니다.
pub fn escape(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' => safe.push_str("&#124;"),
            '{' => safe.push_str("&#123;"),
            '`' | '*' | '_' | '[' | ']' | '\\' => safe.push_str(&format!("&#{};", u32::from(c))),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// 마크다운 표입니다. 한글의 너비에 맞추므로 터미널에서도 줄이 맞습니다.
pub struct Table {
    header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(header: &[&str]) -> Table {
        Table {
            header: header.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// 첫 칸은 왼쪽, 나머지는 오른쪽에 맞춥니다. 글인 칸만 있는 줄은 왼쪽에 맞춥니다.
    pub fn markdown(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| escape(cell)).collect())
            .collect();
        let widths: Vec<usize> = (0..self.header.len())
            .map(|at| {
                let cells = rows.iter().filter_map(|row| row.get(at));
                let longest = cells.map(|cell| display_width(cell)).max().unwrap_or(0);
                longest.max(display_width(&self.header[at])).max(3)
            })
            .collect();
        let is_number = |at: usize| {
            let mut cells = rows.iter().filter_map(|row| row.get(at));
            at > 0
                && cells
                    .all(|cell| cell == UNKNOWN || cell.starts_with(|c: char| c.is_ascii_digit()))
        };
        let line = |cells: &[String]| {
            let padded = cells
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(at, (cell, width))| {
                    let space = " ".repeat(width.saturating_sub(display_width(cell)));
                    if is_number(at) {
                        format!(" {space}{cell} ")
                    } else {
                        format!(" {cell}{space} ")
                    }
                });
            format!("|{}|", padded.collect::<Vec<_>>().join("|"))
        };
        let rule = widths.iter().enumerate().map(|(at, width)| {
            let dashes = "-".repeat(width + 1);
            if is_number(at) {
                format!("{dashes}:")
            } else {
                format!("{dashes}-")
            }
        });
        let mut lines = vec![
            line(&self.header),
            format!("|{}|", rule.collect::<Vec<_>>().join("|")),
        ];
        lines.extend(rows.iter().map(|row| line(row)));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    #[test]
    fn every_figure_has_a_name_even_when_unmeasured() {
        let names = |data: &Data| -> Vec<String> {
            let text = figures(data);
            let lines = text.lines().filter(|line| line.contains("ANCHOR:"));
            lines.map(str::to_owned).collect()
        };
        let full = data::tests::sample();
        let mut empty = full.clone();
        empty.variants.rows.clear();
        empty.creation.clear();
        empty.memory.clear();
        assert_eq!(names(&full), names(&empty));
        assert!(
            names(&full)
                .iter()
                .any(|name| name.contains("sum-fork-2-ratio"))
        );
        assert!(figures(&full).contains("-->\n2.00 ms\n<!-- ANCHOR_END: creation-thread "));
    }

    #[test]
    fn every_table_is_wrapped_with_its_name() {
        let parts = parts(&data::tests::sample(), Whose::Here);
        for part in parts.iter().filter(|part| part.file != "figures.md") {
            let name = part.file.strip_suffix(".md").unwrap();
            let open = format!("\n\n<div class=\"measured\" data-part=\"{name}\">\n\n");
            assert!(part.text.contains(&open), "{}", part.text);
            assert!(part.text.ends_with("</p>\n\n</div>\n"), "{}", part.text);
        }
        assert_eq!(parts.len(), Piece::ALL.len() + 2);
    }

    #[test]
    fn a_piece_measured_again_takes_its_own_place_only() {
        let mut data = data::tests::sample();
        data.merge(data::tests::only(Piece::Io, None));
        for part in parts(&data, Whose::Publisher) {
            let (own, rest) = ("이 컴퓨터(", "펴낸 이의 컴퓨터(");
            let text = &part.text;
            if part.file == "io.md" {
                assert!(text.contains("2026-02-03") && text.contains(own), "{text}");
                assert!(!text.contains(rest), "{text}");
            } else if part.file != "figures.md" {
                assert!(text.contains("2025-01-31") && text.contains(rest), "{text}");
            }
        }
    }

    #[test]
    fn the_noise_is_told_and_so_is_every_try() {
        let mut data = data::tests::sample();
        data.machine.cores = 2;
        data.others = Some(0.5);
        let sum = |data: &Data| piece(Piece::Sum, data, Whose::Here).text;
        let why = "재는 동안 시끄러워 값이 흔들립니다(다른 일이 평균 0.50코어를 썼습니다).";
        assert!(sum(&data).contains(why), "옛 데이터는 다른 일만 압니다");

        data.noise = Some(data::tests::noisy_then_quiet());
        let text = sum(&data);
        let why = "처음에는 시끄러워(다른 일이 평균 9.50코어를 썼습니다, \
                   줄마다의 흔들림의 중앙값이 75%입니다) 다시 쟀고, 2번째에 얻은 값입니다.";
        assert!(text.contains(why), "{text}");
        // 다시 재지 않는 조각은 처음부터 끝까지의 형편을 봅니다.
        let memory = piece(Piece::Memory, &data, Whose::Here).text;
        assert!(!memory.contains("시끄러워"), "{memory}");

        if let Some(noise) = &mut data.noise {
            noise.tries.truncate(1);
            noise.tries.push(noise.tries[0]);
            noise.tries.push(noise.tries[0]);
            noise.kept = 0;
        }
        let text = sum(&data);
        let why = "3번 쟀지만 조용한 때가 없어, 가장 조용했던 1번째의 값을 적었습니다(";
        assert!(text.contains(why), "{text}");
        let machine = machine(&data).markdown();
        for part in [
            "평균 0.01코어",
            "4.00 ms, 3번",
            "2번, 1번째 값을 씀",
            "기다리는 줄의 흔들림",
        ] {
            assert!(machine.contains(part), "{part}\n{machine}");
            assert!(summary(&data).contains(part), "{part}");
        }
    }

    #[test]
    fn strange_names_cannot_break_a_table() {
        let mut table = Table::new(&["이름", "값"]);
        table
            .rows
            .push(vec!["a|b <script> {{#include x}}".into(), "3 ms".into()]);
        let text = table.markdown();
        assert!(!text.contains("<script>") && !text.contains("{{"), "{text}");
        assert_eq!(text.lines().last().unwrap().matches('|').count(), 3);
    }

    #[test]
    fn the_model_stands_beside_the_real_one() {
        let mut data = data::tests::sample();
        assert!(side_by_side(&data).contains("나란히 재지 않았습니다"));
        data.side_by_side = Some(data::tests::both());
        let text = side_by_side(&data);
        assert!(text.contains("| CPython 3.13.0 (GIL 켜짐) |"), "{text}");
        let cells = |line: &str| -> Vec<String> {
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let rows: Vec<_> = text.lines().skip(2).take(2).map(cells).collect();
        assert_eq!(
            rows[0],
            ["", "왕복", "하나", "4.00 ms", "2.00 ms", "0.50배", ""]
        );
        assert_eq!(rows[1], ["", "", "둘", "–", "2.00 ms", "–", ""]);
        assert!(text.contains("한 번에 250 ms씩 3번"), "{text}");
    }

    #[test]
    fn columns_line_up_with_hangul() {
        let mut table = Table::new(&["방식", "값"]);
        table.rows.push(vec!["스레드(목록)".into(), "12 ms".into()]);
        table.rows.push(vec!["a".into(), UNKNOWN.into()]);
        let widths: Vec<usize> = table.markdown().lines().map(display_width).collect();
        assert!(widths.windows(2).all(|two| two[0] == two[1]), "{widths:?}");
        assert!(table.markdown().contains("----:|"));
    }

    #[test]
    fn one_cell_tells_three_values_in_one_unit() {
        let ms = Duration::from_millis;
        let cell = spread(Some(Spread {
            min: ms(9),
            median: ms(40),
            max: ms(1200),
        }));
        assert_eq!(cell, "9.00–40.0–1200 ms");
    }
}
