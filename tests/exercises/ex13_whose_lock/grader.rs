//! ex13의 채점기입니다.
//!
//! 저금통이 차례를 정합니다. 학생의 코드가 락을 쥐지 않은 순간마다 「틈」을 하나씩 세고, 정해 둔 틈에서
//! 남이 먼저 찾아갑니다. 틈을 하나씩 옮겨 가며 모두 해 봅니다. 그래서 읽기와 쓰기 사이에 틈이 있으면 반드시
//! 들키고, 없으면 결코 들키지 않습니다.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use noriteo::gil::{self, Gil};
use serde::{Deserialize, Serialize};
use witness::{Case, Verdict, Work, Wrong, ensure, here};

fn main() {
    witness::main(
        &[
            ("alone", alone),
            ("lost", lost),
            ("gil-free", gil_free),
            ("together", together),
            ("crowd", crowd),
        ],
        &[("one", one), ("many", many), ("mailing", mailing)],
    )
}

/// 남이 끼어들어 볼 틈의 수입니다. 다시 해 보는 답도 이보다 틈이 적습니다.
const GAPS: usize = 12;

/// 한 번 찾는 일의 차림입니다.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Plan {
    start: u64,
    amount: u64,
    /// 남이 끼어들 틈과 찾아갈 돈입니다.
    rival: Option<(usize, u64)>,
}

/// 한 번 찾는 동안 저금통이 본 것입니다.
#[derive(Default, Serialize, Deserialize)]
struct Told {
    returned: bool,
    balance: u64,
    /// 남이 찾아간 돈입니다.
    taken: u64,
    mails: Vec<u64>,
    /// GIL을 쥔 채 부른 일들입니다.
    under_gil: Vec<String>,
    /// 쥐지 않은 락을 놓은 횟수입니다.
    stray_releases: usize,
    still_held: bool,
}

fn tried(case: &Case, plan: Plan) -> Result<Told, Wrong> {
    let told: Told = case.subject("one").input(&plan).run()?.answer()?;
    ensure(
        told.stray_releases == 0,
        "쥐지 않은 락을 놓았습니다.",
    )?;
    Ok(told)
}

fn alone(case: &Case) -> Verdict {
    let start = case.between(1, 100, 1_000);
    for (amount, what) in [
        (start / 2, "넉넉할 때"),
        (start, "꼭 맞을 때"),
        (start + 1, "모자랄 때"),
    ] {
        let plan = Plan { start, amount, rival: None };
        let told = tried(case, plan)?;
        let enough = amount <= start;
        ensure(told.returned == enough, format!("{what} {}를 돌려주었습니다.", told.returned))?;
        let left = if enough { start - amount } else { start };
        ensure(told.balance == left, format!("{what} 저금통에 남은 돈이 다릅니다."))?;
        let mails = if enough { vec![amount] } else { Vec::new() };
        ensure(told.mails == mails, format!("{what} 편지를 {}번 보냈거나 적은 돈이 다릅니다.", told.mails.len()))?;
        ensure(!told.still_held, format!("{what} 락을 놓지 않고 돌아갔습니다."))?;
    }
    Ok(())
}

fn lost(case: &Case) -> Verdict {
    let amount = case.between(2, 50, 100);
    // 둘 다 찾을 만한 때, 하나만 찾을 만한 때입니다.
    for start in [amount * 4, amount] {
        for gap in 0..GAPS {
            let plan = Plan { start, amount, rival: Some((gap, amount)) };
            let told = tried(case, plan)?;
            let mine = if told.returned { amount } else { 0 };
            ensure(
                i128::from(start) - i128::from(mine) - i128::from(told.taken) == i128::from(told.balance),
                format!(
                    "{start}원에서 남이 {}원, 여러분이 {mine}원을 찾았는데 {}원이 남았습니다. \
                     남은 락이 비어 있을 때 찾아갔습니다.",
                    told.taken,
                    told.balance
                ),
            )?;
            let could_be_short = start < amount + told.taken;
            ensure(told.returned || could_be_short, "넉넉한데 찾지 못했습니다.")?;
            ensure(!told.still_held, "락을 놓지 않고 돌아갔습니다.")?;
        }
    }
    Ok(())
}

fn gil_free(case: &Case) -> Verdict {
    let start = case.between(3, 100, 1_000);
    for amount in [start / 2, start + 1] {
        let told = tried(case, Plan { start, amount, rival: None })?;
        ensure(
            told.under_gil.is_empty(),
            format!("GIL을 쥔 채 기다렸습니다: {}.", told.under_gil.join(", ")),
        )?;
    }
    Ok(())
}

fn together(case: &Case) -> Verdict {
    for children in [2, 4] {
        case.subject("mailing").input(&children).gather(children).run()?;
    }
    Ok(())
}

/// 네 아이가 한 번에 찾는 돈입니다.
const EACH: u64 = 10;

