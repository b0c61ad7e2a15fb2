//! 표 하나를 SVG 막대그림으로 그립니다.
//!
//! 막대의 끝이 중앙값이고, 그 위의 가는 줄이 최소에서 최대까지입니다. 값은 막대 옆에 그대로 적습니다.
//! 종류는 색으로만 가리지 않고 무늬로도 가립니다. 색은 `book/theme/chart.css`의 변수에서 가져옵니다.
//! 중앙값들이 [`LOG_FROM`]배 넘게 벌어지거나 늘 그럴 만한 것([`Panel::log`])만 로그 눈금을 쓰고, 그렇다고 축에 적습니다.

use std::fmt::Write;

use noriteo::measure::{Spread, Value, display_width};

use crate::parts::escape;

/// 그림의 너비입니다. 폰(390 px)에서 0.75배로 줄어도 글자가 9 px보다 큽니다.
const WIDTH: f64 = 480.0;
const FONT: f64 = 13.0;
/// 한글 한 글자가 두 칸이고 한 칸은 글자 크기의 반쯤입니다.
const COLUMN: f64 = FONT * 0.54;
/// 글 한 줄의 높이, 막대의 두께, 줄과 줄 사이입니다.
const LINE: f64 = 17.0;
const BAR: f64 = 12.0;
const GAP: f64 = 8.0;
/// 이름이 그림의 이만큼보다 길면 막대의 왼쪽이 아니라 위에 둡니다.
const BESIDE: f64 = 0.42;

/// 중앙값들이 이만큼 넘게 벌어지면 짧은 막대가 보이지 않으므로 로그 눈금을 씁니다.
const LOG_FROM: f64 = 100.0;

/// 로그가 아닌 눈금은 가장 긴 막대의 이만큼까지만 그립니다. 한 번 튄 값이 모든 막대를 납작하게 만들지 않습니다.
const CLIP: f64 = 1.6;

/// 막대그림 하나입니다.
#[derive(Clone, Debug)]
pub struct Chart {
    /// 그림의 id는 앞에 `chart-`를 붙인 것입니다.
    pub name: String,
    /// 그림의 제목입니다.
    pub title: String,
    /// 위에서 아래로 놓습니다. 저마다 제 축이 있습니다.
    pub panels: Vec<Panel>,
    /// 견줄 자리([`Bar::marks`])의 이름입니다. 예: `이상`.
    pub mark: String,
    /// [`Kind::Other`]의 이름입니다. 예: `파이썬`.
    pub other: String,
}

/// 한 축을 함께 쓰는 막대들입니다.
#[derive(Clone, Debug)]
pub struct Panel {
    /// 여러 축이 있을 때 무엇의 축인지입니다.
    pub title: Option<String>,
    /// 축의 이름입니다.
    pub axis: String,
    /// 값의 단위입니다.
    pub unit: Unit,
    /// 벌어진 만큼을 보지 않고 늘 로그 눈금을 씁니다.
    pub log: bool,
    /// 줄들입니다.
    pub rows: Vec<Row>,
}

/// 줄 하나입니다.
#[derive(Clone, Debug)]
pub enum Row {
    /// 아래 막대들의 제목입니다.
    Heading(String),
    /// 막대입니다.
    Bar(Bar),
}

/// 막대 하나입니다.
#[derive(Clone, Debug)]
pub struct Bar {
    /// 이름입니다.
    pub label: String,
    /// 누구의 값인지입니다. 무늬가 다릅니다.
    pub kind: Kind,
    /// 중앙값입니다. 없으면 이름과 글만 적습니다.
    pub value: Option<f64>,
    /// 최소와 최대입니다.
    pub range: Option<(f64, f64)>,
    /// 막대 옆에 적을 값입니다.
    pub told: String,
    /// 견줄 자리들입니다.
    pub marks: Vec<f64>,
}

/// 누구의 값인지입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 이 책의 크레이트입니다.
    Ours,
    /// 견줄 다른 것입니다(이 컴퓨터의 파이썬, 다른 라이브러리).
    Other,
    /// 기사의 값입니다.
    Article,
}

