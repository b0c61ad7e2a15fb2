//! 그림도 스크립트도 다른 파일도 부르지 않는 쪽입니다.

use std::fmt::Write;

use super::{Class, Line, word};
use crate::check::{Judged, Mark, Report};

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 1rem/1.7 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif;
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; word-break: keep-all; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid color-mix(in srgb, currentColor 30%, transparent); padding: .3rem .6rem;
  text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); }
p.seen { margin: .2rem 0 0; white-space: pre-wrap; }
";

/// 한 학생의 쪽입니다. 그 학생에게만 보냅니다.
pub fn student(class: &Class<'_>, index: usize) -> String {
    let student = &class.roster[index];
    let (total, full) = class.total(index);
    let who = if student.name.is_empty() {
        student.id.clone()
    } else {
        format!("{} {}", student.id, student.name)
    };
    let mut body = format!("<h1>{}</h1>\n", escape(&who));
    match total {
        Some(total) => write_to(&mut body, format_args!("<p>합계 {total}/{full}점</p>\n")),
        None => body += "<p>아직 채점하지 못한 문제가 있습니다. 여러분의 잘못이 아닙니다.</p>\n",
    }
    for (exercise, line) in class.exercises.iter().zip(&class.lines[index]) {
        let title = format!("{} {}", exercise.meta.id, exercise.meta.title);
        write_to(&mut body, format_args!("<h2>{}</h2>\n", escape(&title)));
        match line {
            Line::Graded { report, .. } => graded(&mut body, report),
            Line::Fault => {
                body +=
                    "<p>채점하는 쪽의 잘못으로 아직 채점하지 못했습니다. 점수가 아닙니다.</p>\n";
            }
            Line::Waiting => body += "<p>아직 채점하지 않았습니다.</p>\n",
        }
    }
    page("성적", &body)
}

fn graded(body: &mut String, report: &Report) {
    write_to(
        body,
        format_args!("<p>{}/{}점</p>\n", report.points, report.full),
    );
    if let Some(said) = &report.refused {
        write_to(body, format_args!("<pre>{}</pre>\n", escape(said)));
        return;
    }
    *body += "<div class=\"wide\"><table><tr><th>보는 것</th><th>결과</th><th class=\"n\">점수</th></tr>\n";
    for judged in &report.checks {
        write_to(
            body,
            format_args!(
                "<tr><td>{}{}</td><td>{}</td><td class=\"n\">{}/{}</td></tr>\n",
                escape(&judged.title),
                seen(judged),
                word(judged.result),
                judged.points,
                judged.full
            ),
        );
    }
    *body += "</table></div>\n";
}

fn seen(judged: &Judged) -> String {
    let told = super::told(judged);
    if judged.result == Mark::Passed || told.is_empty() {
        return String::new();
    }
    format!("<p class=\"seen\">{}</p>", escape(&told))
}

/// 반 전체의 쪽입니다. 이름도 학번도 순위도 없으므로 함께 보아도 됩니다.
pub fn class(class: &Class<'_>) -> String {
    let mut body = format!("<h1>우리 반</h1>\n<p>{}명</p>\n", class.roster.len());
    if class.visible_only {
        body += "<p>공개된 검사만 보았습니다.</p>\n";
    }
    body += "<div class=\"wide\"><table><tr><th>문제</th><th class=\"n\">냈음</th><th class=\"n\">만점</th>\
             <th class=\"n\">평균</th><th class=\"n\">채점 못 함</th></tr>\n";
    for (at, exercise) in class.exercises.iter().enumerate() {
        let column = class.lines.iter().map(|lines| &lines[at]);
        let (mut handed, mut full, mut sum, mut graded, mut faults) = (0, 0, 0, 0, 0);
        for line in column {
            match line {
                Line::Graded {
                    report, missing, ..
                } => {
                    graded += 1;
                    handed += u32::from(!missing);
                    full += u32::from(report.points == report.full);
                    sum += report.points;
                }
                Line::Fault => faults += 1,
                Line::Waiting => {}
            }
        }
        let mean = if graded == 0 {
            "–".to_owned()
        } else {
            format!(
                "{:.1}/{}",
                f64::from(sum) / f64::from(graded),
                class.full(exercise)
            )
        };
        write_to(
            &mut body,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{handed}</td><td class=\"n\">{full}</td>\
                 <td class=\"n\">{mean}</td><td class=\"n\">{faults}</td></tr>\n",
                escape(&format!("{} {}", exercise.meta.id, exercise.meta.title))
            ),
        );
    }
    body += "</table></div>\n<h2>검사마다 지나간 사람</h2>\n<div class=\"wide\"><table>\
             <tr><th>문제</th><th>보는 것</th><th class=\"n\">지나감</th></tr>\n";
    for (at, exercise) in class.exercises.iter().enumerate() {
        for check in &exercise.meta.checks {
            if class.visible_only && !check.visible {
                continue;
            }
            let passed = class.lines.iter().filter(|lines| match &lines[at] {
                Line::Graded { report, .. } => report
                    .checks
                    .iter()
                    .any(|judged| judged.check == check.id && judged.result == Mark::Passed),
                Line::Waiting | Line::Fault => false,
            });
            write_to(
                &mut body,
                format_args!(
                    "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>\n",
                    escape(&exercise.meta.id),
                    escape(&check.title),
                    passed.count()
                ),
            );
        }
    }
    body += "</table></div>\n";
    page("우리 반의 성적", &body)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn write_to(body: &mut String, text: std::fmt::Arguments<'_>) {
    // 문자열에 적는 일은 실패하지 않습니다.
    let _ = body.write_fmt(text);
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            _ => safe.push(c),
        }
    }
    safe
}
