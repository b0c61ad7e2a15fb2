//! 큐와 파이프를 쓰던 프로세스가 가운데에서 죽을 때, 그리고 반대쪽이 사라졌을 때.
//!
//! 잘린 값이 값으로 나오지 않고, 앞서 보낸 값은 온전히 나오고, 아무도 영영 기다리지 않습니다.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use borsh::{BorshDeserialize, BorshSerialize};
use libtest_mimic::Trial;
use nix::{
    sys::signal::{Signal, kill, raise},
    unistd::Pid,
};
use noriteo::{
    Error,
    process::{self, Receiver, Sender, fork, pipe, queue},
};

use crate::{
    support::Outcome,
    world::{
        Random, assert_killed_by, faults, shared, shared_list, wait_for_state, wait_until,
        wait_until_blocked,
    },
};

pub fn entries() {
    process::entry(take_one);
}

pub fn tests() -> Vec<Trial> {
    faults![
        producer_killed_in_a_queue_message,
        producer_killed_before_the_first_byte_of_a_message,
        producer_killed_while_it_waits_for_the_lock,
        producers_killed_at_any_moment,
        writer_killed_in_a_pipe_message,
        consumer_killed_while_it_waits_for_a_value,
        consumer_killed_in_the_middle_of_a_message,
        consumer_killed_after_it_took_the_bytes,
        consumer_killed_while_it_waits_for_the_lock,
        consumers_killed_at_any_moment,
        receiver_gone_is_told,
        a_receiver_that_took_values_and_left_is_told_at_once,
        forgotten_senders_do_not_keep_a_child_waiting,
        a_sender_kept_by_the_parent_is_the_one_that_counts,
        ends_are_closed_when_the_work_is_done,
    ]
}

type Bytes = Vec<u8>;

fn signal_to(pid: u32, signal: Signal) -> Outcome {
    Ok(kill(Pid::from_raw(pid.cast_signed()), signal)?)
}

fn is_torn<T>(received: &noriteo::Result<T>) -> bool {
    matches!(received, Err(Error::Decode { .. }))
}

/// 앞서 보낼 값들과, 그 뒤에 가운데에서 막힐 큰 값의 크기입니다. 앞의 값들은 막히지 않을 만큼만 보냅니다.
fn cut(random: &mut Random) -> (Vec<Bytes>, usize) {
    let small = (0..random.below(8))
        .map(|n| vec![n as u8; random.below(6_000) as usize])
        .collect();
    (small, (1 << 20) + random.below(1 << 20) as usize)
}

/// 앞선 값은 온전히, 그다음은 오류. 다른 보내는 이가 살아서 잠자코 있어도 기다리지 않습니다.
fn producer_killed_in_a_queue_message() -> Outcome {
    let mut random = Random::new(0x5eed_0002);
    for round in 0..48 {
        let (small, large) = cut(&mut random);
        let at = shared();
        let (tx, rx) = queue::<Bytes>()?;
        let producer = fork({
            let (tx, small) = (tx.clone(), small.clone());
            move || {
                let sent = small.into_iter().all(|bytes| tx.send(bytes).is_ok());
                at.store(1, Ordering::SeqCst);
                sent && tx.send(vec![9; large]).is_ok()
            }
        })?;
        let idle = (round % 2 == 0).then_some(tx);
        wait_until_blocked(producer.pid(), at, 1)?;
        // 몇 개를 먼저 꺼내면 막힌 이가 조금 더 씁니다. 끊기는 곳이 그때마다 달라집니다.
        let early = random.below(small.len() as u64 + 1) as usize;
        for bytes in &small[..early] {
            assert_eq!(&rx.recv()?, bytes);
        }
        producer.kill()?;
        assert_killed_by(producer.join(), Signal::SIGKILL);
        for bytes in &small[early..] {
            assert_eq!(&rx.recv()?, bytes);
        }
        let next = rx.recv();
        assert!(is_torn(&next), "{round}: {:?}", next.map(|v| v.len()));
        // 잘린 값의 나머지를 새 값으로 잘못 읽지도 않습니다.
        assert!(rx.recv().is_err());
        if let Some(tx) = idle {
            assert!(is_torn(&tx.send(vec![3])));
        }
    }
    Ok(())
}

