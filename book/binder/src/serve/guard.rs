//! 다른 웹 사이트가 이 서버로 프로그램을 돌리지 못하게 막습니다.
//!
//! 브라우저는 어느 사이트를 보고 있든 127.0.0.1로 요청을 보낼 수 있습니다. 막는 길은 셋입니다.
//! - **Host**: 주소줄에 적은 이름입니다. 남의 이름을 127.0.0.1에 이어 붙이는 공격(DNS rebinding)은 여기에 남의 이름이 적힙니다.
//! - **Origin**과 **Sec-Fetch-Site**: 요청을 보낸 쪽입니다. 쪽의 스크립트가 고칠 수 없습니다.
//! - **표**(token): 서버가 켜질 때마다 새로 뽑아 쪽에 적어 두는 난수입니다. 남의 사이트는 우리 쪽을 읽지 못하므로
//!   (same-origin policy) 표를 모릅니다.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Shared;

/// 표를 담는 요청 헤더입니다.
pub const TOKEN: HeaderName = HeaderName::from_static("x-noriteo-token");

/// 프로그램을 돌리는 길은 모두 이 아래에 있습니다.
pub const PREFIX: &str = "/_noriteo/";

/// 이 서버만의 주소와 표입니다.
#[derive(Debug)]
pub struct Guard {
    hosts: [String; 2],
    token: String,
}

impl Guard {
    /// 표를 새로 뽑습니다.
    pub fn new(port: u16) -> Result<Guard, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let host = |name: &str| match port {
            80 => name.to_owned(),
            port => format!("{name}:{port}"),
        };
        Ok(Guard {
            hosts: [host("127.0.0.1"), host("localhost")],
            token: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// 쪽에 적어 둘 표입니다.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// 받아도 되는 요청인지 봅니다. 안 되면 까닭을 알립니다.
    fn check(&self, method: &Method, path: &str, headers: &HeaderMap) -> Result<(), &'static str> {
        if !one(headers, &header::HOST).is_some_and(|host| self.hosts.iter().any(|h| h == host)) {
            return Err("이 책은 127.0.0.1이나 localhost로만 열 수 있습니다.");
        }
        if !path.starts_with(PREFIX) {
            return Ok(());
        }
        let ours = |origin: &str| {
            origin
                .strip_prefix("http://")
                .is_some_and(|host| self.hosts.iter().any(|h| h == host))
        };
        let origin = headers
            .get(header::ORIGIN)
            .map(|_| one(headers, &header::ORIGIN));
        match origin {
            Some(Some(origin)) if ours(origin) => {}
            None if *method == Method::GET => {}
            _ => return Err("이 책의 쪽에서 보낸 요청이 아닙니다."),
        }
        let site = HeaderName::from_static("sec-fetch-site");
        if headers.contains_key(&site) && one(headers, &site) != Some("same-origin") {
            return Err("다른 사이트에서 보낸 요청입니다.");
        }
        if !one(headers, &TOKEN).is_some_and(|token| same(token, &self.token)) {
            return Err("쪽이 오래되었습니다. 쪽을 새로 고친 뒤 다시 눌러 주세요.");
        }
        Ok(())
    }
}

/// 꼭 하나인 헤더의 값입니다. 없거나 여럿이면 `None`입니다.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// 몇째 글자에서 달라지는지를 걸리는 시간으로 알 수 없게 견줍니다.
fn same(one: &str, other: &str) -> bool {
    let differs = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differs == 0
}

/// 모든 요청이 지나는 문입니다.
pub async fn gate(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let checked = shared
        .guard
        .check(request.method(), request.uri().path(), request.headers());
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(why) => (StatusCode::FORBIDDEN, why).into_response(),
    };
    for (name, value) in [
        // 남의 쪽 안에 숨겨 놓고 누르게 하지 못합니다(clickjacking).
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        map
    }

    #[test]
    fn only_our_own_page_may_ask() {
        let guard = Guard::new(3000).unwrap();
        let token = guard.token().to_owned();
        assert_eq!(token.len(), 32);
        assert_ne!(token, Guard::new(3000).unwrap().token());
        let run = |pairs: &[(&'static str, &str)]| {
            guard.check(&Method::POST, "/_noriteo/runs", &headers(pairs))
        };
        let (host, origin) = (
            ("host", "127.0.0.1:3000"),
            ("origin", "http://127.0.0.1:3000"),
        );
        let ours = ("x-noriteo-token", &*token);
        assert_eq!(run(&[host, origin, ours]), Ok(()));
        assert_eq!(
            run(&[
                ("host", "localhost:3000"),
                ("origin", "http://localhost:3000"),
                ours
            ]),
            Ok(())
        );
        let wrong_token = "0".repeat(32);
        for pairs in [
            vec![origin, ours],
            vec![("host", "evil.example:3000"), origin, ours],
            vec![("host", "127.0.0.1:3001"), origin, ours],
            vec![("host", "127.0.0.1"), origin, ours],
            vec![host, ("host", "evil.example"), origin, ours],
            vec![host, ours],
            vec![host, ("origin", "null"), ours],
            vec![host, ("origin", "https://127.0.0.1:3000"), ours],
            vec![host, ("origin", "http://evil.example"), ours],
            vec![host, ("origin", "http://127.0.0.1:3000.evil.example"), ours],
            vec![host, origin, ("origin", "http://evil.example"), ours],
            vec![host, origin, ours, ("sec-fetch-site", "cross-site")],
            vec![host, origin, ours, ("sec-fetch-site", "same-site")],
            vec![host, origin],
            vec![host, origin, ("x-noriteo-token", "")],
            vec![host, origin, ("x-noriteo-token", &wrong_token)],
            vec![host, origin, ours, ours],
        ] {
            assert!(run(&pairs).is_err(), "{pairs:?}");
        }
        // 책을 읽는 데는 표가 필요 없지만 이름은 맞아야 합니다.
        let read = |pairs: &[(&'static str, &str)]| {
            guard.check(&Method::GET, "/ch01-process.html", &headers(pairs))
        };
        assert_eq!(read(&[host]), Ok(()));
        assert!(read(&[("host", "evil.example:3000")]).is_err());
        // 표가 없는 GET도 막습니다.
        assert!(
            guard
                .check(&Method::GET, "/_noriteo/programs/x", &headers(&[host]))
                .is_err()
        );
    }

    #[test]
    fn port_80_is_not_written_in_the_host() {
        let guard = Guard::new(80).unwrap();
        let ask = |host: &str| guard.check(&Method::GET, "/", &headers(&[("host", host)]));
        assert_eq!((ask("localhost"), ask("127.0.0.1").is_ok()), (Ok(()), true));
        assert!(ask("localhost:3000").is_err());
    }
}
