//! 기록한 달림([`Trace`])을 SVG 타임라인으로 그립니다.
//!
//! 한 줄이 한 일꾼입니다. 상태는 색으로만 가리지 않습니다. 달리는 것은 두껍고 기다리는 것은 얇으며,
//! 상태마다 무늬가 다릅니다. 색은 `book/theme/timeline.css`의 변수에서 가져오므로 밝은 테마와 어두운 테마에서
//! 모두 보입니다. 스크립트(`book/theme/timeline.js`)는 확대와 이동을 더할 뿐이고, 없어도 그림은 온전합니다.

use std::{fmt::Write, time::Duration};

use noriteo::{
    measure::{Spread, display_width, format_duration},
    trace::{State, StateSpan, Trace, Track},
};

use crate::parts::escape;

/// 책에 싣는 타임라인 하나입니다.
#[derive(Debug)]
pub struct Figure {
    /// 기록의 파일 이름입니다. 조각과 그림의 id는 앞에 `timeline-`을 붙인 것입니다.
    pub name: &'static str,
    /// 기록할 예제입니다.
    pub example: &'static str,
    /// 예제에 주는 인자입니다.
    pub args: &'static [&'static str],
    /// 더할 개수(`--size`)를, 한 스레드가 이만큼 걸려 더할 수로 정합니다. 없으면 예제의 개수 그대로입니다.
    ///
    /// 코어를 번갈아 쓰는 조각의 수는 걸린 시간을 따릅니다. 개수를 정해 두면 느린 컴퓨터에서 조각이 그림에 다 담기지 않습니다.
    pub alone: Option<Duration>,
    /// 그림의 제목입니다.
    pub title: &'static str,
    /// fork가 있어야 기록할 수 있습니다.
    pub needs_fork: bool,
}

impl Figure {
    /// 그림의 id이자 조각의 파일 이름(`.md` 앞)입니다.
    pub fn id(&self) -> String {
        format!("timeline-{}", self.name)
    }
}

/// 책에 싣는 타임라인들입니다.
pub const FIGURES: [Figure; 7] = [
    Figure {
        name: "two-threads",
        example: "ch02_04_sum_two_threads",
        args: &[],
        alone: None,
        title: "두 스레드가 반씩 더할 때",
        needs_fork: false,
    },
    Figure {
        name: "four-threads",
        example: "ch02_05_more_threads_than_cores",
        args: &["--workers", "4"],
        alone: Some(Duration::from_millis(60)),
        title: "네 스레드가 함께 더할 때",
        needs_fork: false,
    },
    Figure {
        name: "locked",
        example: "ch03_01_locked_sum",
        args: &[],
        alone: Some(Duration::from_millis(60)),
        title: "락 하나에 묶인 두 스레드가 반씩 더할 때",
        needs_fork: false,
    },
    Figure {
        name: "io",
        example: "ch03_03_io_under_lock",
        args: &["--questions", "8"],
        alone: None,
        title: "락에 묶인 네 스레드가 대답을 기다릴 때",
        needs_fork: false,
    },
    Figure {
        name: "convoy",
        example: "ch03_04_convoy",
        args: &["--questions", "8"],
        alone: None,
        title: "쉬지 않고 더하는 스레드 곁에서 묻는 스레드",
        needs_fork: false,
    },
    Figure {
        name: "two-processes",
        example: "ch04_01_process_sum",
        args: &[],
        alone: None,
        title: "두 프로세스가 반씩 더할 때",
        needs_fork: true,
    },
    Figure {
        name: "join-before-drain",
        example: "ch04_04_join_before_drain",
        args: &[],
        alone: None,
        title: "큐를 비우기 전에 자식을 기다릴 때",
        needs_fork: true,
    },
];

/// 그림의 너비입니다. 폰(390 px)에서 0.75배로 줄어도 글자가 9 px보다 큽니다.
const WIDTH: f64 = 480.0;
const FONT: f64 = 13.0;
/// 한 줄의 높이와, 달리는 구간과 기다리는 구간의 두께입니다.
const LANE: f64 = 32.0;
const THICK: f64 = 22.0;
const THIN: f64 = 10.0;
const TOP: f64 = 6.0;

