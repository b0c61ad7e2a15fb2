//! ex20의 채점기입니다.

use std::{
    collections::BTreeMap,
    mem,
    os::{fd::OwnedFd, unix::net::UnixStream},
    panic::{self, AssertUnwindSafe},
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
    thread,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use witness::{Case, How, Order, Puppet, Session, Verdict, Work, Wrong, ensure, here};

/// 토막 하나를 두고 아는 것입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Fate {
    Answered(u64),
    Unknown,
    NeverGiven,
}

/// 호스트가 토막을 받은 다음 죽는 자리입니다. 건네준 쪽에서는 가려낼 수 없습니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    BeforeReading,
    AfterReading,
    /// 답의 앞쪽만 쓰고 죽습니다. 수는 뺄 글자의 수입니다(줄바꿈까지 셉니다).
    WhileAnswering(usize),
}

fn main() {
    witness::main(
        &[
            ("answers", answers),
            ("not-held", not_held),
            ("unknown", unknown),
            ("whole-line", whole_line),
            ("kept", kept),
            ("others-go-on", others_go_on),
            ("dead-already", dead_already),
            ("all-dead", all_dead),
        ],
        &[("field", field)],
    )
}

fn answers(case: &Case) -> Verdict {
    for (parts, hosts) in [(0, 2), (1, 1), (2, 3), (12, 1), (15, 3)] {
        let mut field = Field::start(case, parts, hosts)?;
        field.begin();
        field.serve_but(&[])?;
        field.end()?;
    }
    Ok(())
}

fn not_held(case: &Case) -> Verdict {
    for hosts in [2, 3] {
        let mut field = Field::start(case, 12, hosts)?;
        field.begin();
        // 모두가 토막을 하나씩 쥐고 있습니다. 하나는 그대로 붙들고, 나머지가 다른 것을 모두 합니다.
        let held: Vec<u64> = (0..hosts)
            .map(|host| field.read(host))
            .collect::<Result<_, _>>()?;
        let slow = case.between(1, 0, hosts as u64) as usize;
        let others: Vec<usize> = (0..hosts).filter(|host| *host != slow).collect();
        for &host in &others {
            field.answer(host, held[host])?;
        }
        field.serve(&others, Some((slow, held[slow])))?;
        field.end()?;
    }
    Ok(())
}

fn unknown(case: &Case) -> Verdict {
    for death in [Death::BeforeReading, Death::AfterReading] {
        let mut field = Field::start(case, 9, 3)?;
        field.begin();
        let host = case.between(2, 0, 3) as usize;
        field.die(host, death)?;
        field.serve_but(&[host])?;
        field.end()?;
    }
    Ok(())
}

fn whole_line(case: &Case) -> Verdict {
    // 답의 앞쪽만 쓰고 죽습니다. 마지막 것은 수를 다 쓰고 줄바꿈만 쓰지 못했습니다.
    for lacking in [5, 2, 1] {
        let mut field = Field::start(case, 5, 2)?;
        field.begin();
        let host = case.between(3, 0, 2) as usize;
        field.die(host, Death::WhileAnswering(lacking))?;
        field.serve_but(&[host])?;
        field.end()?;
    }
    // 살아 있는 호스트의 답이 나뉘어 옵니다. 앞쪽을 읽은 것을 보고서야 뒤쪽을 씁니다.
    let mut field = Field::start(case, 5, 2)?;
    field.begin();
    let host = case.between(4, 0, 2) as usize;
    let part = field.read(host)?;
    let answer = field.line(part);
    for (from, to) in [(0, 3), (3, 5), (5, answer.len())] {
        field.hosts[host].ask::<bool>(&Order::Write(answer[from..to].to_owned()))?;
        field.hosts[host].ask::<bool>(&Order::Taken)?;
    }
    field.fates.insert(part, Fate::Answered(field.value(part)));
    field.serve_but(&[])?;
    field.end()
}

