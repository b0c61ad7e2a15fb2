//! 다른 프로세스에서 온 바이트는 믿지 않습니다. 엉터리를 백만 번 넘게 읽혀 봅니다.
//!
//! 무엇이 오든 패닉하지 않고, 값이 아닌 것은 값이 되지 않고, 온 바이트에 견주어 메모리를 지나치게 잡지 않습니다.
//! 메모리는 이 프로그램의 할당자가 정말로 셉니다.
//!
//! # 메모리의 한계
//! 길이가 `n`인 봉투를 읽어 값으로 만드는 동안 잡은 메모리는 `FIXED + k * n`을 넘지 않습니다.
//! - [`FIXED`]: 길이만 보고 먼저 잡는 것입니다. 봉투를 읽을 때 많아야 1 MiB, 바이트 목록과 글을 만들 때 많아야 1 MiB,
//!   다른 목록을 만들 때 많아야 4096바이트입니다(borsh). 둘이 겹치지는 않습니다. 봉투가 거짓이면 값을 만들지 않습니다.
//! - `k`: 봉투 자체의 두 배와, 원소 하나의 크기를 그 원소의 가장 짧은 바이트로 나눈 것의 다섯 배입니다
//!   ([`Kind::per_byte`]). 목록은 배로 자라며 자라는 동안 옛것과 새것이 함께 있고, 맵은 목록을 거쳐 만들어집니다.

mod support;

#[cfg(unix)]
#[path = "../src/process/sigpipe.rs"]
#[allow(dead_code, reason = "wire가 쓰는 것만 씁니다")]
mod sigpipe;
#[path = "../src/process/wire.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "크레이트 안에서만 쓰는 것도 있습니다. 그 안의 단위 시험은 여기에서 돌지 않습니다"
)]
mod wire;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    any::type_name,
    collections::{BTreeMap, HashMap},
    env,
    io::{self, ErrorKind, Read},
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
};

use borsh::{BorshDeserialize, BorshSerialize};
use libtest_mimic::Trial;
use noriteo::{Error, Result, measure::evidence::Evidence};

use crate::support::Outcome;

fn main() -> ExitCode {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "더하는 것이 없습니다"))]
    let mut tests = vec![Trial::test(
        "a_million_frames_of_garbage",
        a_million_frames_of_garbage,
    )];
    #[cfg(unix)]
    tests.extend(support::tests![
        through_a::garbage_through_a_pipe,
        through_a::garbage_through_a_queue,
        through_a::garbage_as_a_result,
    ]);
    // 할당자까지 그만두게 하는 잘못이면 아래의 시험이 알릴 틈이 없으므로 먼저 적습니다.
    println!("씨앗 {} (NORITEO_TEST_SEED로 바꿉니다)", seed());
    support::run_mimic(tests)
}

/// 잡은 메모리를 세는 할당자입니다.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn gained(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: 모든 것을 System에 그대로 맡기고 수만 셉니다.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        gained(layout.size());
        // SAFETY: 부른 이가 System의 조건을 지킵니다.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        gained(layout.size());
        // SAFETY: 위와 같습니다.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: 위와 같습니다.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // 자리를 옮기는 동안 옛것과 새것이 함께 있다고 보고, 모자라게 세지 않습니다.
        gained(size);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: 위와 같습니다.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// 무엇인가와, 그것을 하는 동안 더 잡은 메모리의 가장 큰 값(바이트)입니다.
type Counted<R> = (R, usize);

/// `f`를 부르는 동안 더 잡은 메모리의 가장 큰 값(바이트)을 함께 돌려줍니다.
fn counted<R>(f: impl FnOnce() -> R) -> Counted<R> {
    let base = NOW.load(Ordering::Relaxed);
    PEAK.store(base, Ordering::Relaxed);
    let result = f();
    (result, PEAK.load(Ordering::Relaxed) - base)
}

/// 온 것이 없어도 잡을 수 있는 메모리(바이트)입니다. 1 MiB 말고는 오류의 글과 할당 몇 번의 자리입니다.
const FIXED: usize = (1 << 20) + 8_192;

/// 씨앗이 같으면 같은 수가 나오는 난수입니다(splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// 마음대로 하나 만들어 보는 값입니다.
trait Sample {
    fn sample(random: &mut Random) -> Self;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Sample for $number {
            fn sample(random: &mut Random) -> Self {
                random.next() as $number
            }
        }
    )*};
}
numbers!(u8, u64);

