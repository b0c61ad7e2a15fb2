//! 만남: 호스트마다 다른 모든 호스트와 통로를 둘씩 잇습니다.
//!
//! 번호가 큰 쪽이 작은 쪽에 말을 겁니다. 먼저 시작한 쪽은 `--wait`초까지 기다립니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{TcpListener, TcpStream, ToSocketAddrs},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    Args,
    hello::{self, Job, Kind, Outcome},
    launch,
    news::{Event, News, spawn},
    run::Failure,
};
use crate::{Error, Result};

/// 다시 말을 걸기까지의 쉼입니다.
const PAUSE: Duration = Duration::from_millis(50);

/// 걸려 온 말이 있는지 다시 보기까지의 쉼입니다. 만나는 동안에만 봅니다.
const LOOK: Duration = Duration::from_millis(1);

/// 이어지기를 한 번에 기다리는 시간입니다.
const CONNECT: Duration = Duration::from_secs(2);

/// 인사의 답을 기다리는 시간입니다. `--wait`의 반보다 길지 않습니다.
const ANSWER: Duration = Duration::from_secs(10);

/// 만나는 동안 생긴 일입니다.
enum Arrival {
    Came(Outcome),
    /// `peer`번에게 아직 닿지 못한 까닭입니다.
    NotYet {
        peer: usize,
        why: String,
    },
}

/// 이미 만난 자리입니다.
type Seats = Arc<Mutex<BTreeSet<(usize, bool)>>>;

/// 다른 호스트를 모두 만나 timely가 쓸 통로를 돌려줍니다. 제 자리는 비어 있습니다.
pub(super) fn meet(
    args: &Args,
    job: &Arc<Job>,
    news: &Arc<News>,
    events: &Receiver<Event>,
) -> Result<std::result::Result<Vec<Option<TcpStream>>, Failure>> {
    let (me, wait) = (args.me, args.wait);
    let deadline = Instant::now() + wait;
    let hosts = job.hosts.len();
    let (arrivals, arrived) = channel();
    let seats = Seats::default();
    if me + 1 < hosts {
        let listener = listen(&job.hosts[me])?;
        if args.report {
            say!("{me}번 호스트: {}에서 기다립니다", job.hosts[me]);
        }
        let (job, arrivals, seats) = (Arc::clone(job), arrivals.clone(), Arc::clone(&seats));
        let accept = move || accept(&listener, me, &job, deadline, &seats, &arrivals);
        spawn("noriteo:accept", accept)?;
    }
    for peer in 0..me {
        let (job, arrivals) = (Arc::clone(job), arrivals.clone());
        spawn("noriteo:call", move || {
            call((me, peer), &job, wait, deadline, &arrivals);
        })?;
    }
    drop(arrivals);

    let mut streams: Vec<Option<TcpStream>> = (0..hosts).map(|_| None).collect();
    let mut heard = BTreeSet::new();
    let mut notes = BTreeMap::new();
    loop {
        let missing = (0..hosts).filter(|i| *i != me);
        let missing: Vec<usize> = missing
            .filter(|i| streams[*i].is_none() || !heard.contains(i))
            .collect();
        if missing.is_empty() {
            return Ok(Ok(streams));
        }
        if let Ok(event) = events.try_recv() {
            return Ok(Err(Failure::Event(event)));
        }
        if Instant::now() >= deadline {
            let told = missing.iter().map(|peer| {
                let why = notes.remove(peer);
                let why = why.unwrap_or_else(|| "오지 않았습니다".to_owned());
                format!("{peer}번({}): {why}", job.hosts[*peer])
            });
            return Ok(Err(Failure::NotMet(format!(
                "{}초 안에 만나지 못한 호스트가 있습니다. {}. \
                 그 호스트에서도 같은 명령을 시작했는지, 주소와 방화벽을 살펴보세요",
                wait.as_secs(),
                told.collect::<Vec<_>>().join(", ")
            ))));
        }
        match arrived.recv_timeout(PAUSE) {
            Ok(Arrival::Came(Outcome::Met { peer, kind, stream })) => {
                match kind {
                    Kind::Data => streams[peer] = Some(stream),
                    Kind::News => {
                        news.add(peer, stream)?;
                        heard.insert(peer);
                    }
                }
                if args.report && streams[peer].is_some() && heard.contains(&peer) {
                    say!("{me}번 호스트: {peer}번을 만났습니다");
                }
            }
            Ok(Arrival::Came(Outcome::Mismatch(why))) => {
                return Ok(Err(Failure::NotMet(format!(
                    "함께 일할 수 없습니다. {why}"
                ))));
            }
            Ok(Arrival::NotYet { peer, why }) => {
                // 같은 말을 되풀이하지 않습니다.
                if args.report && notes.get(&peer) != Some(&why) {
                    say!(
                        "{me}번 호스트: {peer}번({})에 다시 겁니다. {why}",
                        job.hosts[peer]
                    );
                }
                notes.insert(peer, why);
            }
            // 낯선 프로그램이 다녀간 것은 우리 일이 아닙니다.
            Ok(Arrival::Came(Outcome::Stranger(_))) => {}
            // 모두 제 일을 마쳤거나 아직 아무도 오지 않았습니다. 끝은 위에서 봅니다.
            Err(_) => thread::yield_now(),
        }
    }
}

