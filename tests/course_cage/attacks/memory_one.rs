//! 혼자서 10 GB를 씁니다.

mod tools;

fn main() {
    tools::tried();
    let mut all = Vec::new();
    for _ in 0..640 {
        all.push(std::hint::black_box(vec![1u8; 16 << 20]));
    }
    tools::got("10 GB");
}