impl Sample for String {
    fn sample(random: &mut Random) -> Self {
        let letters = ['a', 'é', '놀', '🛝'];
        (0..random.below(12))
            .map(|_| letters[random.below(4)])
            .collect()
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(random: &mut Random) -> Self {
        (0..random.below(10)).map(|_| T::sample(random)).collect()
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(random: &mut Random) -> Self {
        (random.below(3) > 0).then(|| T::sample(random))
    }
}

impl<T: Sample, E: Sample> Sample for std::result::Result<T, E> {
    fn sample(random: &mut Random) -> Self {
        match random.below(2) {
            0 => Ok(T::sample(random)),
            _ => Err(E::sample(random)),
        }
    }
}

impl<A: Sample, B: Sample, C: Sample> Sample for (A, B, C) {
    fn sample(random: &mut Random) -> Self {
        (A::sample(random), B::sample(random), C::sample(random))
    }
}

impl<K: Sample + Ord, V: Sample> Sample for BTreeMap<K, V> {
    fn sample(random: &mut Random) -> Self {
        let pair = |_| (K::sample(random), V::sample(random));
        (0..6).map(pair).collect()
    }
}

impl<K: Sample + Eq + std::hash::Hash, V: Sample> Sample for HashMap<K, V> {
    fn sample(random: &mut Random) -> Self {
        let pair = |_| (K::sample(random), V::sample(random));
        (0..6).map(pair).collect()
    }
}

/// 읽은 값을 다시 바이트로 바꾼 것과, 읽으며 잡은 메모리입니다.
type Reread = Counted<Result<Vec<u8>>>;

/// 읽어 볼 타입 하나입니다.
struct Kind {
    name: &'static str,
    /// 봉투의 내용으로 쓸, 참인 값의 바이트를 만듭니다.
    sample: fn(&mut Random) -> Vec<u8>,
    /// 봉투를 읽어 값으로 만들고, 그 값을 다시 바이트로 바꾼 것을 돌려줍니다. 잡은 메모리(바이트)도 셉니다.
    read: fn(&[u8], Chop) -> Reread,
    /// 온 바이트 하나에 잡을 수 있는 메모리(바이트)입니다.
    per_byte: usize,
    /// 원소 하나의 가장 짧은 바이트가 모두 0일 때의 길이입니다. 목록이 아니면 0입니다.
    shortest: usize,
    #[cfg(unix)]
    roads: [through_a::Road; 3],
}

fn kind<T, E>(shortest: usize) -> Kind
where
    T: BorshSerialize + BorshDeserialize + Sample + 'static,
{
    Kind {
        name: type_name::<T>(),
        sample: |random| borsh::to_vec(&T::sample(random)).expect("메모리에 씁니다"),
        read: |frame, chop| {
            let (read, peak) = counted(|| {
                let payload = wire::read(Chopped { rest: frame, chop })?;
                wire::decode::<T>(&payload)
            });
            (
                read.map(|value| borsh::to_vec(&value).expect("메모리에 씁니다")),
                peak,
            )
        },
        per_byte: 2 + 5 * size_of::<E>().div_ceil(shortest.max(1)),
        shortest,
        #[cfg(unix)]
        roads: through_a::roads::<T>(),
    }
}

/// 마지막 둘은 온 바이트에 견주어 메모리를 가장 많이 잡는 타입입니다.
fn kinds() -> Vec<Kind> {
    vec![
        kind::<u8, ()>(0),
        kind::<u64, ()>(0),
        kind::<String, u8>(1),
        kind::<Vec<u64>, u64>(8),
        kind::<Vec<String>, String>(4),
        kind::<Option<std::result::Result<u64, String>>, u8>(0),
        kind::<(u8, String, Vec<u64>), u64>(0),
        kind::<BTreeMap<u64, String>, (u64, String)>(12),
        kind::<HashMap<String, u64>, (String, u64)>(12),
        kind::<Vec<Vec<u8>>, Vec<u8>>(4),
        kind::<
            Vec<Option<std::result::Result<u64, String>>>,
            Option<std::result::Result<u64, String>>,
        >(1),
    ]
}

/// 바이트를 어떻게 토막 내어 주는지입니다.
#[derive(Clone, Copy, Debug)]
enum Chop {
    Whole,
    /// 한 번에 이만큼까지만 주고, 줄 때마다 앞서 한 번은 시그널에 끊깁니다.
    Pieces(usize, bool),
}

/// 파이프처럼 토막 내어 주고 끊기기도 하는 바이트입니다.
struct Chopped<'a> {
    rest: &'a [u8],
    chop: Chop,
}

impl Read for Chopped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = match &mut self.chop {
            Chop::Whole => buffer.len(),
            Chop::Pieces(size, broken) => {
                *broken = !*broken;
                if *broken {
                    return Err(ErrorKind::Interrupted.into());
                }
                buffer.len().min(*size)
            }
        };
        self.rest.read(&mut buffer[..most])
    }
}

