//! 틀린 답: 파이프도 얼마든지 담는다고 믿는다.

use noriteo::{
    Result,
    process::{fork, pipe},
};

pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    mut take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    let mut handles = Vec::new();
    for child in 0..children {
        let (ours, mut theirs) = pipe()?;
        let handle = fork(move || {
            for page in 0.. {
                match write(child, page) {
                    Some(note) => theirs.send(note).unwrap(),
                    None => break,
                }
            }
        })?;
        handles.push((ours, handle));
    }
    let mut lines = Vec::new();
    for (ours, handle) in handles {
        handle.join()?;
        lines.push(ours);
    }
    for (child, mut ours) in lines.into_iter().enumerate() {
        while let Ok(note) = ours.recv() {
            take(child, note);
        }
    }
    Ok(())
}
