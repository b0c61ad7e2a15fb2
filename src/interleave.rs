//! 차례: 두 스레드의 걸음을 섞는 방법을 손으로 따져 볼 작은 프로그램입니다.
//!
//! 한 스레드의 걸음은 적힌 차례대로 갑니다. 누가 다음 걸음을 걸을지는 아무도 정하지 않습니다.
//! 걸음 하나는 쪼갤 수 없고, 모든 걸음은 한 줄로 세울 수 있습니다(순차적 일관성).
//!
//! [`Question::new`]는 씨앗마다 다른 문제를 만듭니다. 씨앗이 같으면 언제 어디서나 같은 문제입니다.
//! 문제를 만들 때 모든 차례를 따져, 흔한 오해로는 답이 맞지 않는 것만 고릅니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::RangeInclusive,
};

/// 답을 보여 주는 씨앗입니다. 나머지는 저마다의 문제이므로 보여 주지 않습니다.
pub const PRACTICE: RangeInclusive<u64> = 1..=99;

/// 두 스레드 가운데 하나입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// 스레드 A입니다.
    A,
    /// 스레드 B입니다.
    B,
}

/// 락의 이름입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// 락 p입니다.
    P,
    /// 락 q입니다.
    Q,
}

/// 걸음 하나입니다. 걷는 도중에 남이 끼어들지 못합니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `r = x`: 함께 쓰는 `x`를 저마다의 `r`에 읽습니다.
    Load,
    /// `x = r + n`: 읽어 둔 `r`에 더해 `x`에 씁니다.
    StoreSum(i64),
    /// `x = r * n`: 읽어 둔 `r`에 곱해 `x`에 씁니다.
    StoreProduct(i64),
    /// 락을 쥡니다. 남이 쥐고 있으면 놓을 때까지 이 걸음을 걷지 못합니다.
    Acquire(Lock),
    /// 쥔 락을 놓습니다.
    Release(Lock),
}

/// 두 스레드가 함께 쓰는 수 `x` 하나와, 저마다 걸을 걸음입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// `x`의 처음 값입니다.
    pub start: i64,
    /// 스레드 A의 걸음과 스레드 B의 걸음입니다.
    pub threads: [Vec<Step>; 2],
}

/// 씨앗 하나의 문제입니다.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    seed: u64,
    /// 락이 없는 프로그램입니다.
    pub plain: Program,
    /// 락이 있는 프로그램 둘입니다. 하나의 락은 제구실을 하고 하나는 하지 못합니다.
    pub locked: [Program; 2],
    /// 락이 둘인 프로그램 둘입니다. 하나는 둘 다 영영 기다리게 될 수 있고 하나는 그럴 수 없습니다.
    pub crossed: [Program; 2],
}

/// 문제의 답입니다. 차례는 걷는 이의 이름을 늘어놓은 글입니다(`"AABB"`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// [`Question::plain`]이 끝났을 때 `x`에 남을 수 있는 값을 모두 모은 것입니다.
    pub values: BTreeSet<i64>,
    /// 그 가운데 가장 작은 값을 남기는 차례 하나입니다.
    pub smallest: String,
    /// [`Question::locked`]가 끝났을 때 `x`에 남을 수 있는 값들입니다.
    pub locked: [BTreeSet<i64>; 2],
    /// [`Question::crossed`]에서 둘 다 기다리게 되기까지의 차례입니다. 그럴 수 없으면 `None`입니다.
    pub stuck: [Option<String>; 2],
}

impl Question {
    /// 씨앗이 `seed`인 문제를 만듭니다.
    pub fn new(seed: u64) -> Question {
        let mut dice = Dice(seed);
        loop {
            let question = draft(seed, &mut dice);
            if question.tells_apart() {
                return question;
            }
        }
    }

    /// 이 문제의 씨앗입니다.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// 씨앗이 [`PRACTICE`]에 들면 답을 줍니다.
    pub fn answer(&self) -> Option<Answer> {
        PRACTICE.contains(&self.seed).then(|| self.solved())
    }

