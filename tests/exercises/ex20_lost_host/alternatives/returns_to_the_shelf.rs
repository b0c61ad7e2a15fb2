//! 다른 옳은 답: 쓰지 못한 토막을 선반에 돌려놓는다. 선반이 비어도 아직 답을 기다리는 이가 있으면 떠나지 않는다.

use std::{
    io::{Read, Write},
    sync::{Condvar, Mutex},
    thread,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered(u64),
    Unknown,
    NeverGiven,
}

/// 남은 토막과, 답을 기다리고 있는 호스트의 수입니다.
struct Shelf {
    left: Vec<usize>,
    asked: usize,
}

pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let shelf = Mutex::new(Shelf {
        left: (0..parts.len()).rev().collect(),
        asked: 0,
    });
    let changed = Condvar::new();
    let fates: Vec<Mutex<Fate>> = parts.iter().map(|_| Mutex::new(Fate::NeverGiven)).collect();
    thread::scope(|scope| {
        for mut host in hosts {
            let (shelf, changed, fates) = (&shelf, &changed, &fates);
            scope.spawn(move || {
                while let Some(turn) = take(shelf, changed) {
                    let line = format!("{}\n", parts[turn]);
                    let written = host.write_all(line.as_bytes()).is_ok();
                    let answer = if written { answer(&mut host) } else { None };
                    if written {
                        *fates[turn].lock().unwrap() = answer.map_or(Fate::Unknown, Fate::Answered);
                    }
                    let mut shelf = shelf.lock().unwrap();
                    shelf.asked -= 1;
                    if !written {
                        shelf.left.push(turn);
                    }
                    changed.notify_all();
                    if answer.is_none() {
                        return;
                    }
                }
            });
        }
    });
    fates
        .into_iter()
        .map(|fate| fate.into_inner().unwrap())
        .collect()
}

/// 선반이 비어도 누군가 쓰고 있으면 기다린다. 쓰지 못하고 돌려놓을 수 있다.
fn take(shelf: &Mutex<Shelf>, changed: &Condvar) -> Option<usize> {
    let mut shelf = shelf.lock().unwrap();
    while shelf.left.is_empty() && shelf.asked > 0 {
        shelf = changed.wait(shelf).unwrap();
    }
    let turn = shelf.left.pop()?;
    shelf.asked += 1;
    Some(turn)
}

fn answer(host: &mut impl Read) -> Option<u64> {
    let mut line = Vec::new();
    let mut byte = [0];
    while host.read_exact(&mut byte).is_ok() {
        if byte == *b"\n" {
            return String::from_utf8(line).ok()?.parse().ok();
        }
        line.push(byte[0]);
    }
    None
}
