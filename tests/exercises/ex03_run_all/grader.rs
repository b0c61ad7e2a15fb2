//! ex03의 채점기입니다. 명령은 모두 꼭두각시이고, 언제 어떻게 끝날지는 재판관이 시킵니다.

use std::{os::unix::process::ExitStatusExt, process::Command, time::Duration};

use witness::{Case, Order, Verdict, Work, ensure};

/// 종료 코드와 시그널입니다.
type Ended = (Option<i32>, Option<i32>);

fn main() {
    witness::main(
        &[
            ("statuses", statuses),
            ("together", together),
            ("in-order", in_order),
            ("once", once),
            ("cannot-start", cannot_start),
            ("none-left", none_left),
        ],
        &[("run", run)],
    )
}

fn statuses(case: &Case) -> Verdict {
    for count in [0, 1, 3, 8] {
        let names = names(count);
        let ways = ways(case, count);
        let mut plan = case.subject("run").input(&names);
        for (name, way) in names.iter().zip(&ways) {
            plan = plan.script(name, &[order(*way)]);
        }
        let said: Option<Vec<Ended>> = plan.run()?.answer()?;
        ensure(
            said.as_ref() == Some(&ways),
            format!(
                "명령 {count}개가 {}인데 {}라고 답했습니다.",
                told(&ways),
                told_or(&said)
            ),
        )?;
    }
    Ok(())
}

fn together(case: &Case) -> Verdict {
    for count in [2, 3, 6] {
        let names = names(count);
        let mut session = case.subject("run").input(&names).start();
        // 끝나라고 시키지 않았는데 모두 왔으면, 모두 함께 살아 있습니다.
        let puppets = session.puppets(&names)?;
        puppets
            .iter()
            .for_each(|puppet| puppet.order(&Order::Exit(0)));
        session.finish()?;
    }
    Ok(())
}

fn in_order(case: &Case) -> Verdict {
    let names = names(3);
    // 셋이 서로 달라야 차례가 보입니다.
    let code = |place| (80 * place + case.between(place, 0, 80)) as i32;
    let ways: Vec<Ended> = (0..3).map(|place| (Some(code(place)), None)).collect();
    let mut session = case.subject("run").input(&names).start();
    let puppets = session.puppets(&names)?;
    // 뒤의 것부터, 하나가 정말 끝난 다음에 그 앞의 것을 끝냅니다.
    for (puppet, way) in puppets.iter().zip(&ways).rev() {
        puppet.order(&order(*way));
        puppet.gone()?;
        // 끝나는 대로 거두는 답이면 거둘 때까지, 차례로 거두는 답이면 조금만 기다립니다. 판정은 어느 쪽이든 같습니다.
        puppet.reaped(Duration::from_secs(1));
    }
    let said: Option<Vec<Ended>> = session.finish()?.answer()?;
    ensure(
        said.as_ref() == Some(&ways),
        format!(
            "뒤의 것부터 끝났을 때 답은 {}인데 {}라고 답했습니다.",
            told(&ways),
            told_or(&said)
        ),
    )
}

fn once(case: &Case) -> Verdict {
    let names = names(4);
    let mut plan = case.subject("run").input(&names);
    for name in &names {
        plan = plan.script(name, &[Order::Exit(0)]);
    }
    let seen = plan.run()?;
    for (place, name) in names.iter().enumerate() {
        let times = seen.arrivals.iter().filter(|one| one.name == *name).count();
        ensure(
            times == 1,
            format!("{}번째 명령을 {times}번 시작했습니다.", place + 1),
        )?;
    }
    ensure(
        !seen.left_alive && seen.left_zombies == 0,
        "거두지 않은 명령이 있습니다.",
    )
}

fn cannot_start(case: &Case) -> Verdict {
    for missing in places(case) {
        let names = with_missing(missing);
        let mut session = case.subject("run").input(&names).start();
        let said = session.noted("said", 1)?;
        ensure(
            said[0].value == "NotFound",
            format!(
                "{}번째 명령을 시작할 수 없는데 {}라고 답했습니다. 그런 프로그램이 없다는 오류(NotFound)를 그대로 돌려주세요.",
                missing + 1,
                said[0].value
            ),
        )?;
        session.finish()?;
    }
    Ok(())
}

fn none_left(case: &Case) -> Verdict {
    for missing in places(case) {
        let seen = case.subject("run").input(&with_missing(missing)).run()?;
        let which = format!("{}번째 명령을 시작하지 못했을 때", missing + 1);
        ensure(
            !seen.left_alive,
            format!("{which} 살아 있는 명령을 두고 돌아갔습니다."),
        )?;
        ensure(
            seen.left_zombies == 0,
            format!(
                "{which} 거두지 않은 명령(좀비)이 {}개 남았습니다.",
                seen.left_zombies
            ),
        )?;
    }
    Ok(())
}

/// 없는 프로그램을 놓을 자리입니다: 맨 앞, 미리 알 수 없는 곳, 맨 뒤.
fn places(case: &Case) -> [usize; 3] {
    [0, case.between(7, 1, 4) as usize, 4]
}

/// 다섯 가운데 하나는 없는 프로그램입니다. 나머지는 스스로 끝나지 않습니다.
fn with_missing(missing: usize) -> Vec<String> {
    let mut names = names(5);
    names[missing] = String::new();
    names
}

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|place| format!("{place}번")).collect()
}

/// 저마다 어떻게 끝날지입니다. 셋에 하나는 시그널에 끝납니다.
fn ways(case: &Case, count: usize) -> Vec<Ended> {
    let way = |place: usize| {
        let salt = place as u64;
        if case.between(salt + 100, 0, 3) == 0 || place == 2 {
            let signals = [1, 2, 6, 9, 11, 15];
            (None, Some(signals[case.between(salt, 0, 6) as usize]))
        } else {
            (Some(case.between(salt, 0, 256) as i32), None)
        }
    };
    (0..count).map(way).collect()
}

fn order(way: Ended) -> Order {
    match way {
        (Some(code), _) => Order::Exit(code),
        (None, signal) => Order::Signal(signal.unwrap_or(15)),
    }
}

fn told(ways: &[Ended]) -> String {
    let one = |way: &Ended| match *way {
        (Some(code), _) => format!("코드 {code}"),
        (None, signal) => format!("시그널 {}", signal.unwrap_or(0)),
    };
    format!("[{}]", ways.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn told_or(said: &Option<Vec<Ended>>) -> String {
    said.as_deref().map_or("Err".to_owned(), told)
}

fn run(work: &Work) {
    let names: Vec<String> = work.input();
    let commands: Vec<Command> = names
        .iter()
        .map(|name| match name.as_str() {
            "" => Command::new("/no/such/toy"),
            name => work.puppet(name),
        })
        .collect();
    match submission::run_all(commands) {
        Ok(statuses) => {
            let ended: Vec<Ended> = statuses
                .iter()
                .map(|one| (one.code(), one.signal()))
                .collect();
            work.note("said", "Ok");
            work.answer(&Some(ended));
        }
        Err(error) => {
            work.note("said", format!("{:?}", error.kind()));
            work.answer(&None::<Vec<Ended>>);
        }
    }
}
