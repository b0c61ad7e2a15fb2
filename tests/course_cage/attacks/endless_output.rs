//! 끝없이 씁니다. 어디에 쓸지는 인자로 받습니다.

mod tools;

use std::io::Write;

fn main() {
    tools::ignore_all();
    tools::tried();
    let some = [b'.'; 4096];
    let to_error = std::env::args().nth(1).is_some_and(|word| word == "stderr");
    loop {
        let _ = if to_error {
            std::io::stderr().write(&some)
        } else {
            std::io::stdout().write(&some)
        };
    }
}
