//! 한국어로 읽기 좋은지 모든 쪽을 진짜 브라우저에서 봅니다: 글꼴, 줄바꿈, 말, 두 테마, 폰, 글자판, 무게.
//!
//! 책은 펴낼 때처럼 묶고, GitHub Pages처럼(하위 주소, gzip, 404) 내보냅니다. 쪽에 넣는 검사 도구는 `reading/page.js`입니다.

#[path = "support/bound.rs"]
mod bound;
#[path = "support/browser.rs"]
mod browser;
#[path = "reading/pages.rs"]
mod pages;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::{Command, ExitCode},
    time::Duration,
};

use bound::Running;
use browser::{Browser, PHONE, WIDE, key};
use libtest_mimic::{Failed, Trial};
use noriteo::measure::evidence::Evidence;
use pages::{ALL, BUT_PRINT, Pages, page_tools};
use serde_json::{Value, json};
use support::{MaybeLeftOut, Outcome};
use tempfile::TempDir;

fn main() -> ExitCode {
    let mut tests = vec![
        Trial::ignorable_test("html_is_valid", html_is_valid),
        Trial::test("our_patches_fit_this_mdbook", our_patches_fit_this_mdbook),
        Trial::test("every_page_has_one_address", every_page_has_one_address),
    ];
    tests.extend(browser::tests![
        words_are_not_broken,
        a_phone_fits,
        only_two_themes_are_offered,
        no_english_is_left,
        hidden_lines_still_open,
        every_letter_has_our_glyph,
        every_letter_of_a_run_has_our_glyph,
        hangul_is_two_columns,
        a_bar_is_whole,
        a_chapter_is_light,
        a_missing_page_speaks_korean,
        links_work_and_nothing_comes_from_elsewhere,
        the_keyboard_reaches_everything,
        paper_is_bright_and_open,
        files_open_without_a_server,
        copied_words_are_clean,
        a_run_reads_well,
    ]);
    for (name, test) in [
        (
            "axe_finds_nothing",
            axe_finds_nothing as fn(&Browser, &str) -> Outcome,
        ),
        (
            "axe_finds_nothing_after_a_run",
            axe_finds_nothing_after_a_run,
        ),
    ] {
        tests.push(Trial::ignorable_test(name, move || with_axe(test)));
    }
    // 쪽이 많아 오래 걸립니다. 대부분은 브라우저를 기다리는 시간입니다.
    support::run_mimic_on(2, tests)
}

/// 값이 빈 목록이 아니면 그 내용을 잘못으로 적습니다.
fn collect(problems: &mut Vec<String>, page: &str, what: &str, list: &Value) {
    for one in list.as_array().map_or(&[][..], Vec::as_slice) {
        problems.push(format!("{page}: {what}: {one}"));
    }
}

/// 수치를 남기고, 잘못을 모아 알립니다.
fn told(name: &str, what: &str, problems: Vec<String>, seen: f64, seen_what: &str) -> Outcome {
    let rows = [
        Evidence::new(name, what, problems.len() as f64, "개").equals(0.0),
        Evidence::new(name, seen_what, seen, "개").at_least(1.0),
    ];
    let kept = support::evidence(&format!("reading_{name}"), &rows);
    support::all_clear(problems)?;
    kept
}

fn words_are_not_broken(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let (mut problems, mut words) = (Vec::new(), 0.0);
    for size in [WIDE, PHONE] {
        browser.resize(size)?;
        for page in pages.names(ALL)? {
            pages.open(browser, &page)?;
            pages::unfold(browser)?;
            page_tools(browser)?;
            let seen = browser.get("noriteo.breaks()")?;
            words += seen["words"].as_f64().unwrap_or(0.0);
            let place = format!("{page} {}px", size.0);
            collect(
                &mut problems,
                &place,
                "낱말 가운데에서 바뀐 줄",
                &seen["found"],
            );
        }
    }
    if words < 10_000.0 {
        return Err(format!("낱말을 {words}개밖에 보지 못했습니다").into());
    }
    told(
        "line_breaks",
        "산문과 표에서 낱말 가운데에서 바뀐 줄",
        problems,
        words,
        "줄바꿈을 본 낱말(1200픽셀과 390픽셀에서)",
    )
}

fn a_phone_fits(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    browser.resize(PHONE)?;
    let mut problems = Vec::new();
    for page in pages.names(ALL)? {
        pages.open(browser, &page)?;
        pages::unfold(browser)?;
        page_tools(browser)?;
        let seen = browser.get("noriteo.narrow()")?;
        collect(&mut problems, &page, "화면을 넘침", &seen["wide"]);
        collect(
            &mut problems,
            &page,
            "9픽셀보다 작은 그림 글",
            &seen["small"],
        );
    }
    support::all_clear(problems)
}

fn only_two_themes_are_offered(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let shown = "getComputedStyle(document.documentElement).colorScheme";
    let named = "['light', 'rust', 'coal', 'navy', 'ayu'].filter((name) => document.documentElement.classList.contains(name)).join()";
    pages.open(browser, "index.html")?;
    browser.click("#mdbook-theme-toggle")?;
    let offered = browser.get(
        "[...document.querySelectorAll('#mdbook-theme-list button')].map((one) => one.textContent.trim())",
    )?;
    if offered != json!(["컴퓨터의 설정대로", "밝게", "어둡게"]) {
        return Err(format!("고를 수 있는 테마: {offered}").into());
    }
    // 고른 것은 다음 쪽에서도 남습니다.
    browser.click("#mdbook-theme-coal")?;
    pages.open(browser, "ch01-process.html")?;
    browser.expect(&format!("{named} === 'coal' && {shown} === 'dark'"))?;
    // 이제 없는 테마를 골라 두었던 이는 컴퓨터의 설정대로 봅니다.
    let gone = [
        ("navy", "light", "light"),
        ("rust", "dark", "coal"),
        ("없는 것", "dark", "coal"),
    ];
    for (gone, computer, expected) in gone {
        pages.prefer(browser, computer)?;
        browser.run(&format!("localStorage.setItem('mdbook-theme', {gone:?});"))?;
        browser.reload()?;
        browser.expect(&format!("{named} === {expected:?}"))?;
        browser.expect("localStorage.getItem('mdbook-theme') === null")?;
        browser.expect(
            "document.querySelector('.theme-selected').id === 'mdbook-theme-default_theme'",
        )?;
    }
    Ok(())
}

