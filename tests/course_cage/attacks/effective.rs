//! 지금 누구의 권한으로 도는지 말합니다. setuid 파일로 만들어 둡니다.

mod tools;

fn main() {
    println!("{}", unsafe { tools::geteuid() });
}
