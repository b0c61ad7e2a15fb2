//! 6장의 쪽: 잰 값이 책에 들어가는지와, 독자가 제 값을 넣어 보는 칸(`<cluster-lab>`)이 옳게 셈하는지 봅니다.

#[path = "support/bound.rs"]
mod bound;
#[path = "support/browser.rs"]
mod browser;
mod support;

use std::{fs, process::ExitCode};

use bound::{Book, Copy, call, contains, expect};
use browser::{Browser, PHONE};
use libtest_mimic::Failed;
use support::Outcome;

/// 칸의 스크립트와 꾸밈은 줄여서 이만큼을 넘지 않습니다.
const HEAVIEST: u64 = 4 * 1024;

fn main() -> ExitCode {
    let mut tests = support::tests![
        a_readers_own_values_stand_in_the_book,
        without_sources_measuring_is_told_and_leaves_nothing,
        odd_values_are_told,
        every_fence_left_out_is_a_program_built_elsewhere,
    ];
    tests.extend(browser::tests![
        the_first_answer_is_that_of_the_measured_model,
        an_answer_follows_what_is_typed,
        small_work_stays_on_one_machine,
        odd_numbers_are_told,
        it_fits_a_phone_and_fetches_nothing,
        without_script_its_own_words_are_shown,
        the_added_files_are_light,
    ]);
    bound::run_mimic(tests)
}

const PAGE: &str = "ch06-many-machines.html";

/// 펴낸 이의 값에서 컴퓨터의 이름만 바꾼 것을 독자의 값으로 둡니다.
fn a_readers_own_values_stand_in_the_book() -> Outcome {
    let copy = Copy::new()?;
    let publisher = support::read(&copy.path("book/text/measured/cluster.json"))?;
    let mut data: serde_json::Value = serde_json::from_str(&publisher)?;
    data["machine"]["cpu"] = "독자의 CPU".into();
    fs::create_dir_all(copy.path("target"))?;
    fs::write(copy.path("target/cluster.json"), data.to_string())?;
    let out = copy.path("site");
    let words = ["build", "--data"];
    let mut command = copy.command(&words);
    command
        .arg(copy.path("book/text/measured/publisher.json"))
        .arg("--out")
        .arg(&out);
    expect(&call(&mut command)?, 0)?;
    let page = support::read(&out.join(PAGE))?;
    contains(&page, "독자의 CPU")?;
    if page.contains("펴낸 이의 컴퓨터") {
        return Err("6장에 펴낸 이의 값이 남아 있습니다".into());
    }
    Ok(())
}

/// 사본에는 Cargo.toml이 없어 지을 수 없습니다. 그렇다고 말하고, 잰 체하지 않습니다.
fn without_sources_measuring_is_told_and_leaves_nothing() -> Outcome {
    let copy = Copy::new()?;
    let output = call(&mut copy.command(&["cluster", "--runs", "1"]))?;
    expect(&output, 1)?;
    contains(&output.stderr, "6장의 프로그램을 짓지 못했습니다")?;
    if copy.path("target/cluster.json").exists() {
        return Err("재지 못했는데 파일을 남겼습니다".into());
    }
    Ok(())
}

fn odd_values_are_told() -> Outcome {
    let copy = Copy::new()?;
    fs::create_dir_all(copy.path("target"))?;
    for odd in ["{}", "[]", "아무 글", "{\"what\":\"noriteo-cluster-1\"}"] {
        fs::write(copy.path("target/cluster.json"), odd)?;
        let mut command = copy.command(&["build", "--data"]);
        command
            .arg(copy.path("book/text/measured/publisher.json"))
            .arg("--out")
            .arg(copy.path("site"));
        let output = call(&mut command)?;
        expect(&output, 2)?;
        contains(&output.stderr, "cargo run -- cluster")?;
    }
    for words in [
        &["cluster", "--data", "x"][..],
        &["cluster", "--publish"],
        &["cluster", "--runs", "0"],
    ] {
        expect(&call(&mut copy.command(words))?, 2)?;
    }
    Ok(())
}

