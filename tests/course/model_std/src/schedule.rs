//! 스레드의 차례를 정합니다.

use real::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

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

/// 못 들은 체하는 실행에서 차례를 내놓으라는 말을 무시하며 달릴 수 있는 걸음은 많아야 2의 이만큼 제곱입니다.
/// `sleep`이나 `yield_now`를 수천 번 되풀이하는 것보다 깁니다.
const DEAFEST: usize = 14;

/// 실행 하나가 [`Fair::deaf`]로 더 길어질 수 있는 걸음의 수입니다.
pub(crate) const WAIVED: usize = 1 << DEAFEST;

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
                deaf: false,
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
        self.fair = Fair {
            deaf: self.path.deafness(),
            ..Fair::default()
        };
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
        let lingers = lingers && self.fair.deaf == 0;
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

/// 돌며 기다리는 스레드가 남의 차례를 끝없이 빼앗지 않게 합니다. 그래서 옳은 스핀 락은 언젠가 끝납니다.
///
/// 차례를 내놓은 스레드는 달릴 수 있는 다른 스레드가 모두 한 번씩 달린 뒤에 다시 달립니다
/// (Musuvathi·Qadeer, Fair stateless model checking, PLDI 2008).
///
/// 그런데 진짜 스케줄러는 그런 약속을 하지 않습니다. `yield_now`를 백 번 부르고 열 번 자도 남이 달렸다는 보장은 없습니다.
/// 그래서 어떤 실행에서는 `deaf` 걸음 동안 차례를 내놓으라는 말을 못 들은 체합니다. 그 걸음을 다 쓴 뒤에는
/// 다시 공평합니다. 같은 논문의 `k`번째 내놓기부터 공평하게 하는 것과 같은 생각이고, 세는 것이 걸음일 뿐입니다.
#[derive(Debug, Default)]
struct Fair {
    /// 차례를 내놓은 스레드와, 그 뒤로 아직 달리지 않은 스레드들입니다.
    behind: BTreeMap<usize, BTreeSet<usize>>,
    last: Option<usize>,
    /// 이어 달린 걸음입니다.
    streak: usize,
    forced: usize,
    /// 더 못 들은 체할 수 있는 걸음입니다.
    deaf: usize,
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
            let others: BTreeSet<usize> = ids.iter().copied().filter(|id| *id != current).collect();
            if self.deaf == 0 {
                self.forced += usize::from(!yielded);
                self.behind.insert(current, others);
            } else if !others.is_empty() {
                self.deaf = self.deaf.saturating_sub(self.streak + 1);
            }
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

    /// 이번 실행에서 못 들은 체할 걸음입니다. 둘에 한 번은 0이고, 나머지는 짧은 것부터 긴 것까지 고르게 뽑습니다.
    /// 빠짐없이 볼 때에는 갈림길이 끝없이 늘어나므로 0입니다.
    fn deafness(&mut self) -> usize {
        let (Path::Random { random, .. } | Path::Pct(Pct { random, .. })) = self else {
            return 0;
        };
        let deaf = match random.below(2) {
            0 => 0,
            _ => 1 << (4 + random.below(DEAFEST - 3)),
        };
        if let Path::Pct(pct) = self {
            pct.deaf = deaf > 0;
        }
        deaf
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
        let goes = take(&mut self.left);
        run::with(|run| run.cut = !goes);
        goes
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
    /// 앞의 실행의 길이입니다. 못 들은 체한 실행은 한없이 돌며 기다린 것이라 셈에 넣지 않습니다.
    length: usize,
    deaf: bool,
    step: usize,
    changes: BTreeSet<usize>,
    priorities: BTreeMap<usize, i64>,
    lowest: i64,
}

impl Pct {
    fn start(&mut self) -> bool {
        if !self.deaf {
            self.length = self.length.max(self.step);
        }
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
