//! 몇이나 갈라질 수 있는지 세고, 그다음에는 모두가 끝없이 갈라집니다.

mod tools;

fn main() {
    let mut children = Vec::new();
    loop {
        match unsafe { tools::fork() } {
            0 => tools::stay(),
            -1 => break,
            pid => children.push(pid),
        }
    }
    tools::say(&format!("만든 수 {}", children.len()));
    for pid in children {
        unsafe {
            tools::kill(pid, tools::SIGKILL);
            tools::waitpid(pid, std::ptr::null_mut(), 0);
        }
    }
    tools::tried();
    loop {
        unsafe { tools::fork() };
    }
}