/// 이 바이트들이 어떻게 읽혀야 하는지입니다.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// 참인 값이므로 그대로 나와야 합니다.
    Value,
    /// 값이 되어서는 안 됩니다.
    Error,
    /// 우연히 값일 수도 있습니다.
    Either,
}

/// 봉투의 내용을 하나 만듭니다.
fn payload(kind: &Kind, random: &mut Random) -> (Vec<u8>, Fate) {
    let mut bytes = (kind.sample)(random);
    let huge = [u32::MAX, 1 << 31, 1 << 20, 65_536, random.next() as u32];
    let at = random.below(bytes.len());
    match random.below(16) {
        0 | 1 => return (bytes, Fate::Value),
        // 아무 바이트
        2 | 3 => {
            let longest = if random.below(50) == 0 { 4_096 } else { 64 };
            let length = random.below(longest);
            return (random.bytes(length), Fate::Either);
        }
        // 뒤집힌 비트
        4..=6 => {
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        // 잘림: 어느 타입의 바이트도 다른 값의 바이트의 앞머리가 아닙니다.
        7 | 8 => {
            bytes.truncate(at);
            return (bytes, Fate::Error);
        }
        // 덧붙음
        9 => {
            let more = 1 + random.below(20);
            bytes.extend(random.bytes(more));
            return (bytes, Fate::Error);
        }
        // 두 번 나옴
        10 => {
            let end = at + random.below(bytes.len() - at);
            let twice = bytes[at..end].to_vec();
            bytes.splice(at..at, twice);
        }
        // 두 값이 이어짐
        11 => {
            let other = (kind.sample)(random);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.below(other.len())..]);
        }
        // 터무니없는 길이
        12 | 13 => {
            let length = huge[random.below(huge.len())].to_le_bytes();
            let at = if random.below(2) == 0 { 0 } else { at };
            let end = (at + 4).min(bytes.len());
            bytes.splice(at..end, length);
        }
        // 가장 짧은 원소가 빽빽함. 드물게 길게 합니다.
        _ => {
            let longest = if random.below(500) == 0 { 60_000 } else { 400 };
            let count = random.below(longest);
            let claimed = count + [0, 0, 1, 1_000_000][random.below(4)];
            bytes = (claimed as u32).to_le_bytes().to_vec();
            bytes.resize(4 + count * kind.shortest.max(1), 0);
        }
    }
    (bytes, Fate::Either)
}

/// 내용을 봉투에 담습니다. 봉투도 넷에 하나는 엉터리입니다.
fn frame(payload: &[u8], fate: Fate, random: &mut Random) -> (Vec<u8>, Fate) {
    let length = payload.len() as u64;
    let mut frame = length.to_le_bytes().to_vec();
    frame.extend_from_slice(payload);
    match random.below(24) {
        0 => {
            frame.truncate(random.below(frame.len()));
            return (frame, Fate::Error);
        }
        1..=3 => {
            let more = [
                1,
                1 + random.next() % 4_096,
                1 << 20,
                1 << 40,
                u64::MAX - length,
            ];
            let claimed = length + more[random.below(more.len())];
            frame[..8].copy_from_slice(&claimed.to_le_bytes());
            return (frame, Fate::Error);
        }
        4 if length > 0 => {
            let claimed = random.next() % length;
            frame[..8].copy_from_slice(&claimed.to_le_bytes());
            // 참인 값의 앞머리는 값이 아닙니다.
            let fate = if fate == Fate::Value {
                Fate::Error
            } else {
                Fate::Either
            };
            return (frame, fate);
        }
        5 => {
            let length = random.below(30);
            return (random.bytes(length), Fate::Either);
        }
        _ => {}
    }
    (frame, fate)
}

fn seed() -> u64 {
    let given = env::var("NORITEO_TEST_SEED").ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(0x5eed_0010)
}

