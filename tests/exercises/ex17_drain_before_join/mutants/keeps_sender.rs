//! 틀린 답: 부모가 쥔 보내는 끝을 버리지 않는다.

use noriteo::{
    Result,
    process::{fork, queue},
};

pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    mut take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    let (notes, arrived) = queue::<(usize, Vec<u8>)>()?;
    let mut handles = Vec::new();
    for child in 0..children {
        let notes = notes.clone();
        handles.push(fork(move || {
            for page in 0.. {
                match write(child, page) {
                    Some(note) => notes.send((child, note)).unwrap(),
                    None => break,
                }
            }
        })?);
    }
    for (child, note) in &arrived {
        take(child, note);
    }
    drop(notes);
    let ends: Vec<_> = handles.into_iter().map(|handle| handle.join()).collect();
    ends.into_iter().collect()
}