/// 큐가 꽉 차서 한 바이트도 쓰지 못한 채 죽은 때입니다. 보내던 값은 없고 잘린 것도 없으므로, 남은 이들은 큐를 그대로 씁니다.
fn producer_killed_before_the_first_byte_of_a_message() -> Outcome {
    for keep in [true, false] {
        let sent = shared();
        let (tx, rx) = queue::<Bytes>()?;
        let producer = fork({
            let tx = tx.clone();
            move || {
                // 봉투(길이 8바이트, 벡터의 길이 4바이트)까지 꼭 4096바이트라 버퍼가 딱 찹니다.
                while tx.send(vec![1; 4096 - 12]).is_ok() {
                    sent.fetch_add(1, Ordering::SeqCst);
                }
            }
        })?;
        let idle = keep.then_some(tx);
        wait_until_blocked(producer.pid(), sent, 16)?;
        // 보낸 수가 그대로이고 자고 있으면 막힌 것입니다.
        let mut count = 0;
        while count != sent.load(Ordering::SeqCst) {
            count = sent.load(Ordering::SeqCst);
            wait_for_state(producer.pid(), 'S')?;
        }
        producer.kill()?;
        assert_killed_by(producer.join(), Signal::SIGKILL);
        let count = sent.load(Ordering::SeqCst);
        for _ in 0..count {
            assert_eq!(rx.recv()?.len(), 4096 - 12);
        }
        if let Some(tx) = idle {
            tx.send(vec![2])?;
            assert_eq!(rx.recv()?, [2]);
        }
        for _ in 0..2 {
            assert!(matches!(rx.recv(), Err(Error::Disconnected)));
        }
    }
    Ok(())
}

/// 락을 기다리던 이는 아무것도 쥐지 않았으므로, 죽어도 아무도 다치지 않습니다.
fn producer_killed_while_it_waits_for_the_lock() -> Outcome {
    let (tx, rx) = queue::<Bytes>()?;
    let (at, behind) = (shared(), shared());
    let send = |at: &'static std::sync::atomic::AtomicU64, byte: u8, size: usize| {
        let tx = tx.clone();
        fork(move || {
            at.store(1, Ordering::SeqCst);
            tx.send(vec![byte; size]).is_ok()
        })
    };
    let holder = send(at, 1, 1 << 20)?;
    wait_until_blocked(holder.pid(), at, 1)?;
    let waiter = send(behind, 2, 10)?;
    wait_until_blocked(waiter.pid(), behind, 1)?;
    drop(tx);
    waiter.kill()?;
    assert_killed_by(waiter.join(), Signal::SIGKILL);
    assert_eq!(rx.recv()?, vec![1; 1 << 20]);
    assert!(matches!(rx.recv(), Err(Error::Disconnected)));
    assert!(holder.join()?);
    Ok(())
}

/// `n`번째 값의 크기입니다. `limit`보다 작습니다.
fn size(n: usize, limit: usize) -> usize {
    n * 131 % limit
}

/// 버퍼(64 KiB)에 한꺼번에 들어가는 크기와, 나누어야 하는 것이 섞인 크기입니다.
const SMALL: usize = 9_000;
const MIXED: usize = 150_000;

