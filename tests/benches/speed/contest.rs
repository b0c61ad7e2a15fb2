//! 경기 하나를 여는 기계입니다: 번갈아 재고, 라운드마다 비율을 구하고, 중앙값과 그 구간을 봅니다.

use std::time::Duration;

use noriteo::{
    Error, Result,
    measure::{
        Spread,
        evidence::{self, Evidence},
    },
    process, variant,
};

use libtest_mimic::{Failed, Trial};

use crate::{options::Options, others, support};

/// `--quick`일 때의 라운드 수입니다.
const QUICK_ROUNDS: usize = 5;

/// 시끄럽거나 한계를 넘었을 때 모두 몇 번까지 재는지입니다.
const TRIES: usize = 3;

/// 다른 일이 이보다 많은 코어를 썼으면, 한계를 분명히 넘은 것도 다시 재어 봅니다.
const BUSY: f64 = 0.25;

/// 선수 하나가 한 라운드에 쓸 수 있는 가장 긴 시간입니다. 넘으면 멈춘 것으로 보고 끝냅니다.
const LIMIT: Duration = Duration::from_secs(120);

/// 같은 일을 하는 선수들과, 그들의 시간에서 얻을 수치들입니다.
pub struct Contest {
    /// 증거의 이름은 `speed-이름`입니다.
    pub name: &'static str,
    /// 화면에 보이는 제목입니다.
    pub title: &'static str,
    /// 라운드의 수입니다. 라운드마다 모든 선수가 한 번씩 달립니다.
    pub rounds: usize,
    /// 비율의 95% 구간이 중앙값의 이 몫보다 넓으면 시끄러운 것입니다.
    pub noisy: f64,
    pub entrants: Vec<Entrant>,
    pub rows: Vec<Row>,
}

/// 선수 하나입니다.
pub struct Entrant {
    pub name: &'static str,
    /// 「무엇 하나의 시간」에서 무엇입니다.
    pub label: &'static str,
    /// 한 라운드에 몇 번 하는지입니다.
    pub count: u64,
    /// 한 번이 일 몇 개인지입니다. 묶음이면 묶음의 크기이고, 보통은 1입니다.
    pub each: u64,
    /// `count`번 하고 걸린 시간을 돌려줍니다. 준비와 몸풀기는 넣지 않습니다.
    pub run: fn(u64) -> Result<Duration>,
    pub place: Place,
}

/// 선수가 달리는 곳입니다.
pub enum Place {
    /// 이 프로그램을 새로 시작한 프로세스입니다.
    Fresh,
    /// 선수가 스스로 새 프로그램을 띄웁니다. 달릴 수 없으면 까닭을 돌려주는 함수가 딸립니다.
    Own(fn() -> Option<String>),
}

impl Entrant {
    pub fn fresh(
        name: &'static str,
        label: &'static str,
        count: u64,
        run: fn(u64) -> Result<Duration>,
    ) -> Entrant {
        Entrant {
            name,
            label,
            count,
            each: 1,
            run,
            place: Place::Fresh,
        }
    }

    /// 달릴 수 없으면 그 까닭입니다.
    pub fn missing(&self) -> Option<String> {
        match self.place {
            Place::Fresh => None,
            Place::Own(missing) => missing(),
        }
    }
}

/// 두 선수의 시간의 비율입니다.
pub struct Row {
    pub id: &'static str,
    pub what: &'static str,
    /// 이 선수의 시간을
    pub over: &'static str,
    /// 이 선수의 시간으로 나눕니다.
    pub under: &'static str,
    /// 나눈 것에 곱합니다. 보통은 1입니다.
    pub scale: f64,
    pub figure: Figure,
    pub bound: Bound,
}

/// 여러 라운드에서 수치 하나를 얻는 법입니다.
pub enum Figure {
    /// 라운드마다 비율을 구해 그 중앙값을 봅니다.
    Median,
    /// 저마다 가장 빨랐던 라운드끼리 견줍니다.
    Best,
}

