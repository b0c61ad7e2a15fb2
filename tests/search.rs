//! 한국어로 찾습니다: 조사와 띄어쓰기를 가리지 않고, 같은 말을 함께 찾고, 조합하는 동안에도 찾습니다.
//!
//! 물음은 `tests/search/queries.json`에 있습니다. 찾는 프로그램보다 먼저 적었고, 절반(`held_out`)은 맞추는 동안 보지 않았습니다.
//! 찾는 것은 언제나 화면의 입력 칸과 목록으로 합니다.

#[path = "support/bound.rs"]
mod bound;
#[path = "support/browser.rs"]
mod browser;
mod support;

use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

use bound::{Book, Running};
use browser::{Browser, PHONE, key};
use libtest_mimic::Failed;
use noriteo::measure::evidence::{self, Evidence};
use pulldown_cmark::{Event, Tag};
use serde_json::{Value, json};
use support::Outcome;

fn main() -> ExitCode {
    let mut tests = support::tests![words_come_from_the_glossary];
    tests.extend(browser::tests![
        what_we_lean_on_is_there,
        questions_find_their_answers,
        a_link_searches_on_load,
        a_late_script_searches_again,
        results_follow_a_composition,
        half_a_syllable_never_says_nothing,
        particles_and_spaces_do_not_matter,
        one_word_finds_the_other,
        hits_are_marked,
        the_keyboard_is_enough,
        the_number_of_results_is_said,
        results_fit_a_phone,
    ]);
    bound::run_mimic(tests)
}

const WORDS: &str = "book/theme/search-words.js";

/// 용어집의 한 줄에서 온, 같은 것을 가리키는 말들입니다. 첫째가 표준 표기입니다.
fn glossary() -> Result<Vec<Vec<String>>, Failed> {
    let text = support::read(&support::root().join("book/text/glossary.md"))?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (event, _) in support::markdown(&text) {
        match event {
            Event::Start(Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                if let Some(row) = rows.last_mut() {
                    row.push(String::new());
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
                    cell.push_str(&text);
                }
            }
            _ => {}
        }
    }
    let groups: Result<Vec<_>, Failed> = rows.iter().map(|row| group(row)).collect();
    let groups = groups?;
    if groups.len() < 50 {
        return Err(format!("용어집의 표에서 {}줄만 읽었습니다", groups.len()).into());
    }
    Ok(groups)
}

