//! 일: 모든 방식이 똑같이 하는 두 가지 일입니다.
//!
//! [`sum`]은 CPU를 쓰는 일(CPU-bound)이고 [`io_sum`]은 기다리는 일(I/O-bound)입니다.
//! 같은 범위에서 두 일의 답은 같습니다.

use std::{
    hint::black_box,
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{
    Error, Result, gil,
    trace::{self, State},
};

/// 한 번에 더하는 수의 개수입니다.
///
/// 블록과 블록 사이에서만 [`gil::checkpoint`]를 지나므로, 락이 없는 방식도 같은 길을 걷습니다.
pub const BLOCK: u64 = 4096;

/// 기록하는 동안, 이만큼의 블록마다 코어를 빼앗겼는지 봅니다. 0.1–0.2 ms에 한 번쯤입니다.
const BLOCKS_A_LOOK: u64 = 64;

/// 범위의 수를 모두 더합니다. 끝의 수는 더하지 않습니다.
///
/// 컴파일러가 덧셈을 공식으로 바꾸지 못하도록 [`black_box`]로 가립니다.
/// 답이 `u64`를 넘으면 2⁶⁴으로 나눈 나머지가 됩니다. 미리 알아보려면 [`expected`]를 부릅니다.
///
/// ```
/// assert_eq!(noriteo::work::sum(0..101), 5050);
/// ```
pub fn sum(range: Range<u64>) -> u64 {
    let Range { mut start, end } = range;
    let mut total: u64 = 0;
    let mut blocks: u64 = 0;
    while start < end {
        if blocks.is_multiple_of(BLOCKS_A_LOOK) {
            trace::look();
        }
        blocks += 1;
        let stop = end.min(start.saturating_add(BLOCK));
        total = sum_block(total, start..stop);
        start = stop;
        gil::checkpoint();
    }
    total
}

/// 모든 방식이 부르는 하나뿐인 핵심 반복문입니다.
///
/// 인라인하면 부르는 곳마다 코드의 자리가 달라져 속도가 두 배까지 벌어집니다.
#[inline(never)]
fn sum_block(mut total: u64, block: Range<u64>) -> u64 {
    for i in block {
        total = black_box(total.wrapping_add(i));
    }
    total
}

/// 범위의 합을 공식으로 구합니다. 검산에 씁니다.
///
/// ```
/// assert_eq!(noriteo::work::expected(0..100_000_000)?, 4_999_999_950_000_000);
/// # Ok::<(), noriteo::Error>(())
/// ```
///
/// # Errors
/// 합이 `u64`에 들어가지 않으면 [`Error::BadInput`]입니다.
pub fn expected(range: Range<u64>) -> Result<u64> {
    if range.is_empty() {
        return Ok(0);
    }
    let (start, end) = (u128::from(range.start), u128::from(range.end));
    // (처음 + 마지막) × 개수 ÷ 2. 두 수는 2⁶⁵ 미만과 2⁶⁴ 이하여서 곱이 2¹²⁹을 넘을 수 있습니다.
    // 둘 가운데 하나는 짝수이므로 먼저 나눕니다.
    let (ends, count) = (start + end - 1, end - start);
    let total = if ends % 2 == 0 {
        ends / 2 * count
    } else {
        ends * (count / 2)
    };
    u64::try_from(total).map_err(|_| Error::BadInput {
        message: format!(
            "{}부터 {} 앞까지의 합이 2^64을 넘습니다. 범위를 줄여 주세요(0부터라면 {MAX_SIZE}까지)",
            range.start, range.end
        ),
    })
}

/// 0부터 더할 때 합이 `u64`에 들어가는 가장 큰 끝입니다.
pub const MAX_SIZE: u64 = 6_074_001_000;

/// 범위를 `n`개의 이어진 조각으로 거의 똑같이 나눕니다.
///
/// 조각들은 겹치지 않고 빈틈없이 범위를 덮으며, 길이는 많아야 1 차이 납니다.
/// 수보다 조각이 많으면 뒤의 조각은 비어 있습니다. `0..u64::MAX`도 나눌 수 있습니다.
///
/// ```
/// let parts: Vec<_> = noriteo::work::split(0..10, 3).collect();
/// assert_eq!(parts, [0..4, 4..7, 7..10]);
/// ```
///
/// # Panics
/// `n`이 0이면 패닉합니다.
pub fn split(range: Range<u64>, n: usize) -> impl ExactSizeIterator<Item = Range<u64>> {
    assert!(n > 0, "나눌 조각은 1개 이상이어야 합니다");
    let length = range.end.saturating_sub(range.start);
    let (each, extra) = (length / n as u64, length % n as u64);
    // i번째 조각 앞에는 i개의 조각이 있고, 앞쪽 `extra`개는 하나씩 더 깁니다.
    let offset = move |i: u64| range.start + each * i + i.min(extra);
    (0..n).map(move |i| offset(i as u64)..offset(i as u64 + 1))
}

/// 기다리는 일: 범위의 수마다 `addr`의 [`Responder`]에 묻고, 대답을 모두 더합니다.
///
/// 물음 하나는 8바이트를 쓰고 8바이트를 읽는 진짜 막히는(blocking) 입출력입니다.
/// 읽는 동안 GIL을 놓습니다([`gil::allow_threads`]). 답은 [`sum`]과 같습니다.
///
/// # Errors
/// 잇거나 읽고 쓰지 못하면 [`Error::Os`]입니다.
pub fn io_sum(range: Range<u64>, addr: SocketAddr) -> Result<u64> {
    if range.is_empty() {
        return Ok(0);
    }
    let talk = || -> io::Result<u64> {
        let mut stream = gil::allow_threads(|| TcpStream::connect(addr))?;
        stream.set_nodelay(true)?;
        let mut total: u64 = 0;
        for i in range.clone() {
            stream.write_all(&i.to_le_bytes())?;
            let mut answer = [0; 8];
            gil::allow_threads(|| trace::during(State::Io, || stream.read_exact(&mut answer)))?;
            total = total.wrapping_add(u64::from_le_bytes(answer));
        }
        Ok(total)
    };
    talk().map_err(|source| Error::os(format!("{addr}에 묻지 못했습니다"), source))
}

/// 물음에 조금 늦게 대답하는 상대입니다. 느린 서버나 디스크를 대신합니다.
///
/// 127.0.0.1에서 기다리고, 이어 온 상대마다 스레드 하나가 대답합니다.
/// 버리면 모든 연결을 끊고 스레드를 거둡니다.
pub struct Responder {
    addr: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    in_flight: AtomicUsize,
    max_in_flight: AtomicUsize,
}

impl Responder {
    /// 물음을 받고 `delay`가 지난 뒤에 대답하는 상대를 세웁니다.
    ///
    /// # Errors
    /// 소켓이나 스레드를 만들지 못하면 [`Error::Os`]입니다.
    pub fn start(delay: Duration) -> Result<Responder> {
        let failed = |source| Error::os("대답할 상대를 세우지 못했습니다", source);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared::default());
        let accepting = thread::Builder::new()
            .name("responder".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || accept_all(&listener, delay, &shared)
            })
            .map_err(failed)?;
        Ok(Responder {
            addr,
            shared,
            accepting: Some(accepting),
        })
    }

    /// 물어볼 주소입니다.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// 대답을 기다리는 물음이 한꺼번에 가장 많았을 때의 수입니다.
    pub fn max_in_flight(&self) -> usize {
        self.shared.max_in_flight.load(Ordering::SeqCst)
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // 막혀 있는 accept를 깨웁니다.
        let woken = TcpStream::connect(self.addr);
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            let _ = accepting.join();
        }
    }
}

