//! 구간들을 글로 된 그림으로 그립니다.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write, iter};

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
///           # 더하기  = 기다림  . 쉼
/// ");
/// ```
pub fn timeline(spans: &[Span], width: usize) -> String {
    timeline_named(spans, width, |lane| format!("{lane}번"))
}

/// [`timeline`]과 같되, 줄마다 `name(줄 번호)`를 앞에 붙입니다. 한글의 너비를 셈하여 맞춥니다.
pub fn timeline_named(
    spans: &[Span],
    width: usize,
    name: impl Fn(usize) -> String,
) -> String {
    let width = width.clamp(MIN_WIDTH, MAX_WIDTH);
    let Some(scale) = Scale::of(spans, width) else {
        return "남긴 구간이 없습니다.\n".to_owned();
    };
    let legend = Legend::of(spans);
    let mut lanes: BTreeMap<usize, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        lanes.entry(span.lane).or_default().push(span);
    }

    const AXIS: &str = "시각(ms)";
    let names: BTreeMap<usize, String> =
        lanes.keys().map(|&lane| (lane, one_line(&name(lane)))).collect();
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
    for (lane, spans) in &lanes {
        line(&names[lane], &scale.cells(spans, &legend));
    }
    line("", &legend.line());
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
    labels: Vec<&'a Cow<'static, str>>,
    has_zero: bool,
}

impl<'a> Legend<'a> {
    fn of(spans: &'a [Span]) -> Legend<'a> {
        let mut sorted: Vec<&Span> = spans.iter().collect();
        sorted.sort_by_key(|span| (span.start, span.lane));
        let mut labels = Vec::new();
        for span in sorted {
            if !labels.contains(&&span.label) {
                labels.push(&span.label);
            }
        }
        Legend { labels }
    }
}
