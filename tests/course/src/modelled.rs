//! 스레드의 차례를 모델이 정하는 문제(`needs = ["model"]`)의 제출물을 컴파일할 때에만 하는 일입니다.
//!
//! 그런 문제에서는 `std`의 자리에 `model_std`가 섭니다. 모델에 없는 것을 쓰거나 모델이 견디지 못하는 것을 쓰면,
//! 컴파일러의 말만으로는 학생이 까닭을 알 수 없습니다. 그래서 여기서 우리말로 거절합니다.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// 값이 바뀌지 않는 형의 이름입니다. 이것과 참조와 배열로만 된 전역 변수는 다음 실행에 아무것도 남기지 않습니다.
const FIXED: &[&str] = &[
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "static", "str",
    "u128", "u16", "u32", "u64", "u8", "usize",
];

/// 값이 남을 수 있는 전역 변수를 쓰면 그 까닭입니다.
///
/// 차례를 바꾸어 가며 한 프로세스에서 수천 번 돌리므로, 전역 변수에는 앞의 실행이 남긴 것이 그대로 있습니다.
/// 진짜 프로그램은 언제나 처음 값으로 시작합니다. 그래서 옳은 답도 틀린 것으로 보일 수 있습니다.
pub fn globals(file: &str, source: &str) -> Option<String> {
    // 글자를 쪼개지 못하면 컴파일러가 까닭을 말합니다.
    let tokens = source.parse().ok()?;
    let line = global(tokens)?;
    Some(format!(
        "이 문제에서는 전역 변수(static)를 쓸 수 없습니다: examples/{file}:{line}\n\n\
         채점기는 스레드의 차례를 바꾸어 가며 한 프로세스에서 수천 번 돌립니다. 전역 변수에는 앞에서 돌린 것이 남아,\n\
         옳은 답도 틀린 것으로 보일 수 있습니다. 값은 구조체의 칸에 두세요. 바뀌지 않는 값은 `const`로,\n\
         스레드마다 따로 두는 값은 `thread_local!`로 적으면 됩니다."
    ))
}

/// 처음 나오는, 값이 남을 수 있는 전역 변수의 줄입니다. 매크로의 안도 봅니다.
fn global(tokens: TokenStream) -> Option<usize> {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in all.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).map(|at| &all[at]);
        let found = match token {
            // 모델의 `thread_local!`은 실행마다 새로 만듭니다.
            TokenTree::Group(_) if is(before(1), "!") && is(before(2), "thread_local") => None,
            TokenTree::Group(group) => global(group.stream()),
            // `'static`은 수명입니다.
            TokenTree::Ident(word) if *word == "static" && !is(before(1), "'") => {
                (!fixed(&all[at + 1..])).then(|| word.span().start().line)
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn is(token: Option<&TokenTree>, text: &str) -> bool {
    token.is_some_and(|token| token.to_string() == text)
}

/// `static` 다음의 `이름: 형 =`에서 형이 바뀌지 않는 것인지 봅니다.
fn fixed(rest: &[TokenTree]) -> bool {
    if !is(rest.get(1), ":") {
        return false;
    }
    let kind = rest[2..]
        .iter()
        .take_while(|token| token.to_string() != "=");
    kind.clone().count() > 0 && kind.clone().all(plain)
}

fn plain(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => FIXED.contains(&word.to_string().as_str()),
        TokenTree::Punct(mark) => ['&', '\'', ';', ','].contains(&mark.as_char()),
        TokenTree::Literal(_) => true,
        TokenTree::Group(group) => {
            [Delimiter::Bracket, Delimiter::Parenthesis].contains(&group.delimiter())
                && group.stream().into_iter().all(|token| plain(&token))
        }
    }
}

/// 모델에 없는 것을 썼을 때 학생에게 할 말입니다. 그런 것이 없으면 `None`입니다.
///
/// `model`은 모델로, `real`은 진짜 `std`로 컴파일할 때 컴파일러가 한 말입니다. 모델로 할 때에만 틀리는 곳이
/// 모델 때문에 안 되는 곳입니다.
pub fn missing(source: &str, model: &str, real: &str) -> Option<String> {
    let real: BTreeSet<&str> = errors(real).map(|error| error.place).collect();
    let mut lines: Vec<String> = Vec::new();
    for error in errors(model).filter(|error| !real.contains(error.place)) {
        let number = error.place.split(':').nth(1);
        let number: Option<usize> = number.and_then(|number| number.parse().ok());
        let code = number.and_then(|number| source.lines().nth(number.checked_sub(1)?));
        let name = error.said.split('`').nth(1).unwrap_or("여기");
        let line = format!(
            "  `{name}`: {}\n    {}",
            error.place,
            code.unwrap_or_default().trim()
        );
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    (!lines.is_empty()).then(|| {
        format!(
            "이 문제에서는 다음을 쓸 수 없습니다.\n\n{}\n\n\
             채점할 때에는 스레드의 차례를 정하는 모델이 `std`의 자리에 섭니다. 여러분의 코드가 틀린 것이 아니라 모델에 없는 것입니다.\n\
             `Mutex`, `RwLock`, `Condvar`, `Barrier`, `OnceLock`, `mpsc`, 원자적 변수, `thread::spawn`, `thread::scope`, `thread::park`로 지어 보세요.",
            lines.join("\n")
        )
    })
}

/// 컴파일러가 틀렸다고 한 곳 하나입니다.
struct Error<'a> {
    said: &'a str,
    /// `examples/ex08_bounded_queue.rs:3:18`입니다.
    place: &'a str,
}

/// 컴파일러의 말에서 `error…: 말`과 그다음 줄의 `--> 자리`를 모읍니다.
fn errors(said: &str) -> impl Iterator<Item = Error<'_>> {
    said.lines()
        .zip(said.lines().skip(1))
        .filter_map(|(said, next)| {
            let place = next.trim_start().strip_prefix("--> ")?;
            said.starts_with("error").then_some(Error { said, place })
        })
}
