//! 호스트들의 주소를 적은 파일입니다. 한 줄에 하나, `이름:포트`입니다.

use std::{collections::BTreeSet, fs, path::Path};

use super::FIRST_PORT;

/// 한 컴퓨터에서 프로세스 `n`개로 돌 때의 주소입니다. timely가 정한 것과 같습니다.
pub(super) fn on_this_machine(n: usize) -> Result<Vec<String>, String> {
    let ports = (0..n).map(|i| {
        u16::try_from(i)
            .ok()
            .and_then(|i| FIRST_PORT.checked_add(i))
    });
    ports
        .map(|port| port.map(|port| format!("localhost:{port}")))
        .collect::<Option<_>>()
        .ok_or_else(|| "프로세스가 너무 많아 포트가 모자랍니다.".to_owned())
}

/// 파일을 읽습니다. 빈 줄과 `#`으로 시작하는 줄은 건너뜁니다.
pub(super) fn read(path: &Path) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(path).map_err(|error| {
        format!(
            "hosts 파일 {}을(를) 읽지 못했습니다({error}). 한 줄에 하나씩 `주소:포트`를 적은 파일을 주세요.",
            path.display()
        )
    })?;
    parse(&text).map_err(|why| format!("hosts 파일 {}: {why}", path.display()))
}

fn parse(text: &str) -> Result<Vec<String>, String> {
    let (mut hosts, mut seen) = (Vec::new(), BTreeSet::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // IPv6 주소에도 `:`이 있으므로 마지막 것으로 나눕니다.
        let port = line
            .rsplit_once(':')
            .filter(|(name, _)| !name.is_empty() && !name.contains(char::is_whitespace))
            .and_then(|(_, port)| port.parse::<u16>().ok())
            .filter(|port| *port != 0);
        if port.is_none() {
            return Err(format!(
                "{number}번째 줄 `{line}`이(가) `주소:포트`가 아닙니다. 보기: 192.168.0.11:2101"
            ));
        }
        if !seen.insert(line.to_owned()) {
            return Err(format!(
                "{number}번째 줄 `{line}`이(가) 앞에도 있습니다. 호스트마다 주소나 포트가 달라야 합니다."
            ));
        }
        hosts.push(line.to_owned());
    }
    if hosts.is_empty() {
        return Err("주소가 하나도 없습니다.".to_owned());
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_a_line() {
        let text = "# 우리 실습실\n192.168.0.11:2101\n\n  [fe80::1]:2101 \nb:65535\n";
        assert_eq!(
            parse(text).unwrap(),
            ["192.168.0.11:2101", "[fe80::1]:2101", "b:65535"]
        );
    }

    #[test]
    fn wrong_lines_are_told_with_their_number() {
        for (text, part) in [
            ("a:1\nb\n", "2번째 줄 `b`"),
            ("a:1\nb:0\n", "2번째 줄"),
            ("a:1\nb:65536\n", "2번째 줄"),
            (":2101\n", "1번째 줄"),
            ("a b:1\n", "1번째 줄"),
            ("a:1\nb:1\na:1\n", "3번째 줄 `a:1`이(가) 앞에도"),
            ("# 없음\n", "하나도 없습니다"),
        ] {
            let told = parse(text).err().unwrap_or_default();
            assert!(told.contains(part), "{text:?}: {told}");
        }
    }

    #[test]
    fn local_addresses_follow_timely() {
        assert_eq!(
            on_this_machine(2).unwrap(),
            ["localhost:2101", "localhost:2102"]
        );
        assert!(on_this_machine(70_000).is_err());
    }
}