    fn solved(&self) -> Answer {
        let plain = self.plain.ends();
        Answer {
            values: plain.values(),
            smallest: plain.done.values().next().cloned().unwrap_or_default(),
            locked: self
                .locked
                .each_ref()
                .map(|program| program.ends().values()),
            stuck: self.crossed.each_ref().map(|program| program.ends().stuck),
        }
    }

    /// 흔한 오해로는 답이 맞지 않는 문제입니다.
    fn tells_apart(&self) -> bool {
        let values = self.plain.ends().values();
        let whole = self.plain.whole_updates();
        let (Some(&low), Some(&high)) = (values.first(), values.last()) else {
            return false;
        };
        // 손으로 다 적을 만하고, 끼어들어야만 나오는 값이 있고, 그 사이가 다 나오지는 않습니다.
        let plain = (4..=7).contains(&values.len())
            && values != whole
            && whole.first().is_some_and(|&least| low < least)
            && i64::try_from(values.len()).is_ok_and(|count| count <= high - low);
        let helps = |program: &Program| program.ends().values() == program.whole_updates();
        let matters =
            |program: &Program| program.without_locks().ends().values() != program.whole_updates();
        plain
            && self.locked.iter().filter(|program| helps(program)).count() == 1
            && self.locked.iter().all(matters)
            && self
                .crossed
                .iter()
                .filter(|program| program.ends().stuck.is_some())
                .count()
                == 1
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "씨앗 {}의 문제입니다. r은 저마다 따로이고 x는 함께 씁니다.",
            self.seed
        )?;
        writeln!(f, "\n물음 1, 2의 프로그램\n{}", self.plain)?;
        for (number, program) in (1..).zip(&self.locked) {
            writeln!(f, "물음 3의 프로그램 {number}\n{program}")?;
        }
        for (number, program) in (1..).zip(&self.crossed) {
            writeln!(f, "물음 4의 프로그램 {number}\n{program}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "      A              B              (처음에 x = {})",
            self.start
        )?;
        let [a, b] = &self.threads;
        for row in 0..a.len().max(b.len()) {
            let step = |steps: &[Step]| steps.get(row).map(Step::to_string).unwrap_or_default();
            let line = format!("  {:>2}  {:<13}  {}", row + 1, step(a), step(b));
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Load => f.write_str("r = x"),
            Step::StoreSum(n) => write!(f, "x = r + {n}"),
            Step::StoreProduct(n) => write!(f, "x = r * {n}"),
            Step::Acquire(lock) => write!(f, "acquire {lock}"),
            Step::Release(lock) => write!(f, "release {lock}"),
        }
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Lock::P => "p",
            Lock::Q => "q",
        })
    }
}

/// 모든 차례의 끝입니다.
#[derive(Default)]
struct Ends {
    /// 남은 값마다 그 값을 남기는 첫 차례입니다.
    done: BTreeMap<i64, String>,
    /// 둘 다 끝나지 않았는데 아무도 걷지 못하게 되는 첫 차례입니다.
    stuck: Option<String>,
}

impl Ends {
    fn values(&self) -> BTreeSet<i64> {
        self.done.keys().copied().collect()
    }
}

/// 걷다가 선 자리입니다.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: [usize; 2],
    r: [i64; 2],
    x: i64,
    holders: BTreeMap<Lock, usize>,
}

impl Program {
    /// 모든 차례를 걸어 봅니다. 같은 자리에서 갈라지는 길은 한 번만 봅니다.
    fn ends(&self) -> Ends {
        let first = Place {
            at: [0; 2],
            r: [0; 2],
            x: self.start,
            holders: BTreeMap::new(),
        };
        let mut ends = Ends::default();
        let mut seen = BTreeSet::new();
        let mut ahead = vec![(first, String::new())];
        while let Some((place, path)) = ahead.pop() {
            if !seen.insert(place.clone()) {
                continue;
            }
            let next: Vec<_> = [(1, 'B'), (0, 'A')]
                .into_iter()
                .filter_map(|(who, name)| Some((self.walk(&place, who)?, format!("{path}{name}"))))
                .collect();
            let done = (0..2).all(|who| place.at[who] == self.threads[who].len());
            if done {
                ends.done.entry(place.x).or_insert(path);
            } else if next.is_empty() {
                ends.stuck.get_or_insert(path);
            }
            ahead.extend(next);
        }
        ends
    }

