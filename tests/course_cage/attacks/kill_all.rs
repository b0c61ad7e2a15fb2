//! 부모와 채점기와 남을 SIGKILL로 끝내려 합니다.

mod tools;

fn main() {
    if unsafe { tools::geteuid() } == 0 {
        // 막이가 없는 채 root라면 컴퓨터가 죽습니다. 해 보지 않습니다.
        tools::got("root로 돕니다");
        return;
    }
    let decoy = tools::number("DECOY");
    let course = tools::number("COURSE");
    for (name, pid) in [
        ("부모", unsafe { tools::getppid() }),
        ("남", decoy),
        ("채점기를 부른 이", course),
    ] {
        for signal in [tools::SIGKILL, 19, 15] {
            let done = unsafe { tools::kill(pid, signal) };
            // 이름공간의 1번은 안에서 온 시그널을 받고도 무시합니다(pid_namespaces(7)). 채점이 그대로 끝나는 것이 증거입니다.
            if pid != 1 {
                tools::broke_call(format!("{name}에게 시그널 {signal}"), done.into());
            }
        }
        // 부모의 무리에게도 보냅니다.
        if pid > 1 {
            tools::broke_call(name, unsafe { tools::kill(-pid, tools::SIGKILL) }.into());
        }
    }
    // 이름공간 안일 때만 모두에게 보냅니다. 아니면 사용자의 다른 프로그램이 다칩니다.
    if unsafe { tools::getppid() } == 1 {
        unsafe { tools::kill(-1, tools::SIGKILL) };
    }
    tools::tried();
}
