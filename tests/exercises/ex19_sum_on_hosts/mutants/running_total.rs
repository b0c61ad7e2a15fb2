//! 틀린 답: 토막의 합이 하나 올 때마다 지금까지의 합을 답으로 낸다.

use std::{cell::Cell, ops::Range};

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
    let gathered = Cell::new(0);
    let probe = worker.dataflow::<u64, _, _>(|scope| {
        mine.to_stream(scope)
            .container::<Vec<_>>()
            .map(work)
            .exchange(|_| 0)
            .inspect(move |part| {
                gathered.set(gathered.get() + part);
                answer(gathered.get());
            })
            .probe()
            .0
    });
    while !probe.done() {
        worker.step_or_park(None);
    }
}