/// 값의 단위입니다. 눈금을 적는 법이 다릅니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 몇 배인지입니다.
    Times,
    /// 나노초입니다.
    Nanos,
    /// 바이트입니다.
    Bytes,
    /// 횟수입니다.
    Count,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Ours, Kind::Other, Kind::Article];

    fn name(self) -> &'static str {
        match self {
            Kind::Ours => "ours",
            Kind::Other => "other",
            Kind::Article => "article",
        }
    }

    /// 바탕색 위에 긋는 무늬입니다.
    fn drawn(self) -> &'static str {
        match self {
            Kind::Ours => "",
            Kind::Other => "<path d=\"M-1 7L7 -1M-1 1L1 -1M5 7L7 5\"/>",
            Kind::Article => "<path d=\"M1 1.5h1.5M4 4.5h1.5\"/>",
        }
    }
}

impl Unit {
    /// 눈금에 적을 글입니다.
    fn tick(self, value: f64) -> String {
        let (step, units): (f64, &[&str]) = match self {
            Unit::Times | Unit::Count => return plain(value),
            Unit::Nanos => (1000.0, &["ns", "µs", "ms", "s"]),
            Unit::Bytes => (1024.0, &["B", "KiB", "MiB", "GiB"]),
        };
        if value == 0.0 {
            return "0".to_owned();
        }
        let (mut value, mut at) = (value, 0);
        while value >= step * 0.999 && at + 1 < units.len() {
            value /= step;
            at += 1;
        }
        format!("{} {}", plain(value), units[at])
    }

    /// 눈금 사이를 고르는 단위입니다. 바이트는 1024배마다, 나머지는 열 배마다 같은 꼴입니다.
    fn scale(self, most: f64) -> f64 {
        let mut scale = 1.0;
        while self == Unit::Bytes && most / scale >= 1024.0 {
            scale *= 1024.0;
        }
        scale
    }
}

