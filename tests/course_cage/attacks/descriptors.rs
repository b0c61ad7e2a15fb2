//! 흘러든 디스크립터를 찾습니다.

mod tools;

fn main() {
    for fd in 4..4096 {
        // F_GETFD
        if unsafe { tools::fcntl(fd, 1) } >= 0 {
            tools::got(format!("디스크립터 {fd}"));
        }
    }
    tools::tried();
}
