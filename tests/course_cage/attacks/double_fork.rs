//! 두 번 갈라져 부모를 잃은 프로세스를 셋 남기고 끝납니다.

mod tools;

fn main() {
    tools::tried();
    for _ in 0..3 {
        let pid = tools::child(|| {
            unsafe { tools::setsid() };
            tools::child(|| {
                tools::ignore_all();
                tools::stay();
            });
        });
        unsafe { tools::waitpid(pid, std::ptr::null_mut(), 0) };
    }
    std::process::exit(5);
}
