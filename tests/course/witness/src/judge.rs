//! 재판관: 일을 내고, 밖에서 보고, 판정을 한 번 적습니다.

use std::{
    collections::{HashMap, VecDeque},
    env,
    io::{self, BufRead, Write},
    os::{
        fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
        unix::process::CommandExt,
    },
    panic::{self, AssertUnwindSafe},
    process::{self, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::{
        prctl,
        signal::{Signal, killpg},
        wait::{Id, WaitPidFlag, WaitStatus, waitid},
    },
    unistd::{Pid, dup2_raw, pipe2},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Case, Check, Ending, How, Verdict, Wrong,
    case::Brief,
    channel::{self, Word},
    left,
    puppet::{self, Arrival, DOOR, Order, Puppet},
    subject::{GATE, WORDS},
};

/// 판정을 적는 소켓의 번호입니다. `course`의 우리(cage)가 열어 넘깁니다.
const RECORD: i32 = 3;

/// 이 간격으로 피고가 끝났는지 봅니다. 판정은 이 값에 달려 있지 않습니다.
pub(crate) const GLANCE_MS: u16 = 10;

/// 물려줄 디스크립터의 원본은 이 번호부터 둡니다. 물려받는 번호와 겹치지 않습니다.
const ABOVE: i32 = 20;

/// 피고에게 시킬 일입니다.
#[derive(Debug)]
pub struct SubjectPlan<'a> {
    case: &'a Case,
    act: String,
    input: Value,
    gather: Option<usize>,
    scripts: HashMap<String, Vec<Order>>,
}

/// 피고가 소켓으로 한 말 하나입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// 말한 프로세스입니다. 커널이 적은 것입니다.
    pub pid: i32,
    /// 말한 스레드입니다. 피고가 적은 것입니다.
    pub tid: u64,
    /// 이름표입니다.
    pub tag: String,
    /// 함께 적은 값입니다. 만나는 곳에 온 것이면 `null`입니다.
    pub value: Value,
}

/// 돌고 있는 피고입니다.
#[derive(Debug)]
pub struct Session {
    pid: i32,
    words: OwnedFd,
    gate: Option<OwnedFd>,
    door: OwnedFd,
    scripts: HashMap<String, Vec<Order>>,
    here: Vec<Puppet>,
    arrivals: Vec<Arrival>,
    deadline: Instant,
    gather: Option<usize>,
    waiting: VecDeque<Said>,
    met: Vec<Said>,
    notes: Vec<Said>,
    answer: Option<Value>,
    ending: Option<Ending>,
}

/// 끝난 피고에게서 본 것입니다.
#[derive(Debug)]
pub struct Seen {
    /// 피고의 PID입니다.
    pub pid: i32,
    /// 만나는 곳을 지나간 차례입니다.
    pub met: Vec<Said>,
    /// 장부입니다. 온 차례대로입니다.
    pub notes: Vec<Said>,
    /// 어떻게 끝났는지입니다.
    pub ending: Ending,
    /// 피고가 끝난 뒤에도 살아 있던 자손이 있었습니다. 끝내고 거두었습니다.
    pub left_alive: bool,
    /// 피고가 거두지 않은 좀비의 수입니다. 피고가 낳지 않은 손자도 부모가 먼저 끝났으면 셉니다.
    pub left_zombies: usize,
    /// 피고가 끝난 뒤에 재판관이 대신 거둔 자손 모두의 PID입니다. 피고가 스스로 거둔 것은 여기에 없습니다.
    pub reaped: Vec<i32>,
    /// 문으로 들어온 꼭두각시입니다. 온 차례대로입니다.
    pub arrivals: Vec<Arrival>,
    answer: Option<Value>,
}

