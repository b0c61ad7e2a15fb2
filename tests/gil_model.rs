//! 3장의 「직접 돌려 보는 GIL」이 쓰는 모형(`book/theme/gil-model.js`)이 진짜 락과 같은지 봅니다.
//!
//! 한쪽은 크로미움에서 도는 자바스크립트이고, 다른 쪽은 `src/gil/lock.rs`를 가짜 시계([`sync`]) 위에서 그대로 돌린 것입니다
//! ([`locked`]). 같은 설정을 주고, 모든 스레드의 모든 구간이 1 µs도 다르지 않은지 봅니다.
//! 락이 없는 달림은 락의 일이 아니므로 따로 적은 것([`free`])과 견주고, 둘 다 지켜야 할 성질은 브라우저 없이 봅니다.

mod support;

#[path = "support/browser.rs"]
mod browser;
#[path = "gil_model/free.rs"]
mod free;
#[path = "gil_model/job.rs"]
mod job;
#[path = "gil_model/locked.rs"]
mod locked;
#[path = "gil_model/sync.rs"]
mod sync;

use std::{fs, process::ExitCode};

use browser::Browser;
use job::{Random, Run, Settings, Span};
use libtest_mimic::Failed;
use noriteo::{measure::evidence::Evidence, trace::State};
use serde_json::{Value, json};
use support::{Outcome, all_clear};

fn main() -> ExitCode {
    let mut trials = support::tests![
        the_same_settings_are_the_same_run,
        lanes_have_no_gap_and_pieces_are_as_drawn,
        the_lock_is_held_by_one_and_asked_after_an_interval,
        two_threads_under_the_lock_do_the_work_of_one,
        without_the_lock_no_core_rests_while_a_thread_waits,
    ];
    trials.extend(browser::tests![
        the_page_and_the_lock_agree_to_the_microsecond,
        the_page_and_the_tests_use_the_same_numbers,
    ]);
    support::run_mimic(trials)
}

fn run(settings: Settings) -> Run {
    if settings.lock {
        locked::run(settings)
    } else {
        free::run(settings)
    }
}

/// 견줄 설정들입니다: 고르게 벌여 놓은 것, 양 끝의 것, 아무렇게나 뽑은 것입니다.
fn cases() -> Vec<Settings> {
    let first = Settings::FIRST;
    let mut cases = Vec::new();
    for lock in [true, false] {
        for threads in [1, 2, 3, 4, 8] {
            for io in [0, 20, 50, 90, 100] {
                for interval in [500, 5000, 20_000] {
                    for seed in 1..=3 {
                        cases.push(Settings {
                            threads,
                            io,
                            interval,
                            lock,
                            seed,
                            ..first
                        });
                    }
                }
            }
        }
        let extremes = [
            Settings {
                threads: 8,
                io: 1,
                interval: 100,
                wake: 1000,
                seed: u32::MAX,
                ..first
            },
            Settings {
                threads: 8,
                io: 99,
                interval: 100,
                wake: 0,
                seed: 0,
                ..first
            },
            Settings {
                threads: 8,
                interval: 100,
                wake: 0,
                window: 200_000,
                cores: 1,
                ..first
            },
            Settings {
                threads: 8,
                io: 100,
                interval: 100_000,
                window: 1000,
                cores: 8,
                ..first
            },
            Settings {
                threads: 1,
                askers: 0,
                io: 100,
                window: 1001,
                ..first
            },
            Settings {
                threads: 2,
                askers: 1,
                io: 90,
                window: 200_000,
                ..first
            },
        ];
        cases.extend(extremes.map(|case| Settings { lock, ..case }));
    }
    let mut random = Random(0x6769_6c21);
    cases.extend((0..400).map(|_| {
        let mut within = |low: u64, high: u64| low + random.below(high - low + 1);
        // 짧은 값도 자주 나오도록 자릿수부터 뽑습니다.
        let mut short = |high: u64| {
            let high = within(high / 100, high);
            within(0, high)
        };
        let (interval, wake, window) = (short(99_900) + 100, short(1000), short(49_000) + 1000);
        Settings {
            threads: within(1, 8) as usize,
            io: within(0, 100),
            askers: within(0, 8) as usize,
            interval,
            lock: within(0, 3) > 0,
            cores: within(1, 8) as usize,
            wake,
            window,
            seed: within(0, u64::from(u32::MAX)) as u32,
        }
    }));
    cases
}

