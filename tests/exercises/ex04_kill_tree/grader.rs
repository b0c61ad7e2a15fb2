//! ex04의 채점기입니다. 명령과 그 자손은 모두 꼭두각시이고, 멈추라는 신호도 재판관이 보냅니다.
//!
//! 죽었다는 증거는 끊긴 줄이고, 살았다는 증거는 시킨 일에 한 답입니다. 둘 가운데 하나는 반드시 옵니다.
//! `killpg`가 돌아왔으면 무리의 누구도 제 코드를 더 실행하지 못하므로, 그 뒤에 시킨 일에 답하지 못합니다.

use std::{os::unix::process::ExitStatusExt, process::Command, sync::mpsc, thread};

use serde_json::{Value, json};
use submission::Ended;
use witness::{Case, Order, Puppet, Seen, Session, Verdict, Work, Wrong, ensure, here};

fn main() {
    witness::main(
        &[
            ("itself", itself),
            ("stopped", stopped),
            ("whole-tree", whole_tree),
            ("deaf", deaf),
            ("left-alone", left_alone),
            ("not-ours", not_ours),
            ("reaped", reaped),
        ],
        &[("run", run), ("run-missing", run_missing)],
    )
}

fn itself(case: &Case) -> Verdict {
    let code = case.between(1, 0, 256);
    for (order, expected) in [
        (Order::Exit(code as i32), json!({"code": code})),
        (Order::Exit(0), json!({"code": 0})),
        (Order::Signal(15), json!({"signal": 15})),
    ] {
        let mut session = case.subject("run").script("toy", &[order]).start();
        let said = session.noted("said", 1)?[0].value.clone();
        ensure(
            said == expected,
            format!("신호가 오지 않았고 명령은 {expected}로 끝났는데 {said}라고 답했습니다."),
        )?;
        leave(session)?;
    }
    let mut session = case.subject("run-missing").start();
    let said = session.noted("said", 1)?[0].value.clone();
    ensure(
        said == "Err",
        format!("시작하지 못하는 명령인데 {said}라고 답했습니다."),
    )?;
    leave(session).map(drop)
}

fn stopped(case: &Case) -> Verdict {
    let mut session = case.subject("run").start();
    let toy = session.puppet("toy")?;
    stop(&mut session)?;
    ensure(!toy.alive()?, "돌아온 뒤에도 명령이 살아 있습니다.")?;
    leave(session).map(drop)
}

fn whole_tree(case: &Case) -> Verdict {
    let (mut session, family) = grow(case, &[])?;
    stop(&mut session)?;
    ends(&family)?;
    leave(session).map(drop)
}

fn deaf(case: &Case) -> Verdict {
    // SIGHUP, SIGINT, SIGQUIT, SIGTERM을 모두 못 들은 체합니다.
    let (mut session, family) = grow(case, &[1, 2, 3, 15])?;
    stop(&mut session)?;
    ends(&family)?;
    leave(session).map(drop)
}

fn left_alone(case: &Case) -> Verdict {
    let (mut session, family) = grow(case, &[])?;
    let [toy, rest @ ..] = &family[..] else {
        unreachable!("명령이 맨 앞입니다")
    };
    toy.order(&Order::Exit(6));
    let said = session.noted("said", 1)?[0].value.clone();
    for puppet in rest {
        ensure(
            puppet.alive()?,
            "신호가 오지 않았는데, 스스로 끝난 명령이 남긴 자손이 죽었습니다.",
        )?;
    }
    ensure(
        said == json!({"code": 6}),
        format!("명령은 코드 6으로 스스로 끝났는데 {said}라고 답했습니다."),
    )?;
    for puppet in rest {
        puppet.order(&Order::Exit(0));
        puppet.gone()?;
    }
    leave(session).map(drop)
}

fn not_ours(case: &Case) -> Verdict {
    let mut session = case
        .subject("run")
        .script("toy", &[Order::Signal(9)])
        .start();
    let said = session.noted("said", 1)?[0].value.clone();
    ensure(
        said == json!({"signal": 9}),
        format!(
            "신호를 보내지 않았고 명령은 다른 까닭으로 SIGKILL에 끝났는데 {said}라고 답했습니다."
        ),
    )?;
    leave(session).map(drop)
}

fn reaped(case: &Case) -> Verdict {
    let (mut session, family) = grow(case, &[])?;
    let pid = family[0].pid();
    stop(&mut session)?;
    let seen = leave(session)?;
    // 재판관이 대신 거두었으면 피고는 거두지 않은 것입니다. 손자는 본디 재판관이 거둡니다.
    ensure(
        !seen.reaped.contains(&pid),
        "멈춘 명령을 거두지 않았습니다. 좀비가 남았습니다.",
    )
}

/// 명령과 그 자식 둘과 손자 하나가 모두 살아 있을 때까지 키웁니다. 명령이 맨 앞입니다.
fn grow(case: &Case, deaf_to: &[i32]) -> Result<(Session, Vec<Puppet>), Wrong> {
    let mut session = case.subject("run").start();
    let toy = session.puppet("toy")?;
    let mut family = vec![toy];
    for (parent, name) in [(0, "첫째"), (0, "둘째"), (1, "손자")] {
        family[parent].ask::<Value>(&Order::Child(name.to_owned()))?;
        let child = session.puppet(name)?;
        family.push(child);
    }
    for puppet in &family {
        for signal in deaf_to {
            puppet.ask::<Value>(&Order::Ignore(*signal))?;
        }
    }
    Ok((session, family))
}

/// 멈추라는 신호를 보내고 답을 기다립니다.
fn stop(session: &mut Session) -> Verdict {
    // 신호를 전할 스레드가 기다리고 있습니다.
    session.gathered(1)?;
    session.open(1);
    let said = session.noted("said", 1)?[0].value.clone();
    ensure(
        said == "Stopped",
        format!("멈추라는 신호를 보냈는데 {said}라고 답했습니다."),
    )
}

/// 모두 끝났는지 봅니다.
fn ends(family: &[Puppet]) -> Verdict {
    for (puppet, who) in family.iter().zip(["명령", "자식", "자식", "손자"]) {
        ensure(
            !puppet.alive()?,
            format!("돌아온 뒤에도 {who}(PID {})가 살아 있습니다.", puppet.pid()),
        )?;
    }
    Ok(())
}

/// 기다리던 피고를 보냅니다.
fn leave(mut session: Session) -> Result<Seen, Wrong> {
    // 신호를 전할 스레드가 함께 기다리고 있을 수 있어 넉넉히 엽니다.
    session.open(2);
    session.finish()
}

fn run(work: &Work) {
    report(&mut work.puppet("toy"));
}

fn run_missing(_: &Work) {
    report(&mut Command::new("/no/such/toy"));
}

fn report(command: &mut Command) {
    let (send, stop) = mpsc::channel();
    thread::spawn(move || {
        here().meet("stop");
        let _ = send.send(());
        // 보내는 쪽은 끝까지 살아 있습니다.
        loop {
            thread::park();
        }
    });
    let said = match submission::run_until(command, stop) {
        Ok(Ended::Itself(status)) => match status.code() {
            Some(code) => json!({"code": code}),
            None => json!({"signal": status.signal()}),
        },
        Ok(Ended::Stopped) => json!("Stopped"),
        Err(_) => json!("Err"),
    };
    here().note("said", said);
    // 재판관이 자손을 살펴볼 때까지 끝나지 않습니다.
    here().meet("said");
}