impl<'a> SubjectPlan<'a> {
    pub(crate) fn new(case: &'a Case, act: &str) -> SubjectPlan<'a> {
        SubjectPlan {
            case,
            act: act.to_owned(),
            input: Value::Null,
            gather: None,
            scripts: HashMap::new(),
        }
    }

    /// 일감입니다.
    ///
    /// # Panics
    /// JSON으로 적을 수 없을 때입니다.
    #[must_use]
    pub fn input(mut self, input: &impl Serialize) -> Self {
        self.input = serde_json::to_value(input).expect("JSON으로 적을 수 있습니다");
        self
    }

    /// `count`명이 만나는 곳에 모일 때마다 문을 그만큼 엽니다.
    #[must_use]
    pub fn gather(mut self, count: usize) -> Self {
        self.gather = Some(count);
        self
    }

    /// 이름이 `name`인 꼭두각시가 들어오면 곧바로 이 일들을 차례로 시킵니다. 피고는 무슨 일인지 모릅니다.
    #[must_use]
    pub fn script(mut self, name: &str, orders: &[Order]) -> Self {
        self.scripts.insert(name.to_owned(), orders.to_vec());
        self
    }

    /// 시작하고 끝까지 봅니다.
    ///
    /// # Errors
    /// 기다려도 오지 않았거나([`How::Hang`]), 패닉이나 시그널로 끝났습니다([`How::Crash`]).
    pub fn run(self) -> Result<Seen, Wrong> {
        self.start().finish()
    }

    /// 시작만 합니다.
    ///
    /// # Panics
    /// 프로세스나 디스크립터를 더 만들 수 없을 때입니다. 판정이 될지는 `Case::must`가 정합니다.
    #[expect(clippy::zombie_processes, reason = "`Session`이 waitid로 거둡니다")]
    pub fn start(self) -> Session {
        let case = self.case;
        let (words, theirs) = case.must("소켓을 만들", channel::pair());
        let (enter, gate) = case.must("파이프를 만들", pipe2(nix::fcntl::OFlag::O_CLOEXEC));
        let (door, entrance) = case.must("소켓을 만들", puppet::door());
        let (theirs, enter, entrance) = (lift(theirs), lift(enter), lift(entrance));
        let mut command = Command::new(
            env::args_os()
                .next()
                .expect("우리(cage)가 절대 경로를 줍니다"),
        );
        command
            .args(["--subject", &self.act])
            .stdin(Stdio::piped())
            .process_group(0);
        // SAFETY: 자식에서 exec 전에 부르는 것은 dup2뿐이고, 비동기 시그널에 안전합니다(signal-safety(7)).
        unsafe {
            command.pre_exec(move || {
                // 세 번호가 원본과 겹치지 않도록 원본은 더 큰 번호에 있습니다(`lift`).
                std::mem::forget(dup2_raw(&theirs, WORDS)?);
                std::mem::forget(dup2_raw(&enter, GATE)?);
                std::mem::forget(dup2_raw(&entrance, DOOR)?);
                Ok(())
            });
        }
        let mut child = case.must("프로세스를 만들", command.spawn());
        case.runs();
        drop(command);
        let pid = i32::try_from(child.id()).expect("PID는 i32입니다");
        let mut stdin = child.stdin.take().expect("파이프로 열었습니다");
        // 피고가 먼저 끝났으면 받지 못합니다. 그것은 아래에서 드러납니다.
        let _ = stdin.write_all(self.input.to_string().as_bytes());
        drop(stdin);
        Session {
            pid,
            words,
            gate: Some(gate),
            door,
            scripts: self.scripts,
            here: Vec::new(),
            arrivals: Vec::new(),
            deadline: Instant::now() + self.case.patience(),
            gather: self.gather,
            waiting: VecDeque::new(),
            met: Vec::new(),
            notes: Vec::new(),
            answer: None,
            ending: None,
        }
    }
}

impl Session {
    /// 피고의 PID입니다.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// `count`명이 만나는 곳에 모일 때까지 기다립니다. 문은 아직 닫혀 있습니다.
    ///
    /// # Errors
    /// 기다려도 모이지 않았거나 그 전에 피고가 끝났습니다.
    pub fn gathered(&mut self, count: usize) -> Result<Vec<Said>, Wrong> {
        while self.waiting.len() < count {
            if self.ending.is_some() {
                self.drain();
                if self.waiting.len() >= count {
                    break;
                }
                return Err(self.ended_early(count));
            }
            self.step(count)?;
        }
        Ok(self.waiting.iter().cloned().collect())
    }

