//! 락이 지켜야 하는 것들과, 그것을 볼 놀이들입니다.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    time::Duration,
};

use noriteo::{gil::Stats, trace::State};
use shuttle::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::{
    explore::Search,
    locks::{Lock, NewLock, Seat},
    sync::{self, Budget, Event, NEVER, OFTEN},
};

/// 몇 명이 무엇을 하며 노는지입니다.
#[derive(Clone, Copy)]
pub struct Game {
    pub name: &'static str,
    threads: usize,
    interval: Duration,
    budget: Budget,
    play: fn(&Scene, &dyn Seat),
    /// 진짜 락과 고장 낸 락이 모두 하는 것입니다.
    pub searches: &'static [Search],
    /// 진짜 락만 하는 것입니다.
    pub deep: &'static [Search],
}

/// 놀이 하나를 하는 동안 모두가 함께 보는 것입니다.
struct Scene {
    lock: Arc<dyn Lock>,
    /// 락의 통계와 따로, 안에 있는 스레드를 셉니다.
    inside: AtomicUsize,
    most: AtomicUsize,
    visits: AtomicUsize,
    /// 참이어야 하는데 거짓이었던 것의 수입니다.
    wrong: AtomicUsize,
}

impl Scene {
    /// 락 안에서 하는 일입니다. 사이에 차례가 바뀔 수 있습니다.
    fn work(&self) {
        let now = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        if now > 1 {
            self.most.store(now, Ordering::SeqCst);
        }
        self.inside.fetch_sub(1, Ordering::SeqCst);
    }