/// 읽은 것이 그래야 했던 대로인지 봅니다.
fn judge(
    kind: &Kind,
    payload: &[u8],
    length: usize,
    fate: Fate,
    (read, peak): Reread,
) -> std::result::Result<(), String> {
    let bound = FIXED + kind.per_byte * length;
    if peak > bound {
        return Err(format!(
            "{length}바이트에 {peak}바이트를 잡았습니다(한계 {bound})"
        ));
    }
    match (&read, fate) {
        (Ok(again), Fate::Value) if again == payload => Ok(()),
        (Ok(_), Fate::Either) => Ok(()),
        (Err(Error::Decode { .. }), Fate::Error | Fate::Either) => Ok(()),
        // 빈 봉투의 앞이 잘려 아무것도 오지 않은 것입니다.
        (Err(Error::Disconnected), Fate::Error | Fate::Either) if length == 0 => Ok(()),
        _ => Err(format!("{fate:?}여야 하는데 {read:?}입니다")),
    }
}

/// 패닉을 그 말로 바꿉니다.
fn caught<R>(f: impl FnOnce() -> R) -> std::result::Result<R, String> {
    panic::catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let literal = || {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        };
        format!("패닉: {}", text.or_else(literal).unwrap_or_default())
    })
}

const CASES: usize = 1_100_000;

fn a_million_frames_of_garbage() -> Outcome {
    let (kinds, seed) = (kinds(), seed());
    let mut random = Random(seed);
    let mut values = vec![[0usize; 2]; kinds.len()];
    let (mut tiny, mut per_byte, mut panics) = (0usize, 0f64, 0usize);
    let mut problems = Vec::new();
    for case in 0..CASES {
        let which = case % kinds.len();
        let kind = &kinds[which];
        let (payload, fate) = payload(kind, &mut random);
        let (frame, fate) = frame(&payload, fate, &mut random);
        let chop = match random.below(4) {
            0 => Chop::Pieces(1 + random.below(9), random.below(2) == 0),
            _ => Chop::Whole,
        };
        let length = frame.len();
        let result = caught(|| (kind.read)(&frame, chop));
        let judged = result.and_then(|result| {
            values[which][usize::from(result.0.is_ok())] += 1;
            if length <= 16 {
                tiny = tiny.max(result.1);
            }
            if length >= 10_000 {
                let over = result.1.saturating_sub(FIXED);
                per_byte = per_byte.max(over as f64 / length as f64);
            }
            judge(kind, &payload, length, fate, result)
        });
        if let Err(problem) = judged {
            panics += usize::from(problem.starts_with("패닉"));
            if problems.len() < 10 {
                problems.push(format!(
                    "씨앗 {seed}, 사례 {case}, {}: {problem}: {:?}",
                    kind.name,
                    &frame[..length.min(40)]
                ));
            }
        }
    }
    // 늘 오류만 나거나 늘 값만 나왔다면 시험한 것이 없습니다.
    for (kind, [errors, values]) in kinds.iter().zip(&values) {
        assert!(
            *errors > 10_000 && *values > 5_000,
            "{}: 오류 {errors}, 값 {values}",
            kind.name
        );
    }
    support::evidence(
        "process_garbage",
        &[
            Evidence::new(
                "process_garbage",
                "엉터리일 수 있는 봉투를 읽은 횟수",
                CASES as f64,
                "번",
            )
            .at_least(1e6),
            Evidence::new(
                "process_garbage",
                "그것들을 읽다가 난 패닉",
                panics as f64,
                "번",
            )
            .equals(0.0),
            Evidence::new(
                "process_garbage",
                "16바이트까지의 봉투 하나를 읽으며 잡은 가장 큰 메모리",
                tiny as f64,
                "바이트",
            )
            .at_most((FIXED + 16 * most_per_byte(&kinds)) as f64),
            Evidence::new(
                "process_garbage",
                "그보다 더 잡은 메모리를 온 바이트로 나눈 것(1만 바이트부터)",
                per_byte,
                "바이트/바이트",
            )
            .within(1.0, most_per_byte(&kinds) as f64),
        ],
    )?;
    support::all_clear(problems)
}

fn most_per_byte(kinds: &[Kind]) -> usize {
    kinds.iter().map(|kind| kind.per_byte).max().unwrap_or(0)
}

/// 크레이트의 길로 건너온 엉터리입니다. 값이 아니어도 다음 값은 그대로 옵니다.
#[cfg(unix)]
mod through_a {
    use std::io::{self, Read, Write};