/// 쪽마다 도움말과 찾기와 테마를 열고 코드를 베낀 다음, 본문 밖에 남은 영어를 찾습니다.
fn no_english_is_left(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let (mut problems, mut strings) = (Vec::new(), 0.0);
    for page in pages.names(ALL)? {
        pages.open(browser, &page)?;
        page_tools(browser)?;
        let mut look = |browser: &Browser, state: &str| -> Outcome {
            let seen = browser.get("noriteo.english()")?;
            strings += seen["seen"].as_f64().unwrap_or(0.0);
            collect(
                &mut problems,
                &format!("{page} {state}"),
                "영어",
                &seen["found"],
            );
            Ok(())
        };
        look(browser, "처음")?;
        browser.keys(&['?'])?;
        browser.until(
            "getComputedStyle(document.querySelector('#mdbook-help-container')).display === 'flex'",
        )?;
        look(browser, "도움말")?;
        browser.keys(&[key::ESCAPE])?;
        browser.until(
            "getComputedStyle(document.querySelector('#mdbook-help-container')).display === 'none'",
        )?;
        browser.click("#mdbook-theme-toggle")?;
        look(browser, "밝기")?;
        browser.keys(&[key::ESCAPE])?;
        // 도움말이 적는 수에 따라 mdBook의 말이 다릅니다: 없음, 하나, 여럿.
        browser.keys(&['/'])?;
        browser.until("document.activeElement.id === 'mdbook-searchbar'")?;
        for query in ["zzqqxx", "GIL", "fork"] {
            browser.run("document.querySelector('#mdbook-searchbar').value = '';")?;
            browser.keys(&query.chars().collect::<Vec<_>>())?;
            browser.until(&format!(
                "document.querySelector('#mdbook-searchresults-header').textContent.includes({query:?})"
            ))?;
            browser.until("!!document.querySelector('.search-status').textContent")?;
            look(browser, query)?;
        }
        browser.keys(&[key::ESCAPE])?;
        browser.run("document.querySelector('#mdbook-search-wrapper').classList.add('hidden');")?;
        if browser.get("!!document.querySelector('main .clip-button')")? == json!(true) {
            browser.click("main .clip-button")?;
            browser
                .until("!!document.querySelector('.clip-button.tooltipped')?.textContent.trim()")?;
            look(browser, "베끼기")?;
        }
    }
    // mdBook이 드물게 적는 말도 화면에 적어 봅니다.
    browser.run(
        "for (const text of ['Copied!', 'Clipboard error!', \"1 search result for 'a b':\", \"No search results for 'it'.\"]) {
           const one = document.createElement('p');
           one.textContent = text;
           document.querySelector('#mdbook-menu-bar').append(one);
         }",
    )?;
    let seen = browser.get("noriteo.english()")?;
    collect(&mut problems, "드문 말", "영어", &seen["found"]);
    // 검사가 영어를 알아보는지도 봅니다.
    browser.run("document.querySelector('#mdbook-menu-bar').append('Unknown words');")?;
    if browser.get("noriteo.english().found.length")? == json!(0) {
        return Err("검사가 새로 적힌 영어를 찾지 못합니다".into());
    }
    told(
        "english",
        "본문 밖에 남은 영어(도움말, 찾기, 밝기, 베끼기를 열어 보며)",
        problems,
        strings,
        "살핀 글",
    )
}

/// book.js는 단추의 title을 영어와 견주어 숨긴 줄을 여닫습니다. 한국어로 바꾸어도 여닫혀야 합니다.
fn hidden_lines_still_open(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    pages.open(browser, "ch01-process.html")?;
    let button = ".buttons button[title*='숨긴 줄']";
    let state = format!(
        "(() => {{ const one = document.querySelector(\"{button}\"); \
           return [one.title, one.getAttribute('aria-label'), one.closest('pre').querySelector('code').classList.contains('hide-boring')].join(); }})()"
    );
    for expected in [
        "숨긴 줄 보이기,숨긴 줄 보이기,true",
        "숨긴 줄 감추기,숨긴 줄 감추기,false",
        "숨긴 줄 보이기,숨긴 줄 보이기,true",
        "숨긴 줄 감추기,숨긴 줄 감추기,false",
    ] {
        browser.until(&format!("{state} === {expected:?}"))?;
        browser.click(button)?;
    }
    Ok(())
}

/// 표시한 요소들이 실제로 쓴 글꼴을 개발자 도구에 물어, 책의 것이 아닌 글꼴로 그린 글을 돌려줍니다.
fn foreign_glyphs(browser: &Browser) -> Result<(f64, Vec<String>), Failed> {
    browser.devtools("DOM.enable", json!({}))?;
    browser.devtools("CSS.enable", json!({}))?;
    let root = browser.devtools("DOM.getDocument", json!({ "depth": 0 }))?;
    let told = browser.devtools(
        "DOM.querySelectorAll",
        json!({ "nodeId": root["root"]["nodeId"], "selector": "[data-told]" }),
    )?;
    let (mut glyphs, mut foreign) = (0.0, Vec::new());
    for (number, node) in told["nodeIds"].as_array().into_iter().flatten().enumerate() {
        let fonts = browser.devtools("CSS.getPlatformFontsForNode", json!({ "nodeId": node }))?;
        for font in fonts["fonts"].as_array().into_iter().flatten() {
            let name = font["familyName"].as_str().unwrap_or_default();
            glyphs += font["glyphCount"].as_f64().unwrap_or(0.0);
            if font["isCustomFont"] != json!(true) || !name.starts_with("Noriteo") {
                let text = browser.text(&format!(
                    "document.querySelectorAll('[data-told]')[{number}].textContent.trim().slice(0, 60)"
                ))?;
                foreign.push(format!("{name} {}자: {text}", font["glyphCount"]));
            }
        }
    }
    Ok((glyphs, foreign))
}

