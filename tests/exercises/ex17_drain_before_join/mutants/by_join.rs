//! 틀린 답: 쪽지를 모아 두었다가 join으로 한꺼번에 받는다.

use noriteo::{Result, process::fork};

pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    mut take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    let mut handles = Vec::new();
    for child in 0..children {
        handles.push(fork(move || {
            (0..)
                .map_while(|page| write(child, page))
                .collect::<Vec<_>>()
        })?);
    }
    let mut end = Ok(());
    for (child, handle) in handles.into_iter().enumerate() {
        match handle.join() {
            Ok(notes) => notes.into_iter().for_each(|note| take(child, note)),
            Err(error) => end = Err(error),
        }
    }
    end
}
