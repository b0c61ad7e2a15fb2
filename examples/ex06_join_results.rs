//! ex06: 모두 기다려 답을 모으기. `join_results`를 채우세요.
//!
//! 실행: `cargo run --example ex06_join_results`
//! 검사: `cargo course check ex06`

/// `jobs`의 일을 하나씩 새 스레드에 맡기고, 모두 끝나기를 기다려 결과를 모읍니다.
///
/// * 결과는 `jobs`의 차례입니다. 일이 없으면 빈 목록입니다.
/// * 모든 일이 함께 진행될 수 있어야 합니다. 앞의 일이 뒤의 일을 기다려도 막히지 않습니다.
/// * 일이 패닉하면 그 자리는 `Err`입니다. `panic!`이 남긴 말을 그대로 담습니다.
///   글이 아닌 값으로 패닉했으면 `Err`의 말은 무엇이든 괜찮습니다.
/// * 한 일이 패닉해도 다른 일의 결과는 그대로 있습니다. `join_results`는 패닉하지 않습니다.
pub fn join_results<T, F>(jobs: Vec<F>) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let _ = jobs;
    todo!("일마다 thread::spawn을 부르고, 그다음에 join하세요")
}

fn main() {
    let jobs: Vec<fn() -> u32> = vec![
        || 10,
        || panic!("장난감이 없습니다"),
        || panic!("{}번 그네가 고장 났습니다", 3),
        || 40,
    ];
    for (turn, result) in (1..).zip(join_results(jobs)) {
        match result {
            Ok(toys) => println!("{turn}번 아이: 장난감 {toys}개"),
            Err(words) => println!("{turn}번 아이가 울며 한 말: {words}"),
        }
    }
}
