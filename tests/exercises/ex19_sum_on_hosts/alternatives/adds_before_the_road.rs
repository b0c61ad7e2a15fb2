//! 다른 옳은 답: 길에 올리기 앞에 더한다. 쪽지에는 누가 더했는지도 적는다.

use std::{cell::Cell, ops::Range, rc::Rc};

use noriteo::{
    cluster::timely::{
        dataflow::operators::{Exchange, Inspect, Probe, ToStream},
        worker::Worker,
    },
    work::split,
};

pub fn sum_on_hosts(
    worker: &mut Worker,
    range: Range<u64>,
    work: fn(Range<u64>) -> u64,
    answer: impl Fn(u64) + 'static,
) {
    let me = worker.index();
    let part = split(range, worker.peers()).nth(me).map_or(0, work);
    let sum = Rc::new(Cell::new(0));
    let gathered = Rc::clone(&sum);
    let probe = worker.dataflow::<u64, _, _>(|scope| {
        Some((me, part))
            .to_stream(scope)
            .container::<Vec<_>>()
            .exchange(|_| 0)
            .inspect(move |(_, part)| gathered.set(gathered.get() + part))
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