/// `GIL(전역 인터프리터 락)`은 두 말로 나눕니다.
fn group(row: &[String]) -> Result<Vec<String>, Failed> {
    let [standard, english, variants, _] = row else {
        return Err(format!("용어집의 줄이 네 칸이 아닙니다: {row:?}").into());
    };
    let standard = match standard.strip_suffix(')').and_then(|s| s.split_once('(')) {
        Some((short, long)) => vec![short, long],
        None => vec![standard.as_str()],
    };
    let others = variants.split(", ").filter(|variant| *variant != "–");
    let mut words: Vec<String> = Vec::new();
    for word in standard.into_iter().chain([english.as_str()]).chain(others) {
        if !word.is_empty() && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    Ok(words)
}

fn words_come_from_the_glossary() -> Outcome {
    let mut made = String::from(
        "// 같은 것을 가리키는 말들입니다. 용어집(book/text/glossary.md)의 표에서 만든 파일이므로 손으로 고치지 않습니다.\n\
         // 다시 만들기: NORITEO_BLESS=1 cargo test -p noriteo-tests --test search -- words\n\
         window.noriteoWords = [\n",
    );
    for words in glossary()? {
        let words: Vec<String> = words.iter().map(|word| json!(word).to_string()).collect();
        made += &format!("  [{}],\n", words.join(", "));
    }
    made += "];\n";
    let path = support::root().join(WORDS);
    if env::var_os("NORITEO_BLESS").is_some() {
        fs::write(&path, &made)?;
    }
    if support::read(&path)? == made {
        return Ok(());
    }
    Err(format!(
        "{WORDS}가 용어집과 다릅니다. 다음 명령으로 다시 만드세요: \
         NORITEO_BLESS=1 cargo test -p noriteo-tests --test search -- words"
    )
    .into())
}

/// 쪽 하나를 열고 찾기를 켠 다음, 화면으로 찾는 함수 `ask`를 둡니다.
fn open(book: &Book, browser: &Browser) -> Outcome {
    browser.open(&book.page("install.html"))?;
    ready(browser)
}

/// 찾기를 켜고 색인이 올 때까지 기다립니다. `ask(글)`은 사람이 친 것처럼 하고, 목록에 나온 자리들을 돌려줍니다.
fn ready(browser: &Browser) -> Outcome {
    browser.click("#mdbook-search-toggle")?;
    browser.until(INDEX)?;
    browser.run(
        "window.bar = document.getElementById('mdbook-searchbar');
         window.list = document.getElementById('mdbook-searchresults');
         const first = {};
         for (const url of window.search.doc_urls) first[url.split('#')[0]] ??= url;
         // 쪽의 첫 절은 쪽의 이름만으로, 나머지는 `쪽#절`로 부릅니다.
         window.place = (url) => {
           const [page, section] = url.split('#');
           const name = page.replace(/^.*[/]/, '').replace('.html', '');
           return first[page] === url ? name : `${name}#${section}`;
         };
         window.ask = (text) => {
           bar.value = text;
           bar.dispatchEvent(new InputEvent('input', { bubbles: true }));
           return [...list.querySelectorAll('li > a')].map((link) => {
             const href = decodeURIComponent(link.getAttribute('href').replace(/[?][^#]*/, ''));
             return place(href);
           });
         };",
    )?;
    Ok(())
}

const INDEX: &str = "!!(window.search && window.search.index)
    && !document.getElementById('mdbook-searchbar-outer').classList.contains('searching')";

/// mdBook을 올릴 때 무엇이 달라졌는지 알리는 검사입니다. 하나하나가 `search-ko.js`가 기대는 것입니다.
fn what_we_lean_on_is_there(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    open(&book, browser)?;
    let leans = [
        (
            "typeof elasticlunr.Index.prototype.search === 'function'",
            "elasticlunr.Index.prototype.search가 없습니다. 찾는 일을 바꾸어 끼울 자리입니다",
        ),
        (
            "typeof elasticlunr.Index.load === 'function' && elasticlunr.Index.load(search.index) instanceof elasticlunr.Index",
            "elasticlunr.Index.load가 Index를 만들지 않습니다",
        ),
        (
            "Object.values(elasticlunr.Index.load(search.index).documentStore.docs).length > 100",
            "documentStore.docs에 절마다의 글이 없습니다",
        ),
        (
            "Object.values(search.index.documentStore.docs).every((doc) => ['title', 'body', 'breadcrumbs'].every((field) => typeof doc[field] === 'string'))",
            "색인의 절에 title, body, breadcrumbs가 없습니다",
        ),
        (
            "Object.values(search.index.documentStore.docs).some((doc) => doc.breadcrumbs.includes(' » '))",
            "breadcrumbs를 잇는 글자가 ' » '가 아닙니다",
        ),
        (
            "Object.keys(search.index.documentStore.docs).every((ref) => typeof search.doc_urls[ref] === 'string')",
            "doc_urls가 절의 번호로 주소를 주지 않습니다",
        ),
        (
            "search.results_options.limit_results > 0",
            "results_options.limit_results가 없습니다",
        ),
        (
            "document.getElementById('mdbook-searchbar')?.matches('form input')",
            "입력 칸 #mdbook-searchbar가 form 안에 없습니다",
        ),
        (
            "document.getElementById('mdbook-searchresults')?.tagName === 'UL'",
            "목록 ul#mdbook-searchresults가 없습니다",
        ),
        (
            "!!document.getElementById('mdbook-searchresults-header')",
            "#mdbook-searchresults-header가 없습니다",
        ),
        (
            "!!document.getElementById('mdbook-search-toggle')",
            "찾기 단추 #mdbook-search-toggle이 없습니다",
        ),
        // 아래는 mdBook이 목록을 그리는 방법입니다. 우리 스크립트를 걷어 내고 봅니다.
        (
            "(() => { const kept = elasticlunr.Index.prototype.search; let seen = []; try { elasticlunr.Index.prototype.search = function (...all) { seen = [this, ...all]; return [{ ref: '3', doc: { ...search.index.documentStore.docs[3], body: '첫째 둘째' } }]; }; bar.value = '아무 말'; bar.dispatchEvent(new KeyboardEvent('keyup')); } finally { elasticlunr.Index.prototype.search = kept; } window.seen = seen; return seen[1] === '아무 말' && seen[0].documentStore; })() && true",
            "keyup에 mdBook이 Index.prototype.search(글)을 부르지 않습니다",
        ),
        (
            "list.children.length === 1 && list.firstElementChild.matches('li') && !!list.querySelector('li > a[href]')",
            "결과가 li > a[href]가 아닙니다",
        ),
        (
            "!!list.querySelector('li > .teaser')",
            "결과의 글이 .teaser가 아닙니다",
        ),
        (
            "/[?]highlight=[^#]+#/.test(list.querySelector('li > a').getAttribute('href'))",
            "결과의 주소에 ?highlight=말#자리가 없습니다",
        ),
        (
            "document.getElementById('mdbook-searchresults-header').textContent.includes('아무 말')",
            "찾은 수를 #mdbook-searchresults-header에 적지 않습니다",
        ),
        (
            "typeof Mark === 'function'",
            "mark.js가 없습니다. 찾은 말을 쪽에 표시하는 것입니다",
        ),
    ];
    let mut broken = Vec::new();
    for (lean, why) in leans {
        match browser.get(lean) {
            Ok(Value::Bool(true)) => {}
            Ok(other) => broken.push(format!("{why} ({lean} → {other})")),
            Err(error) => broken.push(format!("{why} ({})", error.message().unwrap_or_default())),
        }
    }
    support::all_clear(broken)
}

/// 물음 하나입니다.
struct Question {
    query: String,
    kind: String,
    held_out: bool,
    answers: BTreeSet<String>,
}

fn questions() -> Result<Vec<Question>, Failed> {
    let text = support::read(&support::root().join("tests/search/queries.json"))?;
    let Value::Array(rows) = serde_json::from_str(&text)? else {
        return Err("queries.json이 목록이 아닙니다".into());
    };
    let read = |row: &Value| {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        let answers = row["answers"].as_array()?.iter();
        let half = text("half")?;
        Some(Question {
            query: text("query")?,
            kind: text("kind")?,
            held_out: match half.as_str() {
                "held_out" => true,
                "tune" => false,
                _ => return None,
            },
            answers: answers
                .map(|answer| answer.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
        })
    };
    let questions: Option<Vec<_>> = rows.iter().map(read).collect();
    questions.ok_or_else(|| "queries.json의 줄을 읽지 못했습니다".into())
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

fn questions_find_their_answers(browser: &Browser) -> Outcome {
    let questions = questions()?;
    let book = Book::bind()?;
    open(&book, browser)?;
    let places: BTreeSet<String> = strings(&browser.get("search.doc_urls.map(place)")?)
        .into_iter()
        .collect();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for Question { query, answers, .. } in &questions {
        let lost = answers.iter().filter(|answer| !places.contains(*answer));
        problems.extend(lost.map(|answer| format!("{query}: 책에 {answer}이(가) 없습니다")));
        if answers.is_empty() || !seen.insert(query) {
            problems.push(format!("{query}: 답이 없거나 두 번 나옵니다"));
        }
    }
    let kinds: BTreeSet<&str> = questions.iter().map(|one| one.kind.as_str()).collect();
    for kind in kinds {
        let of = |held_out: bool| {
            let all = questions.iter();
            all.filter(|one| one.kind == kind && one.held_out == held_out)
                .count()
        };
        if of(true).abs_diff(of(false)) > 1 {
            problems.push(format!("{kind}: 두 절반의 크기가 다릅니다"));
        }
    }
    support::all_clear(problems)?;

    let mut misses = Vec::new();
    let mut empty = 0;
    // 두 절반의 (찾음, 모두)입니다.
    let mut halves = [(0, 0); 2];
    for one in &questions {
        let found = strings(&browser.get(&format!("ask({})", json!(one.query)))?);
        let half = &mut halves[usize::from(one.held_out)];
        half.1 += 1;
        empty += usize::from(found.is_empty());
        if found
            .iter()
            .take(5)
            .any(|place| one.answers.contains(place))
        {
            half.0 += 1;
        } else {
            let five = found.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            misses.push(format!("{}: {five}", one.query));
        }
    }
    let [tune, held_out] = halves;
    let share = |(hits, all): (usize, usize)| hits as f64 / all as f64;
    let all = (tune.0 + held_out.0, tune.1 + held_out.1);
    let took = browser.number(&format!(
        "(() => {{
           const index = elasticlunr.Index.load(search.index);
           const queries = {};
           const times = queries.map((query) => {{
             index.search(query, search.search_options);
             const start = performance.now();
             for (let round = 0; round < 20; round += 1) index.search(query, search.search_options);
             return (performance.now() - start) / 20;
           }});
           return times.sort((one, other) => one - other)[times.length >> 1];
         }})()",
        json!(questions.iter().map(|one| &one.query).collect::<Vec<_>>())
    ))?;
    let recall = |what: &str, figure: (usize, usize)| {
        let what = format!("{what} {}개의 recall@5", figure.1);
        Evidence::new("search", what, share(figure), "")
    };
    let rows = [
        recall("학생의 물음", all).at_least(0.95),
        recall("그 가운데 맞추는 동안 보지 않은", held_out).at_least(0.95),
        recall("그 가운데 보며 맞춘", tune),
        Evidence::new("search", "아무것도 찾지 못한 물음", empty as f64, "개").equals(0.0),
        Evidence::new("search", "물음 하나를 찾는 시간(중앙값)", took, "ms"),
    ];
    evidence::write("search", &rows)?;
    // 시간은 적어 두기만 합니다. 바쁜 컴퓨터에서는 무엇이든 느립니다.
    let [counted @ .., _] = &rows;
    if counted.iter().all(Evidence::holds) {
        return Ok(());
    }
    support::all_clear(misses)?;
    support::all_clear(
        counted
            .iter()
            .map(|row| format!("한계를 벗어났습니다: {row:?}"))
            .collect(),
    )
}

/// 찾은 자리 다섯 안에 `place`가 있습니다.
fn found(browser: &Browser, place: &str) -> Outcome {
    browser.expect(&format!(
        "[...list.querySelectorAll('li > a')].slice(0, 5).some((link) => link.getAttribute('href').replace(/[?][^#]*/, '').endsWith({place:?}))"
    ))
}

fn no_errors(browser: &Browser) -> Outcome {
    support::all_clear(browser.errors()?)
}

fn a_link_searches_on_load(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    let shown = "document.querySelectorAll('#mdbook-searchresults li[data-korean]').length > 0";
    let check = |origin: &str| -> Outcome {
        browser.requests()?;
        let page = format!("{origin}install.html?search=%EC%8A%A4%EB%A0%88%EB%93%9C%EB%A5%BC");
        browser.open(&page)?;
        browser.until(shown)?;
        browser.expect("document.getElementById('mdbook-searchbar').value === '스레드를'")?;
        browser.run("window.list = document.getElementById('mdbook-searchresults');")?;
        found(browser, "ch02-thread.html#main-thread")?;
        // 책 밖으로는 아무것도 청하지 않습니다.
        let away = browser.requests()?.into_iter();
        support::all_clear(away.filter(|url| !url.starts_with(origin)).collect())?;
        no_errors(browser)
    };
    check(&book.page(""))?;

    let site = tempfile::tempdir()?;
    let command = bound::opened(support::root(), &site.path().join("book"))?;
    let mut running = Running::start(command)?;
    check(&format!("http://{}/", running.address()?))
}

/// 색인이 먼저 오고 우리 스크립트가 늦게 와도 우리 방법으로 찾습니다.
///
/// 서버는 색인의 끝에 「다 돌았다」는 요청을 덧붙이고, 그 요청을 받은 뒤에야 `search-ko.js`를 내줍니다.
fn a_late_script_searches_again(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let address = serve_late(book.folder(), Arc::clone(&gate))?;
    browser.open(&format!(
        "http://{address}/install.html?search=%EB%8D%B0%EB%93%9C%EB%9D%BD"
    ))?;
    browser
        .until("document.querySelectorAll('#mdbook-searchresults li[data-korean]').length > 0")?;
    if !*gate.0.lock().unwrap_or_else(PoisonError::into_inner) {
        return Err("색인이 먼저 오지 않았습니다".into());
    }
    // mdBook의 방법으로는 「데드락」을 찾지 못합니다. 입력 칸의 글은 그대로입니다.
    browser.expect(
        "[...document.getElementById('mdbook-searchbar').value].join('|') === '데|드|락'",
    )?;
    browser.expect("new URLSearchParams(location.search).get('search') === '데드락'")?;
    browser.run("window.list = document.getElementById('mdbook-searchresults');")?;
    found(browser, "ch04-multiprocessing.html#join-before-drain")?;
    no_errors(browser)
}

type Gate = Arc<(Mutex<bool>, Condvar)>;

/// 폴더 하나를 내주는 작은 서버입니다. 검사가 끝나면 프로그램과 함께 사라집니다.
fn serve_late(folder: PathBuf, gate: Gate) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (folder, gate) = (folder.clone(), Arc::clone(&gate));
            thread::spawn(move || answer(stream, &folder, &gate));
        }
    });
    Ok(address)
}