/// 그림 하나를 마크다운이 그대로 싣는 HTML로 적습니다. 빈 줄이 없어야 도중에 끊기지 않습니다.
///
/// 그림의 설명(figcaption)은 맨 앞이나 맨 뒤에만 올 수 있습니다(HTML 표준). 눈에는 수의 표보다 먼저 보이게 `timeline.css`가 놓습니다.
pub fn figure(figure: &Figure, trace: &Trace, origin: &str) -> String {
    let id = figure.id();
    let (svg, told) = (svg(&id, figure.title, trace), summary(trace));
    format!(
        "<figure class=\"timeline\" id=\"{id}\">\n{svg}<details><summary>줄마다의 수</summary>\n{table}</details>\n\
         <figcaption><strong>{title}.</strong> {told}</figcaption>\n</figure>\n\n\
         <p class=\"measured-on\"><code>{program}</code>를 기록했습니다. {origin}</p>\n",
        title = escape(figure.title),
        told = escape(&told),
        table = table(trace),
        program = escape(&trace.program),
    )
}

fn svg(id: &str, title: &str, trace: &Trace) -> String {
    let tracks = trace.shown();
    let names: Vec<String> = tracks.iter().map(name).collect();
    let widest = names
        .iter()
        .map(|name| display_width(name))
        .max()
        .unwrap_or(0);
    // 한글 한 글자가 두 칸이고 한 칸은 글자 크기의 반쯤입니다.
    let left = (widest as f64 * FONT * 0.54 + 8.0).min(WIDTH / 2.0);
    let wide = WIDTH - left - 8.0;
    let bottom = TOP + LANE * tracks.len() as f64;
    let length = trace.length.as_nanos().max(1) as f64;
    let at = |time: Duration| left + time.as_nanos() as f64 / length * wide;
    let (legend, legend_rows) = legend(id, tracks, bottom + 34.0);
    let height = bottom + 34.0 + 22.0 * legend_rows as f64;

    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" font-size=\"{FONT}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" xmlns=\"http://www.w3.org/2000/svg\" \
         data-ns=\"{ns}\" data-left=\"{left:.1}\" data-wide=\"{wide:.1}\">\n\
         <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{desc}</desc>\n{patterns}",
        ns = trace.length.as_nanos(),
        title = escape(title),
        desc = escape(&summary(trace)),
        patterns = patterns(id, tracks),
    );
    for (row, (track, name)) in tracks.iter().zip(&names).enumerate() {
        let middle = TOP + LANE * (row as f64 + 0.5);
        // 글에 쓰는 것은 실패하지 않습니다.
        let _ = writeln!(
            out,
            "<text x=\"0\" y=\"{:.1}\">{}</text>\n<g>",
            middle + FONT * 0.36,
            escape(name)
        );
        for span in &track.spans {
            let tall = if span.state.is_active() { THICK } else { THIN };
            let (x, end) = (at(span.start), at(span.end));
            let _ = writeln!(
                out,
                "<rect x=\"{x:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{tall}\" \
                 fill=\"url(#{id}-{})\" data-us=\"{} {}\"><title>{}</title></rect>",
                middle - tall / 2.0,
                (end - x).max(0.3),
                span.state.name(),
                span.start.as_micros(),
                span.end.as_micros(),
                escape(&tip(name, span)),
            );
        }
        out.push_str("</g>\n");
        if let (true, Some(last)) = (track.killed, track.spans.last()) {
            let x = at(last.end).min(WIDTH - 6.0);
            let _ = writeln!(
                out,
                "<path class=\"killed\" d=\"M{:.1} {:.1}l10 10m0 -10l-10 10\"/>",
                x - 5.0,
                middle - 5.0
            );
        }
    }
    let _ = writeln!(
        out,
        "<path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{:.1}\"/>\n<g class=\"ticks\">",
        left + wide
    );
    let step = step(length / 4.0);
    let mut tick = 0.0;
    while tick <= length {
        let x = left + tick / length * wide;
        let _ = writeln!(
            out,
            "<path class=\"axis\" d=\"M{x:.1} {bottom:.1}v5\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{}</text>",
            bottom + 18.0,
            if tick == 0.0 {
                "start"
            } else if x > WIDTH - 30.0 {
                "end"
            } else {
                "middle"
            },
            tick_label(tick, step, tick == 0.0)
        );
        tick += step;
    }
    let _ = write!(out, "</g>\n{legend}</svg>\n");
    out
}

