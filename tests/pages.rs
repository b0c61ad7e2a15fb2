//! 쪽을 진짜 브라우저에서 엽니다: 타임라인을 마우스 없이도 키우고 옮기는지, 스크립트가 없거나 종이에서도 온전한지 봅니다.

#[path = "support/bound.rs"]
mod bound;
#[path = "support/browser.rs"]
mod browser;
mod support;

use std::{collections::BTreeSet, process::ExitCode};

use bound::Book;
use browser::{Browser, PHONE, key};
use libtest_mimic::Failed;
use noriteo::measure::evidence::Evidence;
use serde_json::json;
use support::Outcome;

fn main() -> ExitCode {
    bound::run_mimic(browser::tests![
        a_timeline_zooms_by_mouse,
        a_timeline_zooms_by_keyboard,
        a_timeline_needs_no_script,
        a_timeline_is_whole_on_paper,
        a_timeline_fits_a_phone,
        states_differ_by_more_than_colour,
        every_timeline_of_the_book_is_drawn,
        what_drawing_and_running_add_is_light,
    ])
}

fn open(browser: &Browser, page: &str) -> Outcome {
    browser.open(&Book::bind()?.page(page))
}

/// 3장의 「락에 묶인 두 스레드」입니다.
const FIGURE: &str = "document.getElementById('timeline-locked')";

/// 그림에 보이는 구간의 수입니다.
fn seen(browser: &Browser) -> Result<f64, Failed> {
    browser.number(&format!(
        "[...{FIGURE}.querySelectorAll('rect[data-us]')].filter((rect) => rect.style.display !== 'none').length"
    ))
}

/// 지금 보이는 시간의 처음과 끝(ms)입니다. 전체가 보이면 비어 있습니다.
fn window(browser: &Browser) -> Result<String, Failed> {
    browser.text(&format!("{FIGURE}.querySelector('.zoom span').textContent"))
}

fn width(window: &str) -> Result<f64, Failed> {
    let (from, to) = window
        .trim_end_matches(" ms")
        .split_once('–')
        .ok_or_else(|| format!("시간의 사이가 아닙니다: {window:?}"))?;
    Ok(to.parse::<f64>()? - from.parse::<f64>()?)
}

fn near(one: f64, other: f64) -> Outcome {
    if (one / other - 1.0).abs() < 0.02 {
        return Ok(());
    }
    Err(format!("{one}과 {other}이(가) 다릅니다").into())
}

fn press(browser: &Browser, label: &str) -> Outcome {
    browser.run(&format!(
        "{FIGURE}.querySelector('[aria-label=\"{label}\"]').id = 'pressed';"
    ))?;
    browser.click("#pressed")?;
    browser.run("document.getElementById('pressed').id = '';")?;
    Ok(())
}

fn a_timeline_zooms_by_mouse(browser: &Browser) -> Outcome {
    open(browser, "ch03-gil.html")?;
    let all = browser.number(&format!(
        "Number({FIGURE}.querySelector('svg').dataset.ns) / 1e6"
    ))?;
    let whole = seen(browser)?;
    press(browser, "확대")?;
    near(width(&window(browser)?)?, all / 2.0)?;
    press(browser, "확대")?;
    let quarter = window(browser)?;
    near(width(&quarter)?, all / 4.0)?;
    let fewer = seen(browser)?;
    if fewer >= whole {
        return Err(format!("키웠는데 구간이 줄지 않았습니다({whole} → {fewer})").into());
    }
    // 보이는 구간은 모두 그림 안에 있습니다.
    browser.expect(&format!(
        "(() => {{ const svg = {FIGURE}.querySelector('svg');
           const left = Number(svg.dataset.left), wide = Number(svg.dataset.wide);
           return [...svg.querySelectorAll('rect[data-us]')].filter((rect) => rect.style.display !== 'none')
             .every((rect) => Number(rect.getAttribute('x')) >= left - 0.5
               && Number(rect.getAttribute('x')) + Number(rect.getAttribute('width')) <= left + wide + 0.5); }})()"
    ))?;
    press(browser, "뒤로 옮기기")?;
    if window(browser)? == quarter {
        return Err("옮겨지지 않았습니다".into());
    }
    press(browser, "축소")?;
    near(width(&window(browser)?)?, all / 2.0)?;
    press(browser, "전체 보기(처음 크기)")?;
    if !window(browser)?.is_empty() || seen(browser)? != whole {
        return Err("처음 크기로 돌아가지 않았습니다".into());
    }
    support::all_clear(browser.errors()?)
}