// ---------------------------------------------------------------- 브라우저 없이 보는 성질

fn the_same_settings_are_the_same_run() -> Outcome {
    for settings in cases().into_iter().step_by(17) {
        let (one, other) = (run(settings).to_json(), run(settings).to_json());
        assert_eq!(one, other, "{settings:?}");
    }
    let io = Settings {
        io: 50,
        ..Settings::FIRST
    };
    let other_seed = Settings { seed: 2, ..io };
    assert_ne!(run(io).to_json(), run(other_seed).to_json());
    Ok(())
}

/// 모든 설정의 모든 달림에 `check`를 겁니다. 어긴 것을 모두 모읍니다.
fn every_run(lock: bool, check: impl Fn(Settings, &Run) -> Result<(), String>) -> Outcome {
    let mine = cases()
        .into_iter()
        .filter(|settings| settings.lock == lock)
        .collect::<Vec<_>>();
    assert!(mine.len() > 200, "{}", mine.len());
    let failed = mine.into_iter().filter_map(|settings| {
        let why = check(settings, &run(settings)).err()?;
        Some(format!("{settings:?}: {why}"))
    });
    all_clear(failed.collect())
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// 구간은 빈틈없이 이어지고, 스레드는 뽑은 조각만큼만 계산하고 기다립니다.
fn lanes_have_no_gap_and_pieces_are_as_drawn() -> Outcome {
    let check = |settings: Settings, run: &Run| {
        for (id, track) in run.tracks.iter().enumerate() {
            let mut now = 0;
            for &(state, start, end) in &track.spans {
                ensure(start == now && end > start, || {
                    format!("{id}번의 {state:?} {start}–{end} 앞이 비었습니다")
                })?;
                now = end;
            }
            ensure(now == settings.window, || {
                format!("{id}번이 {now}에 끝납니다")
            })?;
            as_drawn(settings, id, &track.spans)?;
        }
        Ok(())
    };
    every_run(true, check)?;
    every_run(false, check)
}

/// 기다림을 빼고 남은 것이, 뽑은 조각들을 차례로 늘어놓은 것과 같은지 봅니다.
fn as_drawn(settings: Settings, id: usize, spans: &[Span]) -> Result<(), String> {
    let mut done: Vec<(bool, u64)> = Vec::new();
    for &(state, start, end) in spans {
        let io = match state {
            State::Io => true,
            State::Running | State::Held => false,
            _ => continue,
        };
        match done.last_mut() {
            Some((last, length)) if *last == io => *length += end - start,
            _ => done.push((io, end - start)),
        }
    }
    let mut wanted: Vec<(bool, u64)> = Vec::new();
    let mut pieces = settings.pieces(id);
    while wanted.len() < done.len() + 2 {
        let piece = pieces.draw();
        for (io, length) in [(false, piece.compute), (true, piece.io)] {
            match wanted.last_mut() {
                _ if length == 0 => {}
                Some((last, so_far)) if *last == io => *so_far += length,
                _ => wanted.push((io, length)),
            }
        }
        if settings.io == 0 || settings.io == 100 || id >= settings.askers {
            // 한 가지만 하는 스레드의 조각은 모두 이어집니다.
            return ensure(done.len() <= 1, || format!("{id}번이 딴 일을 했습니다"));
        }
    }
    // 마지막 조각은 하다 말 수 있습니다.
    let whole = done.len().saturating_sub(1);
    ensure(done[..whole] == wanted[..whole], || {
        format!("{id}번이 뽑은 것과 다른 일을 했습니다")
    })?;
    ensure(
        done.last().is_none_or(|last| {
            let wanted = wanted[whole];
            last.0 == wanted.0 && last.1 <= wanted.1
        }),
        || format!("{id}번의 마지막 조각이 뽑은 것보다 깁니다"),
    )
}

fn spans_of(run: &Run, states: &[State]) -> Vec<(usize, u64, u64)> {
    let mut found = Vec::new();
    for (id, track) in run.tracks.iter().enumerate() {
        let mine = track.spans.iter();
        found.extend(
            mine.filter(|(state, ..)| states.contains(state))
                .map(|&(_, start, end)| (id, start, end)),
        );
    }
    found.sort_by_key(|&(_, start, end)| (start, end));
    found
}

fn the_lock_is_held_by_one_and_asked_after_an_interval() -> Outcome {
    every_run(true, |settings, run| {
        let held = spans_of(run, &[State::Held]);
        for pair in held.windows(2) {
            ensure(pair[0].2 <= pair[1].1, || {
                format!("둘이 함께 쥐었습니다: {pair:?}")
            })?;
        }
        ensure(run.forced_drops <= run.drop_requests, || {
            "요청 없이 떠밀렸습니다".to_owned()
        })?;
        // 떠밀려 놓은 조각은 한 간격보다 짧을 수 없습니다. 요청은 쥔 스레드가 그대로인 한 간격 뒤에 걸립니다.
        for (id, track) in run.tracks.iter().enumerate() {
            for pair in track.spans.windows(2) {
                let [(first, start, end), (second, ..)] = [pair[0], pair[1]];
                let forced = first == State::Held && second == State::LockWait;
                if forced && settings.io == 0 {
                    ensure(end - start >= settings.interval, || {
                        format!("{id}번이 {start}에 쥐고 {end}에 떠밀렸습니다")
                    })?;
                }
            }
        }
        Ok(())
    })
}

fn two_threads_under_the_lock_do_the_work_of_one() -> Outcome {
    let first = Settings::FIRST;
    let two = run(first);
    // 혼자서 쉬지 않고 하면 창의 길이만큼 합니다. 둘이 하면 그것에서 건네는 동안을 뺀 만큼입니다.
    assert_eq!(
        run(Settings {
            threads: 1,
            ..first
        })
        .work(),
        first.window
    );
    assert_eq!(two.work(), first.window - two.switches * first.wake);
    assert!(two.tracks.iter().all(|track| track.forced_drops > 0));
    // 락이 없으면 코어가 하나일 때에는 그대로, 둘이면 두 배입니다.
    for (cores, times) in [(1, 1), (2, 2), (8, 2)] {
        let free = run(Settings {
            lock: false,
            cores,
            ..first
        });
        assert_eq!(free.work(), times * first.window);
    }
    // 줄서기: 쉬지 않는 스레드 곁에서 묻는 스레드는 한 간격을 다 기다립니다. 간격을 줄이면 덜 기다립니다.
    for interval in [5000, 1000] {
        let convoy = run(Settings {
            io: 90,
            askers: 1,
            interval,
            window: 200_000,
            ..first
        });
        let waits = &convoy.tracks[0].waits;
        let whole = waits.iter().filter(|wait| **wait >= interval).count();
        assert!(whole > 10 && whole * 10 > waits.len() * 8, "{waits:?}");
    }
    Ok(())
}

fn without_the_lock_no_core_rests_while_a_thread_waits() -> Outcome {
    every_run(false, |settings, run| {
        let running = spans_of(run, &[State::Running]);
        let waiting = spans_of(run, &[State::CoreWait]);
        let mut edges: Vec<u64> = running.iter().chain(&waiting).map(|span| span.1).collect();
        edges.sort_unstable();
        edges.dedup();
        let count = |spans: &[(usize, u64, u64)], at: u64| {
            let on = spans.iter().filter(|span| span.1 <= at && at < span.2);
            on.count()
        };
        for at in edges {
            let (on, off) = (count(&running, at), count(&waiting, at));
            ensure(on <= settings.cores, || {
                format!("{at}에 코어보다 많은 {on}명이 달립니다")
            })?;
            ensure(off == 0 || on == settings.cores, || {
                format!("{at}에 노는 코어가 있는데 {off}명이 기다립니다")
            })?;
        }
        // 기다리는 스레드는 앞에 선 스레드들이 저마다 한 토막씩 쓰는 동안보다 오래 기다리지 않습니다.
        let longest = waiting.iter().map(|span| span.2 - span.1).max();
        let most = settings.threads as u64 * job::SLICE;
        ensure(longest.unwrap_or(0) <= most, || {
            format!("코어를 {longest:?} µs나 기다렸습니다")
        })
    })
}

// ---------------------------------------------------------------- 브라우저에서 도는 것과 견주기

/// 모형만 실은 쪽을 `file://`로 엽니다.
fn open_model(browser: &Browser) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    fs::copy(
        support::root().join("book/theme/gil-model.js"),
        folder.path().join("gil-model.js"),
    )?;
    let page = folder.path().join("model.html");
    fs::write(
        &page,
        "<!doctype html><meta charset=\"utf-8\"><script src=\"gil-model.js\"></script>",
    )?;
    browser.open(&format!("file://{}", page.display()))?;
    Ok(folder)
}