/// 보내는 둘 가운데 하나를 아무 때나 죽입니다. 저마다의 값은 보낸 차례대로, 빠짐없이 앞에서부터입니다.
/// 작은 값만 오갔다면 큐는 망가지지 않습니다.
fn producers_killed_at_any_moment() -> Outcome {
    let mut random = Random::new(0x5eed_0003);
    for (limit, count) in [(SMALL, 4_000), (MIXED, 400)].repeat(40) {
        let (tx, rx) = queue::<(u8, usize, Bytes)>()?;
        let (sent, dead) = (shared_list(2), shared());
        let produce = |id: u8| {
            let tx = tx.clone();
            fork(move || {
                for n in 0..count {
                    // 다 보내 버리면 죽기 앞에 스스로 끝날 수 있습니다.
                    if n == count * 3 / 4 {
                        wait_until(dead, 1);
                    }
                    if let Err(error) = tx.send((id, n, vec![n as u8; size(n, limit)])) {
                        return Err(error.to_string());
                    }
                    sent[usize::from(id)].store(n as u64 + 1, Ordering::SeqCst);
                }
                Ok(())
            })
        };
        let (victim, other) = (produce(0)?, produce(1)?);
        drop(tx);
        let mut next = [0; 2];
        let mut killed = false;
        let when = random.below(count as u64 / 2) as usize;
        let end = loop {
            match rx.recv() {
                Ok((id, n, bytes)) => {
                    assert_eq!(n, next[usize::from(id)]);
                    assert_eq!(bytes.len(), size(n, limit));
                    assert!(bytes.iter().all(|byte| *byte == n as u8));
                    next[usize::from(id)] += 1;
                }
                Err(error) => break error,
            }
            if !killed && next[0] + next[1] > when {
                victim.kill()?;
                dead.store(1, Ordering::SeqCst);
                killed = true;
            }
        };
        // 값이 끊겨 먼저 그만두었어도, 기다리던 이를 놓아줍니다.
        dead.store(1, Ordering::SeqCst);
        drop(rx);
        let broken = match end {
            Error::Disconnected => false,
            Error::Decode { .. } if limit == MIXED => true,
            other => return Err(other.to_string().into()),
        };
        // 보냈다고 적은 것은 잘린 뒤가 아니라면 모두 받았습니다.
        let told = sent.iter().map(|count| count.load(Ordering::SeqCst));
        assert!(
            told.zip(next)
                .all(|(told, got)| got as u64 >= told || broken)
        );
        assert_killed_by(victim.join(), Signal::SIGKILL);
        // 남은 이는 끝까지 보내고 그것이 모두 왔거나, 오류를 받고 그만두었습니다.
        match other.join()? {
            Ok(()) => assert!(broken || next[1] == count),
            Err(told) => assert!(broken, "{told}"),
        }
    }
    Ok(())
}

fn writer_killed_in_a_pipe_message() -> Outcome {
    let mut random = Random::new(0x5eed_0004);
    for _ in 0..48 {
        let (small, large) = cut(&mut random);
        let at = shared();
        let (mut here, mut there) = pipe::<Bytes>()?;
        let writer = fork({
            let small = small.clone();
            move || {
                let sent = small.into_iter().all(|bytes| there.send(bytes).is_ok());
                at.store(1, Ordering::SeqCst);
                sent && there.send(vec![9; large]).is_ok()
            }
        })?;
        wait_until_blocked(writer.pid(), at, 1)?;
        let early = random.below(small.len() as u64 + 1) as usize;
        for bytes in &small[..early] {
            assert_eq!(&here.recv()?, bytes);
        }
        writer.kill()?;
        assert_killed_by(writer.join(), Signal::SIGKILL);
        for bytes in &small[early..] {
            assert_eq!(&here.recv()?, bytes);
        }
        assert!(is_torn(&here.recv()));
        assert!(here.recv().is_err());
        assert!(matches!(here.send(vec![1]), Err(Error::Disconnected)));
    }
    Ok(())
}

/// 하나를 꺼내기 앞과 뒤를 알리는, spawn으로 부르는 받는 이입니다.
fn take_one((rx, ready): (Receiver<u64>, Sender<u64>)) -> u64 {
    ready.send(1).expect("알림");
    rx.recv().unwrap_or(0)
}

/// 값을 기다리는 이는 락을 쥐고 있지만, 죽으면 다음 사람이 물려받습니다.
fn consumer_killed_while_it_waits_for_a_value() -> Outcome {
    for round in 0..2 {
        let (tx, rx) = queue::<u64>()?;
        let (ready, readies) = queue()?;
        let arg = (rx.clone(), ready);
        let consumer = match round {
            0 => fork(move || take_one(arg))?,
            _ => process::spawn(take_one, arg)?,
        };
        assert_eq!(readies.recv()?, 1);
        wait_for_state(consumer.pid(), 'S')?;
        // 뒤에서 락을 기다리던 이가 물려받습니다.
        let at = shared();
        let next = fork({
            let rx = rx.clone();
            move || {
                at.store(1, Ordering::SeqCst);
                rx.recv().map_err(|error| error.to_string())
            }
        })?;
        wait_until_blocked(next.pid(), at, 1)?;
        consumer.kill()?;
        assert_killed_by(consumer.join(), Signal::SIGKILL);
        tx.send(5)?;
        assert_eq!(next.join()??, 5);
        tx.send(6)?;
        assert_eq!(rx.recv()?, 6);
    }
    Ok(())
}

