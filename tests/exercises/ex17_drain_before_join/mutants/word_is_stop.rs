//! 틀린 답: STOP이라는 글을 끝이라는 신호로 쓴다.

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
                    Some(note) => drop(notes.send((child, note))),
                    None => break,
                }
            }
            let _ = notes.send((child, b"STOP".to_vec()));
        })?);
    }
    drop(notes);
    let mut stopped = vec![false; children];
    while let Ok((child, note)) = arrived.recv() {
        if note == b"STOP" {
            stopped[child] = true;
        } else if !stopped[child] {
            take(child, note);
        }
    }
    let ends: Vec<_> = handles.into_iter().map(|handle| handle.join()).collect();
    ends.into_iter().collect()
}
