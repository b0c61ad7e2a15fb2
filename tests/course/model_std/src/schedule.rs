//! 스레드의 차례를 정합니다.

use real::{collections::BTreeMap, collections::BTreeSet, vec::Vec};

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use crate::{
    model::Search,
    run::{self, Budget, Turn},
};

/// 한 스레드가 이만큼 이어 달리면 돌며 기다리는 것으로 보고, 차례를 내놓게 합니다.
const SPIN: usize = 24;

/// 내놓게 할 때마다 이 가운데 다음 것만큼 더 기다립니다. 언제나 같으면 돌며 기다리는 두 스레드가
/// 늘 같은 곳에서 멈추어, 서로를 영영 비껴가지 못할 수 있습니다.
const MORE: [usize; 7] = [0, 5, 1, 8, 3, 10, 2];

/// 공평하게 거른 것 가운데에서, 정한 길로 고릅니다.
#[derive(Debug)]
pub(crate) struct Explorer {
    budget: Budget,
    path: Path,
    fair: Fair,
}

impl Explorer {
    pub(crate) fn new(search: Search, budget: Budget, seed: u64) -> Explorer {
        let random = Random(seed);
        let path = match search {
            Search::Every { preemptions, most } => Path::Every(Every {
                limit: preemptions,
                left: most,
                choices: Vec::new(),
                depth: 0,
                preempted: 0,
                started: false,
            }),
            Search::Random(times) => Path::Random {
                random,
                left: times,
            },
            Search::Pct { times, depth } => Path::Pct(Pct {
                random,
                left: times,
                depth,
                length: 64,
                step: 0,
                changes: BTreeSet::new(),
                priorities: BTreeMap::new(),
                lowest: 0,
            }),
        };
        Explorer {
            budget,
            path,
            fair: Fair::default(),
        }
    }
}

impl Scheduler for Explorer {
    fn new_execution(&mut self) -> Option<Schedule> {
        if run::with(|run| run.found.is_some()) || !self.path.start() {
            return None;
        }
        self.fair = Fair::default();
        run::with(|run| run.reset(self.budget));
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        lingers: bool,
    ) -> Option<TaskId> {
        if run::with(|run| run.found.is_some()) {
            return None;
        }
        let runnable: Vec<usize> = runnable.iter().map(|task| task.id().into()).collect();
        let current = current.map(usize::from);
        let ids = self.fair.among(&runnable, current);
        let chosen = match ids.as_slice() {
            [one] => *one,
            _ => self.path.choose(&ids, current, lingers),
        };
        self.fair.ran(chosen);
        Some(TaskId::from(chosen))
    }

    fn next_u64(&mut self) -> u64 {
        self.path.draw()
    }
}

/// 돌며 기다리는 스레드가 남의 차례를 끝없이 빼앗지 않게 합니다.
///
/// 차례를 내놓은 스레드는 달릴 수 있는 다른 스레드가 모두 한 번씩 달린 뒤에 다시 달립니다
/// (Musuvathi·Qadeer, Fair stateless model checking, PLDI 2008). 그래서 옳은 스핀 락은 언젠가 끝납니다.
#[derive(Debug, Default)]
struct Fair {
    /// 차례를 내놓은 스레드와, 그 뒤로 아직 달리지 않은 스레드들입니다.
    behind: BTreeMap<usize, BTreeSet<usize>>,
    last: Option<usize>,
    streak: usize,
    forced: usize,
}

impl Fair {
    fn among(&mut self, runnable: &[usize], current: Option<usize>) -> Vec<usize> {
        let (yielded, turns): (bool, Vec<Turn>) = run::with(|run| {
            let turns = runnable.iter().map(|id| run.turn(*id)).collect();
            (real::mem::take(&mut run.yielded), turns)
        });
        let first = turns.iter().min().copied().unwrap_or_default();
        let ids: Vec<usize> = runnable
            .iter()
            .zip(turns)
            .filter(|(_, turn)| *turn == first)
            .map(|(id, _)| *id)
            .collect();
        if let Some(current) = current
            && (yielded || self.streak >= SPIN + MORE[self.forced % MORE.len()])
        {
            self.forced += usize::from(!yielded);
            let others = ids.iter().copied().filter(|id| *id != current).collect();
            self.behind.insert(current, others);
            self.streak = 0;
        }
        let free: Vec<usize> = ids
            .iter()
            .copied()
            .filter(|id| {
                let ahead = self.behind.get(id);
                ahead.is_none_or(|ahead| ids.iter().all(|other| !ahead.contains(other)))
            })
            .collect();
        // 서로 기다리는 일은 없지만, 그래도 고를 것은 있어야 합니다.
        if free.is_empty() { ids } else { free }
    }

    fn ran(&mut self, chosen: usize) {
        self.streak = if self.last == Some(chosen) {
            self.streak + 1
        } else {
            0
        };
        self.last = Some(chosen);
        self.behind.remove(&chosen);
        for ahead in self.behind.values_mut() {
            ahead.remove(&chosen);
        }
    }
}

