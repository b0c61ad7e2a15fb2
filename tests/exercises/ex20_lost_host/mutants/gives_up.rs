//! 틀린 답: 하나라도 죽으면 모두 그만둔다.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered(u64),
    Unknown,
    NeverGiven,
}

pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let left: Mutex<VecDeque<_>> = Mutex::new(parts.iter().copied().enumerate().collect());
    let fates = Mutex::new(vec![Fate::NeverGiven; parts.len()]);
    thread::scope(|scope| {
        for host in hosts {
            scope.spawn(|| watch(BufReader::new(host), &left, &fates));
        }
    });
    fates.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn watch<H: Read + Write>(
    mut host: BufReader<H>,
    left: &Mutex<VecDeque<(usize, u64)>>,
    fates: &Mutex<Vec<Fate>>,
) {
    loop {
        let given = give(host.get_mut(), &mut hold(left));
        let Some(turn) = given else { return };
        let answer = whole_answer(&mut host);
        hold(fates)[turn] = answer.map_or(Fate::Unknown, Fate::Answered);
        if answer.is_none() {
            hold(left).clear();
            return;
        }
    }
}

fn give(host: &mut impl Write, left: &mut VecDeque<(usize, u64)>) -> Option<usize> {
    let (turn, part) = *left.front()?;
    host.write_all(format!("{part}\n").as_bytes()).ok()?;
    left.pop_front();
    Some(turn)
}

fn whole_answer(host: &mut impl BufRead) -> Option<u64> {
    let mut line = String::new();
    host.read_line(&mut line).ok()?;
    line.strip_suffix('\n')?.parse().ok()
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
