//! ex06의 채점기입니다.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::mpsc,
};

use witness::{Case, Seen, Verdict, Work, Wrong, ensure, here};

/// 일의 결과들입니다. 세어 볼 수 있게 적은 것입니다.
type Results = Vec<Result<u64, String>>;

/// 학생의 함수에 주는 일입니다.
type Job = Box<dyn FnOnce() -> u64 + Send>;

fn main() {
    witness::main(
        &[
            ("in-order", in_order),
            ("all-inside", all_inside),
            ("own-place", own_place),
            ("others-kept", others_kept),
            ("message", message),
            ("other-payload", other_payload),
        ],
        &[
            ("quick", quick),
            ("last-first", last_first),
            ("meeting", meeting),
            ("panicking", panicking),
        ],
    )
}

fn in_order(case: &Case) -> Verdict {
    for count in [0, 1, 2, 7, 20] {
        let numbers = case.numbers(count);
        let results = results(&case.subject("quick").input(&numbers).start().end()?)?;
        expect(&results, &numbers)?;
    }
    Ok(())
}

/// 뒤의 일이 먼저 끝나도 답의 차례는 그대로여야 합니다. 여덟 번 하므로 우연히 맞지 않습니다.
fn own_place(case: &Case) -> Verdict {
    for _ in 0..8 {
        let numbers = case.numbers(8);
        let results = results(&case.subject("last-first").input(&numbers).start().end()?)?;
        expect(&results, &numbers)?;
    }
    Ok(())
}

fn expect(results: &Results, numbers: &[u64]) -> Verdict {
    let expected: Results = numbers.iter().copied().map(Ok).collect();
    ensure(
        results == &expected,
        format!("일 {}개의 답이나 답의 차례가 다릅니다.", numbers.len()),
    )
}

fn all_inside(case: &Case) -> Verdict {
    for count in [2, 3, 6] {
        let plan = case.subject("meeting").input(&count).gather(count);
        let results = results(&plan.start().end()?)?;
        ensure(results.len() == count, "답의 수가 일의 수와 다릅니다.")?;
    }
    Ok(())
}

fn others_kept(case: &Case) -> Verdict {
    for count in [1, 2, 5, 9] {
        let numbers = case.numbers(count);
        let bad = case.between(count as u64, 0, count as u64) as usize;
        let hows = (0..count).map(|turn| if turn == bad { "글" } else { "" });
        let results = panicked(case, &numbers, hows)?;
        ensure(
            results.len() == count,
            format!("일은 {count}개인데 답은 {}개입니다.", results.len()),
        )?;
        for (turn, result) in results.iter().enumerate() {
            if turn == bad {
                ensure(result.is_err(), "패닉한 일의 자리가 Err가 아닙니다.")?;
            } else {
                ensure(
                    result.as_ref() == Ok(&numbers[turn]),
                    "패닉하지 않은 일의 답이 다릅니다.",
                )?;
            }
        }
    }
    Ok(())
}

fn message(case: &Case) -> Verdict {
    let numbers = case.numbers(6);
    let hows = ["글", "말", "", "말", "글", ""];
    let results = panicked(case, &numbers, hows.into_iter())?;
    let expected: Results = hows
        .iter()
        .zip(&numbers)
        .map(|(how, number)| match *how {
            "" => Ok(*number),
            "글" => Err(TEXT.to_owned()),
            _ => Err(words(*number)),
        })
        .collect();
    for (seen, expected) in results.iter().zip(&expected) {
        ensure(
            seen == expected,
            format!("{expected:?}여야 하는데 {seen:?}입니다."),
        )?;
    }
    ensure(results.len() == expected.len(), "답의 수가 다릅니다.")
}

fn other_payload(case: &Case) -> Verdict {
    let numbers = case.numbers(4);
    let results = panicked(case, &numbers, ["", "값", "글", ""].into_iter())?;
    ensure(results.len() == 4, "답의 수가 다릅니다.")?;
    ensure(
        results[1].is_err(),
        "글이 아닌 값으로 패닉한 일의 자리가 Err가 아닙니다.",
    )?;
    ensure(
        results[0] == Ok(numbers[0]) && results[3] == Ok(numbers[3]),
        "패닉하지 않은 일의 답이 다릅니다.",
    )
}

/// 패닉하는 일을 섞어 부릅니다.
fn panicked<'a>(
    case: &Case,
    numbers: &[u64],
    hows: impl Iterator<Item = &'a str>,
) -> Result<Results, Wrong> {
    let jobs: Vec<(u64, &str)> = numbers.iter().copied().zip(hows).collect();
    results(&case.subject("panicking").input(&jobs).start().end()?)
}

/// 답을 꺼냅니다. 답 대신 패닉했으면 그것을 알립니다.
fn results(seen: &Seen) -> Result<Results, Wrong> {
    match seen.ending.success() {
        true => match seen.answer::<Option<Results>>()? {
            Some(results) => Ok(results),
            None => Err(Wrong::new("join_results가 패닉했습니다.")),
        },
        false => Err(Wrong::new(format!("프로그램이 {}.", seen.ending))),
    }
}

/// `panic!("글")`이 남기는 말입니다. 값의 타입은 `&'static str`입니다.
const TEXT: &str = "장난감이 하나도 없습니다";

/// `panic!("{number}번 …")`이 남기는 말입니다. 값의 타입은 `String`입니다.
fn words(number: u64) -> String {
    format!("{number}번 그네가 고장 났습니다")
}

/// 학생의 함수를 부르고 답을 냅니다.
fn call(jobs: Vec<Job>) {
    let results = panic::catch_unwind(AssertUnwindSafe(|| submission::join_results(jobs)));
    here().answer(&results.ok());
}

fn quick(work: &Work) {
    let numbers: Vec<u64> = work.input();
    call(
        numbers
            .into_iter()
            .map(|number| Box::new(move || number) as Job)
            .collect(),
    );
}

/// 일마다 바로 뒤의 일이 끝나기를 기다립니다.
fn last_first(work: &Work) {
    let numbers: Vec<u64> = work.input();
    let mut jobs: Vec<Job> = Vec::new();
    let mut next: Option<mpsc::Receiver<()>> = None;
    for number in numbers.into_iter().rev() {
        let (done, ended) = mpsc::channel();
        let wait = next.replace(ended);
        jobs.push(Box::new(move || {
            if let Some(wait) = wait {
                // 뒤의 일이 끝났거나 사라졌습니다. 어느 쪽이든 이제 나아갑니다.
                let _ = wait.recv();
            }
            drop(done);
            number
        }));
    }
    jobs.reverse();
    call(jobs);
}

fn meeting(work: &Work) {
    let count: usize = work.input();
    let job = || {
        here().meet("inside");
        0_u64
    };
    call((0..count).map(|_| Box::new(job) as Job).collect());
}

fn panicking(work: &Work) {
    let jobs: Vec<(u64, String)> = work.input();
    let job = |(number, how): (u64, String)| -> Job {
        Box::new(move || match how.as_str() {
            "글" => panic!("장난감이 하나도 없습니다"),
            "말" => panic!("{number}번 그네가 고장 났습니다"),
            "값" => panic::panic_any(number),
            _ => number,
        })
    };
    call(jobs.into_iter().map(job).collect());
}