fn accept_all(listener: &TcpListener, delay: Duration, shared: &Arc<Shared>) {
    let mut clients = Vec::new();
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = stream else { continue };
        let Ok(ours) = stream.try_clone() else {
            continue;
        };
        let shared = Arc::clone(shared);
        if let Ok(handle) = thread::Builder::new().spawn(move || answer_all(stream, delay, &shared))
        {
            clients.push((ours, handle));
        }
        // 떠난 상대의 소켓을 쥐고 있지 않습니다.
        clients.retain(|(_, handle)| !handle.is_finished());
    }
    for (stream, handle) in clients {
        let _ = stream.shutdown(Shutdown::Both);
        let _ = handle.join();
    }
}

fn answer_all(mut stream: TcpStream, delay: Duration, shared: &Shared) {
    let mut question = [0; 8];
    let _ = stream.set_nodelay(true);
    while stream.read_exact(&mut question).is_ok() {
        let now = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        shared.max_in_flight.fetch_max(now, Ordering::SeqCst);
        thread::sleep(delay);
        shared.in_flight.fetch_sub(1, Ordering::SeqCst);
        if stream.write_all(&question).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_covers_the_widest_range() {
        let parts: Vec<_> = split(0..u64::MAX, 3).collect();
        assert_eq!(parts[0].start, 0);
        assert_eq!(parts[2].end, u64::MAX);
        assert!(parts.windows(2).all(|two| two[0].end == two[1].start));
        assert_eq!(split(5..5, 4).filter(|part| !part.is_empty()).count(), 0);
        assert_eq!(split(0..u64::MAX, usize::MAX).len(), usize::MAX);
    }

    #[test]
    fn the_largest_size_is_the_last_that_fits() {
        assert!(expected(0..MAX_SIZE).is_ok());
        assert!(expected(0..MAX_SIZE + 1).is_err());
        assert!(expected(0..u64::MAX).is_err());
        assert_eq!(expected(u64::MAX - 1..u64::MAX).ok(), Some(u64::MAX - 1));
    }

    #[test]
    fn responder_answers_and_stops() -> Result<()> {
        let responder = Responder::start(Duration::ZERO)?;
        assert_eq!(io_sum(0..10, responder.addr())?, 45);
        assert_eq!(responder.max_in_flight(), 1);
        let addr = responder.addr();
        drop(responder);
        assert!(io_sum(0..10, addr).is_err());
        Ok(())
    }
}