fn a_timeline_zooms_by_keyboard(browser: &Browser) -> Outcome {
    open(browser, "ch03-gil.html")?;
    browser.run(&format!("{FIGURE}.querySelector('.view').id = 'view';"))?;
    browser.tab_to("#view")?;
    // 고른 것에는 테두리가 보입니다.
    browser.expect("getComputedStyle(document.getElementById('view')).outlineStyle !== 'none'")?;
    browser.keys(&['+', '+'])?;
    let quarter = window(browser)?;
    browser.keys(&[key::RIGHT])?;
    let moved = window(browser)?;
    if quarter.is_empty() || quarter == moved {
        return Err(format!("키가 듣지 않습니다: {quarter:?} → {moved:?}").into());
    }
    // 화살표는 장을 넘기지 않습니다.
    browser.expect("location.pathname.endsWith('/ch03-gil.html')")?;
    browser.keys(&[key::HOME])?;
    if !window(browser)?.starts_with("0") {
        return Err("처음으로 가지 않았습니다".into());
    }
    browser.keys(&['0'])?;
    if !window(browser)?.is_empty() {
        return Err("처음 크기로 돌아가지 않았습니다".into());
    }
    // 단추에도 Tab으로 닿습니다.
    browser.tab_to("figure.timeline .zoom button[aria-label=확대]")?;
    browser.keys(&[key::ENTER])?;
    browser.until(
        "document.activeElement.closest('.zoom').querySelector('span').textContent !== ''",
    )?;
    Ok(())
}

fn a_timeline_needs_no_script(browser: &Browser) -> Outcome {
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    )?;
    open(browser, "ch03-gil.html")?;
    browser.expect(&format!("{FIGURE}.querySelector('.zoom') === null"))?;
    for part in ["스레드 1", "스레드 2", "락을 쥠", "0 ms"] {
        browser.expect(&format!(
            "{FIGURE}.querySelector('svg').textContent.includes({part:?})"
        ))?;
    }
    browser.expect(&format!(
        "{FIGURE}.querySelector('svg').getBoundingClientRect().width > 300"
    ))?;
    browser.expect(&format!(
        "{FIGURE}.querySelectorAll('details table tbody tr').length === 2"
    ))
}

fn a_timeline_is_whole_on_paper(browser: &Browser) -> Outcome {
    open(browser, "ch03-gil.html")?;
    press(browser, "확대")?;
    browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }))?;
    let hidden =
        |css: &str| format!("getComputedStyle(document.querySelector({css:?})).display === 'none'");
    browser.expect(&hidden("figure.timeline .zoom"))?;
    browser.expect(&hidden(".run"))?;
    browser.expect(&format!(
        "getComputedStyle({FIGURE}).breakInside === 'avoid'"
    ))?;
    // 무늬와 색은 바탕을 찍지 않는 인쇄에서도 남습니다.
    browser.expect(&format!(
        "getComputedStyle({FIGURE}.querySelector('svg')).printColorAdjust === 'exact'"
    ))?;
    let pdf = browser.devtools("Page.printToPDF", json!({ "printBackground": false }))?;
    if pdf["data"].as_str().unwrap_or_default().len() < 10_000 {
        return Err("찍힌 것이 없습니다".into());
    }
    Ok(())
}

fn a_timeline_fits_a_phone(browser: &Browser) -> Outcome {
    browser.resize(PHONE)?;
    for (page, _) in figures() {
        open(browser, page)?;
        // 글자의 크기(CSS 픽셀)는 그림이 줄어든 만큼 작아집니다.
        let small = browser.get(
            "[...document.querySelectorAll('figure.timeline')].filter((figure) => {
               const svg = figure.querySelector('svg'), box = svg.getBoundingClientRect();
               const text = 13 * box.width / svg.viewBox.baseVal.width;
               return text < 9 || box.right > innerWidth || [...figure.querySelectorAll('.zoom button')]
                 .some((button) => button.getBoundingClientRect().height < 24);
             }).map((figure) => figure.id)",
        )?;
        if small != json!([]) {
            return Err(format!("{page}: 작거나 넘칩니다: {small}").into());
        }
    }
    Ok(())
}

