//! 큰 파일을 만들고, 그다음에는 파일을 끝없이 만듭니다.

mod tools;

use std::{fs::File, io::Write};

fn main() {
    unsafe { tools::signal(tools::SIGXFSZ, tools::IGNORE) };
    let some = vec![b'.'; 1 << 20];
    let mut one = File::create("one").expect("일하는 폴더에는 쓸 수 있습니다");
    tools::broke("1 TiB인 척하는 파일", one.set_len(1 << 40));
    let mut size = 0;
    while let Ok(count @ 1..) = one.write(&some) {
        size += count;
    }
    tools::say(&format!("만든 크기 {size}"));
    tools::tried();
    for name in 0.. {
        let Ok(mut next) = File::create(format!("more{name}")) else {
            break;
        };
        while let Ok(1..) = next.write(&some) {}
    }
}