    /// 기다리는 이 가운데 `count`명을 들여보냅니다.
    pub fn open(&mut self, count: usize) {
        for _ in 0..count {
            self.met.extend(self.waiting.pop_front());
        }
        if let Some(gate) = &self.gate {
            // 피고가 끝났으면 받을 이가 없습니다.
            let _ = nix::unistd::write(gate, &vec![1; count]);
        }
    }

    /// `tag`라는 말이 `count`번 올 때까지 기다립니다.
    ///
    /// # Errors
    /// 기다려도 오지 않았거나 그 전에 피고가 끝났습니다.
    pub fn noted(&mut self, tag: &str, count: usize) -> Result<Vec<Said>, Wrong> {
        loop {
            // 끝난 것을 본 뒤에 남은 말을 마저 받아야 빠뜨리지 않습니다.
            let ended = self.ending.is_some();
            if ended {
                self.drain();
            }
            let said: Vec<Said> = self
                .notes
                .iter()
                .filter(|note| note.tag == tag)
                .cloned()
                .collect();
            if said.len() >= count {
                return Ok(said);
            }
            if ended {
                return Err(self.ended_early(count));
            }
            self.step(count)?;
        }
    }

    /// 이름이 `name`인 꼭두각시가 들어오기를 기다려 그 줄을 가져갑니다.
    ///
    /// # Errors
    /// 기다려도 오지 않았거나 그 전에 피고가 끝났습니다.
    pub fn puppet(&mut self, name: &str) -> Result<Puppet, Wrong> {
        loop {
            // 끝난 것을 본 뒤에 문을 보아야 빠뜨리지 않습니다.
            let ended = self.ending.is_some();
            self.welcome();
            if let Some(place) = self.here.iter().position(|one| one.arrival().name == name) {
                return Ok(self.here.remove(place));
            }
            if ended {
                return Err(self.ended_early(1));
            }
            self.step(0).map_err(|wrong| {
                let came = self.arrivals.len();
                let detail = format!(
                    "기다려도 다음 명령이 시작하지 않았습니다(지금까지 {came}개가 시작했습니다)."
                );
                Wrong::of(wrong.how, detail)
            })?;
        }
    }

    /// 이름이 `names`인 꼭두각시들이 모두 들어오기를 기다려 그 줄들을 가져갑니다.
    /// 끝나라고 시킨 적이 없으므로, 다 왔으면 모두 함께 살아 있습니다.
    ///
    /// # Errors
    /// [`Session::puppet`]과 같습니다.
    pub fn puppets(&mut self, names: &[String]) -> Result<Vec<Puppet>, Wrong> {
        names.iter().map(|name| self.puppet(name)).collect()
    }

    /// 피고가 끝날 때까지 봅니다.
    ///
    /// # Errors
    /// 기다려도 끝나지 않았거나([`How::Hang`]), 0이 아닌 코드나 시그널로 끝났습니다([`How::Crash`]).
    pub fn finish(self) -> Result<Seen, Wrong> {
        let seen = self.end()?;
        if seen.ending.success() {
            Ok(seen)
        } else {
            Err(Wrong::of(
                How::Crash,
                format!("프로그램이 {}.", seen.ending),
            ))
        }
    }

    /// 피고가 어떻게든 끝날 때까지 봅니다. 시그널이나 코드로 끝나는 것이 옳은 문제에 씁니다.
    ///
    /// # Errors
    /// 기다려도 끝나지 않았습니다([`How::Hang`]).
    pub fn end(mut self) -> Result<Seen, Wrong> {
        let mut wanted = self.gather.unwrap_or(0);
        while self.ending.is_none() {
            self.step(wanted)?;
            if let Some(count) = self.gather {
                wanted = count;
                while self.waiting.len() >= count {
                    self.open(count);
                }
            }
        }
        self.drain();
        self.welcome();
        // 기다리던 이가 있으면 문이 사라진 것을 알게 합니다.
        self.gate = None;
        let left = left::behind(self.pid);
        Ok(Seen {
            pid: self.pid,
            met: std::mem::take(&mut self.met),
            notes: std::mem::take(&mut self.notes),
            ending: self.ending.expect("방금 끝났습니다"),
            left_alive: left.alive,
            left_zombies: left.zombies,
            reaped: left.reaped,
            arrivals: std::mem::take(&mut self.arrivals),
            answer: self.answer.take(),
        })
    }

