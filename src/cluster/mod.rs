//! 여러 컴퓨터에서 함께 하는 일입니다(기능 `cluster`, 6장).
//!
//! 일은 크레이트 [`timely`]가 합니다. 프로그램은 자료가 흘러갈 길(dataflow)만 적고, 그 길을 스레드로 걸을지
//! 프로세스나 다른 컴퓨터로 걸을지는 명령줄이 정합니다([`Cluster`]).
//!
//! timely는 일꾼이 모두 살아 있을 때에만 끝까지 갑니다. 한 호스트가 죽으면 되살리지 않고, 길이 말없이 끊기면
//! 끝없이 기다립니다. 그래서 이 모듈이 곁에서 지켜봅니다.
//!
//! - **만남**: 서로 같은 프로그램, 같은 `hosts` 파일, 같은 선택지로 시작했는지 인사하며 맞추어 봅니다.
//! - **소식**: 호스트마다 통로를 하나 더 이어 짧은 소식을 주고받습니다. 소식이 끊기면 그 호스트를 잃은 것으로 봅니다.
//! - **끝**: 모든 호스트가 「다 했다」고 알린 뒤에만 결과를 돌려줍니다. 하나라도 잃으면 모두 오류로 끝납니다.
//!
//! 정한 시간은 셋입니다. 만나기를 기다리는 `--wait`, 소식을 기다리는 `--patience`, 통틀어 쓸 수 있는 `--limit`입니다.
//! 되살리는 일(recovery)은 하지 않습니다. 암호나 인증도 없으므로 믿는 망에서만 쓰세요.

/// 한 줄을 표준 오류에 한 번에 적습니다. `eprintln!`은 조각마다 따로 적어, 함께 띄운 프로세스의 줄과 섞입니다.
macro_rules! say {
    ($($words:tt)*) => {{
        let line = format!("{}\n", format_args!($($words)*));
        // 적지 못해도 일은 계속합니다.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }};
}

mod args;
mod hello;
mod hosts;
mod launch;
mod meet;
mod news;
mod run;
mod wire;

pub use args::{Args, Cluster};
pub use run::{Gather, Host, Report};
pub use timely;

/// 만남을 기다리는 시간(초)의 기본값입니다.
pub const WAIT: u64 = 30;

/// 소식을 기다리는 시간(초)의 기본값입니다.
pub const PATIENCE: u64 = 10;

/// 통틀어 쓸 수 있는 시간(초)의 기본값입니다.
pub const LIMIT: u64 = 600;

/// `-h`가 없을 때 쓰는 첫 포트입니다. timely와 같습니다.
pub const FIRST_PORT: u16 = 2101;
