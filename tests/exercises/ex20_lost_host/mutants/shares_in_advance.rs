//! 틀린 답: 토막을 미리 똑같이 나누어 준다.

use std::{
    io::{BufRead, BufReader, Read, Write},
    thread,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered(u64),
    Unknown,
    NeverGiven,
}

pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let count = hosts.len().max(1);
    let mut fates = vec![Fate::NeverGiven; parts.len()];
    let shares = fates.chunks_mut(parts.len().div_ceil(count).max(1));
    let parts = parts.chunks(parts.len().div_ceil(count).max(1));
    thread::scope(|scope| {
        for ((host, fates), parts) in hosts.into_iter().zip(shares).zip(parts) {
            scope.spawn(move || {
                let mut host = BufReader::new(host);
                for (fate, part) in fates.iter_mut().zip(parts) {
                    *fate = ask(&mut host, *part);
                    if !matches!(fate, Fate::Answered(_)) {
                        return;
                    }
                }
            });
        }
    });
    fates
}

fn ask<H: Read + Write>(host: &mut BufReader<H>, part: u64) -> Fate {
    if host
        .get_mut()
        .write_all(format!("{part}\n").as_bytes())
        .is_err()
    {
        return Fate::NeverGiven;
    }
    hear(host)
}

fn hear(host: &mut impl BufRead) -> Fate {
    let mut line = String::new();
    match host.read_line(&mut line) {
        Ok(_) if line.ends_with('\n') => line.trim().parse().map_or(Fate::Unknown, Fate::Answered),
        _ => Fate::Unknown,
    }
}
