//! 틀린 답: 먼저 기다리고 나중에 비운다.

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
    drop(notes);
    for handle in handles {
        handle.join()?;
    }
    for (child, note) in &arrived {
        take(child, note);
    }
    Ok(())
}