fn the_page_and_the_lock_agree_to_the_microsecond(browser: &Browser) -> Outcome {
    let _folder = open_model(browser)?;
    let (mut problems, mut spans) = (Vec::new(), 0);
    let cases = cases();
    for some in cases.chunks(50) {
        let given: Vec<Value> = some.iter().map(|settings| settings.to_json()).collect();
        let found = browser.get(&format!(
            "{}.map((settings) => NoriteoGil.simulate(settings))",
            json!(given)
        ))?;
        for (settings, found) in some.iter().zip(found.as_array().into_iter().flatten()) {
            let run = run(*settings);
            spans += run
                .tracks
                .iter()
                .map(|track| track.spans.len())
                .sum::<usize>();
            let wanted = run.to_json();
            if *found != wanted {
                problems.push(difference(settings, &wanted, found));
            }
        }
    }
    assert!(cases.len() > 800 && spans > 20_000, "{spans}");
    let agreed = cases.len() - problems.len();
    let row = |what: &str, figure: usize, unit: &str| {
        Evidence::new("gil_model", what, figure as f64, unit)
    };
    let told = support::evidence(
        "gil_model",
        &[
            row(
                "쪽의 GIL 모형과 src/gil/lock.rs가 1 µs까지 똑같이 달린 설정",
                agreed,
                "가지",
            )
            .equals(cases.len() as f64),
            row("그 설정들에서 견준 구간", spans, "개"),
        ],
    );
    problems.truncate(5);
    all_clear(problems)?;
    told
}

