//! 자식의 손잡이(Unix가 아닌 곳). 파일 디스크립터를 물려줄 수 없어 127.0.0.1의 소켓으로 잇습니다.

use std::{
    collections::hash_map::RandomState,
    env,
    hash::{BuildHasher, Hasher},
    io::{self, ErrorKind, Read, Write},
    marker::PhantomData,
    net::{Ipv4Addr, TcpListener, TcpStream},
    panic::{self, AssertUnwindSafe},
    process::{Child, Command, exit},
    thread,
    time::{Duration, Instant},
};

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    spawn::MARK,
    wire::{self, Outcome},
};
use crate::{Error, Result, gil, thread::panic_message};

/// [`spawn`](super::spawn)이 돌려주는 손잡이입니다. 버리면 자식을 끝내고 거둡니다.
pub struct JoinHandle<T> {
    child: Child,
    stream: TcpStream,
    result: PhantomData<fn() -> T>,
}

impl<T> JoinHandle<T> {
    /// 자식의 PID입니다.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// [`join`](Self::join)이 곧바로 돌아올지 기다리지 않고 알아봅니다.
    pub fn is_finished(&self) -> bool {
        self.wait_timeout(Duration::from_millis(1)).unwrap_or(true)
    }

    /// 결과가 오기 시작하거나 자식이 끝나기를 `timeout`까지만 기다립니다. 그 안에 끝났으면 참입니다.
    ///
    /// # Errors
    /// 운영체제가 기다려 주지 않으면 [`Error::Os`]입니다.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        let failed = |source| Error::os("자식을 기다리지 못했습니다", source);
        // 0은 「끝없이」라는 뜻이므로 쓸 수 없습니다.
        let timeout = timeout.max(Duration::from_millis(1));
        self.stream
            .set_read_timeout(Some(timeout))
            .map_err(failed)?;
        let peeked = gil::allow_threads(|| self.stream.peek(&mut [0]));
        self.stream.set_read_timeout(None).map_err(failed)?;
        match peeked {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(false)
            }
            // 끊긴 것도 끝난 것입니다.
            Err(_) => Ok(true),
        }
    }
}

impl<T: BorshDeserialize> JoinHandle<T> {
    /// 자식의 결과를 받고 자식을 거둡니다.
    ///
    /// # Errors
    /// - [`Error::Panicked`]: 자식이 패닉했습니다.
    /// - [`Error::Exited`], [`Error::NoResult`]: 결과 없이 끝났습니다.
    /// - [`Error::Decode`]: 결과가 `T`의 바이트가 아닙니다.
    pub fn join(mut self) -> Result<T> {
        let pid = self.pid();
        let outcome = gil::allow_threads(|| wire::read(&self.stream))
            .and_then(|payload| wire::decode::<Outcome<T>>(&payload));
        let status = gil::allow_threads(|| self.child.wait())
            .map_err(|source| Error::os("자식을 거두지 못했습니다", source))?;
        match (status.code(), outcome) {
            (_, Ok(Err(message))) => Err(Error::Panicked { message }),
            (Some(0), Ok(Ok(value))) => Ok(value),
            (Some(0), Err(error @ Error::Decode { .. })) => Err(error),
            (Some(0), Err(_)) => Err(Error::NoResult { pid }),
            (code, _) => Err(Error::Exited {
                pid,
                code: code.unwrap_or(-1),
            }),
        }
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        // 이미 거두었으면 둘 다 아무 일도 하지 않습니다.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `spawn`의 부모 쪽: 이 프로그램을 다시 시작하고, 자식이 이어 오면 인자를 보냅니다.
pub(super) fn start<A: BorshSerialize, R>(name: &str, arg: &A) -> Result<JoinHandle<R>> {
    let failed = |source| Error::os("프로세스를 시작하지 못했습니다", source);
    let frame = wire::encode(arg)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let token = RandomState::new().build_hasher().finish();
    let program = env::current_exe().map_err(failed)?;
    let mut child = Command::new(program)
        .args([MARK, name, &format!("{port},{token}")])
        .spawn()
        .map_err(failed)?;
    let accepted = accept(&listener, token, &mut child);
    let stream = match accepted {
        Ok(stream) => stream,
        Err(source) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(failed(source));
        }
    };
    let handle = JoinHandle {
        child,
        stream,
        result: PhantomData,
    };
    match wire::write(&handle.stream, &frame) {
        // 자식이 벌써 끝났으면 join이 알립니다.
        Ok(()) | Err(Error::Disconnected) => Ok(handle),
        Err(error) => Err(error),
    }
}

/// 암호(token)를 아는 상대가 이어 올 때까지 받습니다. 자식이 먼저 끝나거나 10초가 지나면 오류입니다.
fn accept(listener: &TcpListener, token: u64, child: &mut Child) -> io::Result<TcpStream> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(Duration::from_secs(1)))?;
                let mut said = [0; 8];
                if stream.read_exact(&mut said).is_ok() && said == token.to_le_bytes() {
                    stream.set_read_timeout(None)?;
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if child.try_wait()?.is_some() {
                    return Err(io::Error::other("자식이 시작하자마자 끝났습니다"));
                }
                if Instant::now() >= deadline {
                    return Err(ErrorKind::TimedOut.into());
                }
                thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
}

/// `spawn`의 자식 쪽: 인자를 받아 `f`를 부르고 결과를 보냅니다. 종료 코드를 돌려줍니다.
pub(super) fn serve<A, R>(address: &str, f: impl Fn(A) -> R) -> i32
where
    A: BorshDeserialize,
    R: BorshSerialize,
{
    match answer(address, f) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("자식이 부모와 이야기하지 못했습니다: {error}");
            1
        }
    }
}

fn answer<A, R>(address: &str, f: impl Fn(A) -> R) -> Result<i32>
where
    A: BorshDeserialize,
    R: BorshSerialize,
{
    let failed = |source| Error::os("부모와 이어지지 못했습니다", source);
    let (port, token) = address
        .split_once(',')
        .and_then(|(port, token)| Some((port.parse::<u16>().ok()?, token.parse::<u64>().ok()?)))
        .ok_or_else(|| Error::BadInput {
            message: format!("{MARK}는 process::spawn이 쓰는 인자입니다. 직접 쓰지 마세요"),
        })?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    stream.write_all(&token.to_le_bytes()).map_err(failed)?;
    let arg = wire::decode(&wire::read(&stream)?)?;
    // 부모가 끝나면 소켓이 끊깁니다. 이를 지켜보다가 함께 끝납니다.
    let mut watched = stream.try_clone().map_err(failed)?;
    thread::Builder::new()
        .name("lifeline".to_owned())
        .spawn(move || {
            let _ = watched.read(&mut [0]);
            exit(1);
        })
        .map_err(failed)?;
    let outcome: Outcome<R> = panic::catch_unwind(AssertUnwindSafe(|| f(arg)))
        .map_err(|payload| panic_message(payload.as_ref()));
    io::stdout().flush().map_err(failed)?;
    wire::write(&stream, &wire::encode(&outcome)?)?;
    Ok(if outcome.is_ok() { 0 } else { 101 })
}
