//! 공격이 아닙니다. 공격 다음에 돌려, 결과가 그대로인지 봅니다. 우리가 허락해야 하는 것을 모두 씁니다.

mod tools;

use std::{fs, io::Read, net::Shutdown, os::unix::net::UnixStream, thread};

fn main() {
    let sum: u64 = thread::scope(|scope| {
        let parts = [0..25u64, 25..50, 50..75, 75..101];
        let parts = parts.map(|part| scope.spawn(|| part.sum::<u64>()));
        parts.into_iter().map(|part| part.join().unwrap()).sum()
    });
    let pid = tools::child(|| fs::write("child", "자식").unwrap());
    unsafe { tools::waitpid(pid, std::ptr::null_mut(), 0) };
    let (mut left, right) = UnixStream::pair().unwrap();
    right.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    left.read_to_string(&mut text).unwrap();
    std::io::stdin().read_to_string(&mut text).unwrap();
    fs::create_dir("folder").unwrap();
    fs::rename("child", "folder/child").unwrap();
    let child = fs::read_to_string("folder/child").unwrap();
    println!("{sum} {child} {text}");
    tools::say("기록");
    std::process::exit(7);
}