fn answer(
    mut stream: TcpStream,
    folder: &Path,
    (ran, changed): &(Mutex<bool>, Condvar),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
    while reader.read_line(&mut line)? > 2 {}
    let name = path.split(['?', '#']).next().unwrap_or("/");
    let name = name.trim_start_matches('/');
    if name == "ran" {
        *ran.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }
    if name.contains("search-ko") {
        let lock = ran.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = browser::LIMIT;
        let _ = changed.wait_timeout_while(lock, limit, |ran| !*ran);
    }
    let mut body = fs::read(folder.join(name)).unwrap_or_default();
    if name.contains("searchindex") {
        // 이 스크립트의 load 사건이 끝난 다음에 부릅니다.
        body.extend(b"\nsetTimeout(() => fetch('/ran'));");
    }
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

/// 입력기가 조합하는 글을 넣습니다.
fn compose(browser: &Browser, text: &str) -> Outcome {
    let end = text.chars().count();
    browser.devtools(
        "Input.imeSetComposition",
        json!({ "text": text, "selectionStart": end, "selectionEnd": end }),
    )?;
    Ok(())
}

fn results_follow_a_composition(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    open(&book, browser)?;
    browser.run(
        "bar.focus();
         window.told = [];
         for (const kind of ['compositionstart', 'compositionupdate', 'compositionend']) bar.addEventListener(kind, () => told.push(kind));
         // 조합하는 동안 누가 값을 넣으면 글자가 깨집니다.
         const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
         window.assigned = 0;
         Object.defineProperty(bar, 'value', { get() { return value.get.call(this); }, set(text) { assigned += 1; value.set.call(this, text); } });",
    )?;
    for (typed, place) in [
        ("ㄷ", None),
        ("데", None),
        ("데ㄷ", None),
        ("데드ㄹ", None),
        (
            "데드라",
            Some("ch04-multiprocessing.html#join-before-drain"),
        ),
        (
            "데드락",
            Some("ch04-multiprocessing.html#join-before-drain"),
        ),
    ] {
        compose(browser, typed)?;
        browser.until(&format!(
            "bar.value === {typed:?} && list.children.length > 0"
        ))?;
        if let Some(place) = place {
            found(browser, place)?;
        }
    }
    browser.expect(
        "told.includes('compositionupdate') && !told.includes('compositionend') && assigned === 0",
    )?;
    // 조합을 마치는 엔터는 첫 결과로 내려가지 않습니다.
    browser.run("bar.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }));")?;
    browser.expect("document.activeElement === bar && !list.querySelector('.focus')")?;
    browser.devtools("Input.insertText", json!({ "text": "데드락" }))?;
    browser.until("told.includes('compositionend')")?;
    browser.expect("bar.value === '데드락' && assigned === 0")?;
    found(browser, "ch04-multiprocessing.html#join-before-drain")?;
    no_errors(browser)
}

/// 두벌식으로 한 글자씩 칠 때 입력 칸에 차례로 보이는 글입니다. 받침이 다음 글자로 넘어가는 것까지 흉내 냅니다.
fn keystrokes(text: &str) -> Vec<String> {
    const LEADS: [char; 19] = [
        'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ',
        'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
    ];
    // 받침마다 앞에 남는 받침과 다음 글자로 갈 수 있는 첫소리입니다.
    const TAILS: [&str; 28] = [
        "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ",
        "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ",
        "ㅎ",
    ];
    // 두 번에 치는 홀소리가 거치는 것입니다(ㅘ는 ㅗ를 거칩니다).
    const THROUGH: [(u32, u32); 7] = [
        (9, 8),
        (10, 8),
        (11, 8),
        (14, 13),
        (15, 13),
        (16, 13),
        (19, 18),
    ];
    let syllable = |lead: u32, vowel: u32, tail: u32| {
        char::from_u32(0xAC00 + (lead * 21 + vowel) * 28 + tail).unwrap_or('가')
    };
    let mut seen: Vec<String> = Vec::new();
    let mut done = String::new();
    for letter in text.chars() {
        let code = (letter as u32).wrapping_sub(0xAC00);
        if code >= 11172 {
            done.push(letter);
            seen.push(done.clone());
            continue;
        }
        let (lead, vowel, tail) = (code / 588, code / 28 % 21, code % 28);
        let first = LEADS[lead as usize];
        // 첫소리가 앞 글자의 받침이 될 수 있으면 잠깐 거기에 붙습니다.
        let before = done
            .chars()
            .last()
            .map(|last| (last as u32).wrapping_sub(0xAC00))
            .filter(|code| *code < 11172);
        let joined = before.and_then(|code| {
            let held = format!("{}{first}", TAILS[(code % 28) as usize]);
            let tail = TAILS.iter().position(|tail| *tail == held)?;
            Some(syllable(code / 588, code / 28 % 21, tail as u32))
        });
        match joined {
            Some(joined) => {
                let mut typed: String = done.clone();
                typed.pop();
                seen.push(format!("{typed}{joined}"));
            }
            None => seen.push(format!("{done}{first}")),
        }
        if let Some((_, through)) = THROUGH.iter().find(|(full, _)| *full == vowel) {
            seen.push(format!("{done}{}", syllable(lead, *through, 0)));
        }
        seen.push(format!("{done}{}", syllable(lead, vowel, 0)));
        let held: Vec<char> = TAILS[tail as usize].chars().collect();
        if let [half, _] = held.as_slice()
            && let Some(half) = TAILS.iter().position(|tail| tail.chars().eq([*half]))
        {
            seen.push(format!("{done}{}", syllable(lead, vowel, half as u32)));
        }
        done.push(letter);
        if tail > 0 {
            seen.push(done.clone());
        }
    }
    seen
}

fn half_a_syllable_never_says_nothing(browser: &Browser) -> Outcome {
    let steps = keystrokes("큐와 값닭");
    let expected = [
        "ㅋ",
        "큐",
        "큥",
        "큐오",
        "큐와",
        "큐와 ",
        "큐와 ㄱ",
        "큐와 가",
        "큐와 갑",
        "큐와 값",
        "큐와 값ㄷ",
        "큐와 값다",
        "큐와 값달",
        "큐와 값닭",
    ];
    if steps != expected {
        return Err(format!("치는 차례를 잘못 흉내 냈습니다: {steps:?}").into());
    }
    let book = Book::bind()?;
    open(&book, browser)?;
    let mut steps = BTreeSet::new();
    for words in glossary()? {
        for word in &words {
            steps.extend(keystrokes(word));
        }
    }
    for question in [
        "스레드",
        "스레드를",
        "join 이 왜 안 끝나요",
        "프로세스와 스레드의 차이",
    ] {
        steps.extend(keystrokes(question));
    }
    // 처음의 한 자음과 첫소리만 친 것도 찾습니다.
    steps.extend(["ㅅ", "스ㄹ", "스레ㄷ", "ㅅㄹㄷ", "ㄱㅊㅅㅌ"].map(str::to_owned));
    let nothing = browser.get(&format!(
        "{}.filter((typed) => ask(typed).length === 0)",
        json!(steps)
    ))?;
    support::all_clear(strings(&nothing))?;
    // 첫소리만 친 것도 표시합니다.
    browser.expect("ask('ㅅㄹㄷ').length > 0")?;
    browser.expect("list.querySelector('em').textContent === '스레드'")
}

/// 조사를 붙이거나 띄어쓰기를 바꾸어도, 그 말로 찾은 첫째가 셋 안에 있습니다.
fn particles_and_spaces_do_not_matter(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    open(&book, browser)?;
    let mut problems = Vec::new();
    let mut same = |word: &str, other: &str| -> Outcome {
        let best = browser.get(&format!("ask({})[0]", json!(word)))?;
        let found = browser.get(&format!("ask({}).slice(0, 3)", json!(other)))?;
        let top = found.as_array().into_iter().flatten();
        if best.is_null() || !top.clone().any(|place| *place == best) {
            problems.push(format!("{word} {best} ≠ {other} {found}"));
        }
        Ok(())
    };
    // 받침이 있는 말과 없는 말에 붙는 조사입니다.
    let closed = [
        "이",
        "은",
        "을",
        "과",
        "으로",
        "이랑",
        "이란",
        "이나",
        "이라고",
        "에서",
        "까지도",
    ];
    let open = [
        "가",
        "는",
        "를",
        "와",
        "로",
        "랑",
        "란",
        "나",
        "라고",
        "에서는",
        "부터",
        "처럼",
        "마다",
        "보다",
        "의",
        "도",
        "만",
        "밖에",
    ];
    let words = [
        ("GIL", &closed[..]),
        ("fork", &closed),
        ("SIGSEGV", &open),
        ("락", &closed),
        ("감시값", &closed),
        ("시그널", &closed),
        ("뮤텍스", &open),
        ("교착 상태", &open),
        ("파이프", &open),
        ("서브인터프리터", &open),
        ("암달의 법칙", &closed),
        ("호송 효과", &open),
    ];
    for (word, particles) in words {
        for particle in particles {
            same(word, &format!("{word}{particle}"))?;
        }
    }
    for words in glossary()? {
        let (word, joined) = (&words[0], words[0].replace(' ', ""));
        let letters: Vec<char> = joined.chars().collect();
        // 한글만으로 된, 세 글자가 넘는 말을 붙이고, 엉뚱한 곳에서 띄웁니다.
        if letters.len() < 4 || letters.iter().any(char::is_ascii) {
            continue;
        }
        let (head, tail) = letters.split_at(letters.len() - 1);
        let apart = format!("{} {}", String::from_iter(head), String::from_iter(tail));
        same(word, &joined)?;
        same(word, &apart)?;
    }
    support::all_clear(problems)
}

fn one_word_finds_the_other(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    open(&book, browser)?;
    let mut problems = Vec::new();
    for words in glossary()? {
        let best = strings(&browser.get(&format!("ask({})", json!(words[0])))?);
        for word in &words[1..] {
            let other = strings(&browser.get(&format!("ask({})", json!(word)))?);
            let shared = other
                .iter()
                .take(5)
                .filter(|place| best.iter().take(5).any(|one| one == *place));
            if shared.count() < best.len().min(2) {
                problems.push(format!(
                    "{} {:?} ≠ {word} {:?}",
                    words[0],
                    &best[..best.len().min(5)],
                    &other[..other.len().min(5)]
                ));
            }
        }
    }
    support::all_clear(problems)?;
    // 책에서 온 말만 찾습니다. 없는 것은 없다고 합니다.
    browser.expect("ask('쿽뷁').length === 0 && ask('zzzqqq').length === 0")
}

fn hits_are_marked(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    open(&book, browser)?;
    browser.get("ask('데드락')")?;
    // 앞뒤의 글과 함께, 친 말이 아니라 책의 말을 표시합니다.
    browser.expect("[...list.children].every((item) => item.querySelector('em') && item.querySelector('.teaser').textContent.length > 20)")?;
    browser.expect("[...list.querySelectorAll('.teaser em')].every((em) => /교착\\s*상태|deadlock|데드락|데드록/i.test(em.textContent))")?;
    browser.expect(
        "[...list.querySelectorAll('.teaser')].every((teaser) => teaser.textContent.length < 140)",
    )?;
    // 물음에 흔히 붙는 말은 표시하지 않습니다.
    browser.get("ask('join 이 왜 안 끝나요')")?;
    browser.expect("[...list.querySelectorAll('em')].every((em) => !['이', '안'].includes(em.textContent)) && [...list.querySelectorAll('em')].some((em) => em.textContent === 'join')")?;
    // 쪽의 첫 절에 장의 이름을 두 번 적지 않습니다.
    browser.get("ask('1장 프로세스')")?;
    browser.expect("[...list.querySelectorAll('li > a')].some((link) => link.textContent === '1장 프로세스: 놀이터')")?;
    // 영어로 된 이름표가 남지 않습니다.
    browser.expect("!list.querySelector('[aria-label]') && !/[a-z]{4}/.test(document.getElementById('mdbook-searchresults-header').textContent)")?;
    // 글과 제목에 든 꺾쇠는 글자 그대로 보입니다. mdBook은 차례를 HTML로 끼웁니다.
    browser.expect("ask('Arc<Mutex>').length > 0")?;
    browser.expect("list.querySelectorAll('mutex').length === 0")?;
    browser.run(
        "const index = elasticlunr.Index.load({ ...search.index, documentStore: { ...search.index.documentStore, docs: { 3: {
           id: '3', title: '<i id=bad>제목</i>', breadcrumbs: '장 » <i id=bad>제목</i>', body: '<i id=bad>본문</i> 꺾쇠' } } } });
         const find = elasticlunr.Index.prototype.search;
         elasticlunr.Index.prototype.search = (...words) => find.apply(index, words);
         ask('꺾쇠');
         elasticlunr.Index.prototype.search = find;",
    )?;
    browser.until("list.textContent.includes('<i id=bad>제목</i>') && list.textContent.includes('<i id=bad>본문</i>')")?;
    browser.expect("!document.getElementById('bad')")?;
    // 누르면 그 절로 가고, 거기에서도 책의 말이 표시됩니다.
    browser.get("ask('데드락을')")?;
    browser.run("const links = [...list.querySelectorAll('li > a')]; links.find((link) => link.href.endsWith('#join-before-drain')).id = 'hit';")?;
    browser.click("#hit")?;
    browser.until(
        "location.href.endsWith('#join-before-drain') && document.querySelector('main mark')",
    )?;
    browser.expect("[...document.querySelectorAll('main mark')].some((mark) => /교착\\s*상태/.test(mark.textContent))")?;
    no_errors(browser)
}

