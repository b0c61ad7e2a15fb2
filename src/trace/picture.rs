//! 구간들을 글로 된 그림으로 그립니다.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    fmt::Write,
    iter,
};

use super::Span;
use crate::measure::{display_width, pad};

/// 그림의 가장 좁은 너비(칸)입니다.
pub const MIN_WIDTH: usize = 10;

/// 그림의 가장 넓은 너비(칸)입니다.
pub const MAX_WIDTH: usize = 400;

/// 쉬는 칸입니다.
const IDLE: char = '.';

/// 이름마다 하나씩 차례로 쓰는 글자입니다. 어느 글꼴에서나 한 칸인 ASCII만 씁니다.
const MARKS: &[u8] = b"#=o+x*%@&$abcdefghijklmnpqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// 글자가 모자랄 때 나머지 이름이 함께 쓰는 글자입니다.
const OTHERS: char = '?';

/// 구간들을 그립니다. 한 줄이 한 일꾼이고, 글자가 무슨 일인지 알려 줍니다.
///
/// `width`는 그림의 칸 수이며 [`MIN_WIDTH`]와 [`MAX_WIDTH`] 사이로 맞춥니다.
/// 가장 이른 시작이 왼쪽 끝(0 ms), 가장 늦은 끝이 오른쪽 끝입니다.
/// 한 칸에 여러 일이 있으면 가장 오래 한 일을 그립니다. 아주 짧은 일도 그 칸에 다른 일이 없으면 보입니다.
///
/// ```
/// use std::time::Duration;
/// use noriteo::trace::{Span, timeline};
///
/// let ms = Duration::from_millis;
/// let spans = [
///     Span::new(0, "더하기", ms(0), ms(10)),
///     Span::new(1, "기다림", ms(0), ms(10)),
///     Span::new(1, "더하기", ms(10), ms(20)),
/// ];
/// assert_eq!(timeline(&spans, 20), "\
/// 시각(ms)  0         10
///           |---------|---------
/// 0번       ##########..........
/// 1번       ==========##########
///           ## 더하기  = 기다림  . 쉼
/// ");
/// ```
pub fn timeline(spans: &[Span], width: usize) -> String {
    timeline_named(spans, width, |lane| format!("{lane}번"))
}

/// [`timeline`]과 같되, 줄마다 `name(줄 번호)`를 앞에 붙입니다. 한글의 너비를 셈하여 맞춥니다.
pub fn timeline_named(spans: &[Span], width: usize, name: impl Fn(usize) -> String) -> String {
    draw(spans, width, name, &Legend::of(spans))
}

/// [`timeline_named`]와 같되, 이름마다 쓸 글자를 정해 줍니다. 그 밖의 이름은 없어야 합니다.
pub(super) fn with_marks(
    spans: &[Span],
    width: usize,
    name: impl Fn(usize) -> String,
    marks: &[(&str, char)],
) -> String {
    draw(spans, width, name, &Legend::fixed(marks))
}

fn draw(
    spans: &[Span],
    width: usize,
    name: impl Fn(usize) -> String,
    legend: &Legend<'_>,
) -> String {
    let width = width.clamp(MIN_WIDTH, MAX_WIDTH);
    let Some(scale) = Scale::of(spans, width) else {
        return "남긴 구간이 없습니다.\n".to_owned();
    };
    let mut lanes: BTreeMap<usize, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        lanes.entry(span.lane).or_default().push(span);
    }

    const AXIS: &str = "시각(ms)";
    let names: BTreeMap<usize, String> = lanes
        .keys()
        .map(|&lane| (lane, one_line(&name(lane))))
        .collect();
    let margin = names
        .values()
        .map(|name| display_width(name))
        .chain(iter::once(display_width(AXIS)))
        .max()
        .unwrap_or(0)
        + 2;

    let (labels, ticks) = scale.axis();
    let mut picture = String::new();
    let mut line = |head: &str, body: &str| {
        let text = format!("{}{body}", pad(head, margin));
        // 글에 쓰는 것은 실패하지 않습니다.
        let _ = writeln!(picture, "{}", text.trim_end());
    };
    line(AXIS, &labels);
    line("", &ticks);
    let mut drawn = String::new();
    for (lane, spans) in &lanes {
        let cells = scale.cells(spans, legend);
        line(&names[lane], &cells);
        drawn.push_str(&cells);
    }
    line("", &legend.line(&drawn));
    picture
}

/// 줄바꿈처럼 줄을 흩뜨리는 글자를 빈칸으로 바꿉니다.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// 이름과 글자의 짝입니다. 먼저 시작한 이름이 앞에 옵니다.
struct Legend<'a> {
    labels: Vec<&'a str>,
    index: HashMap<&'a str, usize>,
    marks: Vec<char>,
    only_drawn: bool,
}

