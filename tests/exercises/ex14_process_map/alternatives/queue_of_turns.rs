//! 다른 옳은 답: 번호를 하나씩 꺼내 가는 풀. 두 큐로 주고받는다.

use noriteo::{
    Result,
    process::{fork, queue},
};

pub fn process_map(items: Vec<u64>, workers: usize, f: fn(u64) -> u64) -> Result<Vec<u64>> {
    let (hand_out, tasks) = queue::<(usize, u64)>()?;
    let (notes, arrived) = queue::<(usize, u64)>()?;
    let mut children = Vec::new();
    for _ in 0..workers {
        let (tasks, notes) = (tasks.clone(), notes.clone());
        children.push(fork(move || {
            for (turn, item) in &tasks {
                if notes.send((turn, f(item))).is_err() {
                    break;
                }
            }
        })?);
    }
    drop((tasks, notes));
    let count = items.len();
    for task in items.into_iter().enumerate() {
        // 자식이 모두 쓰러졌으면 받을 이가 없다. 까닭은 아래의 join이 알린다.
        if hand_out.send(task).is_err() {
            break;
        }
    }
    drop(hand_out);
    let mut answers = vec![0; count];
    for (turn, answer) in &arrived {
        answers[turn] = answer;
    }
    for child in children {
        child.join()?;
    }
    Ok(answers)
}