/// 뜻 없는 0을 뗀 수입니다.
fn plain(value: f64) -> String {
    if value.abs() >= 1e15 {
        return format!("{value:.0e}");
    }
    let digits = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size => (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// 눈금 사이입니다: `least` 이상인 가장 작은 1, 2, 5 × 10ⁿ입니다.
fn step(least: f64) -> f64 {
    let unit = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * unit)
        .find(|&step| step >= least * 0.999_999)
        .unwrap_or(10.0 * unit)
}

/// 값을 가로 자리로 옮기는 축입니다.
#[derive(Clone, Debug, PartialEq)]
struct Scale {
    log: bool,
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Scale {
    fn of(panel: &Panel) -> Scale {
        let bars = || panel.bars();
        let good = |value: &f64| value.is_finite() && *value > 0.0;
        let values: Vec<f64> = bars().filter_map(|bar| bar.value).filter(good).collect();
        let ends = bars()
            .filter_map(|bar| bar.range)
            .flat_map(|(min, max)| [min, max]);
        let marks = bars().flat_map(|bar| bar.marks.iter().copied());
        let all: Vec<f64> = ends
            .chain(values.iter().copied())
            .chain(marks.clone())
            .filter(good)
            .collect();
        let (least, most) = least_and_most(&values);
        if most / least >= LOG_FROM || (panel.log && !values.is_empty()) {
            let (least, most) = least_and_most(&all);
            let [low, high] = [least.log10().floor(), most.log10().ceil()];
            let high = high.max(low + 1.0);
            // 눈금이 겹치지 않을 만큼만 적습니다.
            let every = ((high - low) / 6.0).ceil().max(1.0);
            let mut ticks = Vec::new();
            let mut power = low;
            while power <= high {
                ticks.push(10_f64.powf(power));
                power += every;
            }
            let [low, high] = [low, high].map(|power| 10_f64.powf(power));
            return Scale {
                log: true,
                low,
                high,
                ticks,
            };
        }
        let (_, farthest) = least_and_most(&all);
        let (_, mark) = least_and_most(&marks.filter(good).collect::<Vec<_>>());
        let base = if values.is_empty() { 1.0 } else { most };
        let mark = if mark.is_finite() { mark } else { 0.0 };
        let high = farthest
            .min((base * CLIP).max(mark * 1.05))
            .max(base * 1.02);
        let scale = panel.unit.scale(high);
        let step = step(high / scale / 5.0) * scale;
        let mut ticks = vec![0.0];
        while ticks.len() as f64 * step <= high * 1.0001 {
            ticks.push(ticks.len() as f64 * step);
        }
        Scale {
            log: false,
            low: 0.0,
            high,
            ticks,
        }
    }

    /// 0과 1 사이의 자리입니다. 축을 벗어나면 끝에 붙습니다.
    fn at(&self, value: f64) -> f64 {
        let part = if self.log {
            (value.max(self.low).log10() - self.low.log10())
                / (self.high.log10() - self.low.log10())
        } else {
            value / self.high
        };
        if part.is_nan() {
            0.0
        } else {
            part.clamp(0.0, 1.0)
        }
    }
}

/// 가장 작은 것과 가장 큰 것입니다. 비었으면 뒤집힌 무한대라 나누면 0입니다.
fn least_and_most(values: &[f64]) -> (f64, f64) {
    let fold = |first, pick: fn(f64, f64) -> f64| values.iter().copied().fold(first, pick);
    (
        fold(f64::INFINITY, f64::min),
        fold(f64::NEG_INFINITY, f64::max),
    )
}

impl Panel {
    fn bars(&self) -> impl Iterator<Item = &Bar> + Clone {
        self.rows.iter().filter_map(|row| match row {
            Row::Bar(bar) => Some(bar),
            Row::Heading(_) => None,
        })
    }
}

impl Bar {
    /// 중앙값과 최소와 최대를 `number`로 바꾸어 막대로 만듭니다.
    pub fn of<T: Value>(
        label: impl Into<String>,
        kind: Kind,
        spread: Option<Spread<T>>,
        number: impl Fn(T) -> f64,
        told: String,
    ) -> Bar {
        Bar {
            label: label.into(),
            kind,
            value: spread.map(|spread| number(spread.median)),
            range: spread.map(|spread| (number(spread.min), number(spread.max))),
            told,
            marks: Vec::new(),
        }
    }

    /// 견줄 자리를 더합니다.
    pub fn marked(mut self, mark: Option<f64>) -> Bar {
        self.marks.extend(mark);
        self
    }
}

/// 이름과 값을 놓을 자리입니다.
struct Layout {
    /// 막대가 시작하고 끝나는 자리입니다.
    left: f64,
    right: f64,
    /// 이름을 막대의 위에 둡니다.
    above: bool,
}

impl Layout {
    fn of(chart: &Chart) -> Layout {
        let bars = || chart.panels.iter().flat_map(Panel::bars);
        let widest = |text: fn(&Bar) -> &str| {
            let columns = bars().map(|bar| display_width(text(bar))).max();
            columns.unwrap_or(0) as f64 * COLUMN
        };
        let label = widest(|bar| &bar.label) + 8.0;
        let told = (widest(|bar| &bar.told) + 8.0).min(WIDTH * 0.45);
        let above = label > WIDTH * BESIDE;
        Layout {
            left: if above { 2.0 } else { label },
            right: WIDTH - told,
            above,
        }
    }

    fn x(&self, scale: &Scale, value: f64) -> f64 {
        self.left + scale.at(value) * (self.right - self.left)
    }
}

impl Chart {
    /// 마크다운이 그대로 싣는 HTML로 적습니다. 빈 줄이 없어야 도중에 끊기지 않습니다. 그릴 막대가 없으면 비어 있습니다.
    pub fn figure(&self) -> String {
        let mut bars = self.panels.iter().flat_map(Panel::bars);
        if !bars.any(|bar| bar.value.is_some_and(f64::is_finite)) {
            return String::new();
        }
        format!(
            "<figure class=\"chart\" id=\"chart-{}\">\n{}<figcaption><strong>{}.</strong> {}</figcaption>\n</figure>",
            self.name,
            self.svg(),
            escape(&self.title),
            escape(&self.how_to_read()),
        )
    }

    fn svg(&self) -> String {
        let layout = Layout::of(self);
        let mut body = String::new();
        let mut y = 4.0;
        for panel in &self.panels {
            y = panel.draw(&layout, y, self, &mut body);
        }
        let (legend, height) = self.legend(y + 4.0);
        let id = format!("chart-{}", self.name);
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height:.1}\" width=\"{WIDTH}\" font-size=\"{FONT}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\" xmlns=\"http://www.w3.org/2000/svg\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{desc}</desc>\n\
             {patterns}{body}{legend}</svg>\n",
            title = escape(&self.title),
            desc = escape(&self.told()),
            patterns = self.patterns(),
        )
    }

    fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|&kind| {
            let mut bars = self.panels.iter().flat_map(Panel::bars);
            bars.any(|bar| bar.kind == kind)
        })
    }

    fn patterns(&self) -> String {
        let mut out = String::from("<defs>\n");
        for kind in self.kinds() {
            // 글에 쓰는 것은 실패하지 않습니다.
            let _ = writeln!(
                out,
                "<pattern id=\"chart-{}-{name}\" class=\"{name}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
                 <rect width=\"6\" height=\"6\"/>{}</pattern>",
                self.name,
                kind.drawn(),
                name = kind.name(),
            );
        }
        out + "</defs>\n"
    }

    /// 쓴 무늬와 표시의 범례, 그리고 그 아래 끝입니다.
    fn legend(&self, top: f64) -> (String, f64) {
        let mut out = String::from("<g class=\"legend\">\n");
        let (mut x, mut middle) = (0.0, top + 9.0);
        let bars = || self.panels.iter().flat_map(Panel::bars);
        let mut keys: Vec<(String, String)> = self
            .kinds()
            .map(|kind| {
                let fill = format!(
                    "<rect x=\"X\" y=\"-6\" width=\"24\" height=\"{BAR}\" fill=\"url(#chart-{}-{})\"/>",
                    self.name,
                    kind.name()
                );
                let label = match kind {
                    Kind::Ours => "이 책의 크레이트",
                    Kind::Other => self.other.as_str(),
                    Kind::Article => "기사의 파이썬",
                };
                (fill, label.to_owned())
            })
            .collect();
        if bars().any(|bar| bar.range.is_some()) {
            keys.push((
                "<path class=\"whisker\" d=\"MX -4v8m0 -4h24m0 -4v8\"/>".into(),
                "최소–최대".into(),
            ));
        }
        if bars().any(|bar| !bar.marks.is_empty()) {
            keys.push((
                "<path class=\"mark\" d=\"MX -7m12 0v16m-4 -16h8l-4 5z\"/>".into(),
                self.mark.clone(),
            ));
        }
        for (drawn, label) in keys {
            let wide = 30.0 + display_width(&label) as f64 * COLUMN + 14.0;
            if x > 0.0 && x + wide > WIDTH {
                (x, middle) = (0.0, middle + 22.0);
            }
            let _ = writeln!(
                out,
                "<g transform=\"translate(0 {middle:.1})\">{}<text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
                drawn.replace('X', &format!("{x:.1}")),
                x + 30.0,
                FONT * 0.36,
                escape(&label)
            );
            x += wide;
        }
        (out + "</g>\n", middle + 12.0)
    }

    /// 그림 아래의 글입니다.
    fn how_to_read(&self) -> String {
        let mut told = String::from("막대의 끝이 중앙값입니다.");
        let bars = || self.panels.iter().flat_map(Panel::bars);
        if bars().any(|bar| !bar.marks.is_empty()) {
            let _ = write!(told, " ▾는 {}입니다.", self.mark);
        }
        let mut scales = self.panels.iter().map(Scale::of);
        if let Some(scale) = scales.find(|scale| scale.log) {
            let times = scale
                .ticks
                .get(1)
                .map_or(10.0, |tick| tick / scale.ticks[0]);
            let _ = write!(
                told,
                " 로그 눈금이라 막대의 길이가 아니라 끝의 자리를 견주세요. 눈금 하나가 {}배입니다.",
                plain(times)
            );
        }
        if self.panels.iter().any(Panel::is_clipped) {
            told.push_str(" ▸는 최대가 그림 밖에 있다는 뜻이고, 그 값은 표에 있습니다.");
        }
        told
    }

    /// 그림을 보지 않고도 알 수 있게, 막대마다의 값을 글로 적습니다.
    fn told(&self) -> String {
        let mut told = String::new();
        for panel in &self.panels {
            if let Some(title) = &panel.title {
                let _ = write!(told, "{title}. ");
            }
            let _ = write!(told, "가로축: {}. ", panel.axis_title(&Scale::of(panel)));
            for row in &panel.rows {
                match row {
                    Row::Heading(text) => {
                        let _ = write!(told, "{text}: ");
                    }
                    Row::Bar(bar) => {
                        let _ = write!(told, "{} {}", bar.label, bar.told);
                        if let Some((min, max)) = bar.range {
                            let [min, max] = [min, max].map(|end| panel.unit.tick(end));
                            let _ = write!(told, "(최소 {min}, 최대 {max})");
                        }
                        for mark in &bar.marks {
                            let _ = write!(told, ", {} {}", self.mark, panel.unit.tick(*mark));
                        }
                        told.push_str(". ");
                    }
                }
            }
        }
        told.trim_end().to_owned()
    }
}

