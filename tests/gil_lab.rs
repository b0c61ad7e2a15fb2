//! 3장의 「직접 돌려 보는 GIL」(`<gil-lab>`)을 진짜 브라우저에서 만져 봅니다.
//!
//! 묶은 책을 `file://`로 엽니다. 그려진 구간과 표의 수는 `src/gil/lock.rs`를 가짜 시계 위에서 돌린 것과 맞추어 봅니다.
//! 모형이 락과 같은지는 `gil_model`이 넓게 보고, 여기에서는 쪽이 모형의 값을 그대로 보이는지와 쓰기 좋은지를 봅니다.

mod support;

#[path = "support/browser.rs"]
mod browser;
#[path = "gil_model/free.rs"]
mod free;
#[allow(dead_code, reason = "gil_model이 쓰는 것까지 함께 들여옵니다")]
#[path = "gil_model/job.rs"]
mod job;
#[path = "gil_model/locked.rs"]
mod locked;
#[path = "gil_model/sync.rs"]
mod sync;

use std::{path::Path, process::ExitCode, sync::Mutex};

use browser::{Browser, PHONE, WIDE, key};
use job::{Run, Settings};
use libtest_mimic::Failed;
use mdbook_driver::MDBook;
use noriteo::{measure::evidence::Evidence, trace::State};
use serde_json::{Value, json};
use support::{Outcome, all_clear};
use tempfile::TempDir;

/// 묶은 책입니다. 처음 쓸 때 묶습니다.
static BOOK: Mutex<Option<TempDir>> = Mutex::new(None);

/// 쪽 하나의 무게(줄인 뒤)의 위 끝입니다.
const HEAVIEST: f64 = 40.0 * 1024.0;

fn main() -> ExitCode {
    let done = support::run_mimic(browser::tests![
        the_first_picture_is_the_run_of_the_lock,
        every_setting_is_reached_by_keyboard_alone,
        the_address_sets_the_figure_and_follows_it,
        bad_addresses_are_told_and_harmless,
        wrong_numbers_are_told_while_typing,
        two_cores_without_the_lock_do_twice_the_work,
        the_recorded_run_of_the_same_setting_stands_beside,
        links_of_the_section_open_their_settings,
        what_the_section_says_about_the_model_is_true,
        the_address_can_be_copied,
        nothing_is_fetched_and_nothing_fails,
        without_script_its_own_words_are_shown,
        it_fits_a_phone_and_dark_themes,
        print_keeps_the_figure_and_drops_the_controls,
        the_added_files_are_light,
    ]);
    // 정적 변수는 버려지지 않으므로 손수 치웁니다.
    drop(BOOK.lock().map(|mut book| book.take()));
    done
}

/// 3장의 주소입니다. `query`는 `?gil-…`처럼 적습니다.
fn chapter(query: &str) -> Result<String, Failed> {
    let mut book = BOOK.lock().map_err(|_| "책을 묶다가 패닉했습니다")?;
    if book.is_none() {
        let folder = tempfile::tempdir()?;
        let mut source = MDBook::load(support::root())
            .map_err(|error| format!("책을 읽지 못했습니다: {error:#}"))?;
        source.config.build.build_dir = folder.path().to_path_buf();
        source
            .build()
            .map_err(|error| format!("책을 묶지 못했습니다: {error:#}"))?;
        *book = Some(folder);
    }
    let folder = book.as_ref().map(TempDir::path).unwrap_or(Path::new("/"));
    Ok(format!("file://{}/ch03-gil.html{query}", folder.display()))
}

fn open(browser: &Browser, query: &str) -> Result<(), Failed> {
    browser.open(&chapter(query)?)?;
    browser.until("document.querySelector('gil-lab form') !== null")?;
    Ok(())
}

fn run(settings: Settings) -> Run {
    if settings.lock {
        locked::run(settings)
    } else {
        free::run(settings)
    }
}