fn every_letter_has_our_glyph(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let (mut problems, mut glyphs) = (Vec::new(), 0.0);
    for page in pages.names(BUT_PRINT)? {
        pages.open(browser, &page)?;
        page_tools(browser)?;
        // 숨은 상자의 글도 봅니다.
        pages::unfold(browser)?;
        browser.run(
            "for (const id of ['help-container', 'theme-list', 'search-wrapper', 'searchresults-outer']) {
               const one = document.getElementById(`mdbook-${id}`);
               one.classList.remove('hidden');
               one.style.display = 'block';
             }",
        )?;
        browser.until("noriteo.mark() > 20")?;
        pages::settled(browser)?;
        let (seen, foreign) = foreign_glyphs(browser)?;
        glyphs += seen;
        problems.extend(
            foreign
                .iter()
                .map(|one| format!("{page}: 책의 글꼴이 아닙니다: {one}. {REMAKE}")),
        );
    }
    told(
        "glyphs",
        "책의 글꼴에 없는 글자",
        problems,
        glyphs,
        "글꼴을 확인한 글자",
    )
}

/// 쪽에서 돌린 프로그램은 본문에 없는 글자를 낼 수 있습니다.
fn every_letter_of_a_run_has_our_glyph(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let mut letters = BTreeSet::new();
    for folder in [
        "examples",
        "src",
        "book/binder/src",
        "book/theme",
        "tests/outputs",
        "tests/compile_fail",
    ] {
        for (path, bytes) in bound::contents(&support::root().join(folder))? {
            let kind = path
                .extension()
                .and_then(|kind| kind.to_str())
                .unwrap_or_default();
            if ["rs", "js", "css", "hbs", "json", "stderr", "py"].contains(&kind) {
                letters.extend(String::from_utf8_lossy(&bytes).chars());
            }
        }
    }
    // 자모와 그림글자는 글꼴이 못 그려도 글에 쓰지 않습니다. 쓰이면 위의 검사가 압니다.
    letters.retain(|letter| letter.is_alphanumeric() && !('ㄱ'..='ㅣ').contains(letter));
    pages.open(browser, "404.html")?;
    page_tools(browser)?;
    let text: String = letters.iter().collect();
    browser.run(&format!(
        "const decoder = new TextDecoder('euc-kr');
         let all = {text:?};
         for (let row = 0xB0; row <= 0xC8; row += 1) {{
           for (let cell = 0xA1; cell <= 0xFE; cell += 1) all += decoder.decode(new Uint8Array([row, cell]));
         }}
         const code = document.createElement('code');
         const prose = document.createElement('p');
         prose.textContent = code.textContent = [...new Set(all)].join(' ');
         document.querySelector('main').replaceChildren(prose, code);
         window.asked = new Set(all).size;"
    ))?;
    if browser.number("window.asked")? < 2350.0 {
        return Err("KS X 1001의 글자를 다 만들지 못했습니다".into());
    }
    browser.run("noriteo.mark();")?;
    pages::settled(browser)?;
    let (_, foreign) = foreign_glyphs(browser)?;
    support::all_clear(foreign)
}

fn hangul_is_two_columns(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let (mut problems, mut hangul) = (Vec::new(), 0.0);
    for page in pages.names(BUT_PRINT)? {
        pages.open(browser, &page)?;
        page_tools(browser)?;
        let seen = browser.get("noriteo.columns()")?;
        hangul += seen["hangul"].as_f64().unwrap_or(0.0);
        collect(
            &mut problems,
            &page,
            "코드에서 칸이 맞지 않는 글자",
            &seen["wrong"],
        );
    }
    if hangul < 1000.0 {
        return Err(format!("코드의 한글을 {hangul}자밖에 보지 못했습니다").into());
    }
    support::all_clear(problems)
}

/// D2Coding은 `|`의 가운데를 끊어 그려 `||`가 ¦¦로 보였습니다. 잉크가 위에서 아래까지 이어지는지 봅니다.
fn a_bar_is_whole(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    pages.open(browser, "ch02-thread.html")?;
    browser.run("window.loaded = 0; document.fonts.load('200px \"Noriteo Mono\"', '|¦').then((faces) => { window.loaded = faces.length; });")?;
    browser.until("window.loaded > 0")?;
    let gaps = |text: &str| {
        browser.number(&format!(
            "(() => {{
               const canvas = document.createElement('canvas');
               canvas.width = 300; canvas.height = 320;
               const brush = canvas.getContext('2d');
               brush.font = '200px \"Noriteo Mono\"';
               brush.fillText({text:?}, 20, 230);
               const data = brush.getImageData(0, 0, 300, 320).data;
               const inked = [];
               for (let y = 0; y < 320; y += 1) {{
                 let ink = false;
                 for (let x = 0; x < 300; x += 1) ink ||= data[(y * 300 + x) * 4 + 3] > 128;
                 inked.push(ink);
               }}
               const first = inked.indexOf(true), last = inked.lastIndexOf(true);
               return first < 0 ? -1 : inked.slice(first, last + 1).filter((ink) => !ink).length;
             }})()"
        ))
    };
    let (bar, broken) = (gaps("||")?, gaps("¦")?);
    // 끊긴 글자(¦)는 끊겨 보여야 검사가 옳습니다.
    if bar != 0.0 || broken <= 0.0 {
        return Err(format!("|의 빈 줄 {bar}개, ¦의 빈 줄 {broken}개").into());
    }
    Ok(())
}

/// 글에 새 글자가 많아졌을 때 할 일입니다.
const REMAKE: &str = "글꼴을 다시 만드세요: python3 book/theme/fonts/make/make.py";