/// skeptic과 mdBook의 검사가 짓지 않는 조각은, 기능을 켜서 짓는 프로그램을 통째로 보이는 것뿐입니다.
/// 그 프로그램들은 검사 `cluster`와 `outputs`가 짓고 돌립니다. 연습의 출발 파일은 돌리지 않지만(`no_run`) 짓습니다.
fn every_fence_left_out_is_a_program_built_elsewhere() -> Outcome {
    let fence =
        regex::Regex::new(r"(?m)^```rust,(\S+)\n(?:\{\{#rustdoc_include ([^}:]+)(:[^}]+)?\}\})?")?;
    let built = support::built_with_features()?;
    let (mut problems, mut shown) = (Vec::new(), 0);
    let text = support::root().join("book/text");
    let places = [
        (text.clone(), "../../examples/", &["ignore", "no_run"][..]),
        (text.join("exercises"), "../../../examples/", &["ignore"]),
    ];
    for (folder, examples, left_out) in places {
        for path in support::files(&folder, "md")? {
            let text = support::read(&path)?;
            for found in fence.captures_iter(&text) {
                if !left_out.iter().any(|word| found[1].contains(word)) {
                    continue;
                }
                let program = found.get(2).map_or("", |path| path.as_str());
                let name = program
                    .strip_prefix(examples)
                    .and_then(|name| name.strip_suffix(".rs"))
                    .unwrap_or_default();
                let known = support::with_features()?.contains_key(name);
                if !known || found.get(3).is_some() || !built.examples.contains_key(name) {
                    problems.push(format!("{}: {program:?}", path.display()));
                }
                shown += 1;
            }
        }
    }
    if shown != support::with_features()?.len() {
        problems.push(format!(
            "기능을 켜는 프로그램마다 한 번 보여야 하는데 {shown}번입니다"
        ));
    }
    support::all_clear(problems)
}

fn open(browser: &Browser) -> Result<(), Failed> {
    browser.open(&Book::bind()?.page(PAGE))?;
    browser.until("document.querySelector('cluster-lab form') !== null")?;
    Ok(())
}

/// 칸에 적고, 브라우저가 알리게 합니다.
fn write(browser: &Browser, name: &str, value: &str) -> Result<(), Failed> {
    browser.run(&format!(
        "const input = document.querySelector('#cluster-lab-{name}');
         input.value = {value:?};
         input.dispatchEvent(new Event('input', {{ bubbles: true }}));"
    ))?;
    Ok(())
}

fn said(browser: &Browser) -> Result<String, Failed> {
    browser.text("document.querySelector('cluster-lab .told').textContent")
}

/// 식을 스크립트와 따로 셈합니다. 코어는 컴퓨터마다 따로이고 선도 저마다 하나입니다.
struct Figures {
    start: f64,
    start_each: f64,
    work: f64,
    parallel: f64,
    crossing: f64,
    records: f64,
    bytes: f64,
    link: f64,
}

impl Figures {
    /// 펴낸 이의 표에 담긴 값입니다.
    fn measured(browser: &Browser) -> Result<Figures, Failed> {
        let of = |name: &str| {
            browser.number(&format!(
                "Number(document.querySelector('.cluster-figures').dataset.{name})"
            ))
        };
        Ok(Figures {
            start: of("start")?,
            start_each: of("startEach")?,
            work: of("work")?,
            parallel: of("parallel")?,
            crossing: of("crossing")?,
            records: of("records")?,
            bytes: of("bytes")?,
            link: 1e9,
        })
    }

    fn time(&self, n: u32) -> f64 {
        let n = f64::from(n);
        let each = self.records * (n - 1.0) / n / n;
        let wire = if self.link > 0.0 {
            each * self.bytes * 8.0 / self.link
        } else {
            0.0
        };
        let serial = self.start + self.start_each * n + self.work * (1.0 - self.parallel);
        serial + self.work * self.parallel / n + each * self.crossing + wire
    }

    fn best(&self) -> u32 {
        (1..=1024).fold(1, |best, n| {
            if self.time(n) < self.time(best) {
                n
            } else {
                best
            }
        })
    }

    /// 칸에 적힌 것과 표의 줄들이 이 값의 것인지 봅니다. 칸의 수는 네 자리까지이므로 그만큼만 견줍니다.
    fn shown(&self, browser: &Browser) -> Outcome {
        let told = said(browser)?;
        let best = self.best();
        let right = match best {
            1 => "한 대가 가장 짧습니다".to_owned(),
            n => format!("{n}대에서 "),
        };
        if !told.starts_with(&right) {
            return Err(format!("{right:?}로 시작해야 합니다: {told}").into());
        }
        for n in [1, 2, 16, 64] {
            let times = browser.text(&format!(
                "[...document.querySelectorAll('cluster-lab tbody tr')]
                   .find((row) => row.cells[0].textContent === '{n}대').cells[2].textContent"
            ))?;
            let times: f64 = times.trim_end_matches('배').parse()?;
            let wanted = self.time(1) / self.time(n);
            if (times - wanted).abs() > 0.006 + wanted * 0.002 {
                return Err(format!("{n}대: {wanted}배여야 하는데 {times}배입니다").into());
            }
        }
        Ok(())
    }
}