    fn expect(&self, right: bool) {
        if !right {
            self.wrong.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn checkpoint(&self) {
        sync::log(Event::Offer);
        self.lock.checkpoint();
        sync::log(Event::Offered);
        self.expect(self.lock.is_held());
    }

    fn rest(&self) {
        sync::log(Event::Offer);
        self.lock.allow_threads(&mut || {
            sync::log(Event::Offered);
            self.expect(!self.lock.is_held());
            // 쥐지 않은 스레드에서는 아무 일도 하지 않습니다.
            self.lock.checkpoint();
            self.lock.allow_threads(&mut || ());
            self.expect(!self.lock.is_held());
        });
        self.expect(self.lock.is_held());
    }
}

const NONE: Budget = Budget {
    timeouts: 0,
    spurious: 0,
};
const ONE: Budget = Budget {
    timeouts: 1,
    spurious: 0,
};
const SOME: Budget = Budget {
    timeouts: 2,
    spurious: 1,
};
const MANY: Budget = Budget {
    timeouts: 12,
    spurious: 3,
};

/// 들어갔다 바로 나옵니다.
fn pass(_: &Scene, seat: &dyn Seat) {
    seat.hold(true, &mut || ());
}

/// 들어가 한 번 일합니다.
fn visit(scene: &Scene, seat: &dyn Seat) {
    seat.hold(true, &mut || scene.work());
    scene.expect(!scene.lock.is_held());
}

/// 한 번 들어가, 확인 지점을 지나며 두 번 일합니다.
fn compute(scene: &Scene, seat: &dyn Seat) {
    seat.hold(true, &mut || {
        scene.work();
        scene.checkpoint();
        scene.work();
    });
}

/// 들어가 있다가 한 번 놓고 쉽니다.
fn rest(scene: &Scene, seat: &dyn Seat) {
    seat.hold(true, &mut || {
        scene.work();
        scene.rest();
        scene.work();
    });
}

/// 나왔다가 다시 들어갑니다.
fn come_back(scene: &Scene, seat: &dyn Seat) {
    for _ in 0..2 {
        seat.hold(false, &mut || scene.work());
        scene.expect(!scene.lock.is_held());
    }
}

/// 모든 것을 섞습니다.
fn mix(scene: &Scene, seat: &dyn Seat) {
    seat.hold(false, &mut || {
        scene.work();
        scene.checkpoint();
        scene.rest();
        scene.work();
    });
    seat.hold(true, &mut || {
        scene.checkpoint();
        scene.work();
    });
}

/// 락을 쥔 채 패닉하고, 놓은 채로도 패닉합니다.
fn panic(scene: &Scene, seat: &dyn Seat) {
    // 화면에 적지 않고 패닉합니다.
    let fall = || resume_unwind(Box::new("일부러 낸 패닉"));
    let fallen = catch_unwind(AssertUnwindSafe(|| seat.hold(false, &mut || fall())));
    scene.expect(fallen.is_err() && !scene.lock.is_held());
    seat.hold(true, &mut || {
        let resting = || scene.lock.allow_threads(&mut || fall());
        let fallen = catch_unwind(AssertUnwindSafe(resting));
        scene.expect(fallen.is_err() && scene.lock.is_held());
        scene.work();
    });
}

/// 아주 긴 간격을 기다리는 스레드가 있을 때 간격을 줄이고, 그 스레드가 들어올 때까지 쥐고 있습니다.
fn shorten(scene: &Scene, seat: &dyn Seat) {
    seat.hold(true, &mut || {
        if scene.visits.fetch_add(1, Ordering::SeqCst) == 1 {
            return;
        }
        let asleep = || sync::events().contains(&Event::Sleep(other_of_two(), true));
        while !asleep() {
            thread::yield_now();
        }
        scene.lock.set_interval(OFTEN);
        while scene.visits.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
            scene.checkpoint();
        }
    });
}

/// 둘이 놀 때 다른 스레드의 번호입니다. 0번은 놀이를 연 스레드입니다.
fn other_of_two() -> usize {
    3 - usize::from(thread::current().id())
}

/// 모든 놀이입니다. 작은 것이 먼저입니다.
pub const GAMES: &[Game] = &[
    Game {
        name: "둘이 들어갔다 나오기",
        threads: 2,
        interval: NEVER,
        budget: NONE,
        play: pass,
        searches: &[Search::Every(Some(2))],
        deep: &[Search::Every(None)],
    },
    Game {
        name: "둘이 지치며 들어갔다 나오기",
        threads: 2,
        interval: OFTEN,
        budget: ONE,
        play: pass,
        searches: &[Search::Every(Some(2))],
        deep: &[Search::Every(Some(4))],
    },
    Game {
        name: "둘이 지치며 계산하기",
        play: compute,
        deep: &[
            Search::Every(Some(3)),
            Search::Random(5_000),
            Search::Pct(5_000),
        ],
        ..TWO
    },
    Game {
        name: "둘이 놓고 쉬기",
        play: rest,
        deep: &[Search::Random(5_000), Search::Pct(5_000)],
        ..TWO
    },
    Game {
        name: "둘이 나왔다 다시 들어가기",
        play: come_back,
        deep: &[Search::Random(5_000), Search::Pct(5_000)],
        ..TWO
    },
    Game {
        name: "둘이 패닉하기",
        play: panic,
        deep: &[Search::Random(5_000), Search::Pct(5_000)],
        ..TWO
    },
    Game {
        name: "셋이 들어갔다 나오기",
        threads: 3,
        interval: NEVER,
        budget: NONE,
        play: visit,
        searches: &[Search::Every(Some(1))],
        deep: &[
            Search::Every(Some(2)),
            Search::Random(5_000),
            Search::Pct(5_000),
        ],
    },
    Game {
        name: "셋이 지치며 계산하기",
        threads: 3,
        play: compute,
        searches: &[Search::Every(Some(1))],
        deep: &[Search::Random(5_000), Search::Pct(5_000)],
        ..TWO
    },
    Game {
        name: "셋이 섞어 하기",
        threads: 3,
        budget: MANY,
        play: mix,
        searches: &[Search::Pct(1_000)],
        deep: &[Search::Random(5_000), Search::Pct(5_000)],
        ..TWO
    },
    Game {
        name: "셋이 지치지 않고 섞어 하기",
        threads: 3,
        interval: NEVER,
        budget: NONE,
        play: mix,
        searches: &[Search::Pct(1_000)],
        deep: &[Search::Random(5_000), Search::Pct(5_000)],
    },
    Game {
        name: "넷이 섞어 하기",
        threads: 4,
        budget: MANY,
        play: mix,
        searches: &[Search::Pct(1_000)],
        deep: &[Search::Random(5_000), Search::Pct(5_000)],
        ..TWO
    },
    Game {
        name: "간격 줄이기",
        threads: 2,
        interval: NEVER,
        budget: MANY,
        play: shorten,
        searches: &[Search::Pct(500)],
        deep: &[Search::Random(500)],
    },
];

/// 둘이 기다리다 지치기도 하며 노는 것의 바탕입니다.
const TWO: Game = Game {
    name: "",
    threads: 2,
    interval: OFTEN,
    budget: SOME,
    play: pass,
    searches: &[Search::Every(Some(2))],
    deep: &[],
};

impl Game {
    /// 이 놀이를 여러 차례로 하고, 본 차례의 수를 돌려줍니다. 락이 틀렸으면 그 까닭을 돌려줍니다.
    pub fn run(self, search: Search, new: NewLock) -> Result<usize, String> {
        search
            .run(move || self.once(new))
            .map_err(|why| format!("{} ({why})", self.name))
    }

