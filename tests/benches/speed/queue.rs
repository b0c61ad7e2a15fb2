//! 프로세스 사이로 값을 보내는 값입니다.
//!
//! 모든 선수가 같은 모양으로 달립니다: 새 프로세스가 자식 하나를 [`process::fork`]로 낳고, 길을 데운 뒤,
//! 부모가 잽니다. 날 파이프는 8바이트마다 `write`와 `read`를 한 번씩 부릅니다. 우리 큐가 그 앞뒤로 하는 일
//! (락, 봉투, 잘린 값과 죽은 상대를 알아차리기)은 하지 않으므로, 견줄 수 있는 가장 빠른 상대입니다.

use std::{
    io::{self, Read, Write, pipe},
    os::fd::{AsRawFd, RawFd},
    time::{Duration, Instant},
};

use ipc_channel::ipc;
use nix::libc;
use noriteo::{Result, process};

use crate::{
    contest::{Bound, Contest, Entrant, Row, check, failed},
    floor, python,
};

/// 재기 앞에 길을 데우는 횟수입니다.
const WARM: u64 = 200;

/// 묶음 하나에 든 수의 개수입니다.
const BATCH: u64 = 1024;

/// 큰 메시지의 크기입니다.
pub const MIB: usize = 1 << 20;

/// 큰 메시지로 길을 데우는 횟수입니다.
const BIG_WARM: u64 = 4;

/// 한 라운드에 보내는 큰 메시지의 개수입니다.
const BIG: u64 = 96;

/// 값 하나가 갔다가 돌아옵니다. 보내는 쪽과 받는 쪽이 번갈아 기다립니다.
pub fn ping_pong() -> Contest {
    Contest {
        name: "queue-ping",
        title: "큐 둘로 u64 하나가 갔다 오기",
        rounds: 41,
        noisy: 0.15,
        entrants: vec![
            Entrant::fresh("ours", "process::queue 왕복 한 번", 4_000, ping_queue),
            Entrant::fresh("raw", "날 파이프 왕복 한 번", 4_000, ping_raw),
            Entrant::fresh("ipc", "ipc-channel 왕복 한 번", 4_000, ping_ipc),
            python::entrant("python", "파이썬 Queue 왕복 한 번", 500, |count| {
                python::run("ping", count)
            }),
            Entrant::fresh(
                "wake",
                "두 스레드가 서로 깨우기 한 번",
                4_000,
                floor::wake_and_wait,
            ),
        ],
        rows: against(
            "process::queue 왕복은 날 파이프의 몇 배 걸리는가",
            "ipc-channel 왕복은 process::queue의 몇 배 걸리는가",
            "파이썬 Queue 왕복은 process::queue의 몇 배 걸리는가",
        )
        .into_iter()
        .chain([Row::ratio(
            "over-wake",
            "process::queue 왕복은 두 스레드가 서로 깨우는 것의 몇 배 걸리는가",
            "ours",
            "wake",
        )])
        .collect(),
    }
}

