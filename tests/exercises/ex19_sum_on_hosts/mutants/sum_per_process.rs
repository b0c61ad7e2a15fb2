//! 틀린 답: PID마다 따로 모아, 프로세스마다 답을 하나씩 낸다.

use std::{cell::RefCell, collections::BTreeMap, ops::Range, rc::Rc};

use noriteo::{
    cluster::timely::{
        dataflow::operators::{Exchange, Inspect, Probe, ToStream, vec::Map},
        worker::Worker,
    },
    work,
};

pub fn sum_on_hosts(
    worker: &mut Worker,
    range: Range<u64>,
    work: fn(Range<u64>) -> u64,
    answer: impl Fn(u64) + 'static,
) {
    let me = worker.index();
    let mine = work::split(range, worker.peers()).nth(me);
    let sums = Rc::new(RefCell::new(BTreeMap::new()));
    let gathered = Rc::clone(&sums);
    let probe = worker.dataflow::<u64, _, _>(|scope| {
        mine.to_stream(scope)
            .container::<Vec<_>>()
            .map(move |part| (std::process::id(), work(part)))
            .exchange(|_| 0)
            .inspect(move |(pid, part)| *gathered.borrow_mut().entry(*pid).or_insert(0) += part)
            .probe()
            .0
    });
    while !probe.done() {
        worker.step_or_park(None);
    }
    for sum in sums.take().into_values() {
        answer(sum);
    }
}