    fn once(&self, new: NewLock) {
        sync::reset(self.budget);
        let scene = Arc::new(Scene {
            lock: new(self.interval),
            inside: AtomicUsize::new(0),
            most: AtomicUsize::new(1),
            visits: AtomicUsize::new(0),
            wrong: AtomicUsize::new(0),
        });
        let play = self.play;
        let children = Vec::from_iter((0..self.threads).map(|_| {
            let (scene, seat) = (Arc::clone(&scene), scene.lock.seat());
            thread::spawn(move || play(&scene, &*seat))
        }));
        for child in children {
            child.join().expect("노는 스레드는 패닉하지 않습니다");
        }
        let events = sync::events();
        if let Err(broken) = Judge::default().all(&events) {
            panic!("{broken}\n{events:#?}");
        }
        must(
            scene.most.load(Ordering::SeqCst) == 1,
            "둘이 함께 안에 있었습니다",
        );
        must(
            scene.wrong.load(Ordering::SeqCst) == 0,
            "쥐고 있다고 아는 것과 실제가 다릅니다",
        );
        consistent(&scene.lock.stats(), &events);
    }
}

fn must(holds: bool, otherwise: &str) {
    assert!(holds, "{otherwise}");
}

/// 통계의 수들이 서로, 그리고 일어난 일과 맞는지 봅니다.
fn consistent(stats: &Stats, events: &[Event]) {
    let slices = &stats.slices;
    let count = |n: usize| n as u64;
    let held = |event: &&Event| matches!(event, Event::Trace(_, State::Held));
    let held = count(events.iter().filter(held).count());
    let requests = |event: &&Event| matches!(event, Event::Request(_));
    let requests = count(events.iter().filter(requests).count());
    must(stats.drop_requests == requests, "통계: 요청의 횟수");
    must(stats.max_in_flight == 1, "통계: 함께 안에 있던 수");
    must(stats.acquisitions == held, "통계: 쥔 횟수");
    must(count(slices.len()) == held, "통계: 조각의 수");
    let apart = slices.windows(2).all(|w| w[0].end < w[1].start);
    must(apart, "통계: 조각이 겹칩니다");
    let long = slices.iter().all(|s| s.start < s.end);
    must(long, "통계: 조각의 길이");
    let total = slices.iter().map(|s| s.end - s.start).sum();
    must(stats.held == total, "통계: 쥔 시간");
    let changes = slices.windows(2).filter(|w| w[0].worker != w[1].worker);
    must(stats.switches == count(changes.count()), "통계: 바뀐 횟수");
    let forced = count(slices.iter().filter(|s| s.forced).count());
    must(stats.forced_drops == forced, "통계: 밀려난 횟수");
    must(forced <= stats.drop_requests, "통계: 요청보다 많이 밀려남");
    for (i, worker) in stats.workers.iter().enumerate() {
        let own = || slices.iter().filter(|s| s.worker == i);
        let forced = count(own().filter(|s| s.forced).count());
        must(worker.ordinal == i, "통계: 작업자의 번호");
        must(
            worker.acquisitions == count(own().count()),
            "통계: 작업자가 쥔 횟수",
        );
        must(worker.forced_drops == forced, "통계: 작업자가 밀려난 횟수");
        let total = own().map(|s| s.end - s.start).sum();
        must(worker.held == total, "통계: 작업자가 쥔 시간");
    }
}

type Verdict = Result<(), &'static str>;

/// 일어난 일을 차례로 보며 규칙을 어겼는지 가립니다.
#[derive(Default)]
struct Judge {
    holder: Option<usize>,
    last: Option<usize>,
    switches: usize,
    acquisitions: usize,
    /// 요청이 걸려 있습니다.
    asked: bool,
    /// 요청을 보고 놓았으므로, 남이 쥔 뒤에야 다시 쥘 수 있습니다.
    owes: Option<usize>,
    /// 요청이 걸린 채 쥐었으므로, 곧바로 꺼야 합니다.
    must_answer: Option<usize>,
    threads: BTreeMap<usize, Thread>,
}

/// 스레드 하나에 얽힌 것입니다.
#[derive(Clone, Copy, Default)]
struct Thread {
    state: Option<State>,
    /// 잠들 때까지 쥔 스레드가 바뀐 횟수입니다. 자고 있을 때에만 있습니다.
    asleep_at: Option<usize>,
    /// 이제 돌아오지 않습니다.
    leaving: bool,
    /// 한 간격을 꼬박 기다렸는데 쥔 스레드가 그대로라, 지금 요청할 수 있습니다.
    may_ask: bool,
    /// 비켜 주려 할 때 요청이 걸려 있었으면, 그때까지 쥔 횟수입니다.
    offered_at: Option<usize>,
}

impl Judge {
    fn all(mut self, events: &[Event]) -> Verdict {
        events.iter().try_for_each(|&event| self.see(event))?;
        ensure(self.holder.is_none(), "모두 끝났는데 누가 쥐고 있습니다")?;
        ensure(!self.asked, "모두 끝났는데 요청이 남았습니다")?;
        let running = |thread: &Thread| thread.state.is_none_or(|s| s == State::Running);
        ensure(
            self.threads.values().all(running),
            "타임라인이 달림으로 끝나지 않습니다",
        )
    }