/// 지켜야 할 한계입니다. 이 일을 맡긴 이가 정한 것입니다.
#[derive(Clone, Copy)]
pub enum Bound {
    None,
    AtLeast(f64),
    AtMost(f64),
    Within(f64, f64),
}

impl Bound {
    fn holds(self, figure: f64) -> bool {
        self.of(Evidence::new("", "", figure, "")).holds()
    }

    fn of(self, evidence: Evidence) -> Evidence {
        match self {
            Bound::None => evidence,
            Bound::AtLeast(low) => evidence.at_least(low),
            Bound::AtMost(high) => evidence.at_most(high),
            Bound::Within(low, high) => evidence.within(low, high),
        }
    }
}

impl Row {
    pub fn ratio(
        id: &'static str,
        what: &'static str,
        over: &'static str,
        under: &'static str,
    ) -> Row {
        Row {
            id,
            what,
            over,
            under,
            scale: 1.0,
            figure: Figure::Median,
            bound: Bound::None,
        }
    }

    pub fn bound(mut self, bound: Bound) -> Row {
        self.bound = bound;
        self
    }
}

/// 표의 한 줄입니다.
pub struct Line {
    pub id: String,
    pub what: String,
    pub outcome: Outcome,
}

/// 한 줄의 결과입니다.
pub enum Outcome {
    Measured {
        evidence: Evidence,
        bound: Bound,
        figure: f64,
        unit: &'static str,
        /// 중앙값의 95% 구간입니다. 한 번만 센 것에는 없습니다.
        interval: Option<(f64, f64)>,
        /// 구간이 넓어 믿기 어려우면 참입니다.
        noisy: bool,
    },
    /// 잴 수 없어 걸렀습니다. CI에서는 거를 수 없습니다.
    LeftOut(String),
    /// 셀 도구가 없어 적지 않습니다. 없어도 되는 보고입니다.
    NotCounted(String),
    Failed(String),
}

impl Outcome {
    /// 한 번 세어 얻은, 한계가 없는 수치입니다.
    pub fn exact(id: &str, what: String, figure: f64, unit: &'static str) -> Outcome {
        Outcome::Measured {
            evidence: Evidence::new(id, what, figure, unit),
            bound: Bound::None,
            figure,
            unit,
            interval: None,
            noisy: false,
        }
    }
}

impl Line {
    /// 잰 줄이면 그 증거입니다.
    pub fn evidence(&self) -> Option<Evidence> {
        match &self.outcome {
            Outcome::Measured { evidence, .. } => Some(evidence.clone()),
            _ => None,
        }
    }

    /// 그대로 두어도 되는 줄이면 참입니다.
    pub fn holds(&self) -> bool {
        match &self.outcome {
            Outcome::Measured { evidence, .. } => evidence.holds(),
            Outcome::LeftOut(_) => !support::in_ci(),
            Outcome::NotCounted(_) => true,
            Outcome::Failed(_) => false,
        }
    }

    /// 다시 재면 달라질 수 있는 줄이면 참입니다. 한계가 없는 줄은 따지지 않습니다.
    ///
    /// 시끄러웠거나, 한계를 넘었지만 95% 구간이 한계에 걸쳐 있는 줄이 그렇습니다. 조용한 컴퓨터에서 구간이 통째로
    /// 한계 밖이면 여러 번 재어 그 가운데 하나가 통과하기를 바라지 않습니다.
    fn undecided(&self, busy: bool) -> bool {
        let Outcome::Measured {
            evidence,
            bound,
            interval: Some((low, high)),
            noisy,
            ..
        } = &self.outcome
        else {
            return false;
        };
        let straddles = || [*low, *high].map(|end| bound.holds(end)).contains(&true);
        evidence.bound().is_some() && (*noisy || !evidence.holds() && (busy || straddles()))
    }
}

/// 새로 시작한 프로세스가 들어설 곳을 등록합니다. `main` 맨 위에서 부릅니다.
pub fn entries() {
    process::entry(run_fresh);
    variant::entry();
}

