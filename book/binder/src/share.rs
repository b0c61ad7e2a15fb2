//! 잰 값을 파일 하나에 담습니다. 학생이 내고 교사가 열어 봅니다.
//!
//! HTML 하나라 인터넷 없이 브라우저로 열면 표와 그림이 보이고, 그 안의 JSON을 `--data`와 `--compare`가 읽습니다.
//! 컴퓨터 이름, 사용자 이름, 폴더 이름은 담지 않습니다.

use pulldown_cmark::{Options, Parser, html};

use crate::{
    data::Data,
    parts::{self, Whose, escape},
};

/// 파일 안에서 JSON이 시작하고 끝나는 자리입니다.
const OPEN: &str = "<script type=\"application/json\" id=\"noriteo-data\">";
const CLOSE: &str = "</script>";

/// 파일에 든 것을 알리는 글입니다. 쓸 때 터미널에도 보입니다.
pub const INSIDE: &str = "든 것: 컴퓨터의 사양(CPU, 코어, 메모리, 운영체제와 커널의 판), 잰 때와 재는 동안의 형편, \
잰 값 모두와 타임라인의 기록, 파이썬의 판. 들지 않은 것: 사용자 이름, 컴퓨터 이름, 폴더 이름.";

/// 표들의 제목입니다. 타임라인에는 제 제목이 있습니다.
const TITLES: [(&str, &str); 8] = [
    ("sum.md", "기사의 합"),
    ("io.md", "기다리는 일"),
    ("all.md", "모든 방식과 두 가지 일"),
    ("python.md", "파이썬으로 한 같은 일"),
    ("side-by-side.md", "GIL의 모형과 진짜 CPython"),
    ("creation.md", "일꾼 하나를 만들고 거두기"),
    ("memory.md", "쉬는 일꾼 하나의 메모리"),
    ("machine.md", "컴퓨터와 재는 동안의 형편"),
];

/// 본문과 같은 그림을 책 밖에서도 보이게 하는 꾸밈입니다.
const STYLE: &str = "
:root { --bg: #fff; --fg: #222; --links: #20609f; color-scheme: light; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; font-family: sans-serif; line-height: 1.6; word-break: keep-all; }
div.measured { overflow-x: auto; }
table { border-collapse: collapse; margin: 1em auto; font-variant-numeric: tabular-nums; }
td, th { border: 1px solid #ccc; padding: 0.3em 0.7em; }
figure { margin: 1.5em auto; text-align: center; }
figure svg { max-width: 100%; height: auto; }
figure svg text { fill: var(--fg); }
.measured-on { font-size: 0.85em; text-align: center; }
";

/// 파일의 글입니다.
pub fn page(data: &Data) -> String {
    let mut body = String::new();
    for part in parts::parts(data, Whose::Earlier) {
        // 수 하나씩 끼워 넣는 조각은 표에 다 있습니다.
        if part.file != "figures.md" {
            if let Some((_, title)) = TITLES.iter().find(|(file, _)| *file == part.file) {
                body.push_str(&format!("<h2>{title}</h2>\n"));
            }
            let parser = Parser::new_ext(&part.text, Options::ENABLE_TABLES);
            html::push_html(&mut body, parser);
        }
    }
    // JSON 속의 `</script>`가 칸을 닫지 않게 합니다. `<`를 이렇게 적어도 같은 JSON입니다.
    let json = format!("{:#}", data.to_json()).replace('<', "\\u003c");
    let (chart, timeline) = (
        include_str!("../../theme/chart.css"),
        include_str!("../../theme/timeline.css"),
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>놀이터의 아이들: 잰 값</title>\n<style>{STYLE}{chart}{timeline}</style>\n</head>\n<body>\n\
         <h1>놀이터의 아이들: 잰 값</h1>\n<p>{machine}, {date}</p>\n<p>{INSIDE}</p>\n\
         <p>이 파일은 <code>cargo run -- measure --data 이 파일</code>이나 \
         <code>cargo run -- measure --compare 이 파일 다른 파일</code>로 다시 읽을 수 있습니다.</p>\n\
         {body}\n{OPEN}\n{json}\n{CLOSE}\n</body>\n</html>\n",
        machine = escape(&data.machine.to_string()),
        date = escape(&data.date),
    )
}

/// 파일 속의 JSON입니다. [`page`]가 만든 것이 아니면 `None`입니다.
pub fn json(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(OPEN)?;
    rest.split(CLOSE).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::{both, sample};

    #[test]
    fn the_page_holds_the_data_whole_and_safely() {
        let mut data = sample();
        data.side_by_side = Some(both());
        data.machine.cpu = "</script><script>alert(1)</script>".into();
        data.creation[0].label = "<b onclick=\"x\">".into();
        let page = page(&data);
        assert_eq!(
            page.matches("<script").count(),
            1,
            "JSON을 담은 것 하나뿐입니다"
        );
        assert!(!page.contains("<b onclick"), "{page}");
        let inside = json(&page).unwrap();
        let value: serde_json::Value = serde_json::from_str(inside).unwrap();
        assert_eq!(value, data.to_json());
        // 밖에서 가져오는 것이 없습니다.
        for outside in ["src=", "href=", "url(http", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
        for part in [
            "<table>",
            "<figure class=\"chart\" id=\"chart-sum\">",
            "<td style",
            "사용자 이름",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("<h2>").count(), TITLES.len());
        assert_eq!(json("<html>다른 쪽</html>"), None);
    }
}
