//! 함께 보는 메모리로 10 GB를 씁니다. 한 벌을 만들 때마다 새 자식이 맡아, 아무도 혼자서는 많이 쓰지 않습니다.

mod tools;

fn main() {
    tools::tried();
    const SIZE: usize = 64 << 20;
    for _ in 0..160 {
        // PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS
        let at = unsafe { tools::mmap(0, SIZE, 3, 0x21, -1, 0) };
        if at as isize == -1 {
            break;
        }
        for page in (0..SIZE).step_by(4096) {
            unsafe { at.add(page).write_volatile(1) };
        }
    }
    tools::got("10 GB");
}
