//! ex19: 여러 호스트의 합. `sum_on_hosts`를 채우세요.
//!
//! 실행: `cargo run --features cluster --example ex19_sum_on_hosts -- --local 3`
//! 검사: `cargo course check ex19`

use std::ops::Range;

use noriteo::{
    Result,
    cluster::{Cluster, timely::worker::Worker},
    work,
};

/// 모든 호스트의 모든 일꾼이 저마다 한 번씩 부릅니다.
/// `range`의 수를 나누어 더하고, 0번 일꾼이 합을 냅니다.
///
/// * 일꾼마다 제 몫만 `work(제 몫)`으로 더합니다. 몫은 `range`를 일꾼 수만큼 잇닿게 나눈
///   것이고, 빠지는 수도 겹치는 수도 없습니다. 몫이 비었으면 `work`를 불러도, 부르지 않아도 됩니다.
/// * 모든 일꾼이 함께 `work` 안에 있을 수 있어야 합니다. 남의 몫을 대신 더하지 않습니다.
/// * 토막의 합은 길(dataflow)을 따라 0번 일꾼에게 건넵니다.
///   같은 프로세스에 있는지 다른 호스트에 있는지는 보지 않습니다.
/// * 0번 일꾼만, 토막의 합이 모두 온 다음에, 모두 더한 것을 `answer`로 한 번 냅니다.
///   더할 수가 없으면 0입니다.
///
/// 어디에서 도는지는 명령줄이 정하므로, 이 함수에는 스레드도 프로세스도 호스트도 나오지 않습니다.
pub fn sum_on_hosts(
    worker: &mut Worker,
    range: Range<u64>,
    work: fn(Range<u64>) -> u64,
    answer: impl Fn(u64) + 'static,
) {
    let _ = (worker, range, work, answer);
    todo!("제 몫을 길에 올리고, 0번 일꾼에게 건네세요")
}

fn main() -> Result<()> {
    let args = Cluster::new("ex19_sum_on_hosts", "여러 호스트의 합을 구합니다")
        .size(100_000_000)
        .parse();
    let range = 0..args.size();
    let report = args.run(move |worker, answers| {
        let answers = answers.clone();
        let answer = move |sum| answers.give(sum);
        sum_on_hosts(worker, range.clone(), work::sum, answer);
    })?;
    for sum in report.rows {
        println!("{}번 호스트의 답: {sum}", report.host);
    }
    Ok(())
}