/// 처음 온 이가 한 장을 읽는 데 받는 바이트입니다. 차가운 브라우저가 gzip으로 받은 것을 모두 더합니다.
fn a_chapter_is_light(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    browser.devtools("Network.enable", json!({}))?;
    browser.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }))?;
    let mut rows = Vec::new();
    for (page, limit) in [
        ("ch01-process.html", Some(300.0)),
        ("index.html", Some(300.0)),
        ("ch03-gil.html", None),
    ] {
        browser.received()?;
        pages.open(browser, page)?;
        let received = browser.received()?;
        if received.len() < 10 {
            return Err(format!("{page}: 받은 것을 세지 못했습니다: {received:?}").into());
        }
        more_fonts(page, &received)?;
        let bytes: u64 = received.iter().map(|(_, bytes)| bytes).sum();
        let what = format!("처음 온 이가 {page} 한 쪽을 읽는 데 받는 양");
        let row = Evidence::new("page_weight", what, bytes as f64 / 1000.0, "KB");
        rows.push(limit.map_or(row.clone(), |limit| row.at_most(limit)));
        for (url, bytes) in &received {
            println!(
                "{page} {bytes:>7} {}",
                url.rsplit('/').next().unwrap_or(url)
            );
        }
    }
    // 찾은 것과 찾지 못한 것을 알리는 말도 늘 받는 글꼴에 있습니다.
    browser.keys(&['/'])?;
    for query in ["스레드", "zzqqxx"] {
        browser.run("document.querySelector('#mdbook-searchbar').value = '';")?;
        browser.keys(&query.chars().collect::<Vec<_>>())?;
        browser.until(&format!(
            "document.querySelector('#mdbook-searchresults-header').textContent.includes({query:?})"
        ))?;
        pages::settled(browser)?;
        more_fonts("찾기", &browser.received()?)?;
    }
    // 다른 쪽에는 드문 글자가 조금 있어도 되지만, 많아지면 글꼴을 다시 만들 때입니다.
    let (mut all, mut heavy) = (0.0, Vec::new());
    for page in pages.names(BUT_PRINT)? {
        pages.open(browser, &page)?;
        all += 1.0;
        if more_fonts(&page, &browser.received()?).is_err() {
            heavy.push(page);
        }
    }
    let what = format!("드물게 쓰는 글자의 글꼴까지 받는 쪽({all}쪽 가운데)");
    let row = Evidence::new("rare_letters", what, heavy.len() as f64, "쪽").at_most(all / 4.0);
    if !row.holds() {
        return Err(format!("{heavy:?}가 드물게 쓰는 글자의 글꼴까지 받습니다. {REMAKE}").into());
    }
    rows.push(row);
    // 느린 컴퓨터에서 처음 읽을 때의 느낌입니다. 컴퓨터마다 다르므로 한계는 두지 않고 수치만 남깁니다.
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 }))?;
    for page in ["ch01-process.html", "index.html"] {
        pages.open(browser, page)?;
        browser.run(
            "window.shift = 0; window.paint = 0;
             new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value; })
               .observe({ type: 'layout-shift', buffered: true });
             new PerformanceObserver((list) => { window.paint = list.getEntries().at(-1).startTime; })
               .observe({ type: 'largest-contentful-paint', buffered: true });",
        )?;
        browser.until("window.paint > 0")?;
        let shift = browser.number("window.shift")?;
        let paint = browser.number("window.paint")?;
        rows.push(Evidence::new(
            "layout_shift",
            format!("{page}를 여는 동안 글이 밀린 정도(CPU를 4배 느리게)"),
            shift,
            "점",
        ));
        rows.push(Evidence::new(
            "largest_paint",
            format!("{page}에서 가장 큰 것을 그리기까지(CPU를 4배 느리게)"),
            paint,
            "ms",
        ));
    }
    support::evidence("reading_weight", &rows)
}

/// 드물게 쓰는 글자의 글꼴(-more)까지 받지는 않았습니다.
fn more_fonts(page: &str, received: &[(String, u64)]) -> Outcome {
    match received.iter().find(|(url, _)| url.contains("-more-")) {
        Some((url, _)) => Err(format!("{page}: {url}까지 받습니다. {REMAKE}").into()),
        None => Ok(()),
    }
}

fn a_missing_page_speaks_korean(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    browser.responses()?;
    for lost in ["없는-쪽.html", "깊은/곳의/없는-쪽.html"] {
        let url = pages.url(lost);
        pages.open(browser, lost)?;
        browser.expect("document.documentElement.lang === 'ko'")?;
        browser.expect("/^없는 쪽입니다 - /.test(document.title) && document.querySelector('main h1').textContent === '없는 쪽입니다'")?;
        let responses = browser.responses()?;
        if !responses.iter().any(|(_, status)| *status == 404) {
            return Err(format!("{url}: 404가 아닙니다: {responses:?}").into());
        }
        let broken: Vec<_> = responses
            .iter()
            .filter(|(address, status)| *status != 200 && !address.contains("%"))
            .collect();
        if !broken.is_empty() {
            return Err(format!("{lost}에서 읽지 못한 것: {broken:?}").into());
        }
        browser.click("main a[href$='preface.html']")?;
        browser.until("location.pathname.endsWith('/noriteo/preface.html')")?;
    }
    Ok(())
}

/// 쪽마다 링크가 있는 곳을 가리키고, 남의 서버를 부르지 않고, 스크립트가 잘못을 내지 않습니다.
fn links_work_and_nothing_comes_from_elsewhere(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let home = pages.url("");
    let (mut problems, mut links) = (Vec::new(), Vec::new());
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    browser.requests()?;
    browser.errors()?;
    for page in pages.names(ALL)? {
        pages.open(browser, &page)?;
        browser.expect("document.documentElement.lang === 'ko'")?;
        for url in browser.requests()? {
            if !url.starts_with(&home) {
                problems.push(format!("{page}: 남의 서버를 부릅니다: {url}"));
            }
        }
        problems.extend(
            browser
                .errors()?
                .iter()
                .map(|error| format!("{page}: 쪽의 잘못: {error}")),
        );
        let found =
            browser.get("[...document.querySelectorAll('a[href]')].map((one) => one.href)")?;
        for href in found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            links.push((page.clone(), href.to_owned()));
        }
        let found = browser.get("[...document.querySelectorAll('[id]')].map((one) => one.id)")?;
        let found: Vec<&str> = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let unique: BTreeSet<String> = found.iter().map(|id| (*id).to_owned()).collect();
        if unique.len() != found.len() {
            problems.push(format!("{page}: 같은 이름표(id)가 두 번 나옵니다"));
        }
        ids.insert(page.clone(), unique);
        let about = browser.text("document.querySelector('meta[name=description]').content")?;
        if about.is_empty() {
            problems.push(format!("{page}: 설명이 없습니다"));
        }
    }
    let mut inside = 0.0;
    for (page, href) in links {
        let Some(target) = href.strip_prefix(&home) else {
            continue;
        };
        inside += 1.0;
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let file = file.split('?').next().unwrap_or_default();
        let file = if file.is_empty() { "index.html" } else { file };
        let url = url::Url::parse(&href)?;
        let anchor = percent(url.fragment().unwrap_or(anchor));
        match ids.get(file) {
            Some(ids) if anchor.is_empty() || ids.contains(&anchor) => {}
            Some(_) => problems.push(format!("{page}: {file}에 #{anchor}이(가) 없습니다")),
            None if pages.site.join(file).is_file() => {}
            None => problems.push(format!("{page}: {file}이(가) 없습니다")),
        }
    }
    told(
        "links",
        "끊긴 링크, 남의 서버를 부르는 요청, 스크립트의 잘못",
        problems,
        inside,
        "확인한 책 안의 링크",
    )
}

