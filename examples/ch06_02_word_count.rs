//! ch06_02: 흩어진 글의 낱말을 셉니다. 같은 낱말은 같은 일꾼에게 모여야 합니다.
//! 합과 달리 자료가 정말로 일꾼 사이를 오갑니다.

use std::collections::HashMap;

use noriteo::{
    Result,
    cluster::{
        Cluster,
        timely::dataflow::{
            StreamVec,
            channels::pact::{Exchange, ParallelizationContract, Pipeline},
            operators::{Exchange as _, Inspect, Operator, ToStream, vec::Map},
        },
    },
    measure::{format_bytes, format_count, format_duration},
};

fn main() -> Result<()> {
    let args = Cluster::new("ch06_02_word_count", "흩어진 글의 낱말을 함께 셉니다")
        .texts(16, 2_000, 6)
        .flag("combine", "보내기 전에 저마다 세어 줄입니다")
        .parse();
    let (texts, combine) = (args.texts(), args.flag("combine"));
    let report = args.run(move |worker, answers| {
        let (me, all) = (worker.index() as u64, worker.peers() as u64);
        let (texts, answers) = (texts.clone(), answers.clone());
        worker.dataflow::<u64, _, _>(|scope| {
            // 나누기: 글을 번호대로 돌아가며 맡습니다. 글 하나가 파일 하나입니다.
            let mine = (0..texts.count()).filter(move |text| text % all == me);
            let mut words = mine
                .to_stream(scope)
                .container::<Vec<_>>()
                .flat_map(move |text| words(texts.read(text)));
            if combine {
                words = count(words, Pipeline);
            }
            // 새로운 것: 낱말이 갈 일꾼을 낱말 자신이 정합니다.
            // 그래서 같은 낱말은 어디에서 왔든 한 일꾼에게 갑니다.
            count(
                words,
                Exchange::new(|(word, _): &(String, u64)| route(word)),
            )
            .map(move |(word, times)| (times, word, me))
            // 모으기: 다 센 것을 0번 일꾼에게 보냅니다.
            .exchange(|_| 0)
            .inspect(move |row| answers.give(row.clone()));
        });
    })?;

    if report.host != 0 {
        return Ok(());
    }
    let mut rows = report.rows;
    rows.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    let total = rows.iter().map(|row| row.0).sum();
    println!(
        "낱말 {}개, 서로 다른 것 {}개",
        format_count(total),
        rows.len()
    );
    for (times, word, worker) in rows.iter().take(5) {
        println!("{word}: {}번, 일꾼 {worker}이(가) 셈", format_count(*times));
    }
    let sent = report.hosts.iter().map(|host| host.sent).sum::<u64>();
    println!("프로세스 사이로 오간 것: {}", format_bytes(sent));
    let [met, worked] = [report.met, report.worked].map(format_duration);
    println!("만나는 데 {met}, 일하는 데 {worked}");
    Ok(())
}

/// 못 읽는 글이 있으면 패닉합니다. 한 일꾼이 패닉하면 모두 답 없이 끝납니다.
fn words(text: Result<String>) -> Vec<(String, u64)> {
    let text = text.unwrap_or_else(|error| panic!("{error}"));
    let words = text.split_whitespace();
    words.map(|word| (word.to_owned(), 1)).collect()
}

/// 낱말을 받아 두었다가, 더 올 것이 없으면 낱말마다 몇 번인지 내놓습니다.
fn count<'scope>(
    words: StreamVec<'scope, u64, (String, u64)>,
    from: impl ParallelizationContract<u64, Vec<(String, u64)>>,
) -> StreamVec<'scope, u64, (String, u64)> {
    words.unary_frontier(from, "count", |_, _| {
        let mut counts = HashMap::new();
        let mut until = None;
        move |(input, frontier), output| {
            input.for_each(|time, batch| {
                until = until
                    .take()
                    .or_else(|| time.retain_least(output.output_index()));
                for (word, times) in batch.drain(..) {
                    *counts.entry(word).or_insert(0) += times;
                }
            });
            // 앞(frontier)이 비었다는 것은 어느 일꾼에게서도 더 올 것이 없다는 뜻입니다.
            if frontier.is_empty()
                && let Some(time) = until.take()
            {
                output.session(&time).give_iterator(counts.drain());
            }
        }
    })
}

/// FNV-1a 해시입니다. 어느 컴퓨터에서나 같아야 하므로, 실행할 때마다 달라지는 표준 해시는 쓸 수 없습니다.
fn route(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
