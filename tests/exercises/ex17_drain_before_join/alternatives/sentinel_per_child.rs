//! 다른 옳은 답: 아이마다 감시값을 하나씩 보낸다. 부모의 끝은 버려, 쓰러진 아이가 있어도 끝난다.

use noriteo::{
    Result,
    process::{fork, queue},
};

pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    mut take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    let (notes, arrived) = queue::<(usize, Option<Vec<u8>>)>()?;
    let mut handles = Vec::new();
    for child in 0..children {
        let notes = notes.clone();
        handles.push(fork(move || {
            for page in 0.. {
                let note = write(child, page);
                let last = note.is_none();
                // 받는 이가 없으면 더 보낼 까닭도 없다.
                if notes.send((child, note)).is_err() || last {
                    break;
                }
            }
        })?);
    }
    drop(notes);
    let mut waiting = children;
    while waiting > 0 {
        match arrived.recv() {
            Ok((child, Some(note))) => take(child, note),
            Ok((_, None)) => waiting -= 1,
            // 모두 끝났는데 감시값이 모자란다. 누가 쓰러졌는지는 join이 알린다.
            Err(_) => break,
        }
    }
    let ends: Vec<_> = handles.into_iter().map(|handle| handle.join()).collect();
    ends.into_iter().collect()
}
