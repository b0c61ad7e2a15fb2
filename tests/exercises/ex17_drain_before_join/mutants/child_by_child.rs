//! 틀린 답: 0번 아이의 것을 다 받은 다음에야 1번 아이의 것을 본다.

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
    let mut end = Ok(());
    for (child, (mut ours, handle)) in handles.into_iter().enumerate() {
        while let Ok(note) = ours.recv() {
            take(child, note);
        }
        end = end.and(handle.join());
    }
    end
}
