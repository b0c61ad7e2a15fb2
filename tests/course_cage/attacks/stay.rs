//! 세션을 떠난 자손들과 함께, 무엇을 받아도 끝나지 않습니다. 다 섰으면 파일을 남깁니다.

mod tools;

fn main() {
    tools::ignore_all();
    let (mut read, write) = std::io::pipe().unwrap();
    for _ in 0..3 {
        tools::child(|| {
            unsafe { tools::setsid() };
            tools::child(|| {
                tools::ignore_all();
                use std::io::Write;
                let _ = (&write).write(&[1]);
                tools::stay();
            });
            tools::stay();
        });
    }
    use std::io::Read;
    read.read_exact(&mut [0; 3]).unwrap();
    std::fs::write("ready", "다 섬").unwrap();
    tools::stay();
}
