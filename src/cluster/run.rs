//! 일을 시작하고, 모두 끝나거나 하나라도 잘못될 때까지 지켜봅니다.

use std::{
    any::Any,
    collections::BTreeMap,
    env, fs, panic,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use timely::{
    WorkerConfig,
    communication::{
        AllocatorBuilder, Hooks,
        allocator::{
            ProcessBuilder, thread::ThreadBuilder,
            zero_copy::initialize::initialize_networking_from_sockets,
        },
    },
    execute::execute_from,
    worker::Worker,
};

use super::{
    Args,
    meet::meet,
    news::{Event, News, Stats, spawn},
    wire::{Counted, Counts},
};
use crate::{Error, Result, thread::panic_message};

/// 잘못된 것을 안 뒤, 더 나은 까닭이 오는지 기다리는 시간입니다.
///
/// 한 호스트가 죽으면 그 소식은 여러 길로 옵니다. 먼저 온 것이 가장 잘 아는 것은 아닙니다.
pub(super) const GRACE: Duration = Duration::from_millis(500);

/// 끝난 뒤 남길 보고의 자리를 담는 환경 변수입니다. 재는 이가 씁니다.
const REPORT_ENV: &str = "NORITEO_CLUSTER_REPORT";

/// 일꾼이 답을 내놓는 곳입니다. 내놓은 것은 그 일꾼이 사는 호스트의 [`Report::rows`]에 모입니다.
pub struct Gather<R>(Sender<R>);

impl<R> Clone for Gather<R> {
    fn clone(&self) -> Gather<R> {
        Gather(self.0.clone())
    }
}

impl<R> Gather<R> {
    /// 답을 하나 내놓습니다.
    pub fn give(&self, row: R) {
        // 받는 쪽은 일이 끝날 때까지 살아 있습니다.
        let _ = self.0.send(row);
    }
}

/// 호스트 하나가 한 일입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// 몇 번째 호스트인지입니다(0부터).
    pub number: usize,
    /// 그 호스트의 PID입니다.
    pub pid: u32,
    /// 다른 호스트에 보낸 바이트입니다. 만남과 소식은 빠집니다.
    pub sent: u64,
    /// 다른 호스트에서 받은 바이트입니다.
    pub received: u64,
    /// 프로세스가 쓴 CPU 시간입니다. 알 수 없는 운영체제에서는 0입니다.
    pub cpu: Duration,
}

/// 모든 호스트가 다 한 뒤의 보고입니다.
pub struct Report<R> {
    /// 이 호스트의 번호입니다(0부터).
    pub host: usize,
    /// 모든 호스트가 한 일입니다. 번호 차례입니다.
    pub hosts: Vec<Host>,
    /// 이 호스트의 일꾼들이 내놓은 답입니다. 차례는 정해져 있지 않습니다.
    pub rows: Vec<R>,
    /// 시작부터 모두 만나기까지의 시간입니다.
    pub met: Duration,
    /// 모두 만난 때부터 모두 다 하기까지의 시간입니다.
    pub worked: Duration,
}

/// 일을 마치지 못한 까닭입니다.
#[derive(Debug)]
pub(super) enum Failure {
    Event(Event),
    NotMet(String),
    TooLong(Duration),
}

