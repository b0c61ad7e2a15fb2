//! ex12: 차례 예측하기. 네 물음의 답을 적으세요.
//!
//! 실행: `cargo run --example ex12_predict -- --seed 0` (`--mine`이면 적은 답도, 연습 씨앗에 `--answer`면 풀이의 답도)
//! 검사: `cargo course check ex12`

use noriteo::{cli::Cli, interleave::Question};

// ANCHOR: task
/// 물음 1. 락이 없는 프로그램(`question.plain`)이 끝났을 때 `x`에 남을 수 있는 값을 모두 적습니다.
///
/// 적는 차례는 상관없습니다. 보기: `vec![3, 5, 8]`
pub fn values(question: &Question) -> Vec<i64> {
    let _ = question;
    todo!("씨앗을 넣어 문제를 보고, 종이에서 따져 보세요")
}

/// 물음 2. 그 가운데 가장 작은 값을 남기는 차례를 하나 적습니다.
///
/// 걷는 스레드의 이름을 걸음마다 하나씩, 둘 다 끝날 때까지 늘어놓습니다. 보기: `"ABBAAA".to_owned()`
pub fn smallest(question: &Question) -> String {
    let _ = question;
    todo!("어느 값을 읽은 채 기다리면 가장 작은 값이 남을까요")
}

/// 물음 3. 락이 있는 두 프로그램(`question.locked`)이 끝났을 때 `x`에 남을 수 있는 값을 모두 적습니다.
///
/// 보기: `[vec![6], vec![4, 6]]`
pub fn locked(question: &Question) -> [Vec<i64>; 2] {
    let _ = question;
    todo!("락이 지키는 구간이 어디서 어디까지인지 보세요")
}

/// 물음 4. 락이 둘인 두 프로그램(`question.crossed`)이 교착 상태에 빠질 수 있는지 적습니다.
///
/// 빠질 수 있으면 둘 다 한 걸음도 더 걷지 못하게 되기까지의 차례 하나를, 아니면 `None`을 적습니다.
/// 기다리는 것은 걸음이 아닙니다. 보기: `[None, Some("AAB".to_owned())]`
pub fn stuck(question: &Question) -> [Option<String>; 2] {
    let _ = question;
    todo!("서로 상대가 쥔 락을 기다리게 될 수 있나요")
}
// ANCHOR_END: task

fn main() {
    let args = Cli::new(
        "ex12_predict",
        "씨앗마다 다른 문제를 보이고 답을 기다립니다",
    )
    .number("seed", 0, 0..=u64::MAX, "문제의 씨앗")
    .flag("mine", "내가 적은 답을 보입니다")
    .flag("answer", "풀이의 답을 보입니다. 연습 씨앗(1-99)만 됩니다")
    .parse();
    let question = Question::new(args.number("seed"));
    print!("{question}");
    if args.flag("mine") {
        println!("내 답 1: {:?}", values(&question));
        println!("내 답 2: {}", smallest(&question));
        println!("내 답 3: {:?}", locked(&question));
        println!("내 답 4: {:?}", stuck(&question));
    }
    match question.answer() {
        _ if !args.flag("answer") => {}
        Some(answer) => {
            println!("답 1: {:?}", answer.values);
            println!("답 2의 하나: {}", answer.smallest);
            println!("답 3: {:?}", answer.locked);
            println!("답 4의 하나: {:?}", answer.stuck);
        }
        None => println!("이 씨앗의 답은 보이지 않습니다. 1부터 99까지의 씨앗으로 연습하세요."),
    }
}