/// 새 프로세스에서 선수 하나를 `count`번 달리게 하고 걸린 나노초를 돌려줍니다.
fn run_fresh((contest, name, count): (String, String, u64)) -> Result<u64, String> {
    let took = find(&contest, &name, |entrant| (entrant.run)(count));
    let took = took
        .and_then(|took| took)
        .map_err(|error| error.to_string())?;
    u64::try_from(took.as_nanos()).map_err(|error| error.to_string())
}

/// 이름으로 선수를 찾아 `with`에 넘깁니다.
pub fn find<T>(contest: &str, name: &str, with: impl FnOnce(&Entrant) -> T) -> Result<T> {
    let contests = crate::contests();
    contests
        .iter()
        .filter(|known| known.name == contest)
        .flat_map(|known| &known.entrants)
        .find(|entrant| entrant.name == name)
        .map(with)
        .ok_or_else(|| failed(format!("{contest}/{name}이라는 선수는 없습니다")))
}

/// 선수를 새 프로세스에서 한 번 달리게 합니다. [`LIMIT`] 안에 끝나지 않으면 끝냅니다.
pub fn fresh(contest: &str, name: &str, count: u64) -> Result<Duration> {
    let child = process::spawn(run_fresh, (contest.to_owned(), name.to_owned(), count))?;
    if !child.wait_timeout(LIMIT)? {
        return Err(failed(format!(
            "{contest}/{name}이(가) {LIMIT:?} 안에 끝나지 않아 끝냈습니다"
        )));
    }
    child.join()?.map(Duration::from_nanos).map_err(failed)
}

/// 경기를 열어 고른 줄들을 얻습니다. 온전히 쟀으면 증거도 남깁니다.
pub fn hold(mut contest: Contest, options: &Options) -> Vec<Line> {
    let whole = contest.choose(options);
    if contest.entrants.is_empty() {
        return Vec::new();
    }
    println!("== {} ({})", contest.title, contest.name);
    let mut lines = Vec::new();
    for attempt in 1..=TRIES {
        let (times, others) = others::watch(|| contest.measure(options));
        lines = match times {
            Ok(times) => contest.lines(&times),
            Err(error) => contest.failed(&error),
        };
        lines.extend(contest.conditions(attempt, others));
        let busy = others.is_some_and(|cores| cores > BUSY);
        let undecided: Vec<&str> = lines
            .iter()
            .filter(|line| line.undecided(busy))
            .map(|line| line.id.as_str())
            .collect();
        if undecided.is_empty() {
            break;
        }
        let again = if attempt < TRIES {
            "다시 잽니다"
        } else {
            "더 재지 않고 마지막 값을 적습니다"
        };
        println!(
            "   {attempt}번째: 시끄럽거나 한계에 걸친 줄이 있습니다({}). {again}.",
            undecided.join(", ")
        );
    }
    if whole && !options.quick {
        lines.extend(contest.leave(&lines));
    }
    lines
}