/// 값이 한쪽으로 흐릅니다. 보내는 이는 하나씩 보내고, 보낸 것은 그때그때 받는 이에게 보입니다.
pub fn stream() -> Contest {
    let mut batch = Entrant::fresh(
        "batch",
        "process::queue, 1024개 묶음의 u64 하나",
        400,
        stream_batches,
    );
    batch.each = BATCH;
    Contest {
        name: "queue-stream",
        title: "큐로 u64를 하나씩 흘려보내기",
        rounds: 31,
        noisy: 0.15,
        entrants: vec![
            Entrant::fresh("ours", "process::queue의 u64 하나", 100_000, stream_queue),
            Entrant::fresh("raw", "날 파이프의 u64 하나", 100_000, stream_raw),
            Entrant::fresh("ipc", "ipc-channel의 u64 하나", 50_000, stream_ipc),
            python::entrant("python", "파이썬 Queue의 수 하나", 10_000, |count| {
                python::run("stream", count)
            }),
            batch,
            Entrant::fresh("syscall", "시스템 호출 한 번", 200_000, floor::system_call),
            Entrant::fresh(
                "lone-pipe",
                "혼자 파이프에 u64 하나를 쓰고 읽기",
                100_000,
                floor::lone_pipe,
            ),
        ],
        rows: against(
            "process::queue로 u64 하나는 날 파이프의 몇 배 걸리는가",
            "ipc-channel로 u64 하나는 process::queue의 몇 배 걸리는가",
            "파이썬 Queue로 수 하나는 process::queue의 몇 배 걸리는가",
        )
        .into_iter()
        .chain([
            Row::ratio(
                "raw-over-batch",
                "날 파이프로 u64 하나는 1024개씩 묶은 process::queue의 몇 배 걸리는가",
                "raw",
                "batch",
            )
            .bound(Bound::AtLeast(5.0)),
            Row::ratio(
                "over-syscall",
                "process::queue로 u64 하나는 시스템 호출 몇 번의 시간인가",
                "ours",
                "syscall",
            ),
            Row::ratio(
                "over-lone-pipe",
                "process::queue로 u64 하나는 혼자 파이프에 쓰고 읽는 것의 몇 배 걸리는가",
                "ours",
                "lone-pipe",
            ),
        ])
        .collect(),
    }
}

/// 두 경기가 함께 쓰는 세 줄입니다.
fn against(raw: &'static str, ipc: &'static str, python: &'static str) -> Vec<Row> {
    vec![
        Row::ratio("over-raw", raw, "ours", "raw").bound(Bound::AtMost(1.1)),
        Row::ratio("ipc-over", ipc, "ipc", "ours").bound(Bound::AtLeast(3.0)),
        Row::ratio("python-over", python, "python", "ours").bound(Bound::AtLeast(10.0)),
    ]
}

/// 1 MiB짜리 메시지가 한쪽으로 흐릅니다.
pub fn big_messages() -> Contest {
    Contest {
        name: "queue-big",
        title: "큐로 1 MiB짜리 메시지를 흘려보내기",
        rounds: 21,
        noisy: 0.15,
        entrants: vec![
            Entrant::fresh("ours", "process::queue의 1 MiB 하나", BIG, big_queue),
            Entrant::fresh("raw", "날 파이프의 1 MiB 하나", BIG, big_raw),
            Entrant::fresh("ipc", "ipc-channel(Vec<u8>)의 1 MiB 하나", BIG, big_ipc),
            Entrant::fresh(
                "ipc-bytes",
                "ipc-channel(바이트)의 1 MiB 하나",
                BIG,
                big_ipc_bytes,
            ),
            Entrant::fresh("copy", "메모리에서 1 MiB를 한 번 베끼기", BIG, floor::copy),
        ],
        rows: vec![
            Row::ratio(
                "raw-over",
                "process::queue로 1 MiB의 MB/s는 날 파이프의 몇 배인가",
                "raw",
                "ours",
            )
            .bound(Bound::AtLeast(0.9)),
            Row::ratio(
                "ipc-over",
                "process::queue로 1 MiB의 MB/s는 ipc-channel(Vec<u8>)의 몇 배인가",
                "ipc",
                "ours",
            )
            .bound(Bound::AtLeast(1.0)),
            Row::ratio(
                "ipc-bytes-over",
                "process::queue로 1 MiB의 MB/s는 ipc-channel(바이트)의 몇 배인가",
                "ipc-bytes",
                "ours",
            )
            .bound(Bound::AtLeast(1.0)),
            Row::ratio(
                "over-copy",
                "process::queue로 1 MiB는 메모리에서 한 번 베끼는 것의 몇 배 걸리는가",
                "ours",
                "copy",
            ),
        ],
    }
}

// ---- 갔다 오기 ----