    fn see(&mut self, event: Event) -> Verdict {
        if let Some(newcomer) = self.must_answer {
            let others = matches!(event, Event::Trace(other, _) if other != newcomer);
            ensure(
                others || event == Event::Answer(newcomer),
                "새로 쥔 스레드가 걸린 요청을 끄지 않았습니다",
            )?;
        }
        match event {
            Event::Trace(me, State::Held) => self.took(me),
            Event::Trace(me, state) => self.entered(me, state),
            Event::Sleep(me, timed) => self.slept(me, timed),
            Event::Wake(me, timed_out) => self.woke(me, timed_out),
            // 새로 쥔 스레드가 알리는 것(`switched`)은 아무도 듣지 않을 수 있습니다. 놓을 때만 봅니다.
            Event::Needless(_) => {
                ensure(self.holder.is_some(), "아무도 기다리지 않는데 깨웠습니다")
            }
            Event::Request(me) => self.requested(me),
            Event::Answer(me) => {
                ensure(
                    self.holder == Some(me),
                    "쥐지 않은 스레드가 요청을 껐습니다",
                )?;
                self.asked = false;
                self.must_answer = None;
                Ok(())
            }
            Event::Offer(me) => {
                let asked = self.asked.then_some(self.acquisitions);
                self.thread(me).offered_at = asked;
                Ok(())
            }
            Event::Offered(me) => {
                let before = self.thread(me).offered_at;
                let (holder, now) = (self.holder, self.acquisitions);
                // 돌아와 다시 쥐었으면 남이 쥔 것까지 두 번입니다.
                let least = before.map(|n| n + 1 + usize::from(holder == Some(me)));
                ensure(
                    least.is_none_or(|least| now >= least),
                    "요청이 있는데 남이 쥐기 전에 다음 일을 했습니다",
                )
            }
            Event::Farewell(me) => {
                self.thread(me).leaving = true;
                Ok(())
            }
            Event::Unguarded(_) => Err("뮤텍스를 잠그지 않고 락의 속을 고쳤습니다"),
        }
    }