fn kept(case: &Case) -> Verdict {
    for death in [Death::AfterReading, Death::BeforeReading] {
        let mut field = Field::start(case, 10, 2)?;
        field.begin();
        let host = case.between(5, 0, 2) as usize;
        for _ in 0..3 {
            let part = field.read(host)?;
            field.answer(host, part)?;
        }
        field.die(host, death)?;
        field.serve_but(&[host])?;
        field.end()?;
    }
    // 마지막 답을 쓰자마자 죽습니다. 더 건넬 것은 없습니다.
    let mut field = Field::start(case, 2, 2)?;
    field.begin();
    let held = [field.read(0)?, field.read(1)?];
    for (host, part) in held.into_iter().enumerate() {
        field.answer(host, part)?;
        field.kill(host)?;
    }
    field.end()
}

fn others_go_on(case: &Case) -> Verdict {
    let deaths = [
        Death::BeforeReading,
        Death::AfterReading,
        Death::WhileAnswering(4),
    ];
    for salt in [6, 7] {
        let mut field = Field::start(case, 14, 4)?;
        field.begin();
        let first = case.between(salt, 0, 4) as usize;
        let second = (first + 1 + case.between(salt + 10, 0, 3) as usize) % 4;
        for (turn, host) in [first, second].into_iter().enumerate() {
            let death = case.between(salt + 20 + turn as u64, 0, 3);
            field.die(host, deaths[death as usize])?;
        }
        field.serve_but(&[first, second])?;
        field.end()?;
    }
    // 할 일이 없어 쉬던 호스트가 죽었습니다. 나머지의 일과는 상관이 없습니다.
    let mut field = Field::start(case, 2, 3)?;
    field.begin();
    let busy = field.kill_idle()?;
    field.die(busy[0], Death::AfterReading)?;
    field.serve(&busy[1..], None)?;
    field.end()
}

fn dead_already(case: &Case) -> Verdict {
    for (parts, hosts, dead) in [(8, 2, 1), (9, 4, 2)] {
        let mut field = Field::start(case, parts, hosts)?;
        let first = case.between(8, 0, hosts as u64) as usize;
        let gone: Vec<usize> = (0..dead).map(|turn| (first + turn) % hosts).collect();
        for &host in &gone {
            field.kill(host)?;
        }
        field.begin();
        field.serve_but(&gone)?;
        field.end()?;
    }
    Ok(())
}

fn all_dead(case: &Case) -> Verdict {
    // 시작하기도 전에 모두 죽었거나, 호스트가 하나도 없습니다.
    for hosts in [0, 2] {
        let mut field = Field::start(case, 4, hosts)?;
        for host in 0..hosts {
            field.kill(host)?;
        }
        field.begin();
        field.end()?;
    }
    // 하나씩 건네받고 모두 죽습니다.
    let deaths = [
        Death::WhileAnswering(1),
        Death::AfterReading,
        Death::BeforeReading,
    ];
    let mut field = Field::start(case, 9, 3)?;
    field.begin();
    let part = field.read(1)?;
    field.answer(1, part)?;
    for (host, death) in deaths.into_iter().enumerate() {
        field.die(host, death)?;
    }
    field.end()
}

/// 판 하나입니다. 호스트들은 재판관이 시키는 대로 하고, 누가 무엇을 받았는지는 재판관이 적습니다.
struct Field<'a> {
    case: &'a Case,
    parts: Vec<u64>,
    session: Session,
    hosts: Vec<Puppet>,
    /// 호스트가 읽은 토막과, 그것이 어떻게 되었는지입니다.
    fates: BTreeMap<u64, Fate>,
    /// 호스트 앞에 닿았으나 읽기 전에 죽은 것의 수입니다. 어느 토막인지는 아무도 모릅니다.
    unread: usize,
    dead: usize,
}

