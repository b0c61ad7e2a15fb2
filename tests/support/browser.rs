//! 쪽을 브라우저에서 검사하는 도구입니다. 쪽의 검사만 `#[path = "support/browser.rs"] mod browser;`로 들여옵니다.
//!
//! 화면 없는 크로미움을 chromedriver가 부리고, 그 둘과는 표준(W3C WebDriver)으로 말합니다. 말하는 일은 크레이트 `fantoccini`가 합니다.
//! 기다림은 잠이 아니라 쪽에 거듭 묻는 것입니다([`Browser::until`]).

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "검사 프로그램마다 통째로 들여오지만 쓰는 것은 저마다 다릅니다"
)]

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use libtest_mimic::{Completion, Failed};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::{self, MaybeLeftOut, Outcome};

/// 쪽에 무엇이 나타나기를 기다리는 가장 긴 시간입니다.
pub const LIMIT: Duration = Duration::from_secs(60);

/// 브라우저를 쓰는 검사들의 목록을 만듭니다. `tests![a_page_opens, …]`
///
/// 함수의 꼴은 `fn a_page_opens(browser: &Browser) -> support::Outcome`이고, 검사마다 새 브라우저를 받습니다.
/// 브라우저가 없는 컴퓨터에서는 까닭을 알리고 거릅니다.
macro_rules! tests {
    ($($test:path),* $(,)?) => {
        vec![$(::libtest_mimic::Trial::ignorable_test(
            stringify!($test).rsplit("::").next().unwrap_or_default().trim(),
            || $crate::browser::with($test),
        )),*]
    };
}
pub(crate) use tests;

/// 브라우저를 띄워 `test`에 줍니다. 없으면 거릅니다.
pub fn with(test: fn(&Browser) -> Outcome) -> MaybeLeftOut {
    static MISSING: OnceLock<Option<String>> = OnceLock::new();
    if let Some(why) = MISSING.get_or_init(missing) {
        return support::left_out(why);
    }
    test(&Browser::start()?)?;
    Ok(Completion::Completed)
}

/// 보통 화면의 너비와 높이입니다.
pub const WIDE: (u32, u32) = (1200, 900);

/// 폰 화면의 너비와 높이입니다.
pub const PHONE: (u32, u32) = (390, 844);

/// 고를 수 있는 테마입니다. 밝게와 어둡게 둘뿐입니다.
pub const THEMES: [&str; 2] = ["light", "coal"];

/// 브라우저 하나입니다. 버리면 그것이 띄운 프로세스까지 끝납니다.
pub struct Browser {
    runtime: Runtime,
    client: Option<Client>,
    driver: Child,
    _profile: TempDir,
}

/// 누르는 키의 이름입니다. 값은 WebDriver가 정한 것입니다.
pub mod key {
    pub const TAB: char = '\u{e004}';
    pub const ENTER: char = '\u{e007}';
    pub const SPACE: char = ' ';
    pub const ESCAPE: char = '\u{e00c}';
    pub const LEFT: char = '\u{e012}';
    pub const UP: char = '\u{e013}';
    pub const RIGHT: char = '\u{e014}';
    pub const DOWN: char = '\u{e015}';
    pub const HOME: char = '\u{e011}';
    pub const END: char = '\u{e010}';
}

/// 브라우저가 없는 까닭입니다. 있으면 `None`입니다. 정말로 도는지 돌려 봅니다.
pub fn missing() -> Option<String> {
    let runs = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdin(Stdio::null());
        support::run(command, Duration::from_secs(60)).is_ok_and(|output| output.status.success())
    };
    let absent: Vec<&str> = [("chromedriver", &[DRIVER][..]), ("크로미움", &CHROMES[..])]
        .into_iter()
        .filter(|(_, programs)| !programs.iter().any(|program| runs(program)))
        .map(|(name, _)| name)
        .collect();
    (!absent.is_empty()).then(|| {
        format!(
            "이 컴퓨터에 {}이(가) 없습니다(데비안, 우분투: apt-get install chromium chromium-driver)",
            absent.join(", ")
        )
    })
}

const DRIVER: &str = "chromedriver";
const CHROMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// 쪽이 아니라 브라우저 자신의 것이거나 쪽에 든 것(`data:`)입니까?
fn own(url: &str) -> bool {
    ["data:", "chrome:", "chrome-untrusted:"]
        .iter()
        .any(|kind| url.starts_with(kind))
}

