//! 다른 옳은 답: 지켜보는 이 없이, 부모가 일꾼들을 돌아가며 들여다본다. 패닉은 일꾼이 스스로 받는다.

use std::{
    any::Any,
    io::{ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    panic::catch_unwind,
    time::Duration,
};

use noriteo::{
    Error, Result,
    process::{JoinHandle, fork},
};

pub type Outcome = std::result::Result<u64, String>;

/// 일꾼 하나와, 맡은 일입니다.
struct Slot {
    line: UnixStream,
    handle: JoinHandle<()>,
    doing: Option<usize>,
}

pub fn run_jobs(jobs: Vec<u64>, workers: usize, work: fn(u64) -> u64) -> Result<Vec<Outcome>> {
    let failed = |error| Error::os("일꾼과 말하지 못했습니다", error);
    let mut outcomes = vec![Err(String::new()); jobs.len()];
    let mut rest = jobs.into_iter().enumerate();
    let mut slots = Vec::new();
    for _ in 0..workers {
        slots.push(start(work)?);
    }
    let mut left = outcomes.len();
    while left > 0 {
        for slot in &mut slots {
            match slot.doing {
                None => {
                    if let Some((turn, job)) = rest.next() {
                        slot.line.write_all(&job.to_le_bytes()).map_err(failed)?;
                        slot.doing = Some(turn);
                    }
                }
                Some(turn) => {
                    // 먼저 끝났는지 보고, 그다음에 답을 봅니다. 답을 남기고 끝났을 수도 있습니다.
                    let ended = slot.handle.wait_timeout(Duration::from_millis(1))?;
                    match answer(&mut slot.line) {
                        Some(outcome) => outcomes[turn] = outcome,
                        None if ended => {
                            let dead = std::mem::replace(slot, start(work)?);
                            outcomes[turn] = match dead.handle.join() {
                                Ok(()) => Err("답하지 않았습니다".to_owned()),
                                Err(error) => Err(cause(&error)),
                            };
                        }
                        None => continue,
                    }
                    slot.doing = None;
                    left -= 1;
                }
            }
        }
    }
    // 버리면 자식을 끝내고 거둡니다.
    drop(slots);
    Ok(outcomes)
}

fn start(work: fn(u64) -> u64) -> Result<Slot> {
    let failed = |error| Error::os("일꾼을 들이지 못했습니다", error);
    let (line, mut theirs) = UnixStream::pair().map_err(failed)?;
    line.set_nonblocking(true).map_err(failed)?;
    let handle = fork(move || {
        let mut job = [0; 8];
        while theirs.read_exact(&mut job).is_ok() {
            let job = u64::from_le_bytes(job);
            let bytes = match catch_unwind(|| work(job)) {
                Ok(answer) => [&[0], answer.to_le_bytes().as_slice()].concat(),
                Err(panic) => [&[1], words(panic.as_ref()).as_bytes()].concat(),
            };
            theirs.write_all(&[bytes.len() as u8]).unwrap();
            theirs.write_all(&bytes).unwrap();
        }
    })?;
    Ok(Slot {
        line,
        handle,
        doing: None,
    })
}

/// 답이 왔으면 읽습니다.
fn answer(line: &mut UnixStream) -> Option<Outcome> {
    let mut length = [0];
    match line.read(&mut length) {
        Ok(1) => {}
        Err(error) if error.kind() != ErrorKind::WouldBlock => return None,
        _ => return None,
    }
    line.set_nonblocking(false).unwrap();
    let mut bytes = vec![0; length[0].into()];
    line.read_exact(&mut bytes).unwrap();
    line.set_nonblocking(true).unwrap();
    Some(match bytes[0] {
        0 => Ok(u64::from_le_bytes(bytes[1..9].try_into().unwrap())),
        _ => Err(format!("패닉: {}", String::from_utf8_lossy(&bytes[1..]))),
    })
}

fn words(panic: &(dyn Any + Send)) -> String {
    match panic.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => panic
            .downcast_ref::<&str>()
            .copied()
            .unwrap_or("글이 아님")
            .to_owned(),
    }
}

/// `join`이 알린 오류를 까닭으로 적습니다. 고치지 말고 쓰세요.
fn cause(error: &Error) -> String {
    match error {
        Error::Panicked { message } => format!("패닉: {message}"),
        Error::Exited { code, .. } => format!("코드 {code}"),
        Error::NoResult { .. } => "코드 0".to_owned(),
        Error::Signaled { signal, .. } => format!("시그널 {signal}"),
        other => other.to_string(),
    }
}