/// `%EA…`로 적힌 글을 풉니다.
fn percent(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten();
        match code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok()) {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn the_keyboard_reaches_everything(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    pages.open(browser, "ch01-process.html")?;
    // 첫 Tab이 「본문으로」이고, 누르면 차례를 건너뜁니다.
    browser.keys(&[key::TAB])?;
    browser.expect("document.activeElement.textContent === '본문으로' && document.activeElement.getBoundingClientRect().top >= 0")?;
    browser.keys(&[key::ENTER])?;
    browser.expect("document.activeElement.id === 'mdbook-content'")?;
    browser.keys(&[key::TAB])?;
    browser.expect("!!document.activeElement.closest('main')")?;

    // 차례를 여닫습니다.
    pages.open(browser, "ch01-process.html")?;
    let open = "document.querySelector('#mdbook-sidebar-toggle').getAttribute('aria-expanded')";
    browser.tab_to("#mdbook-sidebar-toggle")?;
    for (press, expected) in [(key::ENTER, "false"), (key::SPACE, "true")] {
        browser.keys(&[press])?;
        browser.until(&format!("{open} === {expected:?}"))?;
    }

    // 밝기를 고릅니다.
    browser.tab_to("#mdbook-theme-toggle")?;
    browser.keys(&[key::ENTER])?;
    browser.until("document.activeElement.classList.contains('theme')")?;
    browser.keys(&[key::END])?;
    browser.expect("document.activeElement.id === 'mdbook-theme-coal'")?;
    browser.keys(&[key::ENTER])?;
    browser.until("document.documentElement.classList.contains('coal')")?;
    browser.keys(&[key::ESCAPE])?;
    browser.until("document.activeElement.id === 'mdbook-theme-toggle'")?;

    // 찾기와 도움말입니다. 찾은 수는 화면 낭독기에 알립니다.
    browser.keys(&['/'])?;
    browser.until("document.activeElement.id === 'mdbook-searchbar'")?;
    browser.keys(&['G', 'I', 'L'])?;
    browser.until(
        "/^검색 결과 /.test(document.querySelector('[role=status].search-status').textContent)",
    )?;
    browser.keys(&[key::DOWN])?;
    browser.until("document.querySelectorAll('#mdbook-searchresults li.focus').length === 1")?;
    browser.keys(&[key::ESCAPE])?;
    browser
        .until("document.querySelector('#mdbook-search-wrapper').classList.contains('hidden')")?;
    browser.keys(&['?'])?;
    browser.until(
        "getComputedStyle(document.querySelector('#mdbook-help-container')).display !== 'none'",
    )?;
    browser.keys(&[key::ESCAPE])?;
    browser.until(
        "getComputedStyle(document.querySelector('#mdbook-help-container')).display === 'none'",
    )?;

    // Tab이 닿는 것마다 어디에 있는지 보입니다.
    let mut problems = Vec::new();
    for page in pages.names(BUT_PRINT)? {
        let page = page.as_str();
        pages.open(browser, page)?;
        page_tools(browser)?;
        let stops = browser.number("noriteo.stops()")?;
        for _ in 0..(stops as usize + 2) {
            browser.keys(&[key::TAB])?;
            let fault = browser.get("noriteo.focus()")?;
            if let Some(fault) = fault.as_str() {
                problems.push(format!("{page}: {fault}"));
            }
        }
        let missed = browser.get("noriteo.missed()")?;
        collect(&mut problems, page, "Tab이 닿지 않음", &missed);
    }
    support::all_clear(problems)?;

    // 화살표로 앞뒤 장을 오갑니다.
    pages.open(browser, "ch02-thread.html")?;
    browser.keys(&[key::RIGHT])?;
    browser.until("location.pathname.endsWith('ch03-gil.html')")?;
    pages::settled(browser)?;
    browser.keys(&[key::LEFT])?;
    browser.until("location.pathname.endsWith('ch02-thread.html')")?;
    Ok(())
}

/// 어둡게 읽던 이가 인쇄해도 흰 종이에 검은 글이고, 접어 둔 것은 펼쳐집니다.
fn paper_is_bright_and_open(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    pages.prefer(browser, "dark")?;
    pages.open(browser, "ch01-process.html")?;
    browser.expect("document.documentElement.classList.contains('coal')")?;
    browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print", "features": [{ "name": "prefers-color-scheme", "value": "dark" }] }))?;
    let colour = |css: &str, what: &str| {
        browser.text(&format!(
            "getComputedStyle(document.querySelector({css:?})).{what}"
        ))
    };
    for (css, what, expected) in [
        ("html", "backgroundColor", "rgb(255, 255, 255)"),
        ("main p:not(.reading-time)", "color", "rgb(0, 0, 0)"),
        ("main .reading-time", "color", "rgb(68, 68, 68)"),
        ("pre code .hljs-keyword", "color", "rgb(0, 0, 0)"),
        ("pre code", "backgroundColor", "rgb(246, 246, 246)"),
        ("main p > code", "color", "rgb(0, 0, 0)"),
        ("main p > code", "backgroundColor", "rgb(246, 246, 246)"),
        ("#mdbook-menu-bar", "display", "none"),
        (".skip-link", "display", "none"),
    ] {
        let seen = colour(css, what)?;
        if seen != expected {
            return Err(format!("인쇄할 때 {css}의 {what}: {seen}").into());
        }
    }
    browser.expect("document.querySelectorAll('main details:not([open])').length > 0")?;
    browser.run("window.dispatchEvent(new Event('beforeprint'));")?;
    browser.expect("document.querySelectorAll('main details:not([open])').length === 0")?;
    browser.run("window.dispatchEvent(new Event('afterprint'));")?;
    browser.expect("document.querySelectorAll('main details:not([open])').length > 0")
}

/// 묶은 폴더를 서버 없이 열어도(file://) 글꼴까지 온전합니다.
fn files_open_without_a_server(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    browser.errors()?;
    browser.requests()?;
    let mut problems = Vec::new();
    for page in pages.names(&[])? {
        if page == "404.html" {
            // 서버가 내미는 쪽입니다. 주소가 서버의 맨 위에서 시작합니다.
            continue;
        }
        let url =
            url::Url::from_file_path(pages.site.join(&page)).map_err(|()| "주소가 아닙니다")?;
        browser.open(url.as_str())?;
        pages::settled(browser)?;
        browser
            .expect("[...document.fonts].filter((face) => face.status === 'loaded').length >= 2")?;
        browser.expect(
            "[...document.images].every((image) => image.complete && image.naturalWidth > 0)",
        )?;
        problems.extend(
            browser
                .errors()?
                .iter()
                .map(|error| format!("{page}: {error}")),
        );
        problems.extend(
            browser
                .requests()?
                .into_iter()
                .filter(|url| !url.starts_with("file:"))
                .map(|url| format!("{page}: {url}")),
        );
    }
    support::all_clear(problems)
}

fn with_axe(test: fn(&Browser, &str) -> Outcome) -> MaybeLeftOut {
    let axe = match pages::tool("axe-core/axe.min.js") {
        Ok(axe) => axe,
        Err(why) => return support::left_out(why),
    };
    if let Some(why) = browser::missing() {
        return support::left_out(why);
    }
    test(&Browser::start()?, &axe)?;
    Ok(libtest_mimic::Completion::Completed)
}

/// 본문에는 어떤 잘못도 없고, 어디에도 심각한(serious, critical) 잘못이 없습니다.
fn axe_finds_nothing(browser: &Browser, axe: &str) -> Outcome {
    let pages = Pages::start()?;
    let (mut problems, mut passed) = (Vec::new(), 0.0);
    for scheme in ["light", "dark"] {
        pages.prefer(browser, scheme)?;
        for page in pages.names(ALL)? {
            pages.open(browser, &page)?;
            pages::unfold(browser)?;
            // 열어야 보이는 것도 봅니다.
            browser.keys(&['/'])?;
            browser.until("document.activeElement.id === 'mdbook-searchbar'")?;
            browser.keys(&['G', 'I', 'L'])?;
            browser.until("document.querySelectorAll('#mdbook-searchresults li').length > 0")?;
            if page == "index.html" {
                browser.click("#mdbook-theme-toggle")?;
            }
            passed += axe_run(browser, axe, &format!("{page} {scheme}"), &mut problems)?;
        }
        pages.open(browser, "index.html")?;
        browser.keys(&['?'])?;
        browser.until(
            "getComputedStyle(document.querySelector('#mdbook-help-container')).display === 'flex'",
        )?;
        passed += axe_run(browser, axe, &format!("도움말 {scheme}"), &mut problems)?;
    }
    told(
        "axe",
        "axe가 찾은 잘못(밝게와 어둡게, 인쇄용 쪽까지)",
        problems,
        passed,
        "axe가 통과시킨 규칙(쪽과 테마마다)",
    )
}

/// 지금 보이는 것에 axe를 돌려, 잘못을 `problems`에 더하고 통과시킨 규칙의 수를 돌려줍니다.
fn axe_run(
    browser: &Browser,
    axe: &str,
    place: &str,
    problems: &mut Vec<String>,
) -> Result<f64, Failed> {
    browser.run(axe)?;
    browser.run(
        "window.told = null;
         axe.run(document, { elementRef: true, resultTypes: ['violations'] }).then((result) => {
           const found = [];
           for (const rule of result.violations) for (const node of rule.nodes) {
             const inside = !!node.element?.closest('main');
             if (inside || ['serious', 'critical'].includes(rule.impact)) {
               found.push(`${rule.impact} ${rule.id}: ${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`);
             }
           }
           window.told = { found: found.slice(0, 30), passed: result.passes.length };
         }, (error) => { window.told = { found: [String(error)], passed: 0 }; });",
    )?;
    browser.until("window.told !== null")?;
    let seen = browser.get("window.told")?;
    collect(problems, place, "axe", &seen["found"]);
    Ok(seen["passed"].as_f64().unwrap_or(0.0))
}

/// 쪽에서 돌려 볼 예제입니다. 출력뿐 아니라 그림과 표도 새로 그립니다.
const EXAMPLE: &str = "ch03_01_locked_sum";

/// 펼쳐 놓고(`cargo run -- serve`) 예제를 하나 돌린 쪽입니다. 출력이 보이고, 그림과 표를 새로 그렸습니다.
struct Ran {
    address: String,
    _running: Running,
    _site: TempDir,
}

impl Ran {
    fn start() -> Result<Ran, Failed> {
        // 짓는 시간은 브라우저의 기다림에 넣지 않습니다.
        let mut command = support::cargo();
        command.args(["build", "--package", "noriteo", "--example", EXAMPLE]);
        let built = support::run(command, Duration::from_secs(1800))?;
        bound::expect(&built, 0)?;
        let site = tempfile::tempdir()?;
        let mut running =
            Running::start(bound::opened(support::root(), &site.path().join("book"))?)?;
        Ok(Ran {
            address: running.address()?,
            _running: running,
            _site: site,
        })
    }

    /// 테마를 고르고, 값을 고르는 칸을 펼치고, 예제를 돌려 끝나기를 기다립니다.
    fn run(&self, browser: &Browser, theme: &str) -> Outcome {
        browser.open(&format!("http://{}/ch03-gil.html", self.address))?;
        browser.choose_theme(theme)?;
        pages::settled(browser)?;
        browser.until("document.querySelectorAll('.run').length > 0")?;
        browser.run(&format!(
            "[...document.querySelectorAll('code.language-console')]
               .find((code) => code.textContent.includes('--example {EXAMPLE}'))
               .closest('pre').nextElementSibling.id = 'bar';"
        ))?;
        browser.click("#bar .run-change")?;
        browser.until("document.querySelector('#bar .run-submit')")?;
        browser.click("#bar .run-go")?;
        browser.until("document.querySelector('#bar').dataset.done === 'true'")?;
        browser.expect("document.querySelector('#bar').dataset.ok === 'true' && document.querySelector('#bar .run-out').textContent.length > 50")?;
        browser.until("!!document.querySelector('.measured.fresh')")?;
        pages::settled(browser)
    }
}

/// 단추를 눌러 새로 생긴 글도 한국어이고, 책의 글꼴로 보이고, 폰에 들어갑니다.
fn a_run_reads_well(browser: &Browser) -> Outcome {
    let ran = Ran::start()?;
    let mut problems = Vec::new();
    for size in [WIDE, PHONE] {
        browser.resize(size)?;
        ran.run(browser, "light")?;
        pages::unfold(browser)?;
        page_tools(browser)?;
        let place = format!("{}px", size.0);
        for (what, script) in [
            ("영어", "noriteo.english().found"),
            ("낱말 가운데에서 바뀐 줄", "noriteo.breaks().found"),
            ("화면을 넘침", "noriteo.narrow().wide"),
            ("9픽셀보다 작은 그림 글", "noriteo.narrow().small"),
            ("칸이 맞지 않는 글자", "noriteo.columns().wrong"),
        ] {
            collect(&mut problems, &place, what, &browser.get(script)?);
        }
        browser.run("noriteo.mark();")?;
        let (glyphs, foreign) = foreign_glyphs(browser)?;
        if glyphs < 1000.0 {
            return Err(format!("글자를 {glyphs}개밖에 보지 못했습니다").into());
        }
        problems.extend(foreign);
    }
    support::all_clear(problems)
}

/// 돌린 뒤의 쪽에도 axe가 찾는 잘못이 없습니다.
fn axe_finds_nothing_after_a_run(browser: &Browser, axe: &str) -> Outcome {
    let ran = Ran::start()?;
    let mut problems = Vec::new();
    for theme in browser::THEMES {
        ran.run(browser, theme)?;
        axe_run(browser, axe, theme, &mut problems)?;
    }
    support::all_clear(problems)
}

/// 베낀 글에는 보이지 않는 글자가 섞이지 않습니다. 찾기 상자나 터미널에 그대로 붙일 수 있습니다.
fn copied_words_are_clean(browser: &Browser) -> Outcome {
    let pages = Pages::start()?;
    let mut joints = 0.0;
    for page in pages.names(BUT_PRINT)? {
        pages.open(browser, &page)?;
        joints += browser.number("document.querySelectorAll('main .nobreak').length")?;
        let copied = browser.text(
            "(getSelection().selectAllChildren(document.querySelector('main')), getSelection().toString())",
        )?;
        if copied.chars().count() < 50 {
            return Err(format!("{page}: 베낀 글이 없습니다: {copied}").into());
        }
        if let Some(odd) = copied.chars().find(|letter| {
            ('\u{200b}'..='\u{200f}').contains(letter) || ('\u{2060}'..='\u{2064}').contains(letter)
        }) {
            return Err(format!("{page}: 베낀 글에 {}가 있습니다", odd.escape_unicode()).into());
        }
    }
    if joints < 100.0 {
        return Err(format!("낱말 잇개가 {joints}개뿐입니다").into());
    }
    Ok(())
}

/// mdBook이 만드는 꼴이어서 우리가 고치지 않는 것들입니다: 규칙, 나타나는 자리, 까닭.
const UPSTREAM: &[(&str, &str, &str)] = &[
    (
        "no-inline-style",
        "nav > div",
        "앞뒤 장 단추 밑의 `clear: both`",
    ),
    ("no-inline-style", "t[dh](:nth-child|$)", "표의 칸 맞춤"),
    ("attr-quotes", "span", "그림글자의 class"),
    ("attr-quotes", "fa-|#print-button", "그림글자의 틀"),
    (
        "no-inline-style",
        "main > div:nth-child",
        "인쇄용 쪽에서 장마다 새 쪽에 두기",
    ),
    (
        "no-implicit-button-type",
        "mdbook-theme-",
        "테마 차림표의 단추",
    ),
    (
        "unique-landmark",
        "nav",
        "앞뒤 장 단추가 넓은 화면용과 좁은 화면용으로 둘",
    ),
    (
        "attribute-misuse",
        "nav",
        "다음 장을 미리 받는 rel=prefetch",
    ),
    (
        "element-required-attributes",
        "iframe",
        "스크립트가 없을 때의 차례",
    ),
    (
        "wcag/h32",
        "mdbook-searchbar-outer",
        "찾기 상자에는 보내기 단추가 없습니다",
    ),
];

fn html_is_valid() -> MaybeLeftOut {
    let program = match pages::tool_path("html-validate/bin/html-validate.mjs") {
        Ok(program) => program,
        Err(why) => return support::left_out(why),
    };
    let pages = Pages::start()?;
    let mut command = Command::new("node");
    command
        .arg(program)
        .arg("--config")
        .arg(support::root().join("tests/reading/tools/html-validate.json"))
        .args(["--formatter", "json"]);
    for page in pages.names(ALL)? {
        command.arg(pages.site.join(page));
    }
    let output = support::run(command, bound::LIMIT)?;
    let told: Value = serde_json::from_str(&output.stdout)
        .map_err(|error| format!("html-validate의 말이 아닙니다: {error}\n{}", output.stderr))?;
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for file in told.as_array().into_iter().flatten() {
        let name = file["filePath"].as_str().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        for message in file["messages"].as_array().into_iter().flatten() {
            let rule = message["ruleId"].as_str().unwrap_or_default();
            let place = message["selector"].as_str().unwrap_or_default();
            let last = place.rsplit(" > ").next().unwrap_or_default();
            let known = UPSTREAM.iter().position(|(id, pattern, _)| {
                let pattern = regex::Regex::new(pattern).expect("위에 적은 꼴입니다");
                *id == rule && (pattern.is_match(place) || pattern.is_match(last))
            });
            match known {
                Some(index) => drop(used.insert(index)),
                None => problems.push(format!(
                    "{name}:{} {rule} {}: {place}",
                    message["line"], message["message"]
                )),
            }
        }
    }
    for (index, (rule, place, _)) in UPSTREAM.iter().enumerate() {
        if !used.contains(&index) {
            problems.push(format!(
                "이제 나타나지 않으니 목록에서 빼세요: {rule} {place}"
            ));
        }
    }
    support::all_clear(problems)?;
    Ok(libtest_mimic::Completion::Completed)
}

/// 쪽마다 정식 주소가 하나이고, sitemap에는 그 주소가 한 번씩만 있고, 설명이 저마다 다릅니다. 404와 인쇄용 쪽에는 주소가 없습니다.
fn every_page_has_one_address() -> Outcome {
    let pages = Pages::start()?;
    let home = format!("https://noriteo.example{}", pages::PLACE);
    let map = support::read(&pages.site.join("sitemap.xml"))?;
    let listed: Vec<&str> = between(&map, "<loc>", "</loc>");
    let mut addresses = BTreeSet::new();
    let mut told = BTreeMap::new();
    let mut problems = Vec::new();
    for page in pages.names(ALL)? {
        let html = support::read(&pages.site.join(&page))?;
        let canonical = between(&html, "<link rel=\"canonical\" href=\"", "\"");
        if ["404.html", "print.html"].contains(&page.as_str()) {
            if !canonical.is_empty() {
                problems.push(format!("{page}: 주소가 있습니다: {canonical:?}"));
            }
            continue;
        }
        let expected = match page.as_str() {
            // 첫 장은 책의 맨 위에도 놓입니다. 같은 글이므로 주소도 같습니다.
            "index.html" | "preface.html" => home.clone(),
            name => format!("{home}{name}"),
        };
        if canonical != [expected.as_str()] {
            problems.push(format!(
                "{page}: 정식 주소가 {canonical:?}입니다({expected})"
            ));
        }
        addresses.insert(expected);
        for (what, start) in [
            ("설명", "<meta name=\"description\" content=\""),
            ("og:title", "<meta property=\"og:title\" content=\""),
        ] {
            let found = between(&html, start, "\"");
            let [text] = found[..] else {
                problems.push(format!("{page}: {what}이(가) 하나가 아닙니다: {found:?}"));
                continue;
            };
            if let Some(other) = told.insert((what, text.to_owned()), page.clone())
                && page != "preface.html"
            {
                problems.push(format!(
                    "{page}: {what}이(가) {other}의 것과 같습니다: {text}"
                ));
            }
        }
    }
    if listed.len() != addresses.len() || !listed.iter().all(|one| addresses.contains(*one)) {
        problems.push(format!("sitemap이 다릅니다: {listed:?}, {addresses:?}"));
    }
    support::all_clear(problems)
}

/// `start`와 `end` 사이의 글들입니다.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split(end).next())
        .collect()
}

