//! 수치를 사람이 읽을 글로 바꿉니다.

use std::time::Duration;

/// 걸린 시간을 알맞은 단위와 유효 숫자 셋으로 적습니다.
///
/// 단위는 ns, µs, ms, s 가운데 하나입니다. 1000초가 넘어도 초로 적습니다.
///
/// ```
/// use std::time::Duration;
/// use noriteo::measure::format_duration;
///
/// assert_eq!(format_duration(Duration::from_micros(40_123)), "40.1 ms");
/// assert_eq!(format_duration(Duration::from_millis(4_600)), "4.60 s");
/// ```
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos < 1000 {
        return format!("{nanos} ns");
    }
    scaled(nanos as f64, 1000.0, &["ns", "µs", "ms", "s"])
}

/// 크기를 알맞은 단위(B, KiB, MiB, GiB, TiB)와 유효 숫자 셋으로 적습니다. 1 KiB는 1024바이트입니다.
///
/// ```
/// assert_eq!(noriteo::measure::format_bytes(3 * 1024 * 1024 / 2), "1.50 MiB");
/// ```
pub fn format_bytes(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    scaled(bytes as f64, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"])
}

/// 수를 세 자리마다 쉼표로 끊어 적습니다.
///
/// ```
/// assert_eq!(noriteo::measure::format_count(100_000_000), "100,000,000");
/// ```
pub fn format_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// 반올림한 뒤에도 `step`보다 작도록 단위를 골라 적습니다.
fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    // 999.6 µs는 1000 µs가 아니라 1.00 ms입니다.
    while value >= step - 0.5 {
        let Some(next) = units.next() else { break };
        unit = next;
        value /= step;
    }
    let digits = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}

/// 글자 너비가 같은 글꼴에서 글이 차지하는 칸 수입니다. 한글은 두 칸입니다.
///
/// 유니코드의 East Asian Width에서 넓은 글자(W, F)를 두 칸, 앞 글자에 얹히는 글자를 0칸,
/// 나머지를 한 칸으로 셉니다.
///
/// ```
/// assert_eq!(noriteo::measure::display_width("스레드 2"), 8);
/// ```
pub fn display_width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c {
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => 0,
        // 결합 문자, 한글 자모의 중성과 종성, 너비 없는 글자
        '\u{300}'..='\u{36f}'
        | '\u{1160}'..='\u{11ff}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2060}'..='\u{2064}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97c}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff01}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// 글 뒤를 빈칸으로 채워 `width`칸에 맞춥니다. 이미 더 길면 그대로 돌려줍니다.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(display_width(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_significant_digits() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (9_994, "9.99 µs"),
            (9_996, "10.0 µs"),
            (99_960, "100 µs"),
            (999_499, "999 µs"),
            (999_600, "1.00 ms"),
            (40_123_000, "40.1 ms"),
            (999_999_999, "1.00 s"),
            (4_600_000_000, "4.60 s"),
            (12_345_000_000_000, "12345 s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(format_duration(Duration::from_nanos(nanos)), text);
        }
        assert!(format_duration(Duration::MAX).ends_with(" s"));
    }

    #[test]
    fn bytes_are_counted_by_1024() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (1_048_575, "1.00 MiB"),
            (8 << 30, "8.00 GiB"),
            (1 << 50, "1024 TiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(format_bytes(bytes), text);
        }
    }

    #[test]
    fn counts_are_grouped_by_three() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ];
        for (count, text) in cases {
            assert_eq!(format_count(count), text);
        }
    }

    #[test]
    fn hangul_takes_two_columns() {
        assert_eq!(display_width("abc"), 3);
        assert_eq!(display_width("방식"), 4);
        assert_eq!(display_width("µ–…"), 3);
        // 맥의 파일 이름처럼 자모로 풀어 쓴 '한'도 두 칸입니다.
        assert_eq!(display_width("\u{1112}\u{1161}\u{11ab}"), 2);
        assert_eq!(pad("큐", 5), "큐   ");
        assert_eq!(pad("프로세스", 3), "프로세스");
    }
}