impl Panel {
    fn axis_title(&self, scale: &Scale) -> String {
        if scale.log {
            format!("{}, 로그 눈금", self.axis)
        } else {
            self.axis.clone()
        }
    }

    fn is_clipped(&self) -> bool {
        let scale = Scale::of(self);
        self.bars()
            .filter_map(|bar| bar.range)
            .any(|(_, max)| max > scale.high)
    }

    /// `y`부터 아래로 그리고, 다 그린 자리를 돌려줍니다.
    fn draw(&self, layout: &Layout, top: f64, chart: &Chart, out: &mut String) -> f64 {
        let scale = Scale::of(self);
        let mut y = top;
        let mut body = String::new();
        if let Some(title) = &self.title {
            y = write_lines(title, "heading", y + 2.0, &mut body);
        }
        let first = y;
        for row in &self.rows {
            y = match row {
                Row::Heading(text) => write_lines(text, "heading", y + GAP, &mut body),
                Row::Bar(bar) => bar.draw(layout, &scale, y, chart, &mut body),
            };
        }
        // 세로줄을 먼저 그려 막대 뒤에 둡니다.
        out.push_str("<g class=\"grid\">\n");
        for &tick in &scale.ticks {
            let x = layout.x(&scale, tick);
            let _ = writeln!(out, "<path d=\"M{x:.1} {first:.1}V{y:.1}\"/>");
        }
        let _ = write!(out, "</g>\n{body}");
        let _ = writeln!(
            out,
            "<path class=\"axis\" d=\"M{:.1} {y:.1}H{:.1}\"/>\n<g class=\"ticks\">",
            layout.left, layout.right
        );
        let mut free = f64::NEG_INFINITY;
        for &tick in &scale.ticks {
            let (x, text) = (layout.x(&scale, tick), self.unit.tick(tick));
            let half = display_width(&text) as f64 * COLUMN / 2.0;
            let middle = x.min(WIDTH - half).max(half);
            if middle - half < free {
                continue;
            }
            free = middle + half + 6.0;
            let _ = writeln!(
                out,
                "<path class=\"axis\" d=\"M{x:.1} {y:.1}v5\"/><text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                y + 18.0
            );
        }
        let title = self.axis_title(&scale);
        let half = display_width(&title) as f64 * COLUMN / 2.0;
        let middle = ((layout.left + layout.right) / 2.0)
            .min(WIDTH - half)
            .max(half);
        let _ = writeln!(
            out,
            "</g>\n<text class=\"axis-title\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y + 35.0,
            escape(&title)
        );
        y + 44.0
    }
}