impl<'a> Legend<'a> {
    fn of(spans: &'a [Span]) -> Legend<'a> {
        let mut sorted: Vec<&Span> = spans.iter().collect();
        sorted.sort_by_key(|span| (span.start, span.lane));
        let mut legend = Legend {
            labels: Vec::new(),
            index: HashMap::new(),
            marks: MARKS.iter().map(|&mark| char::from(mark)).collect(),
            only_drawn: false,
        };
        for span in sorted {
            let next = legend.labels.len();
            legend.index.entry(&span.label).or_insert_with(|| {
                legend.labels.push(&span.label);
                next
            });
        }
        legend
    }

    fn fixed(marks: &[(&'a str, char)]) -> Legend<'a> {
        let labels: Vec<&str> = marks.iter().map(|&(label, _)| label).collect();
        Legend {
            index: labels.iter().copied().zip(0..).collect(),
            labels,
            marks: marks.iter().map(|&(_, mark)| mark).collect(),
            only_drawn: true,
        }
    }

    fn mark(&self, index: usize) -> char {
        self.marks.get(index).copied().unwrap_or(OTHERS)
    }

    /// 이 이름이 몇째인지입니다.
    fn index_of(&self, label: &str) -> usize {
        self.index.get(label).copied().unwrap_or(usize::MAX)
    }

    /// 범례의 줄입니다. 글자를 정해 준 것은 그린 것만 적습니다.
    fn line(&self, drawn: &str) -> String {
        let mut entries: Vec<String> = self
            .labels
            .iter()
            .zip(&self.marks)
            .filter(|&(_, &mark)| !self.only_drawn || drawn.contains(mark))
            .map(|(label, mark)| format!("{mark} {}", one_line(label)))
            .collect();
        if self.labels.len() > self.marks.len() {
            entries.push(format!("{OTHERS} 그 밖"));
        }
        entries.push(format!("{IDLE} 쉼"));
        entries.join("  ")
    }
}

/// 시각(나노초)과 칸 사이의 자입니다. 칸 수를 곱한 정수로 셈하여 반올림이 없습니다.
struct Scale {
    origin: u128,
    total: u128,
    width: u128,
}

impl Scale {
    /// 구간이 하나도 없으면 `None`입니다.
    fn of(spans: &[Span], width: usize) -> Option<Scale> {
        let origin = spans.iter().map(|span| span.start).min()?.as_nanos();
        let ends = spans.iter().map(|span| span.start.max(span.end));
        let end = ends.max()?.as_nanos();
        Some(Scale {
            origin,
            // 길이가 모두 0이어도 자에는 길이가 있어야 합니다.
            total: (end - origin).max(1000),
            width: width as u128,
        })
    }

    /// 가장 이른 시작부터 센 나노초가 몇째 칸인지입니다.
    fn cell(&self, at: u128) -> u128 {
        (at * self.width / self.total).min(self.width - 1)
    }

    /// 한 일꾼의 줄을 그립니다.
    fn cells(&self, spans: &[&Span], legend: &Legend<'_>) -> String {
        // 칸마다, 몇째 이름이 얼마나 있었는지입니다.
        let mut seen: Vec<BTreeMap<usize, u128>> = vec![BTreeMap::new(); self.width as usize];
        for span in spans {
            let start = span.start.as_nanos() - self.origin;
            let end = span.start.max(span.end).as_nanos() - self.origin;
            let label = legend.index_of(&span.label);
            for cell in self.cell(start)..=self.cell(end) {
                let low = (start * self.width).max(cell * self.total);
                let high = (end * self.width).min((cell + 1) * self.total);
                // 끝이 칸의 경계에 닿기만 한 칸은 그리지 않습니다. 시작한 칸은 언제나 그립니다.
                if low < high || cell == self.cell(start) {
                    *seen[cell as usize].entry(label).or_default() += high.saturating_sub(low);
                }
            }
        }
        seen.iter()
            .map(|labels| {
                let longest = labels
                    .iter()
                    .max_by_key(|&(&label, &length)| (length, Reverse(label)));
                longest.map_or(IDLE, |(&label, _)| legend.mark(label))
            })
            .collect()
    }

    /// 시각을 적은 줄과 눈금을 그은 줄입니다.
    fn axis(&self) -> (String, String) {
        let step = self.step();
        let mut labels = String::new();
        let mut ticks: Vec<char> = vec!['-'; self.width as usize];
        let mut at = 0;
        while at * self.width / self.total < self.width {
            let column = (at * self.width / self.total) as usize;
            ticks[column] = '|';
            if column == 0 || column > labels.len() {
                labels = format!("{labels:column$}{}", millis(at, step));
            }
            at += step;
        }
        (labels, ticks.into_iter().collect())
    }

    /// 눈금 사이가 열 칸 이상이 되는 가장 작은 1, 2, 5 × 10ⁿ 나노초입니다.
    fn step(&self) -> u128 {
        let mut unit = 1;
        loop {
            for step in [unit, 2 * unit, 5 * unit] {
                if step * self.width >= 10 * self.total {
                    return step;
                }
            }
            unit *= 10;
        }
    }
}

/// 나노초를 ms로 적습니다. 소수점 아래는 눈금 간격을 나타내는 데 필요한 만큼만 적습니다.
fn millis(nanos: u128, step: u128) -> String {
    const MS: u128 = 1_000_000;
    if nanos == 0 {
        return "0".to_owned();
    }
    let mut digits = 0;
    let mut unit = MS;
    while !step.is_multiple_of(unit) {
        digits += 1;
        unit /= 10;
    }
    if digits == 0 {
        return (nanos / MS).to_string();
    }
    format!("{}.{:0digits$}", nanos / MS, nanos % MS / unit)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn us(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    #[test]
    fn no_spans_draw_no_picture() {
        assert_eq!(timeline(&[], 40), "남긴 구간이 없습니다.\n");
    }

    #[test]
    fn hangul_names_line_up() {
        let spans = [
            Span::new(0, "쥠", us(1000), us(1500)),
            Span::new(1, "쥠", us(1500), us(2000)),
        ];
        let names = ["부모", "둘째 아이"];
        let picture = timeline_named(&spans, 10, |lane| names[lane].to_owned());
        assert_eq!(
            picture,
            "\
시각(ms)   0
           |---------
부모       #####.....
둘째 아이  .....#####
           # 쥠  . 쉼
"
        );
    }

    #[test]
    fn the_longest_label_wins_a_cell_and_the_short_one_shows_when_alone() {
        let spans = [
            // 첫 칸(0–100 µs)에서 가는 30 µs, 나는 60 µs 있었습니다.
            Span::new(0, "가", us(0), us(30)),
            Span::new(0, "나", us(30), us(90)),
            // 길이가 0이어도 혼자이면 보입니다. 거꾸로 된 구간도 길이가 0인 것입니다.
            Span::new(0, "다", us(350), us(350)),
            Span::new(0, "라", us(550), us(500)),
            // 길이가 0인 것은 다른 일이 있는 칸에서 보이지 않습니다.
            Span::new(0, "마", us(850), us(850)),
            Span::new(0, "가", us(800), us(1000)),
        ];
        let picture = timeline(&spans, 10);
        let line = picture.lines().nth(2);
        assert_eq!(line, Some("0번       =..o.+..##"));
    }

    #[test]
    fn widths_are_kept_in_bounds() {
        let spans = [Span::new(0, "일", us(0), us(7777))];
        for (asked, drawn) in [(0, 10), (10, 10), (37, 37), (usize::MAX, 400)] {
            let picture = timeline(&spans, asked);
            let line = picture.lines().nth(2).unwrap();
            assert_eq!(line.matches('#').count(), drawn);
            assert_eq!(picture.lines().nth(1).unwrap().trim_start().len(), drawn);
        }
    }

    #[test]
    fn odd_spans_do_not_panic() {
        let extremes = [Duration::ZERO, us(1), Duration::MAX];
        for start in extremes {
            for end in extremes {
                let spans = [
                    Span::new(usize::MAX, "줄\n바꿈", start, end),
                    Span::new(0, "", end, start),
                ];
                let picture = timeline(&spans, 20);
                assert_eq!(picture.lines().count(), 5, "{picture}");
            }
        }
    }

    #[test]
    fn labels_beyond_the_alphabet_share_one_mark() {
        let spans: Vec<Span> = (0..MARKS.len() + 5)
            .map(|i| Span::new(i, format!("{i}째"), us(0), us(10)))
            .collect();
        let picture = timeline(&spans, 10);
        let legend = picture.lines().last().unwrap();
        assert!(legend.ends_with("? 그 밖  . 쉼"));
        assert_eq!(picture.matches("??????????").count(), 5);
        let unique: std::collections::BTreeSet<_> = MARKS.iter().collect();
        assert_eq!(unique.len(), MARKS.len());
    }

    #[test]
    fn ticks_stand_at_round_times() {
        let spans = [Span::new(0, "일", us(0), us(50))];
        let picture = timeline(&spans, 40);
        let axis = picture.lines().next().unwrap();
        assert_eq!(axis, "시각(ms)  0               0.02            0.04");
        assert_eq!(millis(1_234_000_000, 2_000_000), "1234");
        assert_eq!(millis(1_500_000, 500_000), "1.5");
        assert_eq!(millis(3, 1), "0.000003");
    }
}
