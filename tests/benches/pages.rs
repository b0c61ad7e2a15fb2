//! 쪽의 단추를 눌러 첫 글이 보이기까지와, 글을 고쳐 쪽이 새로 읽히기까지를 재어 증거 `pages`로 남깁니다.
//!
//! `cargo bench -p noriteo-tests --bench pages`
//!
//! 시계는 브라우저의 것(`performance.now()`)과 이 프로그램의 것입니다. 예제는 이미 지어 둔 것입니다.

#[path = "../support/bound.rs"]
mod bound;
#[path = "../support/browser.rs"]
mod browser;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use bound::{Copy, Running};
use browser::Browser;
use libtest_mimic::Failed;
use noriteo::measure::{
    Spread,
    evidence::{self, Evidence},
};
use serde_json::json;

/// 재는 횟수입니다. 첫 번은 데우기이고 세지 않습니다.
const RUNS: usize = 7;

fn main() -> ExitCode {
    if let Some(why) = browser::missing() {
        println!("거름: {why}");
        return if support::in_ci() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failed) => {
            eprintln!("오류: {}", failed.message().unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Failed> {
    let mut rows = Vec::new();
    // 너무 시끄러우면 많아야 세 번 다시 잽니다.
    for attempt in 1..=3 {
        let (first, reload) = (first_output()?, reload()?);
        println!("{attempt}번째: 첫 글까지 {first:?}, 새로 읽기까지 {reload:?}");
        rows = vec![
            row(
                "page-first-output",
                "쪽의 단추를 누르고 예제의 첫 글이 보이기까지",
                first,
            ),
            row("page-reload", "글을 고치고 쪽이 새로 읽히기까지", reload).at_most(1000.0),
        ];
        if rows.iter().all(Evidence::holds) {
            break;
        }
    }
    Ok(evidence::write("pages", &rows)?)
}

fn row(id: &str, what: &str, time: Duration) -> Evidence {
    let ms = (time.as_secs_f64() * 1e4).round() / 10.0;
    Evidence::new(id, format!("{what}({RUNS}번의 중앙값)"), ms, "ms")
}

fn median(times: Vec<Duration>) -> Result<Duration, Failed> {
    Spread::of(times.into_iter().skip(1))
        .map(|spread| spread.median)
        .ok_or_else(|| "잰 것이 없습니다".into())
}

fn first_output() -> Result<Duration, Failed> {
    support::built()?;
    let folder = tempfile::tempdir()?;
    let command = bound::opened(support::root(), &folder.path().join("book"))?;
    let mut running = Running::start(command)?;
    let address = running.address()?;
    let browser = Browser::start()?;
    browser.open(&format!("http://{address}/ch02-thread.html"))?;
    browser.run(
        "window.bar = [...document.querySelectorAll('code.language-console')]
           .find((code) => code.textContent.includes('ch02_01_spawn_join')).closest('pre').nextElementSibling;
         window.out = bar.querySelector('.run-out');
         new MutationObserver(() => {
           if (window.first === undefined && out.textContent) window.first = performance.now() - window.start;
         }).observe(out, { childList: true, subtree: true, characterData: true });",
    )?;
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        browser.run(
            "window.first = undefined; delete bar.dataset.done; window.start = performance.now();
             bar.querySelector('.run-go').click();",
        )?;
        browser.until("bar.dataset.done === 'true'")?;
        times.push(Duration::from_secs_f64(browser.number("first")? / 1e3));
    }
    median(times)
}

fn reload() -> Result<Duration, Failed> {
    let copy = Copy::new()?;
    let mut command = copy.small(&["serve", "--port", "0", "--no-open", "--data"]);
    command.arg(copy.data()?);
    let mut running = Running::start(command)?;
    let address = running.address()?;
    let browser = Browser::start()?;
    browser.open(&format!("http://{address}/ch01-process.html"))?;
    let page = copy.path("book/text/ch01-process.md");
    let text = support::read(&page)?;
    let mut times = Vec::new();
    for edit in 0..=RUNS {
        let mark = format!("고친 표시 {edit}");
        let start = Instant::now();
        fs::write(&page, format!("{text}\n\n{mark}\n"))?;
        browser.until(&format!(
            "document.querySelector('main')?.textContent.includes({})",
            json!(mark)
        ))?;
        times.push(start.elapsed());
    }
    median(times)
}