fn the_keyboard_is_enough(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    let bar = "document.activeElement === document.getElementById('mdbook-searchbar')";
    let press = |code: &str, key: &str| {
        browser.devtools(
            "Input.dispatchKeyEvent",
            json!({ "type": "rawKeyDown", "code": code, "key": key, "windowsVirtualKeyCode": 83 }),
        )
    };
    for open in ["s", "/", "ㄴ"] {
        browser.open(&book.page("index.html"))?;
        match open {
            "ㄴ" => {
                press("KeyS", "ㄴ")?;
            }
            key => browser.keys(&key.chars().collect::<Vec<_>>())?,
        }
        browser.until(bar)?;
        browser.until(INDEX)?;
        browser.expect("document.getElementById('mdbook-searchbar').value === ''")?;
        browser.devtools("Input.insertText", json!({ "text": "원자연산" }))?;
        browser.until("document.querySelectorAll('#mdbook-searchresults li').length > 1")?;
        browser.keys(&[key::DOWN])?;
        browser.until("document.querySelector('#mdbook-searchresults li.focus:first-child')")?;
        browser.keys(&[key::DOWN, key::UP])?;
        let target = browser
            .text("document.querySelector('#mdbook-searchresults li.focus:first-child a').href")?;
        browser.keys(&[key::ENTER])?;
        browser.until(&format!("location.href === {target:?}"))?;
        browser.until("document.querySelector('main mark')")?;
    }
    browser
        .expect("location.pathname.endsWith('/ch02-thread.html') && location.hash === '#atomic'")?;
    no_errors(browser)
}

