//! ex15: 입구의 계수기. `predict`, `count_with_threads`, `count_with_processes`를 채우세요.
//!
//! 실행: `cargo run --example ex15_static_counter`
//! 검사: `cargo course check ex15`

use noriteo::Result;

/// `predict`의 답입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// 아이들이 스레드(`thread::spawn`)일 때, 모두 기다린 뒤 `main`이 읽는 `TOYS`입니다.
    pub threads_main: u64,
    /// 아이들이 복제한 프로세스(`process::fork`)일 때, 모두 기다린 뒤 `main`이 읽는 `TOYS`입니다.
    pub fork_main: u64,
    /// 그때 아이 하나가 제 몫을 더한 바로 뒤에 읽는 `TOYS`입니다.
    pub fork_child: u64,
    /// 아이들이 새로 시작한 프로세스(`process::spawn`)일 때, 아이 하나가 더한 바로 뒤에 읽는 `TOYS`입니다.
    pub spawn_child: u64,
}

/// 이런 프로그램이 출력할 수를 예측합니다. 채점기는 정말로 실행하여 견줍니다.
///
/// 프로그램에는 `static TOYS: AtomicU64 = AtomicU64::new(1);`이 있습니다.
/// `main`은 `TOYS`에 `start`를 넣은 다음 아이 `children`명을 만듭니다. 아이는 저마다
/// `TOYS.fetch_add(each, …)`를 한 번 합니다. `main`은 모두 `join`한 뒤에 `TOYS`를 읽습니다.
/// 세 가지 방식은 저마다 처음부터 새로 한 것입니다.
pub fn predict(start: u64, children: u64, each: u64) -> Prediction {
    let _ = (start, children, each);
    todo!("실행하기 전에 먼저 예측하세요")
}

/// 스레드 `workers`개에게 세게 하고, 센 것을 모두 더합니다.
///
/// * `i`번(0부터) 아이는 제 스레드에서 `look(i)`를 꼭 한 번 불러, 그만큼 셉니다.
/// * 모든 아이가 함께 `look` 안에 있을 수 있어야 합니다. 함께 세어도 하나도 잃지 않습니다.
/// * 여러 번 불러도 그때 센 것만 돌려줍니다. 프로세스는 만들지 않습니다.
pub fn count_with_threads(workers: usize, look: fn(usize) -> u64) -> u64 {
    let _ = (workers, look);
    todo!("계수기 하나를 함께 쓰거나, 저마다 센 것을 모으세요")
}

/// 자식 프로세스 `workers`개에게 세게 하고, 센 것을 모두 더합니다.
///
/// * `i`번(0부터) 아이는 저 혼자 쓰는 자식 프로세스에서 `look(i)`를 꼭 한 번 불러, 그만큼 셉니다.
/// * 모든 아이가 함께 `look` 안에 있을 수 있어야 합니다.
/// * 여러 번 불러도 그때 센 것만 돌려줍니다.
/// * 아이가 `look` 안에서 패닉하거나 쓰러지면 `Err`입니다. 모자란 수를 `Ok`로 돌려주지 않습니다.
/// * 돌아온 뒤에는 자식도, 좀비도, 새로 연 파일 디스크립터도 남지 않습니다.
pub fn count_with_processes(workers: usize, look: fn(usize) -> u64) -> Result<u64> {
    let _ = (workers, look);
    todo!("센 것을 부모에게 어떻게 보낼까요")
}

fn main() -> Result<()> {
    fn look(child: usize) -> u64 {
        let toys = 100 * (child as u64 + 1);
        println!("PID {}: {child}번 아이가 {toys}개", std::process::id());
        toys
    }
    println!("예측: {:?}", predict(7, 3, 10));
    println!("스레드로 센 것: {}", count_with_threads(3, look));
    println!("프로세스로 센 것: {}", count_with_processes(3, look)?);
    Ok(())
}