/// 값을 반쯤 꺼내다 죽으면 나머지는 값이 아닙니다. 다른 받는 이는 오류를 받고, 보내는 이도 막혀 있지 않습니다.
fn consumer_killed_in_the_middle_of_a_message() -> Outcome {
    let mut random = Random::new(0x5eed_0005);
    for _ in 0..12 {
        let (tx, rx) = queue::<Bytes>()?;
        let (at, taking) = (shared(), shared());
        let large = (1 << 20) + random.below(1 << 20) as usize;
        let producer = fork(move || {
            at.store(1, Ordering::SeqCst);
            let first = tx.send(vec![1; large]);
            first.and_then(|()| tx.send(vec![2])).is_err()
        })?;
        // 보내는 이를 값 가운데에서 멈추어 두면, 꺼내던 이도 값 가운데에서 막힙니다.
        wait_until_blocked(producer.pid(), at, 1)?;
        signal_to(producer.pid(), Signal::SIGSTOP)?;
        wait_for_state(producer.pid(), 'T')?;
        let consumer = fork({
            let rx = rx.clone();
            move || {
                taking.store(1, Ordering::SeqCst);
                rx.recv().map_or(0, |bytes| bytes.len())
            }
        })?;
        wait_until_blocked(consumer.pid(), taking, 1)?;
        consumer.kill()?;
        assert_killed_by(consumer.join(), Signal::SIGKILL);
        signal_to(producer.pid(), Signal::SIGCONT)?;
        for _ in 0..3 {
            assert!(is_torn(&rx.recv()));
        }
        drop(rx);
        assert!(producer.join()?);
    }
    Ok(())
}

/// 꺼내서 읽다가 이 값이 나오면 죽습니다.
#[derive(Debug, PartialEq)]
struct Fatal(u8);

/// 이 프로세스가 [`Fatal`]에 죽을 차례인지 정합니다.
static MORTAL: AtomicBool = AtomicBool::new(false);

impl BorshSerialize for Fatal {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.0.serialize(writer)
    }
}

impl BorshDeserialize for Fatal {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let value = u8::deserialize_reader(reader)?;
        if value == 13 && MORTAL.load(Ordering::SeqCst) {
            raise(Signal::SIGKILL)?;
        }
        Ok(Fatal(value))
    }
}

/// 바이트를 꺼낸 뒤에 죽으면 그 값 하나만 사라지고, 큐는 그대로 씁니다.
fn consumer_killed_after_it_took_the_bytes() -> Outcome {
    let (tx, rx) = queue::<Fatal>()?;
    for value in [12, 13, 14] {
        tx.send(Fatal(value))?;
    }
    let consumer = fork({
        let rx = rx.clone();
        move || {
            MORTAL.store(true, Ordering::SeqCst);
            rx.iter().count()
        }
    })?;
    assert_killed_by(consumer.join(), Signal::SIGKILL);
    assert_eq!(rx.recv()?, Fatal(14));
    tx.send(Fatal(15))?;
    assert_eq!(rx.recv()?, Fatal(15));
    Ok(())
}

fn consumer_killed_while_it_waits_for_the_lock() -> Outcome {
    let (tx, rx) = queue::<u64>()?;
    let take = || {
        let (rx, at) = (rx.clone(), shared());
        let consumer = fork(move || {
            at.store(1, Ordering::SeqCst);
            rx.recv().map_err(|error| error.to_string())
        })?;
        wait_until_blocked(consumer.pid(), at, 1).map(|()| consumer)
    };
    let (first, second) = (take()?, take()?);
    second.kill()?;
    assert_killed_by(second.join(), Signal::SIGKILL);
    tx.send(1)?;
    assert_eq!(first.join()??, 1);
    tx.send(2)?;
    assert_eq!(rx.recv()?, 2);
    Ok(())
}