/// 선수마다 라운드마다 일 하나에 걸린 시간(ns)입니다. 달릴 수 없는 선수는 까닭을 담습니다.
type Times = Vec<(&'static str, Result<Vec<f64>, String>)>;

impl Contest {
    /// 모든 줄의 이름입니다.
    pub fn ids(&self) -> Vec<String> {
        let rows = self.rows.iter().map(|row| row.id);
        let entrants = self.entrants.iter().map(|entrant| entrant.name);
        rows.chain(entrants)
            .map(|id| id_of(self.name, id))
            .collect()
    }

    /// 고른 줄과 거기에 쓰이는 선수만 남깁니다. 하나도 버리지 않았으면 참입니다.
    fn choose(&mut self, options: &Options) -> bool {
        let (entrants, rows) = (self.entrants.len(), self.rows.len());
        let name = self.name;
        self.rows.retain(|row| options.wants(&id_of(name, row.id)));
        let rows_left = &self.rows;
        self.entrants.retain(|entrant| {
            options.wants(&id_of(name, entrant.name))
                || rows_left
                    .iter()
                    .any(|row| row.over == entrant.name || row.under == entrant.name)
        });
        (entrants, rows) == (self.entrants.len(), self.rows.len())
    }

    /// 라운드마다 차례를 바꾸어 가며 모든 선수를 잽니다.
    fn measure(&self, options: &Options) -> Result<Times> {
        let rounds = if options.quick {
            QUICK_ROUNDS
        } else {
            self.rounds
        };
        let mut times: Times = self
            .entrants
            .iter()
            .map(|entrant| {
                let times = match entrant.missing() {
                    None => Ok(Vec::new()),
                    Some(why) => Err(why),
                };
                (entrant.name, times)
            })
            .collect();
        for round in 0..rounds {
            for at in order(self.entrants.len(), round) {
                let entrant = &self.entrants[at];
                if let Ok(times) = &mut times[at].1 {
                    let took = self.run(entrant)?;
                    let ops = (entrant.count * entrant.each) as f64;
                    times.push(took.as_nanos() as f64 / ops);
                }
            }
        }
        Ok(times)
    }

    fn run(&self, entrant: &Entrant) -> Result<Duration> {
        match entrant.place {
            Place::Own(_) => (entrant.run)(entrant.count),
            Place::Fresh => fresh(self.name, entrant.name, entrant.count),
        }
    }

    fn lines(&self, times: &Times) -> Vec<Line> {
        let of = |name: &str| {
            times.iter().find(|(known, _)| *known == name).map_or(
                Err(format!("{name}이라는 선수가 없습니다")),
                |(_, times)| times.clone(),
            )
        };
        let mut lines = Vec::new();
        for row in &self.rows {
            let both = of(row.over).and_then(|over| Ok((over, of(row.under)?)));
            let outcome = match both {
                Err(why) => Outcome::LeftOut(why),
                Ok((over, under)) => {
                    let ratios: Vec<f64> = over
                        .iter()
                        .zip(&under)
                        .map(|(over, under)| row.scale * over / under)
                        .collect();
                    let what = row.what.to_owned();
                    let (figure, range) = match row.figure {
                        Figure::Median => (median(&ratios), interval(&ratios)),
                        Figure::Best => best(row.scale, &over, &under),
                    };
                    self.measured(row.id, what, (figure, range), "배", row.bound)
                }
            };
            lines.push(self.line(row.id, row.what.to_owned(), outcome));
        }
        for entrant in &self.entrants {
            let what = format!("{}의 시간", entrant.label);
            let outcome = match of(entrant.name) {
                Err(why) => Outcome::LeftOut(why),
                Ok(times) => {
                    let figure = (median(&times), interval(&times));
                    self.measured(entrant.name, what.clone(), figure, "ns", Bound::None)
                }
            };
            lines.push(self.line(entrant.name, what, outcome));
        }
        lines
    }

    fn measured(
        &self,
        id: &str,
        what: String,
        (figure, range): (f64, (f64, f64)),
        unit: &'static str,
        bound: Bound,
    ) -> Outcome {
        Outcome::Measured {
            evidence: bound.of(Evidence::new(id_of(self.name, id), what, figure, unit)),
            bound,
            figure,
            unit,
            interval: Some(range),
            noisy: range.1 - range.0 > self.noisy * figure,
        }
    }

    fn line(&self, id: &str, what: String, outcome: Outcome) -> Line {
        Line {
            id: id_of(self.name, id),
            what,
            outcome,
        }
    }

    /// 어떤 형편에서 쟀는지입니다.
    fn conditions(&self, attempt: usize, others: Option<f64>) -> Vec<Line> {
        let line = |name: &str, what: &str, figure: f64, unit: &'static str| {
            let id = id_of(self.name, name);
            let outcome = Outcome::exact(&id, what.to_owned(), figure, unit);
            self.line(name, what.to_owned(), outcome)
        };
        let what = "이 값들을 얻을 때까지 잰 횟수(많아야 3)";
        let mut lines = vec![line("tries", what, attempt as f64, "번")];
        let what = "재는 동안 다른 일이 쓴 CPU(0에 가까워야 조용합니다)";
        lines.extend(others.map(|cores| line("others", what, cores, "코어")));
        lines
    }

    fn failed(&self, error: &Error) -> Vec<Line> {
        let what = self.title.to_owned();
        vec![self.line("", what, Outcome::Failed(error.to_string()))]
    }

    /// 잰 줄을 증거로 남깁니다. 남기지 못하면 그것도 한 줄이 됩니다.
    fn leave(&self, lines: &[Line]) -> Option<Line> {
        let rows: Vec<Evidence> = lines.iter().filter_map(Line::evidence).collect();
        if rows.is_empty() {
            return None;
        }
        let error = evidence::write(&format!("speed-{}", self.name), &rows).err()?;
        let what = "증거를 남기기".to_owned();
        Some(self.line("evidence", what, Outcome::Failed(error.to_string())))
    }
}

