//! ex02의 채점기입니다. 명령은 모두 꼭두각시이고, 어떻게 끝날지는 재판관만 압니다.

use std::{env, process::Command};

use serde_json::{Value, json};
use submission::Cause;
use witness::{Case, Order, Verdict, Work, Wrong, ensure};

fn main() {
    witness::main(
        &[
            ("codes", codes),
            ("signals", signals),
            ("not-started", not_started),
            ("once", once),
            ("talkative", talkative),
            ("leaves-someone", leaves_someone),
        ],
        &[("cause", cause), ("cause-missing", cause_missing)],
    )
}

fn codes(case: &Case) -> Verdict {
    // 1부터 100까지 가운데 하나는 미리 알 수 없습니다. 뒤의 넷은 128 + 시그널 번호라고 읽기 쉬운 것입니다.
    let secret = i32::try_from(case.between(1, 1, 101)).expect("작은 수입니다");
    for code in [0, 3, secret, 101, 134, 137, 139, 255] {
        let expected = match code {
            0 => json!("Well"),
            101 => json!("Panicked"),
            code => json!({"Code": code}),
        };
        ends(
            case,
            &[Order::Exit(code)],
            &expected,
            &format!("종료 코드 {code}로 끝난 명령"),
        )?;
    }
    ends(case, &[Order::Panic], &json!("Panicked"), "패닉한 명령")
}

fn signals(case: &Case) -> Verdict {
    ends(
        case,
        &[Order::Stray],
        &json!("Strayed"),
        "제 것이 아닌 주소에 쓴 명령",
    )?;
    ends(
        case,
        &[Order::Signal(11)],
        &json!("Strayed"),
        "SIGSEGV를 받은 명령",
    )?;
    ends(
        case,
        &[Order::Abort],
        &json!("Aborted"),
        "abort를 부른 명령",
    )?;
    ends(
        case,
        &[Order::Overflow],
        &json!("Aborted"),
        "스택이 넘친 명령",
    )?;
    ends(
        case,
        &[Order::Signal(9)],
        &json!("Killed"),
        "SIGKILL을 받은 명령",
    )?;
    // SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU 가운데 셋입니다.
    let others = [1, 2, 3, 10, 12, 13, 14, 15, 24];
    for salt in 0..3 {
        let signal = others[case.between(salt, 0, others.len() as u64) as usize];
        let expected = json!({"Signal": signal});
        ends(
            case,
            &[Order::Signal(signal)],
            &expected,
            &format!("시그널 {signal}번을 받은 명령"),
        )?;
    }
    Ok(())
}

fn not_started(case: &Case) -> Verdict {
    for kind in ["no-such-file", "not-a-program"] {
        let seen = case.subject("cause-missing").input(&kind).run()?;
        let said: Value = seen.answer()?;
        ensure(
            said == json!("NotStarted"),
            format!("시작할 수 없는 명령({kind})인데 {said}라고 답했습니다."),
        )?;
    }
    Ok(())
}

fn once(case: &Case) -> Verdict {
    for orders in [[Order::Exit(5)], [Order::Signal(15)]] {
        let seen = case
            .subject("cause")
            .input(&"toy")
            .script("toy", &orders)
            .run()?;
        let times = seen.arrivals.len();
        ensure(
            times == 1,
            format!("한 번 실행해야 하는데 {times}번 실행했습니다."),
        )?;
        ensure(
            !seen.left_alive && seen.left_zombies == 0,
            "끝난 명령을 거두지 않았습니다. 좀비가 남았습니다.",
        )?;
    }
    Ok(())
}

fn talkative(case: &Case) -> Verdict {
    // 파이프 하나에 담기는 64 KiB보다 많고, 우리(cage)가 받는 1 MiB보다 적습니다.
    let orders = [Order::Print(200 << 10), Order::Exit(7)];
    ends(case, &orders, &json!({"Code": 7}), "글을 많이 쓴 명령")
}

fn leaves_someone(case: &Case) -> Verdict {
    let mut session = case
        .subject("cause")
        .input(&"toy")
        .script("toy", &[Order::Child("left".to_owned())])
        .start();
    let toy = session.puppet("toy")?;
    let left = session.puppet("left")?;
    // 남는 이가 있는 것을 본 다음에야 명령을 끝냅니다.
    toy.order(&Order::Exit(9));
    let said = session.noted("cause", 1)?;
    let stayed = left.alive()?;
    left.order(&Order::Exit(0));
    left.gone()?;
    session.finish()?;
    ensure(stayed, "명령이 남기고 간 프로세스가 끝나 버렸습니다.")?;
    ensure(
        said[0].value == json!({"Code": 9}),
        format!("코드 9로 끝난 명령인데 {}라고 답했습니다.", said[0].value),
    )
}

/// 명령에게 `orders`를 시키고 답을 봅니다.
fn ends(case: &Case, orders: &[Order], expected: &Value, what: &str) -> Verdict {
    let seen = case
        .subject("cause")
        .input(&"toy")
        .script("toy", orders)
        .run()?;
    let said: Value = seen.answer()?;
    if said == *expected {
        return Ok(());
    }
    let (said, expected) = (told(&said), told(expected));
    Err(Wrong::new(format!(
        "{what}: 답은 {expected}인데 {said}라고 했습니다."
    )))
}

/// `{"Code": 3}`을 `Code(3)`으로 적습니다.
fn told(cause: &Value) -> String {
    match cause {
        Value::String(name) => name.clone(),
        Value::Object(one) => one
            .iter()
            .map(|(name, value)| format!("{name}({value})"))
            .collect(),
        other => other.to_string(),
    }
}

fn cause(work: &Work) {
    let name: String = work.input();
    let said = spelled(submission::cause(&mut work.puppet(&name)));
    work.note("cause", &said);
    work.answer(&said);
}

fn cause_missing(work: &Work) {
    let kind: String = work.input();
    // 일하는 폴더는 프로그램이 아니고, 그 안에 이런 이름의 파일은 없습니다.
    let here = env::current_dir().expect("일하는 폴더가 있습니다");
    let program = if kind == "no-such-file" {
        here.join("no-such-toy")
    } else {
        here
    };
    work.answer(&spelled(submission::cause(&mut Command::new(program))));
}

fn spelled(cause: Cause) -> Value {
    match cause {
        Cause::Well => json!("Well"),
        Cause::Panicked => json!("Panicked"),
        Cause::Code(code) => json!({"Code": code}),
        Cause::Strayed => json!("Strayed"),
        Cause::Aborted => json!("Aborted"),
        Cause::Killed => json!("Killed"),
        Cause::Signal(number) => json!({"Signal": number}),
        Cause::NotStarted => json!("NotStarted"),
    }
}