impl Browser {
    /// 브라우저를 띄웁니다.
    pub fn start() -> Result<Browser, Failed> {
        let profile = tempfile::tempdir()?;
        let mut command = Command::new(DRIVER);
        command
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut driver = command.spawn()?;
        let port = port(&mut driver);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        // 여기서부터는 실패해도 버리면서 치웁니다.
        let mut browser = Browser {
            runtime,
            client: None,
            driver,
            _profile: profile,
        };
        let address = format!("http://127.0.0.1:{}", port?);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(browser._profile.path()));
        browser.client = Some(
            browser
                .runtime
                .block_on(builder.connect(&address))
                .map_err(|error| format!("브라우저를 띄우지 못했습니다: {error}"))?,
        );
        browser.resize(WIDE)?;
        // 처음 뜬 새 탭의 쪽이 아직 읽히는 중이면, 그것이 받는 것과 움직이는 초점이 우리 쪽의 것에 섞입니다.
        browser.open("about:blank")?;
        browser.log("performance")?;
        Ok(browser)
    }

    fn client(&self) -> Result<&Client, Failed> {
        self.client
            .as_ref()
            .ok_or_else(|| "브라우저가 이미 닫혔습니다".into())
    }

    /// 주소를 열고 다 읽힐 때까지 기다립니다.
    pub fn open(&self, url: &str) -> Result<(), Failed> {
        Ok(self.runtime.block_on(self.client()?.goto(url))?)
    }

    /// 쪽을 다시 읽습니다.
    pub fn reload(&self) -> Result<(), Failed> {
        Ok(self.runtime.block_on(self.client()?.refresh())?)
    }

    /// 열려 있는 책의 테마([`THEMES`])를 골라 쪽을 다시 읽고, 정말 그 테마로 보이는지 확인합니다.
    pub fn choose_theme(&self, theme: &str) -> Result<(), Failed> {
        self.run(&format!("localStorage.setItem('mdbook-theme', '{theme}');"))?;
        self.reload()?;
        self.expect(&format!(
            "document.documentElement.classList.contains('{theme}') && getComputedStyle(document.documentElement).colorScheme === '{}'",
            if theme == "light" { "light" } else { "dark" }
        ))
    }

    /// 스크립트를 함수의 몸으로 돌립니다. `return`으로 값을 돌려줍니다.
    pub fn run(&self, script: &str) -> Result<Value, Failed> {
        let done = self.client()?.execute(script, Vec::new());
        self.runtime
            .block_on(done)
            .map_err(|error| format!("{script}: {error}").into())
    }

    /// 식 하나의 값입니다.
    pub fn get(&self, expression: &str) -> Result<Value, Failed> {
        self.run(&format!("return ({expression});"))
    }

    /// 식 하나의 값을 글로 읽습니다.
    pub fn text(&self, expression: &str) -> Result<String, Failed> {
        match self.get(expression)? {
            Value::String(text) => Ok(text),
            other => Err(format!("{expression}: 글이 아닙니다({other})").into()),
        }
    }

    /// 식 하나의 값을 수로 읽습니다.
    pub fn number(&self, expression: &str) -> Result<f64, Failed> {
        let value = self.get(expression)?;
        value
            .as_f64()
            .ok_or_else(|| format!("{expression}: 수가 아닙니다({value})").into())
    }

    /// 식이 참이 될 때까지 거듭 묻습니다. [`LIMIT`]이 지나면 실패합니다.
    pub fn until(&self, expression: &str) -> Result<Value, Failed> {
        let deadline = Instant::now() + LIMIT;
        loop {
            let value = self.get(expression)?;
            let falsy = matches!(value, Value::Null | Value::Bool(false))
                || value == json!(0)
                || value == json!("");
            if !falsy {
                return Ok(value);
            }
            if Instant::now() > deadline {
                let page = self.get("document.body.innerText.slice(0, 3000)")?;
                return Err(format!("기다려도 참이 되지 않습니다: {expression}\n{page}").into());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// 식이 참인지 봅니다.
    pub fn expect(&self, expression: &str) -> Result<(), Failed> {
        match self.get(expression)? {
            Value::Bool(true) => Ok(()),
            other => Err(format!("참이어야 합니다: {expression} → {other}").into()),
        }
    }

    fn find(&self, css: &str) -> Result<Element, Failed> {
        self.runtime
            .block_on(self.client()?.find(Locator::Css(css)))
            .map_err(|error| format!("{css}: {error}").into())
    }

    /// 사람이 누르듯 누릅니다. 다른 것에 가려 있으면 실패합니다.
    pub fn click(&self, css: &str) -> Result<(), Failed> {
        // 화면 끝에 두면 위에 붙어 있는 차림표에 가립니다.
        self.run(&format!(
            "document.querySelector({css:?})?.scrollIntoView({{ block: 'center', behavior: 'instant' }});"
        ))?;
        self.runtime
            .block_on(self.find(css)?.click())
            .map_err(|error| format!("{css}: {error}").into())
    }

    /// 지금 고른 것에 키를 하나씩 누릅니다. 이름 있는 키는 [`key`]에 있습니다.
    pub fn keys(&self, keys: &[char]) -> Result<(), Failed> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for &value in keys {
            actions = actions
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        Ok(self
            .runtime
            .block_on(self.client()?.perform_actions(actions))?)
    }

    /// Tab을 눌러 가며 `css`에 닿습니다. 마우스 없이도 갈 수 있는지 봅니다.
    pub fn tab_to(&self, css: &str) -> Result<(), Failed> {
        let here = format!("!!document.activeElement && document.activeElement.matches({css:?})");
        for _ in 0..200 {
            if self.get(&here)? == json!(true) {
                return Ok(());
            }
            self.keys(&[key::TAB])?;
        }
        Err(format!("Tab을 200번 눌러도 {css}에 닿지 않습니다").into())
    }

    /// 화면의 크기(CSS 픽셀)를 바꿉니다.
    pub fn resize(&self, (width, height): (u32, u32)) -> Result<(), Failed> {
        let mobile = width < 600;
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}),
        )?;
        Ok(())
    }

    /// 크로미움의 개발자 도구에 바로 시킵니다.
    pub fn devtools(&self, command: &str, params: Value) -> Result<Value, Failed> {
        self.raw(
            "goog/cdp/execute",
            json!({ "cmd": command, "params": params }),
        )
    }

    /// 쪽이 콘솔에 남긴 잘못(스크립트 오류, 읽지 못한 파일)을 가져가며 비웁니다.
    pub fn errors(&self) -> Result<Vec<String>, Failed> {
        let entries = self.log("browser")?;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.map(|entry| entry["message"].to_string()).collect())
    }

    /// 앞서 물은 뒤로 쪽이 보낸 요청의 주소들을 가져가며 비웁니다. `data:`와 브라우저 자신의 것(`chrome:`, `chrome-untrusted:`)은 뺍니다.
    pub fn requests(&self) -> Result<Vec<String>, Failed> {
        let mut found = Vec::new();
        for entry in self.log("performance")? {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("{}"))?;
            let message = &message["message"];
            if message["method"] == "Network.requestWillBeSent"
                && let Some(url) = message["params"]["request"]["url"].as_str()
                && !own(url)
            {
                found.push(url.to_owned());
            }
        }
        Ok(found)
    }

    /// 앞서 물은 뒤로 받은 대답의 주소와 상태 코드를 가져가며 비웁니다. 스크립트가 볼 수 없는 대답도 들어 있습니다.
    pub fn responses(&self) -> Result<Vec<(String, u64)>, Failed> {
        let mut found = Vec::new();
        for entry in self.log("performance")? {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("{}"))?;
            let message = &message["message"];
            if message["method"] == "Network.responseReceived"
                && let Some(url) = message["params"]["response"]["url"].as_str()
                && let Some(status) = message["params"]["response"]["status"].as_u64()
            {
                found.push((url.to_owned(), status));
            }
        }
        Ok(found)
    }

    /// 앞서 물은 뒤로 다 받은 것의 주소와, 선을 타고 온 바이트(머리와 줄인 몸)를 가져가며 비웁니다.
    pub fn received(&self) -> Result<Vec<(String, u64)>, Failed> {
        let mut names = std::collections::BTreeMap::new();
        let mut found = Vec::new();
        for entry in self.log("performance")? {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("{}"))?;
            let message = &message["message"];
            let params = &message["params"];
            let request = params["requestId"].to_string();
            match message["method"].as_str() {
                Some("Network.requestWillBeSent") => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    names.insert(request, url.to_owned());
                }
                Some("Network.loadingFinished") => {
                    let bytes = params["encodedDataLength"].as_f64().unwrap_or(0.0);
                    if let Some(url) = names.get(&request).filter(|url| !own(url)) {
                        found.push((url.clone(), bytes as u64));
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn log(&self, kind: &str) -> Result<Vec<Value>, Failed> {
        match self.raw("se/log", json!({ "type": kind }))? {
            Value::Array(entries) => Ok(entries),
            other => Err(format!("브라우저의 기록이 목록이 아닙니다: {other}").into()),
        }
    }

    /// 글을 gzip으로 줄인 크기(바이트)입니다. 크로미움의 gzip을 씁니다.
    pub fn gzipped(&self, text: &str) -> Result<u64, Failed> {
        let packed = self.run(&format!(
            "const stream = new Blob([{}]).stream().pipeThrough(new CompressionStream('gzip')); \
             return new Response(stream).arrayBuffer().then((packed) => packed.byteLength);",
            json!(text)
        ))?;
        packed
            .as_u64()
            .ok_or_else(|| format!("크기가 수가 아닙니다: {packed}").into())
    }

    /// 보이는 화면을 PNG로 남깁니다. 사람이 눈으로 볼 때 씁니다.
    pub fn screenshot(&self, path: &Path) -> Result<(), Failed> {
        let png = self.runtime.block_on(self.client()?.screenshot())?;
        Ok(std::fs::write(path, png)?)
    }

    fn raw(&self, path: &'static str, body: Value) -> Result<Value, Failed> {
        let shown = body.to_string();
        self.runtime
            .block_on(self.client()?.issue_cmd(Raw { path, body }))
            .map_err(|error| format!("{path} {shown}: {error}").into())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // 닫히지 않아도 아래에서 무리째 끝냅니다.
            let _ = self.runtime.block_on(client.close());
        }
        support::kill_group(self.driver.id());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// chromedriver가 고른 포트를 읽습니다.
fn port(driver: &mut Child) -> Result<u16, Failed> {
    let stdout = driver
        .stdout
        .take()
        .ok_or("chromedriver의 출력이 없습니다")?;
    let mut lines = BufReader::new(stdout).lines();
    let found = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let rest = line.split("successfully on port ").nth(1)?;
        rest.trim_end_matches('.').parse().ok()
    });
    // 읽지 않으면 관이 차서 멈출 수 있습니다.
    thread::spawn(move || lines.for_each(drop));
    found.ok_or_else(|| "chromedriver가 포트를 알리지 않습니다".into())
}

fn capabilities(profile: &Path) -> Capabilities {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--no-first-run".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--lang=ko".to_owned(),
        // 남의 이름을 이 컴퓨터에 이어 붙이는 공격을 흉내 냅니다. .invalid는 누구의 이름도 아닙니다(RFC 2606).
        "--host-resolver-rules=MAP *.invalid 127.0.0.1".to_owned(),
        format!("--user-data-dir={}", profile.display()),
    ];
    // root로는 모래 상자를 켤 수 없고, 컨테이너에서는 막혀 있는 일이 많습니다.
    if cfg!(target_os = "linux") {
        arguments.push("--no-sandbox".to_owned());
    }
    let mut options = json!({ "args": arguments });
    let found = env::var_os("PATH").and_then(|path| {
        let places: Vec<_> = env::split_paths(&path).collect();
        let all = CHROMES
            .iter()
            .flat_map(|name| places.iter().map(move |place| place.join(name)));
        all.into_iter().find(|program| program.is_file())
    });
    if let Some(program) = found {
        options["binary"] = json!(program);
    }
    let mut capabilities = Capabilities::new();
    capabilities.insert("browserName".to_owned(), json!("chrome"));
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities.insert(
        "goog:loggingPrefs".to_owned(),
        json!({ "browser": "ALL", "performance": "ALL" }),
    );
    capabilities
}

/// 크로미움만의 명령입니다.
#[derive(Debug)]
struct Raw {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
