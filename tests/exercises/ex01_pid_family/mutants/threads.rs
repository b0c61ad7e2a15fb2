//! 틀린 답: 프로세스 대신 스레드를 만든다.

use std::{os::unix::process::parent_id, process::id, thread};

use noriteo::Result;

pub type Member = (u32, u32, u64);

pub fn family(greet: fn(&str) -> u64) -> Result<Vec<Member>> {
    let meet = move |name: &str| {
        let toy = greet(name);
        (id(), parent_id(), toy)
    };
    let first = thread::spawn(move || meet("첫째"));
    let second = thread::spawn(move || {
        let grandchild = thread::spawn(move || meet("손자"));
        (meet("둘째"), grandchild.join().unwrap())
    });
    let third = thread::spawn(move || meet("셋째"));
    let (first, third) = (first.join().unwrap(), third.join().unwrap());
    let (second, grandchild) = second.join().unwrap();
    Ok(vec![first, second, third, grandchild])
}
