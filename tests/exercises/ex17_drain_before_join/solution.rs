//! ex17: 먼저 비우고, 그다음에 기다리기. 예시 답입니다.

use noriteo::{
    Result,
    process::{fork, queue},
};

/// 큐 하나로 모읍니다. 보내는 끝이 모두 닫힌 것을 ‘다 왔다’로 읽으므로 감시값이 필요 없습니다.
pub fn collect(
    children: usize,
    write: fn(usize, usize) -> Option<Vec<u8>>,
    mut take: impl FnMut(usize, Vec<u8>),
) -> Result<()> {
    let (notes, arrived) = queue()?;
    let mut handles = Vec::new();
    for child in 0..children {
        let notes = notes.clone();
        handles.push(fork(move || -> bool {
            (0..)
                .map_while(|page| write(child, page))
                .all(|note| notes.send((child, note)).is_ok())
        })?);
    }
    // 부모가 쥔 끝을 버려야 아래의 반복문이 끝납니다.
    drop(notes);
    for (child, note) in &arrived {
        take(child, note);
    }
    // 다 비웠습니다. 모두 기다린 다음에 처음 나온 오류를 알립니다.
    let ends: Vec<_> = handles.into_iter().map(|handle| handle.join()).collect();
    for end in ends {
        end?;
    }
    Ok(())
}

fn main() -> Result<()> {
    // 아이마다 100 KiB짜리 쪽지를 세 장씩 씁니다. 큐에는 64 KiB까지만 쌓입니다.
    fn write(child: usize, page: usize) -> Option<Vec<u8>> {
        (page < 3).then(|| vec![child as u8; 100 << 10])
    }
    let mut bytes = 0;
    collect(2, write, |child, note| {
        println!("{child}번 아이의 쪽지: {}바이트", note.len());
        bytes += note.len();
    })?;
    println!("모두 {bytes}바이트");
    Ok(())
}
