//! 세션을 떠난 자식을 남기고 끝납니다.

mod tools;

fn main() {
    tools::tried();
    let (read, write) = std::io::pipe().unwrap();
    tools::child(|| {
        unsafe { tools::setsid() };
        tools::ignore_all();
        drop(write);
        tools::stay();
    });
    // 자식이 정말로 세션을 떠난 뒤에 끝납니다.
    drop_and_wait(read);
    std::process::exit(5);
}

fn drop_and_wait(mut read: std::io::PipeReader) {
    use std::io::Read;
    let mut some = [0];
    let _ = read.read(&mut some);
}