fn id_of(contest: &str, row: &str) -> String {
    if row.is_empty() {
        contest.to_owned()
    } else {
        format!("{contest}-{row}")
    }
}

/// 선수들이 달리는 차례입니다. 라운드마다 한 칸씩 돌리고, 짝수 라운드와 홀수 라운드는 서로 거꾸로입니다.
fn order(entrants: usize, round: usize) -> Vec<usize> {
    let turn = round / 2;
    let mut order: Vec<usize> = (0..entrants).map(|at| (at + turn) % entrants).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

fn median(values: &[f64]) -> f64 {
    Spread::of(values.iter().copied()).map_or(f64::NAN, |spread| spread.median)
}

/// 중앙값의 95% 신뢰 구간입니다. 값이 어떤 분포에서 왔는지 가정하지 않고 순위만 봅니다.
///
/// 값 하나가 참 중앙값보다 작을 확률이 1/2이라는 것만 쓰면, n개 가운데 n/2 − 0.98√n째와
/// 그 맞은편 값 사이에 참 중앙값이 든다고 95%쯤 믿을 수 있습니다(이항 분포의 정규 어림). 21개라면 6째와 16째입니다.
fn interval(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let rank = (n as f64 / 2.0 - 0.98 * (n as f64).sqrt()).round().max(1.0) as usize;
    match (sorted.get(rank - 1), sorted.get(n.saturating_sub(rank))) {
        (Some(low), Some(high)) => (*low, *high),
        _ => (f64::NAN, f64::NAN),
    }
}

/// 이 기계의 검사입니다. `cargo test`가 돌립니다.
pub fn trials() -> Vec<Trial> {
    support::tests![
        every_entrant_runs_in_every_place,
        the_interval_stands_on_ranks,
        broken_bounds_are_not_forgiven,
        rows_name_known_entrants
    ]
}

/// 어느 선수도 늘 먼저나 늘 나중에 달리지 않습니다.
fn every_entrant_runs_in_every_place() -> support::Outcome {
    for entrants in 1..8 {
        let mut firsts = vec![0; entrants];
        for round in 0..2 * entrants {
            let mut sorted = order(entrants, round);
            firsts[sorted[0]] += 1;
            sorted.sort_unstable();
            same("차례", sorted, (0..entrants).collect())?;
        }
        same("처음 달린 횟수", firsts, vec![2; entrants])?;
    }
    same(
        "두 선수",
        [0, 1].map(|round| order(2, round)),
        [vec![0, 1], vec![1, 0]],
    )
}

fn the_interval_stands_on_ranks() -> support::Outcome {
    let values: Vec<f64> = (1..=21).rev().map(f64::from).collect();
    same("21개의 구간", interval(&values), (6.0, 16.0))?;
    same("5개의 구간", interval(&values[16..]), (1.0, 5.0))?;
    same("1개의 구간", interval(&values[..1]), (21.0, 21.0))?;
    same("없는 값", interval(&[]).0.is_nan(), true)?;
    same("중앙값", median(&values), 11.0)?;
    let best = best(0.5, &[8.0, 4.0, 5.0], &[2.0, 9.0, 4.0]);
    same("가장 빠른 것끼리", best, (1.0, (0.5, 1.25)))
}

/// 한계를 넘은 줄은 실패입니다. 시끄럽거나 한계에 걸친 줄만 다시 재고, 분명히 넘은 줄은 바쁠 때에만 다시 잽니다.
fn broken_bounds_are_not_forgiven() -> support::Outcome {
    let contest = crate::contests().remove(0);
    let line = |values: &[f64], bound: Bound| {
        let figure = (median(values), interval(values));
        let outcome = contest.measured("x", String::new(), figure, "배", bound);
        contest.line("x", String::new(), outcome)
    };
    let (calm, loud) = ([1.0, 1.01, 1.02], [0.5, 1.01, 2.0]);
    for (values, bound, holds, undecided, when_busy) in [
        (calm, Bound::AtMost(1.01), true, false, false),
        (calm, Bound::AtMost(1.005), false, true, true),
        (calm, Bound::AtMost(0.9), false, false, true),
        (calm, Bound::AtLeast(1.015), false, true, true),
        (calm, Bound::AtLeast(1.1), false, false, true),
        (calm, Bound::Within(1.0, 1.02), true, false, false),
        (loud, Bound::AtMost(1.1), true, true, true),
        (loud, Bound::None, true, false, false),
        ([f64::NAN; 3], Bound::AtMost(1.0), false, false, true),
    ] {
        let line = line(&values, bound);
        same("지켰나", line.holds(), holds)?;
        same("다시 재야 하나", line.undecided(false), undecided)?;
        same("바쁠 때 다시 재야 하나", line.undecided(true), when_busy)?;
    }
    Ok(())
}

/// 줄마다 견주는 두 선수가 정말 있고, 이름은 겹치지 않습니다.
fn rows_name_known_entrants() -> support::Outcome {
    let mut all = Vec::new();
    for contest in crate::contests() {
        for row in &contest.rows {
            for name in [row.over, row.under] {
                find(contest.name, name, |_| ())?;
            }
        }
        all.extend(contest.ids());
    }
    let count = all.len();
    all.sort();
    all.dedup();
    same("서로 다른 이름", all.len(), count)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, wanted: T) -> Result<(), Failed> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {wanted:?}이어야 하는데 {got:?}입니다").into())
    }
}

