//! 6장의 값을 본문이 끌어오는 조각으로 바꿉니다.

use std::time::Duration;

use noriteo::measure::{Spread, format_bytes, format_count, format_duration};

use super::{
    Data, Job, Row, Way,
    model::{self, Model, Point},
    run::COUNTS,
};
use crate::{
    chart::{Bar, Chart, Kind, Panel, Row as Line, Unit},
    noise::percent,
    parts::{NOTICE, Part, Table, UNKNOWN, Whose, told, wrapped},
};

/// 조각의 이름입니다.
pub const FILE: &str = "cluster.md";

/// 내다볼 가장 많은 일꾼입니다.
const MOST: usize = 1024;

/// 본문이 끌어오는 조각입니다. 자리마다 이름(ANCHOR)이 있습니다.
pub fn part(data: &Data, whose: Whose) -> Part {
    let note = told(&data.machine, &data.date, whose) + &noisy(data);
    let mut text = format!("{NOTICE}\n");
    for (name, body) in [
        (
            "scaling",
            scaling(data).markdown() + "\n\n" + &picture(data).figure(),
        ),
        ("startup", startup(data).markdown()),
        ("exchange", exchange(data).markdown()),
        ("alone", alone(data).markdown()),
        ("model", predicted(data)),
    ] {
        let body = format!("{body}\n\n{note}");
        text.push_str(&format!(
            "<!-- ANCHOR: {name} -->\n{}<!-- ANCHOR_END: {name} -->\n",
            wrapped(&format!("cluster-{name}"), &body)
        ));
    }
    Part {
        file: FILE.into(),
        text,
    }
}

/// 화면에 보일 표입니다.
pub fn table(data: &Data) -> String {
    let tables = [scaling(data), startup(data), exchange(data), alone(data)];
    let tables = tables.iter().map(Table::markdown).collect::<Vec<_>>();
    format!(
        "{}\n\n{}\n",
        tables.join("\n\n"),
        sentences(data).join("\n")
    )
}

/// 재는 동안 다른 일이 코어를 썼으면 그렇다고 알립니다.
fn noisy(data: &Data) -> String {
    match data.others {
        Some(cores) if cores > data.machine.cores as f64 * 0.1 => format!(
            " 재는 동안 다른 일이 평균 {cores:.2}코어를 썼으므로, 조용할 때보다 오래 걸린 값입니다."
        ),
        _ => String::new(),
    }
}

fn cell(spread: Option<Spread>) -> String {
    spread.map_or_else(
        || UNKNOWN.to_owned(),
        |spread| {
            let [min, median, max] = [spread.min, spread.median, spread.max].map(format_duration);
            format!("{median} ({min}–{max})")
        },
    )
}

fn wall(row: Option<&Row>) -> Option<Spread> {
    row.and_then(|row| row.spread(|sample| sample.wall))
}

fn median(row: Option<&Row>) -> Option<f64> {
    wall(row).map(|spread| spread.median.as_secs_f64())
}

/// 일꾼의 수마다 걸린 시간입니다.
fn scaling(data: &Data) -> Table {
    let mut table = Table::new(&[
        "일꾼",
        "합(10억), 스레드",
        "합(10억), 프로세스",
        "낱말, 스레드",
        "낱말, 프로세스",
        "모아서, 프로세스",
    ]);
    let line = |name: String, find: &dyn Fn(Job, Way) -> Option<Spread>| {
        vec![
            name,
            cell(find(Job::Sum, Way::Threads)),
            cell(find(Job::Sum, Way::Processes)),
            cell(find(Job::Words, Way::Threads)),
            cell(find(Job::Words, Way::Processes)),
            cell(find(Job::Combined, Way::Processes)),
        ]
    };
    for count in COUNTS {
        let find = |job, way| wall(data.find(job, way, count));
        table.rows.push(line(count.to_string(), &find));
    }
    // 호스트의 줄은 프로세스의 칸에 적습니다.
    let hosts = |job, way| match way {
        Way::Processes => wall(data.find(job, Way::Hosts, 2)),
        _ => None,
    };
    if hosts(Job::Sum, Way::Processes).is_some() {
        table.rows.push(line("호스트 2".to_owned(), &hosts));
    }
    table
}

