//! 쪽을 진짜 브라우저에서 엽니다: 타임라인을 마우스 없이도 키우고 옮기는지, 스크립트 없이도 온전한지 봅니다.

#[path = "support/bound.rs"]
mod bound;
#[path = "support/browser.rs"]
mod browser;
mod support;

use std::process::ExitCode;

use browser::{Browser, key};
use support::Outcome;

fn main() -> ExitCode {
    support::run_mimic(browser::tests![a_timeline_zooms])
}

fn a_timeline_zooms(browser: &Browser) -> Outcome {
    browser.open("data:text/html,<button onclick='document.title=1'>x</button>")?;
    browser.tab_to("button")?;
    browser.keys(&[key::ENTER])?;
    browser.until("document.title === '1'")?;
    Ok(())
}