impl Bar {
    fn draw(
        &self,
        layout: &Layout,
        scale: &Scale,
        top: f64,
        chart: &Chart,
        out: &mut String,
    ) -> f64 {
        let (top, bottom) = if layout.above {
            let top = write_lines(&self.label, "name", top, out);
            (top + 2.0, top + 2.0 + BAR + GAP)
        } else {
            (top + GAP / 2.0, top + BAR + GAP)
        };
        let middle = top + BAR / 2.0;
        if !layout.above {
            let _ = writeln!(
                out,
                "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                layout.left - 6.0,
                middle + FONT * 0.36,
                escape(&self.label)
            );
        }
        let value = self.value.filter(|value| value.is_finite());
        if let Some(value) = value {
            let end = layout.x(scale, value);
            let _ = writeln!(
                out,
                "<rect class=\"bar\" x=\"{:.2}\" y=\"{top:.1}\" width=\"{:.2}\" height=\"{BAR}\" \
                 fill=\"url(#chart-{}-{})\"><title>{}</title></rect>",
                layout.left,
                // 0이거나 아주 짧아도 어디인지 보입니다.
                (end - layout.left).max(1.0),
                chart.name,
                self.kind.name(),
                escape(&format!("{}: {}", self.label, self.told)),
            );
        }
        if let Some((min, max)) = self.range.filter(|_| value.is_some()) {
            let [from, to] = [min, max].map(|end| layout.x(scale, end));
            let cap = if max > scale.high {
                "m-5 -4l5 4l-5 4"
            } else {
                "m0 -4v8"
            };
            let line = format!("M{from:.2} {:.1}v8m0 -4H{to:.2}{cap}", middle - 4.0);
            let _ = writeln!(
                out,
                "<path class=\"halo\" d=\"{line}\"/><path class=\"whisker\" d=\"{line}\"/>"
            );
        }
        for &mark in &self.marks {
            let x = layout.x(scale, mark);
            let _ = writeln!(
                out,
                "<path class=\"mark\" d=\"M{x:.2} {:.1}v16m-4 -16h8l-4 5z\"/>",
                middle - 7.0
            );
        }
        let _ = writeln!(
            out,
            "<text class=\"told\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            layout.right + 8.0,
            middle + FONT * 0.36,
            escape(&self.told)
        );
        bottom
    }
}

