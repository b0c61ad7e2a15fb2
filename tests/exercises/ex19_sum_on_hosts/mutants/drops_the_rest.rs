//! 틀린 답: 나누어떨어지지 않고 남은 수를 잊는다.

use std::{cell::Cell, ops::Range, rc::Rc};

use noriteo::cluster::timely::{
    dataflow::operators::{Exchange, Inspect, Probe, ToStream, vec::Map},
    worker::Worker,
};

pub fn sum_on_hosts(
    worker: &mut Worker,
    range: Range<u64>,
    work: fn(Range<u64>) -> u64,
    answer: impl Fn(u64) + 'static,
) {
    let me = worker.index();
    let each = (range.end - range.start) / worker.peers() as u64;
    let start = range.start + each * me as u64;
    let mine = Some(start..start + each);
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
    while !probe.done() {
        worker.step_or_park(None);
    }
    if me == 0 {
        answer(sum.get());
    }
}
