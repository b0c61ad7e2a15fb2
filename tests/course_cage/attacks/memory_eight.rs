//! 여덟이 나누어 10 GB를 씁니다. 저마다는 한계보다 조금 쓰기 시작합니다.

mod tools;

fn main() {
    tools::tried();
    let children: Vec<i32> = (0..8)
        .map(|_| {
            tools::child(|| {
                let mut all = Vec::new();
                for _ in 0..1280 {
                    all.push(std::hint::black_box(vec![1u8; 1 << 20]));
                }
                tools::got("1.25 GB");
                tools::stay();
            })
        })
        .collect();
    for pid in children {
        unsafe { tools::waitpid(pid, std::ptr::null_mut(), 0) };
    }
}