impl Args {
    /// 이 프로세스의 일꾼들을 시작하고, 모든 호스트가 다 할 때까지 기다립니다.
    ///
    /// `build`는 일꾼마다 한 번 불립니다. 모든 호스트의 모든 일꾼이 같은 길(dataflow)을 놓아야 합니다.
    ///
    /// # Errors
    /// 호스트를 만나지 못했거나, 하나라도 잃었거나, 일꾼이 패닉했거나, 정한 시간을 넘기면 [`Error::Cluster`]입니다.
    /// 이때 일꾼들은 멈추지 않았을 수 있으므로 프로그램을 끝내야 합니다. `main`이 오류를 돌려주면 그렇게 됩니다.
    pub fn run<R, F>(&self, build: F) -> Result<Report<R>>
    where
        R: Send + 'static,
        F: Fn(&mut Worker, &Gather<R>) + Send + Sync + 'static,
    {
        let began = Instant::now();
        let (sender, events) = channel();
        let job = Arc::new(self.job.clone());
        let news = News::start(self.patience, sender.clone())?;
        listen_to_panics(sender.clone());
        let fail = |failure: Failure, done: &BTreeMap<usize, Stats>| {
            let message = self.told(failure, &events, done);
            news.say_failed(&message);
            Error::Cluster { message }
        };
        let streams = if job.hosts.len() == 1 {
            vec![None]
        } else {
            match meet(self, &job, &news, &events)? {
                Ok(streams) => streams,
                Err(failure) => return Err(fail(failure, &BTreeMap::new())),
            }
        };
        let met = began.elapsed();
        if self.report && job.hosts.len() > 1 {
            say!(
                "{}번 호스트(PID {}): 호스트 {}개가 모두 만났습니다. 시작합니다",
                self.me,
                std::process::id(),
                job.hosts.len()
            );
        }

        let counts = Arc::new(Counts::default());
        let sockets = streams
            .into_iter()
            .map(|stream| stream.map(|stream| Counted::new(stream, &counts)));
        let (gather, rows) = channel();
        let gather = Gather(gather);
        let (me, workers) = (self.me, usize::try_from(job.workers).unwrap_or(1));
        let sockets: Vec<_> = sockets.collect();
        spawn("timely:run", move || {
            let outcome = work(sockets, me, workers, move |worker| build(worker, &gather));
            let _ = sender.send(Event::Finished(outcome));
        })?;

        let mut done = BTreeMap::new();
        loop {
            let left = self.limit.saturating_sub(began.elapsed());
            match events.recv_timeout(left) {
                Ok(Event::Finished(Ok(()))) => {
                    let stats = stats(&counts);
                    done.insert(self.me, stats);
                    news.say_done(stats);
                }
                Ok(Event::Done { peer, stats }) => {
                    done.insert(peer, stats);
                }
                // 다 했다고 알린 호스트는 먼저 떠나도 됩니다.
                Ok(Event::Closed { peer, .. }) if done.contains_key(&peer) => {}
                Ok(event) => return Err(fail(Failure::Event(event), &done)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(fail(Failure::TooLong(self.limit), &done));
                }
            }
            if done.len() == job.hosts.len() {
                break;
            }
        }
        let report = Report {
            host: self.me,
            hosts: done.into_iter().map(host).collect(),
            rows: rows.into_iter().collect(),
            met,
            worked: began.elapsed() - met,
        };
        report.leave(workers)?;
        Ok(report)
    }

    /// 까닭을 말합니다. 더 잘 아는 이의 말이 [`GRACE`] 안에 오면 그것을 씁니다.
    fn told(
        &self,
        failure: Failure,
        events: &Receiver<Event>,
        done: &BTreeMap<usize, Stats>,
    ) -> String {
        let event = match failure {
            Failure::NotMet(why) => return format!("{why}. 답을 내지 않고 끝냅니다"),
            Failure::TooLong(limit) => {
                return format!(
                    "{}초가 지나도록 끝나지 않았습니다. 답을 내지 않고 끝냅니다. \
                     일이 큰 것이면 --limit을 늘려 주세요",
                    limit.as_secs()
                );
            }
            Failure::Event(event) => event,
        };
        let until = Instant::now() + GRACE;
        let mut all = vec![event];
        while let Ok(event) = events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            all.push(event);
        }
        let place = |peer: usize| match self.job.hosts.get(peer) {
            Some(address) => format!("{peer}번 호스트({address})"),
            None => format!("{peer}번 호스트"),
        };
        let peers = |pick: &dyn Fn(&Event) -> Option<usize>| {
            let found = all.iter().filter_map(pick);
            let found: std::collections::BTreeSet<usize> =
                found.filter(|peer| !done.contains_key(peer)).collect();
            found.into_iter().map(place).collect::<Vec<_>>().join(", ")
        };
        for event in &all {
            match event {
                Event::Orphaned => {
                    return "이 호스트를 띄운 프로그램이 끝났습니다. 함께 끝냅니다".to_owned();
                }
                Event::Panicked { message } => {
                    return format!(
                        "이 호스트의 일꾼이 패닉했습니다: {message}. 답을 내지 않고 끝냅니다"
                    );
                }
                _ => {}
            }
        }
        let closed = peers(&|event| match event {
            Event::Closed { peer, direct: true } => Some(*peer),
            _ => None,
        });
        let silent = peers(&|event| match event {
            Event::Silent { peer } => Some(*peer),
            _ => None,
        });
        for event in &all {
            if let Event::Told { peer, why } = event {
                // 들은 말을 다시 전하지는 않습니다. 처음 안 호스트의 말만 남깁니다.
                let why = why.rsplit("알려 왔습니다: ").next().unwrap_or(why);
                return format!("{peer}번 호스트가 알려 왔습니다: {why}");
            }
        }
        if !closed.is_empty() {
            return format!(
                "{closed}와 이어진 길이 끊겼습니다. 그 프로그램이 죽었거나 끝났습니다. \
                 답을 내지 않고 끝냅니다. 모든 호스트에서 다시 시작해 주세요"
            );
        }
        if !silent.is_empty() {
            return format!(
                "{silent}에서 {}초 동안 소식이 없습니다. 저쪽이 멈췄는지 길이 끊겼는지 여기에서는 알 수 없습니다. \
                 답을 내지 않고 끝냅니다. 길을 살핀 뒤 모든 호스트에서 다시 시작해 주세요",
                self.patience.as_secs()
            );
        }
        let broken = peers(&|event| match event {
            Event::Closed { peer, .. } => Some(*peer),
            _ => None,
        });
        if !broken.is_empty() {
            return format!("{broken}와 자료를 주고받던 길이 끊겼습니다. 답을 내지 않고 끝냅니다");
        }
        let why = all.into_iter().find_map(|event| match event {
            Event::Finished(Err(why)) => Some(why),
            _ => None,
        });
        format!(
            "timely가 일을 마치지 못했습니다({}). 답을 내지 않고 끝냅니다",
            why.unwrap_or_default()
        )
    }
}

