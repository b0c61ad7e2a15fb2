//! ex19: 여러 호스트의 합. 예시 답입니다.

use std::{cell::Cell, ops::Range, rc::Rc};

use noriteo::{
    Result,
    cluster::{
        Cluster,
        timely::{
            dataflow::operators::{Exchange, Inspect, Probe, ToStream, vec::Map},
            worker::Worker,
        },
    },
    work,
};

/// 제 몫을 길에 올려 더하고, 0번에게 건네고, 길이 빌 때까지 걷습니다.
pub fn sum_on_hosts(
    worker: &mut Worker,
    range: Range<u64>,
    work: fn(Range<u64>) -> u64,
    answer: impl Fn(u64) + 'static,
) {
    let me = worker.index();
    let mine = work::split(range, worker.peers()).nth(me);
    let sum = Rc::new(Cell::new(0));
    let gathered = Rc::clone(&sum);
    let probe = worker.dataflow::<u64, _, _>(|scope| {
        mine.to_stream(scope)
            .container::<Vec<_>>()
            .map(work)
            .exchange(|_| 0)
            .inspect(move |part| gathered.set(gathered.get() + part))
            .probe()
            .0
    });
    // 길이 비었다는 것은 어느 일꾼에게서도 더 올 것이 없다는 뜻입니다.
    while !probe.done() {
        worker.step_or_park(None);
    }
    if me == 0 {
        answer(sum.get());
    }
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