/// 그려진 구간들입니다. 줄마다 `[상태, 시작, 끝]`입니다.
fn drawn(browser: &Browser) -> Result<Value, Failed> {
    browser.get(
        "[...document.querySelectorAll('gil-lab .modelled .lane')].map((lane) => \
         [...lane.querySelectorAll('rect')].map(({ dataset: d }) => [d.state, Number(d.start), Number(d.end)]))",
    )
}

/// 그림이 `settings`의 달림인지 봅니다.
fn shows(browser: &Browser, settings: Settings) -> Outcome {
    let run = run(settings).to_json();
    let wanted: Vec<&Value> = (0..settings.threads)
        .map(|id| &run["tracks"][id]["spans"])
        .collect();
    let drawn = drawn(browser)?;
    if drawn == json!(wanted) {
        return Ok(());
    }
    Err(format!("{settings:?}의 그림이 아닙니다: {drawn}").into())
}

/// 「모형이 센 것」 표에서 `name`으로 시작하는 줄의 값입니다.
fn counted(browser: &Browser, name: &str) -> Result<String, Failed> {
    browser.text(&format!(
        "[...document.querySelectorAll('gil-lab tr')].find((row) => row.cells[0].textContent.startsWith({name:?})).cells[1].textContent"
    ))
}

fn notice(browser: &Browser) -> Result<String, Failed> {
    browser.text("document.querySelector('gil-lab .notice').textContent")
}

fn the_first_picture_is_the_run_of_the_lock(browser: &Browser) -> Outcome {
    open(browser, "")?;
    let first = Settings::FIRST;
    shows(browser, first)?;
    // 막대의 자리와 길이가 시각과 맞습니다.
    browser.expect(
        "[...document.querySelectorAll('gil-lab .lane rect')].every((rect) => { \
           const first = document.querySelector('gil-lab .lane rect'); \
           const unit = first.width.baseVal.value / (first.dataset.end - first.dataset.start); \
           const x = first.x.baseVal.value + unit * rect.dataset.start; \
           const width = unit * (rect.dataset.end - rect.dataset.start); \
           return Math.abs(rect.x.baseVal.value - x) < 0.3 && Math.abs(rect.width.baseVal.value - width) < 0.3; })",
    )?;
    let run = run(first);
    assert_eq!(counted(browser, "모자가")?, format!("{}번", run.switches));
    assert_eq!(
        counted(browser, "요청을")?,
        format!("{}번", run.forced_drops)
    );
    assert_eq!(
        counted(browser, "모두 한 일")?,
        format!("{:.2}배", run.work() as f64 / first.window as f64)
    );
    // 범례의 말은 책의 다른 타임라인과 같습니다.
    for (query, states) in [
        ("", &[State::Held, State::LockWait][..]),
        (
            "?gil-lock=off&gil-cores=1&gil-io=50",
            &[State::Running, State::CoreWait, State::Io],
        ),
    ] {
        open(browser, query)?;
        let labels: Vec<&str> = states.iter().map(|state| state.label()).collect();
        let legend =
            browser.get("[...document.querySelectorAll('gil-lab .modelled .legend text')].map((t) => t.textContent)")?;
        assert_eq!(legend, json!(labels));
        // 무늬와 색도 같은 것을 씁니다.
        let same = "[...document.querySelectorAll('gil-lab .modelled pattern')].every((mine) => { \
            const other = document.querySelector(`figure.timeline pattern.${mine.classList[0]}`); \
            const colour = (pattern) => getComputedStyle(pattern.querySelector('rect')).fill; \
            return !other || (other.innerHTML === mine.innerHTML && colour(other) === colour(mine)); })";
        browser.expect(same)?;
    }
    Ok(())
}

