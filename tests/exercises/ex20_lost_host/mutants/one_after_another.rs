//! 틀린 답: 한 호스트에게 건네고 그 답을 기다린 다음 다른 호스트에게 건넨다.

use std::io::{BufRead, BufReader, Read, Write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered(u64),
    Unknown,
    NeverGiven,
}

pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let mut hosts: Vec<BufReader<H>> = hosts.into_iter().map(BufReader::new).collect();
    let mut fates = Vec::new();
    let mut turn = 0;
    for &part in parts {
        let mut fate = Fate::NeverGiven;
        while fate == Fate::NeverGiven && !hosts.is_empty() {
            turn = (turn + 1) % hosts.len();
            fate = ask(&mut hosts[turn], part);
            if !matches!(fate, Fate::Answered(_)) {
                hosts.remove(turn);
            }
        }
        fates.push(fate);
    }
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