fn crowd(case: &Case) -> Verdict {
    let times = case.between(4, 40, 60);
    // 모두가 찾기에는 모자란 돈입니다.
    let start = times * 3 * EACH + case.between(5, 0, EACH);
    let seen = case.subject("many").input(&(start, times)).run()?;
    let (done, told): (u64, Told) = seen.answer()?;
    ensure(
        done * EACH + told.balance == start,
        format!("{start}원에서 {EACH}원씩 {done}번 찾았는데 {}원이 남았습니다.", told.balance),
    )?;
    ensure(told.balance < EACH, format!("{}원이 남았는데 찾지 못한 아이가 있습니다.", told.balance))?;
    ensure(told.mails.len() as u64 == done, format!("{done}번 찾고 편지는 {}번 보냈습니다.", told.mails.len()))
}

/// 채점기의 저금통입니다.
struct Counted {
    gil: Gil,
    state: Mutex<State>,
    freed: Condvar,
}

struct State {
    held: bool,
    balance: u64,
    rival: Option<(usize, u64)>,
    gaps: usize,
    told: Told,
}

impl Counted {
    fn new(gil: &Gil, start: u64, rival: Option<(usize, u64)>) -> Counted {
        Counted {
            gil: gil.clone(),
            state: Mutex::new(State {
                held: false,
                balance: start,
                rival,
                gaps: 0,
                told: Told::default(),
            }),
            freed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// 락이 비어 있으면 틈입니다. 정해 둔 틈이면 남이 락을 쥐고 찾아가고 놓습니다. 한순간에 합니다.
    fn gap(&self) {
        let mut state = self.lock();
        if state.held {
            return;
        }
        let now = state.gaps;
        state.gaps += 1;
        if let Some((when, amount)) = state.rival
            && when == now
            && let Some(left) = state.balance.checked_sub(amount)
        {
            state.balance = left;
            state.told.taken += amount;
        }
    }

    /// 기다리는 일입니다. 그동안 다른 아이가 GIL을 쥐었다가 놓을 수 있어야 합니다.
    fn waits(&self, what: &str) {
        if gil::is_held() {
            self.lock().told.under_gil.push(what.to_owned());
            return;
        }
        let passed = self.gil.spawn(|| ()).and_then(noriteo::thread::JoinHandle::join);
        passed.expect("스레드를 만들 수 있습니다");
    }

    fn told(&self, returned: bool) -> Told {
        let mut state = self.lock();
        let mut told = std::mem::take(&mut state.told);
        told.returned = returned;
        told.balance = state.balance;
        told.still_held = state.held;
        told
    }
}

impl submission::Bank for Counted {
    fn acquire(&self) {
        self.gap();
        self.waits("acquire");
        let state = self.lock();
        self.freed
            .wait_while(state, |state| state.held)
            .unwrap_or_else(PoisonError::into_inner)
            .held = true;
    }

    fn release(&self) {
        {
            let mut state = self.lock();
            if !state.held {
                state.told.stray_releases += 1;
            }
            state.held = false;
            self.freed.notify_one();
        }
        self.gap();
    }

    fn read(&self) -> u64 {
        self.waits("read");
        let balance = self.lock().balance;
        self.gap();
        balance
    }

    fn write(&self, balance: u64) {
        self.gap();
        self.waits("write");
        self.lock().balance = balance;
    }

    fn mail(&self, amount: u64) {
        self.gap();
        self.waits("mail");
        self.lock().told.mails.push(amount);
    }
}

/// 편지를 보낼 때 모두 모이는 저금통입니다.
struct Meeting(Counted);

impl submission::Bank for Meeting {
    fn acquire(&self) {
        self.0.acquire();
    }
    fn release(&self) {
        self.0.release();
    }
    fn read(&self) -> u64 {
        self.0.read()
    }
    fn write(&self, balance: u64) {
        self.0.write(balance);
    }
    fn mail(&self, _: u64) {
        here().meet("mail");
    }
}

fn one(work: &Work) {
    let plan: Plan = work.input();
    let gil = Gil::default();
    let bank = Counted::new(&gil, plan.start, plan.rival);
    let returned = gil.with(|| submission::withdraw(&bank, plan.amount));
    work.answer(&bank.told(returned));
}

fn many(work: &Work) {
    let (start, times): (u64, u64) = work.input();
    let gil = Gil::default();
    let bank = Arc::new(Counted::new(&gil, start, None));
    let done = children(&gil, 4, &bank, move |bank| {
        (0..times).filter(|_| submission::withdraw(bank, EACH)).count() as u64
    });
    work.answer(&(done.iter().sum::<u64>(), bank.told(true)));
}

fn mailing(work: &Work) {
    let count: usize = work.input();
    let gil = Gil::default();
    let bank = Arc::new(Meeting(Counted::new(&gil, 1_000, None)));
    children(&gil, count, &bank, |bank| submission::withdraw(bank, 1));
    work.answer(&true);
}

/// GIL에 묶인 아이 `count`명이 저마다 `f`를 합니다.
fn children<B, T>(gil: &Gil, count: usize, bank: &Arc<B>, f: impl Fn(&B) -> T + Copy + Send + 'static) -> Vec<T>
where
    B: Send + Sync + 'static,
    T: Send + 'static,
{
    let children: Vec<_> = (0..count)
        .map(|_| {
            let bank = Arc::clone(bank);
            gil.spawn(move || f(&bank)).expect("스레드를 만들 수 있습니다")
        })
        .collect();
    children
        .into_iter()
        .map(|child| child.join().unwrap_or_else(|error| panic!("{error}")))
        .collect()
}
