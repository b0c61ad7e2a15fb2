//! 틀린 답: 쓰러진 아이도 감시값을 보내리라 믿는다.

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
    let mut stops = 0;
    while stops < children {
        match arrived.recv()? {
            (child, Some(note)) => take(child, note),
            (_, None) => stops += 1,
        }
    }
    drop(notes);
    let ends: Vec<_> = handles.into_iter().map(|handle| handle.join()).collect();
    ends.into_iter().collect()
}