/// timely를 부르고 끝까지 기다립니다.
fn work(
    sockets: Vec<Option<Counted>>,
    me: usize,
    workers: usize,
    build: impl Fn(&mut Worker) + Send + Sync + 'static,
) -> std::result::Result<(), String> {
    let hooks = Hooks::default();
    let mine = ProcessBuilder::new_typed_vector(workers, hooks.refill.clone(), None);
    let (builders, others): (Vec<AllocatorBuilder>, Box<dyn Any + Send>) = if sockets.len() > 1 {
        let (builders, guard) =
            initialize_networking_from_sockets(mine, sockets, me, workers, hooks)
                .map_err(|error| error.to_string())?;
        let builders = builders.into_iter().map(AllocatorBuilder::Tcp);
        (builders.collect(), Box::new(guard))
    } else if workers > 1 {
        let builders = mine.into_iter().map(AllocatorBuilder::Process);
        (builders.collect(), Box::new(()))
    } else {
        let one = AllocatorBuilder::Thread(ThreadBuilder);
        (vec![one], Box::new(()))
    };
    let guards = execute_from(builders, others, WorkerConfig::default(), build)?;
    guards.join().into_iter().collect()
}

/// 이 프로세스가 한 일입니다.
fn stats(counts: &Counts) -> Stats {
    (
        std::process::id(),
        counts.sent.load(Ordering::Relaxed),
        counts.received.load(Ordering::Relaxed),
        cpu().map_or(0, |cpu| u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX)),
    )
}

fn host((number, (pid, sent, received, cpu)): (usize, Stats)) -> Host {
    Host {
        number,
        pid,
        sent,
        received,
        cpu: Duration::from_nanos(cpu),
    }
}

#[cfg(unix)]
fn cpu() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};

    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let time = |t: nix::sys::time::TimeVal| {
        let whole = u64::try_from(t.tv_sec()).unwrap_or(0);
        let micros = u64::try_from(t.tv_usec()).unwrap_or(0);
        Duration::from_secs(whole) + Duration::from_micros(micros)
    };
    Some(time(usage.user_time()) + time(usage.system_time()))
}

#[cfg(not(unix))]
fn cpu() -> Option<Duration> {
    None
}

impl<R> Report<R> {
    /// 재는 이가 부탁했으면(`NORITEO_CLUSTER_REPORT`) 0번 호스트가 파일에 적습니다.
    fn leave(&self, workers: usize) -> Result<()> {
        let Some(path) = env::var_os(REPORT_ENV).filter(|path| !path.is_empty()) else {
            return Ok(());
        };
        if self.host != 0 {
            return Ok(());
        }
        let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let hosts = self.hosts.iter().map(|host| {
            json!({
                "pid": host.pid,
                "sent": host.sent,
                "received": host.received,
                "cpu_ns": ns(host.cpu),
            })
        });
        let report = json!({
            "workers": workers,
            "met_ns": ns(self.met),
            "worked_ns": ns(self.worked),
            "hosts": hosts.collect::<Vec<_>>(),
        });
        fs::write(path, report.to_string())
            .map_err(|error| Error::os("보고를 쓰지 못했습니다", error))
    }
}