/// 일꾼 하나일 때의 몇 배 걸렸는지 그립니다.
fn picture(data: &Data) -> Chart {
    let panel = |title: &str, job: Job, ways: &[Way]| {
        let mut rows = Vec::new();
        for way in ways {
            rows.push(Line::Heading(way.label().to_owned()));
            let base = median(data.find(job, *way, 1)).filter(|base| *base > 0.0);
            for count in COUNTS {
                let (Some(spread), Some(base)) = (wall(data.find(job, *way, count)), base) else {
                    continue;
                };
                let ratio = spread.median.as_secs_f64() / base;
                let told = format!("{ratio:.2}배 ({})", format_duration(spread.median));
                let bar = Bar::of(
                    format!("일꾼 {count}"),
                    Kind::Ours,
                    Some(spread),
                    move |time: Duration| time.as_secs_f64() / base,
                    told,
                );
                let ideal = 1.0 / count.min(data.machine.cores) as f64;
                rows.push(Line::Bar(bar.marked((count > 1).then_some(ideal))));
            }
        }
        Panel {
            title: Some(title.to_owned()),
            axis: "일꾼 하나 대비(배)".to_owned(),
            unit: Unit::Times,
            log: false,
            rows,
        }
    };
    Chart {
        name: "cluster".to_owned(),
        title: "일꾼을 늘리면 몇 배 걸리는가".to_owned(),
        mark: "이상(1 ÷ 일꾼의 수, 코어의 수까지)".to_owned(),
        other: String::new(),
        panels: vec![
            panel("합(10억)", Job::Sum, &[Way::Threads, Way::Processes]),
            panel("낱말 세기", Job::Words, &[Way::Threads, Way::Processes]),
        ],
    }
}

/// 아무 일도 시키지 않았을 때입니다.
fn startup(data: &Data) -> Table {
    let mut table = Table::new(&["프로세스", "띄우고 끝내기까지", "그 가운데 서로 만나기"]);
    for count in COUNTS {
        let row = data.find(Job::Idle, Way::Processes, count);
        table.rows.push(vec![
            count.to_string(),
            cell(wall(row)),
            cell(row.and_then(|row| row.spread(|sample| sample.met))),
        ]);
    }
    table
}

/// 건너간 낱말과 바이트입니다.
fn exchange(data: &Data) -> Table {
    let mut table = Table::new(&[
        "무엇",
        "건너간 낱말",
        "오간 바이트",
        "낱말 하나에",
        "1초에 센 낱말",
        "걸린 시간",
    ]);
    for (job, way, count) in [
        (Job::Words, Way::Threads, 2),
        (Job::Words, Way::Processes, 2),
        (Job::Combined, Way::Processes, 2),
        (Job::Words, Way::Hosts, 2),
        (Job::Combined, Way::Hosts, 2),
        (Job::Words, Way::Processes, 4),
        (Job::Combined, Way::Processes, 4),
    ] {
        let Some(row) = data.find(job, way, count) else {
            continue;
        };
        let crossed = match (job, way) {
            (Job::Words, Way::Processes | Way::Hosts) => {
                Some(data.words * (count as u64 - 1) / count as u64)
            }
            (Job::Words, _) => Some(0),
            _ => None,
        };
        let sent = row.sent();
        let each = crossed.filter(|crossed| *crossed > 0);
        let rate = median(Some(row)).map(|seconds| data.words as f64 / seconds);
        table.rows.push(vec![
            format!("{}, {} {count}", job.label(), way.label()),
            crossed.map_or(UNKNOWN.to_owned(), |n| format!("{}개쯤", format_count(n))),
            format_bytes(sent),
            each.map_or(UNKNOWN.to_owned(), |n| {
                format!("{:.1} B", sent as f64 / n as f64)
            }),
            rate.map_or(UNKNOWN.to_owned(), |rate| {
                format!("{:.1}백만 개", rate / 1e6)
            }),
            cell(wall(Some(row))),
        ]);
    }
    table
}

/// 엔진 없이 한 스레드로 한 것과 견줍니다.
fn alone(data: &Data) -> Table {
    let mut table = Table::new(&["무엇", "걸린 시간", "엔진 없이 한 스레드 대비"]);
    for job in [Job::Small, Job::Sum, Job::Words] {
        let base = median(data.find(job, Way::Alone, 1));
        let mut line = |way: Way, count: usize| {
            let row = data.find(job, way, count);
            let ratio = median(row).zip(base).map(|(seconds, base)| seconds / base);
            if row.is_some() {
                let name = match way {
                    Way::Alone => format!("{}, {}", job.label(), way.label()),
                    _ => format!("{}, {} {count}", job.label(), way.label()),
                };
                table.rows.push(vec![
                    name,
                    cell(wall(row)),
                    ratio.map_or(UNKNOWN.to_owned(), |ratio| format!("{ratio:.2}배")),
                ]);
            }
        };
        line(Way::Alone, 1);
        for way in [Way::Threads, Way::Processes] {
            line(way, 1);
            line(way, 2);
        }
        line(Way::Hosts, 2);
    }
    table
}

/// 그 일의 잰 점들입니다(프로세스).
fn points(data: &Data, job: Job) -> Vec<Point> {
    let point = |count: usize| Some((count, median(data.find(job, Way::Processes, count))?));
    COUNTS.into_iter().filter_map(point).collect()
}