fn name(track: &Track) -> String {
    let name: String = track.name.chars().take(12).collect();
    if track.killed {
        format!("{name} ✕")
    } else {
        name
    }
}

fn tip(name: &str, span: &StateSpan) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let core = span
        .core
        .filter(|_| span.state.is_active())
        .map_or(String::new(), |core| format!(", 코어 {core}"));
    format!(
        "{name}: {}, {:.2}–{:.2} ms ({}{core})",
        span.state.label(),
        ms(span.start),
        ms(span.end),
        format_duration(span.length())
    )
}

/// 눈금 사이입니다: `least` 이상인 가장 작은 1, 2, 5 × 10ⁿ 나노초입니다.
fn step(least: f64) -> f64 {
    let unit = 10_f64.powf(least.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * unit)
        .find(|&step| step >= least)
        .unwrap_or(10.0 * unit)
}

fn tick_label(nanos: f64, step: f64, first: bool) -> String {
    let digits = (6.0 - step.log10().floor()).clamp(0.0, 6.0) as usize;
    if first {
        "0 ms".to_owned()
    } else {
        format!("{:.digits$}", nanos / 1e6)
    }
}

fn used(tracks: &[Track]) -> impl Iterator<Item = State> {
    State::ALL.into_iter().filter(|&state| {
        let mut spans = tracks.iter().flat_map(|track| &track.spans);
        spans.any(|span| span.state == state)
    })
}

/// 상태마다 다른 무늬입니다. 바탕은 색, 위에 그은 것이 무늬입니다.
fn patterns(id: &str, tracks: &[Track]) -> String {
    let mut out = String::from("<defs>\n");
    for state in used(tracks) {
        let (size, drawn) = match state {
            State::Running => (6, ""),
            State::Held => (6, "<path d=\"M-1 7L7 -1M-1 1L1 -1M5 7L7 5\"/>"),
            State::LockWait => (4, "<path d=\"M1 1h1.6\"/>"),
            State::CoreWait => (5, "<path d=\"M0 0L5 5M5 0L0 5\"/>"),
            State::Io => (4, "<path d=\"M0 2H4\"/>"),
            State::Queue => (4, "<path d=\"M2 0V4\"/>"),
            State::Join => (8, "<path d=\"M1 4h3\"/>"),
        };
        let _ = writeln!(
            out,
            "<pattern id=\"{id}-{name}\" class=\"{name}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\">\
             <rect width=\"{size}\" height=\"{size}\"/>{drawn}</pattern>",
            name = state.name()
        );
    }
    out + "</defs>\n"
}

/// 그린 상태들의 범례와 그 줄 수입니다.
fn legend(id: &str, tracks: &[Track], top: f64) -> (String, usize) {
    let mut out = String::from("<g class=\"legend\">\n");
    let (mut x, mut row) = (0.0, 0);
    for state in used(tracks) {
        let wide = 34.0 + display_width(state.label()) as f64 * FONT * 0.54 + 14.0;
        if x > 0.0 && x + wide > WIDTH {
            (x, row) = (0.0, row + 1);
        }
        let middle = top + 22.0 * row as f64 + 8.0;
        let tall = if state.is_active() { 16.0 } else { THIN };
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"28\" height=\"{tall}\" fill=\"url(#{id}-{})\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            middle - tall / 2.0,
            state.name(),
            x + 34.0,
            middle + FONT * 0.36,
            state.label()
        );
        x += wide;
    }
    (out + "</g>\n", row + 1)
}

