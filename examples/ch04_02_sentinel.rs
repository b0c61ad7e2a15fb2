//! ch04_02: 그만이라는 신호는 누가 언제 넣어야 할까요.
//! 세 아이가 쪽지를 한 장씩 보냅니다. 누가 먼저인지는 잠이 아니라 신호로 정합니다.

use noriteo::{
    Error, Result,
    cli::Cli,
    process::{Connection, Sender, fork, pipe, queue},
};

/// 새로운 것: 쪽지가 `Option`입니다. `None`은 기사의 'STOP'과 같은 감시값입니다.
type Note = Option<u64>;

fn main() -> Result<()> {
    Cli::new("ch04_02_sentinel", "STOP은 누가 언제 넣을까요").parse();
    println!("아이들이 보내는 쪽지: 10, 20, 30 (합 60)");
    play("셋을 다 기다린 뒤 부모가 STOP", Some(3))?;
    play("둘만 기다리고 부모가 STOP", Some(2))?;
    play("아이마다 제 쪽지 뒤에 STOP", None)
}

/// 부모가 아이 `stop_after`명을 기다린 뒤 STOP을 넣습니다. `None`이면 아이마다 하나씩 넣습니다.
fn play(title: &str, stop_after: Option<usize>) -> Result<()> {
    let (notes, arrived) = queue()?;
    let mut children = Vec::new();
    for toy in [10, 20, 30] {
        let (go, signal) = pipe()?;
        let notes = notes.clone();
        let stop_too = stop_after.is_none();
        children.push((go, fork(move || work(toy, stop_too, signal, notes))?));
    }
    let mut stops = if stop_after.is_some() {
        1
    } else {
        children.len()
    };
    let mut waiting = children.into_iter();
    for turn in 0..=3 {
        if stop_after == Some(turn) {
            notes.send(None)?;
        }
        // 다음 아이는 여기서 신호를 받고서야 보냅니다. 부모는 그 아이가 끝나기를 기다립니다.
        if let Some((mut go, child)) = waiting.next() {
            go.send(())?;
            child.join()?.then_some(()).ok_or(Error::Disconnected)?;
        }
    }
    let (mut count, mut total) = (0, 0);
    while stops > 0 {
        match arrived.recv()? {
            Some(toy) => (count, total) = (count + 1, total + toy),
            None => stops -= 1,
        }
    }
    // 보내는 끝이 모두 사라져야 아래의 세기가 끝납니다.
    drop(notes);
    let left = arrived.iter().flatten().count();
    println!("{title}: 읽은 쪽지 {count}장, 합 {total}, 남은 쪽지 {left}장");
    Ok(())
}

fn work(toy: u64, stop_too: bool, mut signal: Connection<()>, notes: Sender<Note>) -> bool {
    let sent = signal.recv().and_then(|()| notes.send(Some(toy)));
    let stop = if stop_too { notes.send(None) } else { Ok(()) };
    sent.and(stop).is_ok()
}
