//! ex15: 입구의 계수기. 예시 답입니다.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use noriteo::{Result, process::fork};

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

/// 스레드는 하나를 함께 쓰고, fork는 그 순간을 베끼고, spawn은 적힌 값에서 새로 시작합니다.
pub fn predict(start: u64, children: u64, each: u64) -> Prediction {
    Prediction {
        threads_main: start + children * each,
        fork_main: start,
        fork_child: start + each,
        spawn_child: 1 + each,
    }
}

/// 계수기는 부를 때마다 새로 놓습니다. 한 놀이터 안이므로 빌려 주면 됩니다.
pub fn count_with_threads(workers: usize, look: fn(usize) -> u64) -> u64 {
    let counter = AtomicU64::new(0);
    thread::scope(|scope| {
        for child in 0..workers {
            let counter = &counter;
            scope.spawn(move || counter.fetch_add(look(child), Ordering::Relaxed));
        }
    });
    // scope가 모두 기다렸으므로 센 것이 다 보입니다.
    counter.into_inner()
}

/// 놀이터가 따로이므로 센 것을 보내야 합니다. 여기서는 `join`이 나릅니다.
pub fn count_with_processes(workers: usize, look: fn(usize) -> u64) -> Result<u64> {
    let mut children = Vec::new();
    for child in 0..workers {
        children.push(fork(move || look(child))?);
    }
    let mut total = 0;
    for child in children {
        total += child.join()?;
    }
    Ok(total)
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
