//! 틀린 답: 제가 더한 변수에 다른 호스트의 것까지 더해져 있다고 믿는다.

use std::{cell::Cell, ops::Range, rc::Rc};

use noriteo::{
    cluster::timely::{
        dataflow::operators::{Exchange, Probe, ToStream, vec::Map},
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
    let sum = Rc::new(Cell::new(0));
    let gathered = Rc::clone(&sum);
    let probe = worker.dataflow::<u64, _, _>(|scope| {
        mine.to_stream(scope)
            .container::<Vec<_>>()
            .map(move |part| {
                gathered.set(gathered.get() + work(part));
            })
            .exchange(|_| 0)
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
