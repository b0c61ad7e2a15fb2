//! ex05의 채점기입니다. 명령은 모두 꼭두각시입니다. 바이트마다 미리 알 수 없는 수를 곱하고 더하므로,
//! 명령을 차례대로 지나온 글만 옳습니다.

use std::{os::unix::process::ExitStatusExt, process::Command, thread, time::Duration};

use serde::{Deserialize, Serialize};
use witness::{Case, Order, Verdict, Work, Wrong, ensure};

/// 종료 코드와 시그널입니다.
type Ended = (Option<i32>, Option<i32>);

/// 시킬 일입니다.
#[derive(Serialize, Deserialize)]
struct Task {
    /// 명령의 이름입니다. 빈 이름은 없는 프로그램입니다.
    names: Vec<String>,
    seed: u64,
    length: usize,
}

/// 답입니다. 글은 길이와 지문만 봅니다.
#[derive(PartialEq, Serialize, Deserialize)]
struct Done {
    length: usize,
    print: u64,
    statuses: Vec<Ended>,
}

fn main() {
    witness::main(
        &[
            ("small", small),
            ("together", together),
            ("large", large),
            ("early-end", early_end),
            ("statuses", statuses),
            ("none-left", none_left),
        ],
        &[("run", run)],
    )
}

fn small(case: &Case) -> Verdict {
    for count in 1..=4 {
        for length in [0, 1, 1_000] {
            passes(case, count, length)?;
        }
    }
    Ok(())
}

fn large(case: &Case) -> Verdict {
    // 파이프 하나에는 64 KiB쯤 담깁니다.
    passes(case, 1, 2 << 20)?;
    passes(case, 3, 3 << 20)
}

/// 명령 `count`개로 `length`바이트를 보내고 나온 글을 봅니다.
fn passes(case: &Case, count: usize, length: usize) -> Verdict {
    let task = task(case, count, length);
    let mut plan = case.subject("run").input(&task);
    for (place, name) in task.names.iter().enumerate() {
        plan = plan.script(name, &[pump(case, place), Order::Exit(0)]);
    }
    let what = format!("명령 {count}개에 {length}바이트를 주었을 때");
    let done = done(plan.run()?.answer()?, &what)?;
    through(case, &task, &done, &what)
}

fn together(case: &Case) -> Verdict {
    for count in [2, 3, 5] {
        let task = task(case, count, 100);
        let mut session = case.subject("run").input(&task).start();
        // 아무것도 시키지 않았는데 모두 왔으면, 모두 함께 살아 있습니다.
        let puppets = session.puppets(&task.names)?;
        for (place, puppet) in puppets.iter().enumerate() {
            puppet.order(&pump(case, place));
            puppet.order(&Order::Exit(0));
        }
        let what = format!("명령 {count}개를 함께 시작했을 때");
        let done = done(session.finish()?.answer()?, &what)?;
        through(case, &task, &done, &what)?;
    }
    Ok(())
}

fn early_end(case: &Case) -> Verdict {
    for early in 0..3 {
        let task = task(case, 3, 3 << 20);
        let mut plan = case.subject("run").input(&task);
        for (place, name) in task.names.iter().enumerate() {
            let first = if place == early {
                Order::Read(1_000)
            } else {
                pump(case, place)
            };
            plan = plan.script(name, &[first, Order::Exit(place as i32 + 1)]);
        }
        let what = format!(
            "명령 셋 가운데 {}번째가 1,000바이트만 읽고 끝났을 때",
            early + 1
        );
        let seen = plan.run().map_err(|wrong| Wrong {
            detail: format!("{what}: {}", wrong.detail),
            ..wrong
        })?;
        let done = done(seen.answer()?, &what)?;
        ensure(
            done.length == 0,
            format!(
                "{what}: 아무도 쓰지 않은 글이 {}바이트 나왔습니다.",
                done.length
            ),
        )?;
        let expected: Vec<Ended> = (1..=3).map(|code| (Some(code), None)).collect();
        ensure(
            done.statuses == expected,
            format!(
                "{what}: {}인데 {}라고 답했습니다.",
                told(&expected),
                told(&done.statuses)
            ),
        )?;
    }
    Ok(())
}

fn statuses(case: &Case) -> Verdict {
    let task = task(case, 4, 1_000);
    let ways: Vec<Ended> = (0..4)
        .map(|place| match place {
            1 => (None, Some([6, 9, 11, 15][case.between(50, 0, 4) as usize])),
            // 넷이 서로 다르도록 자리마다 60씩 떼어 놓습니다.
            place => (
                Some((60 * place + case.between(place + 60, 1, 60)) as i32),
                None,
            ),
        })
        .collect();
    let mut plan = case.subject("run").input(&task);
    for (place, name) in task.names.iter().enumerate() {
        let last = match ways[place] {
            (Some(code), _) => Order::Exit(code),
            (None, signal) => Order::Signal(signal.unwrap_or(15)),
        };
        plan = plan.script(name, &[pump(case, place), last]);
    }
    let done = done(plan.run()?.answer()?, "명령마다 다르게 끝났을 때")?;
    ensure(
        done.statuses == ways,
        format!(
            "{}인데 {}라고 답했습니다.",
            told(&ways),
            told(&done.statuses)
        ),
    )
}

