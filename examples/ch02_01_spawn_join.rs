//! ch02_01: 아이들을 부르고, 모두 끝날 때까지 기다립니다.
//! 아이마다 번호를 인자로 받아, 함께 쓰는 목록에 그 번호를 적습니다.

use std::sync::{Arc, Barrier, Mutex, PoisonError};

use noriteo::{Result, cli::Cli, thread};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch02_01_spawn_join",
        "아이들을 부르고 모두 끝날 때까지 기다립니다",
    )
    .workers(3)
    .parse();
    // 함께 쓰는 것은 두 겹으로 쌉니다. Arc는 주인을 여럿으로, Mutex는 만지는 이를 하나로 합니다.
    let result = Arc::new(Mutex::new(Vec::new()));
    // 모두 모여야 열리는 문입니다. 주 스레드도 한 자리를 차지합니다.
    let gate = Arc::new(Barrier::new(args.workers() + 1));

    let mut children = Vec::new();
    for id in 1..=args.workers() {
        let (gate, result) = (Arc::clone(&gate), Arc::clone(&result));
        children.push(thread::spawn(move || work(id, &gate, &result))?);
    }
    println!("{}명을 불렀습니다.", children.len());
    println!("문을 열기 전의 목록: {}칸", entries(&result).len());

    gate.wait();
    for child in children {
        child.join()?;
    }
    let list = entries(&result);
    println!("모두 기다린 뒤의 목록: {}칸", list.len());
    for (id, thread) in list {
        println!("{id}번 아이, 스레드 번호 {thread}");
    }
    Ok(())
}

fn work(id: usize, gate: &Barrier, result: &Mutex<Vec<(usize, u64)>>) {
    gate.wait();
    // 락을 쥔 아이가 패닉하면 락은 오염되었다고 알립니다. 목록은 멀쩡하므로 그대로 씁니다.
    let mut list = result.lock().unwrap_or_else(PoisonError::into_inner);
    list.push((id, thread::id()));
}

fn entries(result: &Mutex<Vec<(usize, u64)>>) -> Vec<(usize, u64)> {
    result
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
