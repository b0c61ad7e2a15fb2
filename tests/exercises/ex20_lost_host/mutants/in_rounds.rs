//! 틀린 답: 모두에게 하나씩 건네고, 모두 답해야 다음을 건넨다.

use std::io::{BufRead, BufReader, Read, Write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered(u64),
    Unknown,
    NeverGiven,
}

pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let mut hosts: Vec<BufReader<H>> = hosts.into_iter().map(BufReader::new).collect();
    let mut fates = vec![Fate::NeverGiven; parts.len()];
    let mut next = 0;
    while next < parts.len() && !hosts.is_empty() {
        // 모두에게 하나씩 건네고, 차례로 답을 기다린다.
        let mut asked = Vec::new();
        let mut alive = Vec::new();
        for mut host in hosts {
            let Some(part) = parts.get(next) else {
                alive.push(host);
                continue;
            };
            if host
                .get_mut()
                .write_all(format!("{part}\n").as_bytes())
                .is_ok()
            {
                asked.push((next, host));
                next += 1;
            }
        }
        for (turn, mut host) in asked {
            fates[turn] = hear(&mut host);
            if matches!(fates[turn], Fate::Answered(_)) {
                alive.push(host);
            }
        }
        hosts = alive;
    }
    fates
}

fn hear(host: &mut impl BufRead) -> Fate {
    let mut line = String::new();
    match host.read_line(&mut line) {
        Ok(_) if line.ends_with('\n') => line.trim().parse().map_or(Fate::Unknown, Fate::Answered),
        _ => Fate::Unknown,
    }
}