    /// `who`가 한 걸음 걸은 자리입니다. 걸을 수 없으면 `None`입니다.
    fn walk(&self, place: &Place, who: usize) -> Option<Place> {
        let step = *self.threads[who].get(place.at[who])?;
        let mut place = place.clone();
        match step {
            Step::Load => place.r[who] = place.x,
            Step::StoreSum(n) => place.x = place.r[who] + n,
            Step::StoreProduct(n) => place.x = place.r[who] * n,
            Step::Acquire(lock) if place.holders.contains_key(&lock) => return None,
            Step::Acquire(lock) => {
                place.holders.insert(lock, who);
            }
            Step::Release(lock) => {
                place.holders.remove(&lock);
            }
        }
        place.at[who] += 1;
        Some(place)
    }

    /// 읽기와 쓰기가 한 걸음이라면 남을 수 있는 값들입니다. 락은 없는 셈 칩니다.
    fn whole_updates(&self) -> BTreeSet<i64> {
        let stores = self.threads.each_ref().map(|steps| {
            let is_store = |step: &&Step| matches!(step, Step::StoreSum(_) | Step::StoreProduct(_));
            steps.iter().filter(is_store).copied().collect::<Vec<_>>()
        });
        let mut found = BTreeSet::new();
        let mut ahead = vec![([0, 0], self.start)];
        while let Some((at, x)) = ahead.pop() {
            let mut done = true;
            for who in 0..2 {
                let Some(step) = stores[who].get(at[who]) else {
                    continue;
                };
                done = false;
                let mut at = at;
                at[who] += 1;
                ahead.push(match step {
                    Step::StoreProduct(n) => (at, x * n),
                    Step::StoreSum(n) => (at, x + n),
                    _ => (at, x),
                });
            }
            if done {
                found.insert(x);
            }
        }
        found
    }

    fn without_locks(&self) -> Program {
        let is_plain = |step: &Step| !matches!(step, Step::Acquire(_) | Step::Release(_));
        Program {
            start: self.start,
            threads: self.threads.each_ref().map(|steps| {
                steps
                    .iter()
                    .copied()
                    .filter(|step| is_plain(step))
                    .collect()
            }),
        }
    }
}

/// 문제 하나의 초안입니다.
fn draft(seed: u64, dice: &mut Dice) -> Question {
    let twice = dice.roll(2) == 0;
    let plain = Program {
        start: dice.between(1, 9),
        threads: [
            [dice.update(), dice.update()].concat(),
            if twice {
                [dice.update(), dice.update()].concat()
            } else {
                dice.update()
            },
        ],
    };
    let flip = dice.roll(2) == 0;
    let locked = ordered(flip, [good_lock(dice), bad_lock(dice)]);
    let flip = dice.roll(2) == 0;
    let crossed = ordered(flip, [crossing(dice, true), crossing(dice, false)]);
    Question {
        seed,
        plain,
        locked,
        crossed,
    }
}

fn ordered(flip: bool, [one, other]: [Program; 2]) -> [Program; 2] {
    if flip { [other, one] } else { [one, other] }
}

fn held(lock: Lock, inside: &[Step]) -> Vec<Step> {
    let mut steps = vec![Step::Acquire(lock)];
    steps.extend_from_slice(inside);
    steps.push(Step::Release(lock));
    steps
}

/// 읽기부터 쓰기까지를 같은 락이 지킵니다.
fn good_lock(dice: &mut Dice) -> Program {
    let [one, other] = [dice.update(), dice.update()];
    Program {
        start: dice.between(1, 9),
        threads: [held(Lock::P, &one), held(Lock::P, &other)],
    }
}

/// 락은 있지만 읽기부터 쓰기까지를 지키지 못합니다.
fn bad_lock(dice: &mut Dice) -> Program {
    let [one, other] = [dice.update(), dice.update()];
    let apart = |update: &[Step]| {
        let halves = update.iter().map(|step| held(Lock::P, &[*step]));
        halves.collect::<Vec<_>>().concat()
    };
    let threads = match dice.roll(4) {
        // 한쪽만 쥡니다.
        0 => [held(Lock::P, &one), other],
        1 => [one, held(Lock::P, &other)],
        // 저마다 다른 락을 쥡니다.
        2 => [held(Lock::P, &one), held(Lock::Q, &other)],
        // 읽을 때 한 번, 쓸 때 한 번 따로 쥡니다.
        _ => [apart(&one), apart(&other)],
    };
    Program {
        start: dice.between(1, 9),
        threads,
    }
}