/// 그림을 보지 않고도 알 수 있게, 기록에서 셈한 것을 한두 문장으로 적습니다.
pub fn summary(trace: &Trace) -> String {
    let tracks = trace.shown();
    let workers: Vec<&Track> = tracks
        .iter()
        .filter(|track| track.active().as_nanos() * 20 > trace.length.as_nanos())
        .collect();
    let length = format_duration(trace.length);
    let share = |time: Duration| {
        format!(
            "{:.0}%",
            100.0 * time.as_secs_f64() / trace.length.as_secs_f64()
        )
    };
    let held = trace.total(State::Held);
    let mut told = format!("{}줄, 모두 {length}.", tracks.len());
    if !held.is_zero() {
        let pieces = tracks
            .iter()
            .flat_map(|track| held_pieces(track).into_iter())
            .collect::<Vec<_>>();
        let _ = write!(told, " 락을 쥔 조각은 {}개", pieces.len());
        if let Some(spread) = Spread::of(pieces) {
            let _ = write!(told, "(중앙값 {})", format_duration(spread.median));
        }
        told.push_str(if trace.overlaps_held() {
            "이고, 둘이 함께 쥔 때가 있습니다."
        } else {
            "이고, 둘이 함께 쥔 때는 없습니다."
        });
    } else if workers.len() > 1 {
        let _ = write!(
            told,
            " 둘 이상이 함께 달린 때가 {}입니다.",
            share(trace.together())
        );
    }
    for (state, what) in [
        (State::CoreWait, "코어를 기다린 시간은"),
        (State::LockWait, "락을 기다린 시간은"),
        (State::Io, "입출력을 기다린 시간은"),
    ] {
        let total: Duration = tracks.iter().map(|track| track.total(state)).sum();
        if total.as_nanos() * 50 > trace.length.as_nanos() {
            let _ = write!(told, " 모두 더해 {what} {}입니다.", format_duration(total));
        }
    }
    for track in tracks {
        let stuck = [State::Queue, State::Join]
            .into_iter()
            .find(|&state| track.total(state).as_nanos() * 10 > trace.length.as_nanos() * 9);
        if let Some(state) = stuck {
            let _ = write!(
                told,
                " 「{}」은(는) 거의 내내 {}.",
                track.name,
                state.label().replace("기다림", "기다립니다")
            );
        }
    }
    for track in tracks.iter().filter(|track| track.killed) {
        let _ = write!(told, " 「{}」은(는) 밖에서 끝내졌습니다(✕).", track.name);
    }
    if trace.dropped > 0 {
        let _ = write!(told, " 자리가 없어 {}개를 적지 못했습니다.", trace.dropped);
    }
    told
}

/// 락을 쥐었다가 놓기까지의 길이들입니다. 코어를 옮겨 앉아 나뉜 것은 하나로 칩니다.
fn held_pieces(track: &Track) -> Vec<Duration> {
    let mut pieces: Vec<(Duration, Duration)> = Vec::new();
    for span in track.spans.iter().filter(|span| span.state == State::Held) {
        match pieces.last_mut() {
            Some((_, end)) if *end == span.start => *end = span.end,
            _ => pieces.push((span.start, span.end)),
        }
    }
    pieces.into_iter().map(|(start, end)| end - start).collect()
}

