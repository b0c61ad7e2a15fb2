//! 엑셀에서 여는 표입니다: UTF-8 BOM, CRLF, NFC 이름, 식으로 읽히지 않는 칸.

use super::{Class, Line};
use crate::fault::{Fault, Result};

/// 엑셀은 이것이 있어야 UTF-8로 읽습니다.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// `grades.csv`의 바이트입니다.
pub fn grades(class: &Class<'_>) -> Result<Vec<u8>> {
    let fault = |error: csv::Error| Fault(format!("표를 적지 못했습니다: {error}"));
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BOM.to_vec());
    let mut head = vec!["학번".to_owned(), "이름".to_owned()];
    head.extend(class.exercises.iter().map(|one| one.meta.id.clone()));
    head.extend(["합계", "만점", "적을 것"].map(str::to_owned));
    writer
        .write_record(head.iter().map(|cell| plain(cell)))
        .map_err(fault)?;
    for (index, student) in class.roster.iter().enumerate() {
        let mut row = vec![student.id.clone(), student.name.clone()];
        let mut notes = Vec::new();
        for (exercise, line) in class.exercises.iter().zip(&class.lines[index]) {
            let id = &exercise.meta.id;
            row.push(match line {
                Line::Graded {
                    report, missing, ..
                } => {
                    match &report.refused {
                        _ if *missing => notes.push(format!("{id} 내지 않음")),
                        // 컴파일러의 말은 길므로 첫 문장만 적습니다.
                        Some(said) => {
                            notes.push(format!("{id} {}", said.lines().next().unwrap_or_default()))
                        }
                        None => {}
                    }
                    report.points.to_string()
                }
                Line::Fault => {
                    notes.push(format!("{id} 채점하지 못함"));
                    String::new()
                }
                Line::Waiting => {
                    notes.push(format!("{id} 아직"));
                    String::new()
                }
            });
        }
        let (total, full) = class.total(index);
        row.push(total.map_or_else(String::new, |total| total.to_string()));
        row.push(full.to_string());
        row.push(notes.join(", "));
        writer
            .write_record(row.iter().map(|cell| plain(cell)))
            .map_err(fault)?;
    }
    writer
        .into_inner()
        .map_err(|error| Fault(format!("표를 적지 못했습니다: {error}")))
}

/// 칸이 식으로 읽히지 않게 합니다(OWASP, CSV Injection). 이 표에는 음수가 없습니다.
pub fn plain(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}