fn every_setting_is_reached_by_keyboard_alone(browser: &Browser) -> Outcome {
    open(browser, "")?;
    let mut now = Settings::FIRST;
    browser.tab_to("#gil-lab-threads-range")?;
    // 여기서 누른 키는 화살표로 장을 넘기는 mdBook에 닿지 않습니다.
    browser.run("window.reached = []; document.addEventListener('keydown', ({ key }) => window.reached.push(key));")?;
    browser.keys(&[key::RIGHT])?;
    now.threads = 3;
    shows(browser, now)?;
    browser.keys(&[key::TAB, key::UP])?;
    now.threads = 4;
    shows(browser, now)?;
    browser.tab_to("#gil-lab-io-range")?;
    browser.keys(&[key::END, key::LEFT])?;
    now.io = 99;
    shows(browser, now)?;
    browser.tab_to("#gil-lab-interval-range")?;
    browser.keys(&[key::LEFT, key::LEFT])?;
    now.interval = 1000;
    shows(browser, now)?;
    browser.tab_to("#gil-lab-lock")?;
    browser.keys(&[key::SPACE])?;
    now.lock = false;
    shows(browser, now)?;
    browser.tab_to("#gil-lab-cores")?;
    browser.keys(&[key::UP])?;
    now.cores = 3;
    shows(browser, now)?;
    browser.tab_to("gil-lab summary")?;
    browser.keys(&[key::ENTER])?;
    browser.tab_to("#gil-lab-askers-range")?;
    browser.keys(&[key::LEFT])?;
    now.askers = 3;
    shows(browser, now)?;
    browser.tab_to("#gil-lab-wake")?;
    browser.keys(&[key::UP])?;
    now.wake = 51;
    browser.tab_to("#gil-lab-window-range")?;
    browser.keys(&[key::HOME])?;
    now.window = 1000;
    browser.tab_to("#gil-lab-seed")?;
    // 칸에서 누른 글자가 mdBook의 찾기(s)와 도움말(?)을 열지 않습니다.
    browser.keys(&[key::UP, 's', '?', '/'])?;
    now.seed = 2;
    shows(browser, now)?;
    browser.expect("document.activeElement.id === 'gil-lab-seed'")?;
    browser.expect("location.pathname.endsWith('/ch03-gil.html')")?;
    let form = "document.querySelector('gil-lab form')";
    browser.expect(&format!("{form}.querySelectorAll('input').length === 16"))?;
    // 이름 없는 칸이 없습니다.
    browser.expect(&format!(
        "[...{form}.querySelectorAll('input')].every((input) => input.labels.length === 1 || input.ariaLabel)"
    ))?;
    browser.tab_to("gil-lab .buttons button")?;
    browser.keys(&[key::ENTER, key::RIGHT, key::LEFT, 's'])?;
    shows(browser, Settings::FIRST)?;
    browser.expect("location.search === ''")?;
    assert_eq!(browser.get("window.reached")?, json!([]));
    Ok(())
}

fn the_address_sets_the_figure_and_follows_it(browser: &Browser) -> Outcome {
    open(
        browser,
        "?other=1&gil-threads=3&gil-io=40&gil-askers=2&gil-seed=7&gil-window=50000#gil-lab",
    )?;
    let mut now = Settings {
        threads: 3,
        io: 40,
        askers: 2,
        seed: 7,
        window: 50_000,
        ..Settings::FIRST
    };
    shows(browser, now)?;
    assert_eq!(notice(browser)?, "");
    browser.click("#gil-lab-lock")?;
    now.lock = false;
    shows(browser, now)?;
    // 바뀐 주소는 모든 설정을 담고, 남의 것은 건드리지 않습니다. 다시 읽어도 그대로입니다.
    browser.expect("location.hash === '#gil-lab'")?;
    let search = browser.text("location.search")?;
    for part in ["other=1", "gil-lock=off", "gil-wake=50", "gil-seed=7"] {
        assert!(search.contains(part), "{search}");
    }
    browser.reload()?;
    browser.until("document.querySelector('gil-lab form') !== null")?;
    shows(browser, now)
}

