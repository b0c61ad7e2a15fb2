//! 다른 옳은 답: 아이마다 파이프를 두고, 모두 fork한 다음 파이프마다 읽는 스레드를 둔다.

use std::{sync::mpsc, thread};

use noriteo::{
    Result,
    process::{fork, pipe},
};

pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    mut take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    let mut lines = Vec::new();
    let mut handles = Vec::new();
    for child in 0..children {
        let (ours, mut theirs) = pipe()?;
        handles.push(fork(move || {
            let mut page = 0;
            while let Some(note) = write(child, page) {
                theirs.send(note).unwrap();
                page += 1;
            }
        })?);
        lines.push(ours);
    }
    let (notes, arrived) = mpsc::channel();
    thread::scope(|scope| {
        for (child, mut line) in lines.into_iter().enumerate() {
            let notes = notes.clone();
            scope.spawn(move || {
                while let Ok(note) = line.recv() {
                    notes.send((child, note)).unwrap();
                }
            });
        }
        drop(notes);
        for (child, note) in arrived {
            take(child, note);
        }
    });
    let mut end = Ok(());
    for handle in handles {
        end = end.and(handle.join());
    }
    end
}
