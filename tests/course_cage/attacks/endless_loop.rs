//! SIGTERM도 SIGXCPU도 무시하고 끝없이 돕니다.

mod tools;

fn main() {
    tools::ignore_all();
    tools::tried();
    loop {
        std::hint::spin_loop();
    }
}