    use borsh::{BorshDeserialize, BorshSerialize};
    use libtest_mimic::Failed;
    use noriteo::{
        Result,
        process::{fork, pipe, queue},
    };

    use super::{Counted, Kind, Random, caught, counted, judge, kinds, payload, seed};
    use crate::support::Outcome;

    /// 보낼 때에는 아무 바이트나 쓰고, 받을 때에는 `T`로 읽는 값입니다.
    struct Disguise<T> {
        bytes: Vec<u8>,
        value: Option<T>,
    }

    impl<T> Disguise<T> {
        fn new(bytes: Vec<u8>) -> Disguise<T> {
            Disguise { bytes, value: None }
        }
    }

    impl<T> BorshSerialize for Disguise<T> {
        fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
            writer.write_all(&self.bytes)
        }
    }

    impl<T: BorshDeserialize> BorshDeserialize for Disguise<T> {
        fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
            Ok(Disguise {
                bytes: Vec::new(),
                value: Some(T::deserialize_reader(reader)?),
            })
        }
    }

    /// 길 하나에 타입마다 보내는 수입니다.
    const EACH: usize = 3_000;

    /// 아무도 꺼내지 않아도 파이프에 다 들어가는 길이입니다.
    const FITS: usize = 32_768;

    pub type Road = fn(&Kind, &mut Random) -> Outcome;

    pub fn garbage_through_a_pipe() -> Outcome {
        every_kind(|kind| kind.roads[0])
    }

    pub fn garbage_through_a_queue() -> Outcome {
        every_kind(|kind| kind.roads[1])
    }

    pub fn garbage_as_a_result() -> Outcome {
        every_kind(|kind| kind.roads[2])
    }

    fn every_kind(road: fn(&Kind) -> Road) -> Outcome {
        let seed = seed();
        for kind in &kinds() {
            let told = road(kind)(kind, &mut Random(seed));
            told.map_err(|failed| {
                let why = failed.message().unwrap_or_default().to_owned();
                Failed::from(format!("씨앗 {seed}, {}: {why}", kind.name))
            })?;
        }
        Ok(())
    }

    pub fn roads<T>() -> [Road; 3]
    where
        T: BorshSerialize + BorshDeserialize + 'static,
    {
        [by_pipe::<T>, by_queue::<T>, as_result::<T>]
    }

    /// 하나를 만들어 건너편에서 받아 보고 판정합니다.
    fn cross<T: BorshSerialize>(
        kind: &Kind,
        random: &mut Random,
        road: impl FnOnce(Disguise<T>) -> std::result::Result<Counted<Result<Disguise<T>>>, Failed>,
    ) -> Outcome {
        let (bytes, fate) = loop {
            let (bytes, fate) = payload(kind, random);
            if bytes.len() <= FITS {
                break (bytes, fate);
            }
        };
        let (read, peak) = caught(|| road(Disguise::new(bytes.clone())))??;
        let again = read.map(|disguise| borsh::to_vec(&disguise.value).expect("메모리에 씁니다"));
        // Option의 표시 하나를 떼면 값의 바이트입니다.
        let again = again.map(|bytes| bytes[1..].to_vec());
        judge(kind, &bytes, bytes.len() + 8, fate, (again, peak))?;
        Ok(())
    }

    fn by_pipe<T: BorshSerialize + BorshDeserialize>(kind: &Kind, random: &mut Random) -> Outcome {
        let (mut here, mut there) = pipe::<Disguise<T>>()?;
        for _ in 0..EACH {
            cross(kind, random, |disguise| {
                there.send(disguise)?;
                Ok(counted(|| here.recv()))
            })?;
        }
        Ok(())
    }

    fn by_queue<T: BorshSerialize + BorshDeserialize>(kind: &Kind, random: &mut Random) -> Outcome {
        let (tx, rx) = queue::<Disguise<T>>()?;
        for _ in 0..EACH {
            cross(kind, random, |disguise| {
                tx.send(disguise)?;
                Ok(counted(|| rx.recv()))
            })?;
        }
        Ok(())
    }

    fn as_result<T>(kind: &Kind, random: &mut Random) -> Outcome
    where
        T: BorshSerialize + BorshDeserialize + 'static,
    {
        for _ in 0..EACH / 100 {
            cross(kind, random, |disguise: Disguise<T>| {
                let child = fork(move || disguise)?;
                Ok(counted(|| child.join()))
            })?;
        }
        Ok(())
    }
}
