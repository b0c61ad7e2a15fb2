//! ch06_01: 같은 합을 스레드로, 프로세스로, 여러 컴퓨터로 구합니다.
//! 프로그램은 하나이고, 어디에서 돌지는 선택지가 정합니다.

use noriteo::{
    Result,
    cluster::{
        Cluster,
        timely::dataflow::operators::{Exchange, Inspect, ToStream, vec::Map},
    },
    measure::{format_bytes, format_duration},
    work::{split, sum},
};

fn main() -> Result<()> {
    let args = Cluster::new(
        "ch06_01_sum",
        "같은 합을 스레드로, 프로세스로, 여러 컴퓨터로 구합니다",
    )
    .size(100_000_000)
    .parse();
    let range = 0..args.size();
    let report = args.run(move |worker, answers| {
        let (me, all) = (worker.index() as u64, worker.peers());
        let pid = u64::from(std::process::id());
        let mine: Vec<_> = split(range.clone(), all)
            .skip(me as usize)
            .take(1)
            .collect();
        let answers = answers.clone();
        worker.dataflow::<u64, _, _>(|scope| {
            // 나누기: 일꾼마다 제 토막만 길에 올립니다.
            mine.to_stream(scope)
                .container::<Vec<_>>()
                .map(move |part| (me, pid, part.start, part.end, sum(part)))
                // 새로운 것: 0번 일꾼에게 건넵니다. 그가 어느 컴퓨터에 있는지는 timely가 압니다.
                .exchange(|_| 0)
                // 모으기: 받은 쪽지를 내놓습니다.
                .inspect(move |note| answers.give(*note));
        });
    })?;

    // 쪽지는 모두 0번 호스트에 있습니다. 다른 호스트는 할 말이 없습니다.
    if report.host != 0 {
        return Ok(());
    }
    let mut notes = report.rows;
    notes.sort();
    for (worker, pid, start, end, part) in &notes {
        println!("일꾼 {worker}(PID {pid}): {start}부터 {end} 앞까지, {part}");
    }
    println!("합: {}", notes.iter().map(|note| note.4).sum::<u64>());
    for host in &report.hosts {
        let [sent, received] = [host.sent, host.received].map(format_bytes);
        println!(
            "{}번 프로세스(PID {}): 보낸 것 {sent}, 받은 것 {received}",
            host.number, host.pid
        );
    }
    let [met, worked] = [report.met, report.worked].map(format_duration);
    println!("만나는 데 {met}, 일하는 데 {worked}");
    Ok(())
}