    /// 말 하나나 끝을 기다립니다.
    fn step(&mut self, wanted: usize) -> Result<(), Wrong> {
        if Instant::now() >= self.deadline {
            let here = self.waiting.len();
            return Err(Wrong::of(
                How::Hang,
                if wanted > here && here > 0 {
                    format!("{wanted}명이 함께 안에 있어야 하는데 {here}명에서 더 오지 않았습니다.")
                } else {
                    "기다려도 끝나지 않았습니다.".to_owned()
                },
            ));
        }
        let ready = channel::ready_either(&self.words, &self.door, GLANCE_MS);
        let (words, door) = ready.expect("소켓을 볼 수 있습니다");
        if words {
            self.take();
        }
        if door {
            self.welcome();
        }
        self.look();
        Ok(())
    }

    fn take(&mut self) -> bool {
        match channel::hear(&self.words) {
            Ok(Some((pid, Word::Meet { tid, tag }))) => {
                self.waiting.push_back(Said {
                    pid,
                    tid,
                    tag,
                    value: Value::Null,
                });
            }
            Ok(Some((pid, Word::Note { tid, tag, value }))) => {
                self.notes.push(Said {
                    pid,
                    tid,
                    tag,
                    value,
                });
            }
            Ok(Some((_, Word::Answer(value)))) => self.answer = Some(value),
            Ok(None) => return false,
            Err(error) => panic!("피고의 말을 읽지 못했습니다: {error}"),
        }
        true
    }

    /// 문으로 들어온 꼭두각시를 모두 맞습니다.
    fn welcome(&mut self) {
        while channel::ready(&self.door, 0).expect("소켓을 볼 수 있습니다") {
            match puppet::arrive(&self.door, self.deadline) {
                Some(puppet) => {
                    let arrival = puppet.arrival().clone();
                    for order in self.scripts.get(&arrival.name).into_iter().flatten() {
                        puppet.order(order);
                    }
                    self.arrivals.push(arrival);
                    self.here.push(puppet);
                }
                // 물려받은 이가 모두 끝났으면 더 올 것이 없습니다.
                None if channel::closed(&self.door) => return,
                None => {}
            }
        }
    }

    /// 끝난 뒤에 남은 말을 마저 받습니다. 손자가 끝을 쥐고 있을 수 있어 끝까지 기다리지 않습니다.
    fn drain(&mut self) {
        while channel::ready(&self.words, 0).expect("소켓을 볼 수 있습니다") && self.take()
        {
        }
    }

    fn look(&mut self) {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
        match waitid(Id::Pid(Pid::from_raw(self.pid)), flags) {
            Ok(WaitStatus::Exited(_, code)) => self.ending = Some(Ending::Code(code)),
            Ok(WaitStatus::Signaled(_, signal, _)) => {
                self.ending = Some(Ending::Signal(signal as i32));
            }
            Ok(_) | Err(Errno::EINTR) => {
                // 소켓의 끝이 모두 닫혔는데 아직 살아 있으면, 여기서 바쁘게 돌지 않습니다.
                if channel::closed(&self.words) || channel::closed(&self.door) {
                    std::thread::sleep(Duration::from_millis(GLANCE_MS.into()));
                }
            }
            Err(errno) => panic!("피고를 기다리지 못했습니다: {errno}"),
        }
    }

