//! 인사: 두 호스트가 같은 일을 하러 왔는지 맞추어 봅니다.
//!
//! timely는 몇 번째 호스트인지만 묻습니다. 그래서 `hosts` 파일이 다르거나 선택지가 다르면 틀린 답을 내거나
//! 멈출 수 있습니다. 여기에서 먼저 견주고, 다르면 무엇이 다른지 두 쪽에 모두 알립니다.

use std::{io, net::TcpStream, time::Duration};

use super::wire;

/// 이 약속의 이름입니다. 꼴을 바꾸면 수를 올립니다.
const MAGIC: &str = "noriteo-cluster-1";

/// 폴더에서 읽는 글의 지문을 담는 선택지의 이름입니다.
pub(super) const TEXTS: &str = "texts";

/// 걸려 온 인사를 기다리는 시간입니다. 낯선 프로그램은 이 안에 떨어져 나갑니다.
const PATIENCE: Duration = Duration::from_secs(3);

/// 통로가 하는 일입니다.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// timely의 글이 오갑니다.
    Data,
    /// 소식이 오갑니다.
    News,
}

impl Kind {
    pub(super) const ALL: [Kind; 2] = [Kind::Data, Kind::News];

    fn code(self) -> u8 {
        match self {
            Kind::Data => 0,
            Kind::News => 1,
        }
    }
}

/// 하러 온 일입니다. 모든 호스트에서 같아야 합니다.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Job {
    pub(super) program: String,
    pub(super) hosts: Vec<String>,
    pub(super) workers: u64,
    pub(super) options: Vec<(String, u64)>,
}

/// 바이트가 되어 건너가는 꼴입니다.
type Wire = (String, Vec<String>, u64, Vec<(String, u64)>);

impl Job {
    fn wire(&self) -> Wire {
        (
            self.program.clone(),
            self.hosts.clone(),
            self.workers,
            self.options.clone(),
        )
    }

    fn from_wire((program, hosts, workers, options): Wire) -> Job {
        Job {
            program,
            hosts,
            workers,
            options,
        }
    }

    /// 다른 곳이 있으면 무엇이 다른지 말합니다. 앞이 이쪽, 뒤가 저쪽입니다.
    fn difference(&self, other: &Job) -> Option<String> {
        if self.program != other.program {
            return Some(format!(
                "프로그램이 다릅니다({}, {})",
                self.program, other.program
            ));
        }
        if self.hosts.len() != other.hosts.len() {
            return Some(format!(
                "호스트의 수가 다릅니다({}, {}). hosts 파일과 -n을 맞추세요",
                self.hosts.len(),
                other.hosts.len()
            ));
        }
        let differ = (0..).zip(self.hosts.iter().zip(&other.hosts));
        for (number, (here, there)) in differ {
            if here != there {
                return Some(format!(
                    "hosts 파일이 다릅니다. {number}번 호스트가 이쪽에는 {here}, 저쪽에는 {there}입니다. \
                     모든 컴퓨터에 같은 파일을 두세요"
                ));
            }
        }
        if self.workers != other.workers {
            return Some(format!(
                "일꾼의 수 -w가 다릅니다({}, {})",
                self.workers, other.workers
            ));
        }
        let texts = |job: &Job| {
            let found = job.options.iter().find(|(name, _)| name == TEXTS);
            found.map(|(_, fingerprint)| *fingerprint)
        };
        if texts(self) != texts(other) {
            return Some(
                "읽을 글이 다릅니다. 모든 컴퓨터에서 --texts의 폴더에 같은 이름의 같은 글을 두세요"
                    .to_owned(),
            );
        }
        if self.options != other.options {
            let told = |job: &Job| {
                let each = job
                    .options
                    .iter()
                    .map(|(name, value)| format!("--{name} {value}"));
                each.collect::<Vec<_>>().join(" ")
            };
            return Some(format!(
                "선택지가 다릅니다({}, {})",
                told(self),
                told(other)
            ));
        }
        None
    }
}

/// 인사가 어떻게 끝났는지입니다.
#[derive(Debug)]
pub(super) enum Outcome {
    /// `peer`번 호스트와 `kind`의 일을 할 통로입니다.
    Met {
        peer: usize,
        kind: Kind,
        stream: TcpStream,
    },
    /// 같은 약속을 쓰지만 함께 일할 수 없는 상대입니다. 기다려도 나아지지 않습니다.
    Mismatch(String),
    /// 우리 프로그램이 아닙니다.
    Stranger(String),
}

/// 먼저 말을 거는 쪽의 인사입니다.
type Hello = (String, u8, u64, u64, Wire);

/// 답입니다. 빈 글이면 함께 일합니다. 답에는 답하는 쪽의 번호와 일이 있습니다.
type Reply = (String, String, u64, Wire);

fn ready(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))
}

fn settled(peer: usize, kind: Kind, stream: TcpStream) -> Outcome {
    let freed = stream
        .set_read_timeout(None)
        .and_then(|()| stream.set_write_timeout(None));
    match freed {
        Ok(()) => Outcome::Met { peer, kind, stream },
        Err(error) => Outcome::Stranger(error.to_string()),
    }
}

fn stranger(error: &io::Error) -> Outcome {
    Outcome::Stranger(match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            "인사에 답하지 않습니다. 다른 프로그램이 그 포트를 쓰고 있을 수 있습니다".to_owned()
        }
        _ => "이 프로그램이 아닌 것이 그 포트에서 답합니다".to_owned(),
    })
}