/// 맞춘 식과, 16을 빼고 맞춘 식입니다.
fn models(data: &Data, job: Job) -> Option<(Model, Model)> {
    let records = if job == Job::Words {
        data.words as f64
    } else {
        0.0
    };
    let (idle, points) = (points(data, Job::Idle), points(data, job));
    let cores = data.machine.cores;
    let whole = model::fit(cores, &idle, &points, records)?;
    let (_, shorter) = points.split_last()?;
    Some((whole, model::fit(cores, &idle, shorter, records)?))
}

/// 식을 말로 옮깁니다.
fn sentences(data: &Data) -> Vec<String> {
    let mut told = Vec::new();
    let seconds = |seconds: f64| format_duration(Duration::from_secs_f64(seconds.max(0.0)));
    for job in [Job::Sum, Job::Words, Job::Combined] {
        let measured = points(data, job);
        let (Some((model, shorter)), Some(last)) = (models(data, job), measured.last()) else {
            continue;
        };
        let (mean, worst) = model.error(&measured);
        let ahead = shorter.error(&[*last]).0;
        let (best, time) = model.best(MOST);
        let crossing = if model.crossing > 0.0 {
            format!(", 낱말 하나가 건너가는 값 {}", seconds(model.crossing))
        } else {
            String::new()
        };
        told.push(format!(
            "- **{}**: 띄우는 값 {} + 프로세스마다 {}, 혼자 일하는 시간 {}, 나눌 수 있는 몫 {}{crossing}. \
             식과 잰 값의 차이는 평균 {}, 가장 크게 {}입니다. 마지막 점(일꾼 {})을 빼고 맞춘 식은 그 점을 {} 틀리게 내다봅니다. \
             코어가 모자라지 않는다면 일꾼 {best}에서 가장 짧고(혼자의 {:.2}배), 그 뒤로는 늘려도 늦어집니다.",
            job.label(),
            seconds(model.start),
            seconds(model.start_each),
            seconds(model.work),
            percent(model.parallel),
            percent(mean),
            percent(worst),
            last.0,
            percent(ahead),
            time / model.time(1),
        ));
    }
    told
}

/// 식의 조각입니다. 독자가 제 값을 넣어 보는 자리에 줄 값도 함께 둡니다.
fn predicted(data: &Data) -> String {
    let mut table = Table::new(&["일꾼", "낱말 세기, 잰 값", "식이 말하는 값", "차이"]);
    let Some((model, _)) = models(data, Job::Words) else {
        return "식을 맞출 만큼 재지 못했습니다.".to_owned();
    };
    for (count, seconds) in points(data, Job::Words) {
        let told = model.time(count);
        let [measured, predicted] =
            [seconds, told].map(|s| format_duration(Duration::from_secs_f64(s)));
        table.rows.push(vec![
            count.to_string(),
            measured,
            predicted,
            format!("{:+.0}%", (told / seconds - 1.0) * 100.0),
        ]);
    }
    let sent = data
        .find(Job::Words, Way::Processes, 2)
        .map_or(0, Row::sent);
    let bytes = sent as f64 / (data.words as f64 / 2.0).max(1.0);
    let number = |value: f64| format!("{value:.9}");
    format!(
        "{}\n\n{}\n\n<div class=\"cluster-figures\" data-start=\"{}\" data-start-each=\"{}\" \
         data-work=\"{}\" data-parallel=\"{}\" data-crossing=\"{}\" data-records=\"{}\" data-bytes=\"{bytes:.1}\"></div>",
        table.markdown(),
        sentences(data).join("\n"),
        number(model.start),
        number(model.start_each),
        number(model.work),
        number(model.parallel),
        format_args!("{:.12}", model.crossing),
        data.words,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_anchor_is_filled() {
        let data = super::super::tests::sample_data();
        let text = part(&data, Whose::Publisher).text;
        for name in ["scaling", "startup", "exchange", "alone", "model"] {
            let (_, rest) = text
                .split_once(&format!("<!-- ANCHOR: {name} -->"))
                .unwrap();
            let (body, _) = rest.split_once("<!-- ANCHOR_END").unwrap();
            assert!(body.contains("| "), "{name}: {body}");
            assert!(body.contains("펴낸 이의 컴퓨터"), "{name}: {body}");
        }
        // 시끄러웠으면 숨기지 않습니다.
        assert!(text.contains("다른 일이 평균 0.50코어"), "{text}");
    }

    #[test]
    fn the_model_says_how_wrong_it_is() {
        let told = sentences(&super::super::tests::sample_data());
        assert_eq!(told.len(), 3, "{told:?}");
        for line in told {
            for part in ["평균 ", "가장 크게 ", "틀리게 내다봅니다", "가장 짧고"]
            {
                assert!(line.contains(part), "{line}");
            }
        }
    }
}
