//! 빈 파일을 끝없이 만듭니다.

mod tools;

use std::fs::File;

fn main() {
    tools::tried();
    for name in 0u64.. {
        let _ = File::create(format!("f{name}"));
    }
}