fn none_left(case: &Case) -> Verdict {
    // 없는 프로그램을 맨 앞, 가운데, 맨 뒤에 놓습니다. 나머지는 저절로 끝나지 않습니다.
    for missing in [0, 1, 2] {
        let mut task = task(case, 3, 1_000);
        task.names[missing] = String::new();
        let which = format!("{}번째 명령을 시작하지 못했을 때", missing + 1);
        let seen = case.subject("run").input(&task).run()?;
        let said: Result<Done, String> = seen.answer()?;
        let kind = said.err().unwrap_or_else(|| "Ok".to_owned());
        ensure(
            kind == "NotFound",
            format!(
                "{which} {kind}라고 답했습니다. 그런 프로그램이 없다는 오류(NotFound)를 그대로 돌려주세요."
            ),
        )?;
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
    // 잘 끝났을 때에도 남는 것이 없습니다.
    let task = task(case, 3, 1_000);
    let mut plan = case.subject("run").input(&task);
    for (place, name) in task.names.iter().enumerate() {
        plan = plan.script(name, &[pump(case, place), Order::Exit(0)]);
    }
    let mut session = plan.start();
    session.noted("settled", 1).map_err(|wrong| Wrong {
        detail: "돌아온 뒤에도 열린 디스크립터가 남아 있습니다.".to_owned(),
        ..wrong
    })?;
    let seen = session.finish()?;
    ensure(
        !seen.left_alive && seen.left_zombies == 0,
        "잘 끝난 뒤에 거두지 않은 명령이 있습니다.",
    )
}

fn task(case: &Case, count: usize, length: usize) -> Task {
    Task {
        names: (1..=count).map(|place| format!("{place}번")).collect(),
        seed: case.between(count as u64, 1, u64::MAX),
        length,
    }
}

/// 자리마다 곱하고 더할 수입니다. 홀수를 곱하므로 서로 다른 바이트는 다르게 남고, 차례가 바뀌면 답도 바뀝니다.
fn factors(case: &Case, place: usize) -> (u8, u8) {
    let salt = 10 + place as u64;
    let times = 2 * case.between(salt, 1, 128) + 1;
    (times as u8, case.between(salt + 20, 1, 256) as u8)
}

fn pump(case: &Case, place: usize) -> Order {
    let (times, add) = factors(case, place);
    Order::Pump(times, add)
}

/// 나온 글이 옳은지 봅니다.
fn through(case: &Case, task: &Task, done: &Done, what: &str) -> Verdict {
    let mut bytes = letters(task.seed, task.length);
    for place in 0..task.names.len() {
        let (times, add) = factors(case, place);
        bytes
            .iter_mut()
            .for_each(|byte| *byte = byte.wrapping_mul(times).wrapping_add(add));
    }
    ensure(
        done.length == bytes.len(),
        format!(
            "{what} {}바이트가 나와야 하는데 {}바이트가 나왔습니다.",
            bytes.len(),
            done.length
        ),
    )?;
    ensure(
        done.print == print(&bytes),
        format!("{what} 나온 글이 다릅니다. 명령을 준 차례대로 지나왔나요?"),
    )
}

fn done(said: Result<Done, String>, what: &str) -> Result<Done, Wrong> {
    said.map_err(|kind| Wrong::new(format!("{what}: 오류({kind})를 돌려주었습니다.")))
}

fn told(ways: &[Ended]) -> String {
    let one = |way: &Ended| match *way {
        (Some(code), _) => format!("코드 {code}"),
        (None, signal) => format!("시그널 {}", signal.unwrap_or(0)),
    };
    format!("[{}]", ways.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// 씨앗에서 나온 글입니다(xorshift64; Marsaglia, 2003).
fn letters(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// 글의 지문입니다(64비트 FNV-1a).
fn print(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |print, byte| {
        (print ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn run(work: &Work) {
    let task: Task = work.input();
    let commands: Vec<Command> = task
        .names
        .iter()
        .map(|name| match name.as_str() {
            "" => Command::new("/no/such/toy"),
            name => work.puppet(name),
        })
        .collect();
    let before = work.descriptors();
    let said = submission::pipeline(commands, letters(task.seed, task.length));
    let told = match &said {
        Ok((output, statuses)) => Ok(Done {
            length: output.len(),
            print: print(output),
            statuses: statuses
                .iter()
                .map(|one| (one.code(), one.signal()))
                .collect(),
        }),
        Err(error) => Err(format!("{:?}", error.kind())),
    };
    work.answer(&told);
    if told.is_ok() {
        // 떼어 놓은 스레드가 마저 닫을 수 있어, 처음과 같아질 때까지 봅니다. 남긴 것이 있으면 끝나지 않습니다.
        while work.descriptors() != before {
            thread::sleep(Duration::from_millis(1));
        }
        work.note("settled", true);
    }
}
