//! 마지막에 보이는 표입니다.

use std::process::ExitCode;

use noriteo::measure::{Machine, display_width, now_utc, pad};

use crate::{
    contest::{Line, Outcome},
    options::Options,
};

/// 모든 줄을 표 하나로 보이고, 한계를 넘은 줄이 있으면 실패로 끝냅니다.
pub fn show(lines: &[Line], options: &Options) -> ExitCode {
    let mut cells = vec![["줄", "무엇", "값", "구간", "한계", "지켰나"].map(str::to_owned)];
    cells.extend(lines.iter().map(row));
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let all = cells.iter().map(|row| display_width(&row[column]));
        all.max().unwrap_or(0)
    });
    println!();
    for (at, row) in cells.iter().enumerate() {
        let padded: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| pad(cell, width))
            .collect();
        println!("| {} |", padded.join(" | "));
        if at == 0 {
            println!("|-{}-|", widths.map(|width| "-".repeat(width)).join("-|-"));
        }
    }
    println!();
    println!(
        "구간: 중앙값의 95% 신뢰 구간입니다. 가장 빠른 것끼리 견준 줄에서는 둘째로 빠른 것까지의 범위입니다."
    );
    println!("잰 컴퓨터: {}", Machine::detect());
    println!("잰 때: {}", now_utc());
    if options.quick {
        println!("--quick으로 짧게 쟀으므로 증거를 남기지 않았습니다.");
    } else if !options.filters().is_empty() {
        println!("줄을 골라 쟀으므로, 온전히 재지 않은 경기의 증거는 남기지 않았습니다.");
    }
    let broken: Vec<&str> = lines
        .iter()
        .filter(|line| !line.holds())
        .map(|line| line.id.as_str())
        .collect();
    if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        println!("한계를 지키지 못했거나 재지 못한 줄: {}", broken.join(", "));
        ExitCode::FAILURE
    }
}

fn row(line: &Line) -> [String; 6] {
    let none = || "–".to_owned();
    let (figure, interval, bound, kept) = match &line.outcome {
        Outcome::Measured {
            evidence,
            figure,
            unit,
            interval,
            noisy,
            ..
        } => {
            let bound = evidence.bound();
            let mut kept = match (&bound, evidence.holds()) {
                (None, _) => none(),
                (Some(_), true) => "예".to_owned(),
                (Some(_), false) => "아니요".to_owned(),
            };
            if *noisy && bound.is_some() {
                kept += "(시끄러움)";
            }
            (
                format!("{} {unit}", short(*figure)),
                interval.map_or_else(none, |(low, high)| {
                    format!("{}–{}", short(low), short(high))
                }),
                bound.unwrap_or_else(none),
                kept,
            )
        }
        Outcome::LeftOut(why) | Outcome::NotCounted(why) => {
            (none(), none(), none(), format!("거름: {why}"))
        }
        Outcome::Failed(why) => (none(), none(), none(), format!("실패: {why}")),
    };
    [
        line.id.clone(),
        line.what.clone(),
        figure,
        interval,
        bound,
        kept,
    ]
}

/// 크기에 맞는 자릿수로 적습니다.
fn short(figure: f64) -> String {
    let digits = match figure.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 3,
        _ => 5,
    };
    format!("{figure:.digits$}")
}
