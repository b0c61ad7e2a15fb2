//! 이름을 지운 파일을 열어 둔 채 채웁니다. 폴더에는 아무것도 보이지 않습니다.

mod tools;

use std::{
    fs::{self, File},
    io::Write,
};

fn main() {
    unsafe { tools::signal(tools::SIGXFSZ, tools::IGNORE) };
    tools::tried();
    let some = vec![b'.'; 1 << 20];
    let mut all = Vec::new();
    for _ in 0..200 {
        let mut next = File::create("gone").expect("일하는 폴더에는 쓸 수 있습니다");
        fs::remove_file("gone").expect("지울 수 있습니다");
        while let Ok(1..) = next.write(&some) {}
        all.push(next);
    }
    tools::stay();
}
