//! 책의 쪽을 내보내며, 이 서버가 내보낸 것이라는 표시를 머리(head)에 적습니다.
//!
//! 묶은 책의 파일에는 적지 않습니다. 그래서 다른 곳에 올린 책의 단추는 명령을 베끼기만 합니다.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::Shared;

/// 쪽 하나의 가장 큰 크기(바이트)입니다.
const LARGEST: usize = 64 << 20;

/// 쪽이면 표를 적고 갈무리하지 못하게 하고, 다른 파일이면 쓰기 전에 물어보게 합니다.
pub async fn mark(State(shared): State<Arc<Shared>>, response: Response) -> Response {
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let (mut head, body) = response.into_parts();
    // 표가 든 쪽을 갈무리하면 서버를 다시 켠 뒤에 옛 표를 내밉니다.
    // 다른 파일도 같은 주소에 새로 묶은 것이 올 수 있습니다.
    let keep = if is_page { "no-store" } else { "no-cache" };
    head.headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if !is_page {
        return Response::from_parts(head, body);
    }
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        let why = "쪽을 읽지 못했습니다. 책을 다시 묶는 중일 수 있으니 새로 고쳐 주세요.";
        return (StatusCode::INTERNAL_SERVER_ERROR, why).into_response();
    };
    for name in [header::CONTENT_LENGTH, header::ETAG, header::LAST_MODIFIED] {
        head.headers.remove(name);
    }
    let binding = shared.news.borrow().binding;
    let page = written(
        &String::from_utf8_lossy(&bytes),
        shared.guard.token(),
        binding,
    );
    Response::from_parts(head, Body::from(page))
}

fn written(page: &str, token: &str, binding: u64) -> String {
    let meta =
        format!("<meta name=\"noriteo-run\" content=\"{token}\" data-binding=\"{binding}\">\n");
    match page.find("</head>") {
        Some(at) => format!("{}{meta}{}", &page[..at], &page[at..]),
        None => page.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_in_the_head() {
        assert_eq!(
            written("<head>가</head><body></head>", "표", 3),
            "<head>가<meta name=\"noriteo-run\" content=\"표\" data-binding=\"3\">\n</head><body></head>"
        );
        assert_eq!(written("머리 없음", "표", 3), "머리 없음");
    }
}