#[derive(Debug)]
enum Path {
    Every(Every),
    Random { random: Random, left: usize },
    Pct(Pct),
}

impl Path {
    fn start(&mut self) -> bool {
        match self {
            Path::Every(every) => every.start(),
            Path::Random { left, .. } => take(left),
            Path::Pct(pct) => pct.start(),
        }
    }

    fn choose(&mut self, ids: &[usize], current: Option<usize>, lingers: bool) -> usize {
        match self {
            Path::Every(every) => every.choose(ids, current, lingers),
            Path::Random { random, .. } => ids[random.below(ids.len())],
            Path::Pct(pct) => pct.choose(ids, current, lingers),
        }
    }

    fn draw(&mut self) -> u64 {
        match self {
            Path::Every(every) => every.pick(2) as u64,
            Path::Random { random, .. } | Path::Pct(Pct { random, .. }) => random.next(),
        }
    }
}

fn take(left: &mut usize) -> bool {
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}

/// 정해진 수까지 빼앗는 차례를 깊이 우선으로 빠짐없이 고릅니다.
///
/// 달리던 스레드가 더 달릴 수 있는데 남에게 차례를 주는 것이 빼앗기(preemption)입니다.
/// 버그는 대개 빼앗기 한두 번이면 나타납니다(CHESS, Musuvathi·Qadeer, PLDI 2007).
#[derive(Debug)]
struct Every {
    limit: Option<usize>,
    left: usize,
    choices: Vec<Choice>,
    depth: usize,
    preempted: usize,
    started: bool,
}

/// 갈림길 하나에서 고른 것과 고를 수 있던 개수입니다.
#[derive(Debug)]
struct Choice {
    taken: usize,
    of: usize,
}

impl Every {
    fn start(&mut self) -> bool {
        if self.started {
            // 지난 실행이 지나간 곳까지만 봅니다. 거기서 아직 고르지 않은 것이 남은 갈림길까지 물러납니다.
            self.choices.truncate(self.depth);
            while self.choices.last().is_some_and(|c| c.taken + 1 >= c.of) {
                self.choices.pop();
            }
            match self.choices.last_mut() {
                Some(choice) => choice.taken += 1,
                None => return false,
            }
        }
        self.started = true;
        self.depth = 0;
        self.preempted = 0;
        take(&mut self.left)
    }

    fn pick(&mut self, of: usize) -> usize {
        if self.depth == self.choices.len() {
            self.choices.push(Choice { taken: 0, of });
        }
        let choice = &mut self.choices[self.depth];
        // 전역 변수에 남은 것 때문에 갈림길이 앞의 실행과 다를 수 있습니다.
        choice.of = of;
        self.depth += 1;
        choice.taken.min(of - 1)
    }

    fn choose(&mut self, ids: &[usize], current: Option<usize>, lingers: bool) -> usize {
        // 그대로 달리는 것이 첫째입니다. 남에게 먼저 주려 했으면 마지막입니다.
        let mut ids = ids.to_vec();
        let running = current.filter(|id| ids.contains(id));
        if let Some(id) = running {
            ids.retain(|other| *other != id);
            ids.insert(if lingers { ids.len() } else { 0 }, id);
        }
        let costs = running.is_some() && !lingers;
        if costs && self.limit.is_some_and(|limit| self.preempted >= limit) {
            return ids[0];
        }
        let taken = self.pick(ids.len());
        if costs && taken > 0 {
            self.preempted += 1;
        }
        ids[taken]
    }
}

/// 우선순위를 뽑고 몇 곳에서만 바꿉니다(PCT, Burckhardt 외, ASPLOS 2010).
#[derive(Debug)]
struct Pct {
    random: Random,
    left: usize,
    depth: usize,
    /// 앞의 실행의 길이입니다.
    length: usize,
    step: usize,
    changes: BTreeSet<usize>,
    priorities: BTreeMap<usize, i64>,
    lowest: i64,
}

impl Pct {
    fn start(&mut self) -> bool {
        self.length = self.length.max(self.step);
        self.step = 0;
        self.lowest = 0;
        self.priorities.clear();
        self.changes = (1..self.depth)
            .map(|_| self.random.below(self.length))
            .collect();
        take(&mut self.left)
    }

    fn choose(&mut self, ids: &[usize], current: Option<usize>, lingers: bool) -> usize {
        for id in ids {
            let fresh = i64::from((self.random.next() >> 33) as u32) + 1;
            self.priorities.entry(*id).or_insert(fresh);
        }
        let changes = self.changes.contains(&self.step);
        if let Some(current) = current
            && (changes || lingers)
        {
            self.lowest -= 1;
            self.priorities.insert(current, self.lowest);
        }
        self.step += 1;
        let highest = ids.iter().max_by_key(|id| self.priorities[*id]);
        *highest.unwrap_or(&ids[0])
    }
}

/// splitmix64입니다(Steele, Lea, Flood, 2014).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, of: usize) -> usize {
        (self.next() % of as u64) as usize
    }
}
