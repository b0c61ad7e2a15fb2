//! 다른 옳은 답: 나누어 주는 이가 한 명이고, 호스트마다 심부름하는 스레드가 하나씩 있다. 말은 통로로만 한다.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    sync::mpsc::{Sender, channel},
    thread,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered(u64),
    Unknown,
    NeverGiven,
}

/// 호스트를 맡은 스레드가 나누어 주는 이에게 하는 말입니다.
enum News {
    Answered(usize, usize, u64),
    Lost(usize),
    Unwritten(usize),
}

pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let mut fates = vec![Fate::NeverGiven; parts.len()];
    let mut left: VecDeque<usize> = (0..parts.len()).collect();
    let (tell, news) = channel();
    thread::scope(|scope| {
        let mut desks: Vec<Sender<(usize, u64)>> = Vec::new();
        for (number, host) in hosts.into_iter().enumerate() {
            let (desk, turns) = channel();
            desks.push(desk);
            let tell = tell.clone();
            scope.spawn(move || {
                let mut host = BufReader::new(host);
                for (turn, part) in turns {
                    let told = ask(&mut host, number, turn, part);
                    let dead = !matches!(told, News::Answered(..));
                    if tell.send(told).is_err() || dead {
                        return;
                    }
                }
            });
        }
        let mut idle: Vec<usize> = (0..desks.len()).collect();
        let mut busy = 0;
        loop {
            while let (Some(&host), Some(&turn)) = (idle.last(), left.front()) {
                idle.pop();
                left.pop_front();
                busy += usize::from(desks[host].send((turn, parts[turn])).is_ok());
            }
            if busy == 0 {
                return;
            }
            let Ok(told) = news.recv() else { return };
            busy -= 1;
            match told {
                News::Answered(host, turn, value) => {
                    fates[turn] = Fate::Answered(value);
                    idle.push(host);
                }
                News::Lost(turn) => fates[turn] = Fate::Unknown,
                News::Unwritten(turn) => left.push_front(turn),
            }
        }
    });
    fates
}

fn ask<H: Read + Write>(host: &mut BufReader<H>, number: usize, turn: usize, part: u64) -> News {
    if writeln!(host.get_mut(), "{part}").is_err() {
        return News::Unwritten(turn);
    }
    let mut line = Vec::new();
    let whole = host.read_until(b'\n', &mut line).is_ok() && line.pop() == Some(b'\n');
    let value = String::from_utf8(line)
        .ok()
        .and_then(|line| line.parse().ok());
    match value {
        Some(value) if whole => News::Answered(number, turn, value),
        _ => News::Lost(turn),
    }
}