fn the_number_of_results_is_said(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    open(&book, browser)?;
    let status = "document.querySelector('#mdbook-search-wrapper [role=status]').textContent";
    let header = "document.getElementById('mdbook-searchresults-header').textContent";
    browser.run("window.number = ask('좀비').length;")?;
    browser.until(&format!(
        "{status} === `검색 결과 ${{number}}개` && number > 1"
    ))?;
    browser.expect(&format!(
        "{header} === `‘좀비’ 검색 결과 ${{number}}개` && list.children.length === number"
    ))?;
    // 다 보이지 않을 때는 모두 몇 개인지도 말합니다.
    browser.run("window.number = ask('스레드').length;")?;
    browser.until(&format!(
        "number === 30 && /^검색 결과 [0-9]+개 가운데 30개$/.test({status})"
    ))?;
    browser.run("ask('쿽뷁');")?;
    browser.until(&format!("{status} === '검색 결과 없음'"))?;
    browser.expect(&format!(
        "{header} === '‘쿽뷁’에 맞는 곳을 찾지 못했습니다'"
    ))?;
    browser.run("ask('');")?;
    browser.until(&format!("{status} === ''"))?;
    // 읽어 주는 칸은 말하기 앞부터 있고, 눈에는 보이지 않습니다.
    browser.expect("document.querySelector('#mdbook-search-wrapper [role=status]').getBoundingClientRect().width <= 1")
}

fn results_fit_a_phone(browser: &Browser) -> Outcome {
    let book = Book::bind()?;
    browser.resize(PHONE)?;
    open(&book, browser)?;
    for query in [
        "스레드",
        "multiprocessing.Queue",
        "/proc/self/task",
        "c18_a_sentinel_ends_the_loop_with_everything_received",
    ] {
        browser.expect(&format!("ask({query:?}).length > 0"))?;
        browser.expect("document.documentElement.scrollWidth <= innerWidth")?;
        browser.expect("[...list.querySelectorAll('a, .teaser, em')].every((one) => one.getBoundingClientRect().right <= innerWidth)")?;
    }
    Ok(())
}