    fn ended_early(&self, count: usize) -> Wrong {
        let ending = self.ending.expect("끝난 뒤에 부릅니다");
        if ending.success() {
            Wrong::of(
                How::Silent,
                format!("{count}번 와야 하는데 그 전에 끝났습니다."),
            )
        } else {
            Wrong::of(How::Crash, format!("프로그램이 {ending}."))
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = killpg(Pid::from_raw(self.pid), Signal::SIGKILL);
        if self.ending.is_none() {
            let _ = waitid(Id::Pid(Pid::from_raw(self.pid)), WaitPidFlag::WEXITED);
        }
    }
}

impl Seen {
    /// 피고의 답입니다.
    ///
    /// # Errors
    /// 답을 내지 않고 끝났거나([`How::Silent`]), 답의 꼴이 다릅니다([`How::Wrong`]). 학생이 돌려주는 값의 형을
    /// 바꾸어도 컴파일될 수 있으므로 꼴이 다른 것은 학생의 잘못입니다.
    pub fn answer<T: DeserializeOwned>(&self) -> Result<T, Wrong> {
        match &self.answer {
            Some(value) => T::deserialize(value)
                .map_err(|error| Wrong::new(format!("답의 꼴이 다릅니다({error})."))),
            None => Err(Wrong::of(How::Silent, "답을 내지 않고 끝났습니다.")),
        }
    }

    /// 장부에서 `tag`인 것만 고릅니다.
    pub fn noted<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = &'a Said> {
        self.notes.iter().filter(move |note| note.tag == tag)
    }
}

/// 같은 것을 가리키는 더 큰 번호의 디스크립터로 바꿉니다.
fn lift(fd: OwnedFd) -> OwnedFd {
    let up = nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(ABOVE);
    let number = nix::fcntl::fcntl(&fd, up).expect("디스크립터를 베낍니다");
    // SAFETY: 방금 만든 번호이고, 여기서 한 번만 가져갑니다.
    unsafe { OwnedFd::from_raw_fd(number) }
}

pub(crate) fn main(id: &str, checks: &[(&str, Check)]) -> ! {
    // SAFETY: 우리(cage)가 이 번호로 열어 넘겼고, 여기서 한 번만 가져갑니다.
    let record = unsafe { OwnedFd::from_raw_fd(RECORD) };
    let close = nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC);
    nix::fcntl::fcntl(&record, close).expect("기록할 곳이 열려 있습니다");
    // 피고가 재판관의 메모리를 읽거나 붙지 못하게 합니다(ptrace_may_access).
    prctl::set_dumpable(false).expect("Linux입니다");
    prctl::set_child_subreaper(true).expect("Linux입니다");
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .expect("표준 입력을 읽습니다");
    let brief: Brief = serde_json::from_str(&line).expect("course가 준 꼴입니다");
    let nonce = brief.nonce.clone();
    let (_, check) = checks
        .iter()
        .find(|(name, _)| *name == id)
        .expect("있는 검사입니다");
    let case = Case::new(brief);
    let judged = panic::catch_unwind(AssertUnwindSafe(|| check(&case)));
    let verdict = match judged {
        Ok(verdict) => verdict,
        Err(payload) => match payload.downcast::<Wrong>() {
            Ok(wrong) => Err(*wrong),
            // 채점기의 잘못입니다. 판정을 적지 않습니다.
            Err(_) => process::exit(70),
        },
    };
    write_record(&record, &nonce, id, &verdict, &case.told());
    process::exit(0)
}

fn write_record(record: &OwnedFd, nonce: &str, id: &str, verdict: &Verdict, remarks: &[String]) {
    let (how, detail) = match verdict {
        Ok(()) => (None, None),
        Err(wrong) => (Some(wrong.how), Some(&wrong.detail)),
    };
    let line = json!({"nonce": nonce, "check": id, "passed": verdict.is_ok(), "how": how, "detail": detail, "remarks": remarks});
    let bytes = line.to_string();
    let sent = nix::sys::socket::send(
        record.as_fd().as_raw_fd(),
        bytes.as_bytes(),
        nix::sys::socket::MsgFlags::MSG_NOSIGNAL,
    );
    if sent.is_err() {
        process::exit(70);
    }
}
