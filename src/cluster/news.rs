//! 소식: 호스트들이 서로 살아 있음을 알리는 통로입니다.
//!
//! timely의 통로만으로는 말없이 끊긴 길을 알아채지 못합니다. 보낼 것이 없는 TCP는 몇 시간이고 조용합니다.
//! 그래서 통로를 하나 더 두고 짧은 소식을 쉬지 않고 보냅니다. 정한 시간 동안 소식이 없으면 잃은 것으로 봅니다.

use std::{
    io,
    net::TcpStream,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use super::wire;
use crate::{Error, Result};

/// 다 한 호스트가 알리는 것입니다: PID, 보낸 바이트, 받은 바이트, CPU 시간(ns).
pub(super) type Stats = (u32, u64, u64, u64);

/// 지켜보는 이에게 생긴 일입니다.
#[derive(Debug)]
pub(super) enum Event {
    /// `peer`번이 다 했습니다.
    Done { peer: usize, stats: Stats },
    /// `peer`번과 이어진 길이 끊겼습니다. `direct`는 소식이 끊긴 것이고, 아니면 timely의 통로입니다.
    Closed { peer: usize, direct: bool },
    /// `peer`번에서 정한 시간 동안 소식이 없습니다.
    Silent { peer: usize },
    /// `peer`번이 까닭을 알려 왔습니다.
    Told { peer: usize, why: String },
    /// 이 호스트의 일꾼이 패닉했습니다.
    Panicked { message: String },
    /// timely가 끝났습니다.
    Finished(std::result::Result<(), String>),
    /// 이 호스트를 시작한 프로그램이 끝났습니다.
    Orphaned,
}

/// 소식 하나입니다. 첫 수가 갈래입니다.
type Frame = (u8, String, Stats);

const TICK: u8 = 0;
const DONE: u8 = 1;
const FAILED: u8 = 2;

/// 소식을 보내는 끝들입니다.
pub(super) struct News {
    patience: Duration,
    peers: Mutex<Vec<(usize, TcpStream)>>,
    events: Sender<Event>,
    _stop: Sender<()>,
}

impl News {
    /// 소식을 보내기 시작합니다. 돌려받은 것을 버리면 그칩니다.
    pub(super) fn start(patience: Duration, events: Sender<Event>) -> Result<Arc<News>> {
        let (stop, stopped) = channel();
        let news = Arc::new(News {
            patience,
            peers: Mutex::default(),
            events,
            _stop: stop,
        });
        let weak = Arc::downgrade(&news);
        let pause = (patience / 10).min(Duration::from_millis(500));
        let launcher = super::launch::launcher();
        let tick = move || {
            while wait(&stopped, pause) {
                let Some(news) = weak.upgrade() else { return };
                news.say(TICK, "", Stats::default());
                if launcher.as_ref().is_some_and(|launcher| !launcher.lives()) {
                    // 받는 이가 없으면 프로그램이 이미 끝나는 길입니다.
                    let _ = news.events.send(Event::Orphaned);
                    return;
                }
            }
        };
        spawn("noriteo:news", tick)?;
        Ok(news)
    }

    /// `peer`번과 소식을 주고받습니다.
    pub(super) fn add(&self, peer: usize, stream: TcpStream) -> Result<()> {
        let failed = |error| Error::os("소식을 주고받을 통로를 마련하지 못했습니다", error);
        let reading = stream.try_clone().map_err(failed)?;
        reading
            .set_read_timeout(Some(self.patience))
            .and_then(|()| stream.set_write_timeout(Some(self.patience)))
            .map_err(failed)?;
        self.lock().push((peer, stream));
        let events = self.events.clone();
        spawn("noriteo:news", move || listen(peer, &reading, &events))
    }

    /// 이 호스트가 다 했다고 모두에게 알립니다.
    pub(super) fn say_done(&self, stats: Stats) {
        self.say(DONE, "", stats);
    }

    /// 이 호스트가 끝나는 까닭을 모두에게 알립니다.
    pub(super) fn say_failed(&self, why: &str) {
        self.say(FAILED, why, Stats::default());
    }

    fn say(&self, kind: u8, text: &str, stats: Stats) {
        let frame: Frame = (kind, text.to_owned(), stats);
        for (_, stream) in self.lock().iter() {
            // 닿지 않는 상대는 듣는 쪽이 알아챕니다.
            let _ = wire::write(stream, &frame);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(usize, TcpStream)>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 멈추라는 말이 없으면 참입니다.
fn wait(stopped: &Receiver<()>, pause: Duration) -> bool {
    matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout))
}

/// `peer`번의 소식을 듣습니다. 다 했다는 소식을 들으면 더 듣지 않습니다.
fn listen(peer: usize, stream: &TcpStream, events: &Sender<Event>) {
    let event = loop {
        match wire::read::<Frame>(stream) {
            Ok((TICK, ..)) => {}
            Ok((DONE, _, stats)) => break Event::Done { peer, stats },
            Ok((_, why, _)) => break Event::Told { peer, why },
            Err(error) if silent(&error) => break Event::Silent { peer },
            Err(_) => break Event::Closed { peer, direct: true },
        }
    };
    let _ = events.send(event);
}

fn silent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// 이름 있는 스레드를 하나 만듭니다.
pub(super) fn spawn(name: &str, f: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(f)
        .map(|_| ())
        .map_err(|source| Error::os("스레드를 만들지 못했습니다", source))
}