/// 지금 도는 일의 귀입니다.
static LISTENER: Mutex<Option<Sender<Event>>> = Mutex::new(None);

/// timely의 스레드가 패닉하면 영어로 길게 적는 대신 지켜보는 이에게 알립니다. 다른 스레드의 패닉은 그대로 둡니다.
fn listen_to_panics(events: Sender<Event>) {
    static HOOK: Once = Once::new();
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = Some(events);
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let current = thread::current();
            let Some(name) = current.name().and_then(|name| name.strip_prefix("timely:")) else {
                return before(info);
            };
            let listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner);
            let (Some(listener), Some(event)) = (
                listener.as_ref(),
                event_of(name, &panic_message(info.payload())),
            ) else {
                return;
            };
            let _ = listener.send(event);
        }));
    });
}

/// timely의 스레드가 패닉하며 남긴 말의 뜻입니다. 다른 패닉의 메아리면 없습니다.
fn event_of(thread: &str, message: &str) -> Option<Event> {
    let peer = |prefix| thread.strip_prefix(prefix)?.parse().ok();
    if let Some(peer) = peer("recv-").or_else(|| peer("send-")) {
        return Some(Event::Closed {
            peer,
            direct: false,
        });
    }
    if thread == "run" || message.starts_with("MergeQueue poisoned") {
        return None;
    }
    Some(Event::Panicked {
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::hello::Job;

    fn alone(workers: u64, limit: Duration) -> Args {
        let job = Job {
            program: "demo".to_owned(),
            hosts: vec!["localhost:1".to_owned()],
            workers,
            options: Vec::new(),
        };
        Args::of(job, 0, limit)
    }

    /// 패닉의 귀는 프로세스에 하나이므로 한 번에 하나씩 돌립니다.
    static ONE: Mutex<()> = Mutex::new(());

    #[test]
    fn rows_of_every_worker_are_gathered() {
        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let args = alone(3, Duration::from_secs(60));
        let report = args
            .run(|worker, gather| gather.give(worker.index()))
            .unwrap();
        let mut rows = report.rows;
        rows.sort();
        assert_eq!(rows, [0, 1, 2]);
        assert_eq!((report.host, report.hosts.len()), (0, 1));
        assert_eq!(report.hosts[0].sent, 0);
    }

    /// timely만으로는 남은 일꾼이 영영 기다립니다.
    #[test]
    fn a_panicking_worker_ends_the_run_with_its_words() {
        use timely::dataflow::operators::{Exchange, ToStream};

        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let args = alone(2, Duration::from_secs(60));
        let run = args.run(|worker, _: &Gather<u64>| {
            assert!(worker.index() == 0, "1번 일꾼이 넘어졌습니다");
            worker.dataflow::<u64, _, _>(|scope| {
                let numbers = (0..10u64).to_stream(scope).container::<Vec<_>>();
                numbers.exchange(|number| *number);
            });
        });
        let told = run.err().map(|error| error.to_string());
        let told = told.unwrap_or_default();
        assert!(told.contains("1번 일꾼이 넘어졌습니다"), "{told}");
    }

    #[test]
    fn an_endless_run_ends_at_its_limit() {
        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let args = alone(1, Duration::from_secs(1));
        let run = args.run(|_, _: &Gather<u64>| {
            loop {
                thread::park();
            }
        });
        let told = run.err().map(|error| error.to_string());
        assert!(told.is_some_and(|told| told.contains("1초가 지나도록")));
    }

    #[test]
    fn echoes_of_another_panic_are_not_a_reason() {
        assert!(event_of("work-0", "MergeQueue poisoned.").is_none());
        assert!(event_of("run", "Send thread panic").is_none());
        let lost = event_of("recv-2", "timely communication error: reading data");
        assert!(matches!(
            lost,
            Some(Event::Closed {
                peer: 2,
                direct: false
            })
        ));
        let own = event_of("work-1", "넘어졌습니다");
        assert!(matches!(own, Some(Event::Panicked { message }) if message == "넘어졌습니다"));
    }
}