fn bad_addresses_are_told_and_harmless(browser: &Browser) -> Outcome {
    open(
        browser,
        "?gil-threads=99&gil-lock=maybe&gil-io=-1&gil-seed=4294967296&gil-cores=%3Cimg%20src%3Dx%3E&gil-no-such=1&gil-interval=1e3&gil-window=",
    )?;
    shows(browser, Settings::FIRST)?;
    let told = notice(browser)?;
    for part in [
        "「gil-threads=99」",
        "1부터 8까지",
        "「gil-lock=maybe」",
        "「gil-io=-1」",
        "「gil-seed=4294967296」",
        "「gil-cores=<img src=x>」",
        "「gil-no-such」라는 설정은 없습니다",
        "「gil-interval=1e3」",
        "「gil-window=」",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    browser.expect("document.querySelector('gil-lab img') === null")?;
    // 하나가 틀려도 나머지는 씁니다.
    open(browser, "?gil-threads=99&gil-interval=1000")?;
    shows(
        browser,
        Settings {
            interval: 1000,
            ..Settings::FIRST
        },
    )
}

fn wrong_numbers_are_told_while_typing(browser: &Browser) -> Outcome {
    open(browser, "")?;
    browser.tab_to("#gil-lab-threads")?;
    browser.keys(&['9'])?;
    browser.expect("document.activeElement.ariaInvalid === 'true'")?;
    assert!(notice(browser)?.contains("1부터 8까지의 정수를 넣으세요"));
    shows(browser, Settings::FIRST)?;
    browser.keys(&[key::TAB])?;
    assert!(notice(browser)?.contains("2로 되돌렸습니다"));
    browser.expect("document.querySelector('#gil-lab-threads').value === '2'")?;
    // 막대에 없는 값도 칸에는 적을 수 있습니다.
    browser.tab_to("#gil-lab-interval")?;
    browser.keys(&['\u{e003}'; 4])?;
    browser.keys(&['1', '2', '3', '4'])?;
    shows(
        browser,
        Settings {
            interval: 1234,
            ..Settings::FIRST
        },
    )
}

fn two_cores_without_the_lock_do_twice_the_work(browser: &Browser) -> Outcome {
    for (query, wanted) in [
        ("?gil-lock=off&gil-cores=2", "2.00배"),
        ("?gil-lock=off&gil-cores=1", "1.00배"),
        ("?gil-lock=off&gil-cores=2&gil-threads=3", "2.00배"),
        ("?gil-lock=on&gil-cores=2&gil-wake=0", "1.00배"),
    ] {
        open(browser, query)?;
        assert_eq!(counted(browser, "모두 한 일")?, wanted, "{query}");
        let told = browser.text("document.querySelector('gil-lab .told').textContent")?;
        assert!(told.contains(wanted), "{told}");
    }
    Ok(())
}

fn the_recorded_run_of_the_same_setting_stands_beside(browser: &Browser) -> Outcome {
    open(browser, "")?;
    let beside = "document.querySelector('gil-lab .beside')";
    // 잰 그림의 막대와 설명이 그대로이고, 모형이라고도 잰 것이라고도 저마다 적혀 있습니다.
    let original = "document.getElementById('timeline-locked')";
    browser.expect(&format!(
        "{beside}.querySelectorAll('svg g:not(.ticks, .legend) rect').length === {original}.querySelectorAll('rect[data-us]').length"
    ))?;
    browser.expect(&format!(
        "{beside}.querySelector('figcaption').textContent === {original}.querySelector('figcaption').textContent"
    ))?;
    browser.expect(&format!(
        "{beside}.textContent.includes('에 쟀습니다') && {beside}.textContent.startsWith('잰 것.')"
    ))?;
    browser.expect(
        "document.querySelector('gil-lab .modelled figcaption').textContent.startsWith('모형.')",
    )?;
    // 겹치는 id도, 없는 무늬를 가리키는 막대도 없습니다.
    let ids = "[...document.querySelectorAll('[id]')].map((element) => element.id)";
    browser.expect(&format!("new Set({ids}).size === {ids}.length"))?;
    browser.expect(
        "[...document.querySelectorAll('gil-lab [fill^=url]')].every((rect) => \
         document.getElementById(rect.getAttribute('fill').slice(5, -1)) !== null)",
    )?;
    // 잰 것과 다른 설정이면 없다고 말합니다. 쉬지 않고 더할 때의 씨앗처럼 달림에 상관없는 것은 달라도 됩니다.
    for (query, same) in [
        ("?gil-threads=3", false),
        ("?gil-io=1", false),
        ("?gil-interval=5001", false),
        ("?gil-lock=off&gil-cores=1", false),
        ("?gil-seed=9&gil-cores=4&gil-window=50000", true),
        ("?gil-io=50&gil-askers=0", true),
    ] {
        open(browser, query)?;
        let shown = browser.get(&format!("{beside}.querySelector('svg') !== null"))?;
        let denied = browser.get(&format!("{beside}.textContent.includes('책에 없습니다')"))?;
        assert_eq!((shown, denied), (json!(same), json!(!same)), "{query}");
    }
    // 락이 없는 것은 2장에 있습니다. 링크는 정말로 그 그림에 닿습니다.
    open(browser, "?gil-lock=off#gil-lab")?;
    browser.click("gil-lab .beside a")?;
    browser.until("location.pathname.endsWith('/ch02-thread.html')")?;
    browser.expect("document.querySelector(location.hash).matches('figure.timeline')")?;
    // 한 쪽에 모은 책에는 2장의 그림도 있으므로 그것을 곁에 둡니다.
    let all = chapter("?gil-lock=off")?.replace("ch03-gil.html", "print.html");
    browser.open(&all)?;
    browser.until(&format!("{beside}?.querySelector('svg') != null"))?;
    browser.expect(&format!(
        "document.querySelector({beside}.querySelector('a').hash).matches('figure.timeline')"
    ))
}

/// 본문의 「해 볼 것 셋」을 눌러 봅니다.
fn links_of_the_section_open_their_settings(browser: &Browser) -> Outcome {
    open(browser, "")?;
    let links = browser.get(
        "[...document.querySelectorAll('a[href^=\"?gil-\"]')].map((a) => a.getAttribute('href'))",
    )?;
    let links: Vec<&str> = links
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(links.len(), 3, "{links:?}");
    for link in links {
        open(browser, "")?;
        browser.click(&format!("a[href=\"{link}\"]"))?;
        browser
            .until("location.search !== '' && document.querySelector('gil-lab form') !== null")?;
        assert_eq!(notice(browser)?, "", "{link}");
        let wanted = browser.text("location.search")?;
        for part in wanted.trim_start_matches('?').split('&') {
            let (name, value) = part.split_once('=').ok_or("= 이 없습니다")?;
            let id = name.replacen("gil-", "gil-lab-", 1);
            let shown = browser.get(&format!(
                "(({{ type, checked, value }}) => type === 'checkbox' ? (checked ? 'on' : 'off') : value)(document.getElementById('{id}'))"
            ))?;
            assert_eq!(shown, json!(value), "{link}");
        }
    }
    Ok(())
}

/// 「답 맞춰 보기」에 적은 것을 모형에 물어봅니다.
fn what_the_section_says_about_the_model_is_true(browser: &Browser) -> Outcome {
    open(browser, "")?;
    let simulate =
        |settings: Settings| browser.get(&format!("NoriteoGil.simulate({})", settings.to_json()));
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let first = Settings::FIRST;
    // 간격을 줄이면 자주 건너가고 한 일은 준다. 깨어나는 시간이 0이면 줄지 않는다.
    let often = Settings {
        interval: 1000,
        ..first
    };
    let (slow, fast) = (simulate(first)?, simulate(often)?);
    let often_as = number(&fast["stats"]["switches"]) / number(&slow["stats"]["switches"]);
    assert!((4.0..6.0).contains(&often_as), "{often_as}");
    assert!(number(&fast["work"]) < number(&slow["work"]));
    let quick = simulate(Settings { wake: 0, ..often })?;
    assert_eq!(number(&quick["work"]), first.window as f64);
    // 넷이면 셋을 기다리므로 세 배쯤 기다리고, 한 일은 늘지 않는다.
    let long = Settings {
        window: 200_000,
        ..first
    };
    let (two, four) = (simulate(long)?, simulate(Settings { threads: 4, ..long })?);
    let longer = number(&four["medianWait"]) / number(&two["medianWait"]);
    assert!((2.5..3.5).contains(&longer), "{longer}");
    assert!(number(&four["work"]) <= long.window as f64);
    // 줄서기: 간격보다 조금 길고, 간격을 따라 바뀐다. 둘 다 물으면 짧아진다.
    let convoy = Settings {
        io: 90,
        askers: 1,
        window: 50_000,
        ..first
    };
    for interval in [1000, 5000, 10_000] {
        let found = simulate(Settings { interval, ..convoy })?;
        let wait = number(&found["tracks"][0]["medianWait"]);
        let interval = interval as f64;
        assert!((interval..1.3 * interval).contains(&wait), "{wait}");
    }
    let both = simulate(Settings {
        askers: 2,
        ..convoy
    })?;
    assert!(number(&both["tracks"][0]["medianWait"]) < first.interval as f64 / 10.0);
    // 모자가 없으면 코어와 스레드 가운데 작은 쪽까지, 있으면 1배까지다.
    for threads in 1..=4 {
        for cores in 1..=4 {
            let without = Settings {
                threads,
                cores,
                lock: false,
                ..first
            };
            let most = threads.min(cores) as f64 * first.window as f64;
            assert_eq!(number(&simulate(without)?["work"]), most);
            let with = simulate(Settings {
                lock: true,
                ..without
            })?;
            assert!(number(&with["work"]) <= first.window as f64);
        }
    }
    Ok(())
}

fn the_address_can_be_copied(browser: &Browser) -> Outcome {
    open(browser, "?gil-threads=5#gil-lab")?;
    // 복사를 맡는 것이 있으면 그것에 주고, 없으면 주소를 골라 줍니다.
    browser.run("Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText: async (text) => { window.copied = text; } } });")?;
    let copy = "gil-lab .buttons button:last-child";
    browser.click(copy)?;
    browser.until(
        "document.querySelector('gil-lab .notice').textContent === '주소를 복사했습니다.'",
    )?;
    let copied = browser.text("window.copied")?;
    browser.run(
        "Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined });",
    )?;
    browser.click(copy)?;
    browser.until("document.activeElement.matches('gil-lab .notice input')")?;
    browser
        .expect("document.activeElement.selectionEnd === document.activeElement.value.length")?;
    assert_eq!(browser.text("document.activeElement.value")?, copied);
    browser.open(&copied)?;
    browser.until("document.querySelector('gil-lab form') !== null")?;
    shows(
        browser,
        Settings {
            threads: 5,
            ..Settings::FIRST
        },
    )
}

fn nothing_is_fetched_and_nothing_fails(browser: &Browser) -> Outcome {
    browser.requests()?;
    open(browser, "#gil-lab")?;
    let opened = browser.requests()?;
    assert!(
        opened.iter().any(|url| url.contains("gil-lab")),
        "{opened:?}"
    );
    let outside = opened.into_iter().filter(|url| !url.starts_with("file://"));
    all_clear(outside.collect())?;
    // 다 읽은 뒤에 만져도 아무것도 더 읽지 않습니다.
    browser.tab_to("#gil-lab-threads-range")?;
    browser.keys(&[key::RIGHT, key::RIGHT, key::END])?;
    browser.click("#gil-lab-lock")?;
    browser.click("gil-lab .buttons button")?;
    // 주소를 바꿀 때마다 크로미움이 쪽의 아이콘을 다시 찾습니다. 그것도 쪽의 파일입니다.
    let mut more = browser.requests()?;
    more.retain(|url| !(url.starts_with("file://") && url.contains("/favicon-")));
    all_clear(more)?;
    all_clear(browser.errors()?)
}

fn without_script_its_own_words_are_shown(browser: &Browser) -> Outcome {
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    )?;
    browser.open(&chapter("#gil-lab")?)?;
    browser.expect("document.querySelector('gil-lab form') === null")?;
    browser.expect("document.querySelector('gil-lab').innerText.includes('진짜로 잰 그림')")?;
    browser.expect(
        "document.querySelector('gil-lab a').hash === '#timeline-locked' && document.querySelector('#timeline-locked svg').getBoundingClientRect().height > 50",
    )
}

