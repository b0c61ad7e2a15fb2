//! 다른 옳은 답: 표준의 sync_channel에 닫힘을 더한다. 담는 곳은 통로이고, 자리는 표(permit)로 센다.

use std::sync::{Condvar, Mutex, mpsc};

pub struct BoundedQueue<T> {
    gate: Mutex<Gate<T>>,
    room: Condvar,
    some: Condvar,
}

struct Gate<T> {
    send: Option<mpsc::Sender<T>>,
    receive: mpsc::Receiver<T>,
    room: usize,
}

impl<T> BoundedQueue<T> {
    pub fn new(capacity: usize) -> Self {
        let (send, receive) = mpsc::channel();
        BoundedQueue {
            gate: Mutex::new(Gate {
                send: Some(send),
                receive,
                room: capacity,
            }),
            room: Condvar::new(),
            some: Condvar::new(),
        }
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        let mut gate = self.gate.lock().unwrap();
        loop {
            match &gate.send {
                None => return Err(item),
                Some(send) if gate.room > 0 => {
                    let sent = send.send(item).map_err(|error| error.0);
                    gate.room -= 1;
                    self.some.notify_one();
                    return sent;
                }
                Some(_) => gate = self.room.wait(gate).unwrap(),
            }
        }
    }

    pub fn pop(&self) -> Option<T> {
        let mut gate = self.gate.lock().unwrap();
        loop {
            match gate.receive.try_recv() {
                Ok(item) => {
                    gate.room += 1;
                    self.room.notify_one();
                    return Some(item);
                }
                Err(mpsc::TryRecvError::Disconnected) => return None,
                Err(mpsc::TryRecvError::Empty) => gate = self.some.wait(gate).unwrap(),
            }
        }
    }

    pub fn close(&self) {
        self.gate.lock().unwrap().send = None;
        self.room.notify_all();
        self.some.notify_all();
    }
}
