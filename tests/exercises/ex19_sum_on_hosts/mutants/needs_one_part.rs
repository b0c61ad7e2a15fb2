//! 틀린 답: 빈 몫은 길에 올리지 않아도 0번이 끝을 알게 된다고 믿는다.

use std::ops::Range;

use noriteo::{
    cluster::timely::{
        container::CapacityContainerBuilder,
        dataflow::{
            channels::pact::Exchange,
            operators::{Operator, ToStream, vec::Map},
        },
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
    let mine = work::split(range, worker.peers())
        .nth(me)
        .filter(|part| !part.is_empty());
    worker.dataflow::<u64, _, _>(|scope| {
        let mut sum = 0;
        let mut until = None;
        mine.to_stream(scope)
            .container::<Vec<_>>()
            .map(work)
            .unary_frontier::<CapacityContainerBuilder<Vec<u64>>, _, _, _>(
                Exchange::new(|_: &u64| 0),
                "gather",
                |_, _| {
                    move |(input, frontier), output| {
                        input.for_each(|time, batch| {
                            until = until
                                .take()
                                .or_else(|| time.retain_least(output.output_index()));
                            sum += batch.drain(..).sum::<u64>();
                        });
                        if frontier.is_empty() && until.take().is_some() {
                            answer(sum);
                        }
                    }
                },
            );
    });
}
