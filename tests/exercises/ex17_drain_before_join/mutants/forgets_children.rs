//! 틀린 답: 다 받았으니 기다릴 것이 없다고 믿는다.

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
    for child in 0..children {
        let notes = notes.clone();
        // 버리면 자식이 끝나므로 잊는다.
        std::mem::forget(fork(move || {
            for page in 0.. {
                match write(child, page) {
                    Some(note) => notes.send((child, note)).unwrap(),
                    None => break,
                }
            }
        })?);
    }
    drop(notes);
    for (child, note) in &arrived {
        take(child, note);
    }
    Ok(())
}