/// 받는 둘 가운데 하나를 아무 때나 죽입니다. 두 번 나오는 값은 없고, 사라지는 값은 많아야 하나입니다.
/// 큰 값의 가운데에서 죽었으면 남은 이가 오류로 알게 됩니다.
fn consumers_killed_at_any_moment() -> Outcome {
    let mut random = Random::new(0x5eed_0006);
    for (limit, count) in [(SMALL, 4_000), (MIXED, 400)].repeat(40) {
        let (tx, rx) = queue::<(usize, Bytes)>()?;
        let seen = shared_list(count);
        let (taken, killed) = (shared(), shared());
        let consume = || {
            let rx = rx.clone();
            fork(move || {
                loop {
                    match rx.recv() {
                        Ok((n, bytes)) => {
                            let whole = bytes.len() == size(n, limit)
                                && bytes.iter().all(|byte| *byte == n as u8);
                            seen[n].fetch_add(if whole { 1 } else { 1_000 }, Ordering::SeqCst);
                            taken.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(Error::Disconnected) => return Ok(()),
                        Err(error) => return Err(error.to_string()),
                    }
                }
            })
        };
        let (victim, other) = (consume()?, consume()?);
        drop(rx);
        // 죽이기 앞에 스스로 끝나지 않도록, 죽일 때까지는 보내는 끝을 하나 쥐고 있습니다.
        let open = tx.clone();
        let producer = fork(move || {
            let sent = (0..count).map(|n| {
                // 다 보내 버리면 받는 이가 죽기 앞에 스스로 끝날 수 있습니다.
                if n == count * 3 / 4 {
                    wait_until(killed, 1);
                }
                tx.send((n, vec![n as u8; size(n, limit)]))
            });
            sent.take_while(Result::is_ok).count()
        })?;
        wait_until(taken, 1 + random.below(count as u64 / 2));
        victim.kill()?;
        killed.store(1, Ordering::SeqCst);
        assert_killed_by(victim.join(), Signal::SIGKILL);
        drop(open);
        let broken = other.join()?.is_err();
        let sent = producer.join()?;
        assert!(!broken || limit == MIXED);
        assert!(broken || sent == count);
        assert!(seen.iter().all(|times| times.load(Ordering::SeqCst) <= 1));
        let lost = seen[..sent]
            .iter()
            .filter(|times| times.load(Ordering::SeqCst) == 0)
            .count();
        assert!(broken || lost <= 1, "{lost}개가 사라졌습니다");
    }
    Ok(())
}

/// 받는 끝이 모두 사라지면 막혀 있던 이도, 새로 보내는 이도 오류를 받습니다. `SIGPIPE`로 죽지 않습니다.
pub fn receiver_gone_is_told() -> Outcome {
    let told = |sent: noriteo::Result<()>| matches!(sent, Err(Error::Disconnected));
    let (tx, rx) = queue::<Bytes>()?;
    let at = shared();
    let blocked = fork({
        let tx = tx.clone();
        move || {
            at.store(1, Ordering::SeqCst);
            told(tx.send(vec![0; 4 << 20]))
        }
    })?;
    wait_until_blocked(blocked.pid(), at, 1)?;
    drop(rx);
    assert!(blocked.join()?);
    for size in [0, 1 << 20] {
        assert!(matches!(
            tx.send(vec![0; size]),
            Err(Error::Disconnected | Error::Decode { .. })
        ));
    }
    let (tx, rx) = queue::<Bytes>()?;
    drop(rx);
    assert!(told(tx.send(vec![0; 10])));
    assert!(told(tx.send(vec![0; 1 << 20])));

    let (mut here, mut there) = pipe::<Bytes>()?;
    let at = shared();
    let blocked = fork(move || {
        at.store(1, Ordering::SeqCst);
        told(there.send(vec![0; 4 << 20]))
    })?;
    wait_until_blocked(blocked.pid(), at, 1)?;
    // 받는 이가 죽어도 같습니다.
    let reader = fork(move || here.recv().map_or(0, |bytes| bytes.len()))?;
    reader.kill()?;
    assert_killed_by(reader.join(), Signal::SIGKILL);
    assert!(blocked.join()?);
    let (mut here, there) = pipe::<Bytes>()?;
    drop(there);
    assert!(told(here.send(vec![1])));
    assert!(told(here.send(vec![1; 1 << 20])));
    Ok(())
}

/// 값을 꺼내 가던 이가 사라진 것도 바로 다음에 보낼 때 압니다. 꺼내 간 흔적이 있다고 살아 있는 것은 아닙니다.
fn a_receiver_that_took_values_and_left_is_told_at_once() -> Outcome {
    let gone = |sent: noriteo::Result<()>| matches!(sent, Err(Error::Disconnected));
    // 스스로 끝을 버렸을 때
    let (tx, rx) = queue::<u64>()?;
    tx.send(1)?;
    assert_eq!(rx.recv()?, 1);
    drop(rx);
    assert!(gone(tx.send(2)));
    // 시그널에 죽어 알리지 못했을 때. 거둔 뒤에는 압니다.
    let (tx, rx) = queue::<u64>()?;
    let taken = shared();
    let consumer = fork(move || -> u8 {
        taken.store(rx.recv().unwrap_or(0), Ordering::SeqCst);
        loop {
            std::thread::park();
        }
    })?;
    tx.send(7)?;
    wait_until(taken, 7);
    consumer.kill()?;
    assert_killed_by(consumer.join(), Signal::SIGKILL);
    assert!(gone(tx.send(8)));
    Ok(())
}

/// 자식이 베껴 받은 보내는 끝, 형제가 베껴 받은 끝, 손자가 베껴 받은 끝은 받는 자식을 기다리게 하지 않습니다.
fn forgotten_senders_do_not_keep_a_child_waiting() -> Outcome {
    let (tx, rx) = queue::<u64>()?;
    let quiet = shared();
    // 이 형제는 큐를 옮겨 받지 않았지만, fork는 그 끝들도 베낍니다. 끝까지 살아 있습니다.
    let bystander = fork(move || wait_until(quiet, 1))?;
    let consumer = fork({
        let rx = rx.clone();
        move || -> Result<u64, String> {
            let grandchild = fork(move || wait_until(quiet, 1)).map_err(|e| e.to_string())?;
            let sum = rx.iter().sum();
            quiet.store(1, Ordering::SeqCst);
            grandchild.join().map_err(|e| e.to_string())?;
            Ok(sum)
        }
    })?;
    let late = fork(move || wait_until(quiet, 1))?;
    let producer = fork(move || (1..=10).all(|n| tx.send(n).is_ok()))?;
    assert_eq!(consumer.join()??, 55);
    assert!(producer.join()?);
    bystander.join()?;
    late.join()?;
    // 새로 시작한 프로그램도 넘겨받지 않은 끝을 쥐지 않습니다.
    let (tx, kept) = queue::<u64>()?;
    let (ready, readies) = queue()?;
    let (hold, held) = queue::<u64>()?;
    let stranger = process::spawn(take_one, (held, ready))?;
    assert_eq!(readies.recv()?, 1);
    drop(tx);
    assert!(matches!(kept.recv(), Err(Error::Disconnected)));
    hold.send(3)?;
    assert_eq!(stranger.join()?, 3);
    Ok(())
}

/// 부모가 쥔 보내는 끝은 정말로 더 보낼 수 있는 끝입니다. 버리거나 클로저로 옮길 때까지 받는 이는 기다립니다.
fn a_sender_kept_by_the_parent_is_the_one_that_counts() -> Outcome {
    let (tx, rx) = queue::<u64>()?;
    let consumer = fork(move || rx.iter().sum::<u64>())?;
    tx.send(5)?;
    assert!(!consumer.wait_timeout(Duration::from_millis(1))?);
    drop(tx);
    assert_eq!(consumer.join()?, 5);
    Ok(())
}

/// 자식의 끝은 자식이 끝날 때가 아니라 할 일을 마쳤을 때 닫힙니다. 큰 결과를 쓰느라 아직 살아 있어도,
/// 받는 이는 더 올 것이 없음을 압니다. 그렇지 않으면 결과를 받기 앞에 큐를 비우는 부모는 영영 기다립니다.
///
/// 부모가 복제한 손잡이를 쥔 채 fork하면, 베껴진 메모리에는 그 손잡이도 남아 있습니다.
fn ends_are_closed_when_the_work_is_done() -> Outcome {
    let (tx, rx) = queue::<u64>()?;
    let (back_tx, back_rx) = queue::<Bytes>()?;
    let child = fork({
        let (tx, back_rx) = (tx.clone(), back_rx.clone());
        move || {
            let sent = (1..=10).all(|n| tx.send(n).is_ok());
            // 받는 끝도 그렇습니다. 가득 찬 큐에 보내던 부모가 풀려납니다.
            let first = back_rx.recv().is_ok();
            (sent && first, vec![7u8; 4 << 20])
        }
    })?;
    drop((tx, back_rx));
    back_tx.send(vec![1; 10])?;
    assert_eq!(rx.iter().sum::<u64>(), 55);
    assert!(matches!(
        back_tx.send(vec![1; 1 << 20]),
        Err(Error::Disconnected)
    ));
    let (sent, result) = child.join()?;
    assert!(sent && result.len() == 4 << 20);
    Ok(())
}