/// 부모가 수를 보내고, 자식이 하나를 더해 돌려보냅니다.
fn trips(
    count: u64,
    mut send: impl FnMut(u64) -> Result<()>,
    mut recv: impl FnMut() -> Result<u64>,
    mut echo: impl FnMut() -> Result<()> + 'static,
) -> Result<Duration> {
    let child = process::fork(move || {
        let echoed = (0..WARM + count).try_for_each(|_| echo());
        echoed.map_err(|error| error.to_string())
    })?;
    let mut trip = |i: u64| {
        send(i)?;
        check(recv()?, i + 1)
    };
    (0..WARM).try_for_each(&mut trip)?;
    let start = Instant::now();
    (0..count).try_for_each(&mut trip)?;
    let took = start.elapsed();
    child.join()?.map_err(failed)?;
    Ok(took)
}

fn ping_queue(count: u64) -> Result<Duration> {
    let (tx, there) = process::queue::<u64>()?;
    let (back, rx) = process::queue::<u64>()?;
    let echo = move || back.send(there.recv()? + 1);
    trips(count, |i| tx.send(i), || rx.recv(), echo)
}

fn ping_raw(count: u64) -> Result<Duration> {
    let (there, tx) = pipe().map_err(failed)?;
    let (rx, back) = pipe().map_err(failed)?;
    let echo = move || write_u64(back.as_raw_fd(), read_u64(there.as_raw_fd())? + 1);
    let send = |i| write_u64(tx.as_raw_fd(), i);
    trips(count, send, || read_u64(rx.as_raw_fd()), echo)
}

fn ping_ipc(count: u64) -> Result<Duration> {
    let (tx, there) = ipc::channel::<u64>().map_err(failed)?;
    let (back, rx) = ipc::channel::<u64>().map_err(failed)?;
    let echo = move || {
        let value = there.recv().map_err(failed)?;
        back.send(value + 1).map_err(failed)
    };
    let send = |i| tx.send(i).map_err(failed);
    trips(count, send, || rx.recv().map_err(failed), echo)
}

// ---- 흘려보내기 ----

/// 자식이 0부터 차례로 만들어 보내고, 부모가 받아 더합니다. 부모가 출발 신호를 보낸 때부터 마지막 것을 받은 때까지 잽니다.
fn flow(
    warm: u64,
    count: u64,
    wanted: u64,
    mut produce: impl FnMut(u64) -> Result<()> + 'static,
    mut consume: impl FnMut() -> Result<u64>,
) -> Result<Duration> {
    let (mut ready, mut go) = pipe().map_err(failed)?;
    let child = process::fork(move || {
        let mut send_all = || -> Result<()> {
            (0..warm).try_for_each(&mut produce)?;
            ready.read_exact(&mut [0]).map_err(failed)?;
            (0..count).try_for_each(&mut produce)
        };
        send_all().map_err(|error| error.to_string())
    })?;
    for _ in 0..warm {
        consume()?;
    }
    let start = Instant::now();
    go.write_all(&[1]).map_err(failed)?;
    let mut total: u64 = 0;
    for _ in 0..count {
        total = total.wrapping_add(consume()?);
    }
    let took = start.elapsed();
    check(total, wanted)?;
    child.join()?.map_err(failed)?;
    Ok(took)
}

/// 0부터 `count` 앞까지의 합입니다.
fn sum_below(count: u64) -> u64 {
    count * (count - 1) / 2
}

fn stream_queue(count: u64) -> Result<Duration> {
    let (tx, rx) = process::queue::<u64>()?;
    flow(
        WARM,
        count,
        sum_below(count),
        move |i| tx.send(i),
        || rx.recv(),
    )
}

fn stream_raw(count: u64) -> Result<Duration> {
    let (rx, tx) = pipe().map_err(failed)?;
    let produce = move |i| write_u64(tx.as_raw_fd(), i);
    flow(WARM, count, sum_below(count), produce, || {
        read_u64(rx.as_raw_fd())
    })
}

fn stream_ipc(count: u64) -> Result<Duration> {
    let (tx, rx) = ipc::channel::<u64>().map_err(failed)?;
    let produce = move |i| tx.send(i).map_err(failed);
    flow(WARM, count, sum_below(count), produce, || {
        rx.recv().map_err(failed)
    })
}