/// 락 둘을 씁니다. `stuck`이면 둘 다 기다리게 될 수 있습니다.
fn crossing(dice: &mut Dice, stuck: bool) -> Program {
    let [one, other] = [dice.update(), dice.update()];
    let nested = |outer, inner, update: &[Step]| held(outer, &held(inner, update));
    let in_turn = |first, second, update: &[Step]| {
        [held(first, &update[..1]), held(second, &update[1..])].concat()
    };
    let (mut a, mut b) = (
        nested(Lock::P, Lock::Q, &one),
        match (stuck, dice.roll(2)) {
            (true, _) => nested(Lock::Q, Lock::P, &other),
            // 같은 차례로 쥡니다.
            (false, 0) => nested(Lock::P, Lock::Q, &other),
            // 하나를 놓은 다음에 다른 것을 쥡니다.
            (false, _) => in_turn(Lock::Q, Lock::P, &other),
        },
    );
    // 어긋나는 곳이 늘 맨 앞은 아닙니다.
    let before = held([Lock::P, Lock::Q][dice.roll(2)], &[]);
    match dice.roll(3) {
        0 => a = [before, a].concat(),
        1 => b = [before, b].concat(),
        _ => {}
    }
    Program {
        start: dice.between(1, 9),
        threads: [a, b],
    }
}

/// 씨앗에서 나오는 주사위입니다(splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 이상 `sides` 미만입니다.
    fn roll(&mut self, sides: usize) -> usize {
        (self.next() % sides as u64) as usize
    }

    /// `low` 이상 `high` 이하입니다.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.roll((high - low + 1) as usize) as i64
    }

    /// 읽고 쓰는 두 걸음입니다.
    fn update(&mut self) -> Vec<Step> {
        let store = match self.roll(3) {
            0 => Step::StoreProduct(self.between(2, 3)),
            _ => Step::StoreSum(self.between(1, 9)),
        };
        vec![Step::Load, store]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Acquire, Load, Release, StoreSum};

    #[test]
    fn two_additions_lose_one() {
        let add = vec![Load, StoreSum(1)];
        let program = Program {
            start: 0,
            threads: [add.clone(), add],
        };
        let ends = program.ends();
        assert_eq!(ends.values(), BTreeSet::from([1, 2]));
        assert_eq!(program.whole_updates(), BTreeSet::from([2]));
        assert!(ends.stuck.is_none());
    }

    #[test]
    fn crossed_locks_get_stuck_after_one_step_each() {
        let take = |first, second| {
            vec![
                Acquire(first),
                Acquire(second),
                Release(second),
                Release(first),
            ]
        };
        let program = Program {
            start: 0,
            threads: [take(Lock::P, Lock::Q), take(Lock::Q, Lock::P)],
        };
        assert_eq!(program.ends().stuck.as_deref(), Some("AB"));
        let same = Program {
            start: 0,
            threads: [take(Lock::P, Lock::Q), take(Lock::P, Lock::Q)],
        };
        assert_eq!(same.ends().stuck, None);
    }

    #[test]
    fn every_seed_makes_a_question_that_tells_misconceptions_apart() {
        let mut different = BTreeSet::new();
        for seed in (0..500).chain([u64::MAX, u64::MAX / 3]) {
            let question = Question::new(seed);
            assert!(question.tells_apart(), "{question}");
            assert_eq!(question, Question::new(seed));
            different.insert(question.plain.to_string());
        }
        assert!(different.len() > 400, "{}가지뿐입니다", different.len());
    }

    #[test]
    fn only_practice_seeds_reveal_the_answer() {
        for (seed, told) in [(0, false), (1, true), (99, true), (100, false)] {
            assert_eq!(Question::new(seed).answer().is_some(), told, "씨앗 {seed}");
        }
    }
}