fn states_differ_by_more_than_colour(browser: &Browser) -> Outcome {
    for theme in browser::THEMES {
        open(browser, "ch03-gil.html")?;
        browser.choose_theme(theme)?;
        // 한 그림 안의 상태마다 무늬를 이루는 선이 서로 다르고, 범례에 이름이 있습니다.
        browser.expect(
            "[...document.querySelectorAll('figure.timeline')].every((figure) => {
               const patterns = [...figure.querySelectorAll('pattern')];
               const drawn = patterns.map((pattern) => pattern.querySelector('path')?.getAttribute('d') ?? '');
               const fills = patterns.map((pattern) => getComputedStyle(pattern.querySelector('rect')).fill);
               return patterns.length > 1 && new Set(drawn).size === patterns.length
                 && new Set(fills).size === patterns.length
                 && figure.querySelectorAll('.legend text').length === patterns.length;
             })",
        )?;
    }
    Ok(())
}

/// 쪽과 그 쪽에 있어야 할 그림들입니다.
fn figures() -> [(&'static str, &'static [&'static str]); 3] {
    [
        (
            "ch02-thread.html",
            &["timeline-two-threads", "timeline-four-threads"],
        ),
        (
            "ch03-gil.html",
            &["timeline-locked", "timeline-io", "timeline-convoy"],
        ),
        (
            "ch04-multiprocessing.html",
            &["timeline-two-processes", "timeline-join-before-drain"],
        ),
    ]
}

fn every_timeline_of_the_book_is_drawn(browser: &Browser) -> Outcome {
    for (page, ids) in figures() {
        open(browser, page)?;
        let found = browser
            .get("[...document.querySelectorAll('figure.timeline')].map((one) => one.id)")?;
        let found: BTreeSet<String> = serde_json::from_value(found)?;
        if found != ids.iter().map(|&id| id.to_owned()).collect() {
            return Err(format!("{page}: {found:?}").into());
        }
        // 줄마다 구간이 있고, 구간마다 마우스를 올리면 보이는 글이 있습니다.
        browser.expect(
            "[...document.querySelectorAll('figure.timeline svg')].every((svg) => {
               const rects = [...svg.querySelectorAll('rect[data-us]')];
               return rects.length > 1 && svg.getAttribute('role') === 'img' && svg.querySelector('desc').textContent
                 && rects.every((rect) => rect.querySelector('title').textContent.includes('ms'));
             })",
        )?;
    }
    Ok(())
}

/// 그리고 돌리는 데 드는 스크립트와 스타일의 이름 앞부분입니다.
const ADDED: [&str; 4] = ["timeline.", "chart.", "run.", "gil-"];

/// 쪽 하나가 그림과 단추 때문에 더 싣는 것의 한계(바이트, gzip)입니다.
const HEAVIEST: f64 = 40.0 * 1024.0;

fn what_drawing_and_running_add_is_light(browser: &Browser) -> Outcome {
    let mut files = 0;
    for extension in ["css", "js"] {
        for path in support::files(&support::root().join("book/theme"), extension)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if ADDED.iter().any(|start| name.starts_with(start)) {
                browser.open("data:text/html,")?;
                files += browser.gzipped(&support::read(&path)?)?;
            }
        }
    }
    // 그림의 무게는 그림을 뺀 쪽과의 차이입니다. 모든 쪽을 이어 붙인 print.html은 빼고 봅니다.
    let mut heaviest = (0, String::new());
    for page in support::files(&Book::bind()?.folder(), "html")? {
        let name = page
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name == "print.html" {
            continue;
        }
        let whole = support::read(&page)?;
        browser.open("data:text/html,")?;
        let bare = browser.run(&format!(
            "const page = new DOMParser().parseFromString({}, 'text/html');
             for (const one of page.querySelectorAll('figure.timeline, figure.chart, gil-lab')) one.remove();
             return page.documentElement.outerHTML;",
            json!(whole)
        ))?;
        // 같은 길로 적은 것끼리 견줍니다.
        let whole = browser.run(&format!(
            "return new DOMParser().parseFromString({}, 'text/html').documentElement.outerHTML;",
            json!(whole)
        ))?;
        let weigh = |text: &serde_json::Value| browser.gzipped(text.as_str().unwrap_or_default());
        let added = weigh(&whole)?.saturating_sub(weigh(&bare)?);
        heaviest = heaviest.max((added, name));
    }
    let (figures, page) = heaviest;
    if figures == 0 {
        return Err("그림이 있는 쪽을 찾지 못했습니다".into());
    }
    support::evidence(
        "page-added",
        &[
            Evidence::new(
                "page-added",
                "그리고 돌리는 스크립트와 스타일(gzip)",
                files as f64,
                "바이트",
            ),
            Evidence::new(
                "page-added",
                format!("가장 무거운 쪽({page})이 그림과 스크립트와 스타일로 더 싣는 것(gzip)"),
                (files + figures) as f64,
                "바이트",
            )
            .at_most(HEAVIEST),
        ],
    )
}
