//! 틀린 답: 0번이 모든 토막을 올리기만 하면 저절로 나뉜다고 믿는다.

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
    let all = if me == 0 { worker.peers() } else { 0 };
    let mine: Vec<_> = work::split(range, worker.peers()).take(all).collect();
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