    fn thread(&mut self, me: usize) -> &mut Thread {
        self.threads.entry(me).or_default()
    }

    fn took(&mut self, me: usize) -> Verdict {
        ensure(self.holder.is_none(), "둘이 함께 쥐었습니다")?;
        ensure(
            self.thread(me).state == Some(State::LockWait),
            "타임라인: 기다림 없이 쥐었습니다",
        )?;
        ensure(
            self.owes != Some(me),
            "비켜 준 스레드가 남보다 먼저 다시 쥐었습니다",
        )?;
        self.owes = None;
        self.switches += usize::from(self.last.is_some_and(|last| last != me));
        self.acquisitions += 1;
        self.holder = Some(me);
        self.last = Some(me);
        self.must_answer = self.asked.then_some(me);
        *self.thread(me) = Thread {
            state: Some(State::Held),
            may_ask: false,
            leaving: false,
            ..*self.thread(me)
        };
        Ok(())
    }

    /// 쥐는 것이 아닌 상태가 되었습니다. 쥐고 있었다면 놓은 것입니다.
    fn entered(&mut self, me: usize, state: State) -> Verdict {
        if self.holder == Some(me) {
            self.holder = None;
            if state == State::LockWait {
                ensure(self.asked, "요청이 없는데 밀려났습니다")?;
            }
            self.owes = self.asked.then_some(me);
        }
        self.thread(me).state = Some(state);
        Ok(())
    }

    fn slept(&mut self, me: usize, timed: bool) -> Verdict {
        let (holder, switches) = (self.holder, self.switches);
        let asked = self.asked;
        let thread = self.thread(me);
        ensure(
            thread.state == Some(State::LockWait),
            "타임라인: 락을 기다리면서 적지 않았습니다",
        )?;
        ensure(
            !thread.may_ask || asked,
            "한 간격을 꼬박 기다렸는데 요청하지 않았습니다",
        )?;
        thread.may_ask = false;
        thread.asleep_at = Some(switches);
        ensure(
            timed || !thread.leaving,
            "떠나는 스레드가 남이 쥐기를 기다립니다",
        )?;
        if timed {
            ensure(holder.is_some(), "빈 락을 기다립니다")
        } else {
            ensure(asked, "요청이 없는데 남이 쥐기를 기다립니다")
        }
    }

    fn woke(&mut self, me: usize, timed_out: bool) -> Verdict {
        let (held, switches) = (self.holder.is_some(), self.switches);
        let thread = self.thread(me);
        let before = thread.asleep_at.take();
        thread.may_ask = timed_out && held && before == Some(switches);
        Ok(())
    }

    fn requested(&mut self, me: usize) -> Verdict {
        ensure(
            self.thread(me).may_ask,
            "한 간격을 꼬박 기다리지 않고 요청했습니다",
        )?;
        self.asked = true;
        Ok(())
    }
}

fn ensure(holds: bool, otherwise: &'static str) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise) }
}