fn it_fits_a_phone_and_dark_themes(browser: &Browser) -> Outcome {
    open(browser, "")?;
    for theme in browser::THEMES {
        browser.run(&format!("localStorage.setItem('mdbook-theme', '{theme}');"))?;
        for size in [WIDE, PHONE] {
            browser.resize(size)?;
            open(browser, "?gil-io=40&gil-threads=8&gil-seed=x")?;
            browser.expect(&format!(
                "document.documentElement.classList.contains('{theme}')"
            ))?;
            browser.run("document.querySelector('gil-lab details').open = true;")?;
            // 쪽이 옆으로 밀리지 않고, 칸과 단추가 상자 밖으로 나가지 않습니다.
            browser.expect("document.documentElement.scrollWidth <= innerWidth")?;
            browser.expect(
                "[...document.querySelectorAll('gil-lab :is(input, button, svg, label)')].every((element) => { \
                 const [outer, inner] = [document.querySelector('gil-lab'), element].map((e) => e.getBoundingClientRect()); \
                 return inner.left >= outer.left && inner.right <= outer.right; })",
            )?;
            // 손가락으로 누를 수 있고(24 px), 그림의 글자가 9 px보다 큽니다.
            browser.expect(
                "[...document.querySelectorAll('gil-lab :is(button, input:not([type=checkbox]), .check label)')]\
                 .every((element) => element.getBoundingClientRect().height >= 24)",
            )?;
            browser.expect(
                "(() => { const svg = document.querySelector('gil-lab svg'); \
                 return svg.getBoundingClientRect().width / svg.viewBox.baseVal.width * 13 >= 9; })()",
            )?;
            faint(browser, theme)?;
        }
    }
    Ok(())
}

