//! 다른 옳은 답: 끝난 차례로 거두되 자리에 적는다.

use std::{
    io,
    process::{Child, Command, ExitStatus},
    sync::mpsc,
    thread,
};

pub fn run_all(mut commands: Vec<Command>) -> io::Result<Vec<ExitStatus>> {
    let mut children: Vec<Child> = Vec::new();
    // 뒤에서부터 시작해 봅니다.
    for command in commands.iter_mut().rev() {
        match command.spawn() {
            Ok(child) => children.push(child),
            Err(error) => {
                // 먼저 모두 끝내고, 그다음에 모두 거둡니다.
                children.iter_mut().for_each(|child| drop(child.kill()));
                children.iter_mut().for_each(|child| drop(child.wait()));
                return Err(error);
            }
        }
    }
    children.reverse();
    let mut statuses: Vec<Option<ExitStatus>> = vec![None; children.len()];
    let (send, ended) = mpsc::channel();
    for (place, mut child) in children.into_iter().enumerate() {
        let send = send.clone();
        thread::spawn(move || send.send((place, child.wait())));
    }
    drop(send);
    for (place, status) in ended {
        statuses[place] = Some(status?);
    }
    Ok(statuses.into_iter().flatten().collect())
}
