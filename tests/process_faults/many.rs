//! 많고 클 때: 64 MiB 값, 값 백만 개, 여러 보내는 이와 받는 이, 프로세스 오천 개.

use libtest_mimic::Trial;
use noriteo::process::{self, JoinHandle, Receiver, Sender, fork, pipe, queue};

use crate::{
    support::Outcome,
    world::{faults, shared_list},
};

pub fn entries() {
    process::entry(checksum);
    process::entry(double);
    process::entry(large_result);
    process::entry(produce);
    process::entry(consume);
}

pub fn tests() -> Vec<Trial> {
    faults![
        a_64_mib_message_on_every_road,
        a_large_result_is_joined_before_anything_is_drained,
        a_million_small_messages,
        eight_producers_and_four_consumers,
        five_thousand_forks_in_a_row,
        five_thousand_spawns_in_a_row,
        forks_four_deep,
    ]
}

const LARGE: usize = 64 << 20;

/// 어느 바이트가 바뀌거나 자리를 옮겨도 달라지는 값입니다(FNV-1a를 8바이트씩).
fn checksum(bytes: Vec<u8>) -> (u64, u64) {
    let words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let hash = words.fold(0xcbf2_9ce4_8422_2325, |hash: u64, word| {
        (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (bytes.len() as u64, hash)
}

fn large() -> Vec<u8> {
    let mut state = 0x5eed_0007u64;
    let mut bytes = Vec::with_capacity(LARGE);
    while bytes.len() < LARGE {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

fn large_result(_: u8) -> Vec<u8> {
    large()
}

fn double(n: u64) -> u64 {
    n * 2
}

fn a_64_mib_message_on_every_road() -> Outcome {
    let bytes = large();
    let expected = checksum(bytes.clone());
    assert_eq!(expected.0, LARGE as u64);
    // 큐
    let (tx, rx) = queue()?;
    let child = fork(move || rx.recv().map(checksum).map_err(|error| error.to_string()))?;
    tx.send(bytes.clone())?;
    assert_eq!(child.join()??, expected);
    // 파이프
    let (mut here, mut there) = pipe()?;
    let child = fork(move || {
        there
            .recv()
            .map(checksum)
            .map_err(|error| error.to_string())
    })?;
    here.send(bytes.clone())?;
    assert_eq!(child.join()??, expected);
    // spawn의 인자
    assert_eq!(process::spawn(checksum, bytes)?.join()?, expected);
    // 결과
    assert_eq!(checksum(fork(large)?.join()?), expected);
    assert_eq!(checksum(process::spawn(large_result, 0)?.join()?), expected);
    Ok(())
}

/// 파이썬이라면 막히는 차례입니다. 자식 여럿의 큰 결과를, 아무것도 먼저 꺼내지 않고 낳은 거꾸로 join합니다.
fn a_large_result_is_joined_before_anything_is_drained() -> Outcome {
    let children: Vec<JoinHandle<Vec<u8>>> = (0..8u8)
        .map(|id| fork(move || vec![id; 4 << 20]))
        .collect::<Result<_, _>>()?;
    for (id, child) in (0..8u8).zip(children).rev() {
        let bytes = child.join()?;
        assert!(bytes.len() == 4 << 20 && bytes.iter().all(|byte| *byte == id));
    }
    Ok(())
}

fn a_million_small_messages() -> Outcome {
    const COUNT: u64 = 1_000_000;
    let (tx, rx) = queue::<u64>()?;
    let producer = fork(move || (0..COUNT).all(|n| tx.send(n).is_ok()))?;
    let mut next = 0;
    for n in &rx {
        assert_eq!(n, next);
        next += 1;
    }
    assert_eq!(next, COUNT);
    assert!(producer.join()?);
    Ok(())
}

const EACH: u64 = 2_000;

type Message = (u64, u64, Vec<u8>);

/// 길이가 파이프의 원자적 쓰기(4096바이트)를 넘나듭니다.
fn size(n: u64) -> usize {
    (n % 97 * 90) as usize
}

fn produce((id, tx): (u64, Sender<Message>)) -> bool {
    (0..EACH).all(|n| tx.send((id, n, vec![id as u8; size(n)])).is_ok())
}

fn consume((rx, seen): (Receiver<Message>, Sender<(u64, u64)>)) -> bool {
    rx.iter().all(|(id, n, bytes)| {
        bytes.len() == size(n)
            && bytes.iter().all(|byte| u64::from(*byte) == id)
            && seen.send((id, n)).is_ok()
    })
}

/// 하나도 사라지지 않고 두 번 나오지도 않습니다. fork와 spawn이 같은 큐를 함께 씁니다.
fn eight_producers_and_four_consumers() -> Outcome {
    let (tx, rx) = queue()?;
    let (seen, all) = queue()?;
    let mut children = Vec::new();
    for id in 0..8 {
        let arg = (id, tx.clone());
        children.push(match id % 4 {
            0 => process::spawn(produce, arg)?,
            _ => fork(move || produce(arg))?,
        });
    }
    for id in 0..4 {
        let arg = (rx.clone(), seen.clone());
        children.push(match id {
            0 => process::spawn(consume, arg)?,
            _ => fork(move || consume(arg))?,
        });
    }
    drop((tx, rx, seen));
    let mut times = vec![0u32; (8 * EACH) as usize];
    for (id, n) in &all {
        times[(id * EACH + n) as usize] += 1;
    }
    assert!(times.iter().all(|times| *times == 1));
    for child in children {
        assert!(child.join()?);
    }
    Ok(())
}

fn five_thousand_forks_in_a_row() -> Outcome {
    for n in 0..5_000u64 {
        assert_eq!(fork(move || n * 2)?.join()?, n * 2);
    }
    Ok(())
}

fn five_thousand_spawns_in_a_row() -> Outcome {
    for n in 0..5_000u64 {
        assert_eq!(process::spawn(double, n)?.join()?, n * 2);
    }
    Ok(())
}

fn forks_four_deep() -> Outcome {
    fn deeper(
        depth: usize,
        pids: &'static [std::sync::atomic::AtomicU64],
    ) -> Result<Vec<u32>, String> {
        let me = std::process::id();
        pids[depth].store(u64::from(me), std::sync::atomic::Ordering::SeqCst);
        let mut path = vec![me];
        if depth < 4 {
            let child = fork(move || deeper(depth + 1, pids)).map_err(|e| e.to_string())?;
            let pid = child.pid();
            let below = child.join().map_err(|e| e.to_string())??;
            assert_eq!(below.first(), Some(&pid));
            path.extend(below);
        }
        Ok(path)
    }
    let pids = shared_list(5);
    let path = deeper(0, pids)?;
    let seen: Vec<_> = pids
        .iter()
        .map(|pid| pid.load(std::sync::atomic::Ordering::SeqCst) as u32)
        .collect();
    assert_eq!(path, seen);
    let different: std::collections::BTreeSet<_> = path.iter().collect();
    assert_eq!(different.len(), 5);
    // 맨 아래에서 난 패닉의 말도 한 켜씩 올라옵니다.
    fn fall(depth: usize) -> u8 {
        if depth == 4 {
            panic!("맨 아래에서 넘어졌습니다");
        }
        match fork(move || fall(depth + 1)).and_then(JoinHandle::join) {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }
    let told = fork(|| fall(1))?
        .join()
        .err()
        .ok_or("패닉이 사라졌습니다")?;
    assert!(told.to_string().contains("맨 아래에서 넘어졌습니다"));
    Ok(())
}
