//! 우리 밖에 서 있는 프로세스입니다. 공격이 이것을 끝내거나 들여다보면 뚫린 것입니다.

mod tools;

fn main() {
    println!("서 있음");
    tools::stay();
}