/// 글자와 바탕의 밝기의 비가 4.5보다 작은 곳을 찾습니다(WCAG 2.2, 1.4.3).
fn faint(browser: &Browser, theme: &str) -> Outcome {
    let found = browser.run(
        "const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
         const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
         const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
         const back = (element) => { for (let e = element; e; e = e.parentElement) { const color = rgba(getComputedStyle(e).backgroundColor); if (color[3] === 255) return color; } return [255, 255, 255]; };
         const faint = [];
         for (const element of document.querySelectorAll('gil-lab :is(label, input[type=number], button, summary, p, th, td, figcaption, svg text)')) {
           const style = getComputedStyle(element);
           const [one, other] = [light(rgba(element.matches('text') ? style.fill : style.color)), light(back(element))];
           const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
           if (ratio < 4.5) faint.push(`${element.tagName} ${element.textContent.slice(0, 20)} ${ratio.toFixed(2)}`);
         }
         return faint;",
    )?;
    let found = found.as_array().into_iter().flatten();
    all_clear(found.map(|place| format!("{theme}: {place}")).collect())
}

fn print_keeps_the_figure_and_drops_the_controls(browser: &Browser) -> Outcome {
    open(browser, "")?;
    browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }))?;
    browser
        .expect("document.querySelector('gil-lab form').getBoundingClientRect().height === 0")?;
    browser.expect(
        "document.querySelector('gil-lab .modelled svg').getBoundingClientRect().height > 50",
    )?;
    browser.expect("document.querySelector('gil-lab table').getBoundingClientRect().height > 50")
}

/// 이 그림이 쪽마다 더하는 스크립트와 스타일의 무게입니다.
fn the_added_files_are_light(browser: &Browser) -> Outcome {
    browser.open("data:text/html,")?;
    let mut weight = 0;
    for extension in ["css", "js"] {
        for path in support::files(&support::root().join("book/theme"), extension)? {
            if path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("gil-"))
            {
                weight += browser.gzipped(&support::read(&path)?)?;
            }
        }
    }
    assert!(weight > 1000, "{weight}");
    support::evidence(
        "gil_lab",
        &[Evidence::new(
            "gil_lab",
            "「직접 돌려 보는 GIL」이 더하는 스크립트와 스타일(gzip)",
            weight as f64,
            "바이트",
        )
        .at_most(HEAVIEST)],
    )
}