/// 제 주소에서 기다립니다. 띄운 프로그램이 넘겨준 것이 있으면 그것을 씁니다.
fn listen(address: &str) -> Result<TcpListener> {
    if let Some(listener) = launch::inherited() {
        return Ok(listener);
    }
    let found = address.to_socket_addrs().map_err(|error| Error::Cluster {
        message: format!("{address}: {}. hosts 파일을 살펴보세요", unknown(&error)),
    })?;
    let listener = TcpListener::bind(&*found.collect::<Vec<_>>());
    listener.map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "{address}의 포트를 다른 프로그램이 쓰고 있습니다. \
                 앞서 시작한 것이 남아 있는지 보거나, 모든 호스트의 hosts 파일에서 포트를 바꾸세요"
            ),
            io::ErrorKind::AddrNotAvailable => format!(
                "{address}은(는) 이 컴퓨터의 주소가 아닙니다. -p와 hosts 파일의 차례를 맞추세요"
            ),
            _ => format!("{address}에서 기다릴 수 없습니다({error})"),
        };
        Error::Cluster { message }
    })
}

/// 걸려 오는 말에 답합니다. 답은 저마다 제 스레드에서 하므로, 말없는 상대가 다른 상대를 막지 못합니다.
fn accept(
    listener: &TcpListener,
    me: usize,
    job: &Arc<Job>,
    deadline: Instant,
    seats: &Seats,
    arrivals: &Sender<Arrival>,
) {
    if listener.set_nonblocking(true).is_err() {
        return;
    }
    let wanted = (job.hosts.len() - me - 1) * Kind::ALL.len();
    while Instant::now() < deadline && lock(seats).len() < wanted {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(LOOK);
            continue;
        };
        let (job, seats, arrivals) = (Arc::clone(job), Arc::clone(seats), arrivals.clone());
        let answer = move || {
            // 자리를 먼저 맡습니다. 같은 번호가 둘 오면 늦은 쪽이 거절됩니다.
            let taken = |peer, kind| !lock(&seats).insert((peer, kind == Kind::Data));
            let _ = arrivals.send(Arrival::Came(hello::answer(stream, me, &job, taken)));
        };
        if spawn("noriteo:answer", answer).is_err() {
            return;
        }
    }
}

fn lock(seats: &Seats) -> std::sync::MutexGuard<'_, BTreeSet<(usize, bool)>> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `peer`번에게 통로를 둘 잇습니다. 아직 시작하지 않았으면 시작할 때까지 다시 겁니다.
fn call(
    (me, peer): (usize, usize),
    job: &Job,
    wait: Duration,
    deadline: Instant,
    arrivals: &Sender<Arrival>,
) {
    let patience = ANSWER.min(wait / 2);
    for kind in Kind::ALL {
        loop {
            let why = match connect(&job.hosts[peer]) {
                Err(why) => why,
                Ok(stream) => match hello::call(stream, kind, (me, peer), job, patience) {
                    Outcome::Stranger(why) => why,
                    came => {
                        let met = matches!(came, Outcome::Met { .. });
                        let heard = arrivals.send(Arrival::Came(came)).is_ok();
                        if met && heard {
                            break;
                        }
                        return;
                    }
                },
            };
            let gone = arrivals.send(Arrival::NotYet { peer, why }).is_err();
            if gone || Instant::now() >= deadline {
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

/// 닿지 못하면 까닭을 돌려줍니다.
fn connect(address: &str) -> std::result::Result<TcpStream, String> {
    let found = address.to_socket_addrs().map_err(|error| unknown(&error))?;
    let mut why = unknown(&io::ErrorKind::NotFound.into());
    for address in found {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => why = not_yet(&error),
        }
    }
    Err(why)
}

fn unknown(error: &io::Error) -> String {
    format!("그런 이름의 컴퓨터를 찾지 못했습니다({error})")
}

fn not_yet(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "그 포트에서 기다리는 프로그램이 없습니다".to_owned(),
        io::ErrorKind::TimedOut => "대답이 없습니다".to_owned(),
        _ => format!("닿지 못했습니다({error})"),
    }
}