/// 우리가 더한 것이 기대는 mdBook의 꼴입니다. mdBook의 판을 올렸을 때 어느 것을 손보아야 하는지 알립니다.
fn our_patches_fit_this_mdbook() -> Outcome {
    let pages = Pages::start()?;
    let mut problems = Vec::new();
    let mut look = |file: &str, ours: &str, needles: &[&str]| -> Outcome {
        let (stem, kind) = file.rsplit_once('.').unwrap_or((file, ""));
        let found = support::files(&pages.site, kind)?.into_iter().find(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            name == file || (name.starts_with(&format!("{stem}-")) && name.ends_with(kind))
        });
        let path = found.ok_or_else(|| format!("{file}이(가) 없습니다({ours}이(가) 기댑니다)"))?;
        let text = fs::read_to_string(path)?;
        for needle in needles {
            if !text.contains(needle) {
                problems.push(format!(
                    "mdBook의 {file}에 `{needle}`이(가) 없습니다. {ours}을(를) 손보세요"
                ));
            }
        }
        Ok(())
    };
    look(
        "book.js",
        "strings-ko.js의 단추 다루기",
        &[
            "this.title === 'Show hidden lines'",
            "this.title === 'Hide lines'",
            "'Copied!'",
            "'Clipboard error!'",
            "'Copy to clipboard'",
        ],
    )?;
    look(
        "searcher.js",
        "strings-ko.js의 찾은 수",
        &[
            "' search result for \\''",
            "'No search results for \\''",
            "' search results for \\''",
            "Search Result Teaser",
        ],
    )?;
    look(
        "book.js",
        "head.hbs의 테마 되돌리기",
        &[
            "localStorage.getItem('mdbook-theme')",
            "default_dark_theme",
            "theme === 'coal'",
        ],
    )?;
    look(
        "index.html",
        "reading.js",
        &[
            "<label id=\"mdbook-sidebar-toggle\"",
            "id=\"mdbook-theme-rust\"",
            "id=\"mdbook-theme-navy\"",
            "id=\"mdbook-theme-ayu\"",
            "id=\"mdbook-searchresults-header\"",
            "id=\"mdbook-content\"",
            "id=\"mdbook-help-popup\"",
        ],
    )?;
    look(
        "index.html",
        "strings-ko.js의 도움말",
        &[
            "<p>Press <kbd>",
            "</kbd> to navigate between chapters",
            "Keyboard shortcuts",
            "placeholder=\"Search this book ...\"",
        ],
    )?;
    look(
        "index.html",
        "head.hbs와 site.rs",
        &[
            "<main>",
            "\"fonts/noriteo-sans-",
            "class=\"skip-link\"",
            "property=\"og:title\"",
            "class=\"reading-time\"",
        ],
    )?;
    // 색칠하는 스크립트에서 쓰는 언어만 남았습니다.
    look(
        "highlight.js",
        "site.rs의 trim",
        &[
            "registerLanguage(\"rust\"",
            "registerLanguage(\"python\"",
            "registerLanguage(\"shell\"",
            "registerLanguage(\"bash\"",
        ],
    )?;
    let script = support::files(&pages.site, "js")?
        .into_iter()
        .find(|path| path.to_string_lossy().contains("highlight"));
    let script = fs::read_to_string(script.ok_or("highlight.js가 없습니다")?)?;
    let languages = script.matches("hljs.registerLanguage(").count();
    if languages > 8 {
        problems.push(format!(
            "색칠하는 스크립트에 언어가 {languages}개 남았습니다. site.rs의 trim을 손보세요"
        ));
    }
    support::all_clear(problems)
}