/// 묶음을 만드는 시간과 받아서 더하는 시간도 잰 시간에 듭니다.
fn stream_batches(count: u64) -> Result<Duration> {
    let (tx, rx) = process::queue::<Vec<u64>>()?;
    let produce = move |i| tx.send((i * BATCH..(i + 1) * BATCH).collect());
    flow(BIG_WARM, count, sum_below(count * BATCH), produce, || {
        Ok(rx.recv()?.into_iter().sum())
    })
}

// ---- 큰 메시지 ----

/// 자식이 미리 지어 둔 메시지를 하나씩 꺼내 보냅니다. 짓는 시간은 재지 않습니다.
fn prebuilt(mut send: impl FnMut(Vec<u8>) -> Result<()>) -> impl FnMut(u64) -> Result<()> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    move |i| {
        if messages.is_empty() {
            // 길을 데우는 첫 메시지를 보낼 때 모두 짓습니다. 뒤에서부터 꺼내므로 거꾸로 짓습니다.
            let all = (0..BIG_WARM).chain(0..BIG).rev();
            messages = all.map(|i| vec![i as u8; MIB]).collect();
        }
        match messages.pop() {
            Some(message) => send(message),
            None => Err(failed(format!("{i}번째 메시지를 지어 두지 않았습니다"))),
        }
    }
}

/// 온전한 메시지인지 크기와 처음과 끝의 바이트로 보고, 그 바이트를 돌려줍니다.
fn first_byte(message: &[u8]) -> Result<u64> {
    check(message.len() as u64, MIB as u64)?;
    let (first, last) = (message[0], message[MIB - 1]);
    check(u64::from(last), u64::from(first))?;
    Ok(u64::from(first))
}

fn big_queue(count: u64) -> Result<Duration> {
    let (tx, rx) = process::queue::<Vec<u8>>()?;
    let produce = prebuilt(move |message| tx.send(message));
    flow(BIG_WARM, count, sum_below(count), produce, || {
        first_byte(&rx.recv()?)
    })
}

fn big_raw(count: u64) -> Result<Duration> {
    let (mut rx, mut tx) = pipe().map_err(failed)?;
    let produce = prebuilt(move |message| tx.write_all(&message).map_err(failed));
    let mut buffer = vec![0; MIB];
    flow(BIG_WARM, count, sum_below(count), produce, || {
        rx.read_exact(&mut buffer).map_err(failed)?;
        first_byte(&buffer)
    })
}

fn big_ipc(count: u64) -> Result<Duration> {
    let (tx, rx) = ipc::channel::<Vec<u8>>().map_err(failed)?;
    let produce = prebuilt(move |message| tx.send(message).map_err(failed));
    flow(BIG_WARM, count, sum_below(count), produce, || {
        first_byte(&rx.recv().map_err(failed)?)
    })
}

fn big_ipc_bytes(count: u64) -> Result<Duration> {
    let (tx, rx) = ipc::bytes_channel().map_err(failed)?;
    let produce = prebuilt(move |message| tx.send(&message).map_err(failed));
    flow(BIG_WARM, count, sum_below(count), produce, || {
        first_byte(&rx.recv().map_err(failed)?)
    })
}

// ---- 날 파이프 ----

/// 8바이트를 `write` 한 번으로 씁니다. 파이프는 이만한 것을 쪼개지 않습니다(PIPE_BUF).
pub fn write_u64(fd: RawFd, value: u64) -> Result<()> {
    let bytes = value.to_le_bytes();
    // SAFETY: bytes는 이 함수가 쥔 8바이트입니다.
    let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    whole(written)
}

/// 8바이트를 `read` 한 번으로 읽습니다.
pub fn read_u64(fd: RawFd) -> Result<u64> {
    let mut bytes = [0_u8; 8];
    // SAFETY: bytes는 이 함수가 쥔 8바이트입니다.
    let read = unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), bytes.len()) };
    whole(read)?;
    Ok(u64::from_le_bytes(bytes))
}

fn whole(done: isize) -> Result<()> {
    match done {
        8 => Ok(()),
        ..0 => Err(failed(io::Error::last_os_error())),
        short => Err(failed(format!("8바이트 가운데 {short}바이트만 오갔습니다"))),
    }
}