impl<'a> Field<'a> {
    /// 호스트를 모두 띄웁니다. 학생의 코드는 [`Field::begin`]을 해야 시작합니다.
    fn start(case: &'a Case, parts: usize, hosts: usize) -> Result<Field<'a>, Wrong> {
        let parts = case.numbers(parts);
        let mut session = case.subject("field").input(&(&parts, hosts)).start();
        session.gathered(1)?;
        let names: Vec<String> = (0..hosts).map(name).collect();
        Ok(Field {
            hosts: session.puppets(&names)?,
            case,
            parts,
            session,
            fates: BTreeMap::new(),
            unread: 0,
            dead: 0,
        })
    }

    fn begin(&mut self) {
        self.session.open(1);
    }

    /// 이 토막의 답입니다. 일곱 자리보다 길고, 호스트에게 받지 않고는 알 수 없습니다.
    fn value(&self, part: u64) -> u64 {
        self.case.between(part, 1_000_000, 1_000_000_000)
    }

    fn line(&self, part: u64) -> String {
        format!("{}\n", self.value(part))
    }

    /// 호스트가 토막 하나를 읽습니다.
    fn read(&mut self, host: usize) -> Result<u64, Wrong> {
        let line = self.hosts[host].ask::<Option<String>>(&Order::Line);
        let Some(line) = line.map_err(|wrong| without(wrong, host))? else {
            return Err(left_early(host));
        };
        let part = part(&line, &self.parts)?;
        once(&mut self.fates, part)?;
        Ok(part)
    }

    /// 쥐고 있던 토막의 답을 온전히 씁니다.
    fn answer(&mut self, host: usize, part: u64) -> Verdict {
        self.hosts[host].ask::<bool>(&Order::Write(self.line(part)))?;
        self.fates.insert(part, Fate::Answered(self.value(part)));
        Ok(())
    }

    /// 토막을 하나 건네받고 죽습니다.
    fn die(&mut self, host: usize, death: Death) -> Verdict {
        if death == Death::BeforeReading {
            let came = self.hosts[host].ask::<bool>(&Order::Await);
            if !came.map_err(|wrong| without(wrong, host))? {
                return Err(left_early(host));
            }
            self.unread += 1;
        } else {
            let part = self.read(host)?;
            if let Death::WhileAnswering(lacking) = death {
                let line = self.line(part);
                let half = line[..line.len() - lacking].to_owned();
                self.hosts[host].ask::<bool>(&Order::Write(half))?;
            }
        }
        self.kill(host)
    }

    /// 호스트를 SIGKILL로 끝냅니다. 돌아왔을 때에는 그 길도 닫혀 있습니다.
    fn kill(&mut self, host: usize) -> Verdict {
        slay(&self.hosts[host]);
        self.bury(1)
    }

    /// 죽인 호스트를 그 부모가 거두기를 기다립니다. 거두었으면 그 호스트가 쥐고 있던 것은 모두 닫혔습니다.
    fn bury(&mut self, count: usize) -> Verdict {
        self.dead += count;
        self.session.noted("buried", self.dead).map(drop)
    }

    /// 토막을 모두 건네받기를 기다린 다음, 받지 못해 쉬는 호스트를 죽입니다. 받은 호스트를 줍니다.
    fn kill_idle(&mut self) -> Result<Vec<usize>, Wrong> {
        let (send, came) = channel();
        let (field, count) = (&*self, self.parts.len());
        let busy = thread::scope(|scope| {
            for (number, host) in field.hosts.iter().enumerate() {
                let send = send.clone();
                scope.spawn(move || send.send((number, host.ask::<bool>(&Order::Await))));
            }
            drop(send);
            let mut busy = Vec::new();
            while busy.len() < count {
                let Ok((number, came)) = came.recv() else {
                    return Err(Wrong::new(
                        "토막을 다 건네지 않고 호스트의 길을 닫았습니다.",
                    ));
                };
                // 더 줄 것이 없는 호스트의 길은 먼저 닫아도 됩니다.
                if came.map_err(|wrong| without(wrong, number))? {
                    busy.push(number);
                }
            }
            let idle = |number: &usize| !busy.contains(number);
            for number in (0..field.hosts.len()).filter(idle) {
                slay(&field.hosts[number]);
            }
            Ok(busy)
        })?;
        self.bury(self.hosts.len() - count)?;
        Ok(busy)
    }

    /// `but`이 아닌 호스트들이 남은 토막을 모두 합니다.
    fn serve_but(&mut self, but: &[usize]) -> Verdict {
        let hosts = (0..self.hosts.len()).filter(|host| !but.contains(host));
        self.serve(&hosts.collect::<Vec<_>>(), None)
    }

    /// `hosts`가 건네받는 대로 모두 답합니다. 길이 닫힐 때까지 합니다.
    ///
    /// `slow`인 호스트는 제 토막을 붙들고 있다가, 나머지가 다른 토막을 모두 한 다음에 답합니다.
    fn serve(&mut self, hosts: &[usize], slow: Option<(usize, u64)>) -> Verdict {
        let left = self.parts.len() - self.fates.len();
        let fates = Mutex::new(mem::take(&mut self.fates));
        let (send, done) = channel();
        let field = &*self;
        let served = thread::scope(|scope| {
            let serve = |host| {
                let (send, fates) = (send.clone(), &fates);
                scope.spawn(move || field.serve_one(host, fates, &send))
            };
            let mut threads: Vec<_> = hosts.iter().map(|&host| serve(host)).collect();
            let mut served = Ok(());
            if let Some((host, part)) = slow {
                threads.push(scope.spawn(move || {
                    if done.iter().take(left).count() < left {
                        let told = format!("{host}번 호스트가 늦는 동안 다른 호스트들이 남은 토막을 다 하지 못했습니다.");
                        return Err(Wrong { how: How::Hang, detail: told });
                    }
                    field.hosts[host].ask::<bool>(&Order::Write(field.line(part))).map(drop)
                }));
            }
            drop(send);
            for thread in threads {
                served = served.and(thread.join().expect("패닉하지 않습니다"));
            }
            served
        });
        self.fates = fates.into_inner().expect("패닉하지 않습니다");
        if let Some((_, part)) = slow {
            self.fates.insert(part, Fate::Answered(self.value(part)));
        }
        served
    }

    fn serve_one(
        &self,
        host: usize,
        fates: &Mutex<BTreeMap<u64, Fate>>,
        done: &Sender<u64>,
    ) -> Verdict {
        let puppet = &self.hosts[host];
        while let Some(line) = puppet.ask::<Option<String>>(&Order::Line)? {
            let part = part(&line, &self.parts)?;
            once(&mut fates.lock().expect("패닉하지 않습니다"), part)?;
            puppet.ask::<bool>(&Order::Write(self.line(part)))?;
            let answered = Fate::Answered(self.value(part));
            fates
                .lock()
                .expect("패닉하지 않습니다")
                .insert(part, answered);
            // 느린 호스트가 없으면 듣는 이도 없습니다.
            let _ = done.send(part);
        }
        Ok(())
    }

    /// 돌아온 것을 장부와 맞추어 봅니다.
    fn end(mut self) -> Verdict {
        self.session.gathered(1)?;
        self.session.open(1);
        let seen = self.session.end()?;
        let Some(told) = seen.answer::<Option<Vec<Fate>>>()? else {
            return Err(Wrong::new("hand_out이 패닉했습니다."));
        };
        ensure(
            told.len() == self.parts.len(),
            format!(
                "토막은 {}개인데 결과는 {}개입니다.",
                self.parts.len(),
                told.len()
            ),
        )?;
        let (mut unknown, mut never) = (0, 0);
        for (part, told) in self.parts.iter().zip(told) {
            match (self.fates.get(part), told) {
                (Some(fate), told) => ensure(
                    *fate == told,
                    format!("{}인데 {told:?}라고 했습니다.", story(*fate)),
                )?,
                (None, Fate::Unknown) => unknown += 1,
                (None, Fate::NeverGiven) => never += 1,
                (None, Fate::Answered(_)) => {
                    return Err(Wrong::new("아무도 답하지 않은 토막이 Answered입니다."));
                }
            }
        }
        ensure(
            unknown == self.unread,
            format!(
                "호스트가 읽지 않은 토막 가운데 길에 쓴 것은 {}개인데 Unknown이 {unknown}개입니다.",
                self.unread
            ),
        )?;
        ensure(
            never == 0 || self.dead == self.hosts.len(),
            format!("남은 호스트가 있는데 토막 {never}개를 건네지 않았습니다."),
        )
    }
}

fn story(fate: Fate) -> String {
    match fate {
        Fate::Answered(value) => format!("온전한 답 {value}이(가) 온 토막"),
        _ => "건넸으나 온전한 답이 오지 않은 토막".to_owned(),
    }
}

/// 호스트가 받은 줄은 토막 하나여야 합니다.
fn part(line: &str, parts: &[u64]) -> Result<u64, Wrong> {
    let part = line.parse().ok().filter(|part| parts.contains(part));
    part.ok_or_else(|| Wrong::new(format!("호스트가 받은 줄 {line:?}은(는) 토막이 아닙니다.")))
}

/// 한 토막은 한 번만 건넵니다.
fn once(fates: &mut BTreeMap<u64, Fate>, part: u64) -> Verdict {
    let before = fates.insert(part, Fate::Unknown);
    ensure(
        before.is_none(),
        "한 토막을 두 호스트가 받았습니다. 두 번 하면 안 되는 일입니다.",
    )
}

fn slay(host: &Puppet) {
    kill(Pid::from_raw(host.pid()), Signal::SIGKILL).expect("아직 거두지 않은 프로세스입니다");
}

/// 기다려도 토막이 오지 않았습니다.
fn without(wrong: Wrong, host: usize) -> Wrong {
    Wrong {
        how: wrong.how,
        detail: format!("남은 토막이 있는데 {host}번 호스트에게 오지 않았습니다."),
    }
}

fn left_early(host: usize) -> Wrong {
    Wrong::new(format!(
        "남은 토막이 있는데 {host}번 호스트와 이어진 길을 닫았습니다."
    ))
}

fn name(host: usize) -> String {
    format!("host-{host}")
}

fn field(work: &Work) {
    let (parts, count): (Vec<u64>, usize) = work.input();
    let hosts: Vec<UnixStream> = (0..count).map(|number| host(work, number)).collect();
    work.meet("ready");
    let told = panic::catch_unwind(AssertUnwindSafe(|| submission::hand_out(hosts, &parts)));
    let fates = |told: Vec<submission::Fate>| told.into_iter().map(fate).collect::<Vec<_>>();
    work.answer(&told.ok().map(fates));
    // 마지막 호스트를 거두었다는 말까지 전해지도록, 재판관이 볼 때까지 남아 있습니다.
    work.meet("returned");
}

/// 호스트를 하나 띄우고, 그것과 이어진 길을 줍니다. 죽으면 거두고 알립니다.
fn host(work: &Work, number: usize) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().expect("소켓을 만들 수 있습니다");
    let again = theirs.try_clone().expect("디스크립터를 베낍니다");
    let mut command = work.puppet(&name(number));
    command
        .stdin(OwnedFd::from(theirs))
        .stdout(OwnedFd::from(again));
    let mut child = command.spawn().expect("프로세스를 만들 수 있습니다");
    thread::spawn(move || {
        child.wait().expect("자식입니다");
        here().note("buried", number);
    });
    ours
}

fn fate(told: submission::Fate) -> Fate {
    match told {
        submission::Fate::Answered(value) => Fate::Answered(value),
        submission::Fate::Unknown => Fate::Unknown,
        submission::Fate::NeverGiven => Fate::NeverGiven,
    }
}
