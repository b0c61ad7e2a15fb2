//! ex20: 호스트가 죽으면. `hand_out`을 채우세요.
//!
//! 실행: `cargo run --example ex20_lost_host`
//! 검사: `cargo course check ex20`

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
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

/// 호스트들에게 토막을 건네고 답을 모읍니다. `parts`와 같은 차례로, 토막마다 아는 것을 하나씩 줍니다.
///
/// `hosts`는 호스트마다 하나씩 이어 둔 길입니다. 토막은 `12\n`처럼 한 줄로 건네고, 답도 한 줄로 옵니다.
/// 줄바꿈까지 와야 온전한 답입니다. 한 줄이 여러 번에 나뉘어 오기도 합니다.
///
/// * 한 호스트에게는 한 번에 하나씩 건넵니다. 답이 오면 다음 것을 건넵니다.
/// * 호스트는 모두 함께 일합니다. 느린 호스트 하나가 다른 호스트를 붙들지 않습니다.
/// * 호스트는 언제든 죽습니다. 그러면 길의 읽기가 끝이나 오류가 되고, 쓰기가 오류가 됩니다.
///   `hand_out`은 패닉하지 않고, 남은 호스트와 일을 계속합니다.
/// * 건넨 다음 답이 없이 죽으면 그 토막은 [`Fate::Unknown`]입니다. 두 번 하면 안 되는 일이므로
///   다시 건네지 않습니다. 죽기 전에 온 답은 그대로 답입니다.
/// * 쓰기가 오류이면 건네지 못한 것입니다. 그 토막은 남은 호스트에게 건넵니다.
/// * 남은 호스트가 없으면 건네지 못한 토막은 모두 [`Fate::NeverGiven`]입니다.
pub fn hand_out<H: Read + Write + Send>(hosts: Vec<H>, parts: &[u64]) -> Vec<Fate> {
    let _ = (hosts, parts);
    todo!("호스트마다 지켜보는 스레드를 두면 어떨까요")
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
