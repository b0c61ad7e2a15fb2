//! 락이 없을 때: 코어를 돌아가며 쓰는 스레드들입니다. 락의 파일이 하는 일이 아니라서 따로 적었습니다.
//!
//! 자바스크립트 모형은 스레드마다 제 이야기를 적고, 여기서는 코어와 줄이 있는 표 하나를 고쳐 나갑니다.

use std::{
    collections::{BTreeSet, VecDeque},
    mem,
};

use noriteo::trace::State;

use crate::job::{Piece, Pieces, Run, SLICE, Settings, Track};

struct Child {
    pieces: Pieces,
    /// 지금 조각에서 남은 계산과, 그 뒤의 입출력입니다.
    compute: u64,
    io: u64,
    /// 달리거나, 코어를 기다리거나, 입출력을 기다립니다. 아직 시작하지 않았으면 비어 있습니다.
    state: Option<State>,
    since: u64,
    track: Track,
}

/// 코어와 줄, 그리고 앞으로 일어날 일입니다.
struct Playground {
    now: u64,
    idle: usize,
    ready: VecDeque<usize>,
    /// (시각, 적힌 차례, 스레드)입니다.
    plans: BTreeSet<(u64, u64, usize)>,
    order: u64,
}

impl Playground {
    fn plan(&mut self, after: u64, id: usize) {
        self.plans.insert((self.now + after, self.order, id));
        self.order += 1;
    }

    /// 코어를 줄의 맨 앞에 넘깁니다. 줄이 비었으면 놀립니다.
    fn hand_on(&mut self) {
        match self.ready.pop_front() {
            Some(next) => self.plan(0, next),
            None => self.idle += 1,
        }
    }
}

impl Child {
    fn enter(&mut self, state: State, now: u64) {
        if let Some(before) = self.state.replace(state) {
            self.track.push(before, self.since, now);
        }
        self.since = now;
    }

    fn run(&mut self, id: usize, ground: &mut Playground) {
        self.enter(State::Running, ground.now);
        ground.plan(self.compute.min(SLICE), id);
    }

    /// 제 차례의 일을 하고, 다음에 무엇을 할지 정합니다.
    fn step(&mut self, id: usize, ground: &mut Playground) {
        match self.state {
            Some(State::CoreWait) => return self.run(id, ground),
            Some(State::Running) => {
                self.compute -= ground.now - self.since;
                if self.compute > 0 && ground.ready.is_empty() {
                    return self.run(id, ground);
                }
                ground.hand_on();
            }
            _ => {}
        }
        if self.compute == 0 && self.io == 0 {
            Piece {
                compute: self.compute,
                io: self.io,
            } = self.pieces.draw();
        }
        if self.compute == 0 {
            self.enter(State::Io, ground.now);
            ground.plan(mem::take(&mut self.io), id);
        } else if ground.idle > 0 {
            ground.idle -= 1;
            self.run(id, ground);
        } else {
            self.enter(State::CoreWait, ground.now);
            ground.ready.push_back(id);
        }
    }
}

/// `settings`대로 돌립니다.
pub fn run(settings: Settings) -> Run {
    let mut ground = Playground {
        now: 0,
        idle: settings.cores,
        ready: VecDeque::new(),
        plans: BTreeSet::new(),
        order: 0,
    };
    let child = |id| Child {
        pieces: settings.pieces(id),
        compute: 0,
        io: 0,
        state: None,
        since: 0,
        track: Track::default(),
    };
    let mut children: Vec<Child> = (0..settings.threads).map(child).collect();
    for id in 0..settings.threads {
        ground.plan(0, id);
    }
    while let Some((now, _, id)) = ground.plans.pop_first()
        && now < settings.window
    {
        ground.now = now;
        children[id].step(id, &mut ground);
    }
    let finish = |mut child: Child| {
        if let Some(state) = child.state {
            child.track.push(state, child.since, settings.window);
        }
        child.track
    };
    Run {
        tracks: children.into_iter().map(finish).collect(),
        ..Run::default()
    }
}