/// `peer`번 호스트에게 말을 겁니다. 답을 `patience` 동안 기다립니다.
///
/// 저쪽이 바빠서 늦게 답할 수 있으므로 넉넉히 기다립니다. 도중에 그만두고 다시 걸면 저쪽은 둘로 봅니다.
pub(super) fn call(
    stream: TcpStream,
    kind: Kind,
    (me, peer): (usize, usize),
    job: &Job,
    patience: Duration,
) -> Outcome {
    let hello: Hello = (
        MAGIC.to_owned(),
        kind.code(),
        me as u64,
        peer as u64,
        job.wire(),
    );
    let talk = || -> io::Result<Reply> {
        ready(&stream, patience)?;
        wire::write(&stream, &hello)?;
        wire::read(&stream)
    };
    match talk() {
        Err(error) => stranger(&error),
        Ok((magic, ..)) if magic != MAGIC => stranger(&io::ErrorKind::InvalidData.into()),
        Ok((_, refused, answered, theirs)) => {
            if let Some(why) = job.difference(&Job::from_wire(theirs)) {
                Outcome::Mismatch(why)
            } else if answered != peer as u64 {
                Outcome::Mismatch(format!(
                    "{peer}번 호스트의 주소에서 {answered}번이 답했습니다. -p와 hosts 파일의 차례를 맞추세요"
                ))
            } else if refused.is_empty() {
                settled(peer, kind, stream)
            } else {
                Outcome::Mismatch(refused)
            }
        }
    }
}

/// 걸려 온 말에 답합니다. `taken(번호, 하는 일)`은 그 자리가 이미 찼는지 봅니다.
pub(super) fn answer(
    stream: TcpStream,
    me: usize,
    job: &Job,
    taken: impl Fn(usize, Kind) -> bool,
) -> Outcome {
    let heard = ready(&stream, PATIENCE).and_then(|()| wire::read::<Hello>(&stream));
    let (code, from, to, theirs) = match heard {
        Ok((magic, code, from, to, theirs)) if magic == MAGIC => (code, from, to, theirs),
        Ok(_) => return stranger(&io::ErrorKind::InvalidData.into()),
        Err(error) => return stranger(&error),
    };
    let kind = if code == Kind::Data.code() {
        Kind::Data
    } else {
        Kind::News
    };
    let peer = usize::try_from(from).unwrap_or(usize::MAX);
    let refused = if let Some(why) = job.difference(&Job::from_wire(theirs)) {
        why
    } else if to != me as u64 {
        format!(
            "{to}번 호스트를 찾는 말이 {me}번 호스트에게 왔습니다. -p와 hosts 파일의 차례를 맞추세요"
        )
    } else if peer <= me || peer >= job.hosts.len() {
        format!("{peer}번 호스트는 {me}번 호스트에게 먼저 말을 걸 수 없습니다. -p를 살펴보세요")
    } else if taken(peer, kind) {
        format!("{peer}번 호스트가 둘입니다. 컴퓨터마다 다른 -p를 주세요")
    } else {
        String::new()
    };
    let reply: Reply = (MAGIC.to_owned(), refused.clone(), me as u64, job.wire());
    if wire::write(&stream, &reply).is_err() {
        return Outcome::Stranger("인사하다 끊겼습니다".to_owned());
    }
    if refused.is_empty() {
        settled(peer, kind, stream)
    } else {
        Outcome::Mismatch(refused)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpListener, thread};

    use super::*;

    fn job() -> Job {
        Job {
            program: "demo".to_owned(),
            hosts: vec!["a:1".to_owned(), "b:1".to_owned()],
            workers: 1,
            options: vec![("size".to_owned(), 10)],
        }
    }

    /// 0번이 `here`로 기다리고 1번이 `there`로 말을 겁니다.
    fn greet(here: Job, there: Job, taken: bool) -> (Outcome, Outcome) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let caller = thread::spawn(move || {
            let stream = TcpStream::connect(address).unwrap();
            call(stream, Kind::News, (1, 0), &there, PATIENCE)
        });
        let answered = answer(listener.accept().unwrap().0, 0, &here, |_, _| taken);
        (answered, caller.join().unwrap())
    }

    #[test]
    fn the_same_job_meets() {
        let (here, there) = greet(job(), job(), false);
        assert!(
            matches!(
                here,
                Outcome::Met {
                    peer: 1,
                    kind: Kind::News,
                    ..
                }
            ),
            "{here:?}"
        );
        assert!(
            matches!(
                there,
                Outcome::Met {
                    peer: 0,
                    kind: Kind::News,
                    ..
                }
            ),
            "{there:?}"
        );
    }

    #[test]
    fn both_sides_hear_what_differs() {
        let mut others = Vec::new();
        for (part, change) in [
            (
                "프로그램이",
                (|j: &mut Job| j.program = "else".to_owned()) as fn(&mut Job),
            ),
            ("호스트의 수가", |j| j.hosts.push("c:1".to_owned())),
            ("0번 호스트가", |j| j.hosts[0] = "z:1".to_owned()),
            ("-w가", |j| j.workers = 2),
            ("--size 11", |j| j.options[0].1 = 11),
            ("글이", |j| j.options.push((TEXTS.to_owned(), 5))),
        ] {
            let mut other = job();
            change(&mut other);
            others.push((part, other));
        }
        for (part, other) in others {
            let (here, there) = greet(job(), other, false);
            for side in [here, there] {
                assert!(
                    matches!(&side, Outcome::Mismatch(why) if why.contains(part)),
                    "{part}: {side:?}"
                );
            }
        }
        let (here, there) = greet(job(), job(), true);
        for side in [here, there] {
            assert!(
                matches!(&side, Outcome::Mismatch(why) if why.contains("둘입니다")),
                "{side:?}"
            );
        }
    }

    #[test]
    fn strangers_do_not_pass() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stranger = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let answered = answer(listener.accept().unwrap().0, 0, &job(), |_, _| false);
        assert!(matches!(answered, Outcome::Stranger(_)), "{answered:?}");
    }
}
