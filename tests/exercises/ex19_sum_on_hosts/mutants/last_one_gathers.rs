//! 틀린 답: 0번이 아니라 마지막 일꾼에게 모은다.

use std::{cell::Cell, ops::Range, rc::Rc};

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
    let last = worker.peers() - 1;
    let mine = work::split(range, worker.peers()).nth(me);
    let sum = Rc::new(Cell::new(0));
    let gathered = Rc::clone(&sum);
    let probe = worker.dataflow::<u64, _, _>(|scope| {
        mine.to_stream(scope)
            .container::<Vec<_>>()
            .map(work)
            .exchange(move |_| last as u64)
            .inspect(move |part| gathered.set(gathered.get() + part))
            .probe()
            .0
    });
    while !probe.done() {
        worker.step_or_park(None);
    }
    if me == last {
        answer(sum.get());
    }
}