/// 그림의 너비를 넘지 않게 줄을 나누어 적고, 그 아래 끝을 돌려줍니다.
fn write_lines(text: &str, class: &str, top: f64, out: &mut String) -> f64 {
    let mut y = top;
    for line in lines(text, (WIDTH / COLUMN) as usize) {
        y += LINE;
        let _ = writeln!(
            out,
            "<text class=\"{class}\" x=\"0\" y=\"{:.1}\">{}</text>",
            y - 4.0,
            escape(&line)
        );
    }
    y
}

/// 낱말 사이에서 줄을 나눕니다. 한 낱말이 한 줄보다 길면 글자 사이에서 나눕니다.
fn lines(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let used = lines.last().map_or(0, |line| display_width(line));
        if used > 0 && used + 1 + display_width(word) > columns {
            lines.push(String::new());
        } else if used > 0 {
            lines.last_mut().map(|line| line.push(' ')).unwrap_or(());
        }
        for letter in word.chars() {
            let used = lines.last().map_or(0, |line| display_width(line));
            if used + display_width(letter.encode_utf8(&mut [0; 4])) > columns {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(letter);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: Option<f64>, range: Option<(f64, f64)>) -> Row {
        Row::Bar(Bar {
            label: label.into(),
            kind: Kind::Ours,
            value,
            range,
            told: value
                .filter(|value| value.is_finite())
                .map_or("–".into(), |value| format!("{value}배")),
            marks: Vec::new(),
        })
    }

    fn chart(unit: Unit, log: bool, rows: Vec<Row>) -> Chart {
        Chart {
            name: "t".into(),
            title: "제목 <i>".into(),
            mark: "이상".into(),
            other: "견준 것".into(),
            panels: vec![Panel {
                title: None,
                axis: "배".into(),
                unit,
                log,
                rows,
            }],
        }
    }

    fn number(line: &str, name: &str) -> f64 {
        let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    }

    type Ends = Vec<(f64, f64)>;

    /// 막대의 왼쪽 끝과 길이, 줄의 처음과 끝입니다.
    fn drawn(html: &str) -> (Ends, Ends) {
        let bars = html.lines().filter(|line| line.contains("class=\"bar\""));
        let bars = bars.map(|line| (number(line, "x"), number(line, "width")));
        let whiskers = html.lines().filter(|line| line.contains("class=\"halo\""));
        let whiskers = whiskers.map(|line| {
            let path = line.split(" d=\"M").nth(1).unwrap();
            let from = path.split(' ').next().unwrap().parse().unwrap();
            let to = path.split('H').nth(1).unwrap();
            let to = to.split(['m', '"']).next().unwrap().parse().unwrap();
            (from, to)
        });
        (bars.collect(), whiskers.collect())
    }

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 0.02
    }

    /// 이름이 두 글자(네 칸), 값이 `0.5배`(다섯 칸)인 그림입니다. 막대가 놓일 자리를 손으로 셈할 수 있습니다.
    #[test]
    fn a_known_chart_is_a_known_picture() {
        let mut rows = vec![
            Row::Heading("모둠".into()),
            bar("가나", Some(0.5), Some((0.25, 0.75))),
            bar("다라", Some(1.0), Some((1.0, 1.25))),
        ];
        if let Row::Bar(bar) = &mut rows[1] {
            bar.kind = Kind::Other;
            bar.marks.push(0.5);
        }
        let html = chart(Unit::Times, false, rows).figure();
        // 왼쪽: 네 칸 × 7.02 + 8 = 36.08, 오른쪽: 480 − (다섯 칸 × 7.02 + 8) = 436.9. 축의 끝은 1.25입니다.
        let (left, wide) = (36.08, 436.9 - 36.08);
        let at = |value: f64| left + value / 1.25 * wide;
        let (bars, whiskers) = drawn(&html);
        assert_eq!((bars.len(), whiskers.len()), (2, 2), "{html}");
        for ((x, width), value) in bars.iter().zip([0.5, 1.0]) {
            assert!(close(*x, left) && close(x + width, at(value)), "{html}");
        }
        for ((from, to), (min, max)) in whiskers.iter().zip([(0.25, 0.75), (1.0, 1.25)]) {
            assert!(close(*from, at(min)) && close(*to, at(max)), "{html}");
        }
        let mark = html
            .lines()
            .find(|line| line.starts_with("<path class=\"mark\""))
            .unwrap();
        assert!(mark.contains(&format!("d=\"M{:.2} ", at(0.5))), "{mark}");
        // 색만으로 가리지 않습니다. 견준 것에는 무늬가 있습니다.
        let pattern = |name: &str| {
            let line = html
                .lines()
                .find(|line| line.contains(&format!("id=\"chart-t-{name}\"")));
            line.map(|line| line.contains("<path"))
        };
        assert_eq!(
            [pattern("ours"), pattern("other"), pattern("article")],
            [Some(false), Some(true), None]
        );
        for part in [
            "<figure class=\"chart\" id=\"chart-t\">",
            "role=\"img\" aria-labelledby=\"chart-t-title chart-t-desc\"",
            "<title id=\"chart-t-title\">제목 &lt;i&gt;</title>",
            "<desc id=\"chart-t-desc\">가로축: 배. 모둠: 가나 0.5배(최소 0.25, 최대 0.75), 이상 0.5. \
             다라 1배(최소 1, 최대 1.25).</desc>",
            ">0.5배</text>",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        assert!(
            !html.contains("\n\n"),
            "빈 줄이 있으면 마크다운이 그림을 끊습니다"
        );
    }

    #[test]
    fn far_apart_values_stand_on_a_log_axis_and_it_is_told() {
        let rows = vec![
            bar("가나", Some(1e4), Some((1e4, 1e5))),
            bar("다라", Some(1e6), Some((1e6, 1e7))),
        ];
        let html = chart(Unit::Nanos, false, rows).figure();
        assert!(
            html.contains(">배, 로그 눈금</text>") && html.contains("눈금 하나가 10배"),
            "{html}"
        );
        for tick in ["10 µs", "100 µs", "1 ms", "10 ms"] {
            assert!(html.contains(&format!(">{tick}</text>")), "{tick}\n{html}");
        }
        // 축은 10⁴에서 10⁷까지, 세 칸입니다. 값은 `1000000배`, 아홉 칸입니다.
        let (left, right) = (36.08, 480.0 - 9.0 * 7.02 - 8.0);
        let (bars, whiskers) = drawn(&html);
        let at = |power: f64| left + (power - 4.0) / 3.0 * (right - left);
        assert!(close(bars[1].0 + bars[1].1, at(6.0)), "{html}");
        assert!(
            close(whiskers[0].1, at(5.0)) && close(whiskers[1].1, at(7.0)),
            "{html}"
        );
        // 늘 로그로 그리라고 한 것은 가까이 있어도 로그입니다.
        let near = vec![bar("가나", Some(1.0), None), bar("다라", Some(2.0), None)];
        assert!(
            chart(Unit::Times, true, near.clone())
                .figure()
                .contains("로그 눈금")
        );
        assert!(
            !chart(Unit::Times, false, near)
                .figure()
                .contains("로그 눈금")
        );
    }

    #[test]
    fn one_wild_run_does_not_flatten_every_bar() {
        let rows = vec![
            bar("가나", Some(1.0), Some((0.9, 90.0))),
            bar("다라", Some(0.5), Some((0.5, 0.5))),
        ];
        let html = chart(Unit::Times, false, rows).figure();
        let (bars, whiskers) = drawn(&html);
        let (left, right) = (36.08, 436.9);
        assert!(close(bars[0].1, (right - left) / CLIP), "{html}");
        assert!(close(whiskers[0].1, right), "{html}");
        assert!(
            html.contains("l5 4l-5 4\"") && html.contains("▸는 최대가"),
            "{html}"
        );
    }

    #[test]
    fn extremes_do_not_break_the_picture() {
        assert_eq!(chart(Unit::Times, false, Vec::new()).figure(), "");
        assert_eq!(
            chart(Unit::Times, true, vec![bar("가", None, None)]).figure(),
            ""
        );
        for values in [
            vec![Some(0.0)],
            vec![Some(0.0), None, Some(1.0)],
            vec![Some(f64::MIN_POSITIVE), Some(f64::MAX)],
            vec![Some(1e-9), Some(1e18), Some(0.0)],
            vec![Some(f64::NAN), Some(f64::INFINITY), Some(1.0)],
        ] {
            for unit in [Unit::Times, Unit::Nanos, Unit::Bytes, Unit::Count] {
                for log in [false, true] {
                    let rows = values.iter().map(|&value| {
                        bar(
                            "<b>\"&",
                            value,
                            value
                                .filter(|value| value.is_finite())
                                .map(|value| (0.0, value)),
                        )
                    });
                    let html = chart(unit, log, rows.collect()).figure();
                    assert!(
                        !html.contains("NaN") && !html.contains("inf"),
                        "{values:?} {html}"
                    );
                    assert!(
                        !html.contains("<b>") && html.contains("&lt;b&gt;"),
                        "{html}"
                    );
                    for (x, width) in drawn(&html).0 {
                        assert!(width >= 1.0 && x + width <= WIDTH, "{values:?} {html}");
                    }
                    let texts = html.matches("class=\"told\"").count();
                    assert_eq!(texts, values.len(), "값이 없어도 줄은 있습니다");
                }
            }
        }
    }

    #[test]
    fn long_names_go_above_their_bars_and_stay_inside() {
        let name = "가나다라 마바사아 ".repeat(8) + &"자".repeat(80);
        let html = chart(Unit::Times, false, vec![bar(&name, Some(1.0), None)]).figure();
        let names: Vec<&str> = html
            .lines()
            .filter(|line| line.contains("class=\"name\""))
            .collect();
        assert!(names.len() > 3, "{html}");
        for line in names {
            let text = line.split('>').nth(1).unwrap().split('<').next().unwrap();
            assert!(display_width(text) as f64 * COLUMN <= WIDTH, "{text}");
        }
        let first = drawn(&html).0[0].0;
        assert_eq!(first, 2.0);
    }

    #[test]
    fn ticks_are_round_in_their_unit() {
        assert_eq!(Unit::Bytes.tick(1536.0), "1.5 KiB");
        assert_eq!(Unit::Nanos.tick(2e6), "2 ms");
        assert_eq!(Unit::Times.tick(0.05), "0.05");
        assert_eq!(Unit::Count.tick(1500.0), "1500");
        let rows = vec![bar("가", Some(3.0 * 1024.0 * 1024.0), None)];
        let html = chart(Unit::Bytes, false, rows).figure();
        for tick in ["0", "1 MiB", "2 MiB", "3 MiB"] {
            assert!(html.contains(&format!(">{tick}</text>")), "{html}");
        }
    }
}
