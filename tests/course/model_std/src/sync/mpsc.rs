//! `std::sync::mpsc`입니다.

pub use real::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

use real::{cell::RefCell, collections::VecDeque, fmt, sync::Arc, time::Duration};

use crate::{
    clock::Left,
    run,
    wait::{self, Waiters},
};

struct Channel<T> {
    /// 담을 수 있는 수입니다. 없으면 끝이 없습니다.
    bound: Option<usize>,
    state: RefCell<State<T>>,
    changed: Waiters,
    left: Left,
}

struct State<T> {
    messages: VecDeque<T>,
    senders: usize,
    receiver: bool,
    /// 지금까지 넣은 수와 꺼낸 수입니다. 담을 곳이 없는 통로(0)에서 건네졌는지 압니다.
    put: usize,
    taken: usize,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, `state`를 빌린 동안 차례를 바꾸지 않습니다.
unsafe impl<T: Send> Send for Channel<T> {}
// SAFETY: 위와 같습니다.
unsafe impl<T: Send> Sync for Channel<T> {}

impl<T> real::panic::RefUnwindSafe for Channel<T> {}
impl<T> real::panic::UnwindSafe for Channel<T> {}

/// `std::sync::mpsc::Sender`입니다.
pub struct Sender<T>(Arc<Channel<T>>);

/// `std::sync::mpsc::SyncSender`입니다.
pub struct SyncSender<T>(Arc<Channel<T>>);

/// `std::sync::mpsc::Receiver`입니다.
pub struct Receiver<T> {
    channel: Arc<Channel<T>>,
    /// 진짜처럼 여럿이 함께 쓰지 못합니다.
    alone: real::marker::PhantomData<real::cell::Cell<()>>,
}

/// 끝없이 담는 통로를 만듭니다.
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (channel, receiver) = make(None);
    (Sender(channel), receiver)
}

/// `bound`개까지 담는 통로를 만듭니다.
#[must_use]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (channel, receiver) = make(Some(bound));
    (SyncSender(channel), receiver)
}

fn make<T>(bound: Option<usize>) -> (Arc<Channel<T>>, Receiver<T>) {
    let channel = Arc::new(Channel {
        bound,
        state: RefCell::new(State {
            messages: VecDeque::new(),
            senders: 1,
            receiver: true,
            put: 0,
            taken: 0,
        }),
        changed: Waiters::new(),
        left: Left::new(),
    });
    let receiver = Receiver {
        channel: Arc::clone(&channel),
        alone: real::marker::PhantomData,
    };
    (channel, receiver)
}

impl<T> Channel<T> {
    fn full(&self) -> bool {
        let state = self.state.borrow();
        // 0이면 하나를 들고 받는 이를 기다립니다.
        self.bound
            .is_some_and(|bound| state.receiver && state.messages.len() >= bound.max(1))
    }

    fn put(&self, message: T) -> Result<usize, T> {
        run::with(|run| run.ready_made += 1);
        let mut state = self.state.borrow_mut();
        if !state.receiver {
            return Err(message);
        }
        state.messages.push_back(message);
        state.put += 1;
        let number = state.put;
        drop(state);
        self.left.release();
        self.changed.wake_all();
        Ok(number)
    }

    fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.changed.until(|| !self.full());
        let number = self.put(message).map_err(SendError)?;
        if self.bound == Some(0) {
            self.changed.until(|| {
                let state = self.state.borrow();
                state.taken >= number || !state.receiver
            });
        }
        self.left.acquire();
        Ok(())
    }

    fn take(&self) -> Result<T, TryRecvError> {
        let mut state = self.state.borrow_mut();
        match state.messages.pop_front() {
            Some(message) => {
                state.taken += 1;
                drop(state);
                self.left.acquire();
                self.left.release();
                self.changed.wake_all();
                Ok(message)
            }
            None if state.senders == 0 => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    fn no_sender(&self) {
        wait::switch();
        self.state.borrow_mut().senders -= 1;
        self.left.release();
        self.changed.wake_all();
    }

    fn more_sender(&self) {
        self.state.borrow_mut().senders += 1;
    }
}

impl<T> Sender<T> {
    /// 넣습니다.
    ///
    /// # Errors
    /// 받는 이가 없습니다.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.0.send(message)
    }
}

impl<T> SyncSender<T> {
    /// 자리가 날 때까지 기다려 넣습니다.
    ///
    /// # Errors
    /// 받는 이가 없습니다.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.0.send(message)
    }

    /// 자리가 있으면 넣습니다.
    ///
    /// # Errors
    /// 자리가 없거나 받는 이가 없습니다.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        wait::switch();
        let gone = !self.0.state.borrow().receiver;
        if !gone && (self.0.bound == Some(0) || self.0.full()) {
            return Err(TrySendError::Full(message));
        }
        self.0
            .put(message)
            .map(|_| ())
            .map_err(TrySendError::Disconnected)
    }
}

impl<T> Receiver<T> {
    /// 올 때까지 기다려 받습니다.
    ///
    /// # Errors
    /// 비었고 보낼 이가 없습니다.
    pub fn recv(&self) -> Result<T, RecvError> {
        let channel = &self.channel;
        channel.changed.until(|| {
            let state = channel.state.borrow();
            !state.messages.is_empty() || state.senders == 0
        });
        channel.take().map_err(|_| RecvError)
    }

    /// 있으면 받습니다.
    ///
    /// # Errors
    /// 비었거나, 비었고 보낼 이가 없습니다.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        wait::switch();
        self.channel.take()
    }

    /// 시간이 다 될 때까지 기다려 받습니다.
    ///
    /// # Errors
    /// 시간이 다 되었거나, 비었고 보낼 이가 없습니다.
    pub fn recv_timeout(&self, duration: Duration) -> Result<T, RecvTimeoutError> {
        let until = run::with(|run| run.clock.saturating_add(duration));
        wait::switch();
        loop {
            match self.channel.take() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) if run::with(|run| run.clock >= until) => {
                    return Err(RecvTimeoutError::Timeout);
                }
                Err(TryRecvError::Empty) => crate::thread::pass_time(until),
            }
        }
    }

    /// 보낼 이가 없을 때까지 하나씩 받습니다.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }

    /// 있는 것만 하나씩 받습니다.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(self)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.0.more_sender();
        Sender(Arc::clone(&self.0))
    }
}

impl<T> Clone for SyncSender<T> {
    fn clone(&self) -> SyncSender<T> {
        self.0.more_sender();
        SyncSender(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.no_sender();
    }
}

impl<T> Drop for SyncSender<T> {
    fn drop(&mut self) {
        self.0.no_sender();
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        wait::switch();
        let messages = {
            let mut state = self.channel.state.borrow_mut();
            state.receiver = false;
            real::mem::take(&mut state.messages)
        };
        drop(messages);
        self.channel.changed.wake_all();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// 하나씩 받습니다.
#[derive(Debug)]
pub struct Iter<'a, T>(&'a Receiver<T>);

/// 있는 것만 하나씩 받습니다.
#[derive(Debug)]
pub struct TryIter<'a, T>(&'a Receiver<T>);

/// 하나씩 받습니다.
#[derive(Debug)]
pub struct IntoIter<T>(Receiver<T>);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self)
    }
}