fn the_first_answer_is_that_of_the_measured_model(browser: &Browser) -> Outcome {
    open(browser)?;
    let figures = Figures::measured(browser)?;
    if figures.work <= 0.0 || figures.records <= 0.0 || figures.bytes <= 0.0 {
        return Err("펴낸 값에서 오지 않았습니다".into());
    }
    figures.shown(browser)
}

fn an_answer_follows_what_is_typed(browser: &Browser) -> Outcome {
    open(browser)?;
    let mut figures = Figures::measured(browser)?;
    for (name, value) in [
        ("work", "3600"),
        ("parallel", "99.5"),
        ("startEach", "250"),
        ("records", "5000000"),
        ("crossing", "2"),
        ("bytes", "100"),
        ("link", "10"),
    ] {
        write(browser, name, value)?;
    }
    (figures.work, figures.parallel, figures.start_each) = (3600.0, 0.995, 0.25);
    (figures.records, figures.crossing) = (5e6, 2e-6);
    (figures.bytes, figures.link) = (100.0, 1e7);
    figures.shown(browser)
}

fn small_work_stays_on_one_machine(browser: &Browser) -> Outcome {
    open(browser)?;
    write(browser, "work", "0.001")?;
    let told = said(browser)?;
    if told.starts_with("한 대가 가장 짧습니다") {
        return Ok(());
    }
    Err(told.into())
}

fn odd_numbers_are_told(browser: &Browser) -> Outcome {
    open(browser)?;
    let before = said(browser)?;
    for odd in ["-1", "", "101"] {
        write(browser, "parallel", odd)?;
        browser.expect(
            "document.querySelector('cluster-lab .notice').textContent.includes('나눌 수 있는 몫')",
        )?;
        browser.expect("document.querySelector('#cluster-lab-parallel').getAttribute('aria-invalid') === 'true'")?;
        if said(browser)? != before {
            return Err(format!("{odd:?}: 앞의 답이 남아야 합니다").into());
        }
    }
    write(browser, "parallel", "50")?;
    browser.expect("document.querySelector('cluster-lab .notice').textContent === ''")?;
    if said(browser)? == before {
        return Err("고친 값으로 다시 셈하지 않았습니다".into());
    }
    Ok(())
}

fn it_fits_a_phone_and_fetches_nothing(browser: &Browser) -> Outcome {
    browser.resize(PHONE)?;
    open(browser)?;
    write(browser, "work", "100")?;
    browser.expect(
        "document.querySelector('cluster-lab').getBoundingClientRect().right <= innerWidth + 1 &&
         document.querySelector('cluster-lab').scrollWidth <= document.querySelector('cluster-lab').clientWidth + 1",
    )?;
    let errors = browser.errors()?;
    let outside: Vec<String> = browser
        .requests()?
        .into_iter()
        .filter(|url| !url.starts_with("file:") && !url.starts_with("data:"))
        .collect();
    if errors.is_empty() && outside.is_empty() {
        return Ok(());
    }
    Err(format!("{errors:?} {outside:?}").into())
}

fn without_script_its_own_words_are_shown(browser: &Browser) -> Outcome {
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        serde_json::json!({ "value": true }),
    )?;
    browser.open(&Book::bind()?.page(PAGE))?;
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        serde_json::json!({ "value": false }),
    )?;
    browser.expect("document.querySelector('cluster-lab form') === null")?;
    browser.expect("document.querySelector('cluster-lab p').textContent.includes('손으로 넣어')")
}

fn the_added_files_are_light(browser: &Browser) -> Outcome {
    let mut size = 0;
    for name in ["cluster-lab.js", "cluster-lab.css"] {
        let text = support::read(&support::root().join("book/theme").join(name))?;
        size += browser.gzipped(&text)?;
    }
    if size <= HEAVIEST {
        return Ok(());
    }
    Err(format!("줄여서 {size}바이트입니다. {HEAVIEST}바이트를 넘지 않게 하세요").into())
}
