//! ex20: 호스트가 죽으면. 예시 답입니다.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

/// 토막 하나를 두고 우리가 아는 것입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// 온전한 답이 왔습니다.
    Answered(u64),
    /// 건넸는데 온전한 답이 오지 않았습니다. 했는지 하지 않았는지 알 수 없습니다.
    Unknown,
    /// 아무에게도 건네지 못했습니다. 하지 않은 것이 확실합니다.
    NeverGiven,
}

/// 호스트마다 지켜보는 스레드를 두고, 남은 토막을 하나씩 꺼내 건넵니다.
pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let left: Mutex<VecDeque<_>> = Mutex::new(parts.iter().copied().enumerate().collect());
    // 모르는 것에서 시작해, 아는 것이 생길 때마다 고칩니다.
    let fates = Mutex::new(vec![Fate::NeverGiven; parts.len()]);
    thread::scope(|scope| {
        for host in hosts {
            scope.spawn(|| watch(BufReader::new(host), &left, &fates));
        }
    });
    fates.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// 호스트 하나를 그것이 죽거나 남은 토막이 없을 때까지 지켜봅니다.
fn watch<H: Read + Write>(
    mut host: BufReader<H>,
    left: &Mutex<VecDeque<(usize, u64)>>,
    fates: &Mutex<Vec<Fate>>,
) {
    loop {
        // `while let`의 조건에 적으면 몸통이 끝날 때까지 락을 쥐게 되므로 따로 적습니다.
        let given = give(host.get_mut(), &mut hold(left));
        let Some(turn) = given else { return };
        let answer = whole_answer(&mut host);
        hold(fates)[turn] = answer.map_or(Fate::Unknown, Fate::Answered);
        if answer.is_none() {
            return;
        }
    }
}

/// 맨 앞의 토막을 건넵니다. 건네졌을 때에만 꺼냅니다. 그래야 남은 호스트가 다 한 줄 알고 떠나지 않습니다.
fn give(host: &mut impl Write, left: &mut VecDeque<(usize, u64)>) -> Option<usize> {
    let (turn, part) = *left.front()?;
    host.write_all(format!("{part}\n").as_bytes()).ok()?;
    left.pop_front();
    Some(turn)
}

/// 줄바꿈까지 온 답입니다. `read_line`은 끝을 만나면 줄바꿈이 없는 것도 `Ok`로 줍니다.
fn whole_answer(host: &mut impl BufRead) -> Option<u64> {
    let mut line = String::new();
    host.read_line(&mut line).ok()?;
    line.strip_suffix('\n')?.parse().ok()
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> io::Result<()> {
    // 세 번째 호스트는 토막을 받고 답하지 않은 채 죽습니다.
    let hosts = vec![host(true)?, host(true)?, host(false)?];
    let parts: Vec<u64> = (1..=9).collect();
    for (part, fate) in parts.iter().zip(hand_out(hosts, &parts)) {
        println!("{part}번 토막: {fate:?}");
    }
    Ok(())
}

/// 토막을 제곱해 답하는 호스트입니다. `answers`가 거짓이면 하나를 받기만 하고 죽습니다.
fn host(answers: bool) -> io::Result<TcpStream> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let address = door.local_addr()?;
    thread::spawn(move || -> io::Result<()> {
        let (mut line, _) = door.accept()?;
        for part in BufReader::new(line.try_clone()?).lines() {
            let part: u64 = part?.parse().map_err(io::Error::other)?;
            if !answers {
                break;
            }
            writeln!(line, "{}", part * part)?;
        }
        Ok(())
    });
    TcpStream::connect(address)
}