/// 처음으로 달라진 곳을 말합니다.
fn difference(settings: &Settings, wanted: &Value, found: &Value) -> String {
    let empty = Vec::new();
    let spans = |value: &Value, id: usize| {
        let spans = &value["tracks"][id]["spans"];
        spans.as_array().unwrap_or(&empty).clone()
    };
    for id in 0..settings.threads {
        let (wanted, found) = (spans(wanted, id), spans(found, id));
        let same = wanted
            .iter()
            .zip(&found)
            .take_while(|(one, other)| one == other)
            .count();
        if wanted.len() != found.len() || same < wanted.len() {
            return format!(
                "{settings:?}: {id}번의 {same}번째 구간: 락 {:?}, 쪽 {:?}",
                wanted.get(same),
                found.get(same)
            );
        }
    }
    format!(
        "{settings:?}: 락 {}, 쪽 {}",
        wanted["stats"], found["stats"]
    )
}

fn the_page_and_the_tests_use_the_same_numbers(browser: &Browser) -> Outcome {
    let _folder = open_model(browser)?;
    for (name, wanted) in [
        ("STEP", job::STEP),
        ("CYCLE", job::CYCLE),
        ("SLICE", job::SLICE),
    ] {
        assert_eq!(browser.get(&format!("NoriteoGil.{name}"))?, json!(wanted));
    }
    let first = browser.get(
        "Object.fromEntries(Object.entries(NoriteoGil.LIMITS).map(([name, [, , first]]) => [name, first]))",
    )?;
    assert_eq!(first, Settings::FIRST.to_json());
    // 쪽에서 고를 수 있는 값의 두 끝을 모두 견주었습니다.
    let limits = browser.get("NoriteoGil.LIMITS")?;
    let tried: Vec<Value> = cases().into_iter().map(Settings::to_json).collect();
    for (name, limit) in limits.as_object().into_iter().flatten() {
        for end in [&limit[0], &limit[1]] {
            assert!(tried.iter().any(|case| case[name] == *end), "{name} {end}");
        }
    }
    // 간격의 처음 값은 락의 처음 값입니다.
    let interval = noriteo::gil::DEFAULT_SWITCH_INTERVAL.as_micros();
    assert_eq!(u128::from(Settings::FIRST.interval), interval);
    Ok(())
}