/// 저마다 가장 빨랐던 것끼리의 비율과, 한쪽이라도 둘째로 빨랐던 것으로 바꾸었을 때의 비율들 사이입니다.
///
/// 가장 빨랐던 것이 우연히 한 번 나온 값이면 둘째와 멀리 떨어져 구간이 넓어집니다.
fn best(scale: f64, over: &[f64], under: &[f64]) -> (f64, (f64, f64)) {
    let two = |times: &[f64]| {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let first = sorted.first().copied().unwrap_or(f64::NAN);
        (first, sorted.get(1).copied().unwrap_or(f64::NAN))
    };
    let (over, under) = (two(over), two(under));
    let range = (scale * over.0 / under.1, scale * over.1 / under.0);
    (scale * over.0 / under.0, range)
}

/// 남의 오류를 이 크레이트의 오류로 바꿉니다.
pub fn failed(error: impl std::fmt::Display) -> Error {
    Error::WorkerFailed {
        message: error.to_string(),
    }
}

/// 나온 값이 옳은지 봅니다. 틀린 답을 빨리 내는 선수는 빠른 선수가 아닙니다.
pub fn check(got: u64, wanted: u64) -> Result<()> {
    if got == wanted {
        Ok(())
    } else {
        Err(failed(format!("답이 {wanted}이어야 하는데 {got}입니다")))
    }
}