/// 줄마다, 프로그램이 적은 것과 커널이 적은 것을 나란히 놓습니다.
fn table(trace: &Trace) -> String {
    let mut out = String::from(
        "<div class=\"table-wrapper\"><table><thead><tr><th>줄</th><th>PID</th><th>스레드 번호</th>\
         <th>달렸다고 적음</th><th>커널: 달림</th><th>커널: 코어를 기다림</th>\
         <th>커널: 문맥 전환(자발적/비자발적)</th></tr></thead><tbody>\n",
    );
    for track in trace.shown() {
        let kernel = track
            .kernel
            .map_or(["–".into(), "–".into(), "–".into()], |kernel| {
                [
                    format_duration(kernel.run),
                    format_duration(kernel.wait),
                    format!(
                        "{}/{}",
                        kernel.voluntary_switches, kernel.involuntary_switches
                    ),
                ]
            });
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
            escape(&track.name),
            track.pid,
            track.tid,
            format_duration(track.active())
        );
        for cell in kernel {
            let _ = write!(out, "<td>{cell}</td>");
        }
        out.push_str("</tr>\n");
    }
    out + "</tbody></table></div>\n"
}

#[cfg(test)]
mod tests {
    use noriteo::measure::Machine;

    use super::*;

    fn known() -> Trace {
        let ms = Duration::from_millis;
        let span = |state, start, end| StateSpan {
            state,
            start: ms(start),
            end: ms(end),
            core: Some(1),
            lock: Some(0),
        };
        let track = |name: &str, killed, spans| Track {
            name: name.to_owned(),
            pid: 7,
            tid: 8,
            killed,
            kernel: None,
            spans,
        };
        Trace {
            program: "보기".to_owned(),
            machine: Machine::detect(),
            date: "2025-01-31T09:00:00Z".to_owned(),
            length: ms(20),
            dropped: 0,
            tracks: vec![
                track(
                    "A",
                    false,
                    vec![span(State::Held, 0, 10), span(State::LockWait, 10, 20)],
                ),
                track(
                    "<B>",
                    true,
                    vec![span(State::LockWait, 0, 10), span(State::Held, 10, 20)],
                ),
            ],
        }
    }

    #[test]
    fn a_known_trace_is_a_known_picture() {
        let html = figure(&FIGURES[2], &known(), "여기");
        let rects: Vec<&str> = html
            .lines()
            .filter(|line| line.contains("data-us="))
            .collect();
        assert_eq!(rects.len(), 4, "{html}");
        let number = |line: &str, name: &str| -> f64 {
            let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        // 앞의 반과 뒤의 반이고, 쥔 것은 두껍고 기다리는 것은 얇습니다.
        let half = number(rects[0], "width");
        for (line, (first, thick)) in
            rects
                .iter()
                .zip([(true, true), (false, false), (true, false), (false, true)])
        {
            assert!((number(line, "width") - half).abs() < 0.02, "{line}");
            let left = number(rects[0], "x") + if first { 0.0 } else { half };
            assert!((number(line, "x") - left).abs() < 0.02, "{line}");
            assert_eq!(number(line, "height"), if thick { THICK } else { THIN });
        }
        let title = "<title>A: 락을 쥠, 0.00–10.00 ms (10.0 ms, 코어 1)</title>";
        assert!(rects[0].contains(title), "{html}");
        assert!(html.contains("class=\"killed\"") && !html.contains("<B>"));
        assert!(
            html.contains("락을 쥔 조각은 2개(중앙값 10.0 ms)이고, 둘이 함께 쥔 때는 없습니다.")
        );
        for state in ["held", "lock-wait"] {
            assert!(html.contains(&format!("<pattern id=\"timeline-locked-{state}\"")));
        }
        assert!(
            !html.contains("timeline-locked-io"),
            "쓰지 않은 상태는 범례에 없습니다"
        );
        let figure = html.split("</figure>").next().unwrap();
        assert!(
            !figure.contains("\n\n"),
            "빈 줄이 있으면 마크다운이 그림을 끊습니다"
        );
    }

    #[test]
    fn steps_are_round() {
        for (least, wanted) in [(1.0, 1.0), (1.1, 2.0), (2.5, 5.0), (5.1, 10.0), (2e7, 2e7)] {
            assert!((step(least) - wanted).abs() < 1e-6 * wanted, "{least}");
        }
        assert_eq!(tick_label(2e6, 1e6, false), "2");
        assert_eq!(tick_label(2.5e6, 5e5, false), "2.5");
    }
}
