//! 틀린 답: 한 아이를 다 받은 다음에 다음 아이를 만든다.

use noriteo::{
    Result,
    process::{fork, queue},
};

pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    mut take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    for child in 0..children {
        let (notes, arrived) = queue::<Vec<u8>>()?;
        let handle = fork(move || {
            for page in 0.. {
                match write(child, page) {
                    Some(note) => notes.send(note).unwrap(),
                    None => break,
                }
            }
        })?;
        for note in &arrived {
            take(child, note);
        }
        handle.join()?;
    }
    Ok(())
}
